"""The model as tables: systems, lines, and what the last apply left in each cloud."""

from __future__ import annotations

from inventory.model import Centre, CopyMode, Link, Site, System
from inventory.placement import Runs, instances
from reports.charts.topology import in_lab, line_in_lab
from reports.results import Deployment
from reports.table import Cell, Column, Table, table
from reports.words import Words

_OPERATIONS = ("create", "update", "replace", "delete", "same")


def place_title(site: Site, name: str, words: Words) -> str:
    """The title of a centre or campus; the bare name when the model no longer has it."""
    titles = {centre.name: centre.title for centre in site.centres}
    titles |= {campus.name: campus.title for campus in site.campuses}
    return words.text(titles[name]) if name in titles else name


def system_title(site: Site, name: str, words: Words) -> str:
    found = next((system for system in site.systems if system.name == name), None)
    return words.text(found.title) if found else name


def real_and_counted(site: Site) -> tuple[int, int]:
    """How many instances of the lab's centres are real machines and how many are counted."""
    placed = [item for centre in site.centres if in_lab(site, centre.name) for item in instances(site, centre.name)]
    real = sum(item.runs is Runs.MACHINE for item in placed)
    return real, len(placed) - real


def systems_table(site: Site, words: Words) -> Table:
    """Every system: size, zone, promises, protection, and how it runs."""
    columns = (
        Column(words("table.system"), share=18),
        Column(words("table.centre"), share=12),
        Column(words("table.zone"), share=8),
        Column(words("table.replicas"), "number", 5),
        Column(words("table.size"), share=12),
        Column(words("table.data_class"), "number", 6),
        Column(words("table.rto"), share=6),
        Column(words("table.rpo"), share=7),
        Column(words("table.protection"), share=19),
        Column(words("table.runs"), share=7),
    )
    return table("systems", columns, (_system(site, system, words) for system in site.systems))


def _system(site: Site, system: System, words: Words) -> list[Cell | str]:
    size = f"{system.vcpus} vCPU · {system.memory_gb} GB"
    disk = f"{words.storage(system.storage_gb)} {system.storage_tier}"
    kind = "" if system.workload.value == "virtual" else words(f"workload.{system.workload.value}")
    return [
        Cell(words.text(system.title), "strong", system.name),
        Cell(place_title(site, system.centre, words), small=kind),
        words.text(site.zone(system.zone).title),
        str(system.replicas),
        Cell(size, small=disk),
        str(system.data_class),
        words.duration(system.rto),
        words.duration(system.rpo),
        _protection(site, system, words),
        _runs(site, system, words),
    ]


def _protection(site: Site, system: System, words: Words) -> str:
    protection = site.protection_of(system.name)
    if protection is None:
        return words("systems.unprotected")
    parts = [_copy(site, copy.mode, copy.centre, words) for copy in protection.copies]
    if protection.backup:
        centre = place_title(site, protection.backup.centre, words)
        parts.append(words("systems.backup", centre=centre, every=words.duration(protection.backup.every)))
    return "\n".join(parts)


def _copy(site: Site, mode: CopyMode, centre: str, words: Words) -> str:
    return words(f"systems.{mode.value}", centre=place_title(site, centre, words))


def _runs(site: Site, system: System, words: Words) -> Cell:
    if not in_lab(site, system.centre):
        return Cell(words("runs.absent"), "idle")
    if site.lab is None or system.name in site.lab.machines:
        return Cell(words("runs.machine"), "good")
    return Cell(words("runs.counted"), "idle")


def lines_table(site: Site, words: Words) -> Table:
    columns = (
        Column(words("table.line"), "code", 13),
        Column(words("table.ends"), share=25),
        Column(words("table.carrier"), share=10),
        Column(words("table.path"), "code", 18),
        Column(words("table.bandwidth"), "number", 10),
        Column(words("table.delay"), "number", 8),
        Column(words("table.bfd"), "number", 9),
        Column(words("table.in_lab"), share=7),
    )
    return table("lines", columns, (_line(site, link, words) for link in site.links))


def _line(site: Site, link: Link, words: Words) -> list[Cell | str]:
    carrier = next(item for item in site.carriers if item.name == link.carrier)
    runs = line_in_lab(site, link)
    return [
        link.name,
        f"{place_title(site, link.a, words)} — {place_title(site, link.b, words)}",
        words.text(carrier.title),
        link.path,
        words.bandwidth(link.bandwidth_mbit),
        f"{link.delay_ms:g} ms",
        f"{link.bfd.interval_ms} × {link.bfd.multiplier} ms",
        Cell(words("answer.yes") if runs else words("answer.no"), "good" if runs else "idle"),
    ]


def centres_table(site: Site, words: Words) -> Table:
    """The centres with their hosts and what stands in them."""
    columns = (
        Column(words("table.centre"), share=30),
        Column(words("table.role"), share=18),
        Column(words("table.city"), share=10),
        Column(words("table.hosts"), "number", 10),
        Column(words("table.instances"), "number", 10),
        Column(words("table.real"), "number", 11),
        Column(words("table.counted"), "number", 11),
    )
    return table("centres", columns, (_centre(site, centre, words) for centre in site.centres))


def _centre(site: Site, centre: Centre, words: Words) -> list[Cell | str]:
    placed = instances(site, centre.name)
    real = sum(item.runs is Runs.MACHINE for item in placed)
    shown = (str(real), str(len(placed) - real)) if in_lab(site, centre.name) else ("—", "—")
    return [
        Cell(words.text(centre.title), "strong", centre.name),
        words(f"role.{centre.role.value}"),
        centre.city,
        str(sum(group.count for group in centre.hosts)),
        str(len(placed)),
        *shown,
    ]


def deployment_table(site: Site, deployment: Deployment, words: Words) -> Table:
    """What the last apply did in each centre's cloud and left there."""
    columns = (
        Column(words("table.centre"), share=24),
        *(Column(words(f"table.{op}"), "number", 10) for op in _OPERATIONS),
        Column(words("table.resources"), "number", 10),
        Column(words("table.real"), "number", 8),
        Column(words("table.counted"), "number", 8),
    )
    rows: list[list[Cell | str]] = []
    for item in deployment.centres:
        head = Cell(place_title(site, item.centre, words), "strong", item.centre)
        figures = [*(item.operations.get(op, 0) for op in _OPERATIONS), item.left, len(item.machines), item.counted]
        rows.append([head, *(str(figure) for figure in figures)])
    return table("deployment", columns, rows)


def kinds_table(site: Site, deployment: Deployment, words: Words) -> Table:
    """Resources by kind and centre."""
    columns = (
        Column(words("table.kind"), "code", 28),
        *(Column(place_title(site, item.centre, words), "number") for item in deployment.centres),
    )
    kinds = sorted({kind for item in deployment.centres for kind in item.resources})
    rows = ([kind, *(str(item.resources.get(kind, 0)) for item in deployment.centres)] for kind in kinds)
    return table("deployment-kinds", columns, rows)


def phases_table(deployment: Deployment, words: Words) -> Table:
    """The phases of the last apply."""
    columns = (
        Column(words("table.phase"), share=60),
        Column(words("table.changed"), "number", 20),
        Column(words("table.seconds"), "number", 20),
    )
    rows: list[list[Cell | str]] = [
        [Cell(phase.title, small=phase.name), str(phase.changed), words.seconds(phase.seconds)]
        for phase in deployment.phases
    ]
    return table("deployment-phases", columns, rows)
