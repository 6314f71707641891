"""The fault table of logs: one fault each, the judgement that says it with its words, and the twin that passes."""

import gzip
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest

from checks.logs.probes import USUAL
from tests.checks.logs.test_containers import logged

APP = "files: app.json"
ALL = f"{APP}, since: 15min, errors: {{}}, fatal: ['panic:'], contract: {{}}, personal_data: forbidden"


def test_nothing_is_wrong_with_a_good_log(write, line, see):
    """The twin of every fault below: it is judged, and passes."""
    write(line(), line("served", minutes=2))
    assert see(ALL) == {}
    assert set(see.judgements) == {
        "lines", "errors", "fatal", "contract",
        *(f"personal_data.{kind}" for kind in USUAL),
    }  # fmt: skip


def test_no_file(place, see):
    """An empty glob is one Gap with its remedy, and not five."""
    assert see(ALL) == {"lines": f"INCONCLUSIVE no file matches {place}/app.json"}
    assert see.judgements["lines"].remedy == "is the path right, and is this the right machine?"


def test_an_empty_file(write, see):
    """Zero lines never pass."""
    write()
    assert see(ALL) == {"lines": "INCONCLUSIVE the log is empty"}


def test_a_log_that_went_quiet(write, line, see):
    """The service logs elsewhere since it was deployed."""
    write(line(minutes=60))
    found = see(ALL)
    assert list(found) == ["lines"]
    assert found["lines"].startswith("INCONCLUSIVE nothing was logged since ")


def test_an_error_since_the_deployment(write, line, see):
    """The one before it is of the release before."""
    path = write(line("old", "error", minutes=30), line(), line("boom", "error"))
    assert see(ALL) == {"errors": f"FAIL 1 ({path}:3 boom), wanted = 0"}
    assert see(f"{ALL}, limits: {{errors: '<= 1'}}") == {}
    assert see(ALL, '{errors: "<= 1"}') == {}


def test_errors_that_were_there_before(write, line, see):
    """With a baseline only more of them, and new kinds, are wrong."""
    keys = f"{APP}, since: 15min, baseline: true, errors: {{}}"
    old = [line(f"timeout of {n}", "error", minutes=20) for n in range(3)]
    path = write(*old, line("timeout of 7", "error"), line())
    assert see(keys) == {}
    assert "errors" not in see.judgements
    write(*old, line("timeout of 7", "error"), line("disk full", "error"))
    assert see(keys) == {"errors.new": f"FAIL 1 ({path}:5 disk full), wanted = 0"}
    write(*old[:1], line("timeout of 7", "error"), line("timeout of 8", "error"))
    assert see(keys) == {"errors.more": "FAIL 1 (1 before, 2 since), wanted <= 0"}


def test_nothing_to_compare_with(write, line, see):
    """The log begins with the deployment."""
    write(line("x", "error"))
    found = see(f"{APP}, since: 15min, baseline: true, errors: {{}}")
    assert set(found) == {"errors.more", "errors.new"}
    assert all(words.startswith("INCONCLUSIVE there is nothing to compare with") for words in found.values())


def test_a_fatal_line(write, line, see):
    """Whatever its level."""
    path = write(line("panic: lost"))
    assert see(ALL) == {"fatal": f"FAIL 1 ({path}:1 matches 'panic:': panic: lost), wanted = 0"}


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("plain text", "no JSON object"),
        ('{"message":"x"}', "without @timestamp"),
        ("", ""),
    ],
)
def test_a_line_that_breaks_the_contract(write, line, see, bad, words):
    """One of four lines; an empty one is no line."""
    path = write(line(), line(), line(), bad)
    found = see(f"{APP}, contract: {{}}")
    if not words:
        assert found == {}
        return
    assert list(found) == ["contract"]
    assert found["contract"].startswith("FAIL 75 % (1 of 4 lines: 1 ")
    assert f"1 {words} (first {path}:4)" in found["contract"]
    assert see(f"{APP}, contract: {{}}, limits: {{contract: '>= 70 %'}}") == {}


def test_fields_of_the_contract_may_have_other_names(write, line, see):
    """Fields that every line has, and those of errors only."""
    keys = (
        f"{APP}, contract: {{trace_id: [corr, id], fields: [client.ip, [ua, user_agent]], error_fields: [error.type]}}"
    )
    good = line(corr="c", client={"ip": "10.0.0.1"}, user_agent="curl")
    write(good)
    assert see(keys) == {}
    path = write(good, line(corr="c", client={"ip": "10.0.0.1"}, ua="curl", level="error"))
    assert see(keys) == {
        "contract": f"FAIL 50 % (1 of 2 lines: 1 without error.type (first {path}:2)), wanted >= 100 %"
    }


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("phone_number", ("call Kim at 010-1234-5678", "***-****-****")),
        ("birth_date", ("birth_date=1990-01-31", "birth_date=****-**-**")),
        ("resident_number", ("rrn 900101-1234568", "******-*******")),
        ("card_number", ("card 4111 1111 1111 1111", "**** **** **** ****")),
        ("bearer_token", ("Bearer 0123456789abcdef", "****************")),
        ("aws_key", ("AKIAIOSFODNN7EXAMPLE", "********************")),
    ],
)
def test_personal_data(write, line, see, kind, told):
    """The kind, the place and the shape are told, and nothing else of the line."""
    message, shown = told
    path = write(line(), line(message))
    found = see(f"{APP}, personal_data: forbidden")
    assert found == {f"personal_data.{kind}": f"FAIL 1 ({path}:2 {shown}), wanted = 0"}
    assert "Kim" not in str(see.judgements)
    write(line(), line("order 20261120-1234-5678 of 2026-11-20 was paid"))
    assert see(f"{APP}, personal_data: forbidden") == {}


def test_addresses_of_mail_only_where_they_are_named(write, line, see):
    """Many logs have them on purpose."""
    path = write(line("mail to kim@example.com"))
    assert see(f"{APP}, personal_data: forbidden") == {}
    assert see(f"{APP}, personal_data: [email]") == {
        "personal_data.email": f"FAIL 1 ({path}:1 ***@*******.***), wanted = 0"
    }
    assert see(f"{APP}, personal_data: [email], limits: {{personal_data.email: '<= 5'}}") == {}
    assert see(f"{APP}, personal_data: [email], limits: {{personal_data.*: '<= 5'}}") == {}


def test_a_log_without_times(write, see):
    """The window can't be applied: not a pass, and not all of it either."""
    write("ERROR one", "INFO two")
    found = see(f"{APP}, since: 15min, errors: {{}}, fatal: [one]")
    assert found["lines"] == "INCONCLUSIVE no line has a time, so nobody knows which lines are new"
    assert list(see(f"{APP}, errors: {{}}")) == ["errors"]


def test_a_log_without_levels(write, see):
    """Errors can't be counted by what is not there."""
    write("one", "two")
    assert see(f"{APP}, errors: {{}}") == {"errors": "INCONCLUSIVE none of the 2 lines has a level that is known"}
    assert see(f"{APP}, errors: {{patterns: [failed]}}") == {}


def test_local_times_have_a_zone(write, see):
    """Ten past six in Seoul is ten past nine in Greenwich; read as the latter it would be in the future."""
    seoul = datetime.now(timezone(timedelta(hours=9)))
    write(f"{seoul - timedelta(minutes=30):%Y-%m-%d %H:%M:%S} ERROR old", f"{seoul:%Y-%m-%d %H:%M:%S} INFO new")
    keys = f"{APP}, since: 15min, errors: {{}}"
    assert see(f"{keys}, timezone: Asia/Seoul") == {}
    assert list(see(keys)) == ["errors"]
    assert "in the future: is its zone right?" in see.judgements["lines"].reason


def test_a_file_that_is_cut_off(write, place, line, see):
    """What could be counted is told, and no number that could pass."""
    write(line())
    packed = gzip.compress("".join(f"{line('boom', 'error', n=n**5)}\n" for n in range(20_000)).encode())
    (place / "app.json.1").write_bytes(packed[: len(packed) // 2])
    found = see("files: app.json*, errors: {}, limits: {errors: '<= 50000'}")
    reason = f"INCONCLUSIVE {place}/app.json.1 can't be unpacked: it ends in the middle"
    assert found["lines"] == reason
    assert found["errors"].startswith(f"{reason}; at least ")
    (place / "app.json.1").write_bytes(packed)
    assert see("files: app.json*, errors: {}, limits: {errors: '<= 50000'}") == {}


def test_a_pattern_that_never_ends(write, see):
    """It is named, with the line on which it was stopped."""
    path = write("a" * 60 + "!")
    found = see(f"{APP}, fatal: ['(a+)+$']")
    assert found == {"lines": f"INCONCLUSIVE the pattern '(a+)+$' took more than 3 s on one line, {path}:1"}


def test_a_line_that_does_not_arrive(write, line, see, place):
    """A command that logs, and its twin that logs elsewhere."""
    path = write(line())
    program = "import sys; open(sys.argv[1], 'a').write(sys.argv[2] + chr(10))"

    def keys(log):
        command = f'["{sys.executable}", "-c", "{program}", "{log}", "{{{{ marker }}}}"]'
        return f"{APP}, probe: {{command: {command}, within: 1s}}"

    assert see(keys(path)) == {}
    assert set(see.judgements) == {"lines", "probe.found"}
    found = see(keys(place / "other.json"))
    assert list(found) == ["probe.found"]
    assert "was not found within 1 s" in found["probe.found"]
    assert see(f"{keys(path)}, limits: {{probe.delay: '<= 30s'}}") == {}
    assert set(see.judgements) == {"lines", "probe.found", "probe.delay"}


def test_a_service_that_does_not_answer_the_probe(write, line, see):
    """That is the service's fault, and says so."""
    write(line())
    found = see(f"{APP}, probe: {{http: '/x?q={{{{ marker }}}}'}}")
    assert found == {"probe.found": "FAIL the request that carries the marker failed: Connection refused"}


def test_containers(box, see):
    """Since each one's start; what ran before is another run."""
    container = logged(box, "[ -f /was ] || echo ERROR old; echo > /was; echo INFO done; exec /bin/busybox sleep 600")
    keys = f"containers: {{project: shop, service: web, engine: '{box.url}'}}, errors: {{}}"
    assert see(f"{keys}, since: start") == {"errors": "FAIL 1 (shop-web-1:1 ERROR old), wanted = 0"}
    container.restart(timeout=0)
    end = time.monotonic() + 20
    while container.logs().count(b"done") < 2 and time.monotonic() < end:
        time.sleep(0.1)
    assert see(f"{keys}, since: start") == {}
    assert list(see(keys)) == ["errors"]


def test_no_engine(see, place):
    """The engine's silence is not the release's."""
    found = see(f"containers: {{names: [web], engine: 'unix://{place}/none.sock'}}, errors: {{}}")
    assert found == {"lines": f"INCONCLUSIVE there is no engine at unix://{place}/none.sock"}


def test_the_engine_of_the_containers_section(see, place):
    """Said once, it holds for logs as well."""
    more = f"containers: {{engine: 'unix://{place}/other.sock'}}"
    assert "other.sock" in see("containers: {names: [web]}, errors: {}", more=more)["lines"]


def test_no_elasticsearch(see):
    """The search's silence is not the release's either."""
    found = see("elasticsearch: {url: 'http://127.0.0.1:9', index: logs-*}, errors: {}")
    assert found == {"lines": "INCONCLUSIVE Elasticsearch can't be asked: Connection refused"}
