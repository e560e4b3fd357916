"""Readiness as a metric: unknown is never ready, and what nobody judged has no sample."""

from __future__ import annotations

from dataclasses import replace

from monitors.facts import Ready
from monitors.metrics import readiness
from monitors.reading import Unread


def test_a_plan_is_ready_only_when_every_check_says_go(facts, values):
    plans = {"sound": {"lease": "go", "copy": "go"}, "blind": {"lease": "go", "copy": "unknown"}, "empty": {}}
    found = values(readiness.collect(replace(facts, readiness=Ready(facts.taken, plans))))
    assert found["medcloud_dr_ready", "sound"] == 1
    assert found["medcloud_dr_ready", "blind"] == found["medcloud_dr_ready", "empty"] == 0
    assert found["medcloud_dr_check", "blind", "copy", "unknown"] == 0
    assert found["medcloud_dr_check", "blind", "lease", "go"] == 1
    assert found["medcloud_dr_ready_time_seconds",] == facts.taken.timestamp()


def test_readiness_that_nobody_judged_has_no_sample_and_a_failed_look_is_a_blind_probe(facts):
    assert not list(readiness.collect(facts))
    dark = replace(facts, readiness=Unread("readiness", "a result of another version"))
    assert not list(readiness.collect(dark)) and dark.probes()["readiness"] == {"last": dark.readiness}
