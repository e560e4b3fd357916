"""What the types cannot say: dependencies, capacity, zones, protection, lines; and the warnings."""

from __future__ import annotations

import pytest

from inventory.load import read_site
from tests.inventory.conftest import SmallSite


def test_cyclic_depends_on_prints_the_cycle(small: SmallSite) -> None:
    (problem,) = small.problems(("    software: postgresql\n", "    software: postgresql\n    depends_on: [records]\n"))
    assert problem.where == "systems.records.depends_on.0"
    assert problem.message == "cyclic depends_on: records-database → records → records-database"


def test_a_system_that_depends_on_itself_is_a_cycle(small: SmallSite) -> None:
    problem = small.only("depends_on: [records-database]", "depends_on: [records-database, records]")
    assert problem.message == "cyclic depends_on: records → records"


def test_dr_centre_without_capacity_for_its_copies(small: SmallSite) -> None:
    problem = small.problems(("mode: standby }", "mode: standby, replicas: 6 }"))[0]
    assert problem.where == "centres.south.hosts"
    assert "6 copies: 24 vCPU and 96 GB of memory, but has 16 vCPU and 64 GB with 1 of 2 hosts down" in problem.message
    assert "add 8 vCPU and 32 GB" in problem.hint


def test_overcommit_counts(small: SmallSite) -> None:
    small.put(
        ("mode: standby }", "mode: standby, replicas: 4 }"),
        ("    index: 2\n", "    index: 2\n    cpu_overcommit: 2.0\n"),
    )
    assert read_site(small.folder).warnings == ()


def test_memory_is_never_overcommitted(small: SmallSite) -> None:
    (problem,) = small.problems(
        ("mode: standby }", "mode: standby, replicas: 5 }"),
        ("    index: 2\n", "    index: 2\n    cpu_overcommit: 2.0\n"),
    )
    assert "20 vCPU and 80 GB of memory, but has 32 vCPU and 64 GB" in problem.message
    assert "add 16 GB," in problem.hint


def test_spare_hosts_beyond_the_hosts_leave_nothing(small: SmallSite) -> None:
    found = small.problems(("    index: 1\n", "    index: 1\n    spare_hosts: 3\n"))
    assert any("but has 0 vCPU and 0 GB with 3 of 3 hosts down" in p.message for p in found)


def test_an_instance_larger_than_a_host_is_told_though_the_sums_fit(small: SmallSite) -> None:
    problem = small.problems(("    replicas: 2\n    vcpus: 4", "    replicas: 1\n    vcpus: 20"))[0]
    assert "no host left for records (20 vCPU, 16 GB)" in problem.message


def test_too_few_dedicated_servers(small: SmallSite) -> None:
    (problem,) = small.problems(("{ centre: south, mode: sync }", "{ centre: south, mode: sync, replicas: 2 }"))
    assert "2 database-servers, but has 1" in problem.message
    assert "workload: database-server" in problem.hint


def test_pools_must_hold_the_volumes(small: SmallSite) -> None:
    problem = small.only("usable_gb: 2000", "usable_gb: 500")
    assert "need 600 GB, its pools have 500" in problem.message


def test_the_backup_pool_must_hold_one_full_copy(small: SmallSite) -> None:
    problem = small.only("usable_gb: 9000", "usable_gb: 90")
    assert "one full backup on tier `archive` of south needs 500 GB, its pools have 90" in problem.message


def test_an_unknown_storage_tier_gets_the_nearest(small: SmallSite) -> None:
    found = small.problems(("    storage_gb: 100\n", "    storage_gb: 100\n    storage_tier: sdd\n"))
    assert all("storage tier `sdd`" in p.message and "`ssd`" in p.hint for p in found)
    assert {p.where for p in found} == {"systems.records.storage_tier", "protection.1.copies.0"}


def test_a_zone_missing_where_an_instance_stands(small: SmallSite) -> None:
    (problem,) = small.problems(("      south: 10.22.10.0/24\n", ""))
    assert "records stands at south, where its zone `clinical` has no network" in problem.message
    assert "add `south: 10.22.10.0/24`" in problem.hint


def test_a_zone_too_small_for_its_instances(small: SmallSite) -> None:
    problem = small.only("north: 10.21.10.0/24", "north: 10.21.10.0/29")
    assert "holds 0 instances from host 10 on, 2 stand there" in problem.message


def test_protection_order_must_follow_the_dependencies(small: SmallSite) -> None:
    problem = small.only("order: 20", "order: 5")
    assert "records (order 5) moves before records-database (order 10)" in problem.message
    assert "10 or more" in problem.hint


def test_a_system_in_two_protections(small: SmallSite) -> None:
    problem = small.only("systems: [records]", "systems: [records, records-database]")
    assert "the protection of system `records-database` is used twice" in problem.message


def test_a_synchronous_copy_in_another_city(small: SmallSite) -> None:
    found = small.problems(("    role: same-city-dr\n    city: 厦门", "    role: remote-dr\n    city: 福州"))
    (problem,) = found
    assert "from 厦门 to 福州, 1.2 ms round trip" in problem.message
    assert "async" in problem.hint


def test_a_synchronous_copy_over_a_slow_line(small: SmallSite) -> None:
    (problem,) = small.problems(
        ("path: tunnel, bandwidth_mbit: 100, delay_ms: 0.6", "path: tunnel, bandwidth_mbit: 100, delay_ms: 9"),
        ("path: bridge, bandwidth_mbit: 100, delay_ms: 0.6", "path: bridge, bandwidth_mbit: 100, delay_ms: 8"),
    )
    assert "over 16 ms round trip (at most 5)" in problem.message


@pytest.mark.parametrize("kind", ["copies", "backup"])
def test_copies_and_backups_beside_the_original(small: SmallSite, kind: str) -> None:
    if kind == "copies":
        problem = small.only("{ centre: south, mode: standby }", "{ centre: north, mode: standby }")
    else:
        (problem,) = [
            p
            for p in small.problems(("backup: { centre: south,", "backup: { centre: north, storage_tier: ssd,"))
            if kind in p.where
        ]
    assert "where the system itself is" in problem.message


def test_a_lab_machine_outside_the_labs_centres(small: SmallSite) -> None:
    found = small.problems(("  centres: [north, south]", "  centres: []"))
    assert {p.where for p in found} == {"lab.centres", "lab.machines.records-database"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("path: west", "path: east", "share the path `east` and fail together"),
        ("carrier: unicom, path: west", "carrier: telecom, path: west", "are of the carrier `telecom`"),
        (
            "  - { name: h-n-unicom, a: hospital, b: north, carrier: unicom, path: west, bandwidth_mbit: 100,"
            " delay_ms: 0.5 }\n",
            "",
            "the only line between hospital and north",
        ),
        ("rpo: PT0S\n", "rpo: PT0S\n    tolerance: { outpatient: PT5M, inpatient: PT5M }\n", "care bears 5 min"),
        ("{ centre: south, mode: sync }", "{ centre: south, mode: async }", "RPO 0 min"),
    ],
)
def test_warnings_do_not_refuse(small: SmallSite, old: str, new: str, message: str) -> None:
    small.put((old, new))
    (warning,) = read_site(small.folder).warnings
    assert message in warning.message
    assert warning.file == "small/site.yml"


def test_a_copy_without_what_it_depends_on_is_a_warning(small: SmallSite) -> None:
    small.put(
        ("    copies:\n      - { centre: south, mode: sync }\n", ""),
        ("    rpo: PT0S\n", "    rpo: P2D\n"),
    )
    (warning,) = read_site(small.folder).warnings
    assert "records has a copy at south, but depends on records-database, which has none there" in warning.message


def test_an_access_network_needs_room_for_its_ward(small: SmallSite) -> None:
    problem = small.only("lan: 10.81.0.0/24", "lan: 10.81.0.0/26, access_switches: 3")
    assert "10.81.0.0/26 is too small for a campus with 3 access switches" in problem.message
    assert problem.hint == "use /25 or larger"


def test_an_edge_without_a_line_is_warned_of(small: SmallSite) -> None:
    small.put(
        ("carrier: unicom, path: west", "carrier: telecom, path: west"),
        ("lan: 10.81.0.0/24", "lan: 10.81.0.0/24, edges: 2"),
    )
    messages = [warning.message for warning in read_site(small.folder).warnings]
    assert "2 edges but 1 carrier: an edge of hospital has no line" in messages


@pytest.mark.parametrize(
    ("written", "key", "said"),
    [
        ("every: PT0S", "every", "must be longer than nothing"),
        ("every: P10D", "every", "a whole backup every 168 h, but a backup only every 240 h"),
        ("every: P1D, full_every: P60D", "keep", "kept 720 h, the next whole one comes after 1440 h"),
        ("every: P1D, log_every: P2D", "log_every", "shipped every 48 h, later than the next backup"),
    ],
)
def test_a_rhythm_of_backups_that_contradicts_itself(small: SmallSite, written: str, key: str, said: str) -> None:
    found = small.problems(("backup: { centre: south, every: P1D,", f"backup: {{ centre: south, {written},"))
    assert any(said in problem.message and problem.where.endswith(key) for problem in found), found
