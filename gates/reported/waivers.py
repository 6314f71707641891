"""Waivers: findings that somebody decided to live with, for a reason and until a day.

    waivers:
      - {id: CVE-2026-1234, scope: "src/**", reason: not reachable, owner: alice, expires: 2027-01-31}

A waiver that has expired, or lacks one of its keys, waives nothing: the finding counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from checks.evidence import Gap
from gates.carrying import gap
from reports.finding import Finding, FindingKind
from reports.judgement import Judgement

_KEYS = ("id", "reason", "owner", "expires")
_HINT = "a waiver has id, reason, owner and expires, and may have a scope"


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver. `scope`: a pattern (`*` matches any text) on where the finding is or its package.

    Without a scope it is about a vulnerability, anywhere. What else a scanner reports has the id of a rule: waiving
    the rule everywhere has to be said (`scope: "*"`).
    """

    id: str
    scope: str
    reason: str
    owner: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding. Whether it still holds is another question."""
        if self.id not in (finding.id, *finding.aliases):
            return False
        if not self.scope:
            return finding.kind is FindingKind.VULNERABILITY
        place = finding.where.rpartition(":")[0] or finding.where
        return any(fnmatchcase(text, self.scope) for text in (place, finding.where, finding.package))


@dataclass(slots=True)
class Waivers:
    """The waivers of a gate, and which of them were needed."""

    waivers: tuple[Waiver, ...] = ()
    notes: tuple[str, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    _used: set[Waiver] = field(default_factory=set)
    _by_id: dict[str, list[Waiver]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for waiver in self.waivers:
            self._by_id.setdefault(waiver.id, []).append(waiver)

    def covering(self, finding: Finding) -> Waiver | None:
        """The waiver that lets a finding pass today, if there is one."""
        for name in (finding.id, *finding.aliases):
            for waiver in self._by_id.get(name, ()):
                if waiver.covers(finding):
                    self._used.add(waiver)
                    if waiver.expires >= self.today:
                        return waiver
        return None

    def remarks(self) -> list[str]:
        """Waivers that no finding needed, and those that have expired, as notes."""
        notes = list(self.notes)
        for waiver in self.waivers:
            if waiver.expires < self.today:
                notes.append(f"the waiver of {waiver.id} expired on {waiver.expires}: it waives nothing")
            elif waiver not in self._used:
                where = f" in {waiver.scope}" if waiver.scope else ""
                notes.append(f"the waiver of {waiver.id} is not needed: no such finding{where}")
        return notes


def load_waivers(path: Path | None) -> tuple[Waivers, list[Judgement]]:
    """The waivers of a file, and judgements on those that are malformed, which waive nothing.

    A `.trivyignore` is read too: its entries have no owner, and the expiry that its `exp:` says (none: never valid).
    """
    if path is None:
        return Waivers(), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        return Waivers(), [gap(Gap(str(path), f"the waivers can't be read: {error}"))]
    if path.name.startswith(".trivyignore") and path.suffix not in (".yaml", ".yml"):
        found = list(_trivyignore(text, path))
    else:
        found = list(_yaml(text, path))
    return (
        Waivers(
            tuple(item for item in found if isinstance(item, Waiver)),
            tuple(item for item in found if isinstance(item, str)),
        ),
        [item for item in found if isinstance(item, Judgement)],
    )


def _yaml(text: str, path: Path) -> Iterable[Waiver | Judgement]:
    import yaml

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        words = getattr(error, "problem", None) or str(error).splitlines()[0]
        yield _malformed(path, f"is no YAML{line}: {words}")
        return
    listed = data.get("waivers") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        yield _malformed(path, "needs a list under `waivers:`")
        return
    for number, item in enumerate(listed, 1):
        yield _waiver(item, f"waiver {number}", path)


def _waiver(item: object, name: str, path: Path) -> Waiver | Judgement:
    if not isinstance(item, dict):
        return _malformed(path, f"{name} is no mapping")
    name = f"{name} ({item.get('id') or 'without an id'})"
    missing = [key for key in _KEYS if not str(item.get(key) or "").strip()]
    if missing:
        return _malformed(path, f"{name} lacks {', '.join(missing)}")
    unknown = sorted(map(str, set(item) - {*_KEYS, "scope"}))
    if unknown:
        return _malformed(path, f"{name} has the unknown key {unknown[0]!r}")
    # Numbers are ids: npm's are.
    wrong = [key for key in ("reason", "owner", "scope") if not isinstance(item.get(key, ""), str)]
    if wrong or isinstance(item["id"], bool) or not isinstance(item["id"], str | int) or item.get("scope") == "":
        return _malformed(path, f"{name} has {' and '.join(wrong) or 'an id or a scope'} that is no text")
    expires = item["expires"]
    try:
        day = expires if isinstance(expires, date) else date.fromisoformat(str(expires))
    except ValueError:
        return _malformed(path, f"{name} expires {expires!r}, which is no day such as 2027-01-31")
    if isinstance(day, datetime):
        day = day.date()
    return Waiver(str(item["id"]), item.get("scope", ""), item["reason"], item["owner"], day)


def _trivyignore(text: str, path: Path) -> Iterable[Waiver | Judgement | str]:
    """Trivy's own list: an id a line, `#` comments, and `exp:2027-01-31` behind the id."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        expiry = next((word.removeprefix("exp:") for word in words[1:] if word.startswith("exp:")), "")
        name = f"line {number}"
        if not expiry:
            # Such lists are full of these, and what they name may be gone long since: where it is not, it counts.
            yield f"{path.name}: {name} waives nothing: write {words[0]} exp:2027-01-31, it needs an expiry"
            continue
        item = {"id": words[0], "scope": "*", "reason": f"listed in {path.name}", "owner": path.name, "expires": expiry}
        yield _waiver(item, name, path)


def _malformed(path: Path, words: str) -> Judgement:
    return gap(Gap(str(path), words, source=str(path), remedy=_HINT))
