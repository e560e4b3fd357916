"""A host's health as captured."""

from __future__ import annotations

import pytest

from monitors.probes import host


def test_parse_as_captured(captured):
    state = host.parse("edge", captured("host.txt"))
    assert state.state == "degraded"
    assert state.failed == ("auditd.service",)
    assert state.memory_total == 24683668 * 1024
    assert 50_000_000 < state.memory_used < 500_000_000
    assert state.disk_used < state.disk_size
    assert state.uptime > 0


def test_a_missing_section_is_an_error_not_a_zero(captured):
    found = captured("host.txt")
    del found["disk"]
    with pytest.raises(KeyError):
        host.parse("edge", found)
