"""Network namespaces and cables: makes what the wiring says, and only what is missing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

from inventory import addresses
from inventory.error import MedcloudError
from lab.wiring import Foot, Port, Route, Segment, Wiring

_NETNS = Path("/run/netns")


def namespace(lab: str, part: str) -> str:
    """Name of a part's network namespace: a machine's, `sw` (the switch) or `ops` (the operators)."""
    return f"mc-{lab}-{part}"


def path(name: str) -> Path:
    return _NETNS / name


def run(*words: str, stdin: str | None = None) -> str:
    """A command's output; MedcloudError with its complaint when it fails."""
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise MedcloudError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def ensure(name: str) -> None:
    """A network namespace with its loopback up. An entry that is no mount (left by a killed command) is made anew."""
    if path(name).exists() and not os.path.ismount(path(name)):
        path(name).unlink()
    if not path(name).exists():
        run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "set", "lo", "up")


def remove(name: str) -> None:
    if path(name).exists():
        run("ip", "netns", "delete", name)


def links(name: str) -> set[str]:
    """Names of the interfaces in a namespace."""
    return {item["ifname"] for item in _shown(name, "link", "show")}


def batch(name: str, lines: Iterable[str]) -> None:
    """Several `ip` commands in one namespace, all or an error."""
    text = "\n".join(lines)
    if text:
        run("ip", "-n", name, "-batch", "-", stdin=text + "\n")


def lay_switch(lab: str, wiring: Wiring) -> None:
    """The switch with its bridges, the operators' namespace with its feet and routes; what exists stays."""
    switch, ops = namespace(lab, "sw"), namespace(lab, "ops")
    ensure(switch)
    ensure(ops)
    run("ip", "netns", "exec", ops, "sysctl", "-qw", "net.ipv4.ip_forward=1")  # it joins the management networks
    batch(switch, _bridge_commands(wiring.segments, links(switch)))
    _plug_ops(switch, ops, wiring.feet, wiring.routes)


def plug_machine(lab: str, machine: str, ports: Sequence[Port]) -> None:
    """The machine's namespace with its interfaces plugged into the switch; eth0 up with its address, others down."""
    own, switch = namespace(lab, machine), namespace(lab, "sw")
    ensure(own)
    known, mine = links(own), [port for port in ports if port.machine == machine]
    batch(switch, (command for port in mine for command in _port_commands(port, own, port.interface in known)))
    for port in mine:
        if port.address is not None:
            batch(own, _management_commands(port.interface, port.address))
        if not port.checksums:
            _without_offload(own, port.interface)
            _without_offload(switch, port.switch_port)


def _management_commands(interface: str, address: IPv4Interface) -> tuple[str, ...]:
    """Its address there, and the way to the other places' management networks."""
    gateway = address.network[addresses.OPS_HOST]
    return (
        f"addr replace {address} dev {interface}",
        f"link set {interface} up",
        f"route replace {addresses.MANAGEMENT} via {gateway}",
    )


def unplug_machine(lab: str, machine: str, ports: Sequence[Port]) -> None:
    """Pull the machine's cables out at once: with its namespace they would go a moment later."""
    switch = namespace(lab, "sw")
    if path(switch).exists():
        known = links(switch)
        batch(switch, (f"link del {p.switch_port}" for p in ports if p.machine == machine and p.switch_port in known))


def set_foot(lab: str, foot: Foot, alive: bool) -> None:
    """Let the operators' port into a management network forward or swallow everything; its carrier stays."""
    switch = namespace(lab, "sw")
    run("bridge", "-n", switch, "link", "set", "dev", _foot_port(foot), "state", "3" if alive else "0")


def _bridge_commands(segments: Iterable[Segment], known: set[str]) -> Iterable[str]:
    for segment in segments:
        if segment.bridge not in known:
            yield f"link add {segment.bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        yield f"link set {segment.bridge} alias {segment.network} up"


def _port_commands(port: Port, own: str, known: bool) -> Iterable[str]:
    if not known:
        yield f"link add {port.switch_port} type veth peer name {port.interface} address {port.mac} netns {own}"
    yield f"link set {port.switch_port} master {port.bridge} up"


def _foot_port(foot: Foot) -> str:
    return f"ops-{foot.interface}"


def _plug_ops(switch: str, ops: str, feet: Sequence[Foot], routes: Sequence[Route]) -> None:
    known = links(ops)
    for foot in feet:
        new = [f"link add {_foot_port(foot)} type veth peer name {foot.interface} netns {ops}"]
        batch(
            switch,
            [*([] if foot.interface in known else new), f"link set {_foot_port(foot)} master {foot.bridge} up"],
        )
        batch(ops, [f"addr replace {foot.address} dev {foot.interface}", f"link set {foot.interface} up"])
    batch(ops, [f"route replace {route.target} via {route.via}" for route in routes])


def _without_offload(name: str, interface: str) -> None:
    run("ip", "netns", "exec", name, "ethtool", "-K", interface, "tx", "off")


def _shown(name: str, *words: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(run("ip", "-n", name, "-json", *words) or "[]")
    return shown
