"""访问控制，区域边界 (8.1.3.2): default deny, minimal, by address, port and protocol, with state."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType

from compliance.detection import IDS_RUNS, ids_engine
from compliance.finding import Check, Finding, Seen, Words, check, judge_each
from compliance.raw import shown
from compliance.rules import Each, controls
from compliance.snapshot import Snapshot

_MATCHES = re.compile(r"\b(saddr|daddr|iifname|oifname|sport|dport|ip protocol|icmp|ct state)\b")


def default_deny(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-05: what is not allowed is refused."""
    yield from judge_each("L3-ABS1-05", snapshot, "router", _drops("input"), _drops("forward"))


def minimal(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-06: no rule twice."""
    yield from judge_each("L3-ABS1-06", snapshot, "router", _no_duplicates)


def specific(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-07: rules name source, target, port and protocol."""
    yield from judge_each("L3-ABS1-07", snapshot, "router", _specific)


def stateful(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-ABS1-08: control by session state."""
    yield from judge_each("L3-ABS1-08", snapshot, "router", _state("input"), _state("forward"))


def chains(text: str, hook: str) -> list[list[str]]:
    """The filter chains at that hook in `nft list ruleset`, each as its lines, the hook's line first."""
    found: list[list[str]] = []
    inside = False
    for line in (line.strip() for line in text.splitlines()):
        if re.fullmatch(r"chain \S+ \{", line):
            inside = True
            found.append([])
        elif line == "}":  # a rule's own braces stand on its line
            inside = False
        elif inside and line:
            found[-1].append(line)
    return [lines for lines in found if lines and f"type filter hook {hook} " in lines[0]]


def _drops(hook: str) -> Check:
    def test(text: str) -> Seen:
        heads = [lines[0] for lines in chains(text, hook)]
        dropping = [head for head in heads if "policy drop" in head]
        return bool(dropping), shown(dropping or heads) or f"no chain at hook {hook}"

    return Check(
        "nftables",
        test,
        Words(f"{hook} 链默认拒绝", f"the {hook} chain drops by default"),
        Words("nftables: policy drop", "set policy drop in nftables"),
    )


@check("nftables", "没有重复规则", "no rule is there twice", "删除重复规则", "remove the duplicates")
def _no_duplicates(text: str) -> Seen:
    """The same words in another chain are another rule."""
    accepting = Counter(f"{hook}: {rule}" for hook in ("input", "forward") for rule in _accepting(chains(text, hook)))
    twice = [f"{count} × {rule}" for rule, count in accepting.items() if count > 1]
    return bool(accepting) and not twice, shown(twice) or f"{len(accepting)} accepting rules, none twice"


def _accepting(found: list[list[str]]) -> list[str]:
    return [rule for lines in found for rule in lines[1:] if rule.endswith("accept")]


@check(
    "nftables",
    "放行规则限定地址、端口或协议",
    "accepting rules name address, port or protocol",
    "收窄规则",
    "narrow the rules",
)
def _specific(text: str) -> Seen:
    accepting = [rule for hook in ("input", "forward") for rule in _accepting(chains(text, hook))]
    wide = [rule for rule in accepting if not _MATCHES.search(rule)]
    return bool(accepting) and not wide, shown(wide) or f"{len(accepting)} accepting rules, e.g. {accepting[-1]}"


def _state(hook: str) -> Check:
    def test(text: str) -> Seen:
        lines = [line for chain in chains(text, hook) for line in chain]
        found = [line for line in lines if "ct state" in line]
        return bool(found), shown(found) or f"{hook}: no rule by connection state"

    return Check(
        "nftables",
        test,
        Words(f"{hook} 链按会话状态控制", f"the {hook} chain looks at the session's state"),
        Words(
            "加入 ct state 规则（双线不对称时在网关侧）",
            "add ct state rules (at the gateway where paths are asymmetric)",
        ),
    )


_APPLICATION = ids_engine(
    r"app-layer\.protocols\.(http|smb|dns|tls)\.enabled = yes",
    "识别应用协议与内容（Suricata 应用层）",
    "application protocols and content are recognised (Suricata)",
)

ITEMS = MappingProxyType(
    {
        "L3-ABS1-05": default_deny,
        "L3-ABS1-06": minimal,
        "L3-ABS1-07": specific,
        "L3-ABS1-08": stateful,
        **controls(Each("L3-ABS1-09", "host", (IDS_RUNS, _APPLICATION), roles=("edge",))),
    }
)
