"""Health of hosts."""

from __future__ import annotations

from monitors.metrics import host


def test_health_of_what_answered(facts, values):
    found = values(host.collect(facts))
    assert found["medcloud_host_failed_services", "node"] == 1
    assert found["medcloud_host_disk_used_ratio", "node"] == 0.25
    assert ("medcloud_host_uptime_seconds", "n2") not in found


def test_a_certificate_has_its_end_as_a_time(facts, values):
    from dataclasses import replace

    node = replace(facts.hosts["node"], certificates=(("/etc/a.crt", 1826906400.0),))
    found = values(host.collect(replace(facts, hosts={"node": node})))
    assert found["medcloud_certificate_end_time_seconds", "node", "/etc/a.crt"] == 1826906400.0
