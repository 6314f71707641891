"""`tidegate history` and `tidegate show`."""

import json
from dataclasses import replace

import pytest

from gates.exit_codes import ExitCode
from reports.render import html, markdown
from reports.render import json as report_json
from reports.store import open_store
from tests.reports import samples
from tidegate.cli import main


@pytest.fixture(autouse=True)
def _own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    monkeypatch.setenv("COLUMNS", "80")


def keep(report):
    decision = samples.decided(report)
    return open_store().save(report_json.render(report, decision), report, decision)


def called(capsys, *argv):
    code = main(list(argv))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_an_empty_store_says_so(capsys):
    """Nothing kept is no error; the words say where it was looked for and how the first run is made."""
    code, out, _ = called(capsys, "history")
    assert code == 0
    assert "No run is kept in" in out
    assert "pytest --env=demo" in out
    assert called(capsys, "history", "--json")[1] == "[]\n"


def test_the_last_run_of_an_empty_store(capsys):
    """`show last` with nothing kept is wrong usage with clear words, and never a traceback."""
    code, out, err = called(capsys, "show", "last")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "nothing has been kept yet" in err
    assert "Traceback" not in err


def test_history_is_a_table(capsys):
    """A line per run: id, time, decision, environment, stage, release and which gates stopped it."""
    run = keep(samples.failing())
    keep(replace(samples.observed(), started=1.0))
    code, out, _ = called(capsys, "history")
    header, first, second = out.splitlines()
    assert code == 0
    assert header.split()[:3] == ["RUN", "STARTED", "(UTC)"]
    assert first.startswith(f"{run[:12]}  2026-03-01 12:00:00  REJECT    staging      pre    stock-quotes  1.4.2")
    assert first.endswith("load, security")
    assert "observing" in second


def test_history_as_json(capsys):
    """The names are those of the gate report; filters and limit apply."""
    run = keep(samples.failing())
    for index in range(3):
        keep(replace(samples.passing(), started=float(index), environment="ci"))
    (entry,) = json.loads(called(capsys, "history", "--json", "--environment", "staging", "--release", "1.4.2")[1])
    assert (entry["run"], entry["decision"], entry["release"]["id"]) == (run, "reject", samples.DIGEST)
    assert entry["gates"][2] == {"name": "load", "required": True, "verdict": "FAIL", "passed": 3, "judged": 4}
    assert len(json.loads(called(capsys, "history", "--json", "--limit", "2")[1])) == 2


def test_a_filter_that_fits_nothing_says_so(capsys):
    """No fitting run is told apart from an empty store."""
    keep(samples.passing())
    assert "No run fits" in called(capsys, "history", "--service", "other")[1]


def test_wrong_limit(capsys):
    """A limit below 1 is wrong usage; 1 is not."""
    keep(samples.passing())
    code, _, err = called(capsys, "history", "--limit", "0")
    assert (code, "at least 1" in err) == (ExitCode.USAGE, True)
    assert called(capsys, "history", "--limit", "1")[0] == 0


def test_show_by_id_by_its_beginning_and_the_last(capsys):
    """The three ways to name a run show the same report."""
    keep(replace(samples.passing(), started=1.0))
    run = keep(samples.failing())
    shown = [called(capsys, "show", name) for name in (run, run[:8], "last")]
    assert shown[0] == shown[1] == shown[2]
    code, out, _ = shown[0]
    assert code == 0, "showing a rejected run decides nothing"
    assert "REJECT  do not promote" in out


def test_show_in_each_format(capsys):
    """JSON is the very text that was kept; Markdown and HTML are those of the renderers."""
    report, decision = samples.failing(), samples.decided(samples.failing())
    run = keep(report)
    assert called(capsys, "show", run, "--format", "json")[1] == report_json.render(report, decision)
    assert called(capsys, "show", run, "--format", "markdown")[1] == markdown.render(report, decision)
    assert called(capsys, "show", run, "--format", "html")[1] == html.render(report, decision)
    assert called(capsys, "show", run, "--format", "pdf")[0] == ExitCode.USAGE


def test_an_unknown_run_names_the_nearest(capsys):
    """Exit code 4, and the run that was probably meant."""
    run = keep(samples.failing())
    code, _, err = called(capsys, "show", f"{run[:10]}zz")
    assert code == ExitCode.USAGE
    assert run[:12] in err


def test_a_damaged_store_is_one_line(capsys, tmp_path):
    """A file that is no store is named with what to do, without a traceback."""
    (tmp_path / "state.sqlite3").write_text("no database" * 100)
    for argv in (["history"], ["show", "last"]):
        code, _, err = called(capsys, *argv)
        assert code == ExitCode.USAGE
        assert "state.sqlite3: damaged or no SQLite file" in err
        assert "Traceback" not in err


def test_releases_are_listed_and_shown(tmp_path, monkeypatch, capsys):
    """Newest first, how each ended, and every line that was written; an unknown one is an error."""
    from releases.journal.journal import Journal
    from releases.journal.record import Kind

    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    assert main(["history", "--releases"]) == 0
    assert "No release is in the journal" in capsys.readouterr().out
    with Journal().holding("shop", "staging") as pen:
        release = pen.begin({"to": "2"})
        assert main(["history", "--releases"]) == 0
        assert "open: `tidegate release --resume` goes on" in capsys.readouterr().out
        pen.write(release, Kind.JUDGED, "pre", {"headline": "promote shop 2"})
        pen.write(release, Kind.CLOSED, "promoted", {"why": "2 serves everybody"})
    assert main(["history", "--releases", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["entries"][0]["data"] == {"to": "2"}
    assert main(["show", release]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("shop in staging: promoted\n")
    assert "judged pre: promote shop 2" in shown
    assert main(["show", release, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["release"] == release
    assert main(["show", release, "--format", "html"]) == ExitCode.USAGE
    assert main(["show", f"{release[:-8]}00000000"]) == ExitCode.USAGE
    assert "there is no release" in capsys.readouterr().err
    assert main(["history", "--releases", "--release", "2"]) == ExitCode.USAGE
