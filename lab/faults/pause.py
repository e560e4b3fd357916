"""Freeze all processes of a machine, its guests' too; its kernel goes on answering ping (冻结)."""

from __future__ import annotations

from dataclasses import dataclass

from lab.fault import IndoorFault
from lab.scene import Scene


@dataclass(frozen=True)
class Pause(IndoorFault):
    def sentence(self, target: str) -> str:
        return f"{target} is frozen: no process runs, its kernel still answers ping and accepts connections"

    def silences(self, target: str, machine: str, place: str) -> bool:
        return target == machine

    def apply(self, scene: Scene, target: str) -> None:
        scene.machine(target).cell.freeze()

    def heal(self, scene: Scene, target: str) -> None:
        scene.machine(target).cell.thaw()
