"""Run one of our playbooks on some hosts; every role is safe to run twice."""

from __future__ import annotations

from dr.context import Context, Evidence
from inventory.error import MedcloudError
from inventory.hosts import ansible_inventory
from inventory.model import Part


class Params(Part):
    """`hosts`: names of hosts or groups of the printed Ansible inventory."""

    playbook: str
    hosts: tuple[str, ...]


def check(context: Context, params: Params) -> None:
    """The hosts are in the inventory."""
    everything = ansible_inventory(context.site)["all"]
    known = {*everything["hosts"], *everything["children"]}
    unknown = [name for name in params.hosts if name not in known]
    if unknown or not params.hosts:
        raise MedcloudError(
            f"no host or group {', '.join(unknown) or '(none named)'}", f"medcloud inventory {context.site.name}"
        )


def run(context: Context, params: Params) -> Evidence:
    """Play; MedcloudError naming the tasks that failed."""
    return context.play(params.playbook, ",".join(params.hosts))


def undo(context: Context, params: Params) -> Evidence:
    """What a playbook made as declared stays."""
    return {}
