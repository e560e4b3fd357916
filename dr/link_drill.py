"""Measure what a ward notices when a line breaks: the longest gap in a stream of answers every 2 ms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from dr.context import Clock, SystemClock
from dr.doors import Shell, from_json
from inventory.addresses import lan_gateway
from inventory.error import MedcloudError, bad_input
from inventory.machines import Machine, machines
from inventory.model import Link, Site

PORT = 9007
INTERVAL_MS = 2.0
_BEFORE, _AFTER = 2.0, 4.0  # seconds of the stream before and after the cut


@dataclass(frozen=True)
class Ends:
    """Where the stream starts and ends: management addresses to act on, and the address that answers."""

    ward: str
    responder: str
    address: str


@dataclass(frozen=True)
class Gap:
    """What was measured. `gap_ms` is the longest silence that began after the cut; `usual_ms` the longest before it."""

    link: str
    sent: int
    received: int
    gap_ms: float
    usual_ms: float
    lost: int


def ends(site: Site, link: Link) -> Ends:
    """From the campus's ward over that line to the router of its centre; bad input for a line without a campus."""
    campuses = {campus.name for campus in site.campuses}
    if (link.a in campuses) == (link.b in campuses):
        raise bad_input(f"{link.name} does not lead from a campus to a centre", "choose a line that does")
    campus, centre = (link.a, link.b) if link.a in campuses else (link.b, link.a)
    ward = _machine(site, campus, "workstation")
    router = _machine(site, centre, "router")
    return Ends(str(ward.management.ip), str(router.management.ip), str(lan_gateway(site.centre(centre)).ip))


def measure_gap(
    shell: Shell,
    link: Link,
    between: Ends,
    cut: Callable[[], None],
    heal: Callable[[], None],
    clock: Clock | None = None,
) -> Gap:
    """Cut the line in the middle of the stream and heal it afterwards, whatever happens. Raises MedcloudError when no
    answers came before the cut."""
    clock = clock or SystemClock()
    _start_responder(shell, between)
    seconds = _BEFORE + _AFTER
    program = (Path(__file__).parent / "probe" / "sender.py").read_text(encoding="utf-8")
    command = f"python3 - {between.address} {PORT} {seconds} {INTERVAL_MS}"
    with ThreadPoolExecutor(1) as pool:
        stream = pool.submit(shell.run, between.ward, command, program, seconds + 30)
        try:
            clock.sleep(_BEFORE)
            struck = clock.now().timestamp()
            cut()
            text = stream.result().require("the probe on the ward")
        finally:
            heal()
    return judge(link.name, text, struck)


def judge(link: str, text: str, struck: float) -> Gap:
    """The gap from the sender's report and the wall time of the cut; pure."""
    report = from_json(text, "the probe's report")
    times: list[float] = sorted(report["times"])
    cut_at = struck - report["wall"]
    before = [time for time in times if time < cut_at]
    if len(before) < 2:
        raise MedcloudError(f"{link}: no answers before the cut", "is the path open for the probe (UDP 9007)?")
    after = [before[-1], *(time for time in times if time >= cut_at)]
    end = report["sent"] * INTERVAL_MS / 1000
    return Gap(
        link,
        report["sent"],
        report["received"],
        _longest([*after, max(end, after[-1])]),
        _longest(before),
        report["sent"] - report["received"],
    )


def _longest(times: Sequence[float]) -> float:
    """The longest silence in milliseconds."""
    return round(max((b - a for a, b in pairwise(times)), default=0.0) * 1000, 1)


def _start_responder(shell: Shell, between: Ends) -> None:
    path = "/run/medcloud-probe-responder.py"
    program = (Path(__file__).parent / "probe" / "responder.py").read_text(encoding="utf-8")
    shell.run(between.responder, f"cat > {path}", input=program).require("deliver the responder")
    shell.run(
        between.responder,
        "systemctl is-active --quiet medcloud-probe-responder || systemd-run --quiet --collect "
        f"--unit=medcloud-probe-responder -p RuntimeMaxSec=120 python3 {path} {between.address} {PORT}",
    ).require("start the responder")


def _machine(site: Site, place: str, kind: str) -> Machine:
    for machine in machines(site):
        if machine.place == place and machine.kind == kind:
            return machine
    raise MedcloudError(f"{place} has no {kind}")
