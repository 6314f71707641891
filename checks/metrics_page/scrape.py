"""One scrape of one `/metrics` page, whole and read, with the moment at which it was taken."""

import time as clock
from dataclasses import dataclass
from typing import Final

from checks.failures import Down
from checks.metrics_page.exposition import ExpositionError, read_page
from checks.metrics_page.samples import Page
from checks.monitoring.server import Server
from checks.response import Response

ACCEPT: Final = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5"


class Malformed(Down):
    """It answers, and what it answers is no page of metrics."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """A page and when it was taken: `at` on the monotonic clock, `time` in seconds since the epoch."""

    source: str
    page: Page
    at: float
    time: float


def scrape(server: Server, path: str = "") -> Scrape:
    """Take the page at `url/path`. Raises Down (Malformed where it answers something else), Unmeasured."""
    answer = server.get(path, headers={"Accept": ACCEPT})
    if answer.status != 200:
        raise Malformed(answer.unlike("a page of metrics has 200"))
    response: Response = answer.response
    try:
        page = read_page(response.body, response.header("content-type") or "")
    except ExpositionError as error:
        raise Malformed(f"{server.source(path)} is no page of metrics: {error}") from None
    # Half way between the question and the answer: when the page was made.
    at = (response.began + response.ended) / 2
    return Scrape(server.source(path), page, at, clock.time() - (clock.monotonic() - at))
