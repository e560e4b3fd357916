"""The operators' public key, known to Nova. It belongs to a user and has no room for a mark."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Mark, Spec, Thing, View


def _read(view: View, keypair: Thing) -> Inputs:
    return {"public_key": (keypair.public_key or "").strip()}


def _create(view: View, inputs: Inputs) -> Thing:
    compute = view.admin.compute
    compute.delete_keypair(inputs["name"], ignore_missing=True)  # one of that name with another key
    return compute.create_keypair(name=inputs["name"], public_key=inputs["public_key"])


def _matches(keypair: Thing, inputs: Inputs) -> bool:
    return bool((keypair.public_key or "").strip() == inputs["public_key"])


SPEC = Spec(
    kind="keypair",
    service="compute",
    noun="keypair",
    plural="keypairs",
    tenant=False,
    mark=Mark.NONE,
    fields={"name": Field(replace=True), "public_key": Field(replace=True)},
    create=_create,
    read=_read,
    matches=_matches,
)
