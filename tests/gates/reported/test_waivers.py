"""Waivers: used, unused, expired, malformed, too broad; every waived finding stays visible everywhere."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gates.reported.waivers import load_waivers
from tests.gates.reported.samples import bandit, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, Judge, put

GATE = "sec: {reports: [{findings: found.json, binding: none}], waivers: waivers.yaml}"
GOOD = {"id": "CVE-2026-1", "reason": "not reachable", "owner": "alice", "expires": "2999-01-31"}


def day(offset: int) -> str:
    """Today and some days, as a waiver writes it."""
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()


def waivers(*items: dict) -> None:
    """Write a file of waivers."""
    lines = ["".join(f"    {key}: {value}\n" for key, value in item.items()) for item in items]
    put("waivers.yaml", "waivers:\n" + "".join(f"  -\n{text}" for text in lines))


def test_a_waived_finding_passes_and_stays_visible(judge: Judge) -> None:
    """In the terminal's notes, in JSON, Markdown and HTML: who, why and until when."""
    put("found.json", trivy(vulnerability()))
    waivers(GOOD)
    ended = judge(GATE)
    assert ended.code == PROMOTE, ended.said
    words = "waived until 2999-01-31 by alice (not reachable)"
    assert words in ended.said
    assert words in ended.notes
    for name in ("md", "html"):
        text = Path(f"tidegate-report/gate-report.{name}").read_text().replace("\\", "")
        assert words in text
        assert "HIGH CVE-2026-1 in openssl" in text
    assert judge(GATE.replace(", waivers: waivers.yaml", "")).code == REJECT


def test_every_waived_finding_is_visible(judge: Judge) -> None:
    """Also the two hundredth, in every format that a file has room for."""
    put("found.json", trivy(*(vulnerability(PkgName=f"package-{n}") for n in range(200))))
    waivers(GOOD)
    ended = judge(GATE)
    assert ended.code == PROMOTE
    for name in ("md", "html", "json"):
        text = Path(f"tidegate-report/gate-report.{name}").read_text().replace("\\", "")
        assert all(f"in package-{n} at" in text for n in range(200)), name


@pytest.mark.parametrize(("offset", "code"), [(-1, REJECT), (0, PROMOTE), (1, PROMOTE)])
def test_expiry(judge: Judge, offset: int, code: int) -> None:
    """A waiver holds through its last day."""
    put("found.json", trivy(vulnerability()))
    waivers({**GOOD, "expires": day(offset)})
    ended = judge(GATE)
    assert ended.code == code
    assert ("expired on" in ended.notes) is (code == REJECT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": ""}, "lacks id"),
        ({"id": None}, "lacks id"),
        ({"id": "[CVE-2026-1]"}, "no text"),
        ({"id": "true"}, "no text"),
        ({"reason": None}, "lacks reason"),
        ({"reason": "' '"}, "lacks reason"),
        ({"reason": "7"}, "has reason that is no text"),
        ({"owner": None}, "lacks owner"),
        ({"owner": "[alice]"}, "has owner that is no text"),
        ({"expires": None}, "lacks expires"),
        ({"expires": "never"}, "expires 'never', which is no day"),
        ({"expires": "2026-02-31"}, "can't be read"),
        ({"expires": "'2026-02-31'"}, "which is no day"),
        ({"scope": "''"}, "no text"),
        ({"scope": "7"}, "has scope that is no text"),
        ({"expiry": "2999-01-01"}, "has the unknown key 'expiry'"),
    ],
)
def test_a_malformed_waiver_waives_nothing(judge: Judge, change: dict, words: str) -> None:
    """Each key, missing or wrong: the finding counts; without the finding, the file is still to be mended."""
    item = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    waivers(item)
    put("found.json", trivy(vulnerability()))
    ended = judge(GATE)
    assert ended.code == REJECT
    reasons = " ".join(one["reason"] for one in ended.report["gates"][0]["judgements"])
    assert words in reasons or "is no YAML" in reasons
    put("found.json", trivy())
    assert judge(GATE).code == HOLD
    put("found.json", trivy(vulnerability()))
    waivers(GOOD)
    assert judge(GATE).code == PROMOTE


@pytest.mark.parametrize(
    "text", ["", "[]", "waivers: {}", "waivers:\n", "waiver: []", "- {id: x}", "a: [", "x: !!python/a b"]
)
def test_a_malformed_file_waives_nothing(judge: Judge, text: str) -> None:
    """It is held even where nothing was found; an empty list is no mistake."""
    put("found.json", trivy(vulnerability()))
    put("waivers.yaml", text)
    assert judge(GATE).code == REJECT
    put("found.json", trivy())
    assert judge(GATE).code == HOLD
    put("waivers.yaml", "waivers: []")
    assert judge(GATE).code == PROMOTE


def test_an_unused_waiver_is_reported(judge: Judge) -> None:
    """It changes nothing. Where a report is missing, nobody knows whether it is used."""
    put("found.json", trivy())
    waivers(GOOD)
    ended = judge(GATE)
    assert ended.code == PROMOTE
    assert "the waiver of CVE-2026-1 is not needed: no such finding" in ended.notes
    put("found.json", "cut off")
    ended = judge(GATE)
    assert ended.code == HOLD
    assert "not needed" not in ended.notes


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ("shop/*", PROMOTE),
        ("shop/cart.py", PROMOTE),
        ("shop/cart.py:3", PROMOTE),
        ("'*'", PROMOTE),
        ("other/*", REJECT),
        ("cart.py", REJECT),
        (None, REJECT),
    ],
)
def test_scope_of_a_rule(judge: Judge, scope: str | None, code: int) -> None:
    """The id of a rule is no finding: it is waived where the scope says, and without a scope nowhere."""
    put("found.json", bandit(("B101", "HIGH", 3)))
    waivers({**GOOD, "id": "B101", **({"scope": scope} if scope else {})})
    assert judge(GATE).code == code


@pytest.mark.parametrize(("scope", "code"), [("openssl", PROMOTE), ("registry/*", PROMOTE), ("curl", REJECT)])
def test_scope_of_a_vulnerability(judge: Judge, scope: str, code: int) -> None:
    """A package or a target."""
    put("found.json", trivy(vulnerability()))
    waivers({**GOOD, "scope": scope})
    assert judge(GATE).code == code


def test_an_alias_is_waived(judge: Judge) -> None:
    """The same vulnerability has several names; a beginning of a name is none."""
    put("found.json", trivy(vulnerability(VendorIDs=["DSA-5000-1"])))
    waivers({**GOOD, "id": "DSA-5000-1"})
    assert judge(GATE).code == PROMOTE
    waivers({**GOOD, "id": "DSA-5000"})
    assert judge(GATE).code == REJECT
    waivers({**GOOD, "id": "'*'"})
    assert judge(GATE).code == REJECT


def test_the_second_waiver_of_an_id_counts_where_the_first_expired(judge: Judge) -> None:
    """Whichever of them still holds."""
    put("found.json", trivy(vulnerability()))
    waivers({**GOOD, "expires": day(-1)}, GOOD)
    assert judge(GATE).code == PROMOTE


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("CVE-2026-1 exp:2999-01-31", PROMOTE),
        (f"CVE-2026-1 exp:{day(-1)} # soon", REJECT),
        ("CVE-2026-1", REJECT),
        ("CVE-2026-1 exp:soon", REJECT),
        ("# CVE-2026-1 exp:2999-01-31", REJECT),
        ("CVE-2026-2 exp:2999-01-31", REJECT),
    ],
)
def test_a_trivyignore(judge: Judge, line: str, code: int) -> None:
    """Its entries waive until their expiry; one without any waives nothing, and the report says so."""
    put(".trivyignore", f"# accepted\n\n{line}\n")
    put("found.json", trivy(vulnerability()))
    ended = judge(GATE.replace("waivers.yaml", ".trivyignore"))
    assert ended.code == code
    assert ("CVE-2026-1 exp:2027-01-31, it needs an expiry" in ended.notes) is (line == "CVE-2026-1")


def test_an_unreadable_file_waives_nothing() -> None:
    """Bytes that are no text."""
    Path("waivers.yaml").write_bytes(b"waivers: [\xff]")
    loaded, judgements = load_waivers(Path("waivers.yaml"))
    assert not loaded.waivers
    assert "can't be read" in judgements[0].reason
