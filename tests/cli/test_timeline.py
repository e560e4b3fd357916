"""What a person sees while a drill runs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from cli.timeline import Pace, Timeline

PACE = Pace({"strike": (), "fence": ("strike",), "copy": ("strike",), "move": ("fence", "copy")}, {"fence": 4.0}, 12.5)


def line(event: str, step: str = "", state: str = "", **fields: Any) -> dict[str, Any]:
    more = {"step": step, "state": state, "attempt": 1} if event == "step" else {}
    return {"event": event, "at": "2026-11-22T10:00:00+00:00", **more, **fields}


@pytest.fixture
def screen() -> Iterator[tuple[Timeline, io.StringIO]]:
    timeline, paper = Timeline(), io.StringIO()
    timeline._console = Console(file=paper, force_terminal=True, width=100, color_system=None)
    timeline.follow(PACE)
    yield timeline, paper
    timeline.close()


def foot(timeline: Timeline) -> str:
    return str(timeline._at_work())


def test_parallel_steps_stand_below_with_their_usual_times(screen: tuple[Timeline, io.StringIO]) -> None:
    timeline, paper = screen
    timeline(line("step", "strike", "started"))
    timeline(line("step", "strike", "done", evidence={"how": "cut"}, seconds=1.25))
    timeline(line("step", "fence", "started"))
    timeline(line("step", "copy", "started"))
    text = foot(timeline)
    assert "▸ fence" in text and "of about 4 s" in text and "▸ copy" in text
    assert "1 of 4 done, about 12 s in all" in text and "move waits for fence, copy" in text
    assert "✓ strike 1.2 s  how cut" in paper.getvalue()


def test_a_step_that_ended_leaves_the_foot(screen: tuple[Timeline, io.StringIO]) -> None:
    timeline, paper = screen
    timeline(line("step", "fence", "started"))
    timeline(line("step", "fence", "failed", error="no router answers"))
    assert "▸" not in foot(timeline) and "✗ fence: no router answers" in paper.getvalue()


def test_without_a_terminal_every_start_is_a_line() -> None:
    timeline, paper = Timeline(), io.StringIO()
    timeline._console = Console(file=paper, width=100)
    timeline(line("step", "fence", "started"))
    timeline(line("took-over", calls=["fence"], worker="b"))
    assert "… fence" in paper.getvalue() and "took over fence from b" in paper.getvalue()


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    timeline = Timeline(quiet=True)
    timeline(line("step", "fence", "started"))
    timeline(line("step", "fence", "done", evidence={}, seconds=1.0))
    assert capsys.readouterr() == ("", "")
