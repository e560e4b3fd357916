"""Used, committed and N+1 headroom of every centre; could the DR centre carry the day (容量)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, print_json, print_table
from cli.context import join_site
from cli.looking import clouds_of, keep, stamp

if TYPE_CHECKING:
    from monitors.capacity import Capacity, CentreCapacity


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Physical, committed (the model), used (Nova, Placement, Cinder) and what is left after the loss of the spare
    hosts, per centre and pool. The result is kept in the state folder."""
    from datetime import UTC, datetime

    from monitors import capacity
    from monitors.facts import look_at_clouds

    context = join_site(ctx.obj, site)
    taken = datetime.now(UTC)
    found = capacity.compute(context.site, taken, look_at_clouds(context.site, clouds_of(context)))
    path = keep(context.state / "capacity" / f"{stamp(taken)}.json", found)
    if json:
        print_json(found)
        return
    _print(found)
    note(f"kept: {path}")


def _print(found: Capacity) -> None:
    columns = ("centre", "pool", "total", "committed", "used", "left after N+1")
    print_table(f"Capacity of {found.site}", columns, [row for centre in found.centres for row in _rows(centre)])
    for centre in found.centres:
        print(_instances(centre))
    if carry := found.carry:
        print(
            f"{carry.target} carrying {carry.source}: {len(carry.protected)} of {carry.systems} systems have their "
            f"place, {len(carry.fits)} more fit, {len(carry.shed)} would be shed"
            + (f": {', '.join(s.system for s in carry.shed)}" if carry.shed else "")
        )


def _rows(centre: CentreCapacity) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for pool in centre.compute:
        left = f"{pool.headroom_vcpus:g}" + ("" if pool.survives else "  ✗")
        hosts = f"{pool.workload} × {pool.hosts}"
        rows.append(
            (centre.centre, f"{hosts} vCPU", f"{pool.vcpus:g}", pool.committed_vcpus, _or(pool.used_vcpus), left)
        )
        memory = (pool.memory_gb, pool.committed_memory_gb, pool.used_memory_gb, pool.headroom_memory_gb)
        rows.append(("", f"{hosts} memory GB", *(_or(value) for value in memory)))
    for use in centre.storage:
        used = "own disks" if use.own_disks else _or(use.used_gb)
        rows.append(("", f"storage {use.tier} GB", _or(use.usable_gb), _or(use.committed_gb), used, _or(use.free_gb)))
    return rows


def _or(value: float | None) -> str:
    return "not read" if value is None else f"{value:g}"


def _instances(centre: CentreCapacity) -> str:
    if centre.unread:
        return f"{centre.centre}: cloud not read: {centre.unread.why}"
    if not centre.deployed:
        return f"{centre.centre}: {centre.declared_instances} instances declared, not part of this deployment"
    undeclared = f", undeclared: {', '.join(centre.undeclared)}" if centre.undeclared else ""
    return (
        f"{centre.centre}: {centre.declared_instances} instances declared; the cloud holds "
        f"{centre.real_instances} real machines and {centre.counted_instances} counted ones (Nova's fake driver)"
        f"{undeclared}"
    )
