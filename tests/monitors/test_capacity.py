"""Capacity: sums, N+1, and who would be shed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from cli.console import plain
from inventory.model import Workload
from inventory.placement import instances
from monitors import capacity
from monitors.probes.cloud import CloudState, Server, Volume
from monitors.reading import Unread

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _centre(found, name):
    return next(centre for centre in found.centres if centre.centre == name)


def _cloud(site, name, skip=0):
    """A cloud that holds the declared instances but the first `skip`."""
    declared = instances(site, name)[skip:]
    servers = tuple(
        Server(i.name, "p", "ACTIVE", "h", i.runs == "machine", i.vcpus, i.memory_gb * 1024) for i in declared
    )
    return CloudState(name, (), servers, (Volume("v", 100, "in-use", "ssd"),))


def test_committed_is_the_model_and_used_is_the_cloud(xiamen):
    name = "software-park-2"
    found = _centre(capacity.compute(xiamen, NOW, {name: _cloud(xiamen, name)}), name)
    pool = found.compute[0]
    declared = [i for i in instances(xiamen, name) if i.system.workload is Workload.VIRTUAL]
    assert pool.committed_vcpus == sum(i.vcpus for i in declared) == pool.used_vcpus
    assert pool.used_memory_gb == pool.committed_memory_gb
    assert found.real_instances + found.counted_instances == found.declared_instances


def test_used_falls_behind_while_something_is_not_applied(xiamen):
    name = "gaodian"
    found = _centre(capacity.compute(xiamen, NOW, {name: _cloud(xiamen, name, skip=3)}), name)
    assert sum(pool.used_vcpus for pool in found.compute) < sum(pool.committed_vcpus for pool in found.compute)


def test_volumes_count_for_their_tier(xiamen):
    found = _centre(capacity.compute(xiamen, NOW, {"fuzhou": _cloud(xiamen, "fuzhou")}), "fuzhou")
    assert {use.tier: use.used_gb for use in found.storage}["ssd"] == 100


def test_the_disks_in_dedicated_servers_are_counted_by_no_cloud(xiamen):
    found = _centre(capacity.compute(xiamen, NOW, {"fuzhou": _cloud(xiamen, "fuzhou")}), "fuzhou")
    own = {use.tier: (use.own_disks, use.used_gb) for use in found.storage}
    assert own["server"] == (True, None)
    assert own["archive"] == (False, 0)


def test_what_was_not_read_is_none_with_its_reason(xiamen):
    unread = Unread("gaodian", "cloud at http://10.88.2.11: timed out")
    found = _centre(capacity.compute(xiamen, NOW, {"gaodian": unread}), "gaodian")
    assert found.unread is unread
    assert found.deployed
    assert {pool.used_vcpus for pool in found.compute} == {None}
    assert {use.used_gb for use in found.storage} == {None}
    assert found.real_instances is None


def test_a_centre_that_is_not_deployed_is_only_declared(xiamen):
    found = _centre(capacity.compute(xiamen, NOW, {}), "software-park-3")
    assert not found.deployed
    assert found.declared_instances == 9


def test_headroom_is_what_is_left_without_the_biggest_host(xiamen):
    pool = _centre(capacity.compute(xiamen, NOW, {}), "software-park-2").compute[0]
    assert (pool.hosts, pool.spare_hosts) == (4, 1)
    assert pool.headroom_memory_gb == 3 * 512 - pool.committed_memory_gb
    assert pool.headroom_vcpus == 3 * 112 - pool.committed_vcpus
    assert pool.survives


def test_dedicated_servers_have_no_spare_host(xiamen):
    pool = _centre(capacity.compute(xiamen, NOW, {}), "software-park-2").compute[1]
    assert (pool.workload, pool.spare_hosts) == ("database-server", 0)


def test_an_undeclared_server_is_named(xiamen):
    cloud = CloudState("fuzhou", (), (Server("stranger", "p", "ACTIVE", "h", False, 1, 1),), ())
    assert _centre(capacity.compute(xiamen, NOW, {"fuzhou": cloud}), "fuzhou").undeclared == ("stranger",)


def test_the_same_city_centre_sheds_the_least_urgent_first(xiamen):
    small = tuple(
        centre.model_copy(update={"hosts": tuple(h.model_copy(update={"memory_gb": 256}) for h in centre.hosts)})
        if centre.name == "gaodian" else centre for centre in xiamen.centres
    )  # fmt: skip
    carried = capacity.carry(xiamen.model_copy(update={"centres": small}))
    assert carried.source == "software-park-2" and carried.target == "gaodian"
    assert "his" in carried.protected
    assert carried.systems == len(carried.protected) + len(carried.fits) + len(carried.shed)
    assert carried.shed and not carried.whole
    whole = capacity.carry(xiamen)
    assert len(whole.shed) < len(carried.shed)


def test_a_site_without_a_same_city_centre_has_no_answer(xiamen):
    centres = tuple(centre for centre in xiamen.centres if centre.name != "gaodian")
    assert capacity.carry(xiamen.model_copy(update={"centres": centres})) is None


def test_it_is_read_back_as_it_was_written(xiamen):
    found = capacity.compute(xiamen, NOW, {"fuzhou": Unread("fuzhou", "down")})
    assert capacity.read(json.dumps(plain(found))) == found
