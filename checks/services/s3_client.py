"""A client of S3 that takes nothing from this machine unless it may, and its errors in the words of the store."""

import os
from typing import Any, Final

import botocore.session
from botocore import UNSIGNED, exceptions, parsers
from botocore.config import Config

from checks.failures import AttemptError, Down, Unmeasured, from_os_error
from checks.secrets import reveal
from checks.services.plain_patience import outlasting
from checks.services.s3_probe import S3Probe
from checks.services.seam import Visit
from checks.services.words import refused_login

#: No file and no profile of this machine, whatever its environment names: (key, variable, default, conversion).
_NOTHING: Final = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
#: What stores that are not AWS call themselves; it is a part of the signature only.
_REGION: Final = "us-east-1"


#: Ways to say that the keys are wrong (S3 API reference, "Error responses").
_REFUSED: Final = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"}
)


def new_client(probe: S3Probe, visit: Visit) -> Any:
    """Nothing is asked yet. Raises Unmeasured where the settings or the credentials of this machine don't serve."""
    session = botocore.session.Session(session_vars=None if probe.ambient else _NOTHING)
    limit = outlasting(visit)
    settings: dict[str, Any] = {
        "connect_timeout": limit,
        "read_timeout": limit,
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "s3": {"addressing_style": "path" if probe.path_style else "auto"},
        "user_agent_extra": "tidegate",
    }
    if not probe.ambient:
        settings |= {"ignore_configured_endpoint_urls": True, "proxies": {}}
    if not (probe.access_key or probe.ambient):
        settings["signature_version"] = UNSIGNED
    try:
        return session.create_client(
            "s3",
            region_name=probe.region or _REGION,
            endpoint_url=probe.endpoint or None,
            aws_access_key_id=reveal(probe.access_key) or None,
            aws_secret_access_key=reveal(probe.secret_key) if probe.secret_key else None,
            aws_session_token=reveal(probe.session_token) if probe.session_token else None,
            verify=(probe.ca_file or True) if probe.verify else False,
            config=Config(**settings),
        )
    except (exceptions.BotoCoreError, ValueError) as error:
        raise Unmeasured(f"the client refuses its settings: {error}") from None


def code_of(error: exceptions.ClientError) -> str:
    """The store's name of an error: `NoSuchBucket`; for an answer without a body the status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def words_of(error: exceptions.ClientError) -> str:
    """What the store said: `NoSuchBucket: The specified bucket does not exist`."""
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    words = [str(part) for part in (said.get("Code"), said.get("Message")) if part]
    return ": ".join(dict.fromkeys(words)) or f"status {status}"


def why(error: Exception, visit: Visit) -> AttemptError:
    """What the store did wrong, or our own side could not do."""
    match error:
        case exceptions.ClientError() if code_of(error) in _REFUSED:
            return refused_login(words_of(error))
        case exceptions.ClientError():
            return Down(f"the store said: {words_of(error)}")
        case exceptions.ConnectTimeoutError() | exceptions.ReadTimeoutError():
            return visit.timed_out()
        case (
            exceptions.NoCredentialsError()
            | exceptions.PartialCredentialsError()
            | exceptions.CredentialRetrievalError()
        ):
            return Unmeasured(f"this machine has no credentials: {error}", "give keys, or log this machine in")
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return _of_connection(error)
        case parsers.ResponseParserError():
            return Down("what it answered is not S3's")
        case exceptions.BotoCoreError():
            return Unmeasured(f"the client said: {error}")
        case _:
            return Unmeasured(f"the check itself failed: {type(error).__name__}: {error}")


def _of_connection(error: Exception) -> AttemptError:
    """The error of the operating system or of TLS is inside urllib3's, which is inside botocore's."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        at = waiting.pop(0)
        if not isinstance(at, BaseException) or id(at) in seen:
            continue
        seen.add(id(at))
        if isinstance(at, OSError) and not type(at).__module__.startswith(("botocore", "urllib3")):
            return from_os_error(at)
        given = getattr(at, "kwargs", {})
        waiting += [at.__cause__, at.__context__, getattr(at, "reason", None), given.get("error"), *at.args]
    return Down(str(error))
