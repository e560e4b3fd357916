"""The live timeline of a drill on stderr: what began, what is done and after how long."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.console import print_table

if TYPE_CHECKING:
    from dr.result import DrillResult, SystemResult

Line = dict[str, Any]


class Timeline:
    """Draws journal lines as they are written: what is done scrolls by, what is at work and what waits for it stands
    below, with the time it took before. `quiet` draws nothing; without a terminal there are only the lines."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._live: Any = None
        self._begun: datetime | None = None
        self._plan: Pace | None = None
        self._paused = False
        self._open: dict[str, float] = {}
        self._done: set[str] = set()

    def __call__(self, line: Line) -> None:
        at = datetime.fromisoformat(line["at"])
        self._begun = self._begun or at
        clock = f"[dim]+{(at - self._begun).total_seconds():6.1f} s[/]"
        text = self._take(line)
        if text and not (self._live_wanted and line.get("state") == "started"):
            self._console.print(f"{clock} {text}")
        self._draw()

    def follow(self, pace: Pace) -> None:
        """Show that plan's waiting calls and times."""
        self._plan = pace

    def pause(self, paused: bool) -> None:
        """Keep the foot off the terminal while somebody is asked something."""
        self._paused = paused
        self._draw()

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._open.clear()
        self._draw()

    @property
    def _live_wanted(self) -> bool:
        return bool(self._console.is_terminal)

    def _take(self, line: Line) -> str:
        """What the line says to people; what is at work is kept for drawing."""
        state = line.get("state") if line["event"] == "step" else None
        if state == "started":
            self._open[line["step"]] = time.monotonic()
            again = f" (try {line['attempt']})" if line["attempt"] > 1 else ""
            return f"[cyan]…[/] {line['step']}{again}"
        if state is not None:
            self._open.pop(line["step"], None)
        if state == "done":
            self._done.add(line["step"])
        if line["event"] in ("finished", "held", "abandoned"):
            self._open.clear() if line["event"] != "held" else None
        return describe(line)

    def _draw(self) -> None:
        if not self._live_wanted or self._console.quiet:
            return
        if not self._open or self._paused:
            if self._live is not None:
                self._live.stop()
                self._live = None
            return
        if self._live is None:
            from rich.live import Live

            self._live = Live(console=self._console, get_renderable=self._at_work, transient=True, refresh_per_second=4)
            self._live.start()

    def _at_work(self) -> Any:
        """The foot of the timeline."""
        from rich.text import Text

        now, rows = time.monotonic(), []
        for name, since in list(self._open.items()):
            usual = self._plan.seconds.get(name) if self._plan else None
            late = usual is not None and now - since > 1.5 * usual + 1
            row = Text(f"  ▸ {name}  {now - since:.1f} s", style="yellow" if late else "cyan")
            row.append(f" of about {usual:.0f} s" if usual is not None else "", style="dim")
            rows.append(row)
        if self._plan:
            rows.append(Text(self._plan.ahead(self._done, self._open), style="dim"))
        return Text("\n").join(rows)


@dataclass(frozen=True)
class Pace:
    """A plan as the timeline needs it: what each call waits for, its usual seconds, the usual seconds of all."""

    after: Mapping[str, tuple[str, ...]]
    seconds: Mapping[str, float]
    total: float | None

    def ahead(self, done: set[str], at_work: Collection[str]) -> str:
        """How much is done, what comes next and what that waits for."""
        text = f"  {len(done)} of {len(self.after)} done"
        text += f", about {self.total:.0f} s in all" if self.total is not None else ""
        waiting = [name for name in self.after if name not in done and name not in at_work]
        coming = [name for name in waiting if all(before in done or before in at_work for before in self.after[name])]
        for name in coming[:3]:
            text += f"\n  · {name} waits for {', '.join(b for b in self.after[name] if b not in done) or 'its turn'}"
        return text


def describe(line: Line) -> str:
    """One journal line for people (Rich markup); empty for lines that say nothing new."""
    from rich.markup import escape

    if line["event"] == "step" and line["state"] == "done":
        return f"[green]✓[/] {line['step']} [dim]{line['seconds']:.1f} s  {escape(_short(line['evidence']))}[/]"
    if line["event"] == "step" and line["state"] == "failed":
        return f"[red]✗[/] {line['step']}: {escape(line['error'].splitlines()[-1])}"
    if line["event"] == "resumed":
        return "[yellow]resumed[/]"
    if line["event"] == "took-over":
        return f"[yellow]took over[/] {', '.join(line['calls'])} [dim]from {line['worker']}[/]"
    if line["event"] == "held":
        return f"[red]held[/] {line['step']} {escape(line['error'])}"
    if line["event"] in ("undone", "left"):
        return f"[yellow]{line['event']}[/] {line['step']} {escape(line.get('error', ''))}"
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


def _waited(result: DrillResult, system: SystemResult) -> str:
    """The measured recovery time; where the outage began before the run, what the run itself can say."""
    if system.rto_seconds is not None:
        return f"{system.rto_seconds} s"
    if system.first_after is None:
        return "not measured"
    since = datetime.fromisoformat(system.first_after) - datetime.fromisoformat(result.started)
    return f"not measured; served {since.total_seconds():.0f} s after the run began, or earlier"


def print_result(result: DrillResult) -> None:
    """What a finished run measured."""
    if result.mode == "tabletop":
        from cli.drill_view import print_walk

        print_walk(result)
        return
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
            _waited(result, s),
            f"{s.declared_rto_seconds:g} s",
            s.acknowledged,
            f"{s.missing_before_healing} / {s.missing_after_healing}",
            s.doubled,
            s.verdict,
        )
        for s in result.systems
    ]
    print_table(f"{result.run_id}: {result.source} → {result.target}", columns, rows)
    for system in result.systems:
        if system.shares:
            parts = " · ".join(f"{share.name} {share.seconds:.1f}" for share in system.shares)
            print(f"{system.system}, second by second: {parts}")
    asked = f"approved by {', '.join(result.approved_by)}" if result.approved_by else "approvals off: nobody was asked"
    print(f"{asked} · ward-safe window: {result.window or 'not looked at'}")
    print(f"{result.seconds:.0f} s in all · {result.interruptions} interruptions · verdict: {result.verdict}")
