"""The source's own figures test the Xiamen blueprint: 268 vCPU, 916 GB, 56.78 TB, 2 + 9 servers, over 50 systems."""

from __future__ import annotations

import time

import pytest

from inventory.load import load_site, read_site
from inventory.model import CopyMode, Site, Software, Workload
from inventory.totals import Totals, totals


@pytest.fixture(scope="module")
def sums(xiamen: Site) -> Totals:
    return totals(xiamen)


def test_xiamen_adds_up_to_the_figures_of_its_source(sums: Totals) -> None:
    assert (sums.vcpus, sums.memory_gb, sums.storage_tb) == (268, 916, 56.78)
    assert (sums.database_servers, sums.big_data_servers) == (2, 9)
    assert sums.systems > 50
    assert sums.hospitals_by_tier == {"city": 1, "county": 1}


def test_the_totals_are_the_sum_of_their_centres(sums: Totals) -> None:
    for workload, size in sums.workloads.items():
        assert size.vcpus == sum(centre.own[workload].vcpus for centre in sums.centres)
        assert size.instances == sum(centre.own[workload].instances for centre in sums.centres)
    for workload, size in sums.copies.items():
        assert size.memory_gb == sum(centre.copies[workload].memory_gb for centre in sums.centres)
    storage = sum(s.storage_gb * s.replicas for s in load_site("xiamen").systems if s.workload is Workload.VIRTUAL)
    assert storage == 56_780


def test_a_centre_outside_the_lab_runs_nothing(xiamen: Site) -> None:
    assert xiamen.lab is not None
    profile = xiamen.lab.model_copy(update={"centres": ("software-park-2", "gaodian", "fuzhou")})
    by_name = {c.centre: c for c in totals(xiamen.model_copy(update={"lab": profile})).centres}
    assert not by_name["software-park-3"].deployed
    assert (by_name["software-park-3"].machines, by_name["software-park-3"].counted) == (0, 0)


def test_the_analytics_centre_counts_its_big_data_servers(sums: Totals) -> None:
    by_name = {centre.centre: centre for centre in sums.centres}
    assert by_name["software-park-3"].deployed
    assert (by_name["software-park-3"].machines, by_name["software-park-3"].counted) == (0, 9)
    assert by_name["software-park-2"].machines == 2
    assert by_name["software-park-2"].counted == 69


def test_xiamen_has_two_cities_four_centres_and_one_warning_of_a_shared_conduit() -> None:
    loaded = read_site("xiamen")
    (warning,) = loaded.warnings
    assert warning.where == "links.tcm-gd-unicom.path" and "share the path `tcm-gd-bridge-duct`" in warning.message
    assert {c.name: c.city for c in loaded.site.centres} == {
        "software-park-2": "厦门",
        "gaodian": "厦门",
        "fuzhou": "福州",
        "software-park-3": "厦门",
    }


def test_the_protected_systems_are_those_the_roles_install(xiamen: Site) -> None:
    database, pacs = xiamen.system("his-database"), xiamen.system("pacs")
    assert database.software is Software.POSTGRESQL
    assert pacs.software is Software.ORTHANC
    assert database.service and database.service.ports == (5432,)
    assert pacs.service and pacs.service.ports == (4242, 8042)
    modes = {copy.centre: copy.mode for copy in xiamen.protection_of("his-database").copies}  # type: ignore[union-attr]
    assert modes == {"gaodian": CopyMode.SYNC, "fuzhou": CopyMode.ASYNC}


def test_xiamen_loads_quickly() -> None:
    start = time.perf_counter()
    load_site("xiamen")
    assert time.perf_counter() - start < 0.3
