"""Nothing unread is a pass: every control on objects of every kind and role of which no section was read."""

from __future__ import annotations

import pytest

from compliance.judge import found_controls
from compliance.snapshot import Evidence

KINDS = ("host", "router", "node", "database", "pacs", "cloud", "drill", "records")
ROLES = ("node", "router", "edge", "workstation", "postgresql", "orthanc", "vendor")


@pytest.fixture(scope="module")
def silent():
    """One object of every kind and role whose every section is unread."""
    return [
        Evidence(f"{kind}-{role}", kind, "software-park-2", role, {}, {"all": "timed out"})
        for kind in KINDS
        for role in ROLES
    ] + [Evidence("remote", "database", "fuzhou", "postgresql", {}, {"all": "timed out"})]


@pytest.mark.parametrize("item", sorted(found_controls()))
def test_an_unread_object_never_conforms_nor_fails(build, silent, item):
    found = [finding for finding in found_controls()[item](build(*silent)) if finding.kind not in ("site", "drill")]
    assert {finding.verdict.value for finding in found} <= {"not_checked"}, found


@pytest.mark.parametrize("item", sorted(found_controls()))
def test_every_control_looks_at_something_that_is_collected(build, silent, item):
    assert list(found_controls()[item](build(*silent)))
