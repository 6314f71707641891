#!/usr/bin/env python3
"""May this release be promoted?  decide.py RELEASE [tidegate-report/gate-report.json]

Ends with 0 only where the report says `promote` for exactly this release, in a run that was not only observing.
Everything else ends with 1: another decision, another release, a file that is missing, old in its form, or not JSON.
Needs nothing but Python.
"""

import json
import sys
from pathlib import Path


def why_not(release: str, path: Path) -> str:
    """Why the release may not be promoted, or nothing where it may."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        decision, judged, schema = report["decision"], report["release"]["id"], report["schema"]
        complete, observed, headline = report["complete"], report["observed"], report["headline"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{path} can't be read: {error!r}"
    if schema != "tidegate/gate-report@1":
        return f"{path} is a {schema}, and this script knows tidegate/gate-report@1"
    if not release or judged != release:
        return f"{judged or 'an unknown release'} was judged, not {release or 'one without a name'}"
    if complete is not True or observed is not False:
        return "the run was incomplete, or was only observing"
    return "" if decision == "promote" else str(headline)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(str(__doc__).splitlines()[0])
    reason = why_not(sys.argv[1], Path(sys.argv[2] if len(sys.argv) == 3 else "tidegate-report/gate-report.json"))
    sys.exit(f"not promoted: {reason}" if reason else 0)
