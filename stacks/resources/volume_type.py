"""A storage tier (ssd, hdd, archive) as users of the cloud see it."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Spec, Thing, View


def _create(view: View, inputs: Inputs) -> Thing:
    specs = {"volume_backend_name": inputs["backend"]} if inputs.get("backend") else {}
    return view.admin.block_storage.create_type(
        name=inputs["name"], description=f"medcloud:site={view.owner}", extra_specs=specs)


SPEC = Spec(
    kind="volume_type",
    service="block_storage",
    noun="type",
    plural="types",
    tenant=False,
    fields={
        "name": Field(replace=True),
        "backend": Field(required=False, write_only=True, replace=True),
    },
    create=_create,
)
