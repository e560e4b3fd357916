"""Say what a unit's network looks like from inside: `isolation.py UNIT [ADDRESS...]`; JSON on stdout.

Every address is knocked at on the ports of a database, a cluster manager, an election, an archive and SSH.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

PORTS = (22, 2379, 5432, 8008, 8042)


def main(unit: str, addresses: list[str]) -> None:
    shown = subprocess.run(["systemctl", "show", "-P", "MainPID", unit], capture_output=True, text=True, check=True)
    pid = int(shown.stdout)
    if pid == 0:
        sys.exit(f"{unit} does not run")
    if os.stat(f"/proc/{pid}/ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
        sys.exit(f"{unit} has no network of its own")
    handle = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
    enter(handle)
    print(json.dumps({"interfaces": interfaces(), "routes": routes(), "reached": reached(addresses)}))


def enter(handle: int) -> None:
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(handle, 0x40000000) != 0:
        sys.exit(f"cannot enter the network: {os.strerror(ctypes.get_errno())}")


def interfaces() -> list[str]:
    return sorted(name for _, name in socket.if_nameindex())


def routes() -> int:
    """Routes that leave by anything but the loopback, IPv4 and IPv6."""
    with open("/proc/thread-self/net/route") as file:
        four = [line.split()[0] for line in file.read().splitlines()[1:]]
    try:
        with open("/proc/thread-self/net/ipv6_route") as file:
            six = [line.split()[-1] for line in file.read().splitlines()]
    except FileNotFoundError:
        six = []
    return sum(name != "lo" for name in four + six)


def reached(addresses: list[str]) -> list[str]:
    found = []
    for address in addresses:
        for port in PORTS:
            try:
                socket.create_connection((address, port), timeout=1).close()
            except OSError:
                continue
            found.append(f"{address}:{port}")
    return found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
