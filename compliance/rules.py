"""Controls as data: which checks an item makes, on which objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from compliance.finding import Check, Finding, Proof, Words, judge, not_applicable, weigh
from compliance.raw import absent
from compliance.snapshot import Evidence, Snapshot

Control = Callable[[Snapshot], Iterable[Finding]]
Checks = tuple[Check, ...] | Callable[[Snapshot, Evidence], tuple[Check, ...]]
Reason = Callable[[Snapshot, Evidence], Words | None]


@dataclass(frozen=True)
class Each:
    """The checks on every object of a kind (of those roles, where some are named). `unless` gives the reason why the
    item does not apply to an object, or None."""

    item: str
    kind: str
    checks: Checks
    roles: tuple[str, ...] = ()
    unless: Reason | None = None

    def __call__(self, snapshot: Snapshot) -> Iterator[Finding]:
        for evidence in snapshot.of(self.kind):
            if self.roles and evidence.role not in self.roles:
                continue
            reason = self.unless(snapshot, evidence) if self.unless else None
            if reason is not None:
                yield not_applicable(self.item, evidence, reason)
            else:
                yield judge(self.item, evidence, checks_for(self.checks, snapshot, evidence))


@dataclass(frozen=True)
class Somewhere:
    """The checks on the objects that have `section` at all: of a log server or a bastion the site needs one, not one a
    host. Nowhere means that the whole site fails; unread hosts leave it open."""

    item: str
    kind: str
    section: str
    checks: Checks
    says: Words
    todo: Words

    def __call__(self, snapshot: Snapshot) -> Iterator[Finding]:
        objects = snapshot.of(self.kind)
        having = [e for e in objects if self.section in e.sections and not absent(e.sections[self.section])]
        for evidence in having:
            yield judge(self.item, evidence, checks_for(self.checks, snapshot, evidence))
        if objects and not having:
            yield self._nowhere(snapshot, objects)

    def _nowhere(self, snapshot: Snapshot, objects: tuple[Evidence, ...]) -> Finding:
        unread = [e for e in objects if self.section not in e.sections]
        if unread:
            why = unread[0].unread.get(self.section, "not collected")
            raw = f"{self.section}: not read on {len(unread)} of {len(objects)}, e.g. {unread[0].name}: {why}"
        else:
            raw = f"{objects[0].sections[self.section].strip()} (on all {len(objects)} looked at)"
        proof = Proof(None if unread else False, raw[:300], self.says, self.todo, self.section)
        return Finding(self.item, snapshot.site_name, "site", "", weigh((proof,)), (proof,))


def checks_for(checks: Checks, snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    """The checks themselves; those that depend on the model or the object are made for it."""
    return checks(snapshot, evidence) if callable(checks) else checks


def controls(*rules: Each | Somewhere) -> Mapping[str, Control]:
    """Unit code → one function over all its rules, in their order."""
    by_item: dict[str, list[Each | Somewhere]] = {}
    for rule in rules:
        by_item.setdefault(rule.item, []).append(rule)
    return MappingProxyType({item: _together(tuple(mine)) for item, mine in by_item.items()})


def _together(rules: tuple[Each | Somewhere, ...]) -> Control:
    def control(snapshot: Snapshot) -> Iterator[Finding]:
        for rule in rules:
            yield from rule(snapshot)

    return control
