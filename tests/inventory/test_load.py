"""Every class of bad input: one clear problem with file, line, key path and the thing that was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.load import SiteError, load_site, read_site
from tests.inventory.conftest import SMALL, SmallSite


def test_the_small_site_is_valid_without_warnings(small: SmallSite) -> None:
    loaded = read_site(small.folder)
    assert loaded.warnings == ()
    assert loaded.site.system("records").replicas == 2


def test_lists_in_several_files_are_joined(small: SmallSite) -> None:
    head, systems = SMALL.split("systems:\n", 1)
    first, rest = systems.split("  - name: records\n", 1)
    (small.folder / "site.yml").write_text(head + "systems:\n" + first, encoding="utf-8")
    (small.folder / "more.yml").write_text("systems:\n  - name: records\n" + rest, encoding="utf-8")
    assert {s.name for s in load_site(small.folder).systems} == {"records-database", "records"}


@pytest.mark.parametrize(
    ("old", "new", "where", "message", "hint"),
    [
        ("    replicas: 2", "    replica: 2", "systems.records.replica", "unknown key", "did you mean `replicas`?"),
        ("baseline: {", "base_line: {}\nbaseline: {", "base_line", "unknown key", "did you mean `baseline`?"),
        ("vcpus: 4", "vcpus: four", "systems.records.vcpus", "must be a whole number, not 'four'", "such as 3"),
        ("depends_on: [records-database]", "depends_on: 7", "systems.records.depends_on", "must be a list", "["),
        ("rto: PT15M", "rto: soon", "systems.records.rto", "must be an ISO 8601 duration", "PT15M"),
        ("lan: 10.81.0.0/24", "lan: 10.81.0.5/24", "campuses.hospital.lan", "must be an IPv4 network", "mask"),
        ("role: same-city-dr", "role: same-city", "centres.south.role", "`same-city` is not", "`same-city-dr`"),
        ("    cloud: south\n", "    cloud: South_1\n", "centres.south.cloud", "`South_1` is not a name", "hyphens"),
        ("name: h-n-telecom", "name: hospital-north-telecom", "name", "at most 15", ""),
        ("zone: clinical\n", "zone: clinic\n", "systems.records.zone", "no zone `clinic`", "did you mean `clinical`?"),
        ("centre: south, mode: sync", "centre: sout, mode: sync", "copies.0.centre", "no centre `sout`", "`south`"),
        ("a: hospital", "a: hospitel", "links.h-n-telecom.a", "no centre or campus `hospitel`", "`hospital`"),
        ("carrier: telecom", "carrier: mobile", "links.h-n-telecom.carrier", "no carrier `mobile`", "telecom"),
        ("source: clinical", "source: clinicol", "flows.0.source", "no zone or campus", "`clinical`"),
        ("campuses: [hospital]", "campuses: [ward]", "lab.campuses.0", "no campus `ward`", "hospital"),
        ("machines: { records-database", "machines: { records-db", "lab.machines.records-db", "no system", "`records"),
        ("a: north, b: south, carrier: unicom", "a: north, b: north, carrier: unicom", "b", "to itself", "other end"),
        ("south: 10.22.20.0/24", "south: 10.22.10.0/25", "zones.data.networks.south", "overlaps", "its own"),
        ("north: 10.21.10.0/24", "north: 10.21.0.0/25", "zones.clinical.networks.north", "the provider network", ""),
        ("lan: 10.81.0.0/24", "lan: 10.88.61.0/24", "campuses.hospital.lan", "the management network", "its own"),
        ("lan: 10.81.0.0/24", "lan: 172.20.4.0/24", "campuses.hospital.lan", "the range of the lines", "its own"),
        ("lan: 10.81.0.0/24", "lan: 10.22.77.0/24", "campuses.hospital.lan", "the range of south", "outside"),
        ("north: 10.21.10.0/24", "north: 10.30.10.0/24", "zones.clinical.networks.north", "outside", "10.21.10.0/24"),
        ("name: records\n", "name: records-database\n", "systems", "is used twice", "small/site.yml:"),
        ("asn: 65002", "asn: 65001", "centres.south.asn", "`65001` is used twice", "see small/site.yml:14"),
        ("index: 2", "index: 1", "centres.south.index", "`1` is used twice", "see small/site.yml:13"),
        ("    zone: data\n", "    zone: data\n    zone: data\n", "zone", "written twice", "first at small/site.yml"),
        ("role: production", "role: [production", "(file)", "not YAML", ""),
    ],
)
def test_bad_input_names_file_line_key_and_hint(
    small: SmallSite, old: str, new: str, where: str, message: str, hint: str
) -> None:
    found = small.problems((old, new))
    problem = next(p for p in found if message in p.message)
    assert where in problem.where
    assert hint in problem.hint
    text = (small.folder / "site.yml").read_text(encoding="utf-8").splitlines()
    assert str(problem).startswith(f"small/site.yml:{problem.line}: ")
    assert problem.line in _changed_lines(text) or "not YAML" in problem.message


def _changed_lines(text: list[str]) -> set[int]:
    """Lines of the broken file that the small site does not have at that place."""
    before = SMALL.splitlines()
    added = len(text) - len(before)
    first = next(n for n, line in enumerate(text) if n >= len(before) or line != before[n])
    return set(range(first, first + added + 2))


def test_a_missing_key_is_told_at_its_parent(small: SmallSite) -> None:
    (problem,) = small.problems(("    cloud: south\n", ""))
    assert problem.where == "centres.south"
    assert problem.message == "the key `cloud` is missing"
    assert SMALL.splitlines()[problem.line - 1] == "  - name: south"


def test_a_misspelt_required_key_is_told_once(small: SmallSite) -> None:
    problem = small.only("    data_class: 4\n    rto: PT10M", "    dataclass: 4\n    rto: PT10M")
    assert (problem.message, problem.hint) == ("unknown key `dataclass`", "did you mean `data_class`?")


def test_all_problems_come_at_once(small: SmallSite) -> None:
    found = small.problems(
        ("    replicas: 2", "    replica: 2"),
        ("a: hospital", "a: hospitel"),
        ("rto: PT10M", "rto: quick"),
        ("south: 10.22.20.0/24", "south: 10.22.10.0/24"),
    )
    told = " | ".join(p.message for p in found)
    for part in ("unknown key `replica`", "`hospitel`", "ISO 8601", "overlaps"):
        assert part in told
    assert "no system" not in told, "a wrong item must not make references to it dangle"


def test_an_alias_that_contains_itself_is_told(small: SmallSite) -> None:
    found = small.problems(("flows:\n", "flows:\n  - &loop [*loop]\n"))
    assert any("contains itself" in p.message for p in found)


def test_anchors_and_merge_keys_work(small: SmallSite) -> None:
    small.put(
        ("baseline: { level: 3 }", "baseline: { <<: *b, level: 3 }"),
        ("flows:\n", "flows:\n  - &b0 { source: data, target: data, why: replication }\n"),
        ("lab:\n", "lab:\n"),
    )
    with pytest.raises(SiteError, match="undefined alias"):
        load_site(small.folder)
    small.put(
        (
            "  - { source: clinical, target: data, ports: [5432], why: records }",
            "  - &base { source: clinical, target: data, ports: [5432], why: records }\n"
            "  - { <<: *base, source: hospital }",
        )
    )
    assert load_site(small.folder).flows[1].source == "hospital"
    assert load_site(small.folder).flows[1].ports == (5432,)


def test_an_unknown_blueprint_gets_the_nearest_one() -> None:
    with pytest.raises(MedcloudError) as caught:
        load_site("xiamem")
    assert caught.value.code == "input"
    assert "xiamen" in caught.value.hint


def test_a_folder_without_files_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(MedcloudError, match=r"no \*\.yml file"):
        load_site(tmp_path)


def test_an_unread_file_is_the_only_thing_told(small: SmallSite) -> None:
    head, systems = SMALL.split("systems:\n", 1)
    (small.folder / "site.yml").write_text(head, encoding="utf-8")
    (small.folder / "systems.yml").write_text("systems:\n" + systems.replace("zone: data", "zone: [data"), "utf-8")
    with pytest.raises(SiteError) as caught:
        load_site(small.folder)
    (problem,) = caught.value.problems
    assert problem.file == "small/systems.yml"
    assert "not YAML" in problem.message


def test_an_empty_and_a_binary_file_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("")
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SiteError) as caught:
        load_site(tmp_path)
    assert any("not UTF-8" in p.message for p in caught.value.problems)
