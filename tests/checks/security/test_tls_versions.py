"""Which versions of TLS a real server accepts."""

import contextlib
import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Gap
from checks.probes import TlsProbe
from checks.security.client_hello import VERSIONS, Said, client_hello, read_reply
from checks.security.probes import TlsVersionsProbe

V = ssl.TLSVersion
NAMES = list(VERSIONS)


@pytest.fixture
def blocking():
    """A server in threads: OpenSSL's own alerts reach the client, which asyncio's server cuts off."""
    stopping = threading.Event()
    sockets, threads = [], []

    def serve(talk):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(0.1)
        sockets.append(listener)

        def one(client):
            client.settimeout(5)
            with client, contextlib.suppress(OSError):
                talk(client)

        def start(target, *args):
            threads.append(threading.Thread(target=target, args=args, daemon=True))
            threads[-1].start()

        def run():
            while not stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    start(one, listener.accept()[0])

        start(run)
        return listener.getsockname()[1]

    yield serve
    stopping.set()
    while threads:
        threads.pop().join(10)
    for listener in sockets:
        listener.close()


def context(authority, low, high, ciphers="ALL:@SECLEVEL=0"):
    """A server's context for versions from `low` to `high`, old ones too."""
    made = authority.server("127.0.0.1")
    made.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the versions that are to be found out
        made.minimum_version, made.maximum_version = low, high
    return made


def shaking(made):
    """A talk that is one handshake; where it fails, OpenSSL's alert has been sent."""

    def talk(client):
        with made.wrap_socket(client, server_side=True) as tls:
            tls.recv(1)

    return talk


def accepted(found):
    """What is accepted, by version."""
    return {name: found[f"tls.accepts.{name}"].value for name in NAMES}


def look(seen, port, timeout=5.0):
    """The evidence of the server at a port."""
    return seen(TlsVersionsProbe(TlsProbe("door", "127.0.0.1", port, timeout=timeout)))


def test_a_dead_port_is_down(seen, dead_port):
    """Nothing listens: that no version is accepted is not said of it."""
    found = look(seen, dead_port)
    assert list(found) == ["up"]
    assert (found["up"].value, found["up"].detail) == (False, "connection refused")


def test_what_speaks_no_tls_is_down(seen, blocking, answer):
    """A plain HTTP server refuses no version; it knows none."""
    found = look(seen, blocking(lambda client: (client.recv(4096), client.sendall(answer(400)))))
    assert list(found) == ["up"]
    assert found["up"].value is False
    assert "does not speak TLS" in found["up"].detail


def test_a_silent_server_is_down(seen, servers, answer):
    """It accepts, and never says a word: one timeout in all, not one for each version."""
    found = look(seen, servers.http(answer(200)).port, timeout=0.3)
    assert list(found) == ["up"]
    assert found["up"].value is False
    assert "no TLS handshake within 300 ms" in found["up"].detail


def test_who_hangs_up_at_everything_is_down(seen, blocking):
    """Hanging up refuses a version only where another one is accepted."""
    found = look(seen, blocking(lambda client: client.recv(1)))
    assert list(found) == ["up"]
    assert "no version of TLS is accepted" in found["up"].detail


@pytest.mark.parametrize(
    ("low", "high"),
    [(V.TLSv1_2, V.TLSv1_3), (V.TLSv1, V.TLSv1_3), (V.TLSv1_3, V.TLSv1_3), (V.TLSv1, V.TLSv1), (V.TLSv1_1, V.TLSv1_2)],
)
def test_each_version_is_told(seen, blocking, authority, low, high):
    """A real OpenSSL server is read right, whatever versions it is set to."""
    found = look(seen, blocking(shaking(context(authority, low, high))))
    order = [V.TLSv1, V.TLSv1_1, V.TLSv1_2, V.TLSv1_3]
    wanted = [order.index(low) <= index <= order.index(high) for index in range(4)]
    assert list(accepted(found).values()) == wanted
    refused = [name for name, yes in accepted(found).items() if not yes]
    for name in refused:
        assert found[f"tls.accepts.{name}"].detail.startswith("the server")


def test_a_server_that_hangs_up_at_old_versions_refuses_them(seen, servers, answer, authority):
    """asyncio's server sends no alert: it closes, and another version is accepted."""
    made = context(authority, V.TLSv1_2, V.TLSv1_3)
    found = look(seen, servers.http(answer(200), tls=made).port)
    assert accepted(found) == {"TLSv1": False, "TLSv1.1": False, "TLSv1.2": True, "TLSv1.3": True}


def test_silence_at_one_version_is_a_gap(seen, blocking, authority):
    """Nobody knows what a server that does not answer would have accepted."""
    made = context(authority, V.TLSv1_2, V.TLSv1_3)
    silent = []

    def talk(client):
        head = client.recv(2048, socket.MSG_PEEK)
        if head[9:11] == b"\x03\x01":
            silent.append(1)
            client.recv(4096), client.recv(1)
            return
        shaking(made)(client)

    found = look(seen, blocking(talk), timeout=1.0)
    assert silent
    assert isinstance(found["tls.accepts.TLSv1"], Gap)
    assert found["tls.accepts.TLSv1.2"].value is True


def test_another_alert_is_a_gap(seen, blocking, authority):
    """`internal error` is about the server, not about the version."""
    made = context(authority, V.TLSv1_2, V.TLSv1_3)

    def talk(client):
        if client.recv(2048, socket.MSG_PEEK)[9:11] == b"\x03\x01":
            client.recv(4096)
            client.sendall(b"\x15\x03\x01\x00\x02\x02\x50")
            return
        shaking(made)(client)

    found = look(seen, blocking(talk))
    assert isinstance(found["tls.accepts.TLSv1"], Gap)
    assert "internal error" in found["tls.accepts.TLSv1"].reason


def test_a_version_with_ciphers_that_we_lack_is_still_found(seen, blocking, authority):
    """A server that would speak TLS 1.0 with RC4 only answers our hello, and this machine's OpenSSL could not."""
    made = context(authority, V.TLSv1_3, V.TLSv1_3)
    random = b"\x07" * 32
    hello = b"\x03\x01" + random + b"\x00" + b"\x00\x05" + b"\x00"  # RSA with RC4-128
    message = b"\x02" + len(hello).to_bytes(3, "big") + hello

    def talk(client):
        head = client.recv(2048, socket.MSG_PEEK)
        if head[9:11] == b"\x03\x01":
            assert b"\x00\x05" in client.recv(4096)
            client.sendall(b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
            return
        shaking(made)(client)

    found = look(seen, blocking(talk))
    assert found["tls.accepts.TLSv1"].value is True


def test_what_is_agreed_on_is_read(seen, servers, answer, authority):
    """Cipher and version of a whole handshake, and the certificate's key."""
    found = look(seen, servers.http(answer(200), tls=authority.server("127.0.0.1")).port)
    assert found["tls.version"].value == "TLSv1.3"
    assert found["tls.cipher"].value.startswith("TLS_")
    assert (found["certificate.key_type"].value, found["certificate.key_bits"].value) == ("EC", 256)
    assert found["certificate.signature_hash"].value == "sha256"


@pytest.mark.parametrize(
    "case",
    [
        (lambda: rsa.generate_private_key(65537, 1024), hashes.SHA256(), ("RSA", 1024, "sha256")),
        (lambda: rsa.generate_private_key(65537, 2048), hashes.SHA384(), ("RSA", 2048, "sha384")),
        (lambda: ec.generate_private_key(ec.SECP384R1()), hashes.SHA256(), ("EC", 384, "sha256")),
        (ed25519.Ed25519PrivateKey.generate, None, ("Ed25519", 256, "ed25519")),
    ],
)
def test_the_strength_of_a_certificate(seen, servers, tmp_path, case):
    """Weak keys are read, too, where a careful client would refuse them."""
    key, hashed, wanted = case
    private, name = key(), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(7).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "pem").write_bytes(
        private.private_bytes(serialization.Encoding.PEM, *form)
        + builder.sign(private, hashed).public_bytes(serialization.Encoding.PEM)
    )
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.load_cert_chain(tmp_path / "pem")
    found = look(seen, servers.http(tls=made).port)
    parts = ("certificate.key_type", "certificate.key_bits", "certificate.signature_hash")
    assert tuple(found[part].value for part in parts) == wanted


@pytest.mark.parametrize("version", VERSIONS.values())
def test_a_reply_may_come_in_pieces(version):
    """Every beginning of a whole ServerHello asks for more, and the whole one says which version it is."""
    hello = b"\x03\x03" + b"\x01" * 32 + b"\x00" + b"\x13\x01" + b"\x00"
    hello += b"\x00\x06\x00\x2b\x00\x02" + version.to_bytes(2, "big")
    message = b"\x02" + len(hello).to_bytes(3, "big") + hello
    data = b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message
    for end in range(len(data)):
        assert read_reply(data[:end], version).said is Said.MORE
    assert read_reply(data, version).said is Said.ACCEPTED
    other = next(v for v in VERSIONS.values() if v != version)
    assert read_reply(data, other).said is Said.REFUSED


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.binary(max_size=120).map(lambda tail: b"\x16\x03\x03\x00\x60\x02\x00\x00\x50" + tail)
)
def test_no_reply_breaks_the_reader(data):
    """Whatever a server sends is one of the five things that can be said."""
    for version in VERSIONS.values():
        assert read_reply(data, version).said in Said


def test_a_hello_names_the_server():
    """A name is sent, an address is not."""
    assert b"shop.example.com" in client_hello(VERSIONS["TLSv1.2"], "shop.example.com")
    assert b"\x00\x00\x00" not in client_hello(VERSIONS["TLSv1.2"])[-60:-54]
