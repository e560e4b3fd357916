"""A corrupt block: the machine reads other bytes, and its own again after healing."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from lab import faults
from tests.lab.conftest import THERE, Bench

FILE = "/var/tmp/data"


def test_it_needs_a_path_and_no_storm_chooses_one() -> None:
    with pytest.raises(MedcloudError, match="`corrupt` needs --path"):
        faults.make("corrupt", {})
    assert not faults.find("corrupt").by_chance
    one, two = (faults.make("corrupt", {"path": FILE, "block": block}) for block in (1, 2))
    assert one.part != two.part


def _sum(bench: Bench, machine: str, block: int) -> str:
    said = bench.ssh(machine, f"dd if={FILE} bs=8192 skip={block} count=1 2>/dev/null | sha256sum")
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.mark.lab
def test_one_block_differs_until_it_is_healed(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.ssh(victim, f"seq 1 20000 > {FILE}; sync")
    before = [_sum(bench, victim, block) for block in (2, 3, 4)]
    bench.lab.strike("corrupt", victim, path=FILE, block=3)
    assert [_sum(bench, victim, block) == was for block, was in zip((2, 3, 4), before, strict=True)] == [
        True, False, True,
    ]  # fmt: skip
    bench.lab.up()  # does not flip it back
    assert _sum(bench, victim, 3) != before[1]
    bench.lab.heal(victim, "corrupt")
    assert [_sum(bench, victim, block) for block in (2, 3, 4)] == before


@pytest.mark.lab
def test_what_was_written_anew_stays(bench: Bench) -> None:
    victim = bench.first(THERE, "node")
    bench.ssh(victim, f"seq 1 20000 > {FILE}; sync")
    bench.lab.strike("corrupt", victim, path=FILE, block=1)
    bench.ssh(victim, f"tr 1-9 a-i < /dev/zero | head -c 99999 > {FILE}; sync")
    mine = _sum(bench, victim, 1)
    bench.lab.heal()
    assert _sum(bench, victim, 1) == mine


@pytest.mark.lab
def test_a_file_of_the_image_too_and_no_other(bench: Bench) -> None:
    """A file of the shared layers becomes the machine's own copy; other machines keep theirs."""
    victim, other = bench.first(THERE, "node"), bench.first(THERE, "router")
    read = "sha256sum /usr/share/common-licenses/GPL-3"
    before = bench.ssh(other, read).stdout
    bench.lab.strike("corrupt", victim, path="/usr/share/common-licenses/GPL-3", block=1, block_size=4096)
    assert bench.ssh(victim, read).stdout != before
    assert bench.ssh(other, read).stdout == before
    bench.lab.heal()
    assert bench.ssh(victim, read).stdout == before
    for path, why in (("/var/tmp/none", "has no file"), ("/etc/mtab", "symbolic link"), ("/etc/hostname", "no whole")):
        with pytest.raises(MedcloudError, match=why):
            bench.lab.strike("corrupt", victim, path=path)
    assert bench.sentences() == []
