"""Paths that must not answer, and how to recognise what they would show."""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ForbiddenPath:
    """`signature`: a pattern that the first bytes of the real thing match; without one every page of its own counts.

    Raises ValueError for a path that is not one, or a pattern that can't be read.
    """

    path: str
    signature: str = ""

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or re.search(r"[\s\x00-\x1f\x7f?#]", self.path):
            raise ValueError(f"{self.path!r} is not a path; write it from the root, as in /.git/config")
        try:
            re.compile(self.signature.encode())
        except re.error as error:
            raise ValueError(f"the signature of {self.path} is not a pattern: {error}") from None

    def shows(self, body: bytes) -> bool:
        """Whether `body` is what is looked for here."""
        return bool(self.signature) and re.search(self.signature.encode(), body, re.DOTALL) is not None


_ASSIGNMENT: Final = r"\A(?:\s|#[^\n]*\n)*(?:export )?[A-Za-z_][A-Za-z0-9_.]*[ \t]*="
_SQL: Final = r"(?i)\A.{0,2000}?(?:CREATE TABLE|INSERT INTO|DROP TABLE|PostgreSQL database dump|MySQL dump)"
_PHP: Final = r"\A\s*<\?php"
_KEY: Final = r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"
_GZIP: Final = r"\A\x1f\x8b"
_ZIP: Final = r"\APK\x03\x04"

FORBIDDEN_PATHS: Final = (
    ForbiddenPath("/.git/config", r"\[(?:core|remote|branch)\b"),
    ForbiddenPath("/.git/HEAD", r"\A(?:ref: refs/|[0-9a-f]{40}\s*\Z)"),
    ForbiddenPath("/.svn/entries", r"\A(?:\d+\s|<\?xml.{0,200}svn:)"),
    ForbiddenPath("/.svn/wc.db", r"\ASQLite format 3\x00"),
    ForbiddenPath("/.hg/requires", r"(?m)^(?:revlogv1|dotencode|fncache|store|share-safe)$"),
    ForbiddenPath("/.env", _ASSIGNMENT),
    ForbiddenPath("/.env.local", _ASSIGNMENT),
    ForbiddenPath("/.env.production", _ASSIGNMENT),
    ForbiddenPath("/.DS_Store", r"\A\x00\x00\x00\x01Bud1"),
    ForbiddenPath("/.htpasswd", r"(?m)^[^\s:<>]+:(?:\$|\{SHA\}|[./0-9A-Za-z]{13}$)"),
    ForbiddenPath("/.aws/credentials", r"aws_access_key_id"),
    ForbiddenPath("/.npmrc", r"(?:_authToken|_auth|registry)\s*="),
    ForbiddenPath("/id_rsa", _KEY),
    ForbiddenPath("/server.key", _KEY),
    ForbiddenPath("/docker-compose.yml", r"(?m)^(?:services|version)\s*:"),
    ForbiddenPath("/server-status", r"(?:Apache Server Status|Server Version:|Total Accesses:|Active connections:)"),
    ForbiddenPath("/server-info", r"Apache Server Information"),
    ForbiddenPath("/phpinfo.php", r"(?:<title>phpinfo\(\)|PHP Version)"),
    ForbiddenPath("/info.php", r"(?:<title>phpinfo\(\)|PHP Version)"),
    ForbiddenPath("/actuator/env", r'"(?:propertySources|activeProfiles)"'),
    ForbiddenPath("/actuator/heapdump", r"\A(?:JAVA PROFILE|\x1f\x8b)"),
    ForbiddenPath("/debug"),
    ForbiddenPath("/debug/pprof/", r"(?:Types of profiles available|full goroutine stack dump)"),
    ForbiddenPath("/console"),
    ForbiddenPath("/admin"),
    ForbiddenPath("/phpmyadmin/"),
    ForbiddenPath("/backup.sql", _SQL),
    ForbiddenPath("/dump.sql", _SQL),
    ForbiddenPath("/backup.zip", _ZIP),
    ForbiddenPath("/backup.tar.gz", _GZIP),
    ForbiddenPath("/index.php.bak", _PHP),
    ForbiddenPath("/wp-config.php.bak", _PHP),
)
