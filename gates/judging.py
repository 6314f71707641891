"""From the sweep's evidence to judgements: what an endpoint's, a group's and a release's checks want."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import AtLeast, Criterion, Equals
from gates.release import same
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.verdict import Verdict, worst

_UP = Equals(value=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one probe.

    `criteria`: subject without the probe's name (`status`, `json.status`) -> criterion; `limits`: the same for what
    is measured beside (`response_time`, `certificate.expires_in`): missing a limit is bad, and yet not being down;
    `identity`: JSON path -> the release's field that it must equal; `remedy`: the next step where it doesn't pass;
    `main`: the subject that says whether it is there at all (`up`; of a name, `resolves`).
    """

    criteria: Mapping[str, Criterion]
    limits: Mapping[str, Criterion]
    identity: Mapping[str, str]
    remedy: str = ""
    main: str = "up"


def judge_probe(name: str, seen: Sequence[Evidence], wanted: Wanted, release: Release) -> list[Judgement]:
    """Judge everything that is wanted of one probe. What was not seen is a Gap; a probe that is down is one FAIL."""
    return [*judge_expectations(name, seen, wanted, release), *_judge_limits(name, seen, wanted)]


def judge_expectations(name: str, seen: Sequence[Evidence], wanted: Wanted, release: Release) -> list[Judgement]:
    """As `judge_probe`, without the limits: whether it is up and says what it should."""
    by_subject = {evidence.subject: evidence for evidence in seen}
    up = _seen(by_subject, f"{name}.{wanted.main}")
    judgements = [_UP.judge(up, wanted.remedy)]
    if judgements[0].verdict is not Verdict.PASS:
        return judgements
    for key, criterion in wanted.criteria.items():
        judgements.append(criterion.judge(_seen(by_subject, f"{name}.{key}"), wanted.remedy))
    for path, field in wanted.identity.items():
        judgements.append(_judge_identity(_seen(by_subject, f"{name}.json.{path}"), field, release, wanted.remedy))
    status = next((j for j in judgements if j.subject == f"{name}.status"), None)
    if status is None or status.verdict is Verdict.PASS:
        return judgements
    # An error page lacks what the real answer has: the status has said so, and what is there is still judged.
    return [j for j in judgements if not (isinstance(j.evidence, Reading) and j.evidence.absent)]


def _judge_limits(name: str, seen: Sequence[Evidence], wanted: Wanted) -> Iterable[Judgement]:
    by_subject = {evidence.subject: evidence for evidence in seen}
    up = by_subject.get(f"{name}.{wanted.main}")
    down = isinstance(up, Reading) and up.value is False
    for key, criterion in wanted.limits.items():
        subject = f"{name}.{key}"
        # What is down has no response time: that is one fact, and `up` has said it already.
        if not down or subject in by_subject:
            yield criterion.judge(_seen(by_subject, subject), wanted.remedy)


def _judge_identity(seen: Evidence, field: str, release: Release, remedy: str) -> Judgement:
    known = {"version": release.version, "commit": release.commit, "id": release.id}[field]
    if not known:
        reason = f"nobody named the release's {field}, so {seen.subject} can't be compared with it"
        flag = "--release" if field == "id" else f"--release-{field}"
        return gap(Gap(seen.subject, reason, remedy=f"name it: {flag}=..."))
    if isinstance(seen, Reading) and isinstance(seen.value, str) and same(field, seen.value, known):
        known = seen.value
    return Equals(known).judge(seen, remedy)


def judge_group(name: str, members: Mapping[str, Sequence[Judgement]], at_least: int, remedy: str = "") -> Judgement:
    """Judge N of M: each member passes where all of its judgements do. Unknown members are not counted as healthy."""
    verdicts = {member: worst(j.verdict for j in judged) for member, judged in members.items()}
    healthy = sum(verdict is Verdict.PASS for verdict in verdicts.values())
    unknown = sum(verdict is Verdict.INCONCLUSIVE for verdict in verdicts.values())
    bad = [
        f"{member}: {why_not(member, members[member])}"
        for member, verdict in verdicts.items()
        if verdict is not Verdict.PASS
    ]
    source = ", ".join(
        dict.fromkeys(j.evidence.source for judged in members.values() for j in judged if j.evidence.source)
    )
    subject, detail = f"{name}.healthy", ", ".join(bad)
    criterion = AtLeast(at_least)
    if healthy < at_least <= healthy + unknown:
        return criterion.judge(
            Gap(subject, f"{healthy} healthy, {at_least} needed, {unknown} unknown: {detail}", source=source)
        )
    detail = f"of {len(members)}: {detail}" if detail else f"of {len(members)}"
    return criterion.judge(Reading(subject, healthy, "1", source=source, detail=detail), remedy)


def because(parent: str, judged: Sequence[Judgement]) -> str:
    """`because database is down: connection refused`, or nothing where the parent is as it should be."""
    reason = why_not(parent, judged)
    if not reason:
        return ""
    state = "is down" if any(j.verdict is Verdict.FAIL for j in judged) else "could not be judged"
    return f"because {parent} {state}: {reason}"


def why_not(name: str, judged: Sequence[Judgement]) -> str:
    """The worst reason why a probe is not as it should be, or nothing where it is. Nothing judged is a reason."""
    bad = sorted((j for j in judged if j.verdict is not Verdict.PASS), key=lambda j: -j.verdict.badness)
    if not bad:
        return "" if judged else "nothing was judged"
    leaf = bad[0].subject.removeprefix(name).lstrip(".")
    return bad[0].reason if leaf in ("", "up", "resolves") else f"{leaf} {bad[0].reason}"


def _seen(by_subject: Mapping[str, Evidence], subject: str) -> Evidence:
    return by_subject.get(subject) or Gap(subject, "was not measured in this run")
