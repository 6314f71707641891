"""What has to fit together under `watch:`."""

from collections.abc import Iterator

from gates.environment.findings import Finding
from gates.environment.model import Environment
from gates.environment.names import nearest


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    stage = environment.watch.stage
    if stage is not None and stage not in environment.all_stages:
        yield ("watch", "stage"), f"there is no stage {stage!r}", nearest(stage, environment.all_stages)
