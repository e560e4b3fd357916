"""What real machines of a rehearsal printed, and a shell that prints it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from monitors.reading import Section, sections_of
from monitors.ssh import Completed, Unreachable

CAPTURED = Path(__file__).parent / "captured"


@pytest.fixture
def captured() -> Callable[[str], dict[str, Section]]:
    """File name → the sections that were read then."""
    return lambda name: sections_of((CAPTURED / name).read_text(encoding="utf-8"))


class CannedShell:
    """Prints the captured file of each address; any other address is out of reach."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self.asked: list[tuple[str, str]] = []

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        self.asked.append((host, command))
        if host not in self._files:
            raise Unreachable(f"{host}: timed out")
        return Completed(0, (CAPTURED / self._files[host]).read_text(encoding="utf-8"), "")


@pytest.fixture
def canned() -> Callable[[Mapping[str, str]], CannedShell]:
    """Address → captured file, as a shell."""
    return CannedShell
