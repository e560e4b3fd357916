"""Grades: the level that each system and the site has proved in each scheme, until when, and what the next one lacks.

Pure: from the runs' results, the model and the day. A system that no drill measured has no level, whatever is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dr.plan import Plan, model_hash
from dr.planner import available
from dr.proof import VALID, NotProved, Proof, Restore
from dr.scheme import By, Demand, Level, Scheme, Schemes
from inventory.model import CopyMode, Site, System, Text

_QUARTER = timedelta(days=92)
_LIVE = (CopyMode.SYNC, CopyMode.ASYNC)


@dataclass(frozen=True)
class Missing:
    """One thing that a level asks and nobody has proved; `do` is the step that would, `cost` orders such steps."""

    what: Text
    do: Text
    cost: int


@dataclass(frozen=True)
class Standing:
    """A system in a scheme. `proved` is the level reached with all its demands, `figures` the one that the measured
    outage and loss alone would allow; `expires` is when `proved` ends; `missing` is for `next`, the cheapest first."""

    scheme: str
    edition: str
    proved: str | None
    confidence: str | None
    figures: str | None
    expires: datetime | None
    next: str | None
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class SystemGrade:
    """A system's standings; without a proof they hold no level. `changed`: the model is another one since."""

    system: str
    proof: Proof | NotProved
    standings: tuple[Standing, ...]
    changed: bool


@dataclass(frozen=True)
class SiteStanding:
    """The site in a scheme: the lowest of all its protected systems. `of_measured` is the lowest of those that a drill
    measured, `unproved` are those that none did."""

    scheme: str
    edition: str
    proved: str | None
    of_measured: str | None
    measured: tuple[str, ...]
    unproved: tuple[str, ...]


@dataclass(frozen=True)
class Grades:
    site: str
    made: datetime
    systems: tuple[SystemGrade, ...]
    standings: tuple[SiteStanding, ...]


@dataclass(frozen=True)
class _Met:
    """A demand that is met, until when; None: as long as the model says so."""

    until: datetime | None


def grade(
    site: Site,
    proofs: Mapping[str, Proof | NotProved],
    restores: Mapping[str, Restore],
    schemes: Schemes,
    now: datetime,
) -> Grades:
    """Grade every protected system of the site and the site itself."""
    judge = _Judge(site, restores, schemes, now)
    systems = tuple(judge.system(system, proofs[system.name]) for system in protected(site))
    return Grades(site.name, now, systems, tuple(_site(scheme, systems) for scheme in schemes.schemes))


def protected(site: Site) -> tuple[System, ...]:
    """The systems that the site promises to recover: those with a protection."""
    return tuple(system for system in site.systems if site.protection_of(system.name) is not None)


class _Judge:
    def __init__(self, site: Site, restores: Mapping[str, Restore], schemes: Schemes, now: datetime) -> None:
        self._site, self._restores, self._schemes, self._now = site, restores, schemes, now
        self._hash = model_hash(site)
        self._plans = available(site)

    def system(self, system: System, proof: Proof | NotProved) -> SystemGrade:
        standings = tuple(self._standing(scheme, system, proof) for scheme in self._schemes.schemes)
        changed = isinstance(proof, Proof) and set(proof.model_hashes) != {self._hash}
        return SystemGrade(system.name, proof, standings, changed)

    def _standing(self, scheme: Scheme, system: System, proof: Proof | NotProved) -> Standing:
        if isinstance(proof, NotProved):
            drill = Missing(_why(proof), self._drill_it(system), 2)
            return Standing(scheme.scheme, scheme.edition, None, None, None, None, scheme.levels[0].level, (drill,))
        proved, until = None, proof.ended + VALID
        missing: tuple[Missing, ...] = ()
        for level in scheme.levels:
            missing, met_until = self._missing(level, system, proof)
            if missing:
                break
            proved, until = level, min([until, *met_until])
        following = _after(scheme, proved)
        return Standing(
            scheme=scheme.scheme,
            edition=scheme.edition,
            proved=proved.level if proved else None,
            confidence=proved.confidence if proved else None,
            figures=_by_figures(scheme, proof),
            expires=until if proved else None,
            next=following.level if following else None,
            missing=tuple(sorted(missing, key=lambda item: item.cost)) if following else (),
        )

    def _missing(self, level: Level, system: System, proof: Proof) -> tuple[tuple[Missing, ...], list[datetime]]:
        """What the level asks in vain, and until when the rest is met."""
        found = list(_figures_missing(level, proof))
        until: list[datetime] = []
        for name in level.demands:
            demand = self._schemes.demands[name]
            state = self._state(name, demand, system, proof)
            if isinstance(state, _Met):
                until += [state.until] if state.until else []
            else:
                found.append(Missing(_and(demand.text, state), demand.do, demand.cost))
        return tuple(found), until

    def _state(self, name: str, demand: Demand, system: System, proof: Proof) -> _Met | Text:
        """Met, or why not."""
        if demand.by is By.DRILL:
            return _Met(proof.ended + VALID)
        if demand.by in (By.RESTORE, By.POINT_IN_TIME):
            return self._restored(system, demand.by is By.POINT_IN_TIME)
        if demand.by is By.LIVE_COPY:
            protection = self._site.protection_of(system.name)
            live = protection is not None and any(copy.mode in _LIVE for copy in protection.copies)
            return _Met(None) if live else Text(zh="模型未声明实时副本", en="the model declares no live copy")
        if demand.by is By.ADDRESS_MOVED:
            stayed = Text(zh="演练中地址未自动切换", en="no drill moved its address by itself")
            return _Met(None) if proof.address_moved else stayed
        return self._vouched(name)

    def _restored(self, system: System, chosen_point: bool) -> _Met | Text:
        last = self._restores.get(system.name)
        if last is None or (chosen_point and not last.point_in_time):
            return Text(zh="尚无恢复成功的记录", en="no restore has been proved")
        protection = self._site.protection_of(system.name)
        every = protection.backup.restore_test_every if protection and protection.backup else _QUARTER
        until = last.ended + min(every, _QUARTER)
        if until < self._now:
            day = f"{last.ended:%Y-%m-%d}"
            return Text(zh=f"上次为 {day}，已过期", en=f"the last one is of {day}, too long ago")
        return _Met(until)

    def _vouched(self, demand: str) -> _Met | Text:
        words = [word for word in self._site.recovery.vouched if word.demand == demand]
        valid = [word for word in words if word.made <= self._now.date() <= word.expires]
        if valid:
            last = max(word.expires for word in valid)
            return _Met(datetime(last.year, last.month, last.day, tzinfo=self._now.tzinfo) + timedelta(days=1))
        if words:
            return Text(zh="声明已过期", en="what was vouched for has expired")
        return Text(
            zh=f"无人声明（recovery.vouched: {demand}）", en=f"nobody vouches for it (recovery.vouched: {demand})"
        )

    def _drill_it(self, system: System) -> Text:
        """The step that would give the system its first figures."""
        plan = _moving(self._plans, system.name)
        if plan is not None:
            command = f"medcloud drill run {self._site.name} {plan.name}"
            return Text(zh=command, en=command)
        return Text(
            zh="把它作为真实机器纳入演练（服务地址、副本；演练环境 lab: machines:）",
            en="make it a real machine of a drill (service address, copies; in a lab under lab: machines:)",
        )


def _moving(plans: tuple[Plan, ...], system: str) -> Plan | None:
    """The first unplanned plan that moves the system."""
    return next((plan for plan in plans if plan.mode == "unplanned" and system in plan.moved), None)


def _figures_missing(level: Level, proof: Proof) -> list[Missing]:
    found = []
    if level.rto is not None and proof.rto_seconds > level.rto.total_seconds():
        found.append(_figure("中断", "outage", proof.rto_seconds, level.rto, proof.rto_run))
    if level.rpo is not None and proof.rpo_seconds > level.rpo.total_seconds():
        found.append(_figure("丢失", "loss", proof.rpo_seconds, level.rpo, proof.rpo_run))
    return found


def _figure(zh: str, en: str, seconds: float, allowed: timedelta, run: str) -> Missing:
    limit = f"{allowed.total_seconds():g} s"
    what = Text(
        zh=f"{zh} {seconds:g} s，须不超过 {limit}（{run}）", en=f"{en} {seconds:g} s, at most {limit} allowed ({run})"
    )
    shown = f"medcloud drill show: {run}"
    return Missing(
        what, Text(zh=f"找出最慢的一步并缩短（{shown}）", en=f"find the slowest step and shorten it ({shown})"), 4
    )


def _by_figures(scheme: Scheme, proof: Proof) -> str | None:
    """The highest level whose figures hold, and those of every level below; one without figures proves nothing here."""
    reached = None
    for level in scheme.levels:
        if _figures_missing(level, proof):
            break
        if level.rto is not None or level.rpo is not None:
            reached = level.level
    return reached


def _after(scheme: Scheme, proved: Level | None) -> Level | None:
    place = scheme.levels.index(proved) + 1 if proved else 0
    return scheme.levels[place] if place < len(scheme.levels) else None


def _site(scheme: Scheme, systems: tuple[SystemGrade, ...]) -> SiteStanding:
    order = [level.level for level in scheme.levels]
    measured = [grade for grade in systems if isinstance(grade.proof, Proof)]
    of_measured = _lowest(order, [_proved(grade, scheme) for grade in measured])
    unproved = tuple(grade.system for grade in systems if isinstance(grade.proof, NotProved))
    return SiteStanding(
        scheme=scheme.scheme,
        edition=scheme.edition,
        proved=None if unproved else of_measured,
        of_measured=of_measured,
        measured=tuple(grade.system for grade in measured),
        unproved=unproved,
    )


def _proved(grade: SystemGrade, scheme: Scheme) -> str | None:
    return next(standing.proved for standing in grade.standings if standing.scheme == scheme.scheme)


def _lowest(order: list[str], levels: list[str | None]) -> str | None:
    reached = [order.index(level) for level in levels if level is not None]
    return order[min(reached)] if levels and len(reached) == len(levels) else None


def _why(proof: NotProved) -> Text:
    return Text(zh=f"未实测：{proof.why}", en=f"not measured: {proof.why}")


def _and(text: Text, why: Text) -> Text:
    return Text(zh=f"{text.zh}：{why.zh}", en=f"{text.en}: {why.en}")
