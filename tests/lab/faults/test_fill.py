"""A full disk: the machine's services get ENOSPC; healed, nothing is left."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from lab import faults
from tests.lab.conftest import THERE, Bench, eventually


def test_a_guests_disk_is_another_disk() -> None:
    own, guests = faults.make("fill", {}), faults.make("fill", {"guest": "db-1"})
    assert (own.part, own.indoors, own.sentence("m")) == ("", False, "the disk of m is full")
    assert (guests.part, guests.indoors, guests.sentence("m")) == ("db-1", True, "the disk of db-1 is full (on m)")


def _writes(bench: Bench, machine: str, megabytes: int = 4) -> bool:
    """Whether a program on the machine can write that much and keep it."""
    write = f"dd if=/dev/zero of=/var/tmp/probe bs=1M count={megabytes} conv=fsync"
    return bench.ssh(machine, f"{write} 2>&1; code=$?; rm -f /var/tmp/probe; exit $code").returncode == 0


@pytest.mark.lab
def test_nothing_can_be_written_until_it_is_healed(bench: Bench) -> None:
    victim, other = bench.first(THERE, "node"), bench.first(THERE, "router")
    free = "df --output=avail -k / | tail -1; find / -xdev -name '.ballast'"
    before = int(bench.ssh(victim, free).stdout)
    disk = next(machine.disk for machine in bench.lab.machines if machine.name == victim)
    host = disk.used_mb
    bench.lab.strike("fill", victim)
    said = bench.ssh(victim, "dd if=/dev/zero of=/var/tmp/probe bs=1M count=4 conv=fsync")
    assert "No space left on device" in said.stderr
    assert _writes(bench, other)
    assert disk.used_mb - host < 200  # it takes no room here
    bench.lab.strike("fill", victim)
    bench.lab.strike("kill", victim)
    bench.lab.heal(victim, "kill")
    eventually(lambda: bench.ssh(victim, "true").returncode == 0)
    assert not _writes(bench, victim)  # a power cycle gives no room back
    bench.lab.heal(victim)
    eventually(lambda: _writes(bench, victim))
    assert abs(int(bench.ssh(victim, free).stdout) - before) < 20_000


@pytest.mark.lab
def test_a_machine_without_power_can_be_filled_and_healed(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.lab.strike("kill", victim)
    bench.lab.strike("fill", victim)
    bench.lab.heal(victim, "fill")
    bench.lab.heal(victim)
    eventually(lambda: _writes(bench, victim))


@pytest.mark.lab
def test_a_fault_that_a_full_disk_forbids_is_not_left_on_record(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.lab.strike("fill", victim)
    with pytest.raises(MedcloudError, match="No space left"):
        bench.lab.strike("skew", victim, seconds=60.0)
    assert [fault.kind for fault in bench.lab.status().faults] == ["fill"]
    bench.lab.heal(victim)
    assert not bench.lab.status().faults
