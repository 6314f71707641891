"""The formats of quality that Tidegate reads: how each is recognised by its keys, and its reader."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from reports.page_quality import Accessibility, Lighthouse
from reports.quality import Complexity, Duplication, Durations, QualityGateFile
from reports.read.json_shape import Shape
from reports.read.quality.axe import is_axe, read_axe
from reports.read.quality.durations import is_durations, read_durations
from reports.read.quality.jscpd import is_jscpd, read_jscpd
from reports.read.quality.lighthouse import is_lighthouse, read_lighthouse
from reports.read.quality.radon import is_radon, read_radon
from reports.read.quality.sonarqube import is_quality_gate, read_quality_gate
from reports.read.sniff import Head

Quality: TypeAlias = Complexity | Duplication | QualityGateFile | Lighthouse | Accessibility | Durations


@dataclass(frozen=True, slots=True)
class QualityFormat:
    """One format. `kind`: of the values that its reader returns."""

    kind: str
    recognises: Callable[[Shape], bool]
    read: Callable[[Path], Quality]

    def holds(self, head: Head) -> bool:
        """Whether a file is of this format."""
        return head.json is not None and self.recognises(head.json)


QUALITY_FORMATS = (
    QualityFormat("quality-gate", is_quality_gate, read_quality_gate),
    QualityFormat("lighthouse", is_lighthouse, read_lighthouse),
    QualityFormat("accessibility", is_axe, read_axe),
    QualityFormat("duplication", is_jscpd, read_jscpd),
    QualityFormat("durations", is_durations, read_durations),
    QualityFormat("complexity", is_radon, read_radon),
)
