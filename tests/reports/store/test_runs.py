"""The state store: what was judged, when, by which gates; the same questions to SQLite and to PostgreSQL."""

import multiprocessing
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from checks.secrets import Secret
from reports.gate_report import Decision, DecisionKind, Release
from reports.render.json import render
from reports.store import StoreError, UnknownRunError, open_store, place_of
from reports.store.database import Database
from reports.store.tables import PART
from tests.reports import samples


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request):
    """An empty store in each kind of database."""
    return open_store(request.getfixturevalue(request.param))


def by_hand(store, statement):
    """Change the database as somebody would who should not."""
    with Database(place_of(store.place.replace("***", "a-password-of-tests")), PART).writing() as connection:
        connection.exec_driver_sql(statement)


def keep(store, report):
    decision = samples.decided(report)
    return store.save(render(report, decision), report, decision)


def at(report, seconds, **changes):
    return replace(report, started=round(seconds, 3), **changes)


def test_an_empty_store_proves_nothing_and_asking_makes_no_file(store):
    """Every question to a store that was never written has an empty answer and leaves no file."""
    assert store.history() == ()
    assert store.find("s", "e", "r") == ()
    assert store.passes("r", "e") == ()
    with pytest.raises(UnknownRunError, match="nothing has been kept"):
        store.get("abc")
    if "://" not in store.place:
        assert not Path(store.place).exists()


def test_a_run_comes_back_as_it_was(store):
    """Report, decision and the very text of the file; its id is the SHA-256 of that text."""
    run = keep(store, samples.failing())
    kept = store.get(run)
    assert kept.report == samples.failing()
    assert kept.decision == samples.decided(samples.failing())
    assert kept.text == render(kept.report, kept.decision)
    assert store.get(run[:7]) == kept == store.get(run.upper())


def test_the_same_report_is_kept_once(store):
    """Saving twice makes no second run."""
    assert keep(store, samples.passing()) == keep(store, samples.passing())
    assert len(store.history()) == 1


def test_a_text_that_is_not_the_report_is_refused(store):
    """What can't be read back, or says something else than the values, is not kept; the true text is."""
    report, decision = samples.failing(), samples.decided(samples.failing())
    with pytest.raises(StoreError, match="could not be read back"):
        store.save("{}", report, decision)
    with pytest.raises(StoreError, match="something else"):
        store.save(render(samples.passing(), samples.decided(samples.passing())), report, decision)
    store.save(render(report, decision), report, decision)


def test_history_is_newest_first_and_filtered(store):
    """By service, environment and release (id, version or commit), at most as many as asked for."""
    for index in range(5):
        keep(store, at(samples.passing(), 1000 + index, environment="staging" if index % 2 else "ci"))
    keep(store, at(samples.passing(), 2000, release=Release("2.0", "2.0", "abc"), service="other"))
    assert [entry.started for entry in store.history(limit=3)] == [2000, 1004, 1003]
    assert {entry.environment for entry in store.history(environment="ci")} == {"ci"}
    assert len(store.history(service="other")) == len(store.history(release_id="abc")) == 1
    assert len(store.history(release_id="1.4.2")) == len(store.history(release_id=samples.DIGEST)) == 5
    assert store.history(service="unheard-of") == ()


def test_find_lists_every_run_of_a_release(store):
    """Good and bad runs of one release in one environment, of one stage where that is asked."""
    keep(store, at(samples.passing(), 1))
    keep(store, at(samples.failing(), 2))
    keep(store, at(samples.passing(), 3, stage="full"))
    keep(store, at(samples.passing(), 4, environment="ci"))
    found = store.find("stock-quotes", "staging", samples.DIGEST)
    assert [(entry.started, entry.decision.value) for entry in found] == [(3, "promote"), (2, "reject"), (1, "promote")]
    assert len(store.find("stock-quotes", "staging", samples.DIGEST, stage="full")) == 1
    assert [gate.name for gate in found[1].gates] == ["health", "smoke", "load", "security"]


NOT_PROOF = {
    "failed": samples.failing(),
    "could not be judged": samples.inconclusive(),
    "only observed": replace(samples.passing(), observed=True),
    "incomplete": replace(samples.passing(), incomplete=("-k",)),
    "another release": replace(samples.passing(), release=Release("sha256:other")),
    "no release": replace(samples.passing(), release=Release()),
    "another environment": replace(samples.passing(), environment="production"),
    "another stage": replace(samples.passing(), stage="quick"),
    "another service": replace(samples.passing(), service="other"),
    "too old": at(samples.passing(), time.time() - 7200),
    "from the future": at(samples.passing(), time.time() + 7200),
}


@pytest.mark.parametrize("report", NOT_PROOF.values(), ids=NOT_PROOF)
def test_what_does_not_prove_a_release(store, report):
    """A run that differs in one fact is no pass of this release; its twin, which does not differ, is."""
    now = time.time()
    keep(store, report if report.started != samples.STARTED else at(report, now))
    ask = {"stage": "pre", "max_age": 3600, "service": "stock-quotes"}
    assert store.passes(samples.DIGEST, "staging", **ask) == ()
    keep(store, at(samples.passing(), now))
    (proof,) = store.passes(samples.DIGEST, "staging", **ask)
    assert proof.report.started == round(now, 3)
    assert [gate.name for gate in proof.report.gates] == ["health", "smoke", "coverage"]


def test_a_hold_of_what_passed_proves_nothing(store):
    """Where every gate passed and the decision still was to hold, there was a reason; promoted, it counts."""
    report = at(samples.passing(), time.time())
    held = Decision(DecisionKind.HOLD, "hold: the change board has not met")
    store.save(render(report, held), report, held)
    assert store.passes(samples.DIGEST, "staging") == ()
    keep(store, report)
    assert len(store.passes(samples.DIGEST, "staging")) == 1


def test_a_promotion_by_hand_in_the_columns_proves_nothing(store):
    """Columns that claim a pass do not help: the verified text is what counts."""
    run = keep(store, at(samples.failing(), time.time()))
    by_hand(store, f"UPDATE runs SET verdict = 'PASS', decision = 'promote' WHERE id = '{run}'")
    assert store.passes(samples.DIGEST, "staging") == ()


def test_a_changed_report_is_found_out(store):
    """A text that no longer has its SHA-256 is an error, not an answer."""
    run = keep(store, at(samples.passing(), time.time()))
    assert store.passes(samples.DIGEST, "staging")
    by_hand(store, "UPDATE runs SET report = replace(report, '1.4.2', '6.6.6')")
    with pytest.raises(StoreError, match="was changed after it was kept"):
        store.get(run)
    with pytest.raises(StoreError, match="was changed after it was kept"):
        store.passes(samples.DIGEST, "staging")


def test_unknown_and_ambiguous_runs(store):
    """An unknown id names the nearest, a prefix of several asks for more."""
    ids = [keep(store, at(samples.passing(), index)) for index in range(30)]
    wrong = ids[3][:11] + ("0" if ids[3][11] != "0" else "1")
    with pytest.raises(UnknownRunError, match=ids[3][:12]):
        store.get(wrong)
    twins = next(run[0] for run in ids if sum(other[0] == run[0] for other in ids) > 1)
    with pytest.raises(UnknownRunError, match="several runs"):
        store.get(twins)
    with pytest.raises(UnknownRunError, match="no run was named"):
        store.get("")
    with pytest.raises(UnknownRunError):
        store.get("%")


def test_forgetting_is_explicit(store):
    """Only `forget` removes, and only what is older."""
    for index in range(4):
        keep(store, at(samples.passing(), 1000 + index))
    assert store.forget(1002) == 2
    assert [entry.started for entry in store.history()] == [1003, 1002]


def test_a_newer_schema_is_refused_in_words(store):
    """A file of a newer Tidegate is neither read nor written; of this version it is."""
    keep(store, samples.passing())
    by_hand(store, "UPDATE tidegate_state SET version = 2")
    for ask in (store.history, lambda: keep(store, samples.failing()), lambda: store.passes("a", "b")):
        with pytest.raises(StoreError, match=r"newer Tidegate.*upgrade"):
            ask()


def damage_header(path):
    path.write_bytes(b"this is no database" * 100)


def damage_pages(path):
    data = bytearray(path.read_bytes())
    data[200:] = b"\xff" * (len(data) - 200)
    path.write_bytes(data)


def make_foreign(path):
    path.unlink()
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE runs (id TEXT)")
    raw.close()


def make_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [damage_header, damage_pages, make_foreign, make_folder])
def test_a_damaged_file_is_a_clear_error(sqlite, damage):
    """No SQLite file, a torn one, one of something else: StoreError with the path and what to do."""
    path, store = Path(sqlite), open_store(sqlite)
    keep(store, samples.passing())
    damage(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    for ask in (store.history, lambda: keep(store, samples.failing()), lambda: store.passes(samples.DIGEST, "staging")):
        with pytest.raises(StoreError, match=str(path)):
            ask()


def test_a_place_that_can_not_be_made_is_a_clear_error(tmp_path):
    """A file where the folder should be names both the path and the variable that changes it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="TIDEGATE_STATE"):
        keep(open_store(str(tmp_path / "file" / "state.sqlite3")), samples.passing())


def test_only_the_owner_reads_it(sqlite):
    """Reports name addresses and commands of the inside: the file is private."""
    keep(open_store(sqlite), samples.passing())
    assert Path(sqlite).stat().st_mode & 0o077 == 0


def _write_many(place, number):
    store = open_store(place)
    for index in range(15):
        keep(store, at(samples.passing(), number * 1000 + index))


def test_processes_write_at_the_same_time(store):
    """Four processes that make the file and write 15 runs each lose none."""
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_write_many, args=(store.place.replace("***", "a-password-of-tests"), number))
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    entries = store.history(limit=1000)
    assert len({entry.started for entry in entries}) == 60
    for entry in entries[::20]:
        assert store.get(entry.id).decision.kind is DecisionKind.PROMOTE


def test_a_decision_that_is_not_of_the_report_is_refused(store):
    """A promotion can't be slipped in beside the text of a rejection."""
    report, decision = samples.failing(), samples.decided(samples.failing())
    with pytest.raises(StoreError, match="something else"):
        store.save(render(report, decision), report, Decision(DecisionKind.PROMOTE, "promote"))


def test_no_secret_is_in_a_column(store):
    """A secret that found its way into the values of a run is not in the file, neither in the text nor beside it."""
    Secret("hunter2-planted")
    report = replace(samples.passing(), release=Release("1", "1", "", "", "http://x/?token=hunter2-planted"))
    decision = samples.decided(report)
    store.save(render(report, decision), report, decision)
    if "://" not in store.place:
        assert b"hunter2" not in Path(store.place).read_bytes()
    assert "***" in store.history()[0].release.source
