"""People with keys of their own, and a run that asks them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dr import approval, runs
from dr.approval import NAMESPACE
from dr.approvers import Key
from dr.context import Context
from dr.planner import standard
from dr.runs import Run
from inventory.model import Site, Text
from monitors import signature
from tests.dr.fakes import Scene, scene

PEOPLE = ("it-director", "medical-director", "duty-director")
TEXT = Text(zh="切换到高殿", en="Move to Gaodian")


class Asked:
    """A run of the Xiamen site with everybody's key known; signatures are made by the real ssh-keygen."""

    def __init__(
        self, folder: Path, site: Site, ssh_key: Callable[[str], Path], people: tuple[str, ...] = PEOPLE
    ) -> None:
        self.keys = {name: ssh_key(name) for name in people}
        self.known = {name: Key(signature.public_key(key), "state") for name, key in self.keys.items()}
        self.drills = folder / "drills"
        plan = standard(site, "same-city-failover")
        runs.create(self.drills, "run-1", site, plan)
        self.stage: Scene = scene(site, self.run.folder, plan)

    @property
    def run(self) -> Run:
        return runs.load(self.drills, "run-1")

    def context(self, known: Mapping[str, Key] | None = None) -> Context:
        return dataclasses.replace(self.stage.context, approvers=self.known if known is None else known)

    def ask(self, patience: float = 60.0, text: Text = TEXT, **context: Any) -> Any:
        return approval.await_approvals(self.context(**context), "ask", text, patience)

    def signed(self, person: str, key: str = "", data: bytes | None = None) -> bytes:
        data = (self.run.folder / "approvals/ask/request.json").read_bytes() if data is None else data
        return signature.sign(data, NAMESPACE, self.keys[key or person])

    def give(self, person: str, **how: Any) -> approval.Approval:
        return approval.give(self.run, "ask", person, self.signed(person, **how), self.stage.world.clock.now())

    def while_waiting(self, *acts: Callable[[], Any]) -> None:
        """What happens meanwhile: one act at each look of the step that waits."""
        waiting = list(acts)
        self.stage.world.clock.on_sleep.append(lambda: waiting.pop(0)() if waiting else None)
