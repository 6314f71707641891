"""Looks at real hosts as an environment file says, and judges what was seen."""

from pathlib import Path

import pytest

from checks.hosts.look import look_at_hosts
from gates.environment import examine
from gates.environment.hosts import whole_host
from gates.measured.hosts import gate_limits
from gates.measured.judging import judge_check
from gates.measurement import Measurement
from gates.plan import Check, Kind
from tests.checks.hosts.machines import box, engine, sshd

__all__ = ["box", "engine", "sshd"]


@pytest.fixture
def load(tmp_path):
    """The environment with one host `app` of these keys (flow style), its groups, and the gate's limits."""

    def read(host, limits="{}", groups="{}"):
        text = f"service: shop\nhosts: {{app: {host}}}\nhost_groups: {groups}\ngates: {{hosts: {{limits: {limits}}}}}\n"
        (tmp_path / "env.yaml").write_text(text)
        examination = examine(Path(tmp_path / "env.yaml"), {})
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded.model

    return read


@pytest.fixture
def judged(load):
    """Look at the host and judge it: its judgements by subject, without its name."""

    def judge(host, limits="{}", groups="{}"):
        environment = load(host, limits, groups)
        looked = look_at_hosts([whole_host(environment, "app").probe(gate_limits(environment))])
        measurement = Measurement(looks={"hosts": looked})
        found = judge_check(Check("hosts", Kind.MEASURED, "app"), environment, measurement)
        by_subject = {judgement.subject.removeprefix("app."): judgement for judgement in found}
        assert len(by_subject) == len(found), "nothing is judged twice"
        return by_subject

    return judge
