"""Readiness: would a failover work now? Go only when every check says go; what could not be read is never go.

Pure: what was seen goes in, words with reasons and next steps come out. A plan is as ready as its worst check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dr import approvers
from dr.approvers import Key
from dr.calendar import YEARLY
from dr.consent import asking
from dr.plan import Mode, Plan, model_hash
from dr.planner import available
from dr.proof import Restore
from dr.result import DrillResult, Verdict
from inventory.error import MedcloudError
from inventory.model import Copy, CopyMode, Site, Software, System
from inventory.repository import repository_of
from monitors.facts import Facts
from monitors.probes.backup import BackupState
from monitors.probes.replication import Member
from monitors.reading import Unread

_CERTIFICATE_LEFT = timedelta(days=30)
_LATE = 0.25  # so much of its interval may a backup be late: it takes its time and waits for its turn
_LATE_AT_LEAST = 1800.0


class Word(StrEnum):
    GO = "go"
    NO_GO = "no-go"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One condition of a plan. `do` is what would turn it to go; empty when it is."""

    name: str
    word: Word
    reason: str
    do: str = ""


@dataclass(frozen=True)
class PlanReadiness:
    plan: str
    source: str
    target: str
    checks: tuple[Check, ...]

    @property
    def go(self) -> bool:
        """Every check says go; a plan without checks is not ready."""
        return bool(self.checks) and all(check.word is Word.GO for check in self.checks)


@dataclass(frozen=True)
class Seen:
    """What was looked at. `leases`: database system → who holds its lease by a majority, or why nobody could be asked.
    `start`: plan → why the engine would refuse to begin it now, empty when it would begin."""

    facts: Facts
    results: Sequence[DrillResult]
    restores: Mapping[str, Restore]
    keys: Mapping[str, Key]
    leases: Mapping[str, str | Unread]
    start: Mapping[str, str | Unread]
    unfinished: str | None


def failovers(site: Site) -> list[Plan]:
    """The plans that answer a disaster: away from the systems' own centre, one for each target."""
    found: dict[tuple[str, str], Plan] = {}
    for plan in available(site):
        home = bool(plan.moved) and all(site.system(name).centre == plan.source for name in plan.moved)
        if plan.mode == Mode.UNPLANNED and home:
            found.setdefault((plan.source, plan.target), plan)
    return list(found.values())


def judge(site: Site, plan: Plan, seen: Seen, now: datetime) -> PlanReadiness:
    """The plan's readiness."""
    checks = [_start(plan, seen), _unfinished(site, seen), _rehearsed(site, plan, seen, now), _approvers(site, seen)]
    checks.append(_room(plan, seen))
    for name in plan.moved:
        system = site.system(name)
        checks += [*_copies(site, plan, system, seen), *_backup(site, system, seen, now)]
        if system.software is Software.POSTGRESQL:
            checks.append(_lease(system, seen))
    checks.append(_certificates(seen, now))
    return PlanReadiness(plan.name, plan.source, plan.target, tuple(checks))


def _start(plan: Plan, seen: Seen) -> Check:
    found = seen.start.get(plan.name, Unread(plan.name, "nobody asked"))
    if isinstance(found, Unread):
        return Check("start", Word.UNKNOWN, found.why, "bring the site up and look again")
    if found:
        return Check("start", Word.NO_GO, found, "the drill would be refused: mend that first")
    return Check("start", Word.GO, "every guard in front of the plan says yes")


def _unfinished(site: Site, seen: Seen) -> Check:
    if seen.unfinished is None:
        return Check("no-open-run", Word.GO, "no drill is open")
    return Check("no-open-run", Word.NO_GO, f"{seen.unfinished} has not ended", f"medcloud drill resume {site.name}")


def _rehearsed(site: Site, plan: Plan, seen: Seen, now: datetime) -> Check:
    """Exactly this plan, with or without approvals in front, on exactly this model, met, within a year."""
    hashes, pinned = {plan.hash, asking(plan).hash}, model_hash(site)
    runs = sorted((r for r in seen.results if r.plan == plan.name), key=lambda r: r.started)
    run = f"medcloud drill run {site.name} {plan.name}"
    if not runs:
        return Check("rehearsed", Word.NO_GO, "never rehearsed", run)
    same = [r for r in runs if r.plan_hash in hashes and r.model_hash == pinned]
    if not same:
        changed = "model" if runs[-1].model_hash != pinned else "plan"
        return Check("rehearsed", Word.NO_GO, f"the {changed} has changed since {runs[-1].run_id}", run)
    last = same[-1]
    if last.verdict is not Verdict.MET:
        return Check("rehearsed", Word.NO_GO, f"{last.run_id}: {last.verdict}", f"medcloud drill show {last.run_id}")
    if now - datetime.fromisoformat(last.ended) > YEARLY:
        return Check("rehearsed", Word.NO_GO, f"{last.run_id} is older than a year", run)
    return Check("rehearsed", Word.GO, last.run_id)


def _approvers(site: Site, seen: Seen) -> Check:
    try:
        approvers.require(site, seen.keys)
    except MedcloudError as error:
        return Check("approvers", Word.NO_GO, error.message, error.hint)
    return Check("approvers", Word.GO, f"{len(seen.keys)} can sign, {site.recovery.approvals} must")


def _room(plan: Plan, seen: Seen) -> Check:
    """The target's cloud holds every declared instance and survives the loss of its spare hosts."""
    centres = seen.facts.capacity.centres if seen.facts.capacity else ()
    centre = next((c for c in centres if c.centre == plan.target), None)
    if centre is None or centre.unread or centre.real_instances is None or centre.counted_instances is None:
        why = centre.unread.why if centre and centre.unread else "its cloud was not read"
        return Check("capacity", Word.UNKNOWN, f"{plan.target}: {why}", "medcloud status")
    weak = [pool.workload for pool in centre.compute if not pool.survives]
    if weak:
        return Check(
            "capacity", Word.NO_GO, f"{plan.target}: {', '.join(weak)} cannot lose its spare hosts", "add hosts"
        )
    there = centre.real_instances + centre.counted_instances - len(centre.undeclared)
    if there < centre.declared_instances:
        reason = f"{plan.target} holds {there} of {centre.declared_instances} declared instances"
        return Check("capacity", Word.NO_GO, reason, "medcloud apply")
    return Check("capacity", Word.GO, f"{plan.target} holds its {there} instances with its spare hosts lost")


def _copies(site: Site, plan: Plan, system: System, seen: Seen) -> Iterator[Check]:
    protection = site.protection_of(system.name)
    copy = next((c for c in protection.copies if c.centre == plan.target), None) if protection else None
    name = f"copy of {system.name}"
    if copy is None:
        yield Check(name, Word.NO_GO, f"no copy is declared at {plan.target}", "declare one under protection:")
    elif system.software is Software.POSTGRESQL:
        yield _database(name, plan, system, copy, seen)
    elif system.software is Software.ORTHANC:
        yield _archive(name, plan, system, seen)
    else:
        yield Check(name, Word.UNKNOWN, "nothing reads how far its copy is", "probe it")


def _database(name: str, plan: Plan, system: System, copy: Copy, seen: Seen) -> Check:
    cluster = seen.facts.clusters.get(system.name, Unread(system.name, "not a cluster of this deployment"))
    if isinstance(cluster, Unread):
        return Check(name, Word.UNKNOWN, cluster.why, "medcloud status")
    if cluster.leader is None:
        return Check(name, Word.UNKNOWN, "no leader is seen, so no lag either", "medcloud status")
    member = next((m for m in cluster.members if m.centre == plan.target), None)
    if member is None:
        return Check(name, Word.UNKNOWN, f"its member at {plan.target} was not read", "medcloud status")
    if member.name == cluster.leader:
        return Check(name, Word.NO_GO, f"{plan.target} leads already", "fail back first")
    return _lag(name, system, copy, member)


def _lag(name: str, system: System, copy: Copy, member: Member) -> Check:
    if copy.mode is CopyMode.SYNC and member.sync not in ("sync", "quorum"):
        reason = f"{member.name} is declared synchronous and is {member.sync or 'not even streaming'}"
        return Check(name, Word.NO_GO, reason, "let it catch up; look at Patroni")
    if member.lag_seconds is None or member.lag_bytes is None:
        return Check(name, Word.UNKNOWN, f"the lag of {member.name} is not known", "medcloud status")
    allowed = system.rpo.total_seconds()
    seen = f"{member.name} is {member.lag_seconds:g} s and {member.lag_bytes} B behind"
    if copy.mode is not CopyMode.SYNC and member.lag_seconds > allowed:
        return Check(name, Word.NO_GO, f"{seen}, {allowed:g} s are allowed", "find what slows the replication")
    return Check(name, Word.GO, seen)


def _archive(name: str, plan: Plan, system: System, seen: Seen) -> Check:
    """Images at the target against those at the source: what is not there yet would be lost."""
    images = {}
    for centre in (plan.source, plan.target):
        states = [s for key, s in seen.facts.pacs.items() if key.startswith(f"{system.name}-{centre}-")]
        known = [state for state in states if not isinstance(state, Unread)]
        if len(known) != len(states) or not known:
            return Check(name, Word.UNKNOWN, f"the archive at {centre} was not read", "medcloud status")
        if not all(state.active and state.dicom for state in known):
            return Check(name, Word.NO_GO, f"the archive at {centre} does not take images", "systemctl status orthanc")
        images[centre] = max(state.images for state in known)
    behind = images[plan.source] - images[plan.target]
    if behind > 0:
        return Check(name, Word.NO_GO, f"{plan.target} lacks {behind} images", "wait, or look at medcloud-pacs-copy")
    return Check(name, Word.GO, f"{plan.target} holds all {images[plan.source]} images")


def _backup(site: Site, system: System, seen: Seen, now: datetime) -> Iterator[Check]:
    protection = site.protection_of(system.name)
    backup = protection.backup if protection else None
    if backup is None:
        return
    yield _kept(f"backup of {system.name}", seen.facts.backups.get(system.name))
    last = seen.restores.get(system.name)
    name, days = f"restore of {system.name}", backup.restore_test_every.days
    if last is None:
        yield Check(name, Word.NO_GO, "no restore has ever been proved", _restore_it(site, system))
    elif now - last.ended > backup.restore_test_every:
        yield Check(name, Word.NO_GO, f"{last.run} is older than {days} days", _restore_it(site, system))
    else:
        yield Check(name, Word.GO, f"{last.run} within {days} days")


def _kept(name: str, state: BackupState | Unread | None) -> Check:
    """There is a backup, no older than declared, and the last reading found every file as it was written."""
    if state is None:
        return Check(name, Word.UNKNOWN, "nothing tells the age of its last backup", "probe the backups")
    if isinstance(state, Unread):
        return Check(name, Word.UNKNOWN, state.why, "look at its repository")
    if state.age is None or state.overdue is None:
        return Check(name, Word.NO_GO, "there is none yet", "look at medcloud-backup on its repository")
    aged = f"{state.label} is {_span(state.age)} old"
    if state.overdue > max(_LATE * state.every, _LATE_AT_LEAST):
        return Check(name, Word.NO_GO, f"{aged}, every {_span(state.every)} is declared", "see why none was taken")
    if state.verified is False:
        return Check(name, Word.NO_GO, state.said, f"medcloud-backup full {state.system}, on its repository")
    if state.verified is None:
        return Check(name, Word.UNKNOWN, f"{aged}, never read again", f"medcloud-backup verify {state.system}")
    return Check(name, Word.GO, f"{aged}, read again and whole")


def _span(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"


def _restore_it(site: Site, system: System) -> str:
    if repository_of(site, system.name) is None:
        return "restore once and compare"
    return f"medcloud drill run {site.name} restore-{system.name}"


def _lease(system: System, seen: Seen) -> Check:
    holder = seen.leases.get(system.name, Unread(system.name, "nobody asked"))
    name = f"lease of {system.name}"
    if isinstance(holder, Unread):
        return Check(name, Word.UNKNOWN, holder.why, "medcloud status; look at etcd")
    if not holder:
        return Check(name, Word.NO_GO, "a majority answers, but nobody holds it", "look at Patroni")
    return Check(name, Word.GO, f"a majority says {holder}")


def _certificates(seen: Seen, now: datetime) -> Check:
    """Every certificate on every host, none of them about to expire."""
    blind = [
        name for name, state in seen.facts.hosts.items() if isinstance(state, Unread) or state.certificates is None
    ]
    found = [
        (until, f"{state.name}:{path}")
        for state in seen.facts.hosts.values()
        if not isinstance(state, Unread)
        for path, until in state.certificates or ()
    ]
    if blind or not seen.facts.hosts:
        return Check("certificates", Word.UNKNOWN, f"not read: {', '.join(blind) or 'every host'}", "medcloud status")
    if not found:
        return Check("certificates", Word.GO, f"none on {len(seen.facts.hosts)} hosts")
    until, where = min(found)
    left = int((until - now.timestamp()) // 86400)
    if until - now.timestamp() < _CERTIFICATE_LEFT.total_seconds():
        return Check("certificates", Word.NO_GO, f"{where} ends in {left} days", "renew it")
    return Check("certificates", Word.GO, f"{len(found)} in use, the first ends in {left} days")
