"""`${demo.x}`: valid where the demo target is started, kept until it runs, then filled in and checked again."""

import pytest

from checks.secrets import Secret
from demo.target import ADDRESS_NAMES
from gates.environment import is_late, load, substitute
from gates.environment.find import PACKAGED
from gates.environment.late import LATE
from gates.errors import ConfigurationError

ADDRESSES = {
    "url": "http://127.0.0.1:8001",
    "tls_url": "https://127.0.0.1:8002",
    "host": "127.0.0.1",
    "port": "8001",
    "tls_host": "127.0.0.1",
    "tls_port": "8002",
    "ca_file": "ca.pem",
    "replica_1_url": "http://127.0.0.1:8003",
    "replica_2_url": "http://127.0.0.1:8004",
    "sources": "sources",
    "python": "python3",
}
TEXT = """\
service: shop
demo:
base_url: ${demo.url}
gates: {health: {}}
endpoints:
  a: {http: "/x?key=${MY_TOKEN}", headers: {X-A: "${demo.host} ${MY_TOKEN}"}}
  b: {tcp: "${demo.host}:${demo.port}"}
  c: {tls: "${demo.tls_host}:${demo.tls_port}", options: {ca_file: "${demo.ca_file}"}}
  d: {http: "http://${demo.host}:${demo.port}/x"}
"""


def test_the_addresses_are_those_that_the_target_gives():
    """What a file may name is what the demo target has, no more and no less."""
    assert set(LATE) == set(ADDRESS_NAMES) == set(ADDRESSES)


def test_addresses_are_kept_until_the_target_runs(read, folder):
    """The file is valid before the target runs; afterwards every address is there, the secrets are still wrapped."""
    loaded = read(TEXT, {"MY_TOKEN": "hunter22"})
    assert loaded.model.base_url == "${demo.url}"
    assert is_late(loaded.model.endpoints["b"].target)
    (folder / "ca.pem").write_text("x")
    model = loaded.resolve_demo(ADDRESSES).model
    assert model.base_url == "http://127.0.0.1:8001"
    assert model.endpoints["b"].target == "127.0.0.1:8001"
    assert model.endpoints["c"].tls_options.ca_file == folder / "ca.pem"
    assert model.endpoints["d"].target == "http://127.0.0.1:8001/x"
    assert model.endpoints["a"].headers["X-A"] == Secret("127.0.0.1 hunter22")
    assert loaded.model.base_url == "${demo.url}"


def test_what_the_target_gives_is_checked_as_well(read):
    """An authority file that is not there after the start is an error with its place, not a later traceback."""
    with pytest.raises(ConfigurationError, match=r"env.yaml:8:\d+: endpoints.c.options.ca_file: there is no .*ca.pem"):
        read(TEXT, {"MY_TOKEN": "hunter22"}).resolve_demo(ADDRESSES)


def test_a_missing_address_is_not_filled_with_nothing():
    """A target that does not give what the file needs is a defect, and said so."""
    assert substitute("x ${demo.url} y", {"url": "u"}) == "x u y"
    assert substitute("x ${other.url} y", {}) == "x ${other.url} y"
    with pytest.raises(ValueError, match="gave no address 'url'"):
        substitute("${demo.url}", {})


def test_the_shipped_demo_is_whole_when_its_target_runs(tmp_path):
    """No address of the shipped file stays open."""
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text("x")
    loaded = load(str(PACKAGED / "demo.yaml"), environ={})
    model = loaded.resolve_demo({**ADDRESSES, "ca_file": str(ca_file)}).model
    assert "${demo" not in repr(model)
    assert model.url(model.endpoints["health"].http) == "http://127.0.0.1:8001/health"


def test_without_a_demo_section_its_addresses_are_unknown(broken):
    """Removing `demo:` in an extending file makes them an error, not an empty text."""
    base = "service: shop\ndemo: {}\nbase_url: ${demo.url}\ngates: {health: {}}\n"
    error = broken("extends: base.yaml\ndemo: ~\n", files={"base.yaml": base})
    assert (error.file, error.key) == ("base.yaml", "base_url")
    assert "only where the environment has a `demo:` section" in str(error)
