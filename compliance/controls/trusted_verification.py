"""可信验证 (8.1.2.3, 8.1.3.6, 8.1.4.6): worded "may", so a machine without a root of trust never fails by it."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Finding, Seen, check, judge
from compliance.raw import absent, shown
from compliance.snapshot import Snapshot

_ROLES = {"L3-CNS1-08": ("router", "access"), "L3-ABS1-20": ("edge",)}


def network_devices(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS1-08: the centres' routers."""
    return _verified("L3-CNS1-08", snapshot)


def boundary_devices(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-20: the edges."""
    return _verified("L3-ABS1-20", snapshot)


def computing_devices(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-24: everything else."""
    return _verified("L3-CES1-24", snapshot)


def _verified(item: str, snapshot: Snapshot) -> Iterator[Finding]:
    network = [role for roles in _ROLES.values() for role in roles]
    for evidence in snapshot.of("host"):
        mine = evidence.role in _ROLES[item] if item in _ROLES else evidence.role not in network
        if mine:
            yield judge(item, evidence, (_root_of_trust,))


@check(
    "trust",
    "有可信根（安全启动、TPM、IMA）",
    "a root of trust (UEFI, TPM, IMA)",
    "条文为“可”，由责任人决定并声明",
    "worded as optional: decide and attest",
)
def _root_of_trust(text: str) -> Seen:
    found = [line for line in text.splitlines() if line.startswith("/")]
    return not absent(text) and len(found) >= 2, shown(found) or text.strip()


ITEMS = MappingProxyType(
    {
        "L3-CNS1-08": network_devices,
        "L3-ABS1-20": boundary_devices,
        "L3-CES1-24": computing_devices,
    }
)
