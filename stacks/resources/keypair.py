"""The operators' public key, known to Nova. It belongs to a user and has no room for a mark."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Mark, Spec, Thing, View


def _read(view: View, keypair: Thing) -> Inputs:
    return {"public_key": (keypair.public_key or "").strip()}


def _adoptable(keypair: Thing, inputs: Inputs) -> bool:
    return bool((keypair.public_key or "").strip() == inputs["public_key"])


SPEC = Spec(
    kind="keypair",
    service="compute",
    noun="keypair",
    plural="keypairs",
    tenant=False,
    mark=Mark.NONE,
    fields={"name": Field(replace=True), "public_key": Field(replace=True)},
    read=_read,
    adoptable=_adoptable,
)
