"""A storm as it happens: a schedule of faults, done in time, written down so that it can be replayed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from inventory.error import MedcloudError, bad_input, refused
from lab.condition import UP
from lab.lab import Lab
from lab.schedule import Strike


class Actor(Protocol):
    """Who makes and heals the faults: a `Lab`, or whoever else wants to be the weather."""

    def strike(self, kind: str, target: str, **params: Any) -> None: ...
    def calm(self, kind: str, target: str) -> None: ...


@dataclass(frozen=True)
class Action:
    """One deed of a storm, in seconds since its begin: when it was planned, begun and done. `error` when it failed."""

    deed: str  # "strike" or "heal"
    kind: str
    target: str
    params: dict[str, Any]
    planned_s: float
    begun_s: float
    done_s: float
    error: str = ""


OnAction = Callable[[Action], None]


def deeds(strikes: Iterable[Strike]) -> list[tuple[float, str, Strike]]:
    """Every strike and its healing in the order of time; what heals comes first."""
    found = [(s.at_s, "strike", s) for s in strikes] + [(s.heal_s, "heal", s) for s in strikes]
    return sorted(found, key=lambda deed: (deed[0], deed[1] == "strike", deed[2].kind, deed[2].target))


def run(
    strikes: Sequence[Strike],
    actor: Actor,
    on_action: OnAction,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Action]:
    """Do it all, each deed as soon as its time has come; what fails is told and the storm goes on.

    An interrupted storm leaves its faults: the lab knows them, and `heal` ends them.
    """
    begin, done = clock(), list[Action]()
    for planned, deed, strike in deeds(strikes):
        sleep(max(0.0, begin + planned - clock()))
        action = _act(deed, strike, actor, planned, lambda: round(clock() - begin, 3))
        done.append(action)
        on_action(action)
    return done


def _act(deed: str, strike: Strike, actor: Actor, planned: float, now: Callable[[], float]) -> Action:
    begun, error = now(), ""
    try:
        if deed == "strike":
            actor.strike(strike.kind, strike.target, **strike.params)
        else:
            actor.calm(strike.kind, strike.target)
    except MedcloudError as problem:
        error = problem.message
    return Action(deed, strike.kind, strike.target, strike.params, planned, begun, now(), error)


@dataclass(frozen=True)
class Result:
    """What a storm was and left: `wrong` is what is not as it should be after everything was healed."""

    file: str
    faults: int
    failed: tuple[str, ...]
    latest_s: float
    wrong: tuple[str, ...]


def ride(lab: Lab, strikes: Sequence[Strike], about: Mapping[str, Any], path: Path, on_action: OnAction) -> Result:
    """Do the storm to a lab, write it to `path`, heal everything and see whether the lab is whole again."""
    if broken := _wrong(lab):
        raise refused(f"a storm wants a whole lab, but {broken[0]}", "medcloud lab up, medcloud lab heal")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path, "x", encoding="utf-8") as file:
        log = Log(file)
        log.begin(about, strikes)

        def both(action: Action) -> None:
            log.action(action)
            on_action(action)

        done = run(strikes, lab, both)
        wrong = _healed(lab)
        failed = tuple(f"{a.deed} {a.kind} {a.target}: {a.error}" for a in done if a.error)
        late = max((a.begun_s - a.planned_s for a in done), default=0.0)
        result = Result(str(path), len(strikes), failed, round(late, 3), wrong)
        log.end(asdict(result))
    return result


def _healed(lab: Lab) -> tuple[str, ...]:
    """End all faults and wait until every machine answers by SSH; what is wrong then."""
    try:
        lab.heal()
    except MedcloudError as error:
        return (error.message, *_wrong(lab))
    return _wrong(lab)


def _wrong(lab: Lab) -> tuple[str, ...]:
    status = lab.status()
    return (
        *(f"{machine.name} does not run" for machine in status.machines if not machine.running),
        *(f"{line.name} is {line.state}" for line in status.lines if line.state != UP),
        *(fault.sentence for fault in status.faults),
    )


class Log:
    """The file of a storm: a first line with the whole schedule, a line for every deed, a last line with the end."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def begin(self, about: Mapping[str, Any], strikes: Sequence[Strike]) -> None:
        self._write({"storm": dict(about), "strikes": [asdict(strike) for strike in strikes]})

    def action(self, action: Action) -> None:
        self._write({"action": asdict(action)})

    def end(self, result: Mapping[str, Any]) -> None:
        self._write({"end": dict(result)})

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


def recorded(path: Path) -> tuple[Strike, ...]:
    """The schedule that a storm's file begins with; bad input when it is none."""
    return tuple(_recorded(path))


def _recorded(path: Path) -> Iterator[Strike]:
    try:
        first = json.loads(path.read_text(encoding="utf-8").split("\n", 1)[0])
        for raw in first["strikes"]:
            strike = Strike(**raw)
            _ = strike.fault  # its kind and parameters are checked before anything begins
            yield strike
    except FileNotFoundError:
        raise bad_input(f"{path}: no such file") from None
    except (ValueError, KeyError, TypeError) as error:
        raise bad_input(f"{path} is not the file of a storm: {error}", "give a file from the folder `storms`") from None
