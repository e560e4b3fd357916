"""Ctrl-C in a drill."""

from __future__ import annotations

from typing import Any

import pytest

from cli.drill_session import Interrupt
from cli.timeline import Timeline


class Asked:
    def __init__(self) -> None:
        self.holds = 0

    def request_hold(self) -> None:
        self.holds += 1


@pytest.mark.parametrize(
    ("typed", "holds", "undo"), [("", 1, False), ("h", 1, False), ("Undo", 1, True), ("g", 0, False)]
)
def test_ctrl_c_asks_hold_undo_or_go_on(
    typed: str, holds: int, undo: bool, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: typed)
    engine: Any = Asked()
    interrupt = Interrupt(engine, Timeline(quiet=True), ask=True)
    interrupt(2, None)
    assert (engine.holds, interrupt.undo) == (holds, undo)
    assert "[h]old" in capsys.readouterr().err


def test_where_nobody_can_be_asked_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: pytest.fail("it asked"))
    engine: Any = Asked()
    Interrupt(engine, Timeline(quiet=True), ask=False)(2, None)
    assert engine.holds == 1


def test_ctrl_c_again_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    engine: Any = Asked()
    interrupt = Interrupt(engine, Timeline(quiet=True), ask=False)
    interrupt(2, None)
    interrupt(2, None)
    assert ended == [130]
