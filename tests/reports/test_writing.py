"""Reports on disk: whole or not at all, the decision last, no secret in any of them."""

import base64
import json
import os
import re
import threading
from dataclasses import replace
from urllib.parse import quote

import pytest

from checks.evidence import Artefact, Gap, Reading
from checks.secrets import remember
from reports import writing
from reports.case import Case, Outcome
from reports.gate_report import GateResult, Release
from reports.judgement import Judgement
from reports.render import html, terminal
from reports.render.json import load
from reports.render.markdown import LIMIT, annotations
from reports.store import open_store
from reports.verdict import Verdict
from reports.writing import SummaryError, WritingError, withdraw, write_atomically, write_reports
from tests.reports import samples

NAMES = ["gate-report.html", "gate-report.md", "junit.xml", "gate-report.json"]


def write(folder, report, **options):
    return write_reports(folder, report, samples.decided(report), samples.cases(), **options)


def test_every_report_is_written_and_the_decision_last(tmp_path, monkeypatch):
    """Four files, `gate-report.json` after all others, nothing else left in the folder."""
    order = []
    monkeypatch.setattr(
        writing, "write_atomically", lambda path, text: (order.append(path.name), path.write_text(text))
    )
    paths = write(tmp_path / "a" / "b", samples.failing())
    assert order == [path.name for path in paths] == NAMES
    assert load(paths[-1].read_text())[0] == samples.failing()
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(NAMES)


def test_an_older_decision_is_gone_when_writing_fails(tmp_path, monkeypatch):
    """A run that can't write its reports does not leave the promotion of yesterday; one that can replaces it."""
    write(tmp_path, samples.passing())
    monkeypatch.setattr(html, "render", lambda *_: (_ for _ in ()).throw(RuntimeError("broken")))
    with pytest.raises(RuntimeError):
        write(tmp_path, samples.failing())
    assert not (tmp_path / "gate-report.json").exists()
    monkeypatch.undo()
    write(tmp_path, samples.failing())
    assert json.loads((tmp_path / "gate-report.json").read_text())["decision"] == "reject"


def test_withdraw_removes_the_decision_only(tmp_path):
    """Before a run the old decision goes and the other files stay; a folder that is not there is made."""
    write(tmp_path, samples.passing())
    withdraw(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES[:-1])
    withdraw(tmp_path / "new")
    assert (tmp_path / "new").is_dir()


def test_a_place_that_can_not_be_written_is_named(tmp_path):
    """A file where the folder should be, or a folder where the file should be, is one clear error."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(WritingError, match=re.escape(str(tmp_path / "file"))):
        write(tmp_path / "file", samples.passing())
    (tmp_path / "folder" / "gate-report.html").mkdir(parents=True)
    with pytest.raises(WritingError, match=r"gate-report\.html can't be written: .*--report-dir"):
        write(tmp_path / "folder", samples.passing())
    assert not (tmp_path / "folder" / "gate-report.json").exists()
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["gate-report.html"], "no temporary file stays"


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    """When the bytes can't be brought to disk, the old file is untouched and no half is left."""
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WritingError, match="No space left on device"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(tmp_path):
    """While one thread replaces the file, another always reads a whole text."""
    path = tmp_path / "a.txt"
    texts = {letter * 200_000 for letter in "ab"}
    write_atomically(path, "a" * 200_000)
    done, seen = threading.Event(), set()

    def read():
        while not done.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for index in range(40):
        write_atomically(path, "ab"[index % 2] * 200_000)
    done.set()
    reader.join()
    assert seen <= texts


def test_lone_surrogates_are_written_visibly(tmp_path):
    """A text that UTF-8 can't hold does not stop the report."""
    write_atomically(tmp_path / "a.txt", "x\ud800y")
    assert (tmp_path / "a.txt").read_text() == "x\\ud800y"


def test_files_can_be_read_by_others(tmp_path):
    """Permissions follow the umask, because another user of the CI machine collects the reports."""
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path / "a.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_the_summary_is_appended_within_its_limit(tmp_path):
    """What the step wrote before stays, and all together keeps GitHub's limit."""
    summary = tmp_path / "summary.md"
    summary.write_text("before")
    write(tmp_path / "out", samples.passing(), summary=summary)
    assert summary.read_text().startswith("before\n\n## PROMOTE")
    summary.write_text("x" * (LIMIT - 20_000))
    write(tmp_path / "out", samples.large(1000, 1000), summary=summary)
    assert LIMIT - 25_000 < summary.stat().st_size <= LIMIT
    assert "more judgements did not pass" in summary.read_text()


def test_a_summary_that_can_not_be_written_costs_no_report(tmp_path):
    """The reports are all there, and the error says so and is of its own kind."""
    with pytest.raises(SummaryError, match="every report is in") as caught:
        write(tmp_path / "out", samples.passing(), summary=tmp_path / "missing" / "summary.md")
    assert [path.name for path in caught.value.paths] == NAMES
    assert (tmp_path / "out" / "gate-report.json").exists()


SECRETS = [
    "pl4nted-s3cret-token",
    'quo"te<&>sl\\ash',
    "line-one-s3cret\nline-two-s3cret",
    "zw\u00f6lf-gr\u00f6\u00dfer",
]


def forms(secret):
    """The forms in which a secret could be read in an artefact."""
    for line in [secret, *secret.splitlines()]:
        yield from (line, quote(line, safe=""), json.dumps(line)[1:-1], line.replace("&", "&amp;").replace("<", "&lt;"))
        yield from (base64.b64encode(line.encode()).decode(), line.replace('"', "&quot;"), line.replace("\\", "\\\\"))


@pytest.mark.parametrize("secret", SECRETS)
def test_a_planted_secret_is_in_no_artefact(tmp_path, monkeypatch, secret):
    """A secret in every text of the report is in no file, summary, annotation, terminal line or store."""
    text = f"before {secret} after"
    reading = Reading(text, text, "text", time=1.0, source=text, detail=text, artefacts=(Artefact(text, "0" * 64),))
    gap = Gap(text, text, time=1.0, source=text, remedy=text)
    bad = tuple(Judgement(e, f"= {json.dumps(text)}", Verdict.FAIL, text, text, text, text) for e in (reading, gap))
    release = Release(text, text, text, text, text)
    report = replace(
        samples.passing(),
        release=release,
        gates=(GateResult("g", True, bad, notes=(text,)),),
        incomplete=(text,),
        notes=(text,),
    )
    decision = samples.decided(report)
    properties = (("tidegate.judgement", json.dumps({"evidence": {"reason": text}, "criterion": text})), ("note", text))
    cases = [Case(text, text, Outcome.FAILED, (text,), text, message=text, details=text, properties=properties)]

    def artefacts(folder):
        paths = write_reports(folder, report, decision, cases, summary=tmp_path / f"{folder.name}.md")
        monkeypatch.setenv("TIDEGATE_STATE", str(folder / "state.sqlite3"))
        open_store().save((folder / "gate-report.json").read_text(), *load((folder / "gate-report.json").read_text()))
        found = {
            path.name: path.read_bytes() for path in (*paths, folder / "state.sqlite3", tmp_path / f"{folder.name}.md")
        }
        found["terminal"] = terminal.render(report, decision).encode()
        found["annotations"] = annotations(report).encode()
        return found

    leaking = artefacts(tmp_path / "known-to-nobody")
    assert all(b"before" in content for content in leaking.values()), "the test really plants it everywhere"
    remember(secret)
    for name, content in artefacts(tmp_path / "known").items():
        for form in forms(secret):
            assert form.encode() not in content, (name, form)


def test_a_secret_that_is_a_common_word_keeps_the_report_whole(tmp_path):
    """A password `demo` or `true` masks texts, and neither renames the environment nor breaks the JSON."""
    for word in ("demo", "true", "gates", "PASS", "reading", "flex"):
        remember(word)
    report = replace(samples.passing(), environment="demo", notes=("the demo is true",))
    write_reports(tmp_path, report, samples.decided(report), samples.cases())
    found, _ = load((tmp_path / "gate-report.json").read_text())
    assert found.environment == "demo"
    assert found.notes == ("the *** is ***",)
    assert found.verdict is Verdict.PASS
