"""The chain of environments: a release has to have passed elsewhere, which is judged again from what was kept there."""

import time

from checks.units import format_value
from gates.decision import decide
from gates.environment.releasing import Requires
from releases.deployers.interface import Version
from reports.gate_report import DecisionKind
from reports.store.interface import Store


def missing_pass(store: Store, service: str, requires: Requires, candidate: Version) -> str:
    """Why the release may not come in; nothing where it may. Raises StoreError.

    The newest run of that stage counts: an older pass beside a newer failure is none.
    """
    where = f"stage {requires.stage} in {requires.environment}"
    runs = store.find(service, requires.environment, candidate.id, stage=requires.stage)
    if not runs:
        return f"{candidate.label} ({candidate.id}) was never judged by {where}"
    newest = runs[0]
    age = time.time() - newest.started
    if age > requires.max_age:
        return (
            f"{candidate.label} was judged by {where} {format_value(age, 's')} ago, "
            f"wanted <= {format_value(requires.max_age, 's')}"
        )
    kept = store.get(newest.id)
    decision = decide(kept.report)
    if kept.report.observed:
        return f"{where} was only observed for {candidate.label}"
    if decision.kind is not DecisionKind.PROMOTE:
        return f"{where} says: {decision.headline}"
    return ""
