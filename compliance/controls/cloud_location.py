"""基础设施位置与运维地点 (8.2.1.1, 8.2.7.1): the cloud and those who run it are in China."""

from __future__ import annotations

from ipaddress import ip_address

from compliance.demands import abroad_of
from compliance.finding import Seen, check
from compliance.raw import shown, site_of, some
from compliance.rules import Each, controls


@check(
    "model",
    "每个中心都登记了境内城市",
    "every centre is registered with a city in China",
    "在模型中写明城市",
    "declare the city in the model",
)
def _cities(text: str) -> Seen:
    site = site_of(text)
    abroad = abroad_of(site)
    return bool(site.centres) and not abroad, shown(abroad or [f"{c.name}: {c.city}" for c in site.centres])


@check(
    "login_sources",
    "运维登录均来自内网地址",
    "administrators log in from inside addresses only",
    "经境内堡垒机接入",
    "come in by a bastion at home",
)
def _from_inside(text: str) -> Seen:
    lines = some([line.split() for line in text.splitlines() if len(line.split()) == 4], "login on record")
    outside = [" ".join(row) for row in lines if not ip_address(row[3]).is_private]
    return not outside, shown(outside or [" ".join(row) for row in lines], 3)


ITEMS = controls(
    Each("L3-PES2-01", "site", (_cities,)),
    Each("L3-MMS2-01", "host", (_from_inside,), roles=("node", "router", "edge", "access")),
)
