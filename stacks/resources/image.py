"""A boot image. `path` names a local file, qcow2 by its name or else raw; without it the image is an empty placeholder
for counted servers.

`content` is a hash of what the file holds: another content is another image. `hypervisor` (`lxc`, `fake`, `qemu`)
steers the scheduler by Glance's `img_hv_type`.
"""

from __future__ import annotations

from typing import Any

from stacks.spec import Field, Inputs, Mark, Spec, Thing, View

PLACEHOLDER = b"\0" * 1024  # the fake driver never reads it, Glance wants some bytes
SIGN = "medcloud:site"
UPLOADING = frozenset({"queued", "saving", "importing"})


def _create(view: View, inputs: Inputs) -> Thing:
    source: dict[str, Any] = {"filename": inputs["path"]} if inputs.get("path") else {"data": PLACEHOLDER}
    return view.conn.image.create_image(
        inputs["name"],
        disk_format="qcow2" if str(inputs.get("path")).endswith(".qcow2") else "raw",
        container_format="bare",
        visibility="private",
        allow_duplicates=True,
        validate_checksum=False,
        wait=True,
        meta={"img_hv_type": inputs["hypervisor"], "medcloud_content": inputs["content"], SIGN: view.owner},
        **source,
    )


def _read(view: View, image: Thing) -> Inputs:
    extra = image.properties or {}
    return {
        "project_id": image.owner_id,
        "hypervisor": image.hypervisor_type or extra.get("img_hv_type"),
        "content": extra.get("medcloud_content"),
    }


def _matches(image: Thing, inputs: Inputs) -> bool:
    return bool((image.properties or {}).get("medcloud_content") == inputs["content"])


SPEC = Spec(
    kind="image",
    service="image",
    noun="image",
    plural="images",
    mark=Mark.PROPERTY,
    busy=UPLOADING,
    busy_query={"status": "queued"},
    stale=UPLOADING,  # an upload that was cut never ends
    twins=True,
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True),
        "hypervisor": Field(replace=True),
        "content": Field(replace=True),
        "path": Field(required=False, write_only=True),
    },
    create=_create,
    read=_read,
    matches=_matches,
)
