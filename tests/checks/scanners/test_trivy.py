"""Trivy in the situations that no real one can be put into at will, with the words that it says in them."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from checks.evidence import Gap, Reading
from checks.scanners.run import scan
from checks.scanners.scanner import Scanned
from checks.scanners.trivy import Scanner, Target, trivy
from checks.scanners.trivy_about import about_trivy

LAYERS = {"Metadata": {"DiffIDs": ["sha256:0d4c"]}}
PACKAGES = {"SchemaVersion": 2, "Results": [{"Target": "debian", "Class": "os-pkgs", "Type": "debian"}], **LAYERS}


def version(updated) -> str:
    """What `trivy version --format json` prints."""
    return json.dumps({"Version": "0.69.3", "VulnerabilityDB": {"Version": 2, "UpdatedAt": updated}})


@pytest.fixture
def fake_trivy(program, tmp_path):
    """A Trivy that writes a report, says something, and ends with a code; `run()` scans an image with it."""

    def _fake(report=PACKAGES, words="", code=0, told="{}", **options):
        source = f"""
if sys.argv[1] == "version": print({told!r}); sys.exit()
print({words!r}, file=sys.stderr)
report = {json.dumps(report) if report is not None else None!r}
if report: open(sys.argv[sys.argv.index("--output") + 1], "w").write(report)
sys.exit({code})
"""
        program("trivy", source)
        return scan(trivy("image", Target.IMAGE, "shop/api:1", tmp_path / "out", root=tmp_path, **options))

    return _fake


def test_a_scan_with_a_fresh_database(fake_trivy):
    """Version and age of the database are recorded."""
    updated = datetime.now(UTC) - timedelta(hours=5)
    found = fake_trivy(told=version(updated.isoformat()))
    assert isinstance(found, Scanned)
    assert (found.version, found.exit_code, found.gaps) == ("0.69.3", 0, ())
    assert found.database_age == pytest.approx(5 * 3600, abs=60)
    assert found.database in found.evidence()
    assert found.database.subject == "image.scan.database_age"


@pytest.mark.parametrize(
    ("words", "reason", "remedy"),
    [
        (
            (
                "FATAL\tFatal error\trun error: init error: DB error: database error: --skip-db-update cannot be"
                " specified on the first run"
            ),
            "it has no vulnerability database",
            "--download-db-only",
        ),
        (
            (
                "FATAL\tFatal error\trun error: init error: DB error: failed to download vulnerability DB: OCI artifact"
                ' error: Get "https://mirror.gcr.io/v2/": dial tcp: lookup mirror.gcr.io: no such host'
            ),
            "it could not download its vulnerability database",
            "TRIVY_DB_REPOSITORY",
        ),
        (
            (
                "FATAL\tFatal error\trun error: init error: DB error: database error: the version of DB schema doesn't"
                " match. Local DB: 3, Expected: 2"
            ),
            "of another version of Trivy",
            "update Trivy",
        ),
        (
            (
                'FATAL\tFatal error\trun error: image scan error: unable to find the specified image "shop/api:1" in'
                ' ["docker" "remote"]: 4 errors occurred: * docker error: unable to inspect the image: No such image'
            ),
            "it did not find the image",
            "engine or a registry",
        ),
        (
            (
                'unable to find the specified image "shop/api:1": * docker error: Cannot connect to the Docker daemon'
                " * remote error: GET https://registry/v2/shop/api/manifests/1: MANIFEST_UNKNOWN: manifest unknown"
            ),
            "the registry has no such image",
            "name and tag",
        ),
        (
            (
                'unable to find the specified image "shop/api:1": * remote error: GET https://registry/v2/:'
                " UNAUTHORIZED: authentication required"
            ),
            "the registry refused it",
            "TRIVY_PASSWORD",
        ),
        (
            (
                'unable to find the specified image "shop/api:1": * remote error: Get "https://index.docker.io/v2/":'
                " dial tcp: lookup index.docker.io: no such host"
            ),
            "it could not reach the network",
            "offline",
        ),
        ("FATAL\tFatal error\timage scan error: scan error: context deadline exceeded", "not finish in time", "time"),
        ("panic: runtime error: index out of range [3]", "failed with exit code 1", ""),
    ],
)
def test_what_keeps_trivy_from_scanning_is_said(fake_trivy, words, reason, remedy):
    """With its own last words beside it."""
    found = fake_trivy(report=None, words=words, code=1)
    assert isinstance(found, Gap)
    assert found.subject == "image.scan"
    assert reason in found.reason
    assert words.split()[-1] in found.reason
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "report",
    [{}, {"SchemaVersion": 1}, {"SchemaVersion": 2, "Results": "none"}, [], {"error": "internal"}],
)
def test_a_report_of_another_kind_is_a_gap(fake_trivy, report):
    """Trivy changed its report once; the next change is not read as "no findings"."""
    found = fake_trivy(report=report)
    assert isinstance(found, Gap)


@pytest.mark.parametrize("code", [2, 5])
def test_an_exit_code_that_a_configuration_asked_for_is_a_gap(fake_trivy, code):
    """`--exit-code 0` is forced, so another code means that it did not get as far."""
    assert isinstance(fake_trivy(code=code), Gap)


def test_an_image_without_packages_says_nothing_of_vulnerabilities(fake_trivy):
    """A scratch image, or a distribution that Trivy doesn't know: no findings, as nothing was looked up."""
    found = fake_trivy(report={"SchemaVersion": 2, **LAYERS})
    assert [gap.subject for gap in found.gaps] == ["image.vulnerability"]
    found = fake_trivy(report={"SchemaVersion": 2, **LAYERS}, scanners=(Scanner.SECRET,))
    assert found.gaps == ()
    found = fake_trivy(report={"SchemaVersion": 2}, scanners=(Scanner.SECRET,))
    assert [gap.reason for gap in found.gaps] == ["trivy: there was no file that it would look through for secrets"]
    everything = (Scanner.VULNERABILITY, Scanner.MISCONFIGURATION, Scanner.LICENCE)
    found = fake_trivy(report={"SchemaVersion": 2, "Results": [{"Class": "license"}]}, scanners=everything)
    assert [gap.subject for gap in found.gaps] == ["image.vulnerability", "image.misconfiguration"]


def test_without_vulnerabilities_no_database_is_asked_for(fake_trivy):
    """The scanners of secrets and misconfiguration have none, so its age is no gap there."""
    found = fake_trivy(told='{"Version": "0.69.3"}', scanners=(Scanner.SECRET,))
    assert found.version == "0.69.3"
    assert found.database is None
    assert isinstance(fake_trivy(told='{"Version": "0.69.3"}').database, Gap)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not tell its version"),
        ("Version: 0.20.0", "does not tell its version"),
        ("[" * 100_000, "does not tell its version"),
        ("[]", "has no vulnerability database"),
        ("{}", "has no vulnerability database"),
        ('{"Version": 3, "VulnerabilityDB": null}', "has no vulnerability database"),
        (version(None), "does not tell when it was made"),
        (version(1700000000), "does not tell when it was made"),
        (version("yesterday"), "does not tell when it was made"),
        (version("2026-01-01T00:00:00"), "does not tell when it was made"),
        (version("0001-01-01T00:00:00Z"), "does not tell when it was made"),
        (version("9999-01-01T00:00:00Z"), "made in the future"),
    ],
)
def test_a_database_of_unknown_age_is_a_gap(text, words):
    """It may be years old."""
    found = about_trivy(text, "image").database
    assert isinstance(found, Gap)
    assert words in found.reason


def test_the_age_counts_from_when_the_database_was_made(monkeypatch):
    """Not from its download: a mirror may be weeks behind. Go writes nanoseconds."""
    monkeypatch.setattr(time, "time", lambda: datetime(2026, 3, 2, 6, tzinfo=UTC).timestamp())
    found = about_trivy(version("2026-03-01T06:00:00.123456789Z"), "image").database
    assert isinstance(found, Reading)
    assert (found.value, found.unit) == (pytest.approx(86400, abs=1), "s")
    assert "2026-03-01 06:00:00Z" in found.detail
    a_moment_ahead = about_trivy(version("2026-03-02T06:00:30Z"), "image").database
    assert a_moment_ahead.value == 0


def test_an_old_trivy_still_tells_its_version():
    """In words."""
    assert about_trivy("Version: 0.20.0\n", "image").version == "0.20.0"


def test_variables_that_hide_findings_do_not_reach_trivy(program, tmp_path, monkeypatch):
    """Others, as the one that names the cache, do."""
    monkeypatch.setenv("TRIVY_IGNORE_UNFIXED", "true")
    monkeypatch.setenv("TRIVY_SEVERITY", "CRITICAL")
    monkeypatch.setenv("TRIVY_CACHE_DIR", "/cache")
    program(
        "trivy",
        "import json\nif sys.argv[1] != 'version': json.dump({'SchemaVersion': 2, 'e': dict(os.environ)},"
        " open(sys.argv[sys.argv.index('--output') + 1], 'w'))",
    )
    found = scan(trivy("image", Target.IMAGE, "shop/api", tmp_path, environment={"TRIVY_USERNAME": "joe"}))
    seen = json.loads(found.output.read_text())["e"]
    assert {name for name in seen if name.startswith("TRIVY_")} == {
        *("TRIVY_CACHE_DIR", "TRIVY_USERNAME", "TRIVY_DISABLE_TELEMETRY", "TRIVY_SKIP_VERSION_CHECK"),
    }
