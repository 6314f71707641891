"""TLS contexts: one for each way to trust, the same for the sweep and for journeys."""

import functools
import ssl
from pathlib import Path

from checks.failures import Unmeasured


@functools.cache
def client_context(ca_file: str = "", *, verify: bool = True, check_name: bool = True) -> ssl.SSLContext:
    """The shared context of the sweep for these options; see `new_client_context`."""
    return new_client_context(ca_file, verify=verify, check_name=check_name)


def new_client_context(ca_file: str = "", *, verify: bool = True, check_name: bool = True) -> ssl.SSLContext:
    """A context that trusts the authorities in `ca_file`, or the system's where it is empty.

    Where the system has no store at all, the authorities that come with `requests` (certifi) are trusted.
    Raises Unmeasured where the file can't be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context.check_hostname = check_name
    try:
        if ca_file:
            context.load_verify_locations(cafile=ca_file)
        else:
            _load_system_store(context)
    except (OSError, ssl.SSLError) as error:
        words = getattr(error, "strerror", "") or "it holds no certificate in PEM form"
        raise Unmeasured(f"the authorities in {ca_file or 'the system'} can't be read: {words}") from None
    return context


def _load_system_store(context: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    has_files = bool(paths.capath) and any(Path(paths.capath).iterdir())
    if paths.cafile or has_files:
        context.load_default_certs()
        return
    import certifi

    context.load_verify_locations(cafile=certifi.where())
