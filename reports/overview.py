"""The director's page: four cards, the same in words, and what is real and what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from inventory.model import Site, Workload
from monitors.capacity import CentreCapacity
from reports.charts.topology import in_lab
from reports.dossier import Dossier
from reports.drill_view import counted, measured
from reports.results import Drill
from reports.site_view import place_title, real_and_counted, system_title
from reports.words import Words


@dataclass(frozen=True)
class Card:
    """A figure; `value` is empty when its part was not run."""

    what: str
    value: str
    note: str


def cards(dossier: Dossier, words: Words) -> tuple[Card, ...]:
    """RTO, loss, audit and capacity."""
    return (
        *_drill_cards(dossier.site, dossier.drill, words),
        _audit_card(dossier, words),
        _capacity_card(dossier, words),
    )


def _drill_cards(site: Site, drill: Drill | None, words: Words) -> tuple[Card, Card]:
    titles = words("summary.rto"), words("summary.rpo")
    if drill is None or not drill.result.systems:
        return Card(titles[0], "", ""), Card(titles[1], "", "")
    first = drill.result.systems[0]
    waits = [
        words(
            "summary.rto_note",
            system=system_title(site, result.system, words),
            measured=measured(result.rto_seconds, words),
            declared=words.seconds(result.declared_rto_seconds),
        )
        for result in drill.result.systems
    ]
    losses = [
        words(
            "summary.lost_note",
            system=system_title(site, result.system, words),
            before=counted(result.missing_before_healing, words),
            after=counted(result.missing_after_healing, words),
            acknowledged=counted(result.acknowledged, words),
        )
        for result in drill.result.systems
    ]
    loss = words("summary.lost", count=counted(first.missing_after_healing, words))
    return (
        Card(titles[0], measured(first.rto_seconds, words), "\n".join(waits)),
        Card(titles[1], loss, "\n".join(losses)),
    )


def _audit_card(dossier: Dossier, words: Words) -> Card:
    if dossier.audit is None:
        return Card(words("summary.audit"), "", "")
    counts = {verdict.value: count for verdict, count in dossier.audit.counts.items()}
    return Card(
        words("summary.audit"),
        words("summary.audit_value", conform=counts["conform"]),
        words("summary.audit_note", **counts),
    )


def _capacity_card(dossier: Dossier, words: Words) -> Card:
    carry = dossier.capacity.carry if dossier.capacity else None
    if carry is None:
        return Card(words("summary.capacity"), "", "")
    places = len(carry.protected) + len(carry.fits)
    target = place_title(dossier.site, carry.target, words)
    return Card(
        words("summary.capacity"),
        words("summary.carry_value", places=places, systems=carry.systems),
        words("summary.carry_note", target=target, shed=len(carry.shed)),
    )


def statements(dossier: Dossier, words: Words) -> list[str]:
    """The results in words, one sentence each; parts that were not run are not spoken of here."""
    found = [_totals(dossier.site, words)]
    if dossier.deployment:
        total = sum(item.left for item in dossier.deployment.centres)
        found.append(words("summary.deployment_text", resources=total, centres=len(dossier.deployment.centres)))
    if dossier.drill:
        found.append(_drill_text(dossier.site, dossier.drill, words))
    for gap in dossier.gaps[-1:]:
        found.append(words("summary.gap_text", link=gap.link, gap=f"{gap.gap_ms:g}", usual=f"{gap.usual_ms:g}"))
    if dossier.audit:
        items, objects = len(dossier.audit.items), len(dossier.audit.objects)
        findings = sum(len(result.findings) for result in dossier.audit.items)
        found.append(words("summary.audit_text", items=items, findings=findings, objects=objects))
    for centre in dossier.capacity.centres if dossier.capacity else ():
        found += _capacity_texts(dossier.site, centre, words)
    return found


def _drill_text(site: Site, drill: Drill, words: Words) -> str:
    result = drill.result
    return words(
        "summary.drill_text",
        plan=words.known("plan", result.plan),
        mode=words.known("mode", result.mode),
        source=place_title(site, result.source, words),
        target=place_title(site, result.target, words),
        systems=words("systems.join").join(system_title(site, item.system, words) for item in result.systems),
    )


def _totals(site: Site, words: Words) -> str:
    virtual = [system for system in site.systems if system.workload is Workload.VIRTUAL]
    return words(
        "summary.totals_text",
        systems=len(site.systems),
        vcpus=words.number(sum(system.vcpus * system.replicas for system in virtual)),
        memory=f"{words.number(sum(system.memory_gb * system.replicas for system in virtual))} GB",
        storage=words.storage(sum(system.storage_gb * system.replicas for system in virtual)),
    )


def _capacity_texts(site: Site, centre: CentreCapacity, words: Words) -> Iterator[str]:
    for pool in centre.compute:
        if pool.workload == Workload.VIRTUAL.value:
            yield words(
                "summary.capacity_text",
                centre=place_title(site, centre.centre, words),
                vcpus=words.number(pool.committed_vcpus),
                memory=f"{words.number(pool.committed_memory_gb)} GB",
                spare=pool.spare_hosts,
                room_vcpus=words.number(pool.headroom_vcpus),
                room_memory=f"{words.number(pool.headroom_memory_gb)} GB",
            )


def reality(site: Site, words: Words) -> list[str]:
    """What is a real machine, what is counted and which places exist on paper only."""
    real, counted = real_and_counted(site)
    if site.lab is None:
        return [words("report.reality_full", real=real)]
    found = [words("report.reality_lab", real=real, counted=counted)]
    absent = [words.text(centre.title) for centre in site.centres if not in_lab(site, centre.name)]
    absent += [words.text(campus.title) for campus in site.campuses if not in_lab(site, campus.name)]
    if absent:
        found.append(words("report.reality_absent", places=words("systems.join").join(absent)))
    return found
