"""Live progress on stderr: phases with their durations; what a phase is doing now, on a terminal as one moving line."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SAY_EVERY = 15.0  # seconds between lines where there is no terminal to draw on


class Progress:
    """Tells a person what happens and what is waited for. `quiet` says nothing."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, quiet=quiet)
        self._status: Any = None
        self._phase = ""
        self._said = 0.0
        self._begun = time.monotonic()

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        """One phase: its begin, its end with seconds, or where it broke off."""
        begin, self._phase = time.monotonic(), title
        self._said = begin
        if not sys.stderr.isatty():
            self._console.print(f"{self._clock()} {title} …", markup=False, highlight=False)
        try:
            with self._console.status(title) as status:
                self._status = status
                yield
        except BaseException:
            self._console.print(f"{self._clock()} {title}: broke off", markup=False, highlight=False)
            raise
        finally:
            self._status = None
        self._console.print(
            f"{self._clock()} {title}: done in {time.monotonic() - begin:.1f} s", markup=False, highlight=False
        )

    def say(self, text: str) -> None:
        """What the phase is doing now."""
        now = time.monotonic()
        if self._console.is_terminal and self._status is not None:
            self._status.update(f"{self._phase}: {text}"[: self._console.width - 4])
        elif now - self._said >= _SAY_EVERY:
            self._said = now
            self._console.print(f"{self._clock()}   {text}", markup=False, highlight=False)

    def _clock(self) -> str:
        seconds = int(time.monotonic() - self._begun)
        return f"[{seconds // 60:02d}:{seconds % 60:02d}]"
