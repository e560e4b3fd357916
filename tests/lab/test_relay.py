"""When a line's frames come out at the far end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lab.condition import Condition, Flap, Refusal
from lab.relay import Direction, RelaySpec, Shutter

LINE = Condition(delay_ms=10.0, bandwidth_mbit=8.0)


def test_a_frame_takes_its_sending_time_and_the_delay() -> None:
    way = Direction(LINE)
    assert way.push(100.0, bytes(1000))  # 1000 bytes at 8 Mbit/s: 1 ms
    assert way.next_due() == pytest.approx(100.011)
    assert way.due(100.0109) == []
    assert way.due(100.0111) == [bytes(1000)]
    assert way.next_due() is None


def test_frames_queue_behind_each_other_at_the_lines_rate() -> None:
    way = Direction(LINE)
    for _ in range(5):
        way.push(0.0, bytes(1000))
    assert [due for due, _ in way.queue] == pytest.approx([0.011, 0.012, 0.013, 0.014, 0.015])


def test_an_idle_line_owes_nothing() -> None:
    way = Direction(LINE)
    way.push(0.0, bytes(1000))
    way.push(5.0, bytes(1000))
    assert [due for due, _ in way.queue] == pytest.approx([0.011, 5.011])


def test_a_full_buffer_drops() -> None:
    way = Direction(LINE)
    taken = [way.push(0.0, bytes(1000)) for _ in range(300)]
    assert 199 <= taken.count(True) <= 201  # 1 ms each into 200 ms of backlog
    assert taken == sorted(taken, reverse=True)  # what came first is kept


def test_loss_takes_the_unlucky_and_jitter_never_reorders() -> None:
    way = Direction(replace(LINE, loss=0.1, jitter_ms=5.0))
    assert way.chancy
    assert not way.push(0.0, b"x", luck=0.9, chance=0.05)
    for luck in (0.9, 0.2, 0.5):
        assert way.push(0.0, b"x", luck=luck, chance=0.5)
    dues = [due for due, _ in way.queue]
    assert dues == sorted(dues)
    assert dues[0] == pytest.approx(0.010 + 0.9 * 0.005, abs=1e-4)


def test_a_change_loses_nothing_and_reorders_nothing() -> None:
    way = Direction(LINE)
    way.push(0.0, b"a" * 1000)
    way.change(replace(LINE, delay_ms=1.0, bandwidth_mbit=80.0))
    way.push(0.0, b"b" * 1000)
    way.change(replace(LINE, delay_ms=100.0))
    way.push(0.0, b"c" * 1000)
    assert [frame[:1] for frame in way.due(10.0)] == [b"a", b"b", b"c"]


def test_a_refused_frame_is_lost_on_its_way_only() -> None:
    refusing = replace(LINE, refusals=(Refusal(0, ("10.1.0.0/16",)),))
    frame = bytes(12) + b"\x08\x00" + bytes(12) + bytes([10, 1, 2, 3, 10, 2, 0, 1]) + bytes(20)
    assert not Direction(refusing, 0).push(0.0, frame)
    assert Direction(refusing, 1).push(0.0, frame)
    assert Direction(refusing, 0).push(
        0.0, bytes(12) + b"\x08\x06" + bytes(50)
    )  # no IPv4: neighbours still see each other


def test_the_shutter_follows_all_flaps_and_keeps_their_rhythm() -> None:
    shutter = Shutter()
    slow, quick = Flap(4.0, 0.5), Flap(1.0, 0.5, silent=True)
    shutter.change(replace(LINE, flaps=(slow,)), 100.0)
    assert [shutter.carrier(100 + t) for t in (0.1, 1.9, 2.1, 3.9, 4.1)] == [False, False, True, True, False]
    shutter.change(replace(LINE, flaps=(slow, quick)), 102.2)
    assert [shutter.carrier(102.2 + t) for t in (0.1, 0.6)] == [True, True]
    assert [shutter.open(0, 102.2 + t) for t in (0.1, 0.6)] == [False, True]
    assert shutter.next_change(102.3) == pytest.approx(102.7)
    shutter.change(LINE, 103.0)
    assert shutter.carrier(104.1) and shutter.next_change(104.1) is None


def test_one_way_may_be_closed_alone() -> None:
    shutter = Shutter()
    shutter.change(LINE.swallowing(1), 0.0)
    assert (shutter.open(0, 1.0), shutter.open(1, 1.0), shutter.carrier(1.0)) == (True, False, True)


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec = RelaySpec("line", ("/run/netns/a", "/run/netns/b"))
    spec.write(tmp_path / "spec.json")
    assert RelaySpec.read(tmp_path / "spec.json") == spec


def test_a_relay_of_an_older_version_is_known(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"interface": "line", "networks": ["a", "b"], "delay_ms": 1.0}')
    assert not RelaySpec.read(tmp_path / "spec.json").understood
    assert RelaySpec("line", ("a", "b")).understood
