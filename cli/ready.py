"""What `readiness` and the exporter share: look at the site, ask the engine and etcd, judge every failover plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from cli.context import SiteContext
from cli.looking import facts_of

if TYPE_CHECKING:
    from dr.context import Context
    from dr.engine import Engine, Opening
    from dr.plan import Plan
    from dr.readiness import PlanReadiness, Seen
    from dr.store import Store
    from monitors.facts import Facts, Ready
    from monitors.reading import Unread
    from monitors.ssh import Ssh

_PATIENCE = 60.0  # seconds between two judgements of the exporter: they ask more hosts than a look does


Doors = Callable[["Opening"], "Context"]


def judged(context: SiteContext, store: Store, doors: Doors, facts: Facts) -> tuple[PlanReadiness, ...]:
    """The readiness of every plan that answers a disaster; changes nothing."""
    from dr.readiness import failovers, judge

    plans = failovers(context.site)
    seen = _seen(context, store, doors, facts, plans)
    return tuple(judge(context.site, plan, seen, datetime.now(UTC)) for plan in plans)


class Watched:
    """Facts with readiness, for the exporter: readiness is judged at most once a minute."""

    def __init__(self, context: SiteContext, store: Store, doors: Doors, shell: Ssh) -> None:
        self._context, self._store, self._doors, self._shell = context, store, doors, shell
        self._last: Ready | Unread | None = None
        self._judged = 0.0

    def __call__(self) -> Facts:
        import time

        facts = facts_of(self._context, self._shell)
        if self._last is None or time.monotonic() - self._judged >= _PATIENCE:
            self._last, self._judged = self._ready(facts), time.monotonic()
        return dataclasses.replace(facts, readiness=self._last)

    def _ready(self, facts: Facts) -> Ready | Unread:
        from monitors.facts import Ready
        from monitors.reading import attempt

        def look() -> Ready:
            found = judged(self._context, self._store, self._doors, facts)
            return Ready(facts.taken, {p.plan: {c.name: c.word.value for c in p.checks} for p in found})

        return attempt("readiness", look)


def _seen(context: SiteContext, store: Store, doors: Doors, facts: Facts, plans: list[Plan]) -> Seen:
    from dr import runs
    from dr.approvers import of_state
    from dr.engine import Engine
    from dr.proof import latest, restores
    from dr.readiness import Seen
    from dr.result import load_results

    store.refresh()
    results, open_run = load_results(store.drills), runs.unfinished(store.drills)
    engine = Engine(store, doors)
    return Seen(
        facts=facts,
        results=results,
        restores=latest(restores(results)),
        keys=of_state(context.site, context.state),
        leases=_leases(context, plans, doors),
        start={plan.name: _start(context, engine, plan) for plan in plans},
        unfinished=open_run.run_id if open_run else None,
    )


def _start(context: SiteContext, engine: Engine, plan: Plan) -> str | Unread:
    from inventory.error import MedcloudError
    from monitors.reading import Unread

    if not context.known_hosts.exists():
        return Unread(plan.name, f"{context.name} is not up: no host keys")
    try:
        engine.preflight(context.site, plan)
    except MedcloudError as error:
        return error.message
    except Exception as error:  # a guard that breaks has not said yes; the other checks are wanted all the same
        return Unread(plan.name, f"a guard broke: {type(error).__name__}: {error}")
    return ""


def _leases(context: SiteContext, plans: list[Plan], doors: Doors) -> dict[str, str | Unread]:
    """Database system → who holds its leader key by a majority of etcd."""
    from dr.engine import Opening
    from inventory.model import Software
    from monitors.reading import attempt

    found: dict[str, str | Unread] = {}
    for plan in plans:
        opened = doors(Opening("readiness", plan, context.site, context.state / "drills", lambda text: None))
        for name in plan.moved:
            if context.site.system(name).software is Software.POSTGRESQL and name not in found:
                found[name] = attempt(name, partial(_holder, opened, name))
    return found


def _holder(opened: Context, system: str) -> str:
    lease = opened.database(system).lease()
    return lease.holder if lease else ""
