"""What could be read."""

from __future__ import annotations

from monitors.metrics import scrape


def test_every_object_of_every_probe_says_whether_it_was_read(facts, values):
    found = values(scrape.collect(facts))
    assert found["medcloud_scrape_success", "line", "gaodian-router-1"] == 1.0
    assert found["medcloud_scrape_success", "line", "fuzhou-router-1"] == 0.0
    assert found["medcloud_scrape_success", "cloud", "gaodian"] == 0.0
    assert found["medcloud_scrape_duration_seconds",] == 1.5
