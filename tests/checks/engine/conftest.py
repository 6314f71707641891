"""One private engine for all tests of this folder."""

from tests.checks.engine.dockerd import box, engine

__all__ = ["box", "engine"]
