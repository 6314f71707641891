"""S3-compatible stores: a bucket is listed, its settings are read, and an object of our own is put, got and deleted.

Nothing is put unless writes are allowed.
"""

import re
import secrets
import time as clock
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from botocore import exceptions

from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured
from checks.services.s3_client import code_of, new_client, why, words_of
from checks.services.s3_probe import S3Probe
from checks.services.seam import Visit

_BLOCKS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
#: The store's way of saying that a setting was never made.
_UNSET: Final = frozenset(
    {
        "ServerSideEncryptionConfigurationNotFoundError",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchBucketPolicy",
    }
)
_SIZE: Final = 4096
#: The names of our objects, and the seconds after which nobody can still be looking.
_MADE: Final = re.compile(r"[0-9a-f]{16}")
_OLD: Final = 900


def look(probe: S3Probe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.up`, `.response_time`, `.bucket.exists`, `.versioning`, `.encryption`, `.public.*`, `.write.*`.

    Up is who answers a signed request about this bucket, even by saying that there is none. Raises Down, Unmeasured.
    """
    client = new_client(probe, visit)
    try:
        yield from _look(probe, visit, client)
    except (exceptions.BotoCoreError, exceptions.ClientError) as error:
        raise why(error, visit) from None
    finally:
        client.close()


def _look(probe: S3Probe, visit: Visit, client: Any) -> Iterator[Evidence]:
    missing = ""
    with visit.asking(f"a list of the bucket {probe.bucket}"):
        try:
            # Not HeadBucket: its refusals have no words.
            listed = client.list_objects_v2(Bucket=probe.bucket, Prefix=probe.prefix, MaxKeys=1)
            # botocore takes any page for a list of nothing.
            if not listed.get("Name"):
                raise Down("what it answered is no list of a bucket")
        except exceptions.ClientError as error:
            if code_of(error) == "AccessDenied" and not (probe.access_key or probe.ambient):
                words = f"no keys are declared, and the store said: {words_of(error)}"
                raise Unmeasured(words, "write `access_key:` and `secret_key: ${VAR}`") from None
            if code_of(error) != "NoSuchBucket":
                raise
            missing = f"the store said: {words_of(error)}"
    yield visit.reading("up", True, "bool")
    yield visit.reading("response_time", round(clock.monotonic() - visit.began, 6), "s")
    yield visit.reading("bucket.exists", not missing, "bool", missing)
    if missing:
        return
    yield from _settings(probe, visit, client)
    if probe.allow_writes:
        yield from _write(probe, visit, client)


def _settings(probe: S3Probe, visit: Visit, client: Any) -> Iterator[Evidence]:
    bucket = probe.bucket
    asks: Mapping[str, tuple[Callable[[], bool | str], bool | str]] = {
        "versioning": (lambda: str(client.get_bucket_versioning(Bucket=bucket).get("Status", "off")).lower(), "off"),
        "encryption": (lambda: _algorithm(client.get_bucket_encryption(Bucket=bucket)), "none"),
        "public.blocked": (lambda: _is_blocked(client.get_public_access_block(Bucket=bucket)), False),
        "public.policy": (lambda: _is_public(client.get_bucket_policy_status(Bucket=bucket)), False),
    }
    for part, (ask, unset) in asks.items():
        if part in probe.settings:
            yield _setting(visit, part, ask, unset)


def _setting(visit: Visit, part: str, ask: Callable[[], bool | str], unset: bool | str) -> Evidence:
    """One setting. What was never made has the value `unset`; what a store does not know or not show is a Gap."""
    with visit.asking(f"its setting {part}"):
        try:
            value = ask()
        except exceptions.ClientError as error:
            if code_of(error) not in _UNSET:
                words = f"the store said: {words_of(error)}"
                return visit.gap(part, words, "may these keys read it, and has this store such a setting?")
            value = unset
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            return visit.gap(part, f"the store's answer lacks {error}")
    return visit.reading(part, value, "text" if isinstance(value, str) else "bool")


def _algorithm(answer: Any) -> str:
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    return str(rule["SSEAlgorithm"])


def _is_blocked(answer: Any) -> bool:
    return all(answer["PublicAccessBlockConfiguration"].get(key) is True for key in _BLOCKS)


def _is_public(answer: Any) -> bool:
    return bool(answer["PolicyStatus"]["IsPublic"])


def _write(probe: S3Probe, visit: Visit, client: Any) -> Iterator[Evidence]:
    """`NAME.write.put`, and where it was, `NAME.write.same` and `NAME.write.deleted`."""
    _delete_old(probe, visit, client)
    key, body = f"{probe.prefix.rstrip('/')}/{secrets.token_hex(8)}", secrets.token_bytes(_SIZE)
    place: dict[str, str] = {"Bucket": probe.bucket, "Key": key}
    with visit.asking("an object that is put"):
        try:
            put = client.put_object(**place, Body=body)
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            yield _failed(visit, "write.put", error)
            return
    yield visit.reading("write.put", True, "bool")
    with visit.asking("the object that was put"):
        try:
            came = client.get_object(**place)["Body"].read(_SIZE + 1)
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            yield _failed(visit, "write.same", error)
        else:
            words = "" if came == body else "what was got is not what was put"
            yield visit.reading("write.same", came == body, "bool", words)
    with visit.asking("the deletion of the object"):
        try:
            # Where objects have versions, deleting without one would keep the object and add a mark.
            version = {"VersionId": put["VersionId"]} if put.get("VersionId") else {}
            client.delete_object(**place, **version)
        except (exceptions.ClientError, exceptions.BotoCoreError) as error:
            yield _failed(visit, "write.deleted", error, f"s3://{probe.bucket}/{key} is left: ")
        else:
            yield visit.reading("write.deleted", True, "bool")


def _delete_old(probe: S3Probe, visit: Visit, client: Any) -> None:
    """Delete what a look that was killed left behind. Where that fails, it is no matter of this look."""
    before = probe.prefix.rstrip("/") + "/"
    with visit.asking("objects of earlier looks"), suppress(exceptions.ClientError):
        listed = client.list_objects_v2(Bucket=probe.bucket, Prefix=before).get("Contents", [])
        for entry in listed:
            is_old = clock.time() - entry["LastModified"].timestamp() > _OLD
            if is_old and _MADE.fullmatch(entry["Key"].removeprefix(before)):
                client.delete_object(Bucket=probe.bucket, Key=entry["Key"])


def _failed(visit: Visit, part: str, error: Exception, before: str = "") -> Evidence:
    reason: AttemptError = why(error, visit)
    found = visit.failed(reason, part)
    return found if not before else visit.reading(part, False, "bool", before + reason.words)
