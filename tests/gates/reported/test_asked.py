"""The size of an image and SonarQube's gate: asked for, bound, judged, and held where nobody could answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from checks.evidence import Gap, Reading
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge

DIGEST = "sha256:" + "d" * 64
IMAGE = "budget: {reports: [{image: 'shop:1', OPTIONS}]}"
SONAR = "quality: {reports: [{sonarqube: {url: 'URL', project: shop, token: squ_hunter22}}]}"
COMMIT = "4b1d2aa" + "0" * 33


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch):
    """An engine that knows every image, with this size; `None`: there is no engine."""

    def _engine(size: int | None, *, registry: bool = True) -> None:
        def look(name: str, image: str) -> tuple:
            source = f"docker image inspect {image}"
            if size is None:
                gone = ("the engine does not answer: FileNotFoundError", "start the engine")
                return tuple(
                    Gap(f"{name}.{part}", gone[0], source=source, remedy=gone[1]) for part in ("size", "digest")
                )
            detail = "of the registry" if registry else "the image's own id: it is in no registry"
            digest = Reading(f"{name}.digest", DIGEST, "text", source=source, detail=detail)
            return (Reading(f"{name}.size", size, "B", source=source), digest)

        monkeypatch.setattr("checks.image.look", look)

    return _engine


def image(options: str = "binding: none") -> str:
    """A gate on an image's size."""
    return IMAGE.replace("OPTIONS", options)


@pytest.mark.parametrize(
    ("size", "options", "code"),
    [
        (500_000_000, "binding: none", PROMOTE),
        (500_000_001, "binding: none", REJECT),
        (200, "binding: none, limits: {image: '<= 100 B'}", REJECT),
        (None, "binding: none", HOLD),
    ],
)
def test_the_size_of_an_image(judge: Judge, engine, size: int | None, options: str, code: int) -> None:
    """At most 500 MB where nothing else is said (S4-10)."""
    engine(size)
    ended = judge(image(options))
    assert ended.code == code, ended.said
    assert ("budget.image: 500.000001 MB (shop:1), wanted <= 500 MB" in ended.said) == (size == 500_000_001)
    assert ("the engine does not answer" in ended.said) == (size is None)


def test_an_image_is_bound_by_its_digest(judge: Judge, engine) -> None:
    """To the release that is named by it."""
    engine(1000)
    assert judge(image("max_age: 1h").replace(", max_age: 1h", ""), release=DIGEST).code == PROMOTE
    ended = judge(IMAGE.replace(", OPTIONS", ""), release="sha256:beef")
    assert ended.code == HOLD
    assert "it is of another image" in ended.said
    ended = judge(IMAGE.replace(", OPTIONS", ""), release="1.4.2")
    assert ended.code == HOLD
    assert "the release is not named by the digest of shop:1" in ended.said
    engine(1000, registry=False)
    ended = judge(IMAGE.replace(", OPTIONS", ""), release="sha256:beef")
    assert ended.code == HOLD
    assert "the release is not named by the digest" in ended.said


@pytest.fixture
def sonarqube() -> Iterator[tuple[str, dict]]:
    """A server's URL, and the answers that it gives: a path's last word -> (status, document)."""
    answers: dict[str, tuple[int, object]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, document = answers[self.path.partition("?")[0].rpartition("/")[2]]
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        answers["search"] = (
            200,
            {"analyses": [{"key": "A", "date": "2026-01-31T12:00:00+0000", "revision": COMMIT}]},
        )
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()
        thread.join()


def status(word: str, metric: str = "OK") -> tuple[int, object]:
    """SonarQube's answer."""
    condition = {
        "status": metric,
        "metricKey": "new_coverage",
        "comparator": "LT",
        "errorThreshold": "80",
        "actualValue": "71.2",
    }
    return 200, {"projectStatus": {"status": word, "conditions": [condition]}}


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (status("OK"), PROMOTE, "PROMOTE"),
        (status("ERROR", "ERROR"), REJECT, "'ERROR' (new_coverage is 71.2, limit LT 80), wanted = 'OK'"),
        (status("WARN", "WARN"), REJECT, "'WARN'"),
        (status("NONE"), HOLD, "no quality gate or no analysis"),
        (status("OK", "NONE"), HOLD, "without a condition that could have failed"),
        (status("FINE"), HOLD, "'FINE'; known are OK"),
        ((401, {}), HOLD, "SonarQube refused the token"),
        ((500, {}), HOLD, "SonarQube answered with status 500"),
        ((200, []), HOLD, "can't be read"),
    ],
)
def test_the_gate_of_sonarqube(judge: Judge, sonarqube, answer, code: int, words: str) -> None:
    """What SonarQube says of the release; what it can't say is held."""
    url, answers = sonarqube
    answers["project_status"] = answer
    ended = judge(SONAR.replace("URL", url), f"--commit={COMMIT}", release="")
    assert ended.code == code, ended.said
    assert words in ended.said
    assert "hunter22" not in ended.said


def test_a_server_that_is_down_is_held(judge: Judge) -> None:
    """It is a tool that we ask, and no part of the release."""
    ended = judge(SONAR.replace("URL", "http://127.0.0.1:9"), f"--commit={COMMIT}", release="")
    assert ended.code == HOLD
    assert "SonarQube: " in ended.said
    assert "check the server's address" in ended.said


def test_an_analysis_is_of_its_commit_and_time(judge: Judge, sonarqube) -> None:
    """Another commit, no commit, and one that is too old are held."""
    url, answers = sonarqube
    answers["project_status"] = status("OK")
    gate = SONAR.replace("URL", url)
    ended = judge(gate, f"--commit={'1' * 40}", release="")
    assert ended.code == HOLD
    assert "it is of another commit" in ended.said
    ended = judge(gate.replace("}}]", "}, max_age: 1h}]"), f"--commit={COMMIT}", release="")
    assert ended.code == HOLD
    assert "old, at most 60 min wanted" in ended.said
    answers["search"] = (200, {"analyses": [{"key": "A", "date": "2026-01-31T12:00:00+0000"}]})
    ended = judge(gate, f"--commit={COMMIT}", release="")
    assert ended.code == HOLD
    assert "SonarQube does not say which commit was analysed" in ended.said
    assert judge(gate.replace("}}]", "}, binding: none}]"), f"--commit={COMMIT}", release="").code == PROMOTE
