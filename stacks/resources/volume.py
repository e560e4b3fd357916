"""Block storage of a system. It can grow in place; anything else needs a new volume."""

from __future__ import annotations

from stacks.spec import Field, Inputs, Mark, Spec, Thing, View


def _create(view: View, inputs: Inputs) -> Thing:
    return view.conn.block_storage.create_volume(
        name=inputs["name"],
        size=int(inputs["size_gb"]),
        volume_type=inputs["type"],
        metadata={"medcloud:site": view.owner},
    )


def _update(view: View, volume: Thing, state: Inputs, wish: Inputs) -> None:
    if int(wish["size_gb"]) > int(volume.size):
        view.conn.block_storage.extend_volume(volume.id, int(wish["size_gb"]))


def _delete(view: View, volume_id: str, state: Inputs) -> None:
    view.conn.block_storage.delete_volume(volume_id, ignore_missing=True)


SPEC = Spec(
    kind="volume",
    service="block_storage",
    noun="volume",
    plural="volumes",
    mark=Mark.METADATA,
    busy=frozenset({"creating", "downloading", "extending"}),
    busy_query={"status": "creating", "details": False},
    failed=frozenset({"error", "error_deleting", "error_extending"}),
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True, write_only=True),
        "size_gb": Field(int, attr="size"),
        "type": Field(attr="volume_type", replace=True),
    },
    create=_create,
    update=_update,
    delete=_delete,
)
