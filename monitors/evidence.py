"""Evidence for audits: the raw text of hosts, routers, databases and clouds, one SSH round trip a host, all read-only.

Nothing is judged here. A command that fails leaves its section unread with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from inventory.error import MedcloudError
from inventory.hosts import machine_instances
from inventory.machines import machines
from inventory.model import Site, Software
from monitors.facts import Look
from monitors.questions import CLOUD_NODE, DATABASE, HOST, PACS, REPOSITORY, ROUTER
from monitors.reading import Section, Shell, read_sections


@dataclass(frozen=True)
class Evidence:
    """An object's raw text by section, and the sections that were not read with the reason."""

    name: str
    kind: str
    place: str
    role: str
    sections: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What the site's own state says, as JSON texts: past drill runs (run, plan, mode, outcome, ended), and records by
    name (audits, applies, drift, capacity, cuts, alerts, files) with what could not be read."""

    drills: str = "[]"
    records: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Target:
    """A host and the kinds of evidence it gives."""

    name: str
    address: str
    place: str
    role: str
    kinds: Mapping[str, Mapping[str, str]]


def collect(
    site: Site,
    shell: Shell,
    look: Look,
    kept: Kept,
    on_done: Callable[[str], None] | None = None,
) -> tuple[Evidence, ...]:
    """The evidence of the whole site. `look` gives a centre's cloud as plain data (`stacks.look.evidence`), `kept` is
    what the site's own state holds. Nothing that fails is raised: it is unread."""
    targets = _targets(site)
    centres = site.lab.centres if site.lab else tuple(centre.name for centre in site.centres)

    def host(target: _Target) -> list[Evidence]:
        found = _host(shell, target)
        _tell(on_done, target.name)
        return found

    def cloud(centre: str) -> Evidence:
        found = _cloud(centre, look)
        _tell(on_done, f"cloud of {centre}")
        return found

    with ThreadPoolExecutor(max_workers=16) as pool:
        clouds = pool.map(cloud, centres)
        hosts = [evidence for found in pool.map(host, targets) for evidence in found]
    drills = Evidence(site.name, "drill", "", "drill", {"results": kept.drills})
    records = Evidence(site.name, "records", "", "state", kept.records, kept.unread)
    return (*hosts, *clouds, _model(site), drills, records)


def of_host(site: Site, shell: Shell, name: str) -> tuple[Evidence, ...]:
    """The evidence of one machine or instance alone, in one round trip; KeyError when the site has none such."""
    targets = {target.name: target for target in _targets(site)}
    return tuple(_host(shell, targets[name]))


def split(
    target: str, role: str, place: str, kinds: Mapping[str, Iterable[str]], found: Mapping[str, Section]
) -> list[Evidence]:
    """The sections of one round trip as one piece of evidence per kind; `kinds` says which sections each kind has."""
    evidence = []
    for kind, names in kinds.items():
        mine = {name: found.get(f"{kind}.{name}") for name in names}
        sections = {name: section.text for name, section in mine.items() if section and section.exit == 0}
        unread = {name: _why(section) for name, section in mine.items() if not section or section.exit != 0}
        evidence.append(Evidence(target, kind, place, role, sections, unread))
    return evidence


def _why(section: Section | None) -> str:
    return f"exit {section.exit}: {section.text.strip()[-160:]}" if section else "the round trip was cut off"


def _tell(on_done: Callable[[str], None] | None, what: str) -> None:
    if on_done:
        on_done(what)


def _targets(site: Site) -> list[_Target]:
    found = []
    for machine in machines(site):
        kinds: dict[str, Mapping[str, str]] = {"host": HOST}
        if machine.routes:
            kinds["router"] = ROUTER
        if machine.kind == "node":
            kinds["node"] = CLOUD_NODE
        if machine.kind == "repository":
            kinds["repository"] = REPOSITORY
        address = str(machine.management.ip)
        found.append(_Target(machine.name, address, machine.place, machine.kind, kinds))
    for instance in machine_instances(site):
        kinds = {"host": HOST}
        if instance.system.software is Software.POSTGRESQL:
            kinds["database"] = DATABASE
        if instance.system.software is Software.ORTHANC:
            kinds["pacs"] = PACS
        found.append(
            _Target(instance.name, str(instance.address), instance.centre, instance.system.software.value, kinds)
        )
    return found


def _host(shell: Shell, target: _Target) -> list[Evidence]:
    """All kinds of evidence of one host in one round trip."""
    commands = {f"{kind}.{name}": command for kind, parts in target.kinds.items() for name, command in parts.items()}
    try:
        found = read_sections(shell, target.address, commands, timeout=90)
    except MedcloudError as error:
        return [
            Evidence(target.name, kind, target.place, target.role, {}, dict.fromkeys(parts, error.message))
            for kind, parts in target.kinds.items()
        ]
    return split(target.name, target.role, target.place, target.kinds, found)


def _cloud(centre: str, look: Look) -> Evidence:
    try:
        data = dict(look(centre))
    except MedcloudError as error:
        return Evidence(centre, "cloud", centre, "openstack", {}, {"all": error.message})
    unread = {name: str(why) for name, why in data.pop("unread", {}).items()}
    return Evidence(centre, "cloud", centre, "openstack", {name: _json(value) for name, value in data.items()}, unread)


def _model(site: Site) -> Evidence:
    return Evidence(site.name, "site", "", "model", {"model": site.model_dump_json()})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
