"""What the drill engine costs over the critical path, beside chaostoolkit and plain Ansible: `make bench-dr`.

All tools do the same waiting (benchmarks/load.py), in turns, so that all see the same machine. *Bare threads* remember
nothing and cannot be resumed: what they need over the ideal is the machine's own noise. What a tool cannot express is
said in the table: chaostoolkit has no dependencies between activities (a system's chain is one background activity).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import yaml

from benchmarks import load, simulation
from benchmarks.simulation import SimulatedStep, stopwatch
from dr.engine import Engine
from dr.store import FolderStore
from inventory.load import load_site

CHAOSTOOLKIT = "chaostoolkit==1.19.0"
LANES = 256
GOALS = {100: 5.0, 2000: 10.0}  # percent over the critical path
_WAITING = "import time\n\n\ndef wait(seconds: float) -> float:\n    time.sleep(seconds)\n    return seconds\n"


@dataclass(frozen=True)
class Row:
    """Runs of one tool: seconds each took, against the ideal."""

    tool: str
    systems: int
    ideal: float
    seconds: tuple[float, ...]
    remark: str

    @property
    def overhead(self) -> float:
        """Percent over the ideal, of the median run."""
        return 100 * (statistics.median(self.seconds) / self.ideal - 1)


def medcloud(systems: int, folder: Path) -> float:
    """The real engine, journal and DBOS on SQLite, in this process: from the order to the result."""
    plan = load.plan(systems, folder)
    engine = Engine(
        FolderStore(folder / "drills"), simulation.open_context, find_step=lambda name: SimulatedStep(), lanes=LANES
    )
    site = load_site("xiamen")
    clock = stopwatch()
    result = engine.run(site, plan, "bench")
    seconds = clock()
    if len(result.steps) != len(plan.steps):
        raise RuntimeError(f"{len(result.steps)} of {len(plan.steps)} steps ran")
    return seconds


def bare_threads(systems: int, folder: Path) -> float:
    """The same waiting by threads alone: a pool, a counter per call, no journal, no engine."""
    seconds = load.durations(systems)
    clock = stopwatch()
    time.sleep(sum(seconds[name] for name in load.BEGIN))
    with ThreadPoolExecutor(LANES) as pool:
        left, guard, done = 3 * systems, threading.Lock(), threading.Event()

        def wait(number: int, place: int) -> None:
            nonlocal left
            time.sleep(seconds[f"{load.CHAIN[place]}-{number}"])
            if place + 1 < len(load.CHAIN):
                pool.submit(wait, number, place + 1)
            with guard:
                left -= 1
                if not left:
                    done.set()

        for number in range(systems):
            pool.submit(wait, number, 0)
        done.wait()
    time.sleep(seconds[load.END])
    return clock()


def chaos(systems: int, folder: Path, python: Path) -> float:
    """chaostoolkit in a venv of its own."""
    seconds = load.durations(systems)
    chains = [sum(seconds[f"{step}-{n}"] for step in load.CHAIN) for n in range(systems)]
    method = [_activity(name, seconds[name], False) for name in load.BEGIN]
    method += [_activity(f"chain-{n}", total, True) for n, total in enumerate(chains)]
    experiment = {
        "title": "bench",
        "description": "the same waiting",
        "configuration": {},
        "method": method,
        "rollbacks": [_activity(load.END, seconds[load.END], False)],
        "runtime": {"rollbacks": {"strategy": "always"}},
    }
    (folder / "experiment.json").write_text(json.dumps(experiment))
    (folder / "waiting.py").write_text(_WAITING)
    command = [str(python), "-m", "chaostoolkit", "--no-version-check", "run", "experiment.json"]
    return _timed(command, folder, {"PYTHONPATH": str(folder)})


def _activity(name: str, seconds: float, background: bool) -> dict[str, object]:
    provider = {"type": "python", "module": "waiting", "func": "wait", "arguments": {"seconds": seconds}}
    return {"type": "action", "name": name, "background": background, "provider": provider}


def ansible(systems: int, folder: Path) -> float:
    """One host a system, strategy free, as many forks as systems (up to the lanes)."""
    seconds = load.durations(systems)
    hosts = {f"s{n}": {step.replace("-", "_"): seconds[f"{step}-{n}"] for step in load.CHAIN} for n in range(systems)}
    (folder / "hosts.yml").write_text(
        yaml.safe_dump({"all": {"hosts": hosts, "vars": {"ansible_connection": "local"}}})
    )
    plays = [
        _play("localhost", "linear", [str(seconds[name]) for name in load.BEGIN]),
        _play("all", "free", ["{{ " + step.replace("-", "_") + " }}" for step in load.CHAIN]),
        _play("localhost", "linear", [str(seconds[load.END])]),
    ]
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False))
    program = Path(sys.executable).parent / "ansible-playbook"
    command = [str(program), "-i", "hosts.yml", "-f", str(min(systems, LANES)), "play.yml"]
    return _timed(command, folder, {"ANSIBLE_PYTHON_INTERPRETER": sys.executable, "ANSIBLE_PIPELINING": "1"})


def _play(hosts: str, strategy: str, seconds: list[str]) -> dict[str, object]:
    tasks = [{"ansible.builtin.command": f"sleep {wait}", "changed_when": False} for wait in seconds]
    return {"hosts": hosts, "connection": "local", "gather_facts": False, "strategy": strategy, "tasks": tasks}


def _timed(command: list[str], folder: Path, more: dict[str, str]) -> float:
    clock = stopwatch()
    done = subprocess.run(command, cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False)
    seconds = clock()
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    return seconds


def install_chaos(folder: Path) -> Path:
    """A throw-away environment: its pins need not fit to ours."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "-q", CHAOSTOOLKIT], check=True)
    return python


@dataclass(frozen=True)
class Tool:
    """One that is measured: how often, how it is run, and what it cannot say."""

    name: str
    repeats: int
    run: Callable[[int, Path], float]
    remark: str = "–"


def measure(tools: Iterable[Tool], systems: int) -> list[Row]:
    """Run them in turns, each run in an empty folder."""
    wanted = [tool for tool in tools if tool.repeats]
    seconds: dict[str, list[float]] = {tool.name: [] for tool in wanted}
    for number in range(max(tool.repeats for tool in wanted)):
        for tool in (tool for tool in wanted if number < tool.repeats):
            with tempfile.TemporaryDirectory(prefix="medcloud-bench-") as folder:
                seconds[tool.name].append(tool.run(systems, Path(folder)))
            print(f"{tool.name}, {systems} systems, run {number + 1}: {seconds[tool.name][-1]:.2f} s", file=sys.stderr)
    ideal = load.ideal(systems, LANES)
    return [Row(tool.name, systems, ideal, tuple(seconds[tool.name]), tool.remark) for tool in wanted]


def table(rows: list[Row]) -> str:
    """Markdown, so that it can be kept."""
    lines = [
        "| tool | systems | steps | ideal s | median s (lowest to highest) | over the ideal | what it cannot say |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        middle, low, high = statistics.median(row.seconds), min(row.seconds), max(row.seconds)
        steps = len(load.durations(row.systems))
        lines.append(
            f"| {row.tool} | {row.systems} | {steps} | {row.ideal:.1f} | {middle:.1f} ({low:.1f} to {high:.1f}, "
            f"{len(row.seconds)} runs) | {row.overhead:.1f} % | {row.remark} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """Where and when this was measured."""
    one, _, _ = os.getloadavg()
    cores, when = os.cpu_count(), datetime.now(UTC)
    usable = len(os.sched_getaffinity(0))
    return f"{when:%Y-%m-%d %H:%M} UTC, {usable} of {cores} cores, {platform.machine()}, load {one:.0f} at the end"


def main() -> int:
    """Print the table; 1 when the engine misses its goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-repeats", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true", help="only medcloud")
    options = parser.parse_args()
    ours = [
        Tool("medcloud", options.repeats, medcloud),
        Tool("bare threads", options.repeats, bare_threads, "memory, resume"),
    ]
    with tempfile.TemporaryDirectory(prefix="medcloud-chaos-") as folder:
        peers = [] if options.no_peers else _peers(options.peer_repeats, Path(folder))
        rows = [*measure([*ours, *peers], 100), *measure(ours, 2000)]
    print(table(rows))
    print(f"\n{machine()}; at most {LANES} calls at once")
    return 0 if all(row.overhead <= GOALS[row.systems] for row in rows if row.tool == "medcloud") else 1


def _peers(repeats: int, folder: Path) -> list[Tool]:
    python = install_chaos(folder)
    return [
        Tool(CHAOSTOOLKIT, repeats, partial(chaos, python=python), "steps of a chain, waiting for others, resume"),
        Tool("ansible-playbook", repeats, ansible, "waiting across hosts (only whole plays), resume"),
    ]


if __name__ == "__main__":
    sys.exit(main())
