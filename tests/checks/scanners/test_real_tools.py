"""The scanners that pip installs, run for real: on one bad and one clean input, and on nothing."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from checks.evidence import Gap
from checks.scanners.bandit import bandit
from checks.scanners.checkov import checkov
from checks.scanners.hadolint import hadolint
from checks.scanners.jscpd import jscpd
from checks.scanners.pip_audit import pip_audit
from checks.scanners.radon import radon
from checks.scanners.run import scan
from checks.scanners.scanner import Scanned

BRANCHES = "\n".join(f"    if value == {number}:\n        value += {number} * value" for number in range(12))
COPY = f"def count(value):\n{BRANCHES}\n    return value\n"


@pytest.fixture
def sources(tmp_path):
    """A folder with a bad, a clean and an empty project."""
    bad, clean, empty = (tmp_path / name for name in ("bad", "clean", "empty"))
    for folder in (bad, clean, empty):
        folder.mkdir()
    (bad / "app.py").write_text("import subprocess\n\n\ndef run(line):\n    subprocess.call(line, shell=True)\n")
    (bad / "one.py").write_text(COPY)
    (bad / "two.py").write_text(COPY)
    (bad / "Dockerfile").write_text("FROM debian\nRUN apt-get install curl\nUSER root\n")
    (bad / "requirements.txt").write_text("jinja2==2.4.1\n")
    (clean / "app.py").write_text(
        "def add(one: int, two: int) -> int:\n    return one + two\n\n\ndef order(names: list[str]) -> list[str]:\n"
        "    known = {name.strip().lower() for name in names if name.strip()}\n    return sorted(known, key=len)\n"
    )
    (clean / "Dockerfile").write_text('FROM debian:12.5\nHEALTHCHECK CMD ["true"]\nUSER 65534\nCMD ["true"]\n')
    (clean / "requirements.txt").write_text("jinja2==3.1.6\n")
    (empty / "notes.txt").write_text("nothing to scan\n")
    (empty / "requirements.txt").write_text("# nothing yet\n")
    return tmp_path


@pytest.fixture
def found(need, sources):
    """`found("bandit", bandit, "bad")` runs a tool on a project: the document that it wrote."""

    def _found(program, build, project, **options):
        need(program)
        ran = scan(build("code", project, sources / "out", root=sources, deadline=120, **options))
        assert isinstance(ran, Scanned), ran
        assert ran.version
        return json.loads(ran.output.read_bytes())

    return _found


@pytest.fixture
def nothing(need, sources):
    """The Gap that a tool's run comes to."""

    def _nothing(program, build, project, **options) -> Gap:
        need(program)
        ran = scan(build("code", project, sources / "out", root=sources, deadline=120, **options))
        assert isinstance(ran, Gap), ran
        return ran

    return _nothing


def test_bandit(found, nothing):
    """Exit codes 1 and 0. For a folder without Python it says "no issues", which is a gap here."""
    assert any(one["test_id"] == "B602" for one in found("bandit", bandit, ("bad",))["results"])
    assert found("bandit", bandit, ("clean",))["results"] == []
    assert "no Python file" in nothing("bandit", bandit, ("empty",)).reason


def test_a_dockerfile_without_an_instruction_is_a_gap(need, sources):
    """hadolint says the same of it as of a clean one."""
    need("hadolint")
    for text, gaps in (("", 1), ("# later\n\n", 1), ("FROM debian:12.5\n", 0)):
        (sources / "Dockerfile").write_text(text)
        ran = scan(hadolint("code", ("Dockerfile",), sources / "out", root=sources, deadline=60))
        assert isinstance(ran, Scanned)
        assert len(ran.gaps) == gaps


def test_hadolint(found, nothing):
    """It is told not to fail for findings, so that 1 means that it could not look."""
    assert any(one["code"] == "DL3002" for one in found("hadolint", hadolint, ("bad/Dockerfile",)))
    assert found("hadolint", hadolint, ("clean/Dockerfile",)) == []
    assert "there is no empty/Dockerfile" in nothing("hadolint", hadolint, ("empty/Dockerfile",)).reason


@pytest.mark.slow
def test_checkov(found, nothing):
    """For an empty folder it says 0 and zeros, which is a gap here."""
    failed = found("checkov", checkov, "bad", frameworks=("dockerfile",))["results"]["failed_checks"]
    assert any(one["check_id"] == "CKV_DOCKER_8" for one in failed)
    assert found("checkov", checkov, "clean", frameworks=("dockerfile",))["results"]["failed_checks"] == []
    assert "nothing to check" in nothing("checkov", checkov, "empty", frameworks=("dockerfile",)).reason


def test_radon(found, nothing):
    """For a folder without Python it says 0 and {}, which is a gap here."""
    assert max(block["complexity"] for block in found("radon", radon, ("bad",))["bad/one.py"]) == 13
    assert max(block["complexity"] for block in found("radon", radon, ("clean",))["clean/app.py"]) == 3
    assert "no function" in nothing("radon", radon, ("empty",)).reason


def test_jscpd(found, nothing):
    """For a folder without sources it says 0 and 0 %, which is a gap here."""
    assert found("jscpd", jscpd, ("bad",))["statistics"]["total"]["duplicatedLines"] >= 26
    assert found("jscpd", jscpd, ("clean",), min_tokens=20)["statistics"]["total"]["duplicatedLines"] == 0
    assert "no source" in nothing("jscpd", jscpd, ("empty",), min_tokens=20).reason


class Osv(BaseHTTPRequestHandler):
    """OSV's API for one vulnerable version."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = {
            "id": "PYSEC-2014-82",
            "affected": [
                {
                    "package": {"name": "jinja2", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.7.2"}]}],
                }
            ],
            "summary": "writes into a temporary directory of others",
        }
        body = json.dumps({"vulns": [known]} if asked["version"] == "2.4.1" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Silence."""


@pytest.fixture
def osv():
    """The URL of a vulnerability service on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Osv)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


def test_pip_audit(found, nothing, osv):
    """A vulnerable version, a clean one, and requirements without any."""
    given = {"service": "osv", "osv_url": osv}
    (bad,) = found("pip-audit", pip_audit, ("bad/requirements.txt",), **given)["dependencies"]
    assert [one["id"] for one in bad["vulns"]] == ["PYSEC-2014-82"]
    (clean,) = found("pip-audit", pip_audit, ("clean/requirements.txt",), **given)["dependencies"]
    assert clean["vulns"] == []
    assert "nothing to audit" in nothing("pip-audit", pip_audit, ("empty/requirements.txt",), **given).reason


def test_pip_audit_that_reaches_no_service_is_a_gap(nothing):
    """Its exit code is 1, as for vulnerabilities: that it wrote no report makes the difference."""
    ran = nothing("pip-audit", pip_audit, ("bad/requirements.txt",), service="osv", osv_url="http://127.0.0.1:9/")
    assert "wrote no report" in ran.reason
    assert "ConnectionError" in ran.reason


def test_pip_audit_without_any_answer_is_a_gap(need, sources, program):
    """Where the index knows none of the packages it says 0 and "No known vulnerabilities found"."""
    skipped = {"dependencies": [{"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}
    program("pip-audit", f"open(sys.argv[sys.argv.index('--output') + 1], 'w').write({json.dumps(skipped)!r})")
    ran = scan(pip_audit("code", ("bad/requirements.txt",), sources / "out", root=sources))
    assert isinstance(ran, Gap)
    assert ran.reason == "pip-audit: it could audit none of 1 dependencies: Dependency not found on PyPI"


def test_reports_lie_where_they_were_wanted(need, sources):
    """Relative to the caller, whatever the scanner's working directory is."""
    need("bandit")
    ran = scan(bandit("code", ("clean",), sources / "deep" / "out", root=sources))
    assert ran.output == sources / "deep" / "out" / "bandit.json"
    assert Path(ran.output).is_file()
