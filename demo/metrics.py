"""What a replica counts, as Prometheus text 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats)."""

import bisect
import os
import resource
import sys
import time
from collections import defaultdict

from demo.release import DemoRelease

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

#: Upper bounds of the latency histogram, in seconds.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one replica. All series carry its name, since a client of the proxy sees now one, now the other."""

    def __init__(self, replica: str, release: DemoRelease) -> None:
        self._replica = replica
        self._release = release
        self._started = time.time()
        self._requests: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._sums: defaultdict[str, float] = defaultdict(float)

    def observe(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answer. `path` is the route (`/api/v1/stocks/{symbol}`), so that clients can't invent series."""
        self._requests[method, path, status] += 1
        self._buckets[path][bisect.bisect_left(BUCKETS, seconds)] += 1
        self._sums[path] += seconds

    def render(self, *, database_up: bool) -> bytes:
        """The whole exposition."""
        lines: list[str] = []

        def family(name: str, kind: str, help_: str) -> None:
            lines.append(f"# HELP {name} {help_}\n# TYPE {name} {kind}")

        def sample(name: str, value: float, **labels: object) -> None:
            pairs = ",".join(f'{label}="{text}"' for label, text in {"replica": self._replica, **labels}.items())
            lines.append(f"{name}{{{pairs}}} {value!r}")

        family("http_requests_total", "counter", "Answered requests.")
        for (method, path, status), count in self._requests.items():
            sample("http_requests_total", count, method=method, path=path, status=status)
        family("http_request_duration_seconds", "histogram", "Time from request to reply.")
        for path, counts in self._buckets.items():
            total = 0
            for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                total += count
                sample("http_request_duration_seconds_bucket", total, path=path, le=bound)
            sample("http_request_duration_seconds_sum", self._sums[path], path=path)
            sample("http_request_duration_seconds_count", total, path=path)
        family("stock_quotes_build_info", "gauge", "The release that is running; always 1.")
        release = self._release
        sample("stock_quotes_build_info", 1, version=release.version, release_id=release.id, commit=release.commit)
        family("stock_quotes_database_up", "gauge", "1 where a query was answered just now, otherwise 0.")
        sample("stock_quotes_database_up", int(database_up))
        usage = resource.getrusage(resource.RUSAGE_SELF)
        family("process_start_time_seconds", "gauge", "Start of the process since the Unix epoch.")
        sample("process_start_time_seconds", self._started)
        family("process_cpu_seconds_total", "counter", "User and system CPU time.")
        sample("process_cpu_seconds_total", usage.ru_utime + usage.ru_stime)
        family("process_max_resident_memory_bytes", "gauge", "The most memory that the process has had.")
        # getrusage(2): kilobytes on Linux, bytes on macOS
        sample("process_max_resident_memory_bytes", usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
        family("process_pid", "gauge", "The process id.")
        sample("process_pid", os.getpid())
        return ("\n".join(lines) + "\n").encode()
