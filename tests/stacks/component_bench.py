"""What a component declares, seen through Pulumi's mocks: no engine, no cloud."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True)
class Declared:
    """One declared resource."""

    kind: str
    name: str
    inputs: dict[str, Any]


class Recorder(pulumi.runtime.Mocks):
    """Answers every registration with an id and remembers it."""

    def __init__(self) -> None:
        self.made: list[Declared] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        kind = args.typ.rpartition(":")[2]
        if ":index:" in args.typ:
            self.made.append(Declared(kind, args.name, dict(args.inputs)))
        return f"{kind}/{args.name}", dict(args.inputs) | {"port_id": f"port/{args.name}"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {}


def declared(build: Callable[[], object]) -> list[Declared]:
    """The resources that `build` declares."""
    recorder = Recorder()

    def run() -> None:
        pulumi.runtime.set_mocks(recorder, project="medcloud", stack="test")

        @pulumi.runtime.test
        def program() -> None:
            build()

        program()

    contextvars.copy_context().run(run)
    return recorder.made


def of_kind(made: list[Declared], kind: str) -> list[Declared]:
    return sorted((item for item in made if item.kind == kind), key=lambda item: item.name)
