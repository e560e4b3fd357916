"""A wrong clock: the machine says another time to whoever asks it, and the right one after healing."""

from __future__ import annotations

import time

import pytest

from inventory.error import MedcloudError
from lab import faults
from tests.lab.conftest import THERE, Bench, eventually


def test_it_says_which_way_and_for_whom() -> None:
    assert faults.make("skew", {"seconds": -90.0}).sentence("m").startswith("the clock of m is 90 s behind")
    assert "db (on m) is 5 s ahead" in faults.make("skew", {"seconds": 5.0, "guest": "db"}).sentence("m")
    assert "programs started since" in faults.make("skew", {}).sentence("m")


def _ahead(bench: Bench, machine: str, ask: str = "date +%s") -> float:
    """How far a machine's clock is ahead, as an operator sees it, seconds."""
    said = bench.ssh(machine, ask)
    assert said.returncode == 0, said.stderr
    return float(said.stdout.split()[-1]) - time.time()


def _near(found: float, wanted: float) -> bool:
    return abs(found - wanted) < 30


SQL = "mysql -N -e 'select unix_timestamp(now())'"


@pytest.mark.lab
def test_dates_and_databases_are_wrong_until_it_is_healed(bench: Bench) -> None:
    victim, other = bench.first(THERE, "node"), bench.first(THERE, "router")
    assert bench.ssh(victim, "systemctl start mariadb").returncode == 0
    assert _near(_ahead(bench, victim), 0) and _near(_ahead(bench, victim, SQL), 0)
    bench.lab.strike("skew", victim, seconds=-7200, restart="mariadb")
    assert _near(_ahead(bench, victim), -7200) and _near(_ahead(bench, victim, SQL), -7200)
    assert _near(_ahead(bench, other), 0)
    bench.lab.strike("skew", victim, seconds=86400, restart="mariadb")  # a running database follows
    assert _near(_ahead(bench, victim, SQL), 86400)
    bench.lab.heal(victim)
    assert _near(_ahead(bench, victim), 0) and _near(_ahead(bench, victim, SQL), 0)
    assert bench.ssh(victim, "ls /etc/ld.so.preload /etc/medcloud-skew").stdout == ""
    assert bench.ssh(victim, "systemctl stop mariadb").returncode == 0


@pytest.mark.lab
def test_waiting_takes_its_time_and_a_power_cycle_keeps_it(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.lab.strike("skew", victim, seconds=3600)
    wait = "import threading, time; t = time.monotonic(); threading.Event().wait(1.0); print(time.monotonic() - t)"
    said = bench.ssh(victim, f'timeout 15 python3 -c "{wait}"; sleep 0.2; echo slept')
    assert 0.9 <= float(said.stdout.split()[0]) < 10 and "slept" in said.stdout
    bench.lab.strike("kill", victim)
    bench.lab.heal(victim, "kill")
    eventually(lambda: bench.ssh(victim, "systemctl is-system-running --wait").stdout.strip() == "running", 60)
    assert _near(_ahead(bench, victim), 3600)
    bench.lab.heal()
    assert _near(_ahead(bench, victim), 0)


@pytest.mark.lab
def test_on_a_full_disk_it_fails_in_words_and_can_be_healed(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.lab.strike("fill", victim)
    with pytest.raises(MedcloudError, match="No space left"):
        bench.lab.strike("skew", victim)
    bench.lab.heal()
    assert bench.sentences() == []
    assert _near(_ahead(bench, victim), 0)


@pytest.mark.lab
def test_a_machine_that_preloads_its_own_is_refused(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.ssh(victim, "echo /lib/none.so > /etc/ld.so.preload")
    try:
        with pytest.raises(MedcloudError, match="preloads a library of its own"):
            bench.lab.strike("skew", victim)
    finally:
        bench.ssh(victim, "rm /etc/ld.so.preload")
