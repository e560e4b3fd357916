"""恶意代码和垃圾邮件防范 (8.1.3.4): at the boundary, kept current; without mail there is no spam."""

from __future__ import annotations

from datetime import datetime, timedelta

from compliance.finding import Check, Seen, Words, check
from compliance.raw import newest_file, shown, sockets
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot

_MAIL = (25, 465, 587)
_AGE = timedelta(days=30)


def _malware(now: datetime) -> Check:
    @check(
        "ids",
        "边界检测恶意代码，规则一个月内更新",
        "the boundary looks for malware with rules of this month",
        "启用 Suricata 文件检测规则或防毒网关并更新",
        "run Suricata's file rules or a gateway scanner, and update it",
    )
    def test(text: str) -> Seen:
        newest, line = newest_file(text, ".rules")
        running = text.strip().startswith("active")
        return running and newest is not None and now - newest <= _AGE, line or text.strip()[:120]

    return test


@check(
    "packages",
    "邮件服务有垃圾邮件过滤",
    "mail is filtered for spam",
    "为邮件服务启用 rspamd",
    "put rspamd in front of the mail service",
)
def _spam_filter(text: str) -> Seen:
    found = [line for line in text.splitlines() if line.startswith(("rspamd ", "spamassassin "))]
    return bool(found), shown(found) or "neither rspamd nor spamassassin is installed"


def _no_mail(snapshot: Snapshot, evidence: Evidence) -> Words | None:
    """Mail is out of scope when no host offers it; a host that was not read leaves it open."""
    texts = [host.sections.get("listening") for host in snapshot.of("host")]
    if None in texts:
        return None
    if any(s.port in _MAIL and not s.local for text in texts for s in sockets(text or "")):
        return None
    return Words(f"{len(texts)} 台主机均未提供邮件服务", f"none of {len(texts)} hosts offers mail")


def _on_mail_hosts(_: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    listening = evidence.sections.get("listening")
    offers = listening is None or any(s.port in _MAIL and not s.local for s in sockets(listening))
    return (_spam_filter,) if offers else (_OFFERS_NONE,)


@check("listening", "该主机不提供邮件服务", "this host offers no mail", "—", "—")
def _OFFERS_NONE(text: str) -> Seen:
    return True, f"{len(sockets(text))} listeners, none on {', '.join(map(str, _MAIL))}"


def _at_edge(snapshot: Snapshot, _: Evidence) -> tuple[Check, ...]:
    return (_malware(snapshot.taken),)


ITEMS = controls(
    Each("L3-ABS1-14", "host", _at_edge, roles=("edge",)),
    Each("L3-ABS1-15", "host", _on_mail_hosts, unless=_no_mail),
)
