"""A storm: done in time, written down, replayed, and over when everything is healed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from inventory.error import MedcloudError
from lab.schedule import Strike
from lab.storm import Action, Log, deeds, recorded, run
from tests.lab.conftest import Bench, eventually

TWO = (Strike(1.0, 5.0, "cut", "a", {}), Strike(3.0, 4.0, "slow", "a", {"delay_ms": 9.0}))


class Weather:
    """An actor with a clock of its own; every deed takes 1.5 s."""

    def __init__(self, fails: str = "") -> None:
        self.now, self.said, self._fails = 100.0, list[str](), fails

    def strike(self, kind: str, target: str, **params: Any) -> None:
        self._do(f"strike {kind} {target} {params}")

    def calm(self, kind: str, target: str) -> None:
        self._do(f"heal {kind} {target}")

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def _do(self, what: str) -> None:
        self.said.append(what)
        self.now += 1.5
        if self._fails and self._fails in what:
            raise MedcloudError("no")


def _run(weather: Weather) -> list[Action]:
    return run(TWO, weather, lambda action: None, lambda: weather.now, weather.sleep)


def test_deeds_come_in_their_order_and_late_ones_at_once() -> None:
    weather = Weather()
    done = _run(weather)
    assert weather.said == ["strike cut a {}", "strike slow a {'delay_ms': 9.0}", "heal slow a", "heal cut a"]
    assert [(a.planned_s, a.begun_s, a.done_s) for a in done] == [
        (1.0, 1.0, 2.5), (3.0, 3.0, 4.5), (4.0, 4.5, 6.0), (5.0, 6.0, 7.5),
    ]  # fmt: skip


def test_a_failed_deed_is_told_and_the_storm_goes_on() -> None:
    assert [action.error for action in _run(Weather(fails="slow"))] == ["", "no", "no", ""]


def test_healing_comes_before_striking_at_the_same_moment() -> None:
    again = (Strike(1.0, 3.0, "cut", "a", {}), Strike(3.0, 4.0, "cut", "a", {}))
    assert [(deed, at) for at, deed, _ in deeds(again)] == [
        ("strike", 1.0), ("heal", 3.0), ("strike", 3.0), ("heal", 4.0),
    ]  # fmt: skip


def test_its_file_tells_the_schedule_again(tmp_path: Path) -> None:
    text = io.StringIO()
    Log(text).begin({"seed": 1}, TWO)
    file = tmp_path / "storm.jsonl"
    file.write_text(text.getvalue())
    assert recorded(file) == TWO


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not the file of a storm"),
        ('{"action": {}}', "not the file of a storm"),
        ('{"strikes": [{"at_s": 1}]}', "not the file of a storm"),
        ('{"strikes": [{"at_s": 1, "heal_s": 2, "kind": "cutt", "target": "a", "params": {}}]}', "did you mean 'cut'"),
    ],
)
def test_another_file_is_bad_input(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(MedcloudError, match=why):
        recorded(tmp_path / "x")
    with pytest.raises(MedcloudError, match="no such file"):
        recorded(tmp_path / "y")


SHORT = ("--seed", "11", "--minutes", "0.25", "--gap", "1.5", "--shortest", "1", "--longest", "6", "--most-down", "2")


def _typed(bench: Bench, *words: str) -> dict[str, Any]:
    done = subprocess.run([*bench.words("storm", *words), "--json"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.lab
def test_a_storm_passes_and_its_file_replays_it(bench: Bench) -> None:
    planned = _typed(bench, *SHORT, "--plan-only")["strikes"]
    result = _typed(bench, *SHORT)
    assert (result["faults"], result["failed"], result["wrong"]) == (len(planned), [], [])
    lines = [json.loads(line) for line in Path(result["file"]).read_text().splitlines()]
    assert lines[0]["strikes"] == planned
    done = [(line["action"]["deed"], line["action"]["kind"], line["action"]["target"]) for line in lines[1:-1]]
    assert done == [(deed, s.kind, s.target) for _, deed, s in deeds(recorded(Path(result["file"])))]
    assert _typed(bench, "--replay", result["file"], "--plan-only")["strikes"] == planned
    assert bench.lab.status().faults == ()


@pytest.mark.lab
def test_a_broken_lab_is_left_alone(bench: Bench) -> None:
    bench.lab.strike("cut", bench.line().name)
    done = subprocess.run(bench.words("storm", *SHORT), capture_output=True, text=True)
    assert (done.returncode, "a storm wants a whole lab" in done.stderr) == (3, True)


@pytest.mark.lab
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_storm_is_healed_by_heal(bench: Bench, how: signal.Signals) -> None:
    words = bench.words("storm", *SHORT, "--only", "kill,pause,isolate,flap,fill")
    storm = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: len(bench.lab.status().faults) >= 2)
    os.kill(storm.pid, how)
    assert storm.wait(60) == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130}[how]
    assert bench.lab.status().faults
    bench.lab.heal()
    status = bench.lab.status()
    assert status.faults == () and status.up
    assert {line.state for line in status.lines} == {"up"}
    writes = "dd if=/dev/zero of=/var/tmp/probe bs=1M count=1 conv=fsync"
    for machine in bench.lab.machines:
        eventually(lambda name=machine.name: bench.ssh(name, writes).returncode == 0)
