"""What may be written under `logs:`, and the words for what may not."""

import re
from pathlib import Path

import pytest

from checks.logs.probes import KINDS, LEVELS, TIMES
from gates.environment.logs import SUBJECTS, Since
from gates.environment.services_section import check_service_limit, criterion_of, pattern_of
from gates.measured.logs import probe_of

PAGE = (Path(__file__).parents[3] / "docs/logs.md").read_text()
APP = "files: /var/log/app.json"


@pytest.mark.parametrize(
    ("keys", "key", "words"),
    [
        ("errors: {}", "app", "exactly one of files, containers and elasticsearch says where the log is; it has none"),
        (f"{APP}, containers: {{label: a}}, errors: {{}}", "app", "it has files and containers"),
        (APP, "app", "nothing is looked for in this log"),
        (f"{APP}, error: {{}}", "app.error", "errors"),
        ("files: [], errors: {}", "app.files", "is empty"),
        ("files: 7, errors: {}", "app.files.0", "a text is needed"),
        ("containers: {service: a}, errors: {}", "app.containers", "exactly one of project, label and names"),
        ("containers: {label: a, service: a}, errors: {}", "app.containers.service", "write `project:`, too"),
        ("elasticsearch: {url: 'http://h'}, errors: {}", "app.elasticsearch.index", "is missing"),
        ("elasticsearch: {url: 'http://h', index: a/b}, errors: {}", "app.elasticsearch.index", "is no index"),
        (f"{APP}, errors: {{}}, since: yesterday", "app.since", "write 15min, 2026-11-20T10:00:00Z, or start"),
        (f"{APP}, errors: {{}}, since: 15", "app.since", "a text is needed"),
        (f"{APP}, errors: {{}}, since: '2026-11-20 10:00:00'", "app.since", "is no window"),
        (f"{APP}, errors: {{}}, since: start", "app.since", "only containers have a start"),
        (f"{APP}, errors: {{}}, baseline: true", "app.baseline", "a comparison needs a window"),
        (f"{APP}, fatal: [x], since: 5min, baseline: true", "app.baseline", "none are counted"),
        (f"{APP}, errors: {{level: loud}}", "app.errors.level.0", "is no level"),
        (f"{APP}, errors: {{level: []}}", "app.errors.level", "is empty"),
        (f"{APP}, errors: {{ignore: ['[']}}", "app.errors.ignore.0", "is not a regular expression"),
        (f"{APP}, errors: {{}}, timezone: Seoul", "app.timezone", "write UTC, Asia/Seoul or +09:00"),
        (f"{APP}, personal_data: allowed", "app.personal_data", "write `forbidden`, or a list of kinds"),
        (f"{APP}, personal_data: []", "app.personal_data", "nothing would be looked for"),
        (f"{APP}, personal_data: [phone]", "app.personal_data.0", "phone_number"),
        (f"{APP}, contract: {{trace: x}}", "app.contract.trace", "trace_id"),
        (f"{APP}, probe: {{within: 5s}}", "app.probe", "exactly one of http and command sends the line; it has none"),
        (f"{APP}, probe: {{http: /x}}", "app.probe", "nothing in it carries the marker"),
        (f"{APP}, probe: {{command: [logger]}}", "app.probe", "nothing in it carries the marker"),
        (f"{APP}, probe: {{command: ['{{{{ marker }}}}'], body: x}}", "app.probe.body", "means nothing for a command"),
        (f"{APP}, errors: {{}}, limits: {{error: '<= 1'}}", "app.limits.error", "errors"),
        (f"{APP}, errors: {{}}, limits: {{errors: '<= 1 s'}}", "app.limits.errors", "can't limit errors"),
        (f"{APP}, errors: {{}}, limits: {{fatal: '<= 1'}}", "app.limits.fatal", "declare `fatal:`"),
        (f"{APP}, errors: {{}}, limits: {{errors.new: '<= 1'}}", "app.limits.errors.new", "declare `baseline: true`"),
        (f"{APP}, errors: {{}}, needs: [db]", "app.needs.0", "there is no endpoint 'db'"),
        (f"{APP}, errors: {{}}, most: 0", "app.most", "out of range"),
    ],
)
def test_what_is_wrong_is_named(read, keys, key, words):
    """The key, the words, and what could be written."""
    problems = read(f"{{app: {{{keys}}}}}").problems
    assert [problem.key.replace('"', "") for problem in problems] == [f"logs.sources.{key}"]
    assert words in str(problems[0])


def test_what_is_written_is_what_is_looked_for(read, place):
    """Every key reaches the probe; a secret stays one."""
    loaded = read(
        "{app: {files: [a.log, /b.log*], since: 15min, baseline: true, time: when, level: [l, m], message: say, "
        "timezone: Asia/Seoul, errors: {level: [warn, ERROR], patterns: [boom], ignore: [noise]}, fatal: panic, "
        "contract: {fields: [[a, b], c], ahead: 5s}, personal_data: [jwt], most: 5, timeout: 7s, "
        "probe: {http: '/x?{{ marker }}', headers: {A: b}, within: 9s}}}"
    ).loaded
    probe = probe_of(loaded.model, "app", 10_000.0)
    assert probe.source.patterns == (f"{place}/a.log", "/b.log*")
    assert (probe.window.since, probe.window.baseline, probe.window.start) == (9100.0, True, False)
    assert (probe.names.time, probe.names.level, probe.names.message) == (("when",), ("l", "m"), ("say",))
    assert (probe.errors.levels, probe.errors.patterns, probe.errors.ignore) == (
        ("warning", "error"),
        ("boom",),
        ("noise",),
    )
    assert probe.contract.fields[1:] == (("a", "b"), ("c",))
    assert (probe.contract.time, probe.contract.level, probe.contract.ahead) == (TIMES, LEVELS, 5.0)
    assert (probe.fatal, probe.personal, probe.zone, probe.most, probe.timeout) == (
        ("panic",), ("jwt",), "Asia/Seoul", 5, 7.0,
    )  # fmt: skip
    assert (probe.marker.url, probe.marker.headers, probe.marker.within) == (
        "http://127.0.0.1:9/x?{{ marker }}", (("A", "b"),), 9.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("15min", Since(ago=900.0)),
        ("2026-11-20T10:00:00Z", Since(moment=1795168800.0)),
        ("2026-11-20T19:00:00+09:00", Since(moment=1795168800.0)),
    ],
)
def test_windows(read, text, since):
    """How long ago, or a moment with its zone."""
    loaded = read(f"{{app: {{{APP}, errors: {{}}, since: '{text}'}}}}").loaded
    assert loaded.model.logs.sources["app"].since == since


def test_every_default_fits_what_it_judges():
    """Each one is a limit that a file could write itself, with a remedy."""
    for name, subject in SUBJECTS.items():
        criterion = criterion_of(subject.default)
        if criterion is not None:
            check_service_limit(name, criterion, [SUBJECTS])
            assert subject.remedy, name


def test_the_page_has_the_defaults_of_the_program():
    """Each subject with its unit and its criterion, and each kind of personal data."""
    rows = re.findall(r"^\| `NAME\.([\w.*]+)` \| (\w+) \| (.*?) \|", PAGE, re.MULTILINE)
    documented = {name: (unit, text.strip("`")) for name, unit, text in rows}
    assert documented == {name: (s.unit, s.default or "none") for name, s in SUBJECTS.items()}
    assert set(KINDS) == set(re.findall(r"^\| `(\w+)` \| [^|]+ \|[^|]*\|$", PAGE, re.MULTILINE))


def test_each_kind_of_personal_data_has_its_subject():
    """And no subject is taken for another's."""
    for kind in KINDS:
        assert pattern_of(f"personal_data.{kind}", SUBJECTS) == "personal_data.*"
    for name in SUBJECTS:
        assert pattern_of(name, SUBJECTS) == name
