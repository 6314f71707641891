"""What `trivy version --format json` says: Trivy's version and the age of its vulnerability database."""

import json
import time as clock
from datetime import UTC, datetime

from checks.evidence import Evidence, Gap, Reading
from checks.scanners.scanner import About, plain_version

#: Clocks of two machines differ by so many seconds without anybody being wrong.
_TOLERANCE = 300.0
_REMEDY = "run `trivy image --download-db-only`"


def about_trivy(text: str, subject: str) -> About:
    """Version and database. A database that does not say when it was made is a Gap: it may be years old."""
    name = f"{subject}.scan.database_age"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return About(plain_version(text, subject).version, Gap(name, "trivy does not tell its version", remedy=_REMEDY))
    told = document if isinstance(document, dict) else {}
    version = told.get("Version")
    return About(version if isinstance(version, str) else "", _age(told.get("VulnerabilityDB"), name))


def _age(database: object, name: str) -> Evidence:
    source = "trivy version --format json"
    if not isinstance(database, dict):
        return Gap(name, "trivy has no vulnerability database", source=source, remedy=_REMEDY)
    updated = database.get("UpdatedAt")
    try:
        # Only Trivy's own form: a time without a zone would be off by hours.
        made = datetime.fromisoformat(updated) if isinstance(updated, str) else None
        seconds = made.timestamp() if made and made.tzinfo else None
    except (ValueError, OverflowError, OSError):
        seconds = None
    # Go writes the year 1 where it knows no time.
    if seconds is None or seconds <= 0:
        return Gap(name, f"trivy's database does not tell when it was made: {updated!r}", source=source, remedy=_REMEDY)
    now = clock.time()
    if seconds > now + _TOLERANCE:
        return Gap(name, f"trivy's database was made in the future ({updated}): a clock is wrong", source=source)
    day = f"made {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%SZ}"
    return Reading(name, round(max(0.0, now - seconds), 3), "s", time=now, source=source, detail=day)
