"""S3-compatible stores, by moto's server: each fault is one judgement, and its twin without the fault passes."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore import exceptions

from checks.failures import Down, Unmeasured
from checks.services import s3
from checks.services.s3_client import why
from checks.services.s3_probe import S3Probe
from checks.services.seam import Visit
from tests.checks.services.moto_store import Store, running
from tests.checks.services.plain_judging import Judged, judged, problems

SECRET = {"S3_SECRET": "the-secret-of-the-key"}
LISTING = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>plain</Name></ListBucketResult>'
BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with running() as started:
        client = started.client
        for bucket in ("plain", "kept"):
            client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
        client.put_public_access_block(Bucket="kept", PublicAccessBlockConfiguration=BLOCKED)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        client.put_bucket_encryption(Bucket="kept", ServerSideEncryptionConfiguration={"Rules": [rule]})
        client.close()
        yield started


@pytest.fixture
def client(store: Store) -> Iterator[object]:
    made = store.client
    yield made
    made.close()


@pytest.fixture
def look(store: Store, tmp_path: Path) -> Callable[..., Judged]:
    def look(**section: object) -> Judged:
        whole = {
            "bucket": "plain",
            "endpoint": store.url,
            "access_key": "AKIAEXAMPLE",
            "secret_key": "${S3_SECRET}",
            "path_style": True,
            "timeout": "6s",
            **section,
        }
        return judged(tmp_path, "s3", {key: value for key, value in whole.items() if value is not None}, SECRET)

    return look


def test_a_bucket_that_is_well_passes(look, client):
    """An object is put, got, compared and deleted; the secret is in no text."""
    found = look(allow_writes=True)
    assert found.unwell == {}
    assert set(found.judgements) == {"up", "bucket.exists", "write.put", "write.same", "write.deleted"}
    assert client.list_objects_v2(Bucket="plain")["KeyCount"] == 0
    assert SECRET["S3_SECRET"] not in found.said()


def test_nothing_is_put_unless_allowed(look):
    """A list, and no more."""
    assert set(look().parts) == {"up", "response_time", "bucket.exists"}


def test_where_objects_have_versions_nothing_is_left_either(look, client):
    """Deleting without the version would keep the object, and add a mark."""
    assert look(bucket="kept", allow_writes=True).unwell == {}
    versions = client.list_object_versions(Bucket="kept")
    assert (versions.get("Versions"), versions.get("DeleteMarkers")) == (None, None)


def test_what_a_killed_look_left_is_deleted_by_the_next_one(look, client, monkeypatch):
    """Only what has a name of ours, under our prefix, and is old."""
    keys = [f"tidegate-probe/{'0' * 16}", "tidegate-probe/of-somebody", "invoices/0"]
    for key in keys:
        client.put_object(Bucket="plain", Key=key, Body=b"x")

    def left() -> list[str]:
        return [entry["Key"] for entry in client.list_objects_v2(Bucket="plain").get("Contents", [])]

    assert look(allow_writes=True).unwell == {}
    assert left() == sorted(keys)
    monkeypatch.setattr(s3, "_OLD", -60)
    assert look(allow_writes=True).unwell == {}
    assert left() == sorted(keys[1:])
    for key in keys[1:]:
        client.delete_object(Bucket="plain", Key=key)


def test_a_missing_bucket_is_one_failure(look):
    """The store is up: it said that there is none. Nothing else of it is judged."""
    found = look(bucket="nowhere", allow_writes=True)
    assert found.unwell == {"bucket.exists": "the store said: NoSuchBucket: The specified bucket does not exist"}


def test_keys_that_nobody_declared_are_our_own_fault(look, servers):
    """The store asks for them: that is a gap in the file, and no fault of the store."""
    refusal = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    url = servers.http(_xml(refusal, 403)).url
    found = look(endpoint=url, access_key=None, secret_key=None)
    assert found.unwell == {"up": "? no keys are declared, and the store said: AccessDenied: Access Denied"}
    assert look(endpoint=url).unwell == {"up": "the store said: AccessDenied: Access Denied"}


def test_a_wrong_key_is_down_in_the_stores_words(look, store):
    """The twin is the store that does not look."""
    with store.checking_keys():
        found = look()
    assert found.unwell == {
        "up": "the log-in was refused: InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our "
        "records."
    }
    assert look().unwell == {}


@pytest.mark.parametrize(
    ("wanted", "unwell"),
    [
        ({"versioning": "enabled"}, {"versioning": "'off', wanted = 'enabled'"}),
        ({"encryption": "AES256"}, {"encryption": "'none', wanted = 'AES256'"}),
        ({"private": True}, {"public.blocked": "no, wanted = yes"}),
        ({"limits": {"public.blocked": "= true"}}, {"public.blocked": "no, wanted = yes"}),
    ],
    ids=["versioning", "encryption", "private", "limit"],
)
def test_settings_are_judged_as_declared(look, wanted, unwell):
    """`plain` has none of them; `kept`, the twin, has them all."""
    assert look(**wanted).unwell == unwell
    assert look(bucket="kept", **wanted).unwell == {}


def test_a_policy_that_opens_the_bucket_fails(look, client, monkeypatch):
    """moto does not tell the status of policies, so this answer is put into its mouth."""
    probe = S3Probe(name="it", bucket="plain", endpoint="http://127.0.0.1:1", settings=frozenset({"public.policy"}))
    for is_public in (True, False):
        fake = SimpleNamespace(get_bucket_policy_status=lambda Bucket, p=is_public: {"PolicyStatus": {"IsPublic": p}})
        (found,) = s3._settings(probe, Visit(probe), fake)
        assert found.value is is_public


@pytest.mark.parametrize("answer", [{}, {"PolicyStatus": {}}, {"PolicyStatus": None}, []])
def test_a_setting_that_is_not_said_is_a_gap(answer):
    """An answer of another form is no "not public"."""
    probe = S3Probe(name="it", bucket="plain", endpoint="http://127.0.0.1:1", settings=frozenset({"public.policy"}))
    fake = SimpleNamespace(get_bucket_policy_status=lambda Bucket: answer)
    (found,) = s3._settings(probe, Visit(probe), fake)
    assert found.reason.startswith("the store's answer lacks")


def test_a_setting_that_the_keys_may_not_read_is_a_gap():
    """Permissions are ours, and a store may not have the setting at all."""
    probe = S3Probe(name="it", bucket="plain", endpoint="http://127.0.0.1:1", settings=frozenset({"encryption"}))

    def refuse(Bucket: str) -> None:
        raise exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetEncryption")

    (found,) = s3._settings(probe, Visit(probe), SimpleNamespace(get_bucket_encryption=refuse))
    assert found.reason == "the store said: AccessDenied: Access Denied"


def test_a_store_that_is_not_there_is_down(look, dead_port):
    """The words are the operating system's, below three libraries."""
    assert look(endpoint=f"http://127.0.0.1:{dead_port}").unwell == {"up": "connection refused"}
    assert look(endpoint="http://nobody.invalid").unwell == {"up": "its name does not resolve"}


def test_a_paused_store_is_down_in_time(look, store):
    """It accepts the connection and says nothing."""
    with store.paused():
        began = time.monotonic()
        found = look(timeout="1s")
        took = time.monotonic() - began
    assert found.unwell == {"up": "no answer within 1 s to a list of the bucket plain"}
    assert took < 4
    assert look().unwell == {}


def test_a_store_that_drips_is_down_in_time(look, servers):
    """A byte now and then keeps every single read alive."""

    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.2)

    began = time.monotonic()
    assert look(endpoint=servers.raw(drip).url, timeout="1s").unwell.keys() == {"up"}
    assert time.monotonic() - began < 5


def test_what_is_no_store_is_down(look, servers):
    """A web server answers everything with its page."""
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"
    assert look(endpoint=servers.http(page).url).unwell == {"up": "what it answered is no list of a bucket"}
    missing = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    assert look(endpoint=servers.http(missing).url).unwell == {"up": "the store said: 404: Not Found"}
    assert look(endpoint=servers.http(b"SSH-2.0-x\r\n").url, timeout="2s").unwell.keys() == {"up"}


def test_an_object_that_comes_back_changed_fails(servers, tmp_path):
    """A store that answers what nobody put. The twin is moto."""

    def answer(asked) -> bytes:
        method, path, _ = asked.line.split()
        return _xml(LISTING if "list-type=2" in path else "another" if method == "GET" else "")

    section = {
        "bucket": "plain",
        "endpoint": servers.http(answer).url,
        "path_style": True,
        "allow_writes": True,
        "access_key": "a",
        "secret_key": "${S3_SECRET}",
    }
    assert judged(tmp_path, "s3", section, SECRET).unwell == {"write.same": "what was got is not what was put"}


def test_an_object_that_may_not_be_put_fails(servers, look):
    """And nothing is got or deleted then."""
    refusal = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

    def answer(asked) -> bytes:
        return _xml(refusal, 403) if asked.line.startswith("PUT") else _xml(LISTING)

    served = servers.http(answer)
    found = look(endpoint=served.url, allow_writes=True)
    assert found.unwell == {
        "write.put": "the store said: AccessDenied: Access Denied",
        "write.same": "? was not measured in this run",
        "write.deleted": "? was not measured in this run",
    }
    assert not [asked.line for asked in served.asked if asked.line.startswith("DELETE")]


def test_nothing_of_this_machine_is_used_unless_permitted(look, servers, monkeypatch, tmp_path):
    """Keys, profile, endpoint and proxy of the environment are left alone; with `ambient` the keys are sent."""
    served = servers.http(_xml(LISTING))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAAMBIENT",
        "AWS_SECRET_ACCESS_KEY": "ambient-secret",
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    keyless = {"endpoint": served.url, "access_key": None, "secret_key": None}
    assert look(**keyless).unwell == {}
    assert "authorization" not in served.asked[-1].headers
    for name in ("AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert look(**keyless, ambient=True).unwell == {}
    assert "AKIAAMBIENT" in served.asked[-1].headers["authorization"]


def test_a_machine_without_credentials_is_our_own_fault(look, monkeypatch, tmp_path):
    """`ambient` promised keys, and there are none: a Gap."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    found = look(access_key=None, secret_key=None, ambient=True)
    assert found.unwell["up"].startswith("? this machine has no credentials: ")


def test_a_certificate_is_verified(look, servers, authority, stranger):
    """The twin trusts the right authority."""
    url = servers.http(_xml(LISTING), tls=authority.server("127.0.0.1")).url
    assert look(endpoint=url, tls={"ca_file": authority.file}).unwell == {}
    assert look(endpoint=url, tls={"ca_file": stranger.file}).unwell["up"].startswith("the certificate was refused: ")


def test_errors_that_nobody_foresaw_are_our_own():
    """A Gap with the library's words, and never a pass."""
    probe = S3Probe(name="it", bucket="plain", endpoint="http://127.0.0.1:1")
    assert isinstance(why(exceptions.ParamValidationError(report="bad"), Visit(probe)), Unmeasured)
    assert isinstance(why(RuntimeError("x"), Visit(probe)), Unmeasured)
    assert isinstance(why(exceptions.ClientError({}, "X"), Visit(probe)), Down)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"bucket": "b"}, ": without an endpoint it is AWS, which needs a region"),
        ({"bucket": "b", "endpoint": "s3:9000"}, "endpoint: 's3:9000' is not a URL"),
        ({"bucket": "b", "endpoint": "http://a:b@s3"}, "endpoint: the address holds a log-in"),
        ({"bucket": "b", "region": "r", "access_key": "a"}, ": an access key and a secret key belong together"),
        ({"bucket": "b", "region": "r", "secret_key": "x"}, "secret_key: a password can't stand in the file"),
        ({"bucket": "b", "region": "r", "prefix": "/"}, ": a prefix keeps what is written apart"),
        ({"bucket": "b", "region": "r", "versioning": "on"}, "versioning: 'on' is not known"),
        (
            {"bucket": "b", "region": "r", "versioning": "off", "limits": {"versioning": "= off"}},
            "limits.versioning: 'versioning' is wanted twice",
        ),
    ],
)
def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path, section, problem):
    """One clear error with its key."""
    found = problems(tmp_path, "s3", section, {})
    assert len(found) == 1
    assert found[0].startswith(problem)


def _xml(body: str, status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()
