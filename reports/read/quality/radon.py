"""Reads `radon cc --json`: an object of files, each with its functions, methods and classes, or with an error.

Format: https://radon.readthedocs.io/en/latest/commandline.html and `radon/cli/harvest.py`.
"""

import heapq
from pathlib import Path

from reports.quality import KEPT, Block, Complexity
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import count, mapping, sequence, shown, text

#: Functions in functions in functions: deeper ones are not written by people.
_DEEPEST = 50


def is_radon(shape: Shape) -> bool:
    """Whether a file is radon's, by its keys: `a.py[].rank`, or `a.py.error` where it could not read a file."""
    items = {path.removesuffix("[].complexity") for path in shape.paths if path.endswith("[].complexity")}
    if any(f"{item}[].rank" in shape.paths for item in items if item):
        return True
    return any(path.endswith((".py.error", ".ipynb.error")) for path in shape.paths)


class _Blocks:
    """Takes functions in any number; keeps the worst."""

    def __init__(self) -> None:
        self._worst: list[tuple[int, int, Block]] = []
        self.count = 0
        self._sum = 0

    def add(self, block: Block) -> None:
        """Take the next."""
        self.count += 1
        self._sum += block.complexity
        # Of equals the first stays first.
        keep = heapq.heappush if len(self._worst) < KEPT else heapq.heappushpop
        keep(self._worst, (block.complexity, -self.count, block))

    @property
    def mean(self) -> float:
        """Over all, kept or not."""
        return self._sum / self.count if self.count else 0.0

    def worst(self) -> tuple[Block, ...]:
        """The most complex first."""
        return tuple(block for _, _, block in sorted(self._worst, reverse=True))


def read_radon(path: Path) -> Complexity:
    """Read a report of radon. Raises ReportError.

    Functions, methods and the functions in them count; classes don't: theirs is an average of their methods.
    """
    blocks, problems, files = _Blocks(), ProblemList(), 0
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        for name in stream.members("the report"):
            value = stream.value()
            if isinstance(value, list):
                files += 1
                _File(stream, text(name), blocks).take(value)
            elif isinstance(value, dict) and "error" in value:
                said = text(value["error"]) or "it does not say why"
                problems.add(Effect.INCONCLUSIVE, f"radon could not read {text(name)}: {said}", stream.line)
            else:
                stream.fail(f"{text(name)!r} is {shown(value)}, wanted a list of functions")
        stream.finish()
    if not blocks.count:
        problems.add(Effect.INCONCLUSIVE, "radon measured no function: check what it was pointed to")
    return Complexity(blocks.worst(), blocks.count, blocks.mean, files, stream.sha256, problems.all(str(path)))


class _File:
    """Takes the blocks of one file."""

    def __init__(self, stream: JsonStream, name: str, blocks: _Blocks) -> None:
        self._stream, self._name, self._blocks = stream, name, blocks
        self._seen: set[tuple[int, str, int]] = set()

    def take(self, values: list[object], depth: int = 0) -> None:
        """Take blocks and what is inside them."""
        if depth > _DEEPEST:
            self._stream.fail(f"functions are nested more than {_DEEPEST} deep in {self._name}")
        for value in values:
            block = mapping(value)
            self._add(block)
            self.take([*sequence(block.get("methods")), *sequence(block.get("closures"))], depth + 1)

    def _add(self, block: dict[str, object]) -> None:
        stream, file, kind = self._stream, self._name, block.get("type")
        if kind not in ("function", "method", "class"):
            stream.fail(f"{file} holds a block of type {shown(kind)}; known are function, method, class")
        name, line = text(block.get("name")), count(stream, block.get("lineno"), f"the line of a {kind} in {file}")
        complexity = count(stream, block.get("complexity"), f"the complexity of {name} in {file}")
        # Methods stand in their class and beside it; closures in their function and, under a longer name, beside it.
        place = (line, str(block.get("col_offset"))[:20], complexity)
        if kind == "class" or place in self._seen:
            return
        self._seen.add(place)
        owner = text(block.get("classname"))
        self._blocks.add(Block(f"{owner}.{name}" if owner else name, f"{file}:{line}", complexity))
