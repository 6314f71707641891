"""The live-security gate of the shipped demo: every kind of look is judged, and each one can fail."""

from pathlib import Path

import pytest

import environments

PROMOTE, REJECT = 0, 1
DEMO = Path(environments.__file__).with_name("demo.yaml")


def test_the_demo_is_judged_by_every_kind_of_look(command) -> None:
    """81 judgements by the defaults alone; nothing is relaxed."""
    run = command("pytest", "--env=demo")
    assert (run.code, run.report["decision"]) == (PROMOTE, "promote"), run.out + run.err
    [gate] = [gate for gate in run.report["gates"] if gate["name"] == "live-security"]
    subjects = {judgement["subject"] for judgement in gate["judgements"]}
    assert {
        "front-page.csp.present",
        "secure-front-page.hsts.max_age",
        "foreign-origins.cors.foreign.access",
        "entrance.tls.accepts.TLSv1.3",
        "leaks.exposed./.git/config",
        "watchlist-without-token.unsigned_token.status",
        "log-in-limit.rate_limit.refused",
    } <= subjects
    assert len(subjects) == len(gate["judgements"]) == 81


@pytest.mark.parametrize(
    ("limits", "code", "words"),
    [
        ('hsts.max_age: ">= 366d"', REJECT, "secure-front-page.hsts.max_age: 365 d"),
        ('hsts.max_age: ">= 365d"', PROMOTE, ""),
        ("hsts.preload: = true", REJECT, "secure-front-page.hsts.preload"),
        ("rate_limit.status: = 503", REJECT, "log-in-limit.rate_limit.status: 429, wanted = 503"),
        ("rate_limit.status: = 429", PROMOTE, ""),
    ],
)
def test_a_tighter_limit(command, tmp_path: Path, limits: str, code: int, words: str) -> None:
    """One limit of the gate is beyond what the demo does: REJECT with its words; the twin promotes."""
    (tmp_path / "mine.yaml").write_text(f"extends: {DEMO}\ngates: {{live-security: {{limits: {{{limits}}}}}}}\n")
    run = command("pytest", "--env=./mine.yaml")
    assert run.code == code, run.out + run.err
    assert words in run.last


def test_a_look_that_the_demo_does_not_stand(command, tmp_path: Path) -> None:
    """An endpoint that answers everybody has to refuse: REJECT; declared as a page, it promotes."""
    text = f"extends: {DEMO}\nsecurity: {{%s: {{stocks: {{http: /api/v1/stocks}}}}}}\n"
    (tmp_path / "mine.yaml").write_text(text % "refused")
    run = command("pytest", "--env=./mine.yaml")
    assert run.code == REJECT
    assert "stocks.without_token.status: 200, wanted one of 401, 403" in run.last
    (tmp_path / "mine.yaml").write_text(text % "pages")
    assert command("pytest", "--env=./mine.yaml").code == PROMOTE
