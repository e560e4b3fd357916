"""入侵防范，云计算环境 (8.2.4.3): lost isolation, unauthorised instances and spreading malware are seen and alarmed."""

from __future__ import annotations

from compliance.detection import GET_ALARMS, NO_ALARMS, alarm_rules
from compliance.finding import Check, Seen, check
from compliance.raw import absent, lines_with, shown, table
from compliance.rules import Each, Somewhere, controls
from compliance.snapshot import Evidence, Snapshot
from inventory.placement import instances


@check(
    "libvirt",
    "虚机间不共享内存页（KSM 关闭）",
    "instances share no memory pages (KSM is off)",
    "echo 0 > /sys/kernel/mm/ksm/run",
    "switch KSM off",
)
def _no_page_sharing(text: str) -> Seen:
    found = lines_with(text, r"^ksm=")
    return found in (["ksm=0"], ["ksm=absent"]), shown(found) or "ksm: not shown"


@check(
    "libvirt",
    "虚机以 AppArmor/SELinux 标签隔离",
    "instances are confined by AppArmor or SELinux labels",
    "libvirt: security_driver = apparmor",
    "set security_driver = apparmor for libvirt",
)
def _confined(text: str) -> Seen:
    found = lines_with(text, r"^security_driver")
    return any("apparmor" in line or "selinux" in line for line in found), shown(found) or "security_driver: not set"


def _as_declared(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    declared = {instance.name for instance in instances(snapshot.site, evidence.place)}

    @check(
        "servers",
        "没有未经授权的实例",
        "no instance runs that nobody declared",
        "登记或删除该实例",
        "declare it or remove it",
    )
    def test(text: str) -> Seen:
        extra = sorted({row["name"] for row in table(text)} - declared)
        return not extra, shown(
            [f"undeclared {name}" for name in extra]
        ) or f"{len(table(text))} instances, all declared"

    return (test,)


@check(
    "malware",
    "实例内防恶意代码在运行",
    "anti-malware runs inside the instance",
    "实例镜像内置 ClamAV",
    "put ClamAV into the instance image",
)
def _protected(text: str) -> Seen:
    return not absent(text) and text.strip().startswith("active"), shown(text.strip().splitlines(), 2)


_ISOLATION = alarm_rules(r"isolation|apparmor|ksm|escape", "隔离失效有报警规则", "lost isolation has an alarm rule")
_STRANGER = alarm_rules(
    r"undeclared|drift|instance", "未授权实例有报警规则", "an undeclared instance has an alarm rule"
)
_SPREAD = alarm_rules(r"malware|clamav|virus", "恶意代码有报警规则", "malware has an alarm rule")

ITEMS = controls(
    Each("L3-CES2-04", "node", (_no_page_sharing, _confined)),
    Somewhere("L3-CES2-04", "host", "prometheus_rules", (_ISOLATION,), NO_ALARMS, GET_ALARMS),
    Each("L3-CES2-05", "cloud", _as_declared),
    Somewhere("L3-CES2-05", "host", "prometheus_rules", (_STRANGER,), NO_ALARMS, GET_ALARMS),
    Each("L3-CES2-06", "host", (_protected,), roles=("postgresql", "orthanc", "vendor")),
    Somewhere("L3-CES2-06", "host", "prometheus_rules", (_SPREAD,), NO_ALARMS, GET_ALARMS),
)
