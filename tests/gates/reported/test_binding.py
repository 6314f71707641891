"""A report is of the release that is judged, and fresh, or it is no evidence: neither good nor bad."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.gates.reported.samples import sarif, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, USAGE, Judge, put
from tidegate.cli import main

SHA = "4b1d2aa9c0ffee4b1d2aa9c0ffee4b1d2aa9c0ff"
OTHER = "aaaaaaa9c0ffee4b1d2aa9c0ffee4b1d2aa9c0ff"
DIGEST = f"sha256:{'a' * 64}"
STRANGE = f"sha256:{'b' * 64}"
COVERAGE = 'cov: {reports: [{coverage: cov.xml}], limits: {lines: ">= 80 %"}}'
FINDINGS = "sec: {reports: [{findings: found.json}]}"


def bind(*args: str) -> None:
    """Run `tidegate bind`."""
    assert main(["bind", *args]) == 0


def ago(**much: float) -> str:
    """A point in time as tools write it."""
    return (datetime.now(UTC) - timedelta(**much)).isoformat()


def test_a_report_that_nobody_bound_is_held(judge: Judge) -> None:
    """The next step is said; with a sidecar, the same file promotes."""
    put("cov.xml", share(9, 10))
    ended = judge(COVERAGE)
    assert ended.code == HOLD
    assert "cov.xml: nothing says of which commit or image it is" in ended.said
    assert "`tidegate bind cov.xml` in the job that makes it" in ended.said
    bind("cov.xml", "--release=1.4.2")
    assert judge(COVERAGE).code == PROMOTE


@pytest.mark.parametrize(
    ("bound", "judged", "code"),
    [
        (["--release=1.4.2"], ["--release=1.4.2"], PROMOTE),
        (["--release=1.4.1"], ["--release=1.4.2"], HOLD),
        ([f"--commit={SHA}"], [f"--commit={SHA}"], PROMOTE),
        ([f"--commit={SHA[:7]}"], [f"--commit={SHA}"], PROMOTE),
        ([f"--commit={SHA}"], [f"--release={SHA[:12]}"], PROMOTE),
        ([f"--commit={OTHER}"], [f"--commit={SHA}"], HOLD),
        ([f"--commit={OTHER}"], [f"--release={SHA}"], HOLD),
        ([f"--commit={SHA}"], ["--release=1.4.2"], HOLD),
        ([f"--commit={SHA}"], ["--release=1.4.2", f"--commit={SHA}"], PROMOTE),
        ([f"--release={DIGEST}"], [f"--release={DIGEST}"], PROMOTE),
        ([f"--release=registry/app@{DIGEST}"], [f"--release={DIGEST}"], PROMOTE),
        ([f"--release={STRANGE}"], [f"--release={DIGEST}"], HOLD),
        ([f"--release={STRANGE}", f"--commit={SHA}"], [f"--release={DIGEST}", f"--commit={SHA}"], HOLD),
        ([f"--release={DIGEST}", f"--commit={OTHER}"], [f"--release={DIGEST}", f"--commit={SHA}"], HOLD),
        ([f"--commit={SHA}"], [f"--commit={SHA}-dirty"], HOLD),
    ],
)
def test_a_sidecar_names_a_release(judge: Judge, bound: list[str], judged: list[str], code: int) -> None:
    """What both name has to be the same, and something has to be named by both."""
    put("cov.xml", share(9, 10))
    bind("cov.xml", *bound)
    ended = judge(COVERAGE, *judged, release="")
    assert ended.code == code, ended.said


def test_bad_coverage_of_another_commit_does_not_reject(judge: Judge) -> None:
    """It is no evidence on this release, in neither direction."""
    put("cov.xml", share(1, 10))
    bind("cov.xml", f"--commit={OTHER}")
    ended = judge(COVERAGE, f"--commit={SHA}", release="")
    assert ended.code == HOLD
    assert f"it is of another commit: {OTHER}, wanted {SHA}" in ended.said
    put("found.json", trivy(vulnerability()))
    bind("found.json", f"--commit={OTHER}")
    ended = judge(FINDINGS, f"--commit={SHA}", release="")
    assert ended.code == HOLD
    assert "found.json: its findings are not judged: 1 HIGH" in ended.notes
    bind("found.json", f"--commit={SHA}")
    assert judge(FINDINGS, f"--commit={SHA}", release="").code == REJECT


def test_nobody_named_the_release(judge: Judge) -> None:
    """Then no report can be of it."""
    put("cov.xml", share(9, 10))
    bind("cov.xml", "--release=1.4.2")
    ended = judge(COVERAGE, release="")
    assert ended.code == HOLD
    assert "nobody named the release" in ended.said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "0" * 64}, "it was changed after it was bound"),
        ({"sha256": None}, "can't be read: its keys are"),
        ({"schema": "tidegate/binding@9"}, "it is not of the schema tidegate/binding@1"),
        ({"commit": 7}, "all texts"),
        ({"created": "yesterday"}, "can't be read"),
        ({"created": "2026-01-01T00:00:00"}, "has no zone"),
        ({"created": "2999-01-01T00:00:00+00:00"}, "one of the clocks is wrong"),
        ({"release": "", "commit": ""}, "nothing says of which commit or image it is"),
    ],
)
@pytest.mark.parametrize("binding", ["release", "none"])
def test_a_sidecar_that_is_wrong(judge: Judge, change: dict, words: str, binding: str) -> None:
    """Other bytes, a missing key, a strange time: the report is no evidence, and with `binding: none` no more so."""
    put("cov.xml", share(9, 10))
    bind("cov.xml", "--release=1.4.2")
    path = Path("cov.xml.binding.json")
    good = json.loads(path.read_text())
    changed = {key: value for key, value in {**good, **change}.items() if value is not None}
    path.write_text(json.dumps(changed))
    ended = judge(COVERAGE.replace("cov.xml", f"cov.xml, binding: {binding}"))
    if binding == "none" and not change.get("release", "x"):
        assert ended.code == PROMOTE
        return
    assert ended.code == HOLD, ended.said
    assert words in ended.said
    path.write_text(json.dumps(good))
    assert judge(COVERAGE).code == PROMOTE


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "\x00"])
def test_a_sidecar_that_is_none(judge: Judge, text: str) -> None:
    """Whatever lies there in its place."""
    put("cov.xml", share(9, 10))
    put("cov.xml.binding.json", text)
    ended = judge(COVERAGE)
    assert ended.code == HOLD
    assert "its sidecar cov.xml.binding.json can't be read" in ended.said


def test_a_sidecar_is_no_report(judge: Judge) -> None:
    """A pattern that matches both reads the report; one that matches sidecars only matches nothing."""
    put("r/found.json", trivy())
    bind("r/found.json", "--release=1.4.2")
    gate = 'sec: {reports: [{findings: "r/*.json"}]}'
    assert judge(gate).code == PROMOTE
    Path("r/found.json").unlink()
    ended = judge(gate)
    assert ended.code == HOLD
    assert "no file matches the pattern" in ended.said


@pytest.mark.parametrize(
    ("text", "judged", "code"),
    [
        (sarif(commit=SHA), [f"--commit={SHA}"], PROMOTE),
        (sarif(commit=OTHER), [f"--commit={SHA}"], HOLD),
        (sarif(commit=SHA), ["--release=1.4.2"], HOLD),
        (sarif(), [f"--commit={SHA}"], HOLD),
        (trivy(digests=[f"registry/app@{DIGEST}"]), [f"--release={DIGEST}"], PROMOTE),
        (trivy(digests=[f"registry/app@{STRANGE}", f"mirror/app@{DIGEST}"]), [f"--release={DIGEST}"], PROMOTE),
        (trivy(digests=[f"registry/app@{STRANGE}"]), [f"--release={DIGEST}"], HOLD),
        (trivy(digests=[f"registry/app@{DIGEST}"]), ["--release=1.4.2"], HOLD),
        (trivy(image=DIGEST), [f"--release={DIGEST}"], PROMOTE),
        (trivy(image=STRANGE), [f"--release={DIGEST}"], HOLD),
    ],
)
def test_a_report_says_itself_what_it_is_of(judge: Judge, text: str, judged: list[str], code: int) -> None:
    """SARIF's revision, Trivy's image digest: no sidecar is needed."""
    put("found.json", text)
    ended = judge(FINDINGS, *judged, release="")
    assert ended.code == code, ended.said


def test_a_sidecar_does_not_outweigh_the_report(judge: Judge) -> None:
    """Somebody bound the report of another commit to this one."""
    put("found.json", sarif(commit=OTHER))
    bind("found.json", f"--commit={SHA}")
    ended = judge(FINDINGS, f"--commit={SHA}", release="")
    assert ended.code == HOLD
    assert f"it is of another commit: {OTHER}" in ended.said
    put("found.json", sarif(commit=SHA))
    bind("found.json", f"--commit={SHA}")
    assert judge(FINDINGS, f"--commit={SHA}", release="").code == PROMOTE


def test_binding_none_is_shown_in_every_report(judge: Judge) -> None:
    """Terminal, JSON, Markdown, HTML."""
    put("cov.xml", share(9, 10))
    ended = judge(COVERAGE.replace("cov.xml", "cov.xml, binding: none"))
    assert ended.code == PROMOTE
    words = "bound to no release (binding: none), may be of any commit: cov.xml"
    assert words in ended.said
    assert words in ended.notes
    for name in ("md", "html"):
        assert words in Path(f"tidegate-report/gate-report.{name}").read_text().replace("\\", "")


@pytest.mark.parametrize("gate", [COVERAGE, FINDINGS])
@pytest.mark.parametrize(("hours", "code"), [(1, PROMOTE), (25, HOLD)])
def test_age(judge: Judge, gate: str, hours: float, code: int) -> None:
    """The file's time, where nothing else is known; binding it makes nothing younger."""
    put("cov.xml", share(9, 10), age=hours * 3600)
    put("found.json", trivy(), age=hours * 3600)
    aged = gate.replace("}]", ", max_age: 24h}]")
    ended = judge(aged.replace(", max_age", ", binding: none, max_age"))
    assert ended.code == code
    assert ("at most 24 h wanted" in ended.said) is (code == HOLD)
    bind("cov.xml", "found.json", "--release=1.4.2")
    assert judge(aged).code == code
    assert judge(gate).code == PROMOTE


@pytest.mark.parametrize(
    ("created", "code"),
    [(ago(hours=1), PROMOTE), (ago(days=9), HOLD), (ago(days=-9), HOLD), (ago(minutes=-1), PROMOTE)],
    ids=["an hour ago", "nine days ago", "in nine days", "in a minute"],
)
def test_the_age_of_a_scan_is_what_it_says(judge: Judge, created: str, code: int) -> None:
    """A copy is as old as what it was copied from; a time to come is a wrong clock."""
    put("found.json", trivy(created=created))
    gate = FINDINGS.replace("found.json", "found.json, binding: none, max_age: 24h")
    assert judge(gate).code == code
    if code == HOLD:
        put("found.json", trivy(created=ago(hours=1)))
        assert judge(gate).code == PROMOTE


JOB = COVERAGE.replace("cov.xml", "cov.xml, binding: job")


def test_a_scan_gets_no_younger_by_being_bound(judge: Judge) -> None:
    """The oldest time that somebody states counts: a fresh copy of an old scan is an old scan."""
    gate = FINDINGS.replace("found.json", "found.json, max_age: 24h")
    put("found.json", trivy(created=ago(days=9)))
    bind("found.json", "--release=1.4.2")
    assert judge(gate).code == HOLD
    put("found.json", trivy(created=ago(hours=9)))
    bind("found.json", "--release=1.4.2")
    assert judge(gate).code == PROMOTE


def test_a_job_binds_what_it_made(judge: Judge, checkout: str) -> None:
    """A fresh file in the job that checked the commit out; the same file from before the commit is left over."""
    put("cov.xml", share(9, 10))
    ended = judge(JOB, release="")
    assert ended.code == PROMOTE, ended.said
    put("cov.xml", share(9, 10), age=7200)
    ended = judge(JOB, release="")
    assert ended.code == HOLD
    assert f"it is older than the commit {checkout[:7]}: a cache, or left over" in ended.said


def test_gitlab_is_a_job_too(judge: Judge, checkout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own variables; its proof alone says nothing."""
    put("cov.xml", share(9, 10))
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert judge(JOB, f"--commit={checkout}", release="").code == HOLD
    monkeypatch.setenv("GITLAB_CI", "true")
    assert judge(JOB, f"--commit={checkout}", release="").code == HOLD
    monkeypatch.setenv("CI_COMMIT_SHA", checkout)
    assert judge(JOB, f"--commit={checkout}", release="").code == PROMOTE


def test_a_job_of_another_commit_binds_nothing(judge: Judge, checkout: str) -> None:
    """Nor does one where nobody says of which commit the release is, or a name that somebody set by hand."""
    put("cov.xml", share(9, 10))
    ended = judge(JOB, f"--commit={OTHER}", release="")
    assert ended.code == HOLD
    assert f"it is of another commit: {checkout} (GitHub Actions)" in ended.said
    ended = judge(JOB, f"--release={DIGEST}", release="")
    assert ended.code == HOLD
    assert f"--commit={checkout}" in ended.said
    assert judge(JOB, f"--release={DIGEST}", f"--commit={checkout}", release="").code == PROMOTE


def test_a_name_in_the_variables_is_no_job(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """TIDEGATE_RELEASE names a release; it does not make this a job that measured it."""
    put("cov.xml", share(9, 10))
    monkeypatch.setenv("TIDEGATE_RELEASE", "1.4.2")
    ended = judge(JOB, release="")
    assert ended.code == HOLD
    assert "this is no job of a CI system" in ended.said


def test_a_job_without_a_checkout_needs_an_age(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody knows when the commit was made, an old file can't be told from a new one."""
    put("cov.xml", share(9, 10))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_SHA", SHA)
    ended = judge(JOB, release="")
    assert ended.code == HOLD
    assert "nothing here says when the commit 4b1d2aa was made" in ended.said
    assert judge(JOB.replace("job", "job, max_age: 1h"), release="").code == PROMOTE


def test_a_job_does_not_outweigh_the_report(judge: Judge, checkout: str) -> None:
    """An artefact that says that it is of another commit."""
    gate = FINDINGS.replace("found.json", "found.json, binding: job")
    put("found.json", sarif(commit=OTHER))
    assert judge(gate, release="").code == HOLD
    put("found.json", sarif(commit=checkout))
    assert judge(gate, release="").code == PROMOTE
    put("found.json", sarif())
    assert judge(gate, release="").code == PROMOTE


def test_an_unknown_binding_is_wrong_configuration(judge: Judge) -> None:
    """The valid ones are listed."""
    ended = judge(COVERAGE.replace("cov.xml", "cov.xml, binding: sidecar"))
    assert ended.code == USAGE
    assert "known are job, none, release" in ended.said
