"""A judgement as a value."""

import dataclasses

import pytest

from tests.reports.samples import judged


def test_the_subject_is_that_of_the_evidence():
    """What was judged is what was seen; nothing is stored twice."""
    judgement = judged("api.status", 200, "= 200")
    assert judgement.subject == judgement.evidence.subject == "api.status"


def test_a_judgement_can_not_be_changed():
    """A verdict is not edited after the fact."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        judged("api.status", 200, "= 200").verdict = None
