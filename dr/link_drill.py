"""Measure what a ward notices when something of the way to a centre breaks: the longest gap in a stream of answers
every 2 ms. What breaks is a line, a conduit or a carrier, an access uplink or the cable between the edges, or an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from dr.context import Clock, SystemClock
from dr.doors import Shell, from_json
from inventory.addresses import lan_gateway
from inventory.checks.finding import nearest
from inventory.error import MedcloudError, bad_input
from inventory.machines import Machine, Wire, machines
from inventory.model import CentreRole, Link, Site

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
class Break:
    """What is broken under the stream: lines, cables and conduits are cut, machines lose their power."""

    name: str
    between: Ends
    cut: tuple[str, ...] = ()
    power: tuple[str, ...] = ()


def break_of_line(site: Site, name: str) -> Break:
    """A carrier line of a campus; bad input for any other."""
    return _lines(site, name, [link for link in site.links if link.name == name], (link.name for link in site.links))


def break_of_conduit(site: Site, path: str) -> Break:
    """All lines of a campus in that conduit, at the same moment."""
    known = (link.path for link in site.links)
    found = _lines(site, path, [link for link in site.links if link.path == path], known)
    return replace(found, cut=(path,))


def break_of_carrier(site: Site, carrier: str) -> Break:
    """All that carrier's lines of the first campus; the stream goes to the production centre."""
    campus, centre = site.campuses[0].name, site.centre_of_role(CentreRole.PRODUCTION).name
    mine = [link for link in site.links if link.carrier == carrier and campus in (link.a, link.b)]
    to_centre = sorted(mine, key=lambda link: centre not in (link.a, link.b))
    return _lines(site, carrier, to_centre, (item.name for item in site.carriers))


def break_of_cable(site: Site, name: str) -> Break:
    """An access switch's uplink, felt by its ward, or the cable between two edges, felt by the first ward."""
    ends = [m for m in machines(site) for i in m.interfaces if i.wire is Wire.CABLE and i.network == name]
    if not ends:
        known = {i.network for m in machines(site) for i in m.interfaces if i.wire is Wire.CABLE}
        raise bad_input(f"no cable is called {name!r}", nearest(name, known))
    switch = next((m for m in ends if m.kind == "access"), None)
    between = _between(site, ends[0].place, _production(site), switch.number if switch else 1)
    return Break(name, between, cut=(name,))


def break_of_edge(site: Site, name: str) -> Break:
    """An edge that loses its power."""
    edges = {m.name: m for m in machines(site) if m.kind == "edge"}
    if name not in edges:
        raise bad_input(f"no edge is called {name!r}", nearest(name, edges))
    return Break(name, _between(site, edges[name].place, _production(site)), power=(name,))


def _lines(site: Site, name: str, links: Sequence[Link], known: Iterable[str]) -> Break:
    """A break of these lines, felt at the campus and centre of the first; what the lab leaves out cannot break."""
    if not links:
        raise bad_input(f"there is no {name!r}", nearest(name, known))
    standing = {i.network for m in machines(site) for i in m.interfaces if i.wire is Wire.LINE}
    cut = tuple(link.name for link in links if link.name in standing)
    if not cut:
        raise bad_input(f"{name} is not part of the lab", "choose another or add its places to the lab profile")
    return Break(name, ends(site, links[0]), cut)


def ends(site: Site, link: Link) -> Ends:
    """From the campus's ward over that line to the router of its centre; bad input for a line without a campus."""
    campuses = {campus.name for campus in site.campuses}
    if (link.a in campuses) == (link.b in campuses):
        raise bad_input(f"{link.name} does not lead from a campus to a centre", "choose a line that does")
    campus, centre = (link.a, link.b) if link.a in campuses else (link.b, link.a)
    return _between(site, campus, centre)


def _between(site: Site, campus: str, centre: str, ward: int = 1) -> Ends:
    client, router = _machine(site, campus, "workstation", ward), _machine(site, centre, "router", 1)
    return Ends(str(client.management.ip), str(router.management.ip), str(lan_gateway(site.centre(centre)).ip))


def _production(site: Site) -> str:
    return site.centre_of_role(CentreRole.PRODUCTION).name


@dataclass(frozen=True)
class Gap:
    """What was measured. `gap_ms` is the longest silence that began after the break, `usual_ms` the longest before it;
    `link` names what was broken."""

    link: str
    sent: int
    received: int
    gap_ms: float
    usual_ms: float
    lost: int


def measure_gap(
    shell: Shell,
    what: str,
    between: Ends,
    strike: Callable[[], None],
    heal: Callable[[], None],
    clock: Clock | None = None,
) -> Gap:
    """Strike in the middle of the stream and heal afterwards, whatever happens. Raises MedcloudError when no answers
    came before."""
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
            strike()
            text = stream.result().require("the probe on the ward")
        finally:
            heal()
    return judge(what, text, struck)


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


def _machine(site: Site, place: str, kind: str, number: int) -> Machine:
    for machine in machines(site):
        if (machine.place, machine.kind, machine.number) == (place, kind, number):
            return machine
    raise bad_input(f"{place} has no {kind} {number} in the lab", "choose a place that the lab profile names")
