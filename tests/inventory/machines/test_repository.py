from __future__ import annotations

from ipaddress import IPv4Address

from inventory.hosts import ansible_inventory
from inventory.machines import machines
from inventory.machines.repository import variables
from inventory.model import Site
from inventory.repository import repository_of


def test_one_stands_in_the_centre_of_the_databases_backups_apart_from_its_cloud(kept: Site) -> None:
    (found,) = [machine for machine in machines(kept) if machine.kind == "repository"]
    assert (found.name, found.place) == ("fuzhou-repository-1", "fuzhou")
    assert found.interfaces[1].network == "fuzhou-lan"
    taken = [i.address.ip for m in machines(kept) for i in m.interfaces if i.address]
    assert len(taken) == len(set(taken)), "no address twice"


def test_it_reads_from_the_copy_beside_it_first(kept: Site) -> None:
    machine = next(machine for machine in machines(kept) if machine.kind == "repository")
    (stanza,) = variables(kept, machine)["stanzas"]
    assert (stanza["system"], stanza["every"], stanza["full_every"]) == ("his-database", 6 * 3600, 7 * 86400)
    assert stanza["keep_days"] == 180 and stanza["members"][0]["name"] == "his-database-fuzhou-1"
    assert len(stanza["members"]) == 3, "whoever leads is among them"


def test_members_and_routers_know_it(kept: Site) -> None:
    printed = ansible_inventory(kept)["all"]
    member = printed["hosts"]["his-database-software-park-2-1"]
    assert member["backup"] == {"repository": "fuzhou-repository-1", "address": "10.23.0.6", "log_seconds": 300}
    (flow,) = printed["vars"]["backups"]
    assert flow["repository"] == "10.23.0.6" and member["instance_address"] in flow["members"]
    assert "backup" not in printed["hosts"]["pacs-gaodian-1"]


def test_without_a_declared_backup_there_is_none(kept: Site) -> None:
    bare = tuple(p.model_copy(update={"backup": None}) for p in kept.protection)
    site = kept.model_copy(update={"protection": bare})
    assert not [machine for machine in machines(site) if machine.kind == "repository"]
    assert repository_of(site, "his-database") is None
    found = repository_of(kept, "his-database")
    assert found is not None and found.address == IPv4Address("10.23.0.6")
    assert repository_of(kept, "pacs") is None


def test_a_lab_may_leave_it_out(xiamen: Site) -> None:
    assert xiamen.lab is not None
    without = xiamen.model_copy(update={"lab": xiamen.lab.model_copy(update={"repositories": False})})
    assert not [machine for machine in machines(without) if machine.kind == "repository"]
    assert ansible_inventory(without)["all"]["vars"]["backups"] == []
