"""数据备份恢复，云 (8.2.4.6): copies elsewhere, location known, several replicas, a way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Finding, Seen, Words, check, judge, not_applicable
from compliance.raw import absent, shown, site_of, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot

_COPIES = 3  # GB/T 22239 asks for several; the guide's usual figure


@check(
    "model",
    "业务数据在平台之外另有备份",
    "data has a backup outside the platform that runs it",
    "为系统声明另一中心的备份",
    "declare a backup in another centre",
)
def _elsewhere(text: str) -> Seen:
    site = site_of(text)
    home = {system.name: system.centre for system in site.systems}
    covered = {name: p.backup.centre for p in site.protection if p.backup for name in p.systems}
    inside = [f"{name}: {centre}" for name, centre in covered.items() if home.get(name) == centre]
    return bool(covered) and not inside, shown(inside) or f"{len(covered)} systems, each backed up in another centre"


@check(
    "status",
    "备份库中确有业务数据的备份",
    "the repository, a server apart from every cloud, holds backups",
    "检查备份库的 medcloud-backup 服务",
    "look at medcloud-backup on the repository",
)
def _held(text: str) -> Seen:
    found = some(list(json.loads(text).items()), "database")
    lines = [f"{name}: {len(state['info']['backup'])} backups" for name, state in found]
    return all(state["info"]["backup"] for _, state in found), shown(lines)


@check(
    "ceph",
    "云存储至少三副本且健康",
    "the storage keeps three healthy replicas",
    "部署 Ceph，池 size=3、min_size=2",
    "run Ceph with size=3 and min_size=2",
)
def _replicated(text: str) -> Seen:
    if absent(text):
        return False, f"{text.strip()}: volumes are files of one node"
    status, pools = (json.loads(part) for part in text.strip().split("\n", 1))
    health = status["health"]["status"]
    thin = [f"{pool['pool_name']}: size {pool['size']}" for pool in pools if pool["size"] < _COPIES]
    return health == "HEALTH_OK" and not thin, shown([health, *thin])


@check(
    "images",
    "镜像为通用格式，可导出迁移",
    "images have common formats and can be taken elsewhere",
    "采用 qcow2、raw 格式",
    "use qcow2 or raw",
)
def _portable(text: str) -> Seen:
    rows = some(table(text), "image")
    odd = [f"{row['name']}: {row['disk_format']}" for row in rows if row["disk_format"] not in ("qcow2", "raw", "vmdk")]
    return not odd, shown(odd) or shown([f"{row['name']}: {row['disk_format']}" for row in rows])


def location(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-15: the platform says where a tenant's data is."""
    for evidence in snapshot.of("cloud"):
        if evidence.sections.get("volumes") == "[]":
            yield not_applicable("L3-CES2-15", evidence, Words("该云没有数据卷", "this cloud holds no volume"))
        else:
            yield judge("L3-CES2-15", evidence, (_location_shown,))


@check(
    "volumes",
    "可查询数据卷的存放位置",
    "a volume's location can be asked",
    "检查 Cinder 服务",
    "check Cinder's services",
)
def _location_shown(text: str) -> Seen:
    rows = table(text)
    unknown = [row["name"] for row in rows if not row["host"] or not row["zone"]]
    return not unknown, shown(unknown) or f"{len(rows)} volumes, e.g. {rows[0]['name']} at {rows[0]['host']}"


ITEMS = MappingProxyType(
    {
        **controls(
            Each("L3-CES2-14", "site", (_elsewhere,)),
            Each("L3-CES2-14", "repository", (_held,)),
            Each("L3-CES2-16", "node", (_replicated,)),
            Each("L3-CES2-17", "cloud", (_portable,)),
        ),
        "L3-CES2-15": location,
    }
)
