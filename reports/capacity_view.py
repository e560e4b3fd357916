"""Capacity as gauges and a table per centre; headroom and the same-city answer are the monitors' own."""

from __future__ import annotations

from inventory.model import Site
from monitors.capacity import Capacity, Carry, CentreCapacity, ComputePool, StorageUse
from reports.charts.bars import Gauge, gauges
from reports.site_view import place_title, system_title
from reports.table import Cell, Column, Table, table
from reports.words import Words

_REASON_LENGTH = 120


def capacity_table(site: Site, capacity: Capacity, words: Words) -> Table:
    """Every pool of every centre."""
    columns = (
        Column(words("table.centre"), share=22),
        Column(words("table.pool"), share=18),
        Column(words("table.resource"), share=12),
        *(Column(words(f"table.{key}"), "number", 12) for key in ("total", "committed", "used", "headroom")),
    )
    rows: list[list[Cell | str]] = []
    for centre in capacity.centres:
        title = place_title(site, centre.centre, words)
        for pool in centre.compute:
            rows += _compute_rows(title, pool, words)
        rows += [_storage_row(title, use, words) for use in centre.storage]
    return table("capacity", columns, rows)


def _compute_rows(title: str, pool: ComputePool, words: Words) -> list[list[Cell | str]]:
    kind = words.known("workload", pool.workload)
    vcpus = (pool.vcpus, pool.committed_vcpus, pool.used_vcpus, pool.headroom_vcpus)
    memory = (pool.memory_gb, pool.committed_memory_gb, pool.used_memory_gb, pool.headroom_memory_gb)
    return [
        [title, kind, words("capacity.vcpu"), *(_figure(value, words) for value in vcpus)],
        [title, kind, f"{words('capacity.memory')} GB", *(_figure(value, words) for value in memory)],
    ]


def _storage_row(title: str, use: StorageUse, words: Words) -> list[Cell | str]:
    name = f"{words('capacity.storage', tier=use.tier)}"
    total, committed, free = (words.number(value) for value in (use.usable_gb, use.committed_gb, use.free_gb))
    return [title, name, "GB", total, committed, _used(use, words), free]


def _used(use: StorageUse, words: Words) -> str:
    """Disks inside dedicated servers are counted by no cloud: that is no gap in the reading."""
    return words("capacity.own_disks") if use.own_disks else _figure(use.used_gb, words)


def _figure(value: float | None, words: Words) -> str:
    return words("capacity.unread") if value is None else words.number(value)


def centre_gauges(site: Site, centre: CentreCapacity, words: Words) -> str:
    """The gauges of one centre."""
    several = len(centre.compute) > 1
    rows: list[Gauge] = []
    for pool in centre.compute:
        rows += _compute_gauges(pool, several, words)
    rows += [_storage_gauge(use, words) for use in centre.storage]
    return gauges(rows, words("capacity.chart", centre=place_title(site, centre.centre, words)))


def seen_text(centre: CentreCapacity, words: Words) -> str:
    """What the centre's cloud itself says stands in it, or why that is not known."""
    if not centre.deployed:
        return words("capacity.declared_only", declared=centre.declared_instances)
    if centre.unread is not None:
        return words("capacity.cloud_unread", why=centre.unread.why[:_REASON_LENGTH])
    return words(
        "capacity.seen",
        declared=centre.declared_instances,
        real=_figure(centre.real_instances, words),
        counted=_figure(centre.counted_instances, words),
        undeclared=words("systems.join").join(centre.undeclared) or words("systems.unprotected"),
    )


def _compute_gauges(pool: ComputePool, several: bool, words: Words) -> list[Gauge]:
    suffix = f" · {words.known('workload', pool.workload)}" if several else ""
    limits = (
        pool.headroom_vcpus + pool.committed_vcpus if pool.spare_hosts else None,
        pool.headroom_memory_gb + pool.committed_memory_gb if pool.spare_hosts else None,
    )
    vcpu = (pool.vcpus, limits[0], pool.committed_vcpus, pool.used_vcpus)
    memory = (pool.memory_gb, limits[1], pool.committed_memory_gb, pool.used_memory_gb)
    return [
        _gauge(words("capacity.vcpu") + suffix, "", *vcpu, words),
        _gauge(words("capacity.memory") + suffix, " GB", *memory, words),
    ]


def _storage_gauge(use: StorageUse, words: Words) -> Gauge:
    title = words("capacity.storage", tier=use.tier)
    return _gauge(title, " GB", use.usable_gb, None, use.committed_gb, use.used_gb, words, _used(use, words))


def _gauge(
    title: str,
    unit: str,
    total: float,
    limit: float | None,
    committed: float,
    used: float | None,
    words: Words,
    used_text: str | None = None,
) -> Gauge:
    told = used_text or _figure(used, words)
    texts = {"committed": words.number(committed), "used": told, "total": words.number(total) + unit}
    return Gauge(title, total, limit, committed, used, words("capacity.caption", **texts))


def carry_texts(site: Site, carry: Carry, words: Words) -> list[str]:
    """Whether the same-city centre could carry production, in sentences."""
    first = words(
        "capacity.carry",
        source=place_title(site, carry.source, words),
        target=place_title(site, carry.target, words),
        systems=carry.systems,
        protected=len(carry.protected),
        fits=len(carry.fits),
        shed=len(carry.shed),
    )
    if not carry.shed:
        return [first]
    names = words("systems.join").join(system_title(site, item.system, words) for item in carry.shed)
    return [first, words("capacity.shed", names=names)]
