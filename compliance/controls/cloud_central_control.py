"""集中管控，云 (8.2.5.1): one scheduler, management apart from tenants, audit and watching by duty."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.demands import forwarding
from compliance.detection import GET_ALARMS, NO_ALARMS, targets_cover
from compliance.finding import Check, Finding, Seen, Words, check, judge, judge_each
from compliance.raw import Unsaid, shown, sockets, some, table
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.addresses import management

_API_PORTS = (5000, 8774, 8776, 8778, 9292, 9696)


def scheduled(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC2-01: every instance is placed on a known hypervisor."""
    yield from judge_each("L3-SMC2-01", snapshot, "cloud", _hypervisors, _placed)


def separated(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-SMC2-02: the platform's APIs answer on the management network alone."""
    for evidence in snapshot.of("node"):
        yield judge("L3-SMC2-02", evidence, (_apis_managed(snapshot, evidence),))


def _cloud_watched(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    names = {e.name for e in snapshot.of("host") if e.role not in ("router", "edge", "access", "workstation")}
    return (targets_cover(frozenset(names), "计算节点与实例均被监测", "nodes and instances are all watched"),)


@check("hypervisors", "所有计算节点在线", "every hypervisor is up", "修复离线的计算服务", "repair the compute service")
def _hypervisors(text: str) -> Seen:
    rows = table(text)
    down = [f"{row['name']}: {row['state']}" for row in rows if row["state"] != "up"]
    return bool(rows) and not down, shown(down) or f"{len(rows)} hypervisors up"


@check(
    "servers",
    "实例均由平台调度",
    "every instance was placed by the platform",
    "检查无宿主的实例",
    "look at instances without a host",
)
def _placed(text: str) -> Seen:
    rows = some(table(text), "instance")
    lost = [f"{row['name']}: {row['status']}" for row in rows if not row["host"]]
    return not lost, shown(lost) or f"{len(rows)} instances, all on a known hypervisor"


def _apis_managed(snapshot: Snapshot, evidence: Evidence) -> Check:
    network = management(snapshot.site.centre(evidence.place))
    prefix = str(network.network_address).rsplit(".", 1)[0] + "."

    def test(text: str) -> Seen:
        apis = [socket for socket in sockets(text) if socket.port in _API_PORTS]
        if not apis:
            raise Unsaid("no API listens on this node")
        wide = [socket.raw for socket in apis if not socket.local and not socket.address.startswith(prefix)]
        return not wide, shown(wide) or shown([socket.raw for socket in apis])

    return Check(
        "api_listening",
        test,
        Words("平台 API 只在管理网应答", "the platform's APIs answer on the management network alone"),
        Words("API 绑定管理地址", "bind the APIs to the management address"),
    )


ITEMS = MappingProxyType(
    {
        "L3-SMC2-01": scheduled,
        "L3-SMC2-02": separated,
        **controls(
            Each("L3-SMC2-03", "host", (forwarding(),), roles=("node", "postgresql", "orthanc")),
            Somewhere("L3-SMC2-04", "host", "prometheus_targets", _cloud_watched, NO_ALARMS, GET_ALARMS),
        ),
    }
)
