"""State of carrier lines."""

from __future__ import annotations

from monitors.metrics import link


def test_up_and_down_per_carrier(facts, values):
    found = values(link.collect(facts))
    assert found["medcloud_link_up", "mh-gd-telecom", "telecom", "gaodian", "main-hospital"] == 1.0
    assert found["medcloud_link_up", "mh-gd-unicom", "unicom", "gaodian", "main-hospital"] == 0.0


def test_an_unread_router_has_no_sample(facts, values):
    assert not any("fuzhou" in key for key in values(link.collect(facts)))
