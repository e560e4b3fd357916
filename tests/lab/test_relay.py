"""When a line's frames come out at the far end."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.relay import Direction, RelaySpec


def spec(**changes: float) -> RelaySpec:
    values = {"delay_ms": 10.0, "bandwidth_mbit": 8.0, "jitter_ms": 0.0, "loss": 0.0} | changes
    return RelaySpec("line", ("/run/netns/a", "/run/netns/b"), **values)


def test_a_frame_takes_its_sending_time_and_the_delay() -> None:
    way = Direction(spec())
    assert way.push(100.0, bytes(1000))  # 1000 bytes at 8 Mbit/s: 1 ms
    assert way.next_due() == pytest.approx(100.011)
    assert way.due(100.0109) == []
    assert way.due(100.0111) == [bytes(1000)]
    assert way.next_due() is None


def test_frames_queue_behind_each_other_at_the_lines_rate() -> None:
    way = Direction(spec())
    for _ in range(5):
        way.push(0.0, bytes(1000))
    assert [due for due, _ in way.queue] == pytest.approx([0.011, 0.012, 0.013, 0.014, 0.015])


def test_an_idle_line_owes_nothing() -> None:
    way = Direction(spec())
    way.push(0.0, bytes(1000))
    way.push(5.0, bytes(1000))
    assert [due for due, _ in way.queue] == pytest.approx([0.011, 5.011])


def test_a_full_buffer_drops() -> None:
    way = Direction(spec())
    taken = [way.push(0.0, bytes(1000)) for _ in range(300)]
    assert 199 <= taken.count(True) <= 201  # 1 ms each into 200 ms of backlog
    assert taken == sorted(taken, reverse=True)  # what came first is kept


def test_loss_takes_the_unlucky_and_jitter_never_reorders() -> None:
    way = Direction(spec(loss=0.1, jitter_ms=5.0))
    assert not way.push(0.0, b"x", luck=0.05)
    for luck in (0.9, 0.2, 0.5):
        assert way.push(0.0, b"x", luck=luck)
    dues = [due for due, _ in way.queue]
    assert dues == sorted(dues)
    assert dues[0] == pytest.approx(0.010 + 0.9 * 0.005, abs=1e-4)


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec(loss=0.5).write(tmp_path / "spec.json")
    assert RelaySpec.read(tmp_path / "spec.json") == spec(loss=0.5)
