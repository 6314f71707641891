"""What the tests of the load gate share."""

import pytest

from gates.environment import load as load_environment
from load.measured import Measured
from load.plan_file import plan_to_dict
from load.result import Ending, LoadResult
from tests.gates.objectives.conftest import IDLE

TEXT = """\
service: shop
base_url: http://127.0.0.1:8000
endpoints: {quote: {http: /quote}}
load:
  watch: {api: {container: api, limits: {cpu: "<= 80 %"}}}
  profiles:
    steady:
      rate: 50/s
      duration: 10s
      warm_up: 2s
      mix: {quote: 1}
      objectives: ["p95 <= 1s", {limit: "error_ratio <= 5 %", abort: true}]
      baseline: {limits: {p95: "<= 1.2"}}
gates: {load: {limits: {rps: ">= 10"}}}
"""


@pytest.fixture
def environment(tmp_path):
    """The environment above, or with something in it replaced."""

    def _environment(*changes):
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "env.yaml").write_text(text)
        return load_environment(tmp_path / "env.yaml").model

    return _environment


@pytest.fixture
def result_of():
    """`result_of(plan, tallies)`: a result whose seconds had these tallies."""

    def _result(plan, tallies, ending=Ending.FINISHED, why="", elapsed=None, **changes):
        seconds = len(tallies)
        measured = Measured(1, {"quote": dict(enumerate(tallies))}, {0: 3}, dict.fromkeys(range(seconds), IDLE))
        return LoadResult(
            began=1.0,
            plan=plan_to_dict(plan),
            seconds=plan.seconds,
            elapsed=float(seconds) if elapsed is None else elapsed,
            ending=ending,
            why=why,
            **{"measured": measured, "reported": 1} | changes,
        )

    return _result
