"""Errors: one at a time, in the files' order, with the nearest valid name and the number of further ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from gates.environment import examine, load
from gates.errors import ConfigurationError

MANY = """\
servce: shop
endpoints:
  health:
    http: /health
    timeout: 10
    expekt: {}
gates:
  health: {requird: true, limits: {response_time: "<= ${UNSET_LIMIT}"}}
"""


def test_all_problems_are_found_in_the_order_of_the_file(folder):
    """An unset variable does not hide a mistyped key, nor the other way round."""
    Path("env.yaml").write_text(MANY)
    problems = examine(Path("env.yaml"), {}).problems
    assert [(problem.line, problem.key) for problem in problems] == [
        (1, "servce"),
        (1, "service"),
        (5, "endpoints.health.timeout"),
        (6, "endpoints.health.expekt"),
        (8, "gates.health.requird"),
        (8, "gates.health.limits.response_time"),
    ]
    assert "did you mean 'service'?" in str(problems[0])
    assert "did you mean 'expect'? known are addresses, attempts" in str(problems[3])
    assert "did you mean 'required'?" in str(problems[4])
    assert "UNSET_LIMIT is not set" in str(problems[5])


def test_loading_says_the_first_and_how_many_there_are(folder):
    """One clear message, and the command that prints the rest."""
    Path("env.yaml").write_text(MANY)
    with pytest.raises(ConfigurationError) as caught:
        load("env.yaml", environ={})
    said = str(caught.value)
    assert said.startswith("env.yaml:1:1: servce: unknown key; did you mean 'service'? known are base_url, ")
    assert said.endswith(" (5 more: tidegate env check env.yaml)")


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("measure: {concurency: 1}", "measure.concurency", "did you mean 'concurrency'"),
        ("demo: {fault: {}}", "demo.fault", "did you mean 'faults'"),
        ("release: {urll: /}", "release.urll", "did you mean 'url'"),
        ("readiness: {htp: /}", "readiness.htp", "did you mean 'http'"),
        ("endpoints: {a: {http: 'https://h/', tls: {verfy: true}}}", "endpoints.a.tls.verfy", "did you mean 'verify'"),
        ("endpoints: {a: {tls: 'h:1', options: {cafile: x}}}", "endpoints.a.options.cafile", "did you mean 'ca_file'"),
        ("endpoints: {a: {http: 'https://h/', expect: {jsn: {}}}}", "endpoints.a.expect.jsn", "did you mean 'json'"),
        (
            "external_services: {a: {url: 'https://h/', tmeout: 1s}}",
            "external_services.a.tmeout",
            "did you mean 'timeout'",
        ),
        ("groups: {g: {member: []}}", "groups.g.member", "did you mean 'members'"),
        ("journeys: {j: {step: []}}", "journeys.j.step", "did you mean 'steps'"),
        (
            "journeys: {j: {steps: [{name: a, request: {link: /}}]}}",
            "journeys.j.steps.0.request.link",
            "known are body",
        ),
        ("journeys: {j: {steps: [{name: a, requests: {}}]}}", "journeys.j.steps.0.requests", "did you mean 'request'"),
        (
            "journeys: {j: {steps: [{name: a, request: {url: 'https://h/'}, capture: {t: {jsn: x}}}]}}",
            "journeys.j.steps.0.capture.t.jsn",
            "did you mean 'json'",
        ),
        ("gates: {unit: {reports: [{junt: x}]}}", "gates.unit.reports.0.junt", "did you mean 'junit'"),
        ("policy: {approval: []}", "policy.approval", "did you mean 'approvals'"),
    ],
)
def test_an_unknown_key_names_the_nearest_valid_one(folder, text, key, hint):
    """At every level of the file."""
    rest = "service: shop\n" + ("" if text.startswith("gates") else "gates: {health: {}}\n")
    Path("env.yaml").write_text(f"{rest}{text}\n")
    problems = {problem.key: problem for problem in examine(Path("env.yaml"), {}).problems}
    assert "unknown key" in str(problems[key])
    assert hint in str(problems[key])


def test_a_planted_secret_is_in_no_error(folder):
    """Whatever is wrong around a secret, its value is not said."""
    Path("pw").write_text("hunter22")
    texts = [
        "base_url: 'https://u:${file:pw}@h:99999/'",
        "base_url: 'hxxp://${file:pw}/'",
        "base_url: 'https://h/${file:pw}?x'",
        "endpoints: {a: {http: 'https://${file:pw} /'}}",
        "endpoints: {a: {http: 'https://h/', headers: {'X A': '${file:pw}'}}}",
        "endpoints: {a: {http: 'https://h/', headers: {A: '${file:pw}', a: '${file:pw}'}}}",
        "endpoints: {a: {http: 'https://h/', timeout: '${file:pw}'}}",
        "endpoints: {a: {http: 'https://h/', method: '${file:pw}'}}",
        "endpoints: {a: {http: 'https://h/', json: '${file:pw}', body: '${file:pw}'}}",
        "endpoints: {a: '${file:pw}'}",
        "endpoints: '${file:pw}'",
        "stages: ['${file:pw}']",
        "unknown: '${file:pw}'",
        "unknown: {a: ['${file:pw}']}",
    ]
    for text in texts:
        Path("env.yaml").write_text(f"service: shop\ngates: {{health: {{}}}}\n{text}\n")
        problems = examine(Path("env.yaml"), {}).problems
        assert problems, text
        assert "hunter22" not in repr(problems) + " ".join(map(str, problems)), text


def test_importing_the_package_is_cheap():
    """Neither YAML nor pydantic is imported before an environment is loaded; an unknown name is an AttributeError."""
    code = (
        "import sys, gates.environment as e\n"
        "assert not {'yaml', 'pydantic'} & set(sys.modules), 'imported too early'\n"
        "assert e.Environment.__name__ == 'Environment'\n"
        "assert callable(e.load) and callable(e.substitute)\n"
        "assert all(getattr(e, name) for name in e.__all__)\n"
        "assert not hasattr(e, 'Enviroment')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3], timeout=60)
