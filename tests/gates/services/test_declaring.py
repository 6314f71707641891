"""What a `services:` section may say: each mistake names its key, and says what to do."""

from pathlib import Path

import pytest

from gates.environment import examine
from gates.environment.services import KINDS

WELL = '{redis: {kv: {url: "redis://h"}}}'


@pytest.fixture
def problems(tmp_path, monkeypatch):
    """Each problem with the key that it is about."""
    monkeypatch.chdir(tmp_path)

    def find(services, limits="{}", more=""):
        text = f"service: shop\nservices: {services}\ngates: {{services: {{limits: {limits}}}}}\n{more}"
        Path("env.yaml").write_text(text)
        found = examine(Path("env.yaml"), {"PASSWORD": "a-password", "DSN": "postgresql://u:s3/cr3t@h"}).problems
        return {problem.key: f"{problem.message}; {problem.hint}" for problem in found}

    return find


def test_a_section_that_is_well_has_no_problem(problems):
    """The twin of all that follow."""
    assert problems(WELL, '{response_time: "<= 1s", replica.*.lag: "<= 5s", standby.*.lag: "<= 5s"}') == {}


@pytest.mark.parametrize(
    ("services", "key", "words"),
    [
        ("{oracle: {}}", "services.oracle", "unknown key"),
        ("{redis: {kv: {}}}", "services.redis.kv.url", "is missing"),
        ('{redis: {kv: {url: "http://h"}}}', "services.redis.kv.url", "is not an address of this service"),
        ('{redis: {kv: {url: "redis://u:pass@h"}}}', "services.redis.kv.url", "write `password: ${VAR}` beside it"),
        ('{redis: {kv: {url: "redis://h/x"}}}', "services.redis.kv", "the database is a number"),
        ('{redis: {kv: {url: "redis://h", password: abc}}}', "services.redis.kv.password", "a password can't stand in"),
        ('{redis: {kv: {url: "redis://h", password: 1}}}', "services.redis.kv.password", "not the number 1"),
        ('{redis: {kv: {url: "redis://h", window: 20s}}}', "services.redis.kv", "shorter than the timeout"),
        ('{redis: {kv: {url: "redis://h", timeout: 1h}}}', "services.redis.kv.timeout", "at most 10min"),
        ('{redis: {kv: {url: "redis://h", tls: {}}}}', "services.redis.kv.tls", "write rediss://"),
        ('{rabbitmq: {q: {url: "amqp://h", tls: {}}}}', "services.rabbitmq.q.tls", "write amqps://"),
        ('{elasticsearch: {e: {url: "http://h", tls: {}}}}', "services.elasticsearch.e.tls", "write https://"),
        ('{s3: {s: {bucket: abc, endpoint: "http://h", tls: {}}}}', "services.s3.s.tls", "write https://"),
        ('{smtp: {m: {url: "smtp://shop@h"}}}', "services.smtp.m", "there is no password to log in with"),
        ('{redis: {kv: {url: "redis://h", role: master}}}', "services.redis.kv.role", "known are primary, replica"),
        ('{redis: {kv: {url: "redis://h", needs: [x]}}}', "services.redis.kv.needs.0", "there is no endpoint 'x'"),
        (
            '{redis: {a: {url: "redis://h"}}, mysql: {a: {url: "mysql://u@h"}}}',
            "services.redis.a",
            "the name 'a' is taken: services.mysql has it too",
        ),
        ('{mysql: {db: {url: "mysql://h"}}}', "services.mysql.db", "the URL names no user"),
        ('{mysql: {db: {url: "mysql://u@h?unix_socket=/s"}}}', "services.mysql.db", "names either a host, or a socket"),
        ('{mysql: {db: {url: "mysql://u@h", allow_writes: true}}}', "services.mysql.db", "needs a database"),
        ('{postgresql: {db: {url: "postgresql://u@/x"}}}', "services.postgresql.db", "the URL names no host"),
        ('{postgresql: {db: {url: "postgresql://u@h?host=/s"}}}', "services.postgresql.db", "no host stands beside it"),
        ('{postgresql: {db: {url: "postgresql://u@h?sslmode=on"}}}', "services.postgresql.db", "known are disable"),
        (
            '{postgresql: {db: {url: "postgresql://u@h?sslmode=require", tls: {}}}}',
            "services.postgresql.db",
            "`tls:` says it already",
        ),
        (
            '{postgresql: {db: {url: "postgresql://u@h?user=x"}}}',
            "services.postgresql.db.url",
            "known are host, sslmode",
        ),
        ('{postgresql: {db: {url: "${DSN}"}}}', "services.postgresql.db", "the URL"),
        (
            '{postgresql: {db: {url: "postgresql://u@h", migration: {query: select 1}}}}',
            "services.postgresql.db.migration.equals",
            "is missing",
        ),
        (
            '{postgresql: {db: {url: "postgresql://u@h", queries: {a: {sql: select 1, expect: "<= 5 x"}}}}}',
            "services.postgresql.db.queries.a.expect",
            "unknown unit",
        ),
        (
            '{postgresql: {db: {url: "postgresql://u@h", extensions: {postgis: "<= 3"}}}}',
            "services.postgresql.db.extensions.postgis",
            "can't judge a text",
        ),
    ],
)
def test_a_mistake_is_told_with_its_key(problems, services, key, words):
    """Before anything runs."""
    found = problems(services)
    assert list(found) == [key]
    assert words in found[key]
    assert "cr3t" not in found[key]


@pytest.mark.parametrize(
    "services",
    [
        '{redis: {kv: {url: "rediss://h", tls: {}}}}',
        '{rabbitmq: {q: {url: "amqps://h", tls: {}}}}',
        '{rabbitmq: {q: {url: "amqp://h", management: "https://h", tls: {}}}}',
        '{elasticsearch: {e: {url: "https://h", tls: {}}}}',
        '{s3: {s: {bucket: abc, endpoint: "https://h", tls: {}}}}',
        "{s3: {s: {bucket: abc, region: eu-central-1, tls: {}}}}",
        '{smtp: {m: {url: "smtp://h"}}}',
        '{smtp: {m: {url: "smtp://shop@h", password: "${PASSWORD}"}}}',
    ],
)
def test_the_twins_of_mistakes_about_certificates_and_log_ins(problems, services):
    """A certificate is checked where there is one, and who is named logs in."""
    assert problems(services) == {}


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ('memory.used_ration: "<= 5 %"', "did you mean 'memory.used_ratio'"),
        ('up: "= true"', "'up' can't be limited"),
        ('role: "= primary"', ""),
        ('connections.used_ratio: "<= 5"', "write it as in '<= 80 %'"),
        ('version: "= 7"', "it is a text"),
        ('persistence.aof: "= yes"', "it is true or false"),
        ('memory.used: "~ 5"', "needs text"),
        ('transactions.idle: "<= 5s"', "is not measured here"),
    ],
)
def test_a_limit_of_a_service_is_of_what_its_kind_measures(problems, limit, words):
    """In its unit, and of its kind of value."""
    found = problems(f'{{redis: {{kv: {{url: "redis://h", limits: {{{limit}}}}}}}}}')
    assert len(found) == bool(words)
    assert words in "".join(found.values())


def test_a_limit_of_the_gate_is_of_what_some_kind_measures(problems):
    """Whether a service of that kind is declared or not: it may be declared elsewhere."""
    assert problems(WELL, '{transactions.idle: "<= 5s"}') == {}
    (words,) = problems(WELL, '{transactions.idel: "<= 5s"}').values()
    assert "did you mean 'transactions.idle'" in words


def test_what_a_key_wants_is_not_limited_besides(problems):
    """Two criteria of one subject: nobody could say which one holds."""
    found = problems('{redis: {kv: {url: "redis://h", role: primary, limits: {role: "= replica"}}}}')
    assert found == {
        "services.redis.kv.limits.role": "'role' is wanted twice: by this limit and by a key of the service; "
        "remove one of them"
    }


def test_a_floor_is_not_loosened_by_a_service(problems):
    """Neither under the very name nor under a pattern."""
    Path("floor.yaml").write_text('gates: {services: {limits: {replica.*.lag: "<= 30s"}}}\n')
    one = '{redis: {kv: {url: "redis://h", limits: {replica.10.0.0.1:6379.lag: "<= 60s"}}}}'
    found = problems(one, more="floor: floor.yaml\n")
    assert ["looser than the floor" in words for words in found.values()] == [True]
    assert problems(one.replace("60s", "20s"), more="floor: floor.yaml\n") == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_is_one_that_can_be_judged(kind):
    """Each default fits its subject's unit; `up` is there; a subject that can fail by default says what to do."""
    from gates.environment.services_section import check_service_limit, criterion_of

    table = KINDS[kind].SUBJECTS
    assert table["up"].default == "= true"
    for subject, described in table.items():
        criterion = criterion_of(described.default)
        if criterion is not None:
            assert described.remedy, subject
            if subject != "up":
                check_service_limit(subject.replace("*", "x"), criterion, [table])


@pytest.mark.parametrize(("limit", "fits"), [("'~ ^2'", True), ("= true", True), ("<= 5s", False)])
def test_a_subject_of_several_kinds_may_be_of_several_units(problems, limit, fits):
    """An extension of PostgreSQL has a version, one of a mail server is there or not."""
    assert (problems(WELL, f"{{extension.x: {limit}}}") == {}) is fits
