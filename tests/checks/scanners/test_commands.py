"""What each scanner is told: plain lists of arguments, the same for the same wish."""

from pathlib import Path

import pytest

from checks.scanners.bandit import bandit
from checks.scanners.checkov import checkov
from checks.scanners.hadolint import hadolint
from checks.scanners.jscpd import jscpd
from checks.scanners.pip_audit import pip_audit
from checks.scanners.radon import radon
from checks.scanners.trivy import Scanner, Target, trivy

OUT = Path("/out")
TRIVY = (
    "--quiet --exit-code 0 --timeout 540s --severity UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL"
    " --ignorefile /dev/null --config /dev/null"
)


def line(scan) -> str:
    """The command as it would be typed."""
    return " ".join((scan.tool.name, *scan.arguments))


@pytest.mark.parametrize(
    ("scan", "command"),
    [
        (
            bandit("code", ("src", "lib"), OUT),
            "bandit --quiet --recursive --format json --output /out/bandit.json src lib",
        ),
        (
            pip_audit("packages", ("a.txt", "b.txt"), OUT),
            (
                "pip-audit --format json --output /out/pip-audit.json --progress-spinner off"
                " --vulnerability-service pypi --no-deps --disable-pip --requirement a.txt --requirement b.txt"
            ),
        ),
        (
            pip_audit("packages", ("a.txt",), OUT, pinned=False, service="osv", osv_url="https://mirror/v1/query"),
            (
                "pip-audit --format json --output /out/pip-audit.json --progress-spinner off"
                " --vulnerability-service osv --osv-url https://mirror/v1/query --requirement a.txt"
            ),
        ),
        (
            pip_audit("packages", (), OUT, installed=("site-packages",)),
            (
                "pip-audit --format json --output /out/pip-audit.json --progress-spinner off"
                " --vulnerability-service pypi --path site-packages"
            ),
        ),
        (hadolint("docker", ("Dockerfile",), OUT), "hadolint --no-fail --no-color --format json Dockerfile"),
        (
            checkov("infra", "deploy", OUT, frameworks=("dockerfile", "kubernetes")),
            (
                "checkov --directory deploy --output json --quiet --compact --soft-fail --skip-download"
                " --framework dockerfile kubernetes"
            ),
        ),
        (
            radon("code", ("src",), OUT),
            "radon cc --json --min A --max F --show-closures --output-file /out/radon.json src",
        ),
        (
            jscpd("code", ("src",), OUT),
            "jscpd --reporters json --output /out --silent --threshold 100 --min-lines 5 --min-tokens 50 src",
        ),
        (
            trivy("image", Target.IMAGE, "shop/api@sha256:00", OUT),
            (
                f"trivy image --format json --output /out/trivy-image.json {TRIVY} --scanners vuln,secret"
                " shop/api@sha256:00"
            ),
        ),
        (
            trivy("image", Target.IMAGE, "api.tar", OUT, update_database=False, cache="/cache"),
            (
                f"trivy image --format json --output /out/trivy-image.json {TRIVY} --scanners vuln,secret"
                " --skip-db-update --skip-java-db-update --cache-dir /cache --input api.tar"
            ),
        ),
        (
            trivy("files", Target.FILESYSTEM, ".", OUT, offline=True),
            (
                f"trivy fs --format json --output /out/trivy-fs.json {TRIVY} --scanners vuln,secret,misconfig"
                " --skip-db-update --skip-java-db-update --offline-scan --skip-check-update ."
            ),
        ),
        (
            trivy("files", Target.FILESYSTEM, ".", OUT, scanners=(Scanner.SECRET,), offline=True),
            (
                f"trivy fs --format json --output /out/trivy-fs.json {TRIVY} --scanners secret"
                " --offline-scan --skip-check-update ."
            ),
        ),
        (
            trivy("infra", Target.CONFIG, "deploy", OUT, offline=True),
            f"trivy config --format json --output /out/trivy-config.json {TRIVY} --skip-check-update deploy",
        ),
        (
            trivy("parts", Target.SBOM, "sbom.json", OUT, scanners=(Scanner.VULNERABILITY, Scanner.LICENCE)),
            f"trivy sbom --format json --output /out/trivy-sbom.json {TRIVY} --scanners vuln,license sbom.json",
        ),
    ],
)
def test_commands(scan, command):
    """Limits are the gate's: no tool is told to fail, and none to hide what is below a severity."""
    assert line(scan) == command


@pytest.mark.parametrize("name", ["", "  ", "-x", "--config=evil.yaml", "a\0b"])
@pytest.mark.parametrize(
    "build",
    [
        lambda name: bandit("code", (name,), OUT),
        lambda name: pip_audit("code", (name,), OUT),
        lambda name: pip_audit("code", (), OUT, installed=(name,)),
        lambda name: hadolint("code", (name,), OUT),
        lambda name: checkov("code", name, OUT),
        lambda name: checkov("code", "src", OUT, frameworks=(name,)),
        lambda name: radon("code", (name,), OUT),
        lambda name: jscpd("code", (name,), OUT),
        lambda name: trivy("code", Target.IMAGE, name, OUT),
    ],
)
def test_a_target_is_never_taken_for_an_option(build, name):
    """A name out of a variable could switch the scanner off."""
    with pytest.raises(ValueError, match="target"):
        build(name)


def test_a_scan_of_nothing_is_a_mistake():
    """No targets, two kinds of them, a scanner that the target doesn't have."""
    for build in (bandit, hadolint, radon, jscpd):
        with pytest.raises(ValueError, match="at least one target"):
            build("code", (), OUT)
    for requirements, installed in (((), ()), (("a",), ("b",))):
        with pytest.raises(ValueError, match="name one kind"):
            pip_audit("code", requirements, OUT, installed=installed)
    with pytest.raises(ValueError, match="known are pypi, osv"):
        pip_audit("code", ("a",), OUT, service="ovs")
    with pytest.raises(ValueError, match="does not look for secret; it knows misconfig"):
        trivy("code", Target.CONFIG, "src", OUT, scanners=(Scanner.SECRET,))
    with pytest.raises(ValueError, match="it knows vuln, license"):
        trivy("code", Target.SBOM, "src", OUT, scanners=(Scanner.MISCONFIGURATION,))
    with pytest.raises(ValueError, match="at least 1 line"):
        jscpd("code", ("src",), OUT, min_lines=0)


def test_files_have_to_be_there_and_image_names_need_not():
    """An image that is in a registry is no file."""
    assert trivy("image", Target.IMAGE, "shop/api", OUT).needs == ()
    assert trivy("image", Target.IMAGE, "api.tar", OUT).needs == (Path("api.tar"),)
    assert trivy("files", Target.FILESYSTEM, "src", OUT).needs == (Path("src"),)


def test_trivy_ends_before_it_is_ended():
    """Its own words on a timeout say more than ours."""
    scan = trivy("image", Target.IMAGE, "shop/api", OUT, deadline=10)
    assert scan.arguments[scan.arguments.index("--timeout") + 1] == "9s"
    assert trivy("image", Target.IMAGE, "x", OUT, cache="/c").version == (
        *("version", "--format", "json", "--cache-dir", "/c"),
    )
