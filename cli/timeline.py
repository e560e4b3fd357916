"""The live timeline of a drill on stderr: what began, what is done and after how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.console import print_table

if TYPE_CHECKING:
    from dr.result import DrillResult

Line = dict[str, Any]


class Timeline:
    """Draws journal lines as they are written. `quiet` draws nothing."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._status: Any = None
        self._begun: datetime | None = None

    def __call__(self, line: Line) -> None:
        at = datetime.fromisoformat(line["at"])
        self._begun = self._begun or at
        clock = f"[dim]+{(at - self._begun).total_seconds():6.1f} s[/]"
        if line["event"] == "step" and line["state"] == "started":
            again = f" (try {line['attempt']})" if line["attempt"] > 1 else ""
            self._wait(f"{line['step']}{again} …")
            if not self._console.is_terminal:
                self._console.print(f"{clock} [cyan]…[/] {line['step']}{again}")
            return
        self._wait(None)
        text = describe(line)
        if text:
            self._console.print(f"{clock} {text}")

    def close(self) -> None:
        self._wait(None)

    def _wait(self, text: str | None) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        if text and self._console.is_terminal:
            self._status = self._console.status(text)
            self._status.start()


def describe(line: Line) -> str:
    """One journal line for people (Rich markup); empty for lines that say nothing new."""
    from rich.markup import escape

    if line["event"] == "step" and line["state"] == "done":
        return f"[green]✓[/] {line['step']} [dim]{line['seconds']:.1f} s  {escape(_short(line['evidence']))}[/]"
    if line["event"] == "step" and line["state"] == "failed":
        return f"[red]✗[/] {line['step']}: {escape(line['error'].splitlines()[-1])}"
    if line["event"] == "resumed":
        return "[yellow]resumed[/]"
    if line["event"] == "note":
        return escape(line["text"])
    return ""


def _short(evidence: Line) -> str:
    """The plain values of a step's evidence in one line."""
    plain = [f"{key} {value}" for key, value in evidence.items() if isinstance(value, str | int | float)]
    text = " · ".join(plain)
    return text if len(text) <= 110 else text[:107] + "..."


def print_steps(lines: Sequence[Line], plan_steps: Sequence[str]) -> None:
    """A run's steps as a table: state, when it began, how long it took."""
    print_table(
        "steps", ("step", "state", "began (UTC)", "seconds", "what was seen"), [_row(s, lines) for s in plan_steps]
    )


def _row(step: str, lines: Sequence[Line]) -> tuple[object, ...]:
    mine = [line for line in lines if line["event"] == "step" and line["step"] == step]
    if not mine:
        return step, "waiting", "", "", ""
    last = next((line for line in mine if line["state"] == "done"), mine[-1])
    seen = _short(last["evidence"]) if last["state"] == "done" else last.get("error", "").splitlines()[-1:] or ""
    return step, last["state"], mine[0]["at"][11:19], last.get("seconds", ""), seen


def print_result(result: DrillResult) -> None:
    """What a finished run measured."""
    columns = (
        "system",
        "RTO as the ward saw it",
        "declared",
        "acknowledged",
        "missing before / after healing",
        "doubled",
        "verdict",
    )
    rows = [
        (
            s.system,
            f"{s.rto_seconds} s",
            f"{s.declared_rto_seconds:g} s",
            s.acknowledged,
            f"{s.missing_before_healing} / {s.missing_after_healing}",
            s.doubled,
            s.verdict,
        )
        for s in result.systems
    ]
    print_table(f"{result.run_id}: {result.source} → {result.target}", columns, rows)
    asked = f"approved by {', '.join(result.approved_by)}" if result.approved_by else "approvals off: nobody was asked"
    print(f"{asked} · ward-safe window: {result.window or 'not looked at'}")
    print(f"{result.seconds:.0f} s in all · {result.interruptions} interruptions · verdict: {result.verdict}")
