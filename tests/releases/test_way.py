"""The way of a release in a world of its own: each end, and a kill before and after everything that it does."""

import itertools
from dataclasses import dataclass, field, replace

import pytest

from releases.deployers.interface import Act, DeployerError, Serving, Version
from releases.journal.record import Entry, Kind, Record
from releases.plan import Migration, Pace, Plan, Rollback, Stages, lines
from releases.way import Judged, Outcome, Ports, Way
from reports.verdict import Verdict

OLD, NEW = Version("sha256:old", "1"), Version("sha256:new", "2")
PLAN = Plan(
    "shop",
    "production",
    "canary",
    NEW,
    OLD,
    Stages("pre", "step", "post"),
    Pace(steps=(20, 60, 100), pause=10, bake=120, every=60, recheck=30, hold_deadline=100),
)


class Killed(BaseException):
    """The process is gone: nothing catches it."""


@dataclass
class World:
    """What is real: which releases run, and which share of users is where. It outlives a killed process."""

    running: set = field(default_factory=lambda: {OLD})
    stable: Version = OLD
    share: int = 0
    broken: str = ""
    shown: list = field(default_factory=list)

    def served(self):
        """Users are always served by something that runs."""
        assert self.stable in self.running, "users would meet nothing"
        assert self.share == 0 or NEW in self.running, "the candidate's users would meet nothing"
        self.shown.append((self.stable.version, self.share))


class FakeDeployer:
    interrupts = False
    shares = True

    def __init__(self, world, point):
        self.world, self.point = world, point

    def current(self):
        candidate = NEW if NEW in self.world.running and self.world.stable != NEW else None
        return Serving(self.world.stable, candidate, self.world.share if candidate else 0)

    def problems(self, candidate, back_to):
        return []

    def _act(self, name, change, done):
        def do():
            if name == self.world.broken:
                raise DeployerError(f"{name}: no")
            self.point(f"before {name}")
            change()
            self.world.served()
            self.point(f"after {name}")

        return Act(name, do, done)

    def deploy(self, candidate):
        world = self.world
        return [self._act("start 2", lambda: world.running.add(NEW), lambda: NEW in world.running)]

    def shift(self, candidate, share):
        world = self.world
        return [self._act(f"shift to {share}", lambda: setattr(world, "share", share), lambda: world.share == share)]

    def promote(self, candidate):
        world = self.world

        def change():
            world.stable, world.share = NEW, 0

        return [self._act("promote 2", change, lambda: world.stable == NEW)]

    def rollback(self, back_to):
        world = self.world

        def shift():
            world.stable, world.share = OLD, 0

        return [
            self._act("users back", shift, lambda: world.stable == OLD and world.share == 0),
            self._act("stop 2", lambda: world.running.discard(NEW), lambda: NEW not in world.running),
        ]

    def clean(self, keep):
        return []


class Book:
    """A journal in memory that outlives the process, too."""

    def __init__(self):
        self.entries = []

    def record(self):
        return Record("r", "shop", "production", tuple(self.entries))


class Clock:
    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


def go(world, book, verdicts=None, *, plan=PLAN, point=lambda what: None, missing=(), shares=True, may_return=()):
    """One process. `verdicts(stage, release, world)` -> a Verdict; all pass by default."""
    clock, said = Clock(), []

    def write(kind, name="", data=None):
        point(f"before writing {kind.value} {name}")
        book.entries.append(Entry(len(book.entries) + 1, clock.time, kind, name, data or {}))
        point(f"after writing {kind.value} {name}")

    def judge(stage, release):
        verdict = verdicts(stage, release, world) if verdicts else Verdict.PASS
        return Judged(stage, verdict, f"{stage} of {release.version} is {verdict.value}", "ab" * 32)

    deployer = FakeDeployer(world, point)
    deployer.shares = shares
    ports = Ports(deployer, judge, write, clock, said.append, lambda judged: list(missing), lambda: list(may_return))
    record = book.record() if book.entries else None
    return Way(plan, ports, record).go()


def bad_from(share):
    """The candidate fails as soon as so many users are on it."""

    def verdicts(stage, release, world):
        return Verdict.FAIL if release == NEW and stage == "step" and world.share >= share else Verdict.PASS

    return verdicts


def closed(book):
    entry = book.record().last(Kind.CLOSED)
    return entry.name if entry else None


def test_a_good_release_goes_step_by_step():
    """20, 60, 100 percent, watched, promoted; the old one still runs to go back to."""
    world, book = World(), Book()
    assert go(world, book) is Outcome.PROMOTED
    assert world.shown == [("1", 0), ("1", 20), ("1", 60), ("1", 100), ("2", 0)]
    assert (closed(book), world.running) == ("promoted", {OLD, NEW})
    judged = [entry.name for entry in book.entries if entry.kind is Kind.JUDGED]
    assert judged == ["pre", "step", "step", "step", "step", "step", "step", "post"]


@pytest.mark.parametrize("share", [20, 60, 100])
def test_a_bad_release_comes_back_from_each_step(share):
    """Nobody is on it any more, it is gone, and the old one was judged again."""
    world, book = World(), Book()
    assert go(world, book, bad_from(share)) is Outcome.ROLLED_BACK
    assert (world.stable, world.share, world.running) == (OLD, 0, {OLD})
    assert max(shown for _, shown in world.shown) == share
    assert book.entries[-2].name == "post"
    assert "step of 2 is FAIL" in book.record().decision.data["why"]


def test_a_failure_counts_when_it_fails_again():
    """One that passes 30 s later is no reason to go back; the same one twice is."""
    fails = iter([Verdict.PASS, Verdict.FAIL, *[Verdict.PASS] * 50])
    assert go(World(), Book(), lambda *_: next(fails)) is Outcome.PROMOTED
    fails = iter([Verdict.PASS, Verdict.FAIL, Verdict.FAIL, *[Verdict.PASS] * 50])
    assert go(World(), Book(), lambda *_: next(fails)) is Outcome.ROLLED_BACK


def test_what_can_not_be_judged_freezes_the_share_and_then_comes_back():
    """For the deadline nobody more is put on it; a measurement that comes back lets it go on."""

    def blind(turns):
        left = itertools.count(turns, -1)
        return lambda stage, release, world: (
            Verdict.INCONCLUSIVE if stage == "step" and world.share == 20 and next(left) > 0 else Verdict.PASS
        )

    world = World()
    assert go(world, Book(), blind(100)) is Outcome.ROLLED_BACK
    assert max(share for _, share in world.shown) == 20
    assert go(World(), Book(), blind(2)) is Outcome.PROMOTED


@pytest.mark.parametrize(
    ("verdict", "outcome"), [(Verdict.FAIL, Outcome.REFUSED), (Verdict.INCONCLUSIVE, Outcome.HELD)]
)
def test_nothing_moves_where_it_does_not_pass_before(verdict, outcome):
    """Its world is untouched, and its twin that passes is promoted."""
    world, book = World(), Book()
    assert go(world, book, lambda stage, *_: verdict if stage == "pre" else Verdict.PASS) is outcome
    assert (world.shown, world.running) == ([], {OLD})
    assert closed(book) == outcome.value


def test_without_approval_nothing_moves_and_the_release_waits():
    """It is open, and goes on when somebody has approved."""
    world, book = World(), Book()
    assert go(world, book, missing=["CTO"]) is Outcome.WAITING
    assert (world.shown, closed(book)) == ([], None)
    assert go(world, book) is Outcome.PROMOTED


@pytest.mark.parametrize("broken", ["start 2", "shift to 60"])
def test_an_act_that_fails_brings_the_old_one_back(broken):
    """Before the promotion every failure is a way back."""
    world = World(broken=broken)
    assert go(world, Book()) is Outcome.ROLLED_BACK
    assert (world.stable, world.share, world.running) == (OLD, 0, {OLD})


@pytest.mark.parametrize(("broken", "bad"), [("users back", True), ("promote 2", False)])
def test_what_can_not_be_finished_calls_somebody(broken, bad):
    """The release stays open; when the cause is gone, it is resumed to its end."""
    world, book = World(broken=broken), Book()
    verdicts = bad_from(20) if bad else None
    assert go(world, book, verdicts) is Outcome.UNKNOWN
    assert closed(book) is None
    world.broken = ""
    assert go(world, book, verdicts) is (Outcome.ROLLED_BACK if bad else Outcome.PROMOTED)


def test_an_old_release_that_is_back_and_does_not_serve_calls_somebody():
    """A rollback is not believed: the old release is judged."""
    worse = lambda stage, release, world: Verdict.FAIL if stage != "pre" else Verdict.PASS  # noqa: E731
    assert go(World(), Book(), worse) is Outcome.UNKNOWN


def test_with_nothing_to_go_back_to_somebody_is_called():
    """The first release of all can't be rolled back; a good one is promoted."""
    first = replace(PLAN, back_to=None)
    assert go(World(), Book(), bad_from(20), plan=first) is Outcome.UNKNOWN
    assert go(World(), Book(), plan=first) is Outcome.PROMOTED


def test_all_or_none_without_shares():
    """A strategy that knows no shares is judged when everybody is on it."""
    world = World()
    assert go(world, Book(), shares=False) is Outcome.PROMOTED
    assert ("1", 20) not in world.shown


BY_APPROVAL = replace(PLAN, rollback=Rollback.BY_APPROVAL)


@pytest.mark.parametrize("plan", [BY_APPROVAL, replace(PLAN, migration=Migration.BREAKING)], ids=["policy", "schema"])
@pytest.mark.parametrize("share", [20, 100])
def test_what_does_not_go_back_by_itself_is_out_of_traffic_at_once_and_waits(plan, share):
    """No user is on it and it still runs; approved, it is taken away. The twin that may go back by itself does so."""
    world, book = World(), Book()
    assert go(world, book, bad_from(share), plan=plan, may_return=["CTO"]) is Outcome.WAITING
    assert (world.stable, world.share, world.running, closed(book)) == (OLD, 0, {OLD, NEW}, None)
    assert go(world, book, plan=plan, may_return=["CTO"]) is Outcome.WAITING
    assert go(world, book, plan=plan) is Outcome.ROLLED_BACK
    assert world.running == {OLD}
    assert [entry.name for entry in book.entries if entry.kind is Kind.DECIDED] == ["roll back"]
    named = replace(plan, rollback=Rollback.AUTOMATIC, restore_plan="nightly" if plan is not BY_APPROVAL else "")
    assert go(World(), Book(), bad_from(share), plan=named, may_return=["CTO"]) is Outcome.ROLLED_BACK


def test_where_users_can_not_be_taken_off_somebody_is_called():
    """Waiting quietly would leave them on the bad one; with shares they are taken off."""
    bad = lambda stage, release, world: Verdict.FAIL if stage == "step" else Verdict.PASS  # noqa: E731
    world = World()
    assert go(world, Book(), bad, plan=BY_APPROVAL, shares=False, may_return=["CTO"]) is Outcome.UNKNOWN
    assert go(World(), Book(), bad, plan=BY_APPROVAL, may_return=["CTO"]) is Outcome.WAITING


def test_an_interruption_anywhere_takes_it_back_or_finishes_the_promotion():
    """Before anything moved nothing is done; until the decision it goes back; after it, it is finished."""
    ends = set()
    for turn in range(points(None)):
        world, book, left = World(), Book(), itertools.count(turn, -1)

        def point(what, left=left):
            if next(left) == 0:
                raise KeyboardInterrupt

        outcome = go(world, book, point=point)
        ends.add(outcome)
        assert (world.stable, world.share) == ((NEW if outcome is Outcome.PROMOTED else OLD), 0)
        if outcome is not Outcome.PROMOTED:
            assert outcome is Outcome.INTERRUPTED
            assert world.running == {OLD}
        # An interruption may come after the very last entry.
        assert sum(entry.kind is Kind.CLOSED for entry in book.entries) >= 1
    assert ends == {Outcome.PROMOTED, Outcome.INTERRUPTED}


def points(verdicts):
    """Everything that one process does, in its order: each write, before and after, and each act."""
    seen = []
    go(World(), Book(), verdicts, point=seen.append)
    return len(seen)


@pytest.mark.parametrize("share", [None, 20, 100])
def test_a_kill_anywhere_and_a_kill_of_the_resume_anywhere(share):
    """Whatever is killed, users are served all the time, and the resume ends where the whole one would have."""
    verdicts = bad_from(share) if share else None
    wanted = Outcome.ROLLED_BACK if share else Outcome.PROMOTED
    count = points(verdicts)
    assert count > 25
    for first in range(count):
        for second in (None, *range(0, count, 3)):
            world, book = World(), Book()
            for kill in (first, second):
                left = itertools.count(-1 if kill is None else kill, -1)

                def point(what, left=left):
                    if next(left) == 0:
                        raise Killed(what)

                try:
                    outcome = go(world, book, verdicts, point=point)
                except Killed:
                    outcome = None
                world.served()
            if outcome is None:
                outcome = go(world, book, verdicts) if not closed(book) else Outcome(closed(book))
            assert outcome is wanted, (first, second)
            assert world.stable == (OLD if share else NEW)
            assert world.share == 0
            assert [entry.number for entry in book.entries] == list(range(1, len(book.entries) + 1))


def test_the_plan_says_what_will_happen():
    """Each step, the pace, and the way back; with a breaking migration that there is none by itself."""
    text = "\n".join(lines(PLAN))
    for words in (
        "1 → 2, strategy canary",
        "20 % → 60 % → 100 %",
        "10 s after it",
        "watch for 2 min, every 60 s",
        "back to 1",
    ):
        assert words in text
    breaking = replace(PLAN, migration=Migration.BREAKING)
    assert "NO AUTOMATIC ROLLBACK" in "\n".join(lines(breaking))
    assert not breaking.returns_by_itself
    assert replace(breaking, restore_plan="nightly").returns_by_itself
    assert "when somebody approves" in "\n".join(lines(replace(PLAN, rollback=Rollback.BY_APPROVAL)))
    assert "nothing can be brought back" in "\n".join(lines(replace(PLAN, back_to=None)))
    assert "users notice" in "\n".join(lines(replace(PLAN, interrupts=True)))


def test_a_plan_comes_back_from_the_journal():
    """As it was; steps that do not lead to everybody are refused."""
    assert Plan.from_dict(PLAN.to_dict()) == PLAN
    for steps in ((), (20,), (60, 20, 100), (0, 100), (100, 100)):
        with pytest.raises(ValueError, match="do not ascend"):
            Pace(steps=steps)
