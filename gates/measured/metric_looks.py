"""Takes the looks of the metrics gate: pages before and after the sweep, everything else after it, at the same time."""

import threading
import time as clock
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import AttemptError, Unmeasured
from checks.metrics_page.difference import NoDifference, difference
from checks.metrics_page.scrape import Malformed, Scrape, scrape
from checks.metrics_page.values import page_gaps, page_values
from checks.monitoring.together import together
from checks.units import format_value
from gates.measured.metric_queries import asked_of, metric_query, remarks
from gates.measured.monitoring_looks import monitoring_looks

if TYPE_CHECKING:
    from checks.monitoring.server import Server
    from gates.environment.model import Environment

#: By the name of the check.
_Found = Mapping[str, tuple[Evidence, ...]]
_AT_ONCE: Final = 6
#: Seconds that the sweep waits for a slow page; its requests are then not all between the two scrapes.
_MOMENT: Final = 1.0
#: Seconds after which a person who waits wants to hear why.
_PATIENCE: Final = 3.0


class Looks:
    """What is looked at in one run: the checks of these names."""

    def __init__(self, environment: "Environment", names: Sequence[str], say: Callable[[str], None]) -> None:
        self._environment = environment
        self._say = say
        self._metrics = environment.metrics
        self._names = frozenset(names)
        queries = {name: query for name, query in self._metrics.queries.items() if name in self._names}
        self._of_page = {name: query for name, query in queries.items() if self._metrics.asks(query) == "page"}
        self._of_server = {name: query for name, query in queries.items() if name not in self._of_page}
        self._first = _Pages(self._pages() if self._of_page else ())

    def begin(self) -> None:
        """Read the pages for the first time. The sweep waits a moment, so that its requests lie between the scrapes."""
        self._first.start()
        self._first.join(_MOMENT)

    def finish(self) -> _Found:
        """Everything else. The pages come first: what is asked of others should not lie between their two scrapes."""
        found: dict[str, tuple[Evidence, ...]] = {}
        if self._of_page or "page" in self._names:
            found.update(self._read_pages())
        for seen in together(self._others(), _AT_ONCE):
            found.update(seen)
        return found

    def notes(self) -> list[str]:
        """What is odd about queries, for the report."""
        return remarks(self._metrics)

    def _pages(self) -> "tuple[Server, ...]":
        page = self._metrics.page
        return tuple(page.server("the page", url, self._environment) for url in page.http) if page else ()

    def _read_pages(self) -> _Found:
        found: dict[str, tuple[Evidence, ...]] = {}
        page = self._metrics.page
        if self._of_page and page is not None:
            self._first.wait(page.interval, self._say)
        second = _Pages(self._pages())
        second.start()
        second.wait()
        if "page" in self._names:
            found["page"] = tuple(second.evidence())
        for name, query in self._of_page.items():
            asked = asked_of(name, query)
            trouble = self._first.trouble() or second.trouble()
            if trouble:
                found[name] = tuple(page_gaps(asked, trouble, "see the check `page`", second.source))
                continue
            try:
                between = difference(self._first.scrapes(), second.scrapes())
            except NoDifference as error:
                remedy = "name the page of each instance: behind one address, another one may answer"
                found[name] = tuple(page_gaps(asked, str(error), remedy, second.source))
                continue
            found[name] = tuple(page_values(asked, between))
        return found

    def _others(self) -> list[Callable[[], _Found]]:
        looks: list[Callable[[], _Found]] = []
        if self._of_server and self._metrics.prometheus is not None:
            server = self._metrics.prometheus.server("Prometheus", self._metrics.prometheus.url, self._environment)
            queries = [metric_query(name, query) for name, query in self._of_server.items()]

            def ask() -> _Found:
                from checks.prometheus.look import look_at_queries

                return look_at_queries(server, queries)

            looks.append(ask)
        return looks + monitoring_looks(self._environment, self._names)


class _Pages:
    """One scrape of each page, at the same time, in the background."""

    def __init__(self, servers: "Sequence[Server]") -> None:
        self._servers = servers
        self._done: dict[int, Scrape | AttemptError] = {}
        self._threads: list[threading.Thread] = []
        self._began = clock.monotonic()

    @property
    def source(self) -> str:
        """The pages' addresses."""
        return ", ".join(server.shown for server in self._servers)

    def start(self) -> None:
        """Begin, and return at once."""
        self._began = clock.monotonic()
        for number, server in enumerate(self._servers):
            thread = threading.Thread(target=self._scrape, args=(number, server), name="tidegate page", daemon=True)
            self._threads.append(thread)
            thread.start()

    def join(self, seconds: float | None = None) -> None:
        """Wait until every page is there, or until so many seconds are over."""
        end = None if seconds is None else clock.monotonic() + seconds
        for thread in self._threads:
            thread.join(None if end is None else max(0.0, end - clock.monotonic()))

    def wait(self, interval: float = 0.0, say: Callable[[str], None] = lambda _: None) -> None:
        """Wait until every page is there, and until so many seconds went by since."""
        self.join()
        last = max((one.at for one in self._done.values() if isinstance(one, Scrape)), default=self._began)
        left = last + interval - clock.monotonic()
        if not self.trouble() and left > 0:
            if left > _PATIENCE:
                say(f"metrics: waiting {format_value(round(left), 's')} until the pages are read again")
            clock.sleep(left)

    def scrapes(self) -> list[Scrape]:
        """The pages in their order; only where there was no trouble."""
        return [one for _, one in sorted(self._done.items()) if isinstance(one, Scrape)]

    def trouble(self) -> str:
        """Why a page is not there, or nothing where all are."""
        return next((f"{error.words}" for _, error in sorted(self._failed())), "")

    def evidence(self) -> list[Evidence]:
        """`page.up` and `page.valid`."""
        attempt = Attempt("page", self.source, began=self._began)
        failed = [error for _, error in sorted(self._failed(), key=lambda pair: pair[0])]
        unmeasured = next((error for error in failed if isinstance(error, Unmeasured)), None)
        if unmeasured is not None:
            return [attempt.gap("up", unmeasured.words, unmeasured.remedy)]
        silent = [error.words for error in failed if not isinstance(error, Malformed)]
        if silent:
            return [attempt.reading("up", False, "bool", "; ".join(silent))]
        up = attempt.reading("up", True, "bool")
        malformed = [error.words for error in failed]
        return [up, attempt.reading("valid", not malformed, "bool", "; ".join(malformed))]

    def _failed(self) -> list[tuple[int, AttemptError]]:
        return [(number, one) for number, one in self._done.items() if isinstance(one, AttemptError)]

    def _scrape(self, number: int, server: "Server") -> None:
        try:
            self._done[number] = scrape(server)
        except AttemptError as error:
            self._done[number] = error
        except Exception as error:  # noqa: BLE001 - a thread that dies must not look like a page without trouble
            self._done[number] = Unmeasured(f"the check itself failed: {type(error).__name__}: {error}")
