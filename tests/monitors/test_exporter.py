"""The exporter, asked over HTTP as Prometheus does."""

from __future__ import annotations

import threading
import urllib.request
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitors import exporter
from monitors.facts import Facts
from monitors.probes.line import LineState
from monitors.reading import Unread

UP = LineState("mh-gd-telecom", "telecom", "gaodian", "main-hospital", "up", "Established", 12.0, 4, "ok")
FACTS = Facts(
    "xiamen", datetime(2026, 11, 22, tzinfo=UTC), lines={"r1": (UP,), "r2": Unread("r2", "timed out")}, seconds=0.5
)


@pytest.fixture
def url():
    bound = exporter.listener("127.0.0.1", 0)
    stop, looked = threading.Event(), threading.Event()

    def gather() -> Facts:
        looked.set()
        return FACTS

    thread = threading.Thread(target=exporter.serve, args=(bound, gather, stop, 0.05))
    thread.start()
    looked.wait(5)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}/metrics"
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_metrics_over_http(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        text = answer.read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    [sample] = families["medcloud_link_up"].samples
    assert sample.labels == {
        "link": "mh-gd-telecom", "carrier": "telecom", "place": "gaodian", "peer": "main-hospital"
    }  # fmt: skip
    assert sample.value == 1.0
    assert {s.labels["object"]: s.value for s in families["medcloud_scrape_success"].samples} == {"r1": 1.0, "r2": 0.0}
    assert not any(name.startswith(("python_", "process_")) for name in families)


def test_before_the_first_look_nothing_is_claimed():
    assert list(exporter.SiteCollector().collect()) == []


def test_metrics_are_found_by_file_name():
    assert {"link", "replication", "capacity", "compliance", "scrape"} <= set(exporter.found_metrics())
