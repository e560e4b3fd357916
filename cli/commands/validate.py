"""Check a site's files and print what it adds up to (校验站点模型)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, print_json, print_table

if TYPE_CHECKING:
    from inventory.load import SiteError
    from inventory.totals import Size, Totals


def command(
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings refuse the site too.")] = False,
) -> None:
    """Read all files, list every problem with file and line, print the totals. Touches nothing; exit 2 on bad input."""
    from inventory.load import SiteError, read_site
    from inventory.totals import totals

    try:
        loaded = read_site(site)
    except SiteError as error:
        _refuse(error, site, json)
        raise typer.Exit(2) from None
    sums = totals(loaded.site)
    if json:
        valid = not (strict and loaded.warnings)
        print_json({"site": sums.site, "valid": valid, "problems": [], "warnings": loaded.warnings, "totals": sums})
    else:
        _show(sums, loaded.site.title.zh)
        for warning in loaded.warnings:
            note(f"warning: {warning}")
    if strict and loaded.warnings:
        raise typer.Exit(2)


def _refuse(error: SiteError, site: str, json: bool) -> None:
    note(f"error: {error.message}")
    note(f"  do: {error.hint}")
    if json:
        print_json({"site": site, "valid": False, "problems": error.problems, "warnings": [], "totals": None})


def _show(sums: Totals, title: str) -> None:
    print_table(
        f"{sums.site} · {title}",
        ("centre", "role", "city", "instances", "copies", "vCPU", "memory GB", "storage TB", "real / counted"),
        [
            (
                c.centre,
                c.role,
                c.city,
                _sum(c.own, "instances"),
                _sum(c.copies, "instances"),
                c.own["virtual"].vcpus + c.copies["virtual"].vcpus,
                c.own["virtual"].memory_gb + c.copies["virtual"].memory_gb,
                f"{c.own['virtual'].storage_tb + c.copies['virtual'].storage_tb:g}",
                f"{c.machines} / {c.counted}" if c.deployed else "declared only",
            )
            for c in sums.centres
        ],
    )
    hospitals = ", ".join(f"{count} {tier}" for tier, count in sums.hospitals_by_tier.items()) or "none"
    size = f"{sums.vcpus} vCPU, {sums.memory_gb} GB of memory, {sums.storage_tb:g} TB of storage"
    print(f"{sums.systems} systems; virtual, without copies: {size}")
    print(
        f"{sums.database_servers} database servers, {sums.big_data_servers} big-data servers, with disks of their own"
    )
    print(f"campuses: {sums.campuses} (hospitals: {hospitals}), lines: {sums.links}, zones: {sums.zones}")
    print("The model is valid.")


def _sum(sizes: dict[str, Size], key: str) -> int:
    return sum(int(getattr(size, key)) for size in sizes.values())
