"""Every check of readiness turns by its own cause; what was not read is never go."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dr.approvers import Key
from dr.consent import asking
from dr.plan import Plan, model_hash
from dr.planner import available
from dr.proof import Restore
from dr.readiness import PlanReadiness, Seen, Word, failovers, judge
from dr.result import Verdict
from inventory.model import Site
from monitors.capacity import Capacity, CentreCapacity, ComputePool
from monitors.facts import Facts
from monitors.probes.host import HostState
from monitors.probes.pacs import PacsState
from monitors.probes.replication import Cluster, Member
from monitors.reading import Unread
from tests.dr.fakes import BACKUP, HIS, PACS, PRODUCTION, SAME_CITY
from tests.dr.results import NOW, part, result

Judge = Callable[..., PlanReadiness]
OUT = Unread("x", "timed out")


def member(centre: str, role: str = "replica", lag: float | None = 0.0, sync: str = "sync") -> Member:
    size = None if lag is None else int(lag * 1000)
    return Member(f"db-{centre}", centre, role, "streaming", 3, "streaming", sync, 100, size, lag)


def centre(survives: bool = True, real: int | None = 2, unread: Unread | None = None) -> CentreCapacity:
    left = 8.0 if survives else -8.0
    pool = ComputePool("virtual", 3, 1, 80, 400, 40, 100, 40, 100, left, 10.0)
    return CentreCapacity(SAME_CITY, "same-city-dr", True, (pool,), (), 22, real, 20 if real else None, (), unread)


def host(end_days: float | None = None, read: bool = True) -> HostState:
    ends = () if end_days is None else (("/etc/server.crt", NOW.timestamp() + end_days * 86400),)
    return HostState("node", 1, 0, 1, 1, 1, 1, 1, "running", (), ends if read else None)


def archive(name: str, images: int, active: bool = True) -> PacsState:
    return PacsState(f"pacs-{name}-1", name, active, True, 1, images, 1)


@pytest.fixture
def plan(xiamen: Site) -> Plan:
    return next(plan for plan in available(xiamen) if plan.name == "same-city-failover")


@pytest.fixture
def ready(xiamen: Site, plan: Plan) -> Seen:
    """Everything is as it should be, but for the age of backups, which nothing reads yet."""
    facts = Facts(
        "xiamen",
        NOW,
        clusters={HIS: Cluster(HIS, f"db-{PRODUCTION}", (member(PRODUCTION, "primary"), member(SAME_CITY)), ())},
        pacs={f"pacs-{name}-1": archive(name, 30) for name in (PRODUCTION, SAME_CITY)},
        hosts={"node": host()},
        capacity=Capacity("xiamen", NOW, (centre(),), None),
    )
    proof = result("r", part(HIS), part(PACS), model_hash=model_hash(xiamen), plan_hash=plan.hash)
    return Seen(
        facts=facts,
        results=(proof,),
        restores={name: Restore(name, "r", NOW - timedelta(days=5), False) for name in (HIS, PACS)},
        keys={name: Key("ssh-ed25519 AAAA", "state") for name in ("it-director", "duty-director")},
        leases={HIS: f"db-{PRODUCTION}"},
        start={plan.name: ""},
        unfinished=None,
    )


@pytest.fixture
def words(xiamen: Site, plan: Plan, ready: Seen) -> Callable[..., dict[str, Word]]:
    """Check → word, with something of what was seen, or of the facts, replaced."""

    def look(facts: dict[str, Any] | None = None, **seen: Any) -> dict[str, Word]:
        changed = dataclasses.replace(ready.facts, **(facts or {}))
        found = judge(xiamen, plan, dataclasses.replace(ready, facts=changed, **seen), NOW)
        return {check.name: check.word for check in found.checks}

    return look


def only(found: dict[str, Word], name: str) -> Word:
    """The word of that check, all others but the backups' being go."""
    others = {word for check, word in found.items() if check != name and not check.startswith("backup of")}
    assert others == {Word.GO}, found
    return found[name]


def test_a_sound_site_is_go_but_for_what_nobody_reads(xiamen: Site, plan: Plan, ready: Seen, words: Any) -> None:
    found = words()
    assert {name for name, word in found.items() if word is not Word.GO} == {f"backup of {HIS}", f"backup of {PACS}"}
    assert not judge(xiamen, plan, ready, NOW).go, "unknown is never go"
    whole = judge(xiamen, plan, ready, NOW)
    assert dataclasses.replace(whole, checks=tuple(c for c in whole.checks if c.word is Word.GO)).go
    assert not dataclasses.replace(whole, checks=()).go


def test_every_check_that_is_not_go_says_what_to_do(xiamen: Site, plan: Plan, ready: Seen) -> None:
    empty = Seen(Facts("xiamen", NOW), (), {}, {}, {}, {}, "run-1")
    for seen in (ready, empty):
        for check in judge(xiamen, plan, seen, NOW).checks:
            assert check.reason and bool(check.do) == (check.word is not Word.GO), check
    assert all(check.word is not Word.GO for check in judge(xiamen, plan, empty, NOW).checks)


def test_the_guards_of_the_engine_are_asked(plan: Plan, words: Any) -> None:
    assert only(words(start={plan.name: "no lease"}), "start") is Word.NO_GO
    assert only(words(start={plan.name: OUT}), "start") is Word.UNKNOWN
    assert only(words(start={}), "start") is Word.UNKNOWN
    assert only(words(unfinished="run-7"), "no-open-run") is Word.NO_GO


def test_an_edit_of_the_model_or_of_the_plan_asks_for_another_rehearsal(plan: Plan, ready: Seen, words: Any) -> None:
    proof = ready.results[0]
    for change in ({"model_hash": "other"}, {"plan_hash": "other"}, {"verdict": Verdict.MISSED}):
        assert only(words(results=(proof.model_copy(update=change),)), "rehearsed") is Word.NO_GO, change
    assert only(words(results=()), "rehearsed") is Word.NO_GO
    old = {"started": (NOW - timedelta(days=400)).isoformat(), "ended": (NOW - timedelta(days=400)).isoformat()}
    assert only(words(results=(proof.model_copy(update=old),)), "rehearsed") is Word.NO_GO
    signed = proof.model_copy(update={"plan_hash": asking(plan).hash})
    assert only(words(results=(signed,)), "rehearsed") is Word.GO, "with approvals in front it is the same plan"


def test_approvers(words: Any) -> None:
    assert only(words(keys={"it-director": Key("x", "state")}), "approvers") is Word.NO_GO


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (centre(survives=False), Word.NO_GO), (centre(real=1), Word.NO_GO),
        (centre(real=None), Word.UNKNOWN), (centre(real=None, unread=OUT), Word.UNKNOWN), (None, Word.UNKNOWN),
    ],
)  # fmt: skip
def test_room_at_the_target(words: Any, changed: CentreCapacity | None, word: Word) -> None:
    found = Capacity("xiamen", NOW, (changed,), None) if changed else None
    assert only(words({"capacity": found}), "capacity") is word


@pytest.mark.parametrize(
    ("members", "leader", "word"),
    [
        ((member(SAME_CITY, sync="async"),), "db-software-park-2", Word.NO_GO),
        ((member(SAME_CITY, lag=None),), "db-software-park-2", Word.UNKNOWN),
        ((member(SAME_CITY),), None, Word.UNKNOWN),
        ((), "db-software-park-2", Word.UNKNOWN),
        ((member(SAME_CITY, "primary"),), "db-gaodian", Word.NO_GO),
    ],
)
def test_the_databases_copy(words: Any, members: tuple[Member, ...], leader: str | None, word: Word) -> None:
    found = words({"clusters": {HIS: Cluster(HIS, leader, members, ())}})
    assert only(found, f"copy of {HIS}") is word
    assert only(words({"clusters": {HIS: OUT}}), f"copy of {HIS}") is Word.UNKNOWN


def test_an_asynchronous_copy_may_be_as_far_behind_as_the_rpo(xiamen: Site, ready: Seen) -> None:
    remote = next(plan for plan in available(xiamen) if plan.target == "fuzhou" and plan.mode == "unplanned")
    rpo = xiamen.system(HIS).rpo.total_seconds()
    for lag, word in ((rpo, Word.GO), (rpo + 1, Word.NO_GO)):
        cluster = Cluster(HIS, f"db-{PRODUCTION}", (member("fuzhou", lag=lag, sync="async"),), ())
        seen = dataclasses.replace(ready, facts=dataclasses.replace(ready.facts, clusters={HIS: cluster}))
        found = {check.name: check.word for check in judge(xiamen, remote, seen, NOW).checks}
        assert found[f"copy of {HIS}"] is word


def test_the_archives_copy(words: Any) -> None:
    name = f"copy of {PACS}"
    full = archive(PRODUCTION, 30)
    for there, word in (
        (archive(SAME_CITY, 30), Word.GO),
        (archive(SAME_CITY, 29), Word.NO_GO),
        (archive(SAME_CITY, 30, active=False), Word.NO_GO),
        (OUT, Word.UNKNOWN),
    ):
        states = {f"pacs-{PRODUCTION}-1": full, f"pacs-{SAME_CITY}-1": there}
        assert only(words({"pacs": states}), name) is word
    assert only(words({"pacs": {}}), name) is Word.UNKNOWN


def test_the_lease_needs_a_majority(words: Any) -> None:
    assert only(words(leases={HIS: OUT}), f"lease of {HIS}") is Word.UNKNOWN
    assert only(words(leases={HIS: ""}), f"lease of {HIS}") is Word.NO_GO
    assert only(words(leases={}), f"lease of {HIS}") is Word.UNKNOWN


def test_a_restore_must_have_been_proved_lately(ready: Seen, words: Any) -> None:
    pacs = ready.restores[PACS]
    assert only(words(restores={PACS: pacs}), f"restore of {HIS}") is Word.NO_GO
    old = Restore(HIS, "r", NOW - timedelta(days=91), False)
    assert only(words(restores={HIS: old, PACS: pacs}), f"restore of {HIS}") is Word.NO_GO


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (host(31), Word.GO), (host(29), Word.NO_GO), (host(-1), Word.NO_GO),
        (host(read=False), Word.UNKNOWN), (OUT, Word.UNKNOWN),
    ],
)  # fmt: skip
def test_certificates(words: Any, state: HostState | Unread, word: Word) -> None:
    assert only(words({"hosts": {"node": state}}), "certificates") is word
    assert only(words({"hosts": {}}), "certificates") is Word.UNKNOWN


def test_readiness_is_for_plans_that_answer_the_loss_of_the_systems_own_centre(xiamen: Site) -> None:
    found = {(plan.source, plan.target): plan.name for plan in failovers(xiamen)}
    assert found[PRODUCTION, SAME_CITY] == "same-city-failover"
    assert {source for source, _ in found} == {PRODUCTION}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (BACKUP, Word.GO),
        (dataclasses.replace(BACKUP, age=21_600.0 + 3_600), Word.GO),  # it takes its time
        (dataclasses.replace(BACKUP, age=21_600.0 * 2), Word.NO_GO),
        (dataclasses.replace(BACKUP, age=None), Word.NO_GO),
        (dataclasses.replace(BACKUP, verified=False, said="2 damaged"), Word.NO_GO),
        (dataclasses.replace(BACKUP, verified=None), Word.UNKNOWN),
        (OUT, Word.UNKNOWN),
    ],
)
def test_a_backup_must_be_there_young_and_whole(words: Any, state: Any, word: Word) -> None:
    assert only(words({"backups": {HIS: state}}), f"backup of {HIS}") is word


def test_what_was_never_restored_says_by_which_drill_it_would_be(kept: Site, plan: Plan, ready: Seen) -> None:
    found = judge(kept, plan, dataclasses.replace(ready, restores={}), NOW).checks
    todo = {check.name: check.do for check in found}
    assert todo[f"restore of {HIS}"] == "medcloud drill run xiamen restore-his-database"
