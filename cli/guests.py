"""Learn the SSH host keys of the real instances, so that nobody ever trusts a key on first use."""

from __future__ import annotations

import time
from collections.abc import Callable

from cli.access import cloud_access, deployed_centres
from cli.context import SiteContext
from inventory.error import MedcloudError

PATIENCE = 240.0  # seconds for a fresh instance to boot far enough to show its key


def learn_host_keys(context: SiteContext, say: Callable[[str], None]) -> int:
    """Write the keys that the instances show on their consoles into the site's known hosts; how many were new."""
    from inventory.hosts import machine_instances
    from stacks.consoles import host_keys

    addresses = {instance.name: str(instance.address) for instance in machine_instances(context.site)}
    waiting, deadline = set(addresses), time.monotonic() + PATIENCE
    found: dict[str, str] = {}
    while waiting:
        for centre in deployed_centres(context):
            found.update(host_keys(cloud_access(context, centre), waiting))
        waiting -= set(found)
        if waiting and time.monotonic() > deadline:
            raise MedcloudError(
                f"these instances showed no host key on their console: {', '.join(sorted(waiting))}",
                "look at `openstack console log show`; does the image print its key (role guest)?",
            )
        if waiting:
            say(f"waiting for the first boot of {', '.join(sorted(waiting))}")
            time.sleep(2)
    return _write(context, {addresses[name]: key for name, key in found.items()})


def _write(context: SiteContext, keys: dict[str, str]) -> int:
    """Replace the lines of these addresses in known_hosts; the number of keys that were not there before."""
    path = context.known_hosts
    lines = path.read_text().splitlines() if path.exists() else []
    new = [f"{address} {key}" for address, key in sorted(keys.items())]
    kept = [line for line in lines if line.split(" ", 1)[0] not in keys]
    draft = path.with_suffix(".new")
    draft.write_text("\n".join([*kept, *new]) + "\n")
    draft.replace(path)
    return len(set(new) - set(lines))
