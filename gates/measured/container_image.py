"""Judges which image a container runs: the release itself, an image id, a registry's digest, or a name with its tag."""

import re
from collections.abc import Mapping
from typing import Final

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import Equals
from gates.environment.containers import RELEASE
from reports.gate_report import Release
from reports.judgement import Judgement

_DIGEST: Final = re.compile(r"(?:.*@)?(sha256:[0-9a-f]{64})")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
_NAME_IT: Final = "name the release by its image's digest: --release=sha256:..."


def judge_image(of: str, wanted: str, parts: Mapping[str, Evidence], release: Release, remedy: str) -> Judgement:
    """`of`: the container's subject; `wanted`: as in the file; `parts`: what was seen of the container."""
    if wanted != RELEASE:
        return _judge(of, wanted, parts, remedy)
    if not release.known:
        return gap(
            Gap(f"{of}.image", "nobody named a release, so nobody knows which image has to run"), remedy=_NAME_IT
        )
    if _DIGEST.fullmatch(release.id):
        return _judge(of, release.id, parts, remedy)
    if release.id == release.commit and _COMMIT.fullmatch(release.commit):
        return _revision(of, release.commit, parts, remedy)
    return _of_part(of, "image.version", release.version or release.id, parts, remedy)


def _judge(of: str, wanted: str, parts: Mapping[str, Evidence], remedy: str) -> Judgement:
    digest = _DIGEST.fullmatch(wanted)
    if digest is None:
        seen = parts.get("image.name")
        name = str(seen.value) if isinstance(seen, Reading) else ""
        # Without a tag, `latest` is meant, on either side.
        latest = f"{name}:latest" == wanted or f"{wanted}:latest" == name
        return _of_part(of, "image.name", name if latest else wanted, parts, remedy)
    # The engine's own id and a registry's digest look the same; a container has both.
    equals = Equals(digest[1])
    known = [part for part in parts if part in ("image.id", "image.digest") or part.startswith("image.digest.")]
    readings = [evidence for part in known if isinstance(evidence := parts[part], Reading)]
    same = next((reading for reading in readings if reading.value == equals.value), None)
    if same is not None:
        return equals.judge(same, remedy)
    # What can be compared best is shown: its digest, where it has one, beside a digest of a registry.
    last = readings[-1] if readings and "@" in wanted else readings[0] if readings else None
    return equals.judge(last or Gap(f"{of}.image.id", "was not measured in this run"), remedy)


def _revision(of: str, commit: str, parts: Mapping[str, Evidence], remedy: str) -> Judgement:
    """Commits are written short or whole; one has to begin the other."""
    seen = parts.get("image.revision")
    said = str(seen.value) if isinstance(seen, Reading) else ""
    same = _COMMIT.fullmatch(said) is not None and (said.startswith(commit) or commit.startswith(said))
    return _of_part(of, "image.revision", said if same else commit, parts, remedy)


def _of_part(of: str, part: str, wanted: str, parts: Mapping[str, Evidence], remedy: str) -> Judgement:
    evidence = parts.get(part) or Gap(f"{of}.{part}", "was not measured in this run")
    if isinstance(evidence, Gap):
        return gap(evidence, remedy=evidence.remedy or _NAME_IT)
    return Equals(wanted).judge(evidence, remedy)
