"""SSH host keys of instances, read from their consoles: the path that the cloud's own administrator trusts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from inventory.error import MedcloudError
from stacks.clouds import CloudAccess, connector

_SHOWN = re.compile(r"BEGIN SSH HOST KEY KEYS-----\s+(ssh-\S+ [A-Za-z0-9+/=]+)")


def find_host_key(console: str) -> str | None:
    """The last public host key (`ssh-ed25519 AAAA…`) that a machine showed on its console, None when there is none."""
    shown = _SHOWN.findall(console)
    return shown[-1] if shown else None


def host_keys(access: CloudAccess, servers: Iterable[str]) -> Mapping[str, str]:
    """Server name → public host key, of those named servers that exist and have shown theirs yet."""
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    wanted = set(servers)
    try:
        cloud = connector(access)(None)
        consoles = {
            server.name: str((cloud.compute.get_server_console_output(server.id) or {}).get("output") or "")
            for server in cloud.compute.servers(all_projects=True)
            if server.name in wanted
        }
    except (SDKException, ClientException, OSError) as error:
        raise MedcloudError(f"cloud at {access.auth_url}: {error}", "is the centre's node up?") from error
    return {name: key for name, text in consoles.items() if (key := find_host_key(text))}
