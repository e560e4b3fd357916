"""数据完整性和保密性，云 (8.2.4.5): data stays at home, is the tenant's alone, and moves safely."""

from __future__ import annotations

from compliance.demands import abroad_of
from compliance.finding import Check, Seen, check
from compliance.raw import configured, line_with, shown, site_of, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


@check(
    "model",
    "数据与备份只存放在境内已登记中心",
    "data and backups lie in registered centres at home only",
    "在模型中登记中心及其城市",
    "declare the centres with their cities",
)
def _at_home(text: str) -> Seen:
    site = site_of(text)
    abroad = abroad_of(site)
    cities = {centre.name: centre.city for centre in site.centres}
    kept = {p.backup.centre for p in site.protection if p.backup}
    targets = kept | {copy.centre for p in site.protection for copy in p.copies}
    lines = [f"{name} ({cities[name]})" for name in sorted(targets)]
    return not abroad, shown(abroad) or f"copies and backups go to {', '.join(lines)}"


def _volumes_at_home(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    known = {centre.name for centre in snapshot.site.centres}

    @check(
        "endpoints",
        "云区域与登记的中心一致",
        "the cloud's region is a registered centre",
        "区域名与中心一致",
        "name the region after its centre",
    )
    def test(text: str) -> Seen:
        regions = some(sorted({str(row["region_id"]) for row in table(text)}), "region")
        strange = [region for region in regions if region not in known]
        return not strange, shown([f"region {region}" for region in strange or regions])

    return (test,)


@check(
    "role_assignments",
    "平台账户未持有租户项目的管理角色",
    "no platform account holds a role in a tenant's project",
    "收回平台账户在租户项目中的角色",
    "take the platform's roles out of tenants' projects",
)
def _tenants_own(text: str) -> Seen:
    rows = some(table(text), "role assignment")
    held = [
        f"{r['user']} is {r['role']} of {r['project']}" for r in rows if r["role"] == "admin" and _tenant(r["project"])
    ]
    return not held, shown(held) or f"{len(rows)} assignments, no admin in a tenant's project"


def _tenant(project: str | None) -> bool:
    return project not in (None, "", "admin", "service")


@check(
    "openstack_conf",
    "迁移流量由 TLS 保护",
    "migration traffic is protected by TLS",
    "nova.conf [libvirt] live_migration_with_native_tls=true",
    "set live_migration_with_native_tls in nova.conf",
)
def _migrates_safely(text: str) -> Seen:
    found = line_with(configured(text, "/etc/nova/nova.conf"), r"live_migration_with_native_tls\s*=")
    return found.rpartition("=")[
        2
    ].strip().lower() == "true", found or "live_migration_with_native_tls: not set (false)"


@check(
    "services",
    "提供密钥管理服务（Barbican）",
    "a key manager is offered (Barbican)",
    "部署 Barbican 并授权租户使用",
    "run Barbican and let tenants use it",
)
def _key_manager(text: str) -> Seen:
    kinds = sorted({str(row["type"]) for row in table(text)})
    return "key-manager" in kinds, f"services: {', '.join(kinds)}"


ITEMS = controls(
    Each("L3-CES2-10", "site", (_at_home,)),
    Each("L3-CES2-10", "cloud", _volumes_at_home),
    Each("L3-CES2-11", "cloud", (_tenants_own,)),
    Each("L3-CES2-12", "node", (_migrates_safely,)),
    Each("L3-CES2-13", "cloud", (_key_manager,)),
)
