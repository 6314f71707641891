"""How data services are reached: the reader of their addresses, of passwords, and how a certificate is checked."""

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import Field

from checks.secrets import Secret, reveal
from checks.services.url import ServiceUrl, parse_service_url
from gates.environment.fields import ExistingPath, Flag, Reader
from gates.environment.late import is_late
from gates.environment.readers import Sendable, kind_of, read_text
from gates.environment.section import Section


class ServiceTls(Section):
    """How a service's certificate is checked."""

    verify: Flag = Field(True, description="check the certificate and its name against the trusted authorities")
    ca_file: ExistingPath | None = Field(
        None, description="a PEM file of the authorities to trust in place of the system's, relative to this file"
    )


def service_url(ports: Mapping[str, int], options: Collection[str] = ()) -> Reader:
    """Annotates an address: `ports` are its schemes, each with the usual port; `options` may stand behind `?`."""

    def read(value: object) -> Sendable:
        # What is wrong with a secret one is said when the probe is made: errors about secret values have no words here.
        if isinstance(value, Secret):
            return value
        url = read_text(value)
        if not is_late(url):
            parse_service_url(url, ports, options)
        return url

    schemes = "|".join(ports)
    return Reader(read, {"type": "string", "pattern": rf"^({schemes})://|\$\{{"})


def without_certificate(url: Sendable, *secured: str) -> bool:
    """Whether an address is one that is talked to in the clear: `secured` are the schemes that are not."""
    text = reveal(url)
    return not is_late(text) and not text.lower().startswith(tuple(f"{scheme}://" for scheme in secured))


def parsed(url: Sendable, ports: Mapping[str, int], options: Collection[str] = ()) -> ServiceUrl:
    """The address, taken apart. Raises ValueError as its reader does."""
    return parse_service_url(url, ports, options)


def _read_password(value: object) -> Secret:
    if isinstance(value, Secret):
        if not value.reveal():
            raise ValueError("is empty")
        return value
    if isinstance(value, str):
        raise ValueError(
            "a password can't stand in the file: write ${VAR}, with PASSWORD, SECRET or TOKEN in the variable's name, "
            "or ${file:path}"
        )
    raise ValueError(f"a password is needed, as ${{VAR}} or ${{file:path}}, not {kind_of(value)}")


Password = Annotated[Secret, Reader(_read_password, {"type": "string", "pattern": r"\$\{[^{}]+\}"})]
