"""What a shorter detection costs in false alarms, measured.

The light bench's production centre is disturbed for a while and gets well again by itself. Meanwhile the surviving
routers are asked for their sessions exactly as `detect-outage` asks them, and on every database member a sampler asks
etcd exactly as the lease's gate does. All settings are judged afterwards on the same samples: a centre declared lost
(`confirm`), a gate that ran out (`lease_gate_seconds`); a leader that changed by itself would be Patroni's alarm.
Only the lines' own detection (BFD) has to be set for real. `python -m benchmarks.detection_sweep --repeats 3`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.arena import Arena, bring_back
from benchmarks.circumstances import circumstances
from benchmarks.light_lab import NAME, Bench, node
from benchmarks.schedules import Strike
from dr.steps import detect_outage
from dr.together import together
from inventory.error import MedcloudError

CONFIRMS = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0)  # seconds; `detect-outage` has 1
GATES = (2.0, 3.0, 5.0, 10.0, 15.0)  # seconds; the role `lease` has 10
_CALM = 2.0  # seconds of samples before and after a disturbance
_SAMPLER = """
import importlib.machinery, importlib.util, json, time
loader = importlib.machinery.SourceFileLoader("gate", "/usr/local/sbin/medcloud-lease-gate")
gate = importlib.util.module_from_spec(importlib.util.spec_from_loader("gate", loader))
loader.exec_module(gate)
config = json.load(open(gate.CONFIG))
while True:
    begin = time.time()
    try:
        gate.ask(config["etcd"], config["system"])
        print(json.dumps([begin, time.time()]), flush=True)
    except OSError:
        pass
    time.sleep(config["interval"])
"""


@dataclass(frozen=True)
class Stall:
    """A disturbance of that kind for so many seconds; `target` is `centre`, `router`, `node`, `other-node` or `lines`
    of the centre that serves."""

    name: str
    kind: str
    target: str
    seconds: float
    params: tuple[tuple[str, float], ...] = ()


STALLS = (
    Stall("nothing, 20 s", "", "", 20.0),
    *(Stall(f"silent {seconds:g} s", "isolate", "centre", seconds) for seconds in (0.3, 1.0, 2.0, 4.0, 8.0)),
    *(Stall(f"router frozen {seconds:g} s", "pause", "router", seconds) for seconds in (1.0, 3.0)),
    *(Stall(f"member frozen {seconds:g} s", "pause", "node", seconds) for seconds in (3.0, 8.0)),
    Stall("another member frozen 4 s", "pause", "other-node", 4.0),
    Stall("30 % lost for 8 s", "lossy", "lines", 8.0, (("percent", 30.0),)),
    Stall("300 ms slower for 8 s", "slow", "lines", 8.0, (("delay_ms", 300.0),)),
)


@dataclass(frozen=True)
class Trial:
    """One disturbance: from `begin` to `end` (epoch seconds). `looks` are (when, lost?) at the lines; `asked` are
    (from, until) of every answer of etcd by centre."""

    stall: str
    bfd: str
    source: str
    begin: float
    end: float
    looks: tuple[tuple[float, bool], ...]
    asked: dict[str, tuple[tuple[float, float], ...]]
    leader_changed: bool


def declared(looks: Iterable[tuple[float, bool]], confirm: float) -> float | None:
    """When `detect-outage` with that `confirm` would have declared the centre lost; None when it would not."""
    since: float | None = None
    for at, lost in looks:
        since = (since if since is not None else at) if lost else None
        if since is not None and at - since >= confirm:
            return at
    return None


def ran_out(asked: Sequence[tuple[float, float]], seconds: float, end: float) -> float | None:
    """When a gate with so many seconds would have closed before it was opened again; None when it stayed open."""
    answers = [*asked, (end, end)]
    for (begin, _), (_, until) in pairwise(answers):
        if until > begin + seconds:
            return begin + seconds
    return None


class Field:
    """The bench's places by what they are to the centre that serves."""

    def __init__(self, arena: Arena) -> None:
        self.arena, self.source = arena, arena.leader()
        self.other = next(c for c in arena.seats if c != self.source)
        lines = [r.line for r in arena.bench.lab.lines if not r.line.inside]
        mine = {m.name for m in (x.machine for x in arena.bench.lab.machines) if m.place == self.source}
        self.lines = [line.name for line in lines if mine & set(line.machines)]
        self.context = arena.context("sweep", self.source, self.other)

    def targets(self, stall: Stall) -> list[str]:
        chosen = {
            "": [],
            "centre": [self.source],
            "router": [f"{self.source}-router-1"],
            "node": [node(self.source)],
            "other-node": [node(self.other)],
            "lines": self.lines,
        }
        return chosen[stall.target]

    def look(self) -> bool:
        """What one look of `detect-outage` sees: every session of every survivor with the centre is down."""
        asn = self.arena.site.centre(self.source).asn
        sessions = detect_outage._sessions(self.context, detect_outage._others(self.context, self.source), asn)
        seen = [found for found in sessions.values() if found]
        return bool(seen) and not any(any(found) for found in seen)

    def well(self) -> bool:
        """The lines are up again and etcd knows who leads."""
        with suppress(MedcloudError):
            return not self.look() and self.context.database(self.arena.system).lease() is not None
        return False


def sampler(arena: Arena, on: bool) -> None:
    """Start the members' samplers, or stop them."""
    unit = "medcloud-sweep"
    start = (
        f"cat > /run/{unit}.py; rm -f /run/{unit}.out; "
        f"systemd-run -q --unit={unit} -p StandardOutput=file:/run/{unit}.out python3 /run/{unit}.py"
    )
    stop = f"systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; true"

    def act(address: str) -> None:
        arena.shell.run(address, stop, timeout=30)
        if on:
            arena.shell.run(address, start, input=_SAMPLER, timeout=30).require("start the sampler")

    together(act, [str(seat.address) for seat in arena.seats.values()])


def samples(arena: Arena, since: float, until: float) -> dict[str, tuple[tuple[float, float], ...]]:
    found = {}
    for centre, seat in arena.seats.items():
        text = arena.shell.run(str(seat.address), "cat /run/medcloud-sweep.out", timeout=30).require("read the samples")
        pairs = [tuple(json.loads(line)) for line in text[: text.rfind("\n") + 1].splitlines()]
        found[centre] = tuple((begin, end) for begin, end in pairs if begin >= since and end <= until)
    return found


def disturb(field: Field, stall: Stall, bfd: str) -> Trial:
    """One trial from a healthy bench to a healthy bench."""
    arena, before = field.arena, field.context.database(field.arena.system).lease()
    looks: list[tuple[float, bool]] = []
    done = threading.Event()

    def watch() -> None:
        arena.bench.join()
        while not done.is_set():
            with suppress(MedcloudError):
                at = time.time()
                looks.append((at, field.look()))
            time.sleep(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    since = time.time()
    time.sleep(_CALM)
    strikes = [Strike(0.0, 0.0, stall.kind, target, dict(stall.params)) for target in field.targets(stall)]
    begin = time.time()
    for strike in strikes:
        arena.strike(strike)
    time.sleep(max(0.0, begin + stall.seconds - time.time()))
    for strike in strikes:
        arena.heal(strike)
    end = time.time()
    deadline = time.monotonic() + 40.0
    while not field.well() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(_CALM)
    done.set()
    watcher.join()
    until = time.time()
    after = field.context.database(arena.system).lease()
    changed = before is None or after is None or before.holder != after.holder
    return Trial(stall.name, bfd, field.source, begin, end, tuple(looks), samples(arena, since, until), changed)


def set_bfd(arena: Arena, wanted: str) -> None:
    """Every line's timers at both ends, such as `50x3` (milliseconds times how many lost)."""
    interval, multiplier = wanted.split("x")
    command = (
        "vtysh -c 'show running-config' | awk '/^ profile /{print $2}' | sort -u | while read -r profile; do "
        f"vtysh -c 'configure terminal' -c bfd -c \"profile $profile\" -c 'detect-multiplier {multiplier}' "
        f"-c 'receive-interval {interval}' -c 'transmit-interval {interval}'; done"
    )
    stock = [str(m.machine.management.ip) for m in arena.bench.lab.machines if m.machine.routes]
    together(lambda address: arena.shell.run(address, command, timeout=60).require("set BFD"), stock)


def rate(hits: Sequence[Any]) -> str:
    """So many of so many, `.` for none."""
    found = sum(hit is not None for hit in hits)
    return f"{found}/{len(hits)}" if found else "."


def report(trials: Sequence[Trial]) -> str:
    """Two tables: alarms by `confirm` and by the gate's seconds, for every disturbance; and how soon the longest
    silence was declared."""
    stalls = list(dict.fromkeys(trial.stall for trial in trials))
    longest = f"silent {max(s.seconds for s in STALLS if s.target == 'centre'):g} s"
    lines = ["| declared lost: BFD, confirm | a real loss is declared after, s | " + " | ".join(stalls) + " |"]
    lines.append("| --- " * (2 + len(stalls)) + "|")
    for bfd in dict.fromkeys(trial.bfd for trial in trials):
        for confirm in CONFIRMS:
            mine = {s: [t for t in trials if (t.stall, t.bfd) == (s, bfd)] for s in stalls}
            cells = [rate([declared(t.looks, confirm) for t in mine[s]]) for s in stalls]
            soon = [at - t.begin for t in mine.get(longest, ()) if (at := declared(t.looks, confirm)) is not None]
            lines.append(f"| {bfd} ms, {confirm:g} s | {spread(soon)} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| the serving gate runs out: seconds | cut off, it is closed after, s | " + " | ".join(stalls) + " |",
    ]
    lines.append("| --- " * (2 + len(stalls)) + "|")
    for seconds in GATES:
        mine = {s: [t for t in trials if t.stall == s] for s in stalls}
        cells = [rate([closed(t, seconds) for t in mine[s]]) for s in stalls]
        cut = [at - t.begin for t in mine.get(longest, ()) if (at := closed(t, seconds)) is not None]
        lines.append(f"| {seconds:g} | {spread(cut)} | " + " | ".join(cells) + " |")
    changed = sum(trial.leader_changed for trial in trials)
    lines += ["", f"{len(trials)} trials; Patroni changed the leader by itself in {changed}."]
    return "\n".join(lines)


def closed(trial: Trial, seconds: float) -> float | None:
    asked = trial.asked.get(trial.source, ())
    return ran_out(asked, seconds, asked[-1][1]) if asked else trial.begin


def spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "not within it"
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


def options() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--repeats", type=int, default=3)
    words.add_argument("--bfd", default="50x3,10x3", help="interval in milliseconds x multiplier, the site's first")
    words.add_argument("--state", type=Path, default=Path.home() / ".local/state/medcloud/benches")
    words.add_argument("--cache", type=Path, default=Path.home() / ".cache/medcloud")
    words.add_argument("--name", default=NAME)
    words.add_argument("--keep", action="store_true", help="leave the bench up")
    words.add_argument("--deployed", action="store_true", help="the bench is up and deployed: take it as it is")
    return words.parse_args()


def sweep(arena: Arena, bfds: Sequence[str], repeats: int, path: Path) -> list[Trial]:
    """All disturbances under all timers; every trial is kept in the file at once."""
    trials: list[Trial] = []
    sampler(arena, on=True)
    try:
        for bfd in bfds:
            set_bfd(arena, bfd)
            for stall in [stall for _ in range(repeats) for stall in STALLS]:
                trials.append(disturb(Field(arena), stall, bfd))
                with path.open("a") as file:
                    file.write(json.dumps(asdict(trials[-1])) + "\n")
                print(f"  {bfd} {stall.name}: {len(trials[-1].looks)} looks", file=sys.stderr, flush=True)
    except MedcloudError as error:
        print(f"not ended: {error.message}", file=sys.stderr)
        arena.heal()
    finally:
        set_bfd(arena, bfds[0])
        sampler(arena, on=False)
    return trials


def main() -> None:
    chosen = options()
    bench = Bench.open(chosen.state, chosen.cache, chosen.name)
    bfds = chosen.bfd.split(",")
    try:
        if not chosen.deployed:
            bench.lab.up()
            bench.deploy(lambda text: print(f"  {text}", file=sys.stderr, flush=True))
        arena = Arena(bench)
        bring_back(arena)
        trials = sweep(arena, bfds, chosen.repeats, chosen.state / "detection-sweep.jsonl")
        print(f"{circumstances()}\n\n{report(trials)}")
    finally:
        if not chosen.keep:
            bench.lab.down()
    raise SystemExit(0 if len(trials) == len(bfds) * chosen.repeats * len(STALLS) else 1)


if __name__ == "__main__":
    main()
