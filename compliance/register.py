"""Demands on the registers that the model declares: people with their duties, and records with their dates."""

from __future__ import annotations

from datetime import date, timedelta

from compliance.finding import Check, Seen, check
from compliance.raw import accounts, shown, site_of, some
from inventory.baseline import Duty, Person, Record, Topic
from inventory.model import Site

YEAR = timedelta(days=366)
ADMINS = (Duty.SYSTEM_ADMIN, Duty.AUDIT_ADMIN, Duty.SECURITY_ADMIN)


def people(site: Site) -> list[Person]:
    """The declared people; ValueError when the model declares none, because then nothing can be compared."""
    return some(list(site.baseline.people), "person declared in the model (baseline.people)")


def holders(duties: tuple[Duty, ...]) -> Check:
    """Somebody holds each of these posts."""
    names = "、".join(duties)

    @check("model", f"已设岗：{names}", f"posts are held: {names}", "在 baseline.people 中登记", "declare the people")
    def test(text: str) -> Seen:
        known = people(site_of(text))
        by = {duty: [p.name for p in known if duty in p.duties and p.left is None] for duty in duties}
        vacant = [duty for duty, names in by.items() if not names]
        raw = [f"{duty}: {', '.join(names) or 'nobody'}" for duty, names in by.items()]
        return not vacant, shown(raw)

    return test


def apart(duty: Duty, others: tuple[Duty, ...]) -> Check:
    """Nobody holds that post together with one of the others."""

    @check("model", f"{duty} 不兼任", f"{duty} holds no other post", "分设人员", "give the posts to different people")
    def test(text: str) -> Seen:
        mine = some([p for p in people(site_of(text)) if duty in p.duties and p.left is None], f"{duty} declared")
        both = [f"{p.name}: {', '.join(p.duties)}" for p in mine if set(others) & set(p.duties)]
        return not both, shown(both or [f"{p.name}: {', '.join(p.duties)}" for p in mine])

    return test


def accounts_registered(site: Site) -> Check:
    """Every account that can log in on the host belongs to somebody in the register."""

    @check(
        "accounts",
        "可登录账户均有登记的责任人",
        "every login account belongs to a declared person",
        "登记或删除该账户",
        "declare its owner or remove it",
    )
    def test(text: str) -> Seen:
        owned = {account for person in people(site) for account in person.accounts if person.left is None}
        live = [a for a in accounts(text) if a.can_login and a.uid >= 1000 and a.user != "nobody"]
        unknown = [a.raw for a in live if a.user not in owned]
        return not unknown, shown(unknown) or f"{len(live)} personal accounts, all declared"

    return test


def no_account_of(site: Site, today: date, external: bool) -> Check:
    """Who left, or whose permission ended, has no live account on the host."""
    zh, en = ("外部人员", "outsiders") if external else ("离岗人员", "leavers")

    @check("accounts", f"{zh}的账户已清除", f"accounts of {en} are gone", "删除这些账户", "remove these accounts")
    def test(text: str) -> Seen:
        gone = [p for p in people(site) if p.external is external and _ended(p, today)]
        names = {account: p.name for p in gone for account in p.accounts}
        live = [f"{a.raw} ({names[a.user]})" for a in accounts(text) if a.user in names and a.can_login]
        return not live, shown(live) or f"{len(gone)} {en} on the register, none has an account here"

    return test


@check(
    "model",
    "外部人员权限均有截止日期",
    "every outsider's permission has an end",
    "在 baseline.people 写明 until",
    "declare `until` in baseline.people",
)
def OUTSIDERS_END(text: str) -> Seen:
    """Every outsider's permission has a date on which it ends."""
    outside = [p for p in people(site_of(text)) if p.external]
    endless = [f"{p.name}: no end" for p in outside if p.until is None]
    return not endless, shown(endless) or shown([f"{p.name}: until {p.until}" for p in outside]) or "no outsider"


def record_within(topic: Topic, today: date, zh: str, en: str, span: timedelta = YEAR) -> Check:
    """A record of that topic is younger than `span` (a year)."""

    @check("model", zh, en, f"补充记录（baseline.records，{topic}）", f"add a record of {topic} to baseline.records")
    def test(text: str) -> Seen:
        known = some(_of(site_of(text), topic), f"record of {topic} declared in the model (baseline.records)")
        newest = max(known, key=lambda record: record.made)
        return today - newest.made <= span, f"{newest.title}: {newest.made} by {newest.owner}"

    return test


def records_complete(topic: Topic, zh: str, en: str, *fields: str) -> Check:
    """Every record of that topic has those fields."""

    @check("model", zh, en, "补全记录", "complete the records")
    def test(text: str) -> Seen:
        known = some(_of(site_of(text), topic), f"record of {topic} declared in the model (baseline.records)")
        poor = [f"{r.title}: no {field}" for r in known for field in fields if not getattr(r, field)]
        return not poor, shown(poor) or f"{len(known)} records, e.g. {known[-1].title} {known[-1].made}"

    return test


def _of(site: Site, topic: Topic) -> list[Record]:
    return [record for record in site.baseline.records if record.topic is topic]


def _ended(person: Person, today: date) -> bool:
    return any(day is not None and day < today for day in (person.left, person.until))
