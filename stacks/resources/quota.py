"""A project's quota in all three services. It always exists: create and update set it, delete resets it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from stacks.spec import Field, Inputs, Mark, Spec, Thing, View

COMPUTE = {
    "instances": "instances",
    "cores": "cores",
    "ram_mb": "ram",
    "server_groups": "server_groups",
    "server_group_members": "server_group_members",
    "key_pairs": "key_pairs",
}
NETWORK = {
    "networks": "networks",
    "subnets": "subnets",
    "ports": "ports",
    "routers": "routers",
    "floating_ips": "floating_ips",
    "security_groups": "security_groups",
    "security_group_rules": "security_group_rules",
}
VOLUME = {"volumes": "volumes", "volume_gb": "gigabytes"}


def _picked(inputs: Inputs, names: dict[str, str]) -> dict[str, int]:
    return {theirs: int(inputs[ours]) for ours, theirs in names.items()}


def _set(view: View, inputs: Inputs) -> Thing:
    project_id, cloud = inputs["project_id"], view.admin
    cloud.compute.update_quota_set(project_id, **_picked(inputs, COMPUTE))
    cloud.network.update_quota(project_id, **_picked(inputs, NETWORK))
    # -1 for a single volume: the pool's size is the limit, and our own split keeps files below 16 TB
    cloud.block_storage.update_quota_set(project_id, per_volume_gigabytes=-1, **_picked(inputs, VOLUME))
    return _get(view, project_id, inputs)


def _get(view: View, project_id: str, inputs: Inputs) -> Thing:
    cloud = view.admin
    cloud.identity.get_project(project_id)  # 404 here means that the quota is gone with it
    answers = (
        (cloud.compute.get_quota_set(project_id), COMPUTE),
        (cloud.network.get_quota(project_id), NETWORK),
        (cloud.block_storage.get_quota_set(project_id), VOLUME),
    )
    values: dict[str, Any] = {
        ours: getattr(answer, theirs) for answer, names in answers for ours, theirs in names.items()
    }
    return SimpleNamespace(id=project_id, project_id=project_id, **values)


def _update(view: View, thing: Thing, state: Inputs, wish: Inputs) -> None:
    _set(view, wish)


def _reset(view: View, project_id: str, state: Inputs) -> None:
    view.admin.compute.revert_quota_set(project_id)
    view.admin.network.delete_quota(project_id, ignore_missing=True)
    view.admin.block_storage.revert_quota_set(project_id)


SPEC = Spec(
    kind="quota",
    service="compute",
    noun="quota_set",
    plural="quota_sets",
    tenant=False,
    listed=False,
    mark=Mark.NONE,
    fields={"project_id": Field(replace=True)} | {name: Field(int) for name in (*COMPUTE, *NETWORK, *VOLUME)},
    create=_set,
    get=_get,
    update=_update,
    delete=_reset,
)
