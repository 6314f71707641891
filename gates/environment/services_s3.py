"""A bucket of an S3-compatible store under `services.s3`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from checks.evidence import Evidence
from checks.secrets import reveal
from gates.criteria import Criterion, Equals
from gates.environment.addresses import BaseUrl
from gates.environment.fields import Body, Flag, Text, choice
from gates.environment.services_login import Password, ServiceTls, without_certificate
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject
from gates.environment.services_web import login_in

if TYPE_CHECKING:
    from checks.services.s3_probe import S3Probe
    from gates.environment.findings import Finding

_S = ServiceSubject
_PUBLIC: Final = "close the bucket to the public: block public access, and take the policy away"
_WRITTEN: Final = "with allow_writes"
_READ: Final = "where it is declared or limited"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are endpoint, region and keys right?"),
    "response_time": RESPONSE_TIME,
    "bucket.exists": _S("bool", "= true", "make the bucket, or correct its name"),
    "versioning": _S("text", "", "switch versioning on, or correct what is declared", _READ),
    "encryption": _S("text", "", "set the bucket's default encryption, or correct what is declared", _READ),
    "public.blocked": _S("bool", "", _PUBLIC, _READ),
    "public.policy": _S("bool", "", _PUBLIC, _READ),
    "write.put": _S("bool", "= true", "may these keys put objects under the prefix?", _WRITTEN),
    "write.same": _S("bool", "= true", "may these keys get objects? is a cache in the way?", _WRITTEN),
    "write.deleted": _S("bool", "= true", "delete it by hand, and let these keys delete under the prefix", _WRITTEN),
}
_WRITES: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _WRITTEN)
_SETTINGS: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _READ)


class S3Service(ServiceSection):
    """A bucket of AWS or of a store that speaks S3."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    bucket: Text = Field(description="the bucket's name")
    endpoint: BaseUrl | None = Field(None, description="https://minio:9000; without it, it is AWS")
    region: Text | None = Field(None, description="eu-central-1; AWS needs one")
    access_key: Body | None = Field(None, description="the id of the access key")
    secret_key: Password | None = Field(None, description="the secret access key: ${VAR} or ${file:path}")
    session_token: Password | None = Field(None, description="the token of temporary keys: ${VAR} or ${file:path}")
    ambient: Flag = Field(
        False, description="true: keys may come from this machine: its environment, its files, its instance's metadata"
    )
    path_style: Flag = Field(False, description="true: the bucket is in the path, not in the host's name")
    tls: ServiceTls | None = Field(None, description="how the certificate is checked")
    prefix: Text = Field("tidegate-probe/", description="where allow_writes may put an object; tidegate-probe/")
    versioning: Annotated[Literal["enabled", "suspended", "off"], choice("enabled", "suspended", "off")] | None = Field(
        None, description="what it has to be: enabled, suspended or off"
    )
    encryption: Text | None = Field(None, description="what it has to be: AES256, aws:kms, none")
    private: Flag = Field(False, description="true: public access has to be blocked, and no policy may open the bucket")

    def probe(self, name: str) -> "S3Probe":
        from checks.services.s3_probe import S3Probe

        tls = self.tls or ServiceTls.model_construct()
        return S3Probe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            bucket=self.bucket,
            endpoint=reveal(self.endpoint or "").rstrip("/"),
            region=self.region or "",
            access_key=self.access_key or "",
            secret_key=self.secret_key,
            session_token=self.session_token,
            ambient=self.ambient,
            path_style=self.path_style,
            verify=tls.verify,
            ca_file=str(tls.ca_file or ""),
            prefix=self.prefix,
            settings=frozenset(part for part in _SETTINGS if part in self.expected() or self._is_limited(part)),
        )

    def expected(self) -> Mapping[str, Criterion]:
        expected: dict[str, Criterion] = {}
        if self.versioning is not None:
            expected["versioning"] = Equals(self.versioning)
        if self.encryption is not None:
            expected["encryption"] = Equals(self.encryption)
        if self.private:
            expected |= {"public.blocked": Equals(value=True), "public.policy": Equals(value=False)}
        return expected

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        # Of a bucket that is not there is nothing else to be said.
        missing = getattr(parts.get("bucket.exists"), "value", None) is False
        for part in super().subjects(parts):
            if (self.allow_writes or part not in _WRITES) and not (missing and part in _WRITES | _SETTINGS):
                yield part

    def problems(self) -> "Iterator[Finding]":
        if self.tls is not None and self.endpoint is not None and without_certificate(self.endpoint, "https"):
            yield ("tls",), "there is no certificate with http://", "write https:// in the address, or remove `tls:`"
        if self.endpoint is not None:
            yield from login_in(("endpoint",), self.endpoint, "write `access_key:` and `secret_key:` beside it")

    def _is_limited(self, part: str) -> bool:
        from gates.environment.services_section import covers

        return any(own == part or covers(own, part) for own in self.limits)
