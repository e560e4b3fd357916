"""The load that `make bench-dr` gives to all tools, and how its rows are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import drill_overhead, load, simulation
from benchmarks.drill_overhead import Row


def test_with_lanes_enough_the_ideal_is_the_critical_path(tmp_path: Path) -> None:
    assert load.ideal(20, lanes=20) == pytest.approx(simulation.critical_path(load.plan(20, tmp_path)))


def test_with_few_lanes_the_ideal_is_no_less_than_the_work_divided(tmp_path: Path) -> None:
    seconds = load.durations(30)
    chains = sum(value for name, value in seconds.items() if name[-1].isdigit())
    ideal = load.ideal(30, lanes=4)
    assert ideal >= chains / 4 and ideal > load.ideal(30, lanes=8) > load.ideal(30, lanes=30)


def test_the_overhead_is_that_of_the_median_run() -> None:
    row = Row("medcloud", 100, 10.0, (10.2, 30.0, 10.4), "")
    assert row.overhead == pytest.approx(4.0)
    assert "| medcloud | 100 | 303 | 10.0 | 10.4 (10.2 to 30.0, 3 runs) | 4.0 % |" in drill_overhead.table([row])


def test_a_small_load_really_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "durations", lambda systems: _short(systems))
    assert drill_overhead.medcloud(3, tmp_path) < 60
    assert len(simulation.marks_of(tmp_path)) == 3 * len(load.CHAIN) + len(load.BEGIN) + 1


def _short(systems: int) -> dict[str, float]:
    names = [*load.BEGIN, load.END, *(f"{step}-{n}" for n in range(systems) for step in load.CHAIN)]
    return dict.fromkeys(names, 0.01)


def test_tools_are_measured_in_turns(tmp_path: Path) -> None:
    order: list[str] = []

    def noting(name: str) -> drill_overhead.Tool:
        return drill_overhead.Tool(name, 2, lambda systems, folder: float(order.append(name) or len(order)))

    rows = drill_overhead.measure([noting("a"), noting("b")], 3)
    assert order == ["a", "b", "a", "b"]
    assert [(row.tool, row.seconds) for row in rows] == [("a", (1.0, 3.0)), ("b", (2.0, 4.0))]


def test_bare_threads_wait_as_long_as_the_chains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "durations", lambda systems: _short(systems))
    assert 0.06 <= drill_overhead.bare_threads(3, tmp_path) < 10
