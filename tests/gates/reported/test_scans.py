"""Scans that Tidegate runs itself: judged as files are, and what keeps a scanner from its report is never a pass."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.gates.reported.samples import trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, git, put

CLEAN = "def add(one, two):\n    return one + two\n"
UNSAFE = "import subprocess\n\n\ndef run(line):\n    return subprocess.call(line, shell=True)\n"
BANDIT = "sec: {reports: [{scan: {tool: bandit, targets: [src]}, binding: none}]}"
#: What Trivy writes where it looked for secrets in a folder and found none.
NOTHING = '{"SchemaVersion": 2, "ArtifactName": "src", "ArtifactType": "filesystem"}'
SECRETS = "sec: {reports: [{scan: {tool: trivy, targets: [src], scanners: [secret], offline: true}, binding: none}]}"
IMAGE = "sec: {reports: [{scan: {tool: trivy, kind: image, targets: ['shop@sha256:0d4c'], OPTIONS}}]}"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`program("trivy", source)` puts a Python program first onto PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def _program(name: str, source: str) -> None:
        path = folder / name
        path.write_text(f"#!{sys.executable} -S\nimport json, os, sys, time\n{source}\n")
        path.chmod(0o755)

    return _program


@pytest.fixture
def fake_trivy(program):
    """A Trivy that writes this report, with a database of this age, and counts its runs in the file `runs`."""

    def _fake(report: str = NOTHING, *, code: int = 0, words: str = "", database_age: float | None = 0.0) -> None:
        database = None
        if database_age is not None:
            database = {"UpdatedAt": (datetime.now(UTC) - timedelta(seconds=database_age)).isoformat()}
        told = json.dumps({"Version": "0.69.3", "VulnerabilityDB": database})
        program(
            "trivy",
            f"""
if sys.argv[1] == "version": print({told!r}); sys.exit()
open("runs", "a").write(".")
print({words!r}, file=sys.stderr)
if not {code}: open(sys.argv[sys.argv.index("--output") + 1], "w").write({report!r})
sys.exit({code})
""",
        )

    return _fake


def image(options: str = "offline: true") -> str:
    """A gate that scans an image."""
    return IMAGE.replace("OPTIONS", options)


# --- nothing scanned ---------------------------------------------------------------------------------------------


def test_a_scanner_that_is_not_installed_is_held(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    put("src/app.py", CLEAN)
    monkeypatch.setattr("checks.scanners.run.find_program", lambda name, path: None)
    ended = judge(BANDIT)
    assert ended.code == HOLD
    assert "bandit is not installed" in ended.said
    assert "remedy: pip install bandit" in ended.said


def test_a_target_that_is_not_there_or_empty_is_held(judge: Judge, need) -> None:
    """Bandit itself says 0 findings and ends with 0 for both."""
    need("bandit")
    assert "there is no src: nothing was scanned" in judge(BANDIT).said
    put("src/notes.txt", "no Python")
    ended = judge(BANDIT)
    assert ended.code == HOLD
    assert "it found no Python file to scan" in ended.said
    put("src/app.py", CLEAN)
    assert judge(BANDIT).code == PROMOTE


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("sys.exit('Traceback: no such rule')", "failed with exit code 1; its last words: Traceback: no such rule"),
        ("os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
        ("time.sleep(60)", "did not finish within 1 s"),
        ("pass", "wrote no report"),
        ("open(sys.argv[sys.argv.index('--output') + 1], 'w').write('{\"metr')", "was cut off"),
    ],
)
def test_a_scanner_that_breaks_is_held(judge: Judge, program, source: str, words: str) -> None:
    """It never looks like a scan without findings."""
    put("src/app.py", CLEAN)
    program(
        "radon", f"if '--version' in sys.argv: print('radon 6.0.1'); sys.exit()\n{source}".replace("--output", "-O")
    )
    source = source.replace("'--output'", "'--output-file'")
    program("radon", f"if '--version' in sys.argv: print('radon 6.0.1'); sys.exit()\n{source}")
    ended = judge("q: {reports: [{scan: {tool: radon, targets: [src], deadline: 1s}, binding: none}]}")
    assert ended.code == HOLD
    assert words in ended.said


def test_one_of_two_targets_that_breaks_is_held_and_the_other_counts(judge: Judge, fake_trivy) -> None:
    """Trivy takes one target at a time; each has to be scanned."""
    gate = SECRETS.replace("[src]", "[src, other]")
    fake_trivy()
    put("src/app.py", CLEAN)
    ended = judge(gate)
    assert ended.code == HOLD
    assert "there is no other: nothing was scanned" in ended.said
    put("other/app.py", CLEAN)
    assert judge(gate).code == PROMOTE
    Path("other/app.py").unlink()
    Path("other").rmdir()
    fake_trivy(trivy(Secrets=[{"RuleID": "aws", "Severity": "CRITICAL", "Title": "key"}]))
    assert judge(gate).code == REJECT


# --- what was scanned ---------------------------------------------------------------------------------------------


def test_findings_are_judged_as_those_of_files_are(judge: Judge, need) -> None:
    """By the same limits, waivers and words; the command stands beside them."""
    need("bandit")
    put("src/app.py", UNSAFE)
    ended = judge(BANDIT)
    assert ended.code == REJECT
    assert "sec.high: 1, wanted <= 0" in ended.said
    assert "B602 at src/app.py:5" in ended.said
    high = next(one for one in ended.report["gates"][0]["judgements"] if one["evidence"]["subject"] == "sec.high")
    assert high["evidence"]["source"].startswith("bandit --quiet --recursive --format json --output scans/sec.bandit/")
    assert "sec.bandit (bandit 1." in ended.said
    put(
        "waivers.yaml",
        "waivers: [{id: B602, scope: src/app.py, reason: our own words, owner: alice, expires: 2999-01-31}]",
    )
    ended = judge(BANDIT.replace("sec: {", "sec: {waivers: waivers.yaml, "))
    assert ended.code == PROMOTE
    assert "waived until 2999-01-31 by alice" in ended.notes


def test_complexity_and_copies_are_judged_as_quality(judge: Judge, need) -> None:
    """radon and jscpd, by S4-11."""
    need("radon")
    need("jscpd")
    gate = """q: {reports: [{scan: {tool: radon, targets: [src]}, binding: none}, COPIES]}"""
    gate = gate.replace("COPIES", "{scan: {tool: jscpd, targets: [src]}, binding: none}")
    names = "\n".join(f"    value{number} = [{number}, one, two, 'text {number}']" for number in range(20))
    put("src/app.py", f"def table(one, two):\n{names}\n    return value1\n")
    assert judge(gate).code == PROMOTE
    put("src/more.py", f"def table(one, two):\n{names}\n    return value1\n")
    ended = judge(gate)
    assert ended.code == REJECT
    assert "q.duplication" in ended.said
    Path("src/more.py").unlink()
    branches = "\n".join(f"    if one == {number}:\n        two += {number}" for number in range(11))
    put("src/app.py", f"def table(one, two):\n{names}\n{branches}\n    return value1\n")
    ended = judge(gate)
    assert ended.code == REJECT
    assert "q.complexity: 12" in ended.said


def test_a_clean_scan_for_secrets_passes_here_and_not_as_a_file(judge: Judge, fake_trivy) -> None:
    """Trivy writes no results then: only who ran it knows that there was something to look through."""
    fake_trivy()
    put("src/app.py", CLEAN)
    assert judge(SECRETS).code == PROMOTE
    put("r/trivy.json", NOTHING)
    ended = judge("sec: {reports: [{findings: r/trivy.json, binding: none}]}")
    assert ended.code == HOLD
    assert "Trivy found nothing to look at" in ended.said
    Path("src/app.py").rename("src/README.md")
    ended = judge(SECRETS)
    assert ended.code == HOLD
    assert "there was no file that it would look through for secrets" in ended.said


def test_a_kind_that_was_not_scanned_is_held(judge: Judge, fake_trivy) -> None:
    """No packages were recognised: that says nothing of vulnerabilities."""
    fake_trivy(json.dumps({"SchemaVersion": 2, "Metadata": {"DiffIDs": ["sha256:1"]}, "Results": []}))
    ended = judge(image(), release="sha256:0d4c")
    assert ended.code == HOLD
    assert "it recognised no packages there" in ended.said
    assert "let it look for the other kinds only" in ended.said
    fake_trivy(report_of_image())
    assert judge(image(), release="sha256:0d4c").code == PROMOTE


def report_of_image(*found: dict) -> str:
    """A scan of an image whose packages were recognised."""
    document = json.loads(trivy(*found))
    document["Metadata"] = {"DiffIDs": ["sha256:1"]}
    document["Results"][0]["Class"] = "os-pkgs"
    return json.dumps(document)


@pytest.mark.parametrize(
    ("age", "options", "want"),
    [
        (3600, "offline: true", (PROMOTE, "")),
        (9 * 86400, "offline: true", (HOLD, "wanted <= 24 h remedy: run `trivy image --download-db-only`")),
        (9 * 86400, "max_database_age: 10d", (PROMOTE, "")),
        (None, "offline: true", (HOLD, "trivy has no vulnerability database")),
    ],
)
def test_the_age_of_the_database(judge: Judge, fake_trivy, age: float | None, options: str, want: tuple) -> None:
    """At most a day by default: an old one finds less, which is no proof of a clean image, nor of a bad one."""
    fake_trivy(report_of_image(), database_age=age)
    ended = judge(image(options), release="sha256:0d4c")
    assert (ended.code, want[1] in ended.said) == (want[0], True), ended.said


@pytest.mark.parametrize(("version", "code"), [("~ ^0\\.69\\.", PROMOTE), ("~ ^0\\.70\\.", HOLD)])
def test_the_version_can_be_limited(judge: Judge, fake_trivy, version: str, code: int) -> None:
    """Its reading is the tool's own word."""
    fake_trivy()
    put("src/app.py", CLEAN)
    ended = judge(SECRETS.replace("offline: true", f"offline: true, version: '{version}'"))
    assert ended.code == code


def test_trivy_s_own_words_are_told(judge: Judge, fake_trivy) -> None:
    """With the remedy that belongs to them."""
    fake_trivy(code=1, words="FATAL init error: DB error: --skip-db-update cannot be specified on the first run")
    ended = judge(image(), release="sha256:0d4c")
    assert ended.code == HOLD
    assert "it has no vulnerability database" in ended.said
    assert "cannot be specified on the first run" in ended.said
    assert "--download-db-only" in ended.said


def test_a_vulnerability_in_the_image(judge: Judge, fake_trivy) -> None:
    """Judged by S4-09."""
    fake_trivy(report_of_image(vulnerability()))
    assert judge(image(), release="sha256:0d4c").code == REJECT


# --- of which release ---------------------------------------------------------------------------------------------


def test_sources_are_of_the_commit_that_is_checked_out(judge: Judge, fake_trivy) -> None:
    """At HEAD and without changes; every other state is held for its own reason."""
    fake_trivy()
    bound = SECRETS.replace(", binding: none", "")
    put("src/app.py", CLEAN)
    assert "is in no git checkout" in judge(bound).said
    git("init", "-q")
    git("add", "src")
    git("commit", "-qm", "one")
    head = git("rev-parse", "HEAD")
    assert judge(bound, f"--commit={head}", release="").code == PROMOTE
    ended = judge(bound, f"--commit={'1' * 40}", release="")
    assert ended.code == HOLD
    assert "it is of another commit" in ended.said
    ended = judge(bound)
    assert "it is of the commit" in ended.said
    assert ended.code == HOLD
    put("src/app.py", CLEAN + "# changed\n")
    ended = judge(bound, f"--commit={head}", release="")
    assert ended.code == HOLD
    assert "the checkout has changes that are in no commit (M src/app.py)" in ended.said


def test_what_is_in_no_commit_is_of_none(judge: Judge, fake_trivy) -> None:
    """A folder that a build made lies in the checkout, and is not of its commit."""
    fake_trivy()
    put("a.py", CLEAN)
    git("init", "-q")
    git("add", "a.py")
    git("commit", "-qm", "one")
    put("src/app.py", CLEAN)
    ended = judge(SECRETS.replace(", binding: none", ""), f"--commit={git('rev-parse', 'HEAD')}", release="")
    assert ended.code == HOLD
    assert "is in a git checkout, and in no commit of it" in ended.said


def test_an_image_is_of_its_digest(judge: Judge, fake_trivy) -> None:
    """Named in the target, also by the release itself."""
    fake_trivy(report_of_image())
    assert judge(image(), release="sha256:0d4c").code == PROMOTE
    ended = judge(image(), release="sha256:beef")
    assert ended.code == HOLD
    assert "it is of another image: sha256:0d4c, wanted sha256:beef" in ended.said
    named = image().replace("shop@sha256:0d4c", "shop@{{ release.id }}")
    assert judge(named, release="sha256:beef").code == PROMOTE
    ended = judge(image().replace("shop@sha256:0d4c", "shop:{{ release.version }}"), release="sha256:beef")
    assert ended.code == HOLD
    assert "nobody named the release's version" in ended.said


def test_unbound_scans_say_so(judge: Judge, fake_trivy) -> None:
    """`binding: none` is in every report."""
    fake_trivy()
    put("src/app.py", CLEAN)
    assert "made here, bound to no release (binding: none): sec.trivy" in judge(SECRETS).notes


def test_nothing_stays_behind(judge: Judge, fake_trivy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the scanner wrote is gone after the run, and no report names the folder that it was in."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    fake_trivy()
    put("src/app.py", CLEAN)
    ended = judge(SECRETS)
    assert ended.code == PROMOTE
    assert list(scratch.iterdir()) == []
    assert str(scratch) not in json.dumps(ended.report)
    assert str(scratch) not in ended.said


# --- wrong configuration ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        ("{tool: bandt, targets: [src]}", "did you mean 'bandit'"),
        ("{tool: bandit}", "targets"),
        ("{tool: bandit, targets: []}", "nothing would be scanned"),
        ("{tool: bandit, targets: [-rf]}", "begins with a dash"),
        ("{tool: bandit, targets: [src], offline: true}", "offline: means nothing for bandit; it is for trivy"),
        ("{tool: bandit, targets: [src], kind: fs}", "it looks at files and folders"),
        ("{tool: trivy, targets: [src], kind: requirements}", "it knows fs, image, config, sbom"),
        ("{tool: trivy, targets: [src], kind: config, scanners: [secret]}", "trivy config does not look for secret"),
        ("{tool: trivy, targets: [src], deadline: 5}", "has no unit"),
        ("{tool: trivy, targets: src}", "a list"),
    ],
)
def test_a_scan_that_makes_no_sense(judge: Judge, scan: str, words: str) -> None:
    """It is an error in the file, and nothing runs."""
    ended = judge(f"sec: {{reports: [{{scan: {scan}}}]}}")
    assert ended.code == 4
    assert words in ended.said


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("{scan: {tool: radon, targets: [src]}, findings: a.json}", "it has findings and scan"),
        ("{scan: {tool: bandit, targets: [src]}, max_age: 1h}", "means nothing for a scan that is run here"),
        ("{scan: {tool: bandit, targets: [src]}, tool: bandit}", "means nothing for a scan that is run here"),
        ("{scan: {tool: bandit, targets: [src]}, job: unit}", "means nothing for a scan that is run here"),
        ("{scan: {tool: bandit, targets: [src]}, component: api}", "means nothing for `scan:`"),
        ("{image: shop, baseline: a.json}", "means nothing for `image:`"),
        ("{image: shop, limits: {image: '>= 1MB'}}", "is no limit of image"),
        ("{sonarqube: {url: https://s, project: p}, limits: {image: '<= 1MB'}}", "means nothing for `sonarqube:`"),
        ("{sonarqube: {url: s, project: p}}", "url"),
        ("{sonarqube: {url: https://s, project: p, branch: a, pull_request: '1'}}", "exclude one another"),
    ],
)
def test_keys_that_do_not_fit_together(judge: Judge, report: str, words: str) -> None:
    """Each is named, with what would fit."""
    ended = judge(f"sec: {{reports: [{report}]}}")
    assert ended.code == 4
    assert words in ended.said
