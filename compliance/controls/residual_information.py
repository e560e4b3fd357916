"""剩余信息保护 (8.1.4.10): storage is cleared before somebody else gets it."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import wiped_volumes
from compliance.finding import Finding, Seen, check, judge_each
from compliance.raw import number, setting
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot


@check(
    "residual",
    "没有明文交换区",
    "no memory is swapped to a disk",
    "关闭或加密交换区",
    "switch swap off or encrypt it",
)
def _no_swap(text: str) -> Seen:
    swaps = [line for line in text.splitlines() if line.startswith("/")]
    plain = [line for line in swaps if "/dev/mapper/" not in line and "zram" not in line]
    return not plain, plain[0] if plain else "no swap in use"


@check(
    "residual",
    "内存转储不落盘",
    "core dumps are not kept",
    "fs.suid_dumpable=0，coredump.conf Storage=none",
    "set fs.suid_dumpable=0 and Storage=none",
)
def _no_dumps(text: str) -> Seen:
    suid, line = number(text, "fs.suid_dumpable")
    storage, kept = setting(text, "Storage")
    return suid == 0 and storage in ("", "none"), f"{line} ¦ {kept or 'systemd-coredump: not installed'}"


def sensitive_data(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES1-33: storage of sensitive data is cleared before reuse."""
    yield from judge_each("L3-CES1-33", snapshot, "node", wiped_volumes())


ITEMS = MappingProxyType({**controls(Each("L3-CES1-32", "host", (_no_swap, _no_dumps))), "L3-CES1-33": sensitive_data})
