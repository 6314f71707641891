"""How a judgement travels: evidence and criterion in a test's properties, judged again by whoever reads them.

The verdict is not carried. A file says what was seen and what was wanted; what follows from it is worked out anew.
"""

import dataclasses
import json
from functools import lru_cache

from checks.evidence import Gap, evidence_from_dict, evidence_to_dict
from checks.secrets import mask
from gates.criteria import Criterion, parse
from reports.exhibit import Exhibit, ExhibitError, bounded
from reports.exhibit import from_dict as exhibit_from_dict
from reports.exhibit import to_dict as exhibit_to_dict
from reports.judgement import Judgement
from reports.render.masking import masked_data
from reports.verdict import Verdict

GATE = "tidegate.gate"
CHECK = "tidegate.check"
JUDGEMENT = "tidegate.judgement"
NOTE = "tidegate.note"
EXHIBIT = "tidegate.exhibit"
#: What a test that did not pass was, for the terminal alone: no verdict is ever taken from it.
OUTCOME = "tidegate.outcome"


def to_property(judgement: Judgement) -> str:
    """The JSON text of a judgement, without its verdict and with every secret masked."""
    data: dict[str, object] = {"evidence": evidence_to_dict(judgement.evidence), "criterion": judgement.criterion}
    if judgement.remedy:
        data["remedy"] = judgement.remedy
    if judgement.details:
        data["details"] = judgement.details
    return mask(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def from_property(text: str, test: str) -> Judgement:
    """Judge again what a property holds. What can't be read is INCONCLUSIVE and says so; this never raises."""
    try:
        judgement = _read(text)
    except (ValueError, RecursionError) as error:
        unread = Gap(test, f"the evidence in the file can't be read: {error}", source=text[:200])
        judgement = gap(unread)
    return dataclasses.replace(judgement, test=test)


def exhibit_to_property(exhibit: Exhibit) -> str:
    """The JSON text of an exhibit, bounded and with every secret masked."""
    data = masked_data(exhibit_to_dict(bounded(exhibit)))
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def exhibit_from_property(text: str) -> Exhibit:
    """What a property shows. Raises ExhibitError for anything that is no exhibit."""
    try:
        return exhibit_from_dict(json.loads(text, parse_constant=_refuse_constant))
    except ExhibitError:
        raise
    except (ValueError, RecursionError) as error:
        raise ExhibitError(f"it is not JSON: {error}") from None


def _read(text: str) -> Judgement:
    data = json.loads(text, parse_constant=_refuse_constant)
    if not isinstance(data, dict) or not {"evidence", "criterion"} <= data.keys():
        raise ValueError("it is not an object with 'evidence' and 'criterion'")
    evidence, criterion = evidence_from_dict(data["evidence"]), data["criterion"]
    remedy, details = data.get("remedy", ""), data.get("details", "")
    if not all(isinstance(value, str) for value in (criterion, remedy, details)):
        raise ValueError("'criterion', 'remedy' and 'details' are texts")
    # A Gap is INCONCLUSIVE whatever was wanted, and may have had no criterion at all.
    judged = (
        gap(evidence, criterion, remedy) if isinstance(evidence, Gap) else _parsed(criterion).judge(evidence, remedy)
    )
    return dataclasses.replace(judged, details=details)


@lru_cache(maxsize=1024)
def _parsed(criterion: str) -> Criterion:
    """Thousands of judgements share a few criteria, and those are values."""
    return parse(criterion)


def gap(evidence: Gap, criterion: str = "", remedy: str = "") -> Judgement:
    """The judgement of a Gap: INCONCLUSIVE, for the Gap's reason."""
    return Judgement(evidence, criterion, Verdict.INCONCLUSIVE, evidence.reason, evidence.remedy or remedy)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a value")
