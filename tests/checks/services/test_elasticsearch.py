"""Elasticsearch and OpenSearch, by a strict fake of their HTTP API: no real cluster can be started by these tests."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.services.elasticsearch_disks import disks_in, needed, settings_in
from tests.checks.services.elasticsearch_fake import PASSWORD, FakeCluster, disks, health, marks
from tests.checks.services.plain_judging import Judged, judged, problems

WATERMARK = "cluster.routing.allocation.disk.watermark."


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Judged]:
    def look(url: str, passphrase: str = PASSWORD, **section: object) -> Judged:
        whole = {"url": url, "user": "shop", "password": "${ES_PASSWORD}", "timeout": "5s", **section}
        return judged(tmp_path, "elasticsearch", whole, {"ES_PASSWORD": passphrase})

    return look


@pytest.fixture
def serve(servers) -> Callable[..., tuple[str, FakeCluster]]:
    def serve(**says: object) -> tuple[str, FakeCluster]:
        cluster = FakeCluster(**says)
        return servers.http(cluster.answer).url, cluster

    return serve


def test_a_cluster_that_is_well_passes(look, serve):
    """Health, nodes, shards and disks; and a document that is written, found, and gone again."""
    url, cluster = serve()
    found = look(url, allow_writes=True, limits={"nodes": ">= 3", "nodes.data": ">= 3"})
    assert found.unwell == {}
    assert set(found.judgements) == {
        "up",
        "status",
        "nodes",
        "nodes.data",
        "shards.unassigned",
        "disk.used",
        "disk.over_low",
        "disk.over_high",
        "disk.over_flood",
        "write.indexed",
        "write.found",
        "write.deleted",
    }
    assert found.value("version") == "8.11.1"
    assert found.value("distribution") == "elasticsearch"
    assert found.value("disk.used") == 0.5
    assert cluster.indices == {}
    assert PASSWORD not in found.said()


def test_what_a_killed_look_left_is_deleted_by_the_next_one(look, serve):
    """Only indices of our own making, and none that somebody may still be using."""
    now = round(time.time() * 1000)
    mine, young, other = "tidegate-probe-" + "0" * 16, "tidegate-probe-" + "1" * 16, "tidegate-probe-of-somebody"
    url, cluster = serve(old={mine: "1700000000000", young: str(now), other: "1700000000000"})
    assert look(url).unwell == {}
    assert mine in cluster.old
    assert look(url, allow_writes=True).unwell == {}
    assert set(cluster.old) == {young, other}


def test_nothing_is_written_unless_allowed(look, serve):
    """Only GET is sent."""
    url, cluster = serve()
    assert look(url).unwell == {}
    assert {asked.split()[0] for asked in cluster.asked} == {"GET"}


def test_opensearch_says_so(look, serve):
    """Its version has a distribution."""
    url, _ = serve(root={"version": {"number": "2.11.0", "distribution": "opensearch"}})
    found = look(url, limits={"version": "~ ^2\\.", "distribution": "= opensearch"})
    assert found.unwell == {}


def test_a_wrong_password_is_down_in_the_clusters_words(look, serve):
    """The twin has the right one; neither is in any text."""
    url, _ = serve()
    found = look(url, "not-the-passphrase")
    assert found.unwell == {"up": "the log-in was refused: 401: unable to authenticate user [shop] for REST request"}
    assert "passphrase" not in found.said()
    assert look(url).unwell == {}


def test_a_password_that_nobody_declared_is_our_own_fault(serve, tmp_path):
    """The cluster asks for one: that is a gap in the file, and no fault of the cluster."""
    found = judged(tmp_path, "elasticsearch", {"url": serve()[0]}, {})
    assert found.unwell["up"].startswith("? no password is declared, and the cluster answered 401: unable")


def test_an_api_key_takes_the_place_of_a_password(tmp_path, servers):
    """It is sent as ApiKey, and is in no text."""
    cluster = FakeCluster(log_in=False)
    served = servers.http(cluster.answer)
    section = {"url": served.url, "api_key": "${ES_API_SECRET}"}
    found = judged(tmp_path, "elasticsearch", section, {"ES_API_SECRET": "the-encoded-key"})
    assert found.unwell == {}
    assert {asked.headers["authorization"] for asked in served.asked} == {"ApiKey the-encoded-key"}
    assert "the-encoded-key" not in found.said()


#: A fault -> what the cluster says, what is unwell; the twin of all is `serve()`.
FAULTS = [
    (
        "replicas that are not assigned",
        {"health": health(status="yellow", unassigned_shards=2)},
        {"status": "'yellow', wanted = 'green'", "shards.unassigned": "2, wanted = 0"},
    ),
    (
        "red",
        {"health": health(status="red", timed_out=True)},
        {"status": "'red' (the cluster did not answer itself in time), wanted = 'green'"},
    ),
    ("a node is missing", {"health": health(number_of_nodes=2)}, {"nodes": "2, wanted >= 3"}),
    ("no word of nodes", {"health": health(number_of_nodes=None)}, {"nodes": "? no value was returned"}),
    ("a truth for a number", {"health": health(unassigned_shards=False)}, {"shards.unassigned": "? no value"}),
    (
        "another colour",
        {"health": health(status="blue")},
        {"up": "what it answered says nothing of a cluster's health"},
    ),
    ("no health", {"health": {}}, {"up": "what it answered says nothing of a cluster's health"}),
    ("a list", {"health": []}, {"up": "what it answered to /_cluster/health is no JSON object"}),
    ("no JSON", {"root": "<html>"}, {"up": "it answered 200 with what is not JSON: <html>"}),
    ("an empty body", {"root": ""}, {"up": "it answered 200 with what is not JSON: nothing"}),
    ("no version", {"root": {"tagline": "You Know"}}, {"version": "? the answer to / names no version"}),
    (
        "a disk over the low mark",
        {"disks": disks(0.2, 0.86)},
        {"disk.used": "86 % (es-1), wanted <= 80 %", "disk.over_low": "1 (es-1), wanted = 0"},
    ),
    (
        "two disks over the flood stage",
        {"disks": disks(0.96, 0.97)},
        {
            "disk.used": "97 % (es-1), wanted <= 80 %",
            "disk.over_low": "2 (es-0, es-1), wanted = 0",
            "disk.over_high": "2 (es-0, es-1), wanted = 0",
            "disk.over_flood": "2 (es-0, es-1), wanted = 0",
        },
    ),
    ("a mark in bytes", {"marks": marks(low="600kb")}, {"disk.over_low": "1 (es-1), wanted = 0"}),
    ("a mark set at run time", {"marks": marks(low="40%")}, {"disk.over_low": "1 (es-1), wanted = 0"}),
    (
        "no mark",
        {"marks": {}},
        dict.fromkeys(("disk.over_low", "disk.over_high", "disk.over_flood"), "? the cluster names"),
    ),
    ("a mark that is none", {"marks": marks(low="much")}, {"disk.over_low": "? the watermark 'much' can't be read"}),
    ("a mark beyond the disk", {"marks": marks(low="850%")}, {"disk.over_low": "? the watermark '850%' is no share"}),
    (
        "disks that this user may not see",
        {"refuses": ("GET", "stats")},
        dict.fromkeys(
            ("disk.used", "disk.over_low", "disk.over_high", "disk.over_flood"), "? the disks are not known: it"
        ),
    ),
    (
        "a node without a disk",
        {"disks": {"nodes": {"a": {"name": "es-0", "fs": {}}}}},
        dict.fromkeys(
            ("disk.used", "disk.over_low", "disk.over_high", "disk.over_flood"),
            "? the disks are not known: the node a does not say how large its disk is",
        ),
    ),
    (
        "a disk that is no number",
        {"disks": '{"nodes":{"a":{"fs":{"total":{"total_in_bytes":9,"available_in_bytes":NaN}}}}}'},
        dict.fromkeys(
            ("disk.used", "disk.over_low", "disk.over_high", "disk.over_flood"),
            "? the disks are not known: the node a does not say how large its disk is",
        ),
    ),
    (
        "no node",
        {"disks": {"nodes": {}}},
        dict.fromkeys(
            ("disk.used", "disk.over_low", "disk.over_high", "disk.over_flood"), "? the disks are not known: the"
        ),
    ),
    (
        "marks that this user may not see",
        {"refuses": ("GET", "settings")},
        dict.fromkeys(
            ("disk.over_low", "disk.over_high", "disk.over_flood"), "? the watermarks are not known: it answered"
        ),
    ),
    (
        "an index that may not be made",
        {"refuses": ("PUT", r"probe-\w+$")},
        {
            "write.indexed": "it answered 403: action is unauthorized for user [shop]",
            "write.found": "? was not measured in this run",
            "write.deleted": "? was not measured in this run",
        },
    ),
    (
        "a document that may not be written",
        {"refuses": ("PUT", "_doc")},
        {"write.indexed": "it answered 403: ", "write.found": "? was not measured in this run"},
    ),
    ("a search that finds nothing", {"loses": True}, {"write.found": "the search did not find the document"}),
    (
        "an index that may not be deleted",
        {"refuses": ("DELETE", "")},
        {"write.deleted": "the index tidegate-probe-"},
    ),
]


@pytest.mark.parametrize(("says", "unwell"), [pytest.param(*rest, id=name) for name, *rest in FAULTS])
def test_a_fault_of_the_cluster_is_its_own_judgement(look, serve, says, unwell):
    """And nobody else's; the twin without it passes, with the same limits."""
    section = {"allow_writes": True, "limits": {"nodes": ">= 3", "version": "~ ."}}
    url, cluster = serve(**says)
    found = look(url, **section).unwell
    assert found.keys() == unwell.keys(), found
    assert all(found[part].startswith(words) for part, words in unwell.items()), found
    if says.get("refuses", ("",))[0] != "DELETE":
        assert cluster.indices == {}
    assert look(serve()[0], **section).unwell == {}


def test_a_cluster_that_is_not_there_is_down(look, dead_port):
    """The words are the operating system's."""
    assert look(f"http://127.0.0.1:{dead_port}").unwell == {"up": "connection refused"}


def test_a_cluster_that_hangs_is_down_in_time(look, servers):
    """It accepts the connection and says nothing; and one that says half of it is no better."""

    async def silent(reader, writer):
        await asyncio.sleep(30)

    async def halting(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        await asyncio.sleep(30)

    for talk in (silent, halting):
        began = time.monotonic()
        assert look(servers.raw(talk).url, timeout="1s").unwell == {"up": "no answer within 1 s to GET /"}
        assert time.monotonic() - began < 4


def test_a_certificate_is_verified(look, servers, authority, stranger):
    """The twin trusts the right authority."""
    url = servers.http(FakeCluster().answer, tls=authority.server("127.0.0.1")).url
    assert look(url, tls={"ca_file": authority.file}).unwell == {}
    found = look(url, tls={"ca_file": stranger.file})
    assert found.unwell["up"].startswith("the certificate was refused: ")


@pytest.mark.parametrize(
    ("text", "more", "total", "bytes_needed"),
    [
        ("85%", {}, 1000, 150),
        ("0.85", {}, 1000, 150),
        ("100b", {}, 1000, 100),
        ("2gb", {}, 1000, 2 * 2**30),
        ("85%", {"low.max_headroom": "100b"}, 1000, 100),
        ("85%", {"low.max_headroom": "-1"}, 1000, 150),
        ("85%", {"low.max_headroom": "1tb"}, 1000, 150),
    ],
)
def test_a_watermark_is_read_as_the_cluster_reads_it(text, more, total, bytes_needed):
    """A share of the disk, bounded by the headroom, or an amount."""
    settings = {f"{WATERMARK}low": text, **{WATERMARK + key: value for key, value in more.items()}}
    assert needed(settings, "low", total) == pytest.approx(bytes_needed)


def test_what_was_set_last_outweighs_the_defaults():
    """transient, persistent, defaults: in this order."""
    document = {"defaults": {"a": "1", "b": "1", "c": "1"}, "persistent": {"a": "2", "b": "2"}, "transient": {"a": "3"}}
    assert settings_in(document) == {"a": "3", "b": "2", "c": "1"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["nodes", "fs", "total", "x"]), inner),
    max_leaves=8,
)


@given(JSON)
def test_no_document_breaks_the_reader_of_disks(document):
    """Whatever it holds: disks, or one ValueError."""
    try:
        assert all(disk.total > 0 for disk in disks_in(document))
    except ValueError as error:
        assert str(error)  # noqa: PT017 - both ways out are right


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader_of_watermarks(text):
    """An amount, or one ValueError."""
    try:
        assert needed({f"{WATERMARK}low": text}, "low", 1000) == pytest.approx(500, abs=float("inf"))
    except ValueError as error:
        assert str(error)  # noqa: PT017 - both ways out are right


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"url": "es:9200"}, "url: 'es:9200' is not a URL"),
        ({"url": "https://a:b@es"}, "url: the address holds a log-in"),
        ({"url": "https://es", "user": "shop"}, "user: a user and a password belong together"),
        ({"url": "https://es", "password": "x"}, "password: a password can't stand in the file"),
        ({"url": "https://es", "limits": {"statuss": "= green"}}, "limits.statuss: 'statuss' is not measured here"),
        ({"url": "https://es", "limits": {"status": "= true"}}, "limits.status: "),
    ],
)
def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path, section, problem):
    """One clear error with its key."""
    found = problems(tmp_path, "elasticsearch", section, {})
    assert len(found) == 1
    assert found[0].startswith(problem)
