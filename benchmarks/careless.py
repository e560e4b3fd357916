"""A promotion broken on purpose: no fence, no lease, no word of etcd. The checker must catch what it does.

So it is done by hand at three in the morning: the standby does not answer, synchronous mode is switched off so that
care goes on; then somebody at the other centre finds the gate closed and Patroni in the way, and promotes anyway.
"""

from __future__ import annotations

import time

from dr.doors import Shell

_PATRONICTL = "patronictl -c /etc/patroni/config.yml edit-config --force -s synchronous_mode="
_SQL = "runuser -u postgres -- psql -X -q -A -t -c"
_SECONDS = 6.0  # for which both are left to serve


def promote(shell: Shell, old: str, new: str) -> None:
    """Make the member at address `new` a second primary beside the one at `old`; returns when both have served."""
    shell.run(old, f"{_PATRONICTL}false", timeout=20).require("switch synchronous mode off")
    while shell.run(old, f"{_SQL} 'SHOW synchronous_standby_names'", timeout=10).stdout.strip():
        time.sleep(0.2)
    for command in (
        "systemctl kill -s STOP medcloud-lease-gate; systemctl kill --kill-whom=main -s STOP patroni",
        "nft delete table inet medcloud_lease",
        f"{_SQL} 'SELECT pg_promote()'",
    ):
        shell.run(new, command, timeout=30).require("promote carelessly")
    time.sleep(_SECONDS)


def undo(shell: Shell, old: str, new: str) -> None:
    """Gate, Patroni and synchronous mode as they were; Patroni makes a copy of one of the two primaries."""
    gate = "nft -f /etc/medcloud/lease.nft; systemctl kill -s CONT medcloud-lease-gate"
    shell.run(new, f"{gate}; systemctl kill --kill-whom=main -s CONT patroni", timeout=30).require("give the gate back")
    shell.run(old, f"{_PATRONICTL}true", timeout=20).require("switch synchronous mode on")
