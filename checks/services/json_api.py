"""Where an HTTP API is that is asked for JSON, and who asks: what a file declares, without the client that asks."""

from dataclasses import dataclass

from checks.secrets import Secret


@dataclass(frozen=True, slots=True)
class JsonApi:
    """An API and a log-in. `url` without a slash at its end; `token`: an API key, in place of a user."""

    url: str
    user: str = ""
    password: str | Secret = ""
    token: str | Secret = ""
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
