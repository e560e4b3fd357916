"""The last audit."""

from __future__ import annotations

from monitors.metrics import compliance


def test_items_by_verdict(facts, values):
    found = values(compliance.collect(facts))
    assert found["medcloud_compliance_items", "nonconform"] == 5
    assert found["medcloud_compliance_rate",] == 0.08


def test_no_audit_no_score(facts):
    from dataclasses import replace

    assert not list(compliance.collect(replace(facts, score=None)))


def test_an_audit_of_another_version_has_no_score(facts):
    from dataclasses import replace

    from monitors.reading import Unread

    dark = replace(facts, score=Unread("last audit", "not an audit of this version"))
    assert not list(compliance.collect(dark))
    assert dark.probes()["audit"] == {"last": dark.score}
