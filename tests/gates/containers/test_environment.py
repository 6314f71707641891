"""What may be written under `containers:`, and the words for what may not."""

import re
from pathlib import Path

import pytest

from gates.criteria import AtLeast, Equals
from gates.environment import examine
from gates.environment.containers import OF_CONTAINER, OF_SERVICE, SUBJECTS, ContainerService
from gates.environment.services_section import check_service_limit, criterion_of
from gates.measured.containers import _boxes

PAGE = (Path(__file__).parents[3] / "docs/containers.md").read_text()


@pytest.fixture
def read(tmp_path, monkeypatch):
    """The problems of a section, each as `key: words; hint`."""
    monkeypatch.chdir(tmp_path)

    def examined(section, limits="{}"):
        Path("env.yaml").write_text(
            f"service: shop\ncontainers: {section}\ngates: {{containers: {{limits: {limits}}}}}\n"
        )
        return examine(Path("env.yaml"), {})

    return examined


WEB = "project: shop, service: web"


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ("service: web", "web", "exactly one of project, label and names says which containers; it has none"),
        ("project: a, label: b", "web", "it has project and label"),
        ("label: a, service: b", "web.service", "a service is found in a project"),
        ("names: []", "web", "it has none"),
        (f"{WEB}, replica: 3", "web.replica", "replicas"),
        (f"{WEB}, replicas: many", "web.replicas", "it is a number"),
        (f"{WEB}, replicas: '3'", "web.replicas", "without quotes"),
        (f"{WEB}, replicas: -1", "web.replicas", "out of range"),
        (f"{WEB}, replicas: true", "web.replicas", "a number of containers is needed"),
        (f"{WEB}, replicas: '>= 2 s'", "web.replicas", "can't judge this"),
        (f"{WEB}, healthy: yes", "web.healthy", "true or false"),
        (f"{WEB}, ready_within: 300", "web.ready_within", "has no unit"),
        (f"{WEB}, restart_policy: sometimes", "web.restart_policy", "unless-stopped"),
        (f"{WEB}, ports: 8080", "web.ports", "a list is needed"),
        (f"{WEB}, ports: [99999]", "web.ports.0", "is no published port"),
        (f"{WEB}, ports: [localhost:80]", "web.ports.0", "write 127.0.0.1:8080"),
        (f"{WEB}, ports: [8080-8082]", "web.ports.0", "is no published port"),
        (f"{WEB}, log_free_of: ['(']", "web.log_free_of.0", "is not a regular expression"),
        (f"{WEB}, log_free_of: ['a*']", "web.log_free_of.0", "matches an empty line"),
        (f"{WEB}, log_free_of: 7", "web.log_free_of", "a list of patterns is needed"),
        ("project: shop, image: release", "web.image", "one image is wanted of every service"),
        (f"{WEB}, needs: [db]", "web.needs.0", "there is no endpoint 'db'"),
        (f"{WEB}, limits: {{restart: '<= 1'}}", "web.limits.restart", "restarts"),
        (f"{WEB}, limits: {{restarts: '<= 1 s'}}", "web.limits.restarts", "can't limit restarts"),
        (f"{WEB}, limits: {{cpu.use: '<= 80'}}", "web.limits.cpu.use", "can't limit cpu.use"),
        (f"{WEB}, limits: {{state: '= 1'}}", "web.limits.state", "it is a text"),
        (f"{WEB}, replicas: 2, limits: {{replicas: '= 2'}}", "web.limits.replicas", "is wanted twice"),
        (f"{WEB}, limits: {{ready: = true}}", "web.limits.ready", "only where `ready_within:` is declared"),
        (f"{WEB}, limits: {{log.matches: = 0}}", "web.limits.log.matches", "only where `log_free_of:` is declared"),
    ],
)
def test_what_is_wrong_is_named(read, keys, key, words):
    """The key, the words, and what could be written."""
    problems = read(f"{{services: {{web: {{{keys}}}}}}}").problems
    assert [problem.key.replace('"', "") for problem in problems] == [f"containers.services.{key}"]
    assert words in str(problems[0])


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ("{watch: 1ms}", "containers.watch"),
        ("{every: 0s}", "containers.every"),
        ("{engin: x}", "containers.engin"),
        ("{services: [web]}", "containers.services"),
    ],
)
def test_the_section_itself(read, section, key):
    """Bounds and misspellings."""
    assert [problem.key for problem in read(section).problems] == [key]


def test_the_gates_own_limits_are_checked(read):
    """As those of a service."""
    assert read("{}", '{cpu.use: "<= 90 %"}').problems == ()
    (problem,) = read("{}", '{cpu.usage: "<= 90 %"}').problems
    assert problem.key.replace('"', "") == "gates.containers.limits.cpu.usage"
    assert "cpu.use" in str(problem)


def test_what_keys_want(read):
    """Numbers, criteria, ports as compose writes them."""
    loaded = read(
        "{services: {a: {names: [x, y]}, c: {label: l, replicas: 0, ports: []}, b: {label: l, replicas: '>= 2', "
        "healthy: true, ports: ['127.0.0.1:8080:80', 443, '0.0.0.0:80', '53/udp', '[::1]:9000', 443]}}}"
    ).loaded
    a, b, c = (loaded.model.containers.services[name] for name in "abc")
    assert a.expected() == {"replicas": Equals(2)}
    assert b.expected() == {
        "replicas": AtLeast(2),
        "health": Equals("healthy"),
        "ports": Equals("*:443, *:53/udp, *:80, 127.0.0.1:8080, [::1]:9000"),
    }
    assert c.expected() == {"replicas": Equals(0), "ports": Equals("none")}


def test_every_default_fits_what_it_judges():
    """Each one is a limit that a file could write itself; each subject that has one has a remedy."""
    for name, subject in SUBJECTS.items():
        criterion = criterion_of(subject.default)
        if criterion is not None:
            check_service_limit(name, criterion, [SUBJECTS])
            assert subject.remedy, name


def test_the_page_has_the_defaults_of_the_program():
    """Each subject with its unit and its criterion."""
    rows = re.findall(r"^\| `NAME\.(CONTAINER\.)?([\w.]+)` \| (\w+) \| (.*?) \|", PAGE, re.MULTILINE)
    documented = {name: (unit, text.strip("`")) for _, name, unit, text in rows}
    assert documented == {name: (s.unit, s.default or "none") for name, s in SUBJECTS.items()}
    assert {name for box, name, _, _ in rows if box} == set(OF_CONTAINER)
    assert {name for box, name, _, _ in rows if not box} == set(OF_SERVICE)


def test_the_page_has_the_policies():
    """The default of the restart policy is every policy but none."""
    schema = ContainerService.model_json_schema()["properties"]["restart_policy"]
    assert "swarm" in str(schema)


@pytest.mark.parametrize("box", ["web", "shop-web-1", "shop.web.1.xyz", "state", "image.id", "cpu"])
def test_containers_may_be_called_anything(box):
    """Names with dots, also those of subjects, are told apart."""
    parts = dict.fromkeys(f"{box}.{part}" for part in (*OF_CONTAINER, "image.digest.2"))
    assert set(_boxes(parts)) == {box}
    assert set(_boxes(parts)[box]) == {*OF_CONTAINER, "image.digest.2"}
