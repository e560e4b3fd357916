"""The model must hold the other four sources too: a region, a private cloud, a digital hospital, a province."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory import addresses
from inventory.hosts import ansible_inventory
from inventory.load import Loaded, read_site
from inventory.model import CampusKind, Tier
from inventory.placement import instances
from inventory.totals import totals

Load = Callable[[dict[str, Any]], Loaded]
HENAN = [
    "郑州",
    "开封",
    "洛阳",
    "平顶山",
    "安阳",
    "鹤壁",
    "新乡",
    "焦作",
    "濮阳",
    "许昌",
    "漯河",
    "三门峡",
    "南阳",
    "商丘",
    "信阳",
    "周口",
    "驻马店",
    "济源",
]


@pytest.fixture
def load(write_site: Callable[[str], Path]) -> Load:
    """Through the files, as a user would."""
    return lambda data: read_site(write_site(yaml.safe_dump(data, allow_unicode=True)))


def _text(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": zh}


def _centre(name: str, index: int, role: str, city: str, **more: Any) -> dict[str, Any]:
    host = {"name": "hyperconverged", "count": 3, "sockets": 2, "cores_per_socket": 24, "memory_gb": 512}
    return {
        "name": name,
        "title": _text(name),
        "role": role,
        "city": city,
        "cloud": name,
        "index": index,
        "asn": 64512 + index,
        "hosts": [host],
        "pools": [{"name": "flash", "tier": "ssd", "usable_gb": 60000}],
        **more,
    }


def _campus(name: str, index: int, city: str, tier: str, kind: str = "hospital") -> dict[str, Any]:
    lan = f"10.100.{index}.0/24"
    where = {"name": name, "title": _text(name), "kind": kind, "tier": tier, "city": city}
    return {**where, "index": index, "asn": 64512 + index, "lan": lan}


def _system(name: str, centre: str, **more: Any) -> dict[str, Any]:
    size = {"vcpus": 2, "memory_gb": 8, "storage_gb": 200}
    promise = {"data_class": 3, "rto": "PT4H", "rpo": "P1D"}
    return {"name": name, "title": _text(name), "centre": centre, "zone": "business", **size, **promise, **more}


def _lines(name: str, a: str, b: str, carriers: list[str], delay: float = 3) -> list[dict[str, Any]]:
    both = {"a": a, "b": b, "bandwidth_mbit": 100, "delay_ms": delay}
    return [{"name": f"{name}-{c}", "carrier": c, "path": f"{name}-{c}-conduit", **both} for c in carriers]


def _site(name: str, carriers: list[str], centres: list[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    networks = {c["name"]: f"10.{20 + c['index']}.10.0/24" for c in centres}
    return {
        "name": name,
        "title": _text(name),
        "source": "a test",
        "carriers": [{"name": c, "title": _text(c)} for c in carriers],
        "centres": centres,
        "zones": [{"name": "business", "title": _text("业务区"), "networks": networks}],
        "campuses": [],
        "links": [],
        "flows": [],
        "protection": [],
        "baseline": {"level": 3},
        **parts,
    }


def test_a_region_in_three_tiers(load: Load) -> None:
    """省、市、县三级分布式部署: indices at the province, records in the cities, county systems real or virtual."""
    centres = [
        _centre("province", 1, "production", "沈阳", tier="province"),
        _centre("city-east", 2, "production", "大连", tier="city"),
        _centre("city-west", 3, "production", "锦州", tier="city"),
        _centre("county-a", 4, "production", "庄河", tier="county"),
    ]
    systems = [
        _system("record-index", "province"),
        _system("health-card", "province"),
        _system("health-records-east", "city-east", depends_on=["record-index"]),
        _system("health-records-west", "city-west", depends_on=["record-index"]),
        _system("primary-care-a", "county-a", depends_on=["health-records-east", "health-card"]),
        _system("primary-care-b", "city-west", depends_on=["health-records-west"]),  # 虚拟平台: no centre of its own
    ]
    campuses = [
        _campus("county-hospital", 61, "庄河", "county"),
        _campus("township-clinic", 62, "庄河", "township", "clinic"),
        _campus("village-post", 63, "庄河", "village", "front-end"),
    ]
    carriers = ["telecom", "unicom"]
    links = [
        *_lines("p-e", "province", "city-east", carriers),
        *_lines("p-w", "province", "city-west", carriers),
        *_lines("e-a", "city-east", "county-a", carriers),
        *_lines("h-a", "county-hospital", "county-a", carriers),
        *_lines("t-a", "township-clinic", "county-a", carriers),
        *_lines("v-a", "village-post", "county-a", ["telecom"]),
    ]
    protection = [
        {
            "systems": ["health-records-east", "health-records-west"],
            "order": 10,
            "backup": {
                "centre": "province",
                "storage_tier": "ssd",
                "every": "P1D",
                "keep": "P1Y",
                "restore_test_every": "P90D",
            },
        }
    ]
    loaded = load(
        _site("region", carriers, centres, systems=systems, campuses=campuses, links=links, protection=protection)
    )
    assert [c.tier for c in loaded.site.centres] == [Tier.PROVINCE, Tier.CITY, Tier.CITY, Tier.COUNTY]
    assert [w.message for w in loaded.warnings] == ["the only line between county-a and village-post"]
    assert totals(loaded.site).hospitals_by_tier == {"county": 1}
    assert loaded.site.campus("village-post").kind is CampusKind.FRONT_END


def test_a_hyperconverged_private_cloud_with_sixty_subsystems(load: Load) -> None:
    """超融合私有云: sixty subsystems, the old equipment kept as the second centre, storage in tiers, all carriers."""
    tiers = [
        {"name": "nvme", "tier": "ssd", "usable_gb": 30000},
        {"name": "capacity", "tier": "hdd", "usable_gb": 60000},
    ]
    old = [
        {"name": "kept-a", "count": 2, "sockets": 2, "cores_per_socket": 8, "memory_gb": 256},
        {"name": "kept-b", "count": 2, "sockets": 2, "cores_per_socket": 10, "memory_gb": 192},
    ]
    archive = {"name": "archive", "tier": "archive", "usable_gb": 40000}
    centres = [
        _centre("new-building", 1, "production", "重庆", pools=tiers, cpu_overcommit=2.0),
        _centre("old-building", 2, "same-city-dr", "重庆", hosts=old, pools=[*tiers, archive]),
    ]
    systems = [
        _system(f"subsystem-{n}", "new-building", storage_tier="hdd" if n % 5 == 0 else "ssd") for n in range(1, 61)
    ]
    backup = {"centre": "old-building", "every": "P1D", "keep": "P90D", "restore_test_every": "P90D"}
    protection = [
        {"systems": [s["name"] for s in systems[:20]], "order": 10, "backup": backup}
        | {"copies": [{"centre": "old-building", "mode": "async"}]},
        {"systems": [s["name"] for s in systems[20:]], "order": 20, "backup": backup},
    ]
    carriers = ["telecom", "unicom", "mobile"]
    links = [
        *_lines("n-o", "new-building", "old-building", carriers),
        *_lines("h-n", "hospital", "new-building", carriers),
    ]
    loaded = load(
        _site("hci", carriers, centres, systems=systems, links=links, protection=protection)
        | {"campuses": [_campus("hospital", 61, "重庆", "city") | {"beds": 1000}]}
    )
    assert loaded.warnings == ()
    sums = totals(loaded.site)
    assert (sums.systems, sums.vcpus, sums.memory_gb) == (60, 120, 480)
    assert len(instances(loaded.site, "old-building")) == 20
    assert ansible_inventory(loaded.site)["all"]["hosts"]


def test_a_province_of_42_collaborating_hospitals(load: Load) -> None:
    """河南: 6 + 18 + 18 hospitals in 18 cities around one provincial data centre."""
    tiers = ["province"] * 6 + ["city"] * 18 + ["county"] * 18
    cities = ["郑州"] * 6 + HENAN + HENAN
    places = list(enumerate(zip(tiers, cities, strict=True), 1))
    campuses = [_campus(f"{tier}-hospital-{n}", 60 + n, city, tier) for n, (tier, city) in places]
    carriers = ["telecom", "unicom"]
    links = [line for n, c in enumerate(campuses, 1) for line in _lines(f"h{n}", c["name"], "zhengzhou", carriers)]
    centres = [_centre("zhengzhou", 1, "production", "郑州", tier="province")]
    names = ["teleconsultation", "two-way-referral", "image-collaboration", "video-conference", "remote-education"]
    loaded = load(
        _site("henan", carriers, centres, campuses=campuses, links=links)
        | {"systems": [_system(name, "zhengzhou") for name in names]}
    )
    assert loaded.warnings == ()
    sums = totals(loaded.site)
    assert sums.hospitals_by_tier == {"province": 6, "city": 18, "county": 18}
    assert sums.campuses == 42
    assert len({campus.city for campus in loaded.site.campuses}) == 18
    assert len(addresses.line_ends(loaded.site, "zhengzhou")) == 84


def test_a_digital_hospital_on_a_hybrid_cloud(load: Load) -> None:
    """数字化医院: clinical systems at home, patient services in a public cloud whose hosts are not ours to count."""
    home = _centre("home", 1, "production", "上海")
    public = _centre("public", 2, "public-cloud", "上海") | {"hosts": [], "pools": []}
    systems = [
        _system("his", "home"),
        _system("patient-portal", "public", replicas=40, depends_on=["his"]),
        _system("guidance", "public", depends_on=["patient-portal"]),
    ]
    carriers = ["telecom", "unicom"]
    links = [*_lines("h-p", "home", "public", carriers), *_lines("c-h", "campus", "home", carriers)]
    loaded = load(
        _site("digital", carriers, [home, public], systems=systems, links=links)
        | {"campuses": [_campus("campus", 61, "上海", "city")]}
    )
    assert loaded.warnings == ()
    assert totals(loaded.site).vcpus == 2 * 42
