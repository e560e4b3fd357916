"""A shell of scripted answers: what was asked of whom is kept."""

from __future__ import annotations

from collections.abc import Callable

from monitors.ssh import Completed, Unreachable

Answer = Callable[[str, str], Completed]


class ScriptedShell:
    """`answers` maps a piece of a command to what it prints; hosts in `gone` cannot be reached."""

    def __init__(self, answers: dict[str, str | Completed], gone: tuple[str, ...] = ()) -> None:
        self._answers = answers
        self._gone = gone
        self.asked: list[tuple[str, str, str]] = []

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        if host in self._gone:
            raise Unreachable(f"{host}: silent")
        text = input.decode() if isinstance(input, bytes) else input or ""
        self.asked.append((host, command, text))
        for piece, answer in self._answers.items():
            if piece in command:
                return answer if isinstance(answer, Completed) else Completed(0, answer, "")
        return Completed(0, "", "")

    def forget(self, host: str) -> None:
        self.asked.append((host, "forget", ""))
