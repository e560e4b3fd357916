"""What the model says about one thing: its addresses, instances, protection and what depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from inventory import addresses
from inventory.checks.finding import Loc, nearest
from inventory.error import bad_input
from inventory.machines import machines
from inventory.model import Campus, Centre, Link, Protection, Site, System, Zone
from inventory.placement import Instance, instances

Facts = dict[str, str | list[str]]


@dataclass(frozen=True)
class Explanation:
    """`facts` are texts by label, in reading order; `loc` is where the thing stands in the model."""

    kind: str
    name: str
    title: str
    loc: Loc
    facts: Facts


def names(site: Site) -> dict[str, list[str]]:
    """Everything that can be explained: names by kind."""
    return {
        "system": [system.name for system in site.systems],
        "centre": [centre.name for centre in site.centres],
        "campus": [campus.name for campus in site.campuses],
        "link": [link.name for link in site.links],
        "zone": [zone.name for zone in site.zones],
    }


def explain(site: Site, name: str) -> list[Explanation]:
    """All things of that name (a system and a zone may share one); raises MedcloudError for an unknown one."""
    found = [
        *(_of("system", n, s, s.title.zh, _system(site, s)) for n, s in enumerate(site.systems) if s.name == name),
        *(_of("centre", n, c, c.title.zh, _centre(site, c)) for n, c in enumerate(site.centres) if c.name == name),
        *(_of("campus", n, c, c.title.zh, _campus(site, c)) for n, c in enumerate(site.campuses) if c.name == name),
        *(_of("link", n, k, f"{k.a} — {k.b}", _link(site, k)) for n, k in enumerate(site.links) if k.name == name),
        *(_of("zone", n, z, z.title.zh, _zone(site, z)) for n, z in enumerate(site.zones) if z.name == name),
    ]
    if not found:
        known = [word for words in names(site).values() for word in words]
        raise bad_input(f"{site.name} has no system, centre, campus, link or zone `{name}`", nearest(name, known))
    return found


_KEYS = {"system": "systems", "centre": "centres", "campus": "campuses", "link": "links", "zone": "zones"}


def _of(kind: str, number: int, item: System | Centre | Campus | Link | Zone, title: str, facts: Facts) -> Explanation:
    return Explanation(kind, item.name, title, (_KEYS[kind], number), facts)


def dependents(site: Site, system: str) -> list[str]:
    """Systems that need it, directly or through others, in the order of declaration."""
    needed = {system}
    while True:
        more = {s.name for s in site.systems if needed & set(s.depends_on)} - needed
        if not more:
            return [s.name for s in site.systems if s.name in needed and s.name != system]
        needed |= more


def _system(site: Site, system: System) -> Facts:
    protection = site.protection_of(system.name)
    storage = f"{system.storage_gb} GB on {system.storage_tier}"
    facts: Facts = {
        "stands at": f"{system.centre}, zone {system.zone}",
        "kind": f"{system.workload.value}, software {system.software.value}",
        "size": f"{system.replicas} × ({system.vcpus} vCPU, {system.memory_gb} GB of memory, {storage})",
        "data class": f"{system.data_class} (GB/T 39725)",
        "promise": f"RTO {span(system.rto)}, RPO {span(system.rpo)}",
    }
    if system.tolerance:
        bears = system.tolerance
        facts["care bears"] = f"outpatient {span(bears.outpatient)}, inpatient {span(bears.inpatient)}"
    if system.service:
        ports = ", ".join(str(port) for port in system.service.ports)
        facts["service"] = f"{addresses.service_address(system)} port {ports}, moves with the system"
    facts["depends on"] = ", ".join(system.depends_on) or "nothing"
    facts["needed by"] = ", ".join(dependents(site, system.name)) or "nothing"
    facts["protection"] = _protection(protection) if protection else "none"
    placed = [i for centre in site.centres for i in instances(site, centre.name) if i.system.name == system.name]
    facts["instances"] = [_instance(instance) for instance in placed]
    return facts


def _protection(protection: Protection) -> list[str]:
    lines = [f"order {protection.order}"]
    lines += [f"{copy.mode.value} copy at {copy.centre} × {copy.replicas}" for copy in protection.copies]
    if protection.backup:
        b = protection.backup
        proof = f"restore proved every {span(b.restore_test_every)}"
        lines.append(f"backup to {b.centre} every {span(b.every)}, kept {span(b.keep)}, {proof}")
        lines.append(f"a whole backup every {span(b.full_every)}, a database's log within {span(b.log_every)}")
    return lines


def _instance(instance: Instance) -> str:
    copy = f"{instance.copy.value} copy" if instance.copy else "primary"
    return f"{instance.name} {instance.address} ({copy}, {instance.runs.value})"


def _centre(site: Site, centre: Centre) -> Facts:
    first, last = addresses.floating_pool(centre)
    zones = [f"{zone.name} {zone.networks[centre.name]}" for zone in site.zones if centre.name in zone.networks]
    placed = instances(site, centre.name)
    copies = sum(1 for instance in placed if instance.copy)
    return {
        "role": f"{centre.role.value}, {centre.city}, cloud {centre.cloud}, AS {centre.asn}",
        "management": str(addresses.management(centre)),
        "cloud": f"{addresses.cloud(centre)}, provider LAN {addresses.provider(centre)}, floating {first} to {last}",
        "hosts": [
            f"{g.name}: {g.count} × ({g.vcpus} vCPU, {g.memory_gb} GB), {g.workload.value}" for g in centre.hosts
        ],
        "pools": [f"{pool.name}: {pool.usable_gb} GB {pool.tier}" for pool in centre.pools],
        "spare": f"{centre.spare_hosts} hosts may fail, overcommit {centre.cpu_overcommit:g}",
        "zones": zones,
        "instances": f"{len(placed)}, of them {copies} copies",
        **_place(site, centre),
    }


def _campus(site: Site, campus: Campus) -> Facts:
    return {
        "kind": f"{campus.kind.value}, tier {campus.tier.value}, {campus.city}, AS {campus.asn}",
        "management": str(addresses.management(campus)),
        "LAN": f"{campus.lan}, {campus.access_switches or 'no'} access switches, {campus.edges} edges",
        "access networks": [
            f"{network}, gateway {addresses.access_gateway(campus, number).ip}"
            for number, network in enumerate(addresses.access_networks(campus), 1)
        ],
        **_place(site, campus),
    }


def _place(site: Site, where: Centre | Campus) -> Facts:
    """What centres and campuses have in common: lines and bare machines."""
    return {
        "lines": [
            f"{end.interface} {end.address} → {end.peer} {end.peer_place} AS {end.peer_asn}"
            for end in addresses.line_ends(site, where.name)
        ],
        "machines": [f"{m.name} {m.management.ip}" for m in machines(site) if m.place == where.name]
        or "none in the lab",
    }


def _link(site: Site, link: Link) -> Facts:
    ends = [end for name in (link.a, link.b) for end in addresses.line_ends(site, name) if end.link.name == link.name]
    others = [k.name for k in site.links if {k.a, k.b} == {link.a, link.b} and k.name != link.name]
    facts: Facts = {
        "ends": [f"{end.place} {end.address}" for end in ends],
        "carrier": f"{link.carrier}, path {link.path}",
        "line": f"{link.bandwidth_mbit} Mbit/s, {link.delay_ms:g} ms one way",
        "found dead": f"after {link.bfd.interval_ms * link.bfd.multiplier} ms of silence (BFD)",
        "other lines of the pair": ", ".join(others) or "none",
        "classes": [f"{q.name}: DSCP {q.dscp}, {q.guaranteed_percent} % guaranteed" for q in link.qos] or "none",
    }
    if link.cost_per_month is not None:
        facts["cost"] = f"{link.cost_per_month} CNY a month"
    return facts


def _zone(site: Site, zone: Zone) -> Facts:
    flows = [f for f in site.flows if zone.name in (f.source, f.target)]
    placed = [i for centre in site.centres for i in instances(site, centre.name) if i.zone == zone.name]
    return {
        "isolated": "yes (独立专区)" if zone.isolated else "no",
        "networks": [f"{centre} {network}" for centre, network in zone.networks.items()],
        "flows": [f"{f.source} → {f.target} {f.protocol} {', '.join(map(str, f.ports))}: {f.why}" for f in flows],
        "systems": ", ".join(system.name for system in site.systems if system.zone == zone.name) or "none",
        "instances": f"{len(placed)}",
    }


def span(duration: timedelta) -> str:
    """A duration in its largest fitting unit: `90 d`, `4 h`, `15 min`."""
    seconds = duration.total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
