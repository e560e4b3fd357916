"""Print the Ansible inventory of a site (打印 Ansible 主机清单)."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.console import print_json
from cli.context import open_site


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="The default: Ansible reads JSON.")] = True,
) -> None:
    """The groups, hosts and variables that every playbook runs on, as Ansible reads them."""
    from inventory.hosts import ansible_inventory

    print_json(ansible_inventory(open_site(ctx.obj, site).site))
