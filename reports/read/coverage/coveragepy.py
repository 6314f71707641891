"""Reads coverage.py's JSON report (`coverage json`), formats 1 to 3:
https://coverage.readthedocs.io/en/latest/commands/cmd_json.html
"""

from pathlib import Path

from reports.coverage import Coverage
from reports.coverage_counts import Branches
from reports.read.coverage.declared import compare
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.json_values import count, json_report, lines, record, whole
from reports.read.json_stream import JsonStream
from reports.read.junit_values import timestamp
from reports.read.problem import Effect

_FORMATS = (1, 2, 3)


def read_coveragepy(path: Path) -> Coverage:
    """Read a coverage.py JSON file. Raises ReportError."""
    with json_report(path) as stream:
        gathering = Gathering(str(path), "coverage.py", lambda: stream.line)
        reader = _CoveragePy(stream, gathering)
        for key in stream.members("the report"):
            reader.take(key)
        reader.check()
        stream.finish()
        moment = reader.meta.get("timestamp")
        return gathering.finish(stream.sha256, timestamp(moment) if isinstance(moment, str) else None)


class _CoveragePy:
    def __init__(self, stream: JsonStream, gathering: Gathering) -> None:
        self._stream, self._gathering = stream, gathering
        self.meta: dict[str, object] = {}
        self._totals: dict[str, object] | None = None
        self._files = False

    def take(self, key: str) -> None:
        match key:
            case "meta":
                self.meta = self._stream.record("meta")
                if self.meta.get("branch_coverage") is True:
                    self._gathering.measures_branches = True
            case "totals":
                self._totals = self._stream.record("totals")
            case "files":
                self._files = True
                for name in self._stream.members("files"):
                    self._file(name, record(self._stream, self._stream.value(), f"files[{name!r}]"))

    def check(self) -> None:
        """What can be told only at the end."""
        gathering, totals = self._gathering, self._totals
        if not self._files or totals is None:
            self._stream.fail(f"the report has no {'totals' if self._files else 'files'}: it is not whole")
        form = self.meta.get("format", 1)
        if form not in _FORMATS:
            gathering.problem(Effect.INCONCLUSIVE, f"meta.format is {form!r}, known are 1, 2 and 3")
        found = gathering.lines
        declared = self._share(totals, "covered_lines", "num_statements", "totals")
        compare(gathering, declared, found, found, of="totals: ")
        if "num_branches" in totals:
            gathering.measures_branches = True
            branches = gathering.branches
            declared = self._share(totals, "covered_branches", "num_branches", "totals")
            compare(gathering, declared, branches, branches, of="totals: ")

    def _file(self, name: str, file: dict[str, object]) -> None:
        stream, gathering = self._stream, self._gathering
        executed = lines(stream, file.get("executed_lines"), f"executed_lines of {name}")
        missing = lines(stream, file.get("missing_lines"), f"missing_lines of {name}")
        arms: dict[str, bool] = {}
        for key, taken in (("missing_branches", False), ("executed_branches", True)):
            if key in file:
                gathering.measures_branches = True
                self._arms(arms, file[key], taken, f"{key} of {name}")
        stated = None
        summary = record(stream, file.get("summary", {}), f"summary of {name}")
        if not arms and "num_branches" in summary:
            gathering.measures_branches = True
            stated = Branches(*self._share(summary, "covered_branches", "num_branches", name))
        found = gathering.add(name, [*executed, *missing], executed, arms=arms, stated_branches=stated)
        if "num_statements" in summary:
            declared = self._share(summary, "covered_lines", "num_statements", name)
            compare(gathering, declared, found.lines, found.lines, of=f"{name}: ")

    def _arms(self, arms: dict[str, bool], pairs: object, taken: bool, what: str) -> None:
        """Pairs of line numbers; the second is negative where the branch leaves the function."""
        if not isinstance(pairs, list):
            self._stream.fail(f"{what} is no list")
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2:
                self._stream.fail(f"{what} holds something else than pairs of line numbers")
            start = abs(whole(self._stream, pair[0], what))
            arms[f"{start}:{whole(self._stream, pair[1], what)}"] = taken

    def _share(self, of: dict[str, object], covered: str, total: str, what: str) -> tuple[int, int]:
        numbers = [count(self._stream, of.get(key), f"{key} of {what}") for key in (covered, total)]
        return self._gathering.share(numbers[0], numbers[1], f"{what}: {covered} of {total}")
