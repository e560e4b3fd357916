"""A server size. Its id is its name, so that a server can name it without a look-up."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Spec, Thing, View


def _create(view: View, inputs: Inputs) -> Thing:
    return view.admin.compute.create_flavor(
        id=inputs["name"],
        name=inputs["name"],
        vcpus=int(inputs["vcpus"]),
        ram=int(inputs["ram_mb"]),
        disk=int(inputs.get("disk_gb") or 0),
        description=f"medcloud:site={view.owner}",
    )


def _settle(view: View, thing: Thing, inputs: Inputs) -> None:
    """Extra specs are a call of their own; the one that repeats an earlier one changes nothing."""
    if inputs.get("extra_specs"):
        view.admin.compute.create_flavor_extra_specs(thing, dict(inputs["extra_specs"]))


SPEC = Spec(
    kind="flavor",
    service="compute",
    noun="flavor",
    plural="flavors",
    tenant=False,
    fields={
        "name": Field(replace=True),
        "vcpus": Field(int, replace=True),
        "ram_mb": Field(int, attr="ram", replace=True),
        "extra_specs": Field(dict, replace=True, required=False, default={}, write_only=True),
        "disk_gb": Field(int, attr="disk", replace=True, required=False, default=0),
    },
    create=_create,
    settle=_settle,
)
