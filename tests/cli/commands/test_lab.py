"""`medcloud lab` as typed, where no lab is up (what it does is tested in tests/lab)."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest

from lab.cgroups import groups_below
from lab.faults import find, kinds
from tests.cli.typed import typed as in_process


def typed(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return in_process("--state-dir", state, "--cache-dir", state, "--lab", "nowhere", "lab", *words)


def test_a_fault_needs_a_lab_that_is_up(tmp_path: Path) -> None:
    done = typed(tmp_path, "cut", "xiamen", "mh-sp2-telecom")
    assert done.returncode != 0
    assert "lab up" in done.stderr


def test_down_of_a_lab_that_is_not_up_is_done_already(tmp_path: Path) -> None:
    done = typed(tmp_path, "down", "xiamen", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "nowhere", "gone": True}


@pytest.mark.parametrize("kind", kinds())
def test_every_fault_is_a_command_with_its_parameters(tmp_path: Path, kind: str) -> None:
    done = typed(tmp_path, kind, "--help")
    assert done.returncode == 0, done.stderr
    for field in dataclasses.fields(find(kind)):
        assert f"--{field.name.replace('_', '-')}" in done.stdout


def test_a_parameter_out_of_bounds_or_an_unknown_target_is_bad_input(tmp_path: Path) -> None:
    done = typed(tmp_path, "slow", "xiamen", "mh-sp2-telecom", "--delay-ms", "-1")
    assert (done.returncode, "not within 0 to 10000" in done.stderr) == (2, True)
    done = typed(tmp_path, "partition", "xiamen", "gaodian", "fuzhu")
    assert (done.returncode, "did you mean 'fuzhou'" in done.stderr) == (2, True)
    done = typed(tmp_path, "heal", "xiamen", "--fault", "cutt")
    assert (done.returncode, "did you mean 'cut'" in done.stderr) == (2, True)


def test_saves_are_listed_and_unknown_ones_are_bad_input(tmp_path: Path) -> None:
    done = typed(tmp_path, "saves", "xiamen", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    for verb in ("restore", "forget"):
        done = typed(tmp_path, verb, "xiamen", "before-drill")
        assert (done.returncode, "there is no save 'before-drill'" in done.stderr) == (2, True), done.stderr
    assert not [group for group in groups_below(Path("/sys/fs/cgroup")) if group.name == "mc-nowhere"]


def test_a_lab_that_is_not_up_cannot_be_saved(tmp_path: Path) -> None:
    done = typed(tmp_path, "save", "xiamen", "before-drill")
    assert (done.returncode, "lab up" in done.stderr) == (1, True), done.stderr


def test_a_storm_is_planned_without_a_lab_and_the_same_each_time(tmp_path: Path) -> None:
    words = ("storm", "xiamen", "--seed", "7", "--minutes", "3", "--only", "cut,kill", "--plan-only", "--json")
    one, two = typed(tmp_path, *words), typed(tmp_path, *words)
    assert one.returncode == 0 and one.stdout == two.stdout
    strikes = json.loads(one.stdout)["strikes"]
    assert {strike["kind"] for strike in strikes} == {"cut", "kill"}
    done = typed(tmp_path, "storm", "xiamen", "--only", "corrupt", "--plan-only")
    assert (done.returncode, "cannot choose what to corrupt" in done.stderr) == (2, True)
    done = typed(tmp_path, "storm", "xiamen", "--minutes", "1")
    assert (done.returncode, "wants a whole lab" in done.stderr) == (3, True)
