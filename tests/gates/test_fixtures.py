"""The fixtures that gate files use, from the outside."""

ENVIRONMENT = """\
service: shop
base_url: {url}
release: {{url: /version, version: version}}
endpoints: {{health: {{http: /health}}}}
gates: {{stock: {{}}}}
gate_files: [gates/]
"""

PROMOTE, REJECT, HOLD = 0, 1, 10


def gate(body: str) -> dict[str, str]:
    """A gate file whose one test has this body."""
    head = "from tidegate import *\n\n\ndef test_it(require, http, journey, release, environment, measured_evidence):\n"
    return {"gates/gate_stock.py": head + "".join(f"    {line}\n" for line in body.splitlines())}


def test_http_is_joined_to_the_target(verify) -> None:
    """A path is enough, and what is read is judged; a wrong value is rejected."""
    body = "require(Reading('status', http.get('/health').json()['status'], 'text'), {wanted!r})"
    assert verify(environment=ENVIRONMENT, files=gate(body.format(wanted="healthy"))).code == PROMOTE
    wrong = verify(environment=ENVIRONMENT, files=gate(body.format(wanted="sick")))
    assert wrong.code == REJECT
    assert "status: 'healthy', wanted = 'sick'" in wrong.last


def test_http_fails_where_the_target_is_down(verify) -> None:
    """Nobody listens there: that is evidence against the target, not an error of the gate file."""
    body = "http.get('http://127.0.0.1:9/')\nrequire(Reading('x', 1), 1)"
    run = verify(environment=ENVIRONMENT, files=gate(body))
    assert run.code == REJECT
    assert "connection refused" in run.last
    assert "Traceback" not in run.out


def test_a_redirect_is_not_followed(verify, server) -> None:
    """A redirect is an answer of its own; following it is the gate file's decision."""
    server.answers["/moved"] = (302, {})
    assert (
        verify(environment=ENVIRONMENT, files=gate("require(Reading('s', http.get('/moved').status_code), 302)")).code
        == 0
    )


def test_a_journey_in_python(verify, server) -> None:
    """Steps in one session, with a capture that a later step uses."""
    server.answers["/login"] = (200, {"token": "s3cret-token"})
    server.answers["/list?by=s3cret-token"] = (200, {"ok": True})
    body = """\
walk = journey("buy")
walk.run(StepRequest("log in", "/login", captures=(Capture("token", "json", "token"),)))
for evidence in walk.run(StepRequest("list", "/list?by={{ token }}", json_paths=("ok",))):
    if evidence.subject.endswith((".status", ".ok")):
        require(evidence, 200 if evidence.subject.endswith(".status") else True)"""
    run = verify(environment=ENVIRONMENT, files=gate(body))
    assert run.code == PROMOTE, run.out
    assert [judgement["subject"] for judgement in run.report["gates"][0]["judgements"]] == [
        "buy.list.status",
        "buy.list.json.ok",
    ]
    assert "s3cret-token" not in (run.folder / "gate-report.json").read_text() + run.out


def test_what_was_measured_and_the_release_are_at_hand(verify, server) -> None:
    """A gate file judges the sweep's evidence, and knows the release and the environment."""
    body = """\
assert (release.version, environment.service) == ("1.4.2", "shop")
for evidence in measured_evidence("health"):
    if evidence.subject == "health.status":
        require(evidence, "one of 200, 204")"""
    run = verify(environment=ENVIRONMENT, files=gate(body), release="")
    assert run.code == PROMOTE, run.out
    assert server.asked.count("GET /health") == 1
    missing = verify(
        environment=ENVIRONMENT, files=gate("for e in measured_evidence('helth'): require(e, True)"), release=""
    )
    assert missing.code == HOLD
    assert "helth" in missing.last


def test_every_public_name_is_there() -> None:
    """`from tidegate import *` brings every name that `__all__` lists; another name is an error that lists them."""
    import pytest

    import tidegate

    for name in tidegate.__all__:
        assert getattr(tidegate, name) is not None
    with pytest.raises(AttributeError, match="AtMost"):
        tidegate.AtMos  # noqa: B018
