"""What a watched target used: nothing read is a gap, and so is what stopped answering on the way."""

import pytest

from checks.evidence import Gap, Reading
from gates.criteria import parse
from gates.objectives.targets import USAGE_SUBJECTS, check_usage_limit, usage_evidence
from load.result import TargetUsage, Usage

SAMPLES = tuple(
    Usage(at=float(at), cpu=at / 10, cpu_limit=2.0, memory=at * 1000, memory_limit=20_000, disk_used=0.5)
    for at in range(1, 11)
)


def test_values_after_the_warm_up():
    """The mean of the CPU, the peak of the memory."""
    target = TargetUsage("api", "docker stats api", SAMPLES)
    found = {one.subject: one for one in usage_evidence(target, "steady.", tuple(USAGE_SUBJECTS), 2, 10)}
    assert found["steady.api.cpu"].value == pytest.approx(sum(range(3, 11)) / 8 / 10 / 2)
    assert found["steady.api.cpu_peak"].value == 0.5
    assert found["steady.api.memory"].value == 10_000
    assert found["steady.api.memory_share"].value == 0.5
    assert found["steady.api.disk"].value == 0.5
    assert found["steady.api.memory"].source == "docker stats api"
    missing = found["steady.api.disk_read"]
    assert isinstance(missing, Gap)
    assert missing.reason == "no sample of it has disk_read"


@pytest.mark.parametrize(
    "target",
    [
        TargetUsage("api", "s"),
        TargetUsage("api", "s", SAMPLES, "the container stopped"),
        TargetUsage("api", "s", SAMPLES[:2]),
    ],
    ids=["no-sample", "stopped", "only-in-the-warm-up"],
)
def test_what_was_not_read_is_a_gap(target):
    """None of these is a low value; the twin has all samples."""
    assert all(isinstance(one, Gap) for one in usage_evidence(target, "", ("cpu", "memory"), 2, 10))
    whole = TargetUsage("api", "s", SAMPLES)
    assert all(isinstance(one, Reading) for one in usage_evidence(whole, "", ("cpu", "memory"), 2, 10))


@pytest.mark.parametrize(
    ("subject", "limit", "words"),
    [
        ("cpus", "<= 80 %", "did you mean 'cpu'?"),
        ("cpu", "<= 2", "write it as in '<= 80 %'"),
        ("cpu", ">= 2 %", "is no limit of cpu"),
        ("memory", "<= 80 %", "write it as in '<= 500MB'"),
    ],
)
def test_limits_that_can_not_judge_are_refused(subject, limit, words):
    """With an example."""
    with pytest.raises(ValueError, match=r".") as caught:
        check_usage_limit(subject, parse(limit))
    assert words in str(caught.value)


def test_each_example_is_a_limit():
    """Of its own subject."""
    for subject, known in USAGE_SUBJECTS.items():
        check_usage_limit(subject, parse(known.example))
