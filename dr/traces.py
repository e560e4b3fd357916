"""What the machines themselves said when a step failed: one file a machine in the run's folder, bound by its SHA-256.

Gathered by the engine before the run is held, while logs and states are fresh. Bounded in time and size, without
secrets; what could not be read is said, for silence of a machine is evidence too.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from dr.context import Context, Evidence
from dr.plan import Plan, StepCall
from dr.redact import redact
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from inventory.placement import machine_instances
from monitors import bundle

FOLDER = "gathered"
PATIENCE = 20.0  # seconds for all machines together
MOST_MACHINES, MOST_BYTES = 24, 400_000  # in all, and a machine
_BEFORE = 120  # seconds of log before the step began
_AT_ONCE = 12


@dataclass(frozen=True)
class Failure:
    """The call that failed, its attempt's number and how many seconds ago that attempt began."""

    call: StepCall
    attempt: int
    seconds: float


def keep(context: Context, failure: Failure) -> Evidence:
    """Ask every machine involved and keep its answer as a file. Says which files with which hash, and what could not
    be read and why; never fails itself."""
    try:
        return _keep(context, failure)
    except Exception as error:  # evidence is gathered because something is broken: it must never break the hold
        return {"files": {}, "unread": {"machines": f"{type(error).__name__}: {error}"}}


def involved(site: Site, plan: Plan, call: StepCall) -> tuple[str, ...]:
    """Machines by name that the call may have touched, most telling first: the systems' instances, then the routers and
    edges between them, then the wards and the hosts below."""
    named = {
        str(word) for value in call.params.values() for word in (value if isinstance(value, tuple | list) else [value])
    }
    systems = {s.name for s in site.systems if s.name in named} or set(plan.moved)
    places = {c.name for c in site.centres if c.name in named} or {plan.source, plan.target}
    instances = [i.name for i in machine_instances(site) if i.system.name in systems]
    stock = machines(site)
    routers = [m.name for m in stock if m.routes]
    wards = [m.name for m in stock if m.kind == "workstation"]
    hosts = [m.name for m in stock if m.place in places and not m.routes]
    return tuple(dict.fromkeys([*instances, *routers, *wards, *hosts]))


def _keep(context: Context, failure: Failure) -> Evidence:
    names = involved(context.site, context.plan, failure.call)
    seconds = math.ceil(failure.seconds) + _BEFORE
    answers = _ask(context, names[:MOST_MACHINES], seconds)
    files: dict[str, str] = {}
    unread = {name: f"not asked: {MOST_MACHINES} machines at most" for name in names[MOST_MACHINES:]}
    for name, answer in answers.items():
        if isinstance(answer, str):
            unread[name] = answer
            continue
        unread |= {f"{name}/{part}": text for part, text in answer.items() if text.startswith("not readable")}
        data = _page(name, answer, seconds, tuple(context.hidden()))
        path = f"{FOLDER}/{failure.call.name}-{failure.attempt}/{name}.txt"
        bundle.write(context.folder / path, data)
        files[path] = hashlib.sha256(data).hexdigest()
    return {"log_seconds": seconds, "files": files, "unread": unread}


def _ask(context: Context, names: tuple[str, ...], seconds: int) -> dict[str, Mapping[str, str] | str]:
    """What each machine said, or why it said nothing."""
    if not names:
        return {}
    pool = ThreadPoolExecutor(min(_AT_ONCE, len(names)), "gather")
    asked: dict[str, Future[Any]] = {name: pool.submit(context.inspect, name, seconds) for name in names}
    wait(asked.values(), PATIENCE)
    pool.shutdown(wait=False, cancel_futures=True)
    return {name: _answer(future) for name, future in asked.items()}


def _answer(future: Future[Any]) -> Mapping[str, str] | str:
    if not future.done() or future.cancelled():
        return f"no answer within {PATIENCE:g} s"
    error = future.exception()
    if error is not None:
        return error.message if isinstance(error, MedcloudError) else f"{type(error).__name__}: {error}"
    found: Mapping[str, str] = future.result()
    return found


def _page(name: str, answer: Mapping[str, str], seconds: int, hidden: tuple[str, ...]) -> bytes:
    """The machine's file; of a part that is too long its end is kept, where the newest stands."""
    room = MOST_BYTES // max(1, len(answer))
    parts = [f"# {name}: the log goes back {seconds} s, secrets were removed"]
    for part, text in answer.items():
        clean = redact(text, hidden)
        parts.append(f"## {part}\n{'[cut off here]' + chr(10) if len(clean) > room else ''}{clean[-room:]}")
    return "\n\n".join(parts).encode() + b"\n"
