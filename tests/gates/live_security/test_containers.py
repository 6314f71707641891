"""Containers of a real engine, judged by the gate: a careless one fails, its careful twin passes."""

from reports.verdict import Verdict
from tests.checks.engine.dockerd import box, engine

__all__ = ["box", "engine"]


def test_a_careless_and_a_careful_container(judged, box):
    """The defaults of the engine fail in what they leave open; the twin that closes all of it passes as a whole."""
    section = "{{containers: {{web: {{container: {}}}}}, engine: '{}'}}"
    box.create("careless").start()
    careless = judged(section.format("careless", box.url))
    failed = {subject for subject, judgement in careless.items() if judgement.verdict is Verdict.FAIL}
    assert {
        "careless.runs_as_root",
        "careless.read_only_root",
        "careless.capabilities_dropped",
        "careless.memory_limit",
        "careless.image_pinned",
        "careless.healthcheck",
    } <= failed
    assert careless["careless.runs_as_root"].remedy.startswith("start the container as a user of its own")
    box.create(
        "careful",
        image=box.image.id,
        user="app",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        mem_limit="16m",
        nano_cpus=500_000_000,
        pids_limit=50,
        healthcheck={"test": ["CMD", "/bin/busybox", "true"]},
    ).start()
    careful = judged(section.format("careful", box.url))
    assert {subject: j.reason for subject, j in careful.items() if j.verdict is not Verdict.PASS} == {}
    assert len(careful) == 18
    missing = judged(section.format("nobody", box.url))
    assert [(subject, judgement.verdict) for subject, judgement in missing.items()] == [("containers", Verdict.FAIL)]
