"""`pytest --env` with the live-security gate, as a user runs it."""

import pytest

PROMOTE, REJECT, HOLD = 0, 1, 10

FRAME = "service: shop\nbase_url: {url}\nendpoints: {{health: {{http: /health}}}}\n"
STAGES = "gates: {{health: {{}}, live-security: {{}}}}\nstages: {{quick: [health], full: [health, live-security]}}\n"
LOOKS = """\
security:
  refused: {{list: {{http: /list, needs: [health]}}}}
  bursts: {{log-in: {{http: /login, requests: 20, needs: [health]}}}}
default_stage: full
"""
WHOLE = FRAME + LOOKS + STAGES


@pytest.fixture
def let_in(server):
    """`let_in()`: from now on the server answers three log-ins, and refuses then."""
    plain, left = server.handler.do_GET, []

    def answer(self):
        if self.path == "/login":
            server.answers["/login"] = (left.pop() if left else 429, {})
        plain(self)

    server.handler.do_GET = answer
    return lambda: left.extend([401] * (3 - len(left)))


def test_an_open_endpoint_is_rejected_and_a_closed_one_promoted(verify, server, let_in):
    """The same file: exit 1 with the subject and the remedy, and exit 0 when the endpoint refuses, over workers too."""
    server.answers["/list"] = (200, {"symbols": []})
    let_in()
    run = verify(environment=WHOLE)
    assert (run.code, run.decision) == (REJECT, "reject"), run.out
    assert "list.without_token.status: 200, wanted one of 401, 403" in run.last
    assert "answer 401" in run.out
    server.answers["/list"] = (401, {})
    let_in()
    alone = verify(environment=WHOLE)
    let_in()
    spread = verify("-n", "2", environment=WHOLE)
    assert (alone.code, spread.code) == (PROMOTE, PROMOTE), alone.out + spread.out
    judged = [
        sorted((j["subject"], j["verdict"]) for gate in run.report["gates"] for j in gate["judgements"])
        for run in (alone, spread)
    ]
    assert judged[0] == judged[1]
    assert ("log-in.rate_limit.refused", "PASS") in judged[0]


def test_nothing_is_asked_where_nothing_is_judged(verify, server):
    """A stage without the gate and a mere listing send nothing; the stage with the gate does."""
    server.answers["/list"] = (401, {})
    assert verify("--collect-only", environment=WHOLE).code == PROMOTE
    assert server.asked == []
    assert verify("--stage=quick", environment=WHOLE).code == PROMOTE
    assert set(server.asked) == {"GET /health"}
    verify("-k", "list", environment=WHOLE)
    assert "GET /list" in server.asked
    assert "GET /login" not in server.asked


def test_nothing_is_declared(verify):
    """A gate without a section, and with an empty one, is held."""
    for section in ("", "security: {{}}\n", "security: {{pages: {{}}}}\n"):
        run = verify(environment=FRAME + section + "gates: {{live-security: {{}}}}\n")
        assert (run.code, run.decision) == (HOLD, "hold")
        assert "nothing is declared under `security:`" in run.last


def test_a_need_that_is_down(verify, server):
    """The looks are INCONCLUSIVE because of it, and the failure is reported once."""
    server.answers["/health"] = (503, {})
    run = verify(environment=WHOLE)
    assert run.code == REJECT
    gates = {gate["name"]: gate for gate in run.report["gates"]}
    assert gates["live-security"]["verdict"] == "INCONCLUSIVE"
    reasons = {judgement["reason"] for judgement in gates["live-security"]["judgements"]}
    assert all(reason.startswith("because health is down: status 503") for reason in reasons)
