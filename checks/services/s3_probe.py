"""One bucket of an S3-compatible store that is looked at: where it is, whose keys are used, what is read of it."""

from dataclasses import dataclass
from typing import ClassVar

from checks.secrets import Secret
from checks.services.seam import ServiceProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Probe(ServiceProbe):
    """A `bucket` at `endpoint` (empty: AWS itself, in `region`).

    `access_key`, `secret_key`, `session_token`: without them requests are not signed, unless `ambient` permits what
    this machine has (environment, files, the metadata of its instance). `path_style`: the bucket's name is in the path,
    not in the host's name. `settings`: which of `versioning`, `encryption`, `public.blocked`, `public.policy` are read.
    `allow_writes`: an object under `prefix` is put, got, compared and deleted.
    Raises ValueError for a key without the other one.
    """

    KIND: ClassVar[str] = "s3"

    bucket: str
    endpoint: str = ""
    region: str = ""
    access_key: str | Secret = ""
    secret_key: Secret | None = None
    session_token: Secret | None = None
    ambient: bool = False
    path_style: bool = False
    verify: bool = True
    ca_file: str = ""
    prefix: str = "tidegate-probe/"
    settings: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if bool(self.access_key) != (self.secret_key is not None):
            raise ValueError(f"{self.name}: an access key and a secret key belong together")
        if self.ambient and self.access_key:
            raise ValueError(f"{self.name}: with keys of its own it needs none of this machine: leave `ambient` out")
        if not (self.endpoint or self.region):
            raise ValueError(f"{self.name}: without an endpoint it is AWS, which needs a region")
        if self.prefix.strip("/ ") == "":
            raise ValueError(f"{self.name}: a prefix keeps what is written apart: tidegate-probe/")

    @property
    def source(self) -> str:
        """The command that lists the bucket; the keys are taken from where that command finds them."""
        endpoint = f" --endpoint-url {self.endpoint}" if self.endpoint else ""
        region = f" --region {self.region}" if self.region else ""
        sign = "" if self.access_key or self.ambient else " --no-sign-request"
        return f"aws s3api list-objects-v2 --bucket {self.bucket} --max-items 1{endpoint}{region}{sign}"
