"""网络架构，云 (8.2.2.1): tenants are isolated and have means of protection."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, Words, judge_each
from compliance.raw import shown, table
from compliance.snapshot import Snapshot

_MEANS = ("security-group", "port-security", "router", "rbac-policies")


def isolated(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS2-02: tenants' virtual networks are apart."""
    yield from judge_each("L3-CNS2-02", snapshot, "cloud", _NOT_SHARED, _NO_ACCESS_FOR_ALL, _OWN_SEGMENTS)


def means(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS2-03: the platform offers tenants boundary protection."""
    yield from judge_each("L3-CNS2-03", snapshot, "cloud", _OFFERED)


def _not_shared(text: str) -> Seen:
    found = [row["name"] for row in table(text) if row["is_shared"] and not row["is_router_external"]]
    return not found, shown(found) or f"{len(table(text))} networks, none shared"


def _no_access_for_all(text: str) -> Seen:
    found = [
        f"{row['object_type']} {row['object_id']} {row['action']} → *"
        for row in table(text)
        if row["target_project_id"] == "*" and row["action"] == "access_as_shared"
    ]
    return not found, shown(found) or "no policy shares anything with all projects"


def _own_segments(text: str) -> Seen:
    keys = [
        (row["provider_network_type"], row["provider_segmentation_id"])
        for row in table(text)
        if row["provider_segmentation_id"] is not None
    ]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    return not twice, shown(twice) or f"{len(keys)} tenant segments, all distinct"


def _offered(text: str) -> Seen:
    known = {row["alias"] for row in table(text)}
    missing = [alias for alias in _MEANS if alias not in known]
    return not missing, f"missing: {', '.join(missing)}" if missing else f"offered: {', '.join(_MEANS)}"


_NOT_SHARED = Check(
    "networks",
    _not_shared,
    Words("没有跨租户共享的网络", "no tenant network is shared"),
    Words("取消共享", "stop sharing it"),
)
_NO_ACCESS_FOR_ALL = Check(
    "rbac_policies",
    _no_access_for_all,
    Words("没有对所有租户开放的访问策略", "no policy opens a network to every tenant"),
    Words("删除该策略", "delete the policy"),
)
_OWN_SEGMENTS = Check(
    "networks",
    _own_segments,
    Words("租户网段标识互不相同", "every tenant network has a segment of its own"),
    Words("重建冲突的网络", "rebuild the colliding network"),
)
_OFFERED = Check(
    "extensions",
    _offered,
    Words("平台向租户提供安全组、端口安全与路由", "security groups, port security and routers are offered"),
    Words("启用 Neutron 扩展", "enable the Neutron extensions"),
)

ITEMS = MappingProxyType({"L3-CNS2-02": isolated, "L3-CNS2-03": means})
