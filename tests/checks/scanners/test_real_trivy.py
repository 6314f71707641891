"""Trivy itself, without a network: its scanners of secrets and of misconfiguration need no database."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from checks.evidence import Gap
from checks.scanners.process import find_program
from checks.scanners.run import _about, _environment, scan
from checks.scanners.scanner import Scanned
from checks.scanners.trivy import Scanner, Target, trivy

# In two pieces, or scanners would find it here.
KEY = "AKIA" + "QWERTYUIOPASDFGH"
BOTH = (Scanner.SECRET, Scanner.MISCONFIGURATION)


@pytest.fixture
def sources(tmp_path):
    """A bad, a clean and an empty folder."""
    bad, clean, empty = (tmp_path / name for name in ("bad", "clean", "empty"))
    for folder in (bad, clean, empty):
        folder.mkdir()
    (bad / "Dockerfile").write_text("FROM debian\nRUN apt-get install curl\nUSER root\n")
    (bad / "settings.py").write_text(f'aws_access_key_id = "{KEY}"\n')
    (bad / ".trivyignore").write_text("DS-0002\nDS002\naws-access-key-id\n")
    (clean / "Dockerfile").write_text('FROM debian:12.5\nHEALTHCHECK CMD ["true"]\nUSER 65534\nCMD ["true"]\n')
    (clean / "settings.py").write_text('region = "eu-central-1"\n')
    (empty / "notes.txt").write_text("nothing to scan\n")
    return tmp_path


@pytest.fixture
def run(need, sources):
    """`run(Target.CONFIG, "bad")` scans a folder offline with the real Trivy."""
    need("trivy")

    def _run(kind, name, **options):
        given = {"offline": True, "root": sources, "cache": str(sources / "cache"), "deadline": 120} | options
        return scan(trivy("code", kind, name, sources / "out", **given))

    return _run


def found(ran, key):
    """The findings of a kind in the report of a scan."""
    assert isinstance(ran, Scanned), ran
    return [one for result in json.loads(ran.output.read_bytes()).get("Results", []) for one in result.get(key, [])]


def test_misconfiguration(run):
    """A bad Dockerfile, a clean one, and a folder without any, which is a gap and not a pass."""
    bad = run(Target.CONFIG, "bad")
    assert {"User", "USER"} & {word for one in found(bad, "Misconfigurations") for word in one["Message"].split()}
    assert bad.version
    assert bad.gaps == ()
    clean = run(Target.CONFIG, "clean")
    assert (found(clean, "Misconfigurations"), clean.gaps) == ([], ())
    (gap,) = run(Target.CONFIG, "empty").gaps
    assert (gap.subject, gap.reason) == ("code.misconfiguration", "trivy: it recognised no configuration files there")


def test_secrets(run):
    """A key in a source file, and none. A .trivyignore hides nothing here: what is waived stays visible."""
    bad = run(Target.FILESYSTEM, "bad", scanners=BOTH)
    assert [one["RuleID"] for one in found(bad, "Secrets")] == ["aws-access-key-id"]
    assert bad.gaps == ()
    assert KEY not in bad.output.read_text()
    clean = run(Target.FILESYSTEM, "clean", scanners=BOTH)
    assert (found(clean, "Secrets"), found(clean, "Misconfigurations"), clean.gaps) == ([], [], ())


def test_a_folder_without_secrets_is_one_that_was_looked_through(run, sources):
    """Trivy writes the same report for a folder without files: there the secrets are a gap."""
    only = {"scanners": (Scanner.SECRET,)}
    assert run(Target.FILESYSTEM, "clean", **only).gaps == ()
    (sources / "none").mkdir()
    (sources / "none" / "README.md").write_text("Trivy looks through no Markdown\n")
    (gap,) = run(Target.FILESYSTEM, "none", **only).gaps
    assert gap.subject == "code.secret"
    assert "Results" not in json.loads(run(Target.FILESYSTEM, "clean", **only).output.read_bytes())


def test_its_own_configuration_hides_nothing(run, sources):
    """A trivy.yaml that leaves out every file is not followed: nobody would see what it hid."""
    everything = len(found(run(Target.CONFIG, "bad"), "Misconfigurations"))
    (sources / "trivy.yaml").write_text('severity: [CRITICAL]\nscan:\n  skip-files: ["**/*"]\n')
    assert len(found(run(Target.CONFIG, "bad"), "Misconfigurations")) == everything > 0


@pytest.mark.parametrize(
    ("kind", "name", "options", "words"),
    [
        (Target.FILESYSTEM, "bad", {}, "it has no vulnerability database"),
        (Target.IMAGE, "127.0.0.1:9/shop:1", {"scanners": (Scanner.SECRET,)}, "could not reach the network"),
        (Target.IMAGE, "notes.tar", {"scanners": (Scanner.SECRET,)}, "there is no notes.tar"),
        (Target.SBOM, "bad/settings.py", {}, "it has no vulnerability database"),
    ],
)
def test_what_keeps_it_from_scanning(run, kind, name, options, words):
    """Real failures, each with its own reason."""
    ran = run(kind, name, **options)
    assert isinstance(ran, Gap)
    assert words in ran.reason


def test_a_file_that_is_no_image_is_a_gap(run, sources):
    """Trivy says why."""
    (sources / "broken.tar").write_bytes(b"no archive")
    ran = run(Target.IMAGE, "broken.tar", scanners=(Scanner.SECRET,))
    assert isinstance(ran, Gap)
    assert "unable to open broken.tar" in ran.reason


def test_a_variable_that_hides_findings_is_without_effect(run, monkeypatch):
    """TRIVY_SEVERITY=CRITICAL would leave nothing of a bad Dockerfile."""
    everything = len(found(run(Target.CONFIG, "bad"), "Misconfigurations"))
    monkeypatch.setenv("TRIVY_SEVERITY", "CRITICAL")
    assert len(found(run(Target.CONFIG, "bad"), "Misconfigurations")) == everything > 0


def test_the_age_of_the_database_comes_from_its_metadata(run, sources):
    """As Trivy itself reads it."""
    made = datetime.now(UTC) - timedelta(days=9)
    folder = sources / "cache" / "db"
    folder.mkdir(parents=True)
    times = {"UpdatedAt": made.isoformat(), "NextUpdate": made.isoformat(), "DownloadedAt": made.isoformat()}
    (folder / "metadata.json").write_text(json.dumps({"Version": 2} | times))
    what = trivy("code", Target.FILESYSTEM, "bad", sources / "out", cache=str(sources / "cache"))
    environment = _environment(what)
    about = _about(what, None, find_program("trivy", environment["PATH"]), environment, sources)
    assert about.version
    assert about.database.value == pytest.approx(9 * 86400, abs=60)
