"""What the server counts, in a registry of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from fototeca.errors import FototecaError
from fototeca.library import Library

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_SEARCH_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2)


class Metrics:
    """Counters of one app, in the Prometheus text format."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "fototeca_requests", "Requests answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "fototeca_request_seconds",
            "From a request's first byte to its answer's last",
            ("route",),
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._searches = Histogram(
            "fototeca_search_seconds", "Time to answer a search", buckets=_SEARCH_SECONDS, registry=self._registry
        )
        self._uploads = Counter(
            "fototeca_uploads",
            "Files sent to the server, by what became of them",
            ("outcome",),
            registry=self._registry,
        )
        self._indexed = Gauge("fototeca_indexed_assets", "Assets in the open indexes", registry=self._registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is the template, so that ids make no series of their own."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def search(self, seconds: float) -> None:
        """Count a search."""
        self._searches.observe(seconds)

    def upload(self, outcome: str) -> None:
        """Count a file: "added", "duplicate" or "failed"."""
        self._uploads.labels(outcome).inc()

    @contextmanager
    def upload_failures(self) -> Iterator[None]:
        """Count a file that one of our own errors keeps out."""
        try:
            yield
        except FototecaError:
            self.upload("failed")
            raise

    def render(self, libraries: Iterable[Library]) -> bytes:
        """Return everything as text, with the sizes of these libraries' indexes."""
        self._indexed.set(sum(len(library.index) for library in libraries))
        return generate_latest(self._registry)
