"""通信传输 (8.1.2.2): integrity and confidentiality of what travels."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import database_tls, https_endpoints, only_tls_remote
from compliance.finding import Finding, judge_each
from compliance.snapshot import Snapshot


def integrity(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-06: checked by cryptography on the way."""
    return _encrypted("L3-CNS1-06", snapshot)


def confidentiality(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-07: encrypted on the way."""
    return _encrypted("L3-CNS1-07", snapshot)


def _encrypted(item: str, snapshot: Snapshot) -> Iterator[Finding]:
    yield from judge_each(item, snapshot, "cloud", https_endpoints())
    yield from judge_each(item, snapshot, "database", database_tls(), only_tls_remote())


ITEMS = MappingProxyType({"L3-CNS1-06": integrity, "L3-CNS1-07": confidentiality})
