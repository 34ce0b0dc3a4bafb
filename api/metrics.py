"""What a server counts, in the text form of Prometheus: how often, how long, how much; never who, and never what of."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from graph.version import __version__

_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

Figures = dict[str, tuple[str, float]]
"""What a figure says, and the figure, by its name."""


class Metrics:
    """The figures of one server. Each has its own, so that several may run in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        by = ["route", "method"]
        self._requests = Counter(
            "joinedup_requests", "Requests answered", [*by, "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "joinedup_request_seconds",
            "From a request to the end of its answer",
            by,
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        """What was counted before, as finding it by its labels takes longer than counting."""
        self._running = Gauge("joinedup_requests_running", "Requests being answered", registry=self.registry)
        self._problems = Counter(
            "joinedup_problems",
            "Requests that ended in a foreseen error, by its kind: QueryTimeout, QueryBusy, QueryRefused and so on",
            ["kind"],
            registry=self.registry,
        )
        for kind in ("QueryTimeout", "QueryBusy", "QueryRefused"):
            self._problems.labels(kind)  # so that they are there, with 0, before the first
        info = Gauge(
            "joinedup_info",
            "1; the version of the software is its label",
            ["version"],
            registry=self.registry,
        )
        info.labels(__version__).set(1)

    def began(self) -> None:
        """A request is being answered."""
        self._running.inc()

    def handed_on(self) -> None:
        """It is not answered yet, but will be counted by whoever takes it over."""
        self._running.dec()

    def ended(self, route: str, method: str, status: int, seconds: float, problem: str) -> None:
        """It has been answered. route: its template, never its path, as there are endless paths."""
        method = method if method in _METHODS else "other"
        self._running.dec()
        known = self._known.get((route, method, status))
        if known is None:
            known = self._requests.labels(route, method, status), self._seconds.labels(route, method)
            self._known[route, method, status] = known
        known[0].inc()
        known[1].observe(seconds)
        if problem:
            self._problems.labels(problem).inc()

    def watch(self, figures: Callable[[], Figures]) -> None:
        """Ask for these figures each time that somebody reads the metrics."""
        self.registry.register(_Asked(figures))

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


class _Asked(Collector):
    def __init__(self, figures: Callable[[], Figures]):
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        for name, (meaning, figure) in self._figures().items():
            yield GaugeMetricFamily(name, meaning, value=figure)

    def describe(self) -> Iterable[Metric]:
        return ()  # they are only known when asked for
