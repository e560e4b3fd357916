"""Demands on what detects and alarms: network and host intrusion detection, Prometheus and its alarm routes."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from compliance.finding import Check, Seen, Words, check
from compliance.raw import absent, newest_file, shown, some

RULES_AGE = timedelta(days=180)  # the high-risk guide (6.3.3.1) says six months
_FIELDS = ("timestamp", "src_ip", "dest_ip", "alert")
NO_IDS = Words("关键节点有入侵检测", "an intrusion detection system is there")
GET_IDS = Words("部署 Suricata 并离线更新规则", "run Suricata and feed it rules")
NO_ALARMS = Words("集中监测并报警（Prometheus）", "a monitoring server watches and alarms (Prometheus)")
GET_ALARMS = Words("部署 Prometheus 与 Alertmanager", "run Prometheus with Alertmanager")


@check("ids", NO_IDS.zh, NO_IDS.en, GET_IDS.zh, GET_IDS.en)
def IDS_RUNS(text: str) -> Seen:
    """Suricata runs."""
    first = text.strip().splitlines()[0] if text.strip() else "no output"
    return first == "active", first


@check(
    "ids",
    "告警记录含攻击源、目标、类型、时间",
    "alarms name source, target, kind and time",
    "启用 eve.json 告警输出",
    "write alerts to eve.json",
)
def IDS_FIELDS(text: str) -> Seen:
    """The last alerts name who attacked what, how and when."""
    if absent(text):
        return False, text.strip()
    events = some([line for line in text.splitlines() if line.startswith("{")], "alert on record")
    poor = [line for line in events if not set(_FIELDS) <= json.loads(line).keys()]
    return not poor, shown(poor or events, 1)


def ids_rules(now: datetime) -> Check:
    """The rules are younger than half a year."""

    @check(
        "ids",
        "检测规则库不超过六个月",
        "the rules are younger than six months",
        "更新规则库（可离线导入）",
        "update the rules (offline is fine)",
    )
    def test(text: str) -> Seen:
        newest, line = newest_file(text, ".rules")
        return newest is not None and now - newest <= RULES_AGE, line or text.strip()[:120]

    return test


def ids_engine(pattern: str, zh: str, en: str) -> Check:
    """The engine has a capability switched on (`suricata --dump-config`)."""

    @check("ids_engine", zh, en, "在 suricata.yaml 中启用", "switch it on in suricata.yaml")
    def test(text: str) -> Seen:
        lines = [line for line in text.splitlines() if re.search(pattern, line)]
        return bool(lines), shown(lines, 2) or text.strip()[:120] or "nothing of the kind is configured"

    return test


@check(
    "intrusion",
    "主机入侵检测在运行",
    "host intrusion detection runs",
    "启用 AIDE 定时检查或 Wazuh 代理",
    "run AIDE by timer or a Wazuh agent",
)
def HOST_IDS(text: str) -> Seen:
    """Some host intrusion detection is active."""
    lines = text.strip().splitlines()
    return any(line.endswith(" active") for line in lines), shown(lines)


@check(
    "integrity",
    "完整性基线已建立（AIDE）",
    "an integrity baseline exists (AIDE)",
    "aideinit 建立基线并定时比对",
    "make a baseline with aideinit and compare it by timer",
)
def BASELINE_OF_FILES(text: str) -> Seen:
    """AIDE has its database."""
    newest, line = newest_file(text)
    return newest is not None, line or text.strip()


@check(
    "prometheus_alarms",
    "报警有送达通道",
    "alarms have a way to people",
    "配置 Alertmanager 接收人",
    "give Alertmanager a receiver",
)
def ALARMS_ROUTED(text: str) -> Seen:
    """Prometheus knows an Alertmanager."""
    active = json.loads(text)["data"]["activeAlertmanagers"]
    return bool(active), shown([row["url"] for row in active]) or "no Alertmanager is known"


def alarm_rules(pattern: str, zh: str, en: str) -> Check:
    """Loaded alert rules whose name or expression fits."""

    @check("prometheus_rules", zh, en, "加载 monitors/alerts.yml 中的规则", "load the rules of monitors/alerts.yml")
    def test(text: str) -> Seen:
        rules = [rule for group in json.loads(text)["data"]["groups"] for rule in group["rules"]]
        fitting = [r["name"] for r in rules if re.search(pattern, f"{r['name']} {r['query']}", re.IGNORECASE)]
        return bool(fitting), f"{len(rules)} rules loaded; fitting: {', '.join(fitting[:6]) or 'none'}"

    return test


def targets_cover(names: frozenset[str], zh: str, en: str) -> Check:
    """Every one of these objects is a target that is up, by its instance or object label."""

    @check("prometheus_targets", zh, en, "把缺少的对象加入监测", "add what is missing to the targets")
    def test(text: str) -> Seen:
        targets = json.loads(text)["data"]["activeTargets"]
        up = " ".join(" ".join(map(str, t["labels"].values())) for t in targets if t["health"] == "up")
        missing = sorted(name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", up))
        return not missing, shown([f"not watched: {name}" for name in missing]) or f"{len(names)} objects, all watched"

    return test
