"""Pages of metrics, and servers that show them."""

from tests.checks.conftest import dead_port, loop_thread, servers

__all__ = ["dead_port", "loop_thread", "servers"]
