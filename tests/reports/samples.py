"""Realistic reports that the tests of renderers, store and commands share."""

from dataclasses import replace

from checks.evidence import Artefact, Gap, Reading
from gates.criteria import parse
from gates.decision import decide
from reports.case import Case, Outcome
from reports.exhibit import Column, Limit, Mark, Plot, Series, Table
from reports.gate_report import Decision, GateReport, GateResult, Release
from reports.judgement import Judgement
from reports.verdict import Verdict

STARTED = 1_772_366_400.125  # 2026-03-01T12:00:00.125Z
DIGEST = "sha256:9f2c1e5ab0c4478d91d3a5e7f60718293a4b5c6d7e8f90123456789abcdef012"
RELEASE = Release(DIGEST, "1.4.2", "4b1d2aa90c", "1.4.1", "--release")
RTL = "\u202egnp.exe"


def passing() -> GateReport:
    """Three gates, all passed, one of them after a retry."""
    smoke = [
        judged(f"watchlist.step-{i}.status", 200, "= 200", source="POST https://quotes.example/api") for i in range(5)
    ]
    gates = (
        GateResult("health", True, tuple(_health()), 1.4),
        GateResult("smoke", True, tuple(smoke), 3.25, ("one passed after a retry: log-in (2 attempts in 1.9 s)",)),
        GateResult("coverage", False, (judged("back-end.lines", 0.873, ">= 85 %", "ratio", samples=12_400),), 0.2),
    )
    return GateReport("stock-quotes", "staging", RELEASE, "pre", STARTED, 41.25, gates)


def failing() -> GateReport:
    """The report that the design page shows: load failed, security could not be judged."""
    slow = judged(
        "GET /api/v1/stocks.p95",
        0.8124,
        "<= 500ms with >= 500 samples",
        "s",
        samples=4113,
        source="locust profile `quick`, 100 requests a second for 41 s against https://quotes.example/api/v1/stocks",
        remedy="compare the slow queries with the previous release: `tidegate show last --environment production`",
        details="".join(f"second {i:02d}: p95 {700 + i} ms\n" for i in range(41)),
        test="gates/gate_load.py::test_percentiles[stocks]",
    )
    others = [
        judged("GET /api/v1/stocks.error_ratio", value, "<= 1 %", "ratio", samples=4113)
        for value in (0.001, 0.0, 0.002)
    ]
    trivy = Gap(
        "trivy.database.age",
        "its database is 9 days old, and findings are judged with one of at most 24 h",
        time=STARTED,
        source="trivy image --format json registry.example/stock-quotes@" + DIGEST,
        attempts=3,
        took=6.2,
        remedy="trivy image --download-db-only",
        artefacts=(Artefact("results/trivy.json", "ab" * 32),),
    )
    security = [parse("<= 24h").judge(trivy), *(judged(f"trivy.findings.level-{i}", 0, "<= 0") for i in range(6))]
    gates = (
        *passing().gates[:2],
        GateResult("load", True, (slow, *others), 31.0),
        GateResult("security", True, tuple(security), 2.5),
    )
    return replace(passing(), gates=gates)


def inconclusive() -> GateReport:
    """A cut-short run: nothing failed, and it is not the whole stage."""
    database = Reading(
        "database.up", False, "bool", time=STARTED, detail="connection refused", source="tcp://db.internal:5432"
    )
    down = parse("= true").judge(database, "start the database, or correct `endpoints.database.tcp`")
    child = [parse("= 200").judge(Gap(f"page-{i}.status", "because database is down", time=STARTED)) for i in range(7)]
    gates = (
        GateResult("smoke", True, tuple(child), 2.0),
        GateResult("health", False, (down,), 0.1),
        GateResult("load", True, ()),
    )
    return replace(
        passing(), gates=gates, incomplete=("3 tests were deselected by -k", "stopped by -x"), notes=("binding: none",)
    )


def observed() -> GateReport:
    """What failed, while only watching."""
    return replace(failing(), observed=True)


def hostile() -> GateReport:
    """Texts that try to break out of every format."""
    nasty = (
        "<script>alert(1)</script><img src=x onerror=alert(2)> </style></script> | `code` **bold** [x](javascript:1) "
        f"@team {RTL} \x1b[31mred\x07 \x00 ]]> ::error::x %0A {{{{ 7*7 }}}} 漢字 {RTL}"
    )
    judgement = Judgement(
        Reading(nasty, nasty, "text", time=STARTED, source=nasty, detail=nasty, artefacts=(Artefact(nasty, "0" * 64),)),
        '= "x"',
        Verdict.FAIL,
        nasty + "\nsecond line\n# heading",
        nasty,
        nasty,
        nasty + "x" * 1_000_000 + "the end",
    )
    long = replace(
        judgement,
        evidence=Gap("y" * 3000, "z" * 100_000, time=STARTED),
        reason="z" * 100_000,
        verdict=Verdict.INCONCLUSIVE,
    )
    release = Release(nasty, nasty, nasty, nasty, nasty)
    gates = (GateResult(nasty, True, (judgement, long), notes=(nasty,)), GateResult("n" * 300, False, (judgement,)))
    return GateReport(nasty, nasty, release, nasty, STARTED, 1.0, gates, (nasty,), (nasty,))


def large(judgements: int = 5000, bad: int = 200) -> GateReport:
    """Two gates of many judgements, `bad` of which failed."""
    made = [
        judged(
            f"endpoint-{i:04d}.response_time",
            0.9 if i < bad else 0.1,
            "<= 500ms",
            "s",
            samples=i + 1,
            source=f"GET https://quotes.example/api/v1/stocks/{i}",
            remedy="look at the slow queries",
            test=f"gates/gate_health.py::test_endpoint[endpoint-{i:04d}]",
        )
        for i in range(judgements)
    ]
    half = judgements // 2
    return replace(
        passing(), gates=(GateResult("health", True, tuple(made[:half])), GateResult("smoke", True, tuple(made[half:])))
    )


def decided(report: GateReport) -> Decision:
    """The decision that Tidegate makes of it."""
    return decide(report)


def judged(
    subject: str,
    value: bool | float | str,
    criterion: str,
    unit: str = "",
    *,
    samples: int = 1,
    source: str = "GET https://quotes.example/health",
    remedy: str = "",
    details: str = "",
    test: str = "",
) -> Judgement:
    """A judgement of a reading that was made for the test."""
    unit = unit or ("text" if isinstance(value, str) else "bool" if isinstance(value, bool) else "1")
    reading = Reading(subject, value, unit, samples=samples, time=STARTED, source=source, took=0.031)
    return replace(parse(criterion).judge(reading, remedy), details=details, test=test)


def cases(count: int = 4) -> list[Case]:
    """Test cases as the plugin hands them to the JUnit writer, of every outcome."""
    outcomes = [Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED]
    return [
        Case(
            name=f"test_endpoint[{i}]",
            classname="gates.gate_health",
            outcome=outcomes[i % 4],
            file="gates/gate_health.py",
            duration=0.001 * i,
            message="" if i % 4 == 0 else f"api: {'long ' * 200}end",
            details="" if i % 4 == 0 else "line one\nline two",
            properties=(
                ("tidegate.gate", "health" if i % 2 else "smoke"),
                (
                    "tidegate.judgement",
                    '{"criterion": "<= 0.5 s", "evidence": {"kind": "gap", "subject": "a", "reason": "b", "time": 1}}',
                ),
                ("tidegate.note", "first"),
                ("tidegate.note", "second"),
            ),
        )
        for i in range(count)
    ]


def _health() -> list[Judgement]:
    return [
        judged("api.up", True, "= true"),
        judged("api.status", 200, "= 200"),
        judged("api.response_time", 0.0312, "<= 500ms", "s", samples=20),
        judged("api.json.status", "healthy", "= healthy"),
        judged("api.header.content-type", "application/json", "~ ^application/json"),
        judged("certificate.certificate.expires_in", 86400 * 62.5, ">= 14d", "s", source="quotes.example:443"),
    ]


def latency() -> Plot:
    """Ten seconds of a load, with a second in which nothing was measured, a limit and an abort."""
    p50 = tuple((float(second), 0.050 + 0.001 * second) for second in range(10))
    p95 = tuple((float(second), None if second == 6 else 0.1 + 0.1 * second) for second in range(10))
    limits = (Limit("p95 <= 500 ms", 0.5), Limit("p99 <= 60 s", 60.0))
    return Plot(
        "Latency of GET /api/v1/stocks",
        (Series("p50", p50), Series("p95", p95)),
        "s",
        y_title="response time",
        limits=limits,
        marks=(Mark("aborted: hopeless", 9.0),),
        note="Counted from the intended start.",
        terminal=True,
    )


def requests_table() -> Table:
    """A row per request, one of them hostile and one unmeasured."""
    columns = (Column("Request"), Column("Count", "1"), Column("p95", "s"), Column("Errors", "ratio"), Column("Fixed"))
    rows = (
        ("GET /api/v1/stocks", 4113, 0.8124, 0.001, True),
        (f"<script>alert(1)</script> | {RTL}", 12, None, 1.0, False),
    )
    return Table("Requests", columns, rows, left_out=3, note="Errors are of all that was intended.", terminal=True)


def exhibited() -> GateReport:
    """The failing report with a plot and a table at its load gate."""
    report = failing()
    gates = tuple(
        replace(gate, exhibits=(latency(), requests_table())) if gate.name == "load" else gate for gate in report.gates
    )
    return replace(report, gates=gates)
