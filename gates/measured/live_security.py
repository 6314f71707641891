"""Judges what was seen of a running target's security: which criterion holds for which reading, and why."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import AtLeast, Criterion, Equals, OneOf
from gates.environment.security import ExposureLook, Look, PageLook, RefusalLook
from gates.environment.security_limits import SECURITY_SUBJECTS, covers, default_of, pattern_of
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.model import Environment

_UP = Equals(value=True)
#: Keys on curves, which may be short (NIST SP 800-57 part 1, table 2); any other, known or not, has to be a long one.
_CURVES = ("EC", "Ed25519", "Ed448")
_LONG_KEY = AtLeast(2048)
_HSTS = ("hsts.max_age", "hsts.include_subdomains", "hsts.preload")


SECTION = "security"
#: A target that is not ready can't show how it is secured.
ALONE = False


def names(environment: "Environment") -> Sequence[str]:
    """The looks that are declared."""
    return [name for _, name, _ in environment.security.looks()]


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a look can't be judged."""
    return _look_of(environment, name)[1].needs


def begin(looking: Looking) -> Finish:
    """Look after the sweep: a burst must not slow down what the sweep measures."""

    def finish() -> Looked:
        from gates.measured.security_probes import take_looks

        return Looked(take_looks(looking.environment, looking.names))

    return finish


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one look; never none."""
    section, look = _look_of(seen.environment, seen.name)
    return judge_look(section, seen.name, look, seen.evidence, seen.limits)


def _look_of(environment: "Environment", name: str) -> tuple[str, Look]:
    return next((section, look) for section, known, look in environment.security.looks() if known == name)


def judge_look(
    section: str, name: str, look: Look, seen: Sequence[Evidence], limits: Mapping[str, Criterion]
) -> list[Judgement]:
    """Judge what one look brought.

    `section`: the key of `security:` that it stands under; `limits`: the gate's. What should have been seen and was
    not is a Gap; what did not answer is one FAIL.
    """
    parts = {evidence.subject.removeprefix(f"{name}."): evidence for evidence in seen}
    judged: list[Judgement] = []
    if section != "containers":
        up = parts.get("up")
        if up is None:
            gaps = [gap(evidence) for evidence in seen if isinstance(evidence, Gap)]
            return gaps or [gap(Gap(f"{name}.up", "was not measured in this run"))]
        judged.append(_UP.judge(up, look.remedy or ""))
        if judged[0].verdict is not Verdict.PASS:
            return judged
    wanted = _Wanted(section, look, limits, parts)
    for part in dict.fromkeys(wanted.subjects()):
        criterion = wanted.criterion(part)
        if criterion is None:
            continue
        evidence = parts.get(part) or Gap(f"{name}.{part}", "was not measured in this run")
        pattern = pattern_of(part, SECURITY_SUBJECTS[section])
        judged.append(criterion.judge(evidence, look.remedy or SECURITY_SUBJECTS[section][pattern].remedy))
    return judged


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of one look. `parts`: what was seen, by the subject without the look's name."""

    section: str
    look: Look
    limits: Mapping[str, Criterion]
    parts: Mapping[str, Evidence]

    def subjects(self) -> Iterator[str]:
        """Everything that may have to be judged, seen or not."""
        table = SECURITY_SUBJECTS[self.section]
        yield from (pattern for pattern in table if "*" not in pattern)
        match self.section:
            case "pages":
                cookies = dict.fromkeys(_between(part) for part in self.parts if part.startswith("cookie."))
                for cookie in cookies:
                    yield from (pattern.replace("*", cookie) for pattern in table if "*" in pattern)
            case "exposed" if isinstance(self.look, ExposureLook):
                from gates.measured.security_probes import paths_of

                yield from (f"exposed.{entry.path}" for entry in paths_of(self.look))
            case "containers":
                yield from self._of_containers(table)
        # A limit of the look itself has to find what it names.
        yield from (subject for subject in self.look.limits if "*" not in subject)

    def _of_containers(self, table: Mapping[str, object]) -> Iterator[str]:
        boxes: dict[str, list[str]] = {}
        for part in self.parts:
            box, dot, _ = part.rpartition(".")
            if dot:
                boxes.setdefault(box, []).append(part)
        for box, found in boxes.items():
            # One whose document could not be read is one Gap, not fifteen.
            unread = all(isinstance(self.parts[part], Gap) for part in found)
            yield from found if unread else (p.replace("*", box) for p in table if "*" in p)

    def criterion(self, part: str) -> Criterion | None:
        """The look's own limit, else the gate's, else the default; None where it is not to be judged."""
        own = _limit_of(part, self.look.limits)
        if own is not None:
            return own
        pattern = pattern_of(part, SECURITY_SUBJECTS[self.section])
        if pattern in self._not_asked():
            return None
        return _limit_of(part, self.limits) or self._default(pattern)

    def _not_asked(self) -> tuple[str, ...]:
        """What makes no sense for this look, or could not come."""
        match self.section, self.look:
            case "pages", PageLook() as page:
                secure = not self._is("https", value=False)
                return (*(() if secure else (*_HSTS, "cookie.*.secure")), *(() if page.authenticated else _CACHE))
            case "refused", RefusalLook() as refusal:
                without = () if refusal.marker else tuple(p for p in SECURITY_SUBJECTS["refused"] if "shows_" in p)
                return (*without, *(() if refusal.credentials else _WITH_TOKEN))
            case "bursts", _:
                return () if self._is("rate_limit.refused", value=True) else _OF_A_REFUSAL
            case _:
                return ()

    def _default(self, pattern: str) -> Criterion | None:
        match pattern:
            case "cors.null.access" if self._is("cors.foreign.access", value="public"):
                # Where everybody may read it, a sandboxed frame may, too.
                return OneOf(("none", "public"))
            case "certificate.key_bits" if not any(self._is("certificate.key_type", value=kind) for kind in _CURVES):
                return _LONG_KEY
            case _:
                return default_of(self.section, pattern)

    def _is(self, part: str, *, value: bool | str) -> bool:
        seen = self.parts.get(part)
        return isinstance(seen, Reading) and not seen.absent and seen.value == value


_CACHE = ("cache.stored",)
_WITH_TOKEN = ("with_token.status", "with_token.shows_data")
_OF_A_REFUSAL = ("rate_limit.status", "rate_limit.retry_after")


def _limit_of(part: str, limits: Mapping[str, Criterion]) -> Criterion | None:
    """The limit of this very subject, else that of the longest pattern that covers it."""
    found = limits.get(part)
    if found is not None:
        return found
    patterns = [pattern for pattern in limits if "*" in pattern and covers(pattern, part)]
    return limits[max(patterns, key=len)] if patterns else None


def _between(part: str) -> str:
    """The cookie's name in `cookie.COOKIE.secure`; it may have dots itself."""
    return part.partition(".")[2].rpartition(".")[0]
