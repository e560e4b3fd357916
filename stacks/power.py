"""Servers' power: which run, on which of them the host is up, and starting and stopping them. Safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from inventory.error import MedcloudError
from stacks.clouds import CloudAccess
from stacks.look import guarded

_DONE = {True: "ACTIVE", False: "SHUTOFF"}


def servers(access: CloudAccess) -> tuple[tuple[str, str, bool], ...]:
    """(name, Nova's status, is its host up) of every server; MedcloudError when the cloud is silent."""

    def read(cloud: Any) -> tuple[tuple[str, str, bool], ...]:
        up = {h.name: h.state == "up" for h in cloud.compute.hypervisors(details=True)}
        listed = cloud.compute.servers(details=True, all_projects=True)
        return tuple((s.name, s.status, up.get(s.hypervisor_hostname or "", False)) for s in listed)

    return guarded(access, read)


def switch(access: CloudAccess, names: Iterable[str], on: bool) -> None:
    """Ask Nova to start or to stop these servers; one that is so already is left alone. Does not wait for the end."""
    wanted = set(names)
    if not wanted:
        return

    def act(cloud: Any) -> None:
        listed = [s for s in cloud.compute.servers(details=True, all_projects=True) if s.name in wanted]
        missing = wanted - {server.name for server in listed}
        if missing:
            raise MedcloudError(f"cloud at {access.auth_url} has no server {', '.join(sorted(missing))}")
        for server in listed:
            if server.status != _DONE[on] and not server.task_state:
                (cloud.compute.start_server if on else cloud.compute.stop_server)(server)

    guarded(access, act)
