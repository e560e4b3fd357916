"""How a command reaches what the site is made of: the centres' clouds, the playbooks' variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.context import SiteContext

if TYPE_CHECKING:
    from stacks.clouds import CloudAccess


def deployed_centres(context: SiteContext) -> tuple[str, ...]:
    """The centres that this deployment has: those of the lab profile, else all."""
    if context.site.lab:
        return context.site.lab.centres
    return tuple(centre.name for centre in context.site.centres)


def cloud_access(context: SiteContext, centre: str) -> CloudAccess:
    """The administrator's access to a centre's cloud, on its first node's management address."""
    from inventory.machines import machines
    from stacks.clouds import CloudAccess

    node = next(m for m in machines(context.site) if m.place == centre and m.kind == "node")
    return CloudAccess(
        auth_url=f"http://{node.management.ip}:5000/v3",
        password=context.secrets.get(f"{centre}/keystone_admin"),
        region=context.site.centre(centre).cloud,
    )


def playbook_secrets(context: SiteContext) -> dict[str, Any]:
    """The extra variables `secrets` (of the site) and `centre_secrets` (of each centre's cloud) by name."""
    from inventory.authority import SECRET, new_authority
    from playbooks.secret_names import secret_names

    names = secret_names()
    context.secrets.get(SECRET, lambda: new_authority(context.site.name))
    return {
        "secrets": {name: context.secrets.get(name) for name in names.get("site", ())},
        "centre_secrets": {
            centre: {name: context.secrets.get(f"{centre}/{name}") for name in names.get("centre", ())}
            for centre in deployed_centres(context)
        },
    }
