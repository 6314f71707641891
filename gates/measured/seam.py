"""The seam of gates that look before the tests begin: what such a gate is asked, and what it answers.

Such a gate is a module in this folder with the names of `MeasuredGate`, a line in `registry.py`, a section of the
environment's file, and a `gate_NAME.py` whose test is called `test_NAME`. `live_security.py` is a complete example.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from checks.evidence import Evidence
from gates.criteria import Criterion
from reports.exhibit import Exhibit
from reports.gate_report import Release
from reports.judgement import Judgement

if TYPE_CHECKING:
    from gates.environment.model import Environment

#: Takes a line for a person who waits.
Say: TypeAlias = Callable[[str], None]
#: Takes what has to be called when the run ends, however it ends.
AtEnd: TypeAlias = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Looking:
    """What a gate is given to look.

    `environment`: the file, with the demo target's addresses filled in; `names`: the checks that are going to be
    judged, never empty; `release`: what is judged, as far as somebody named it; `directory`: where reports of this
    run go, for files that are kept (it may not exist yet); `say` and `at_end` as their types say.
    """

    environment: "Environment"
    names: tuple[str, ...]
    release: Release
    directory: Path
    say: Say
    at_end: AtEnd


@dataclass(frozen=True, slots=True)
class Looked:
    """What a gate saw.

    `evidence`: by the name of the check; a name that is missing is a Gap for the judge; `notes`: sentences for the
    report on how it was measured; `exhibits`: by the name of the check, what is shown beside its judgements;
    `interrupted`: somebody ended it (Ctrl-C), so that nothing more is measured and what there is gets reported.
    """

    evidence: Mapping[str, tuple[Evidence, ...]]
    notes: tuple[str, ...] = ()
    exhibits: Mapping[str, tuple[Exhibit, ...]] = field(default_factory=dict)
    interrupted: bool = False


#: Ends what `begin` began, and says what was seen.
Finish: TypeAlias = Callable[[], Looked]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a gate judges: one check of it.

    `name`: of the check; `evidence`: what was seen, never empty: where nothing was seen it is one Gap of that name;
    `limits`: those of the gate; `environment` and `release`: as they are when the tests run.
    """

    name: str
    evidence: tuple[Evidence, ...]
    limits: Mapping[str, Criterion]
    environment: "Environment"
    release: Release = field(default_factory=Release)


class MeasuredGate(Protocol):
    """A gate that looks before the tests begin. A module of this folder is one."""

    @property
    def SECTION(self) -> str:  # noqa: N802 - a constant of a module
        """The key of the environment's file that declares what is looked at."""

    @property
    def ALONE(self) -> bool:  # noqa: N802 - a constant of a module
        """Whether it looks even where the target never became ready: what a target stands on says why it is not."""

    def names(self, environment: "Environment") -> Sequence[str]:
        """The checks that are declared, each judged by a test of its own. None: the gate is INCONCLUSIVE."""

    def needs(self, environment: "Environment", name: str) -> Sequence[str]:
        """The endpoints without which a check can't be judged."""

    def begin(self, looking: Looking) -> Finish:
        """Start to look. It is called before the sweep and has to return at once; what it returns is called after.

        A gate that looks once does so in what it returns. What can't be seen is a Gap; ProblemError is for wrong
        configuration that only shows now.
        """

    def judge(self, seen: Seen) -> Sequence[Judgement]:
        """Every judgement of one check; never none."""


class SectionRules(Protocol):
    """What is checked of such a gate's section when the file is read. A module `gates.environment.crosscheck_*`."""

    def crosscheck(self, environment: "Environment") -> "Iterator[tuple[tuple[str | int, ...], str, str]]":
        """Everything that does not fit together: where, what, and what to do."""

    def limits_under(
        self, gate: str, subject: str, environment: "Environment"
    ) -> "Iterator[tuple[tuple[str | int, ...], Criterion]]":
        """Every limit in the file that may take the place of a floor's limit of this subject of the gate `gate`.

        The gate's own limit of this very subject is not among them: the floor looks at it by itself.
        """
