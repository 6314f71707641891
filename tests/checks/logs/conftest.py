"""One private engine for the tests of this folder that ask one."""

from tests.checks.engine.dockerd import box, engine

__all__ = ["box", "engine"]
