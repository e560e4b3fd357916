"""Programs that run on the hosts themselves, sent with every call; they need the standard library only."""

from __future__ import annotations

from pathlib import Path


def program(name: str) -> str:
    """The text of the program of that name."""
    return (Path(__file__).parent / f"{name}.py").read_text(encoding="utf-8")
