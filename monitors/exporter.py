"""The exporter: every metric of `monitors.metrics` over the latest facts, on /metrics.

The site is looked at in the background, not per scrape, so that a slow host never makes Prometheus time out; the age of
the facts is itself a metric.
"""

from __future__ import annotations

import importlib
import pkgutil
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitors import metrics
from monitors.facts import Facts
from monitors.sample import Sample

Metrics = Callable[[Facts], Iterable[Sample]]


def found_metrics() -> dict[str, Metrics]:
    """The metrics found by file name: name → its `collect`."""
    names = sorted(module.name for module in pkgutil.iter_modules(metrics.__path__))
    return {name: importlib.import_module(f"monitors.metrics.{name}").collect for name in names}


class SiteCollector(Collector):
    """Turns the latest facts into metric families; empty before the first look."""

    def __init__(self) -> None:
        self._metrics = found_metrics()
        self._facts: Facts | None = None

    def show(self, facts: Facts) -> None:
        """Replace the facts that are exported."""
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """Families of all metrics; called by the registry at every scrape."""
        facts, families = self._facts, dict[str, GaugeMetricFamily]()
        for collect in self._metrics.values() if facts else ():
            for sample in collect(facts) if facts else ():
                family = families.get(sample.name)
                if family is None:
                    family = GaugeMetricFamily(sample.name, sample.help, labels=list(sample.labels))
                    families[sample.name] = family
                family.add_metric(list(sample.labels.values()), sample.value)
        yield from families.values()


def registry_of(collector: SiteCollector) -> CollectorRegistry:
    """A registry of our own: nothing of the process itself is exported."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry


def listener(address: str, port: int) -> socket.socket:
    """A listening socket; OSError when the port is taken.

    It is made before the caller joins another network, because a socket stays in the network it was born in.
    """
    return socket.create_server((address, port), backlog=16)


def serve(bound: socket.socket, gather: Callable[[], Facts], stop: threading.Event, interval: float = 15.0) -> None:
    """Look at the site every `interval` seconds and answer scrapes on the socket until `stop` is set."""
    collector = SiteCollector()
    server = _server(bound, registry_of(collector))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        while not stop.is_set():
            collector.show(gather())
            stop.wait(interval)
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not worth a line each."""


def _server(bound: socket.socket, registry: CollectorRegistry) -> _Server:
    server = _Server(bound.getsockname()[:2], _Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = bound
    server.server_name, server.server_port = bound.getsockname()[:2]
    server.setup_environ()
    server.set_app(make_wsgi_app(registry))
    return server
