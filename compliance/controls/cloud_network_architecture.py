"""网络架构，云 (8.2.2.1): no system above the platform's grade, tenants isolated, with means of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, check, judge_each
from compliance.raw import Unsaid, absent, shown, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot

_MEANS = ("security-group", "port-security", "router", "rbac-policies")


def isolated(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS2-02: tenants' virtual networks are apart."""
    yield from judge_each("L3-CNS2-02", snapshot, "cloud", _not_shared, _no_access_for_all, _own_segments)


def means(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CNS2-03: the platform offers tenants boundary protection."""
    yield from judge_each("L3-CNS2-03", snapshot, "cloud", _offered)


def _graded(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    level = snapshot.baseline.level

    @check(
        "projects",
        f"租户标明等级且不高于平台（{level} 级）",
        f"tenants say their grade, none above the platform's ({level})",
        "为项目打 mlps-N 标签",
        "tag the projects mlps-N",
    )
    def test(text: str) -> Seen:
        rows = some([row for row in table(text) if row["name"] not in ("admin", "service")], "tenant")
        grades = {row["name"]: _grade(list(row["tags"] or [])) for row in rows}
        if not any(grades.values()):
            raise Unsaid(f"none of {len(rows)} tenants says its grade")
        above = [f"{name}: {grade or 'no grade'}" for name, grade in grades.items() if not grade or grade > level]
        return not above, shown(above) or shown([f"{name}: {grade}" for name, grade in grades.items()])

    return (test,)


def _grade(tags: list[str]) -> int | None:
    found = [int(match[1]) for tag in tags if (match := re.fullmatch(r"mlps-(\d)", tag))]
    return max(found, default=None)


@check(
    "policies",
    "租户成员可自行设置安全组、路由与网络",
    "tenants' members may set security groups, routers and networks themselves",
    "policy.yaml 不要收回成员权限",
    "leave members their rights in policy.yaml",
)
def _members_may(text: str) -> Seen:
    taken = [line for line in text.splitlines() if "create_security_group" in line or "create_router" in line]
    return not taken, shown(taken) or ("no override: members may, by the release's policy" if absent(text) else "kept")


@check(
    "endpoints",
    "平台接口对外开放，可接入第三方产品",
    "the platform's APIs are published for third-party products",
    "发布 public 端点",
    "publish public endpoints",
)
def _published(text: str) -> Seen:
    public = sorted({row["url"] for row in table(text) if row["interface"] == "public"})
    return len(public) >= 4, shown(public) or "no public endpoint"


@check("networks", "没有跨租户共享的网络", "no tenant network is shared", "取消共享", "stop sharing it")
def _not_shared(text: str) -> Seen:
    found = [row["name"] for row in table(text) if row["is_shared"] and not row["is_router_external"]]
    return not found, shown(found) or f"{len(table(text))} networks, none shared"


@check(
    "rbac_policies",
    "没有对所有租户开放的访问策略",
    "no policy opens a network to every tenant",
    "删除该策略",
    "delete the policy",
)
def _no_access_for_all(text: str) -> Seen:
    found = [
        f"{row['object_type']} {row['object_id']} {row['action']} → *"
        for row in table(text)
        if row["target_project_id"] == "*" and row["action"] == "access_as_shared"
    ]
    return not found, shown(found) or "no policy shares anything with all projects"


@check(
    "networks",
    "租户网段标识互不相同",
    "every tenant network has a segment of its own",
    "重建冲突的网络",
    "rebuild the colliding network",
)
def _own_segments(text: str) -> Seen:
    keys = [
        (row["provider_network_type"], row["provider_segmentation_id"])
        for row in table(text)
        if row["provider_segmentation_id"] is not None
    ]
    twice = sorted({str(key) for key in keys if keys.count(key) > 1})
    return not twice, shown(twice) or f"{len(keys)} tenant segments, all distinct"


@check(
    "extensions",
    "平台向租户提供安全组、端口安全与路由",
    "security groups, port security and routers are offered",
    "启用 Neutron 扩展",
    "enable the Neutron extensions",
)
def _offered(text: str) -> Seen:
    known = {row["alias"] for row in table(text)}
    missing = [alias for alias in _MEANS if alias not in known]
    return not missing, f"missing: {', '.join(missing)}" if missing else f"offered: {', '.join(_MEANS)}"


ITEMS = MappingProxyType(
    {
        "L3-CNS2-02": isolated,
        "L3-CNS2-03": means,
        **controls(
            Each("L3-CNS2-01", "cloud", _graded),
            Each("L3-CNS2-04", "node", (_members_may,)),
            Each("L3-CNS2-05", "cloud", (_published,)),
        ),
    }
)
