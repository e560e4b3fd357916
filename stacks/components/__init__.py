"""Cloud components: one validated config model becomes several resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi


class CloudResource(pulumi.CustomResource):
    """One resource of the medcloud provider; `output` gives what only the cloud knows."""

    def __init__(
        self,
        kind: str,
        name: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions,
        outputs: tuple[str, ...] = (),
    ) -> None:
        wanted = {key: value for key, value in inputs.items() if value is not None}
        super().__init__(f"medcloud:index:{kind}", name, wanted | dict.fromkeys(outputs), options)

    def output(self, name: str) -> pulumi.Output[Any]:
        """An output declared when the resource was made."""
        value: pulumi.Output[Any] = pulumi.get(self, name)
        return value


class Component(pulumi.ComponentResource):
    """A group of resources. `add` makes a resource inside of it, on the same cloud."""

    def __init__(self, noun: str, name: str, options: pulumi.ResourceOptions) -> None:
        super().__init__(f"medcloud:components:{noun}", name, None, options)

    def add(
        self,
        kind: str,
        name: str,
        inputs: Mapping[str, Any],
        outputs: tuple[str, ...] = (),
        ignore: list[str] | None = None,
        after: list[pulumi.Resource] | None = None,
    ) -> CloudResource:
        """One resource of that kind; `ignore` names inputs whose later change is no change."""
        options = pulumi.ResourceOptions(parent=self, ignore_changes=ignore, depends_on=after)
        return CloudResource(kind, name, inputs, options, outputs)
