"""Bubbles: copies of a database or an archive beside the real copy on its machine, each in a network of its own.

A bubble is one transient systemd unit with `PrivateNetwork=yes` (a network namespace with nothing but `lo`) and one
folder. Copies come from the machine's own copy, so the leader and the lines between centres carry nothing for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from dr.context import Evidence
from dr.doors import Shell, from_json
from dr.doors.database import DRILL_DATABASE
from dr.doors.programs import program
from dr.world import Isolation, Room
from inventory.error import MedcloudError

HOME = "/var/lib/medcloud/bubble"
CHAINS = 25  # written inside to prove that the copy works
IMAGES = 3
_LOG_SINCE = (
    "SELECT greatest(pg_wal_lsn_diff(coalesce(pg_last_wal_replay_lsn(), pg_current_wal_lsn()), redo_lsn), 0)::bigint "
    "FROM pg_control_checkpoint()"
)
_OWN_LOG = 96 << 20  # two begun segments, and the few that a bubble keeps (`programs/bubble_database.py`)
_TIMEOUT = 600.0  # a copy of a big database takes its time; each program gives up by itself before


class _Bubble:
    """What both kinds share. `addresses`: centre -> the machine of the real copy there."""

    size = ""  # the command that tells how many bytes a copy takes

    def __init__(self, shell: Shell, system: str, addresses: Mapping[str, str]) -> None:
        self._shell = shell
        self._system = system
        self._addresses = dict(addresses)

    def room(self, centre: str) -> Room:
        """Bytes that a copy takes, and bytes free."""
        command = f"set -e; {self.size}; df --output=avail -B1 /var/lib | tail -1"
        *parts, free = self._run(centre, command, "measure the room for a copy").split()
        return Room(sum(int(part) for part in parts), int(free))

    def made_at(self, centre: str, run_id: str) -> float:
        """When the copying began, epoch seconds of the machine's clock."""
        return float(self._run(centre, f"cat {HOME}/{run_id}/made_at", "read when the copy was made"))

    def isolation(self, centre: str, run_id: str, forbidden: tuple[str, ...]) -> Isolation:
        """Look at the bubble's network from inside and knock at the addresses that it must not reach."""
        text = self._program(centre, "isolation", [_unit(run_id), *forbidden], "look into the bubble")
        found = from_json(text, "bubble")
        return Isolation(tuple(found["interfaces"]), int(found["routes"]), tuple(found["reached"]))

    def remove(self, centre: str, run_id: str) -> None:
        """Stop the instance and delete its folder; nothing is left of it."""
        unit = _unit(run_id)
        command = (
            f"systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; rm -rf {HOME}/{run_id}; "
            f"! systemctl is-active -q {unit} && test ! -e {HOME}/{run_id}"
        )
        self._run(centre, command, "remove the bubble")

    def _program(self, centre: str, name: str, words: list[str], what: str, secret: str = "") -> str:
        """Run one of our programs there. The secret goes into its text on stdin, never into a command."""
        command = f"python3 - {' '.join(words)}"
        text = program(name).replace('SECRET = ""', f"SECRET = {json.dumps(secret)}", 1)
        return self._run(centre, command, what, text)

    def _run(self, centre: str, command: str, what: str, input: str | None = None) -> str:
        if centre not in self._addresses:
            raise MedcloudError(f"{self._system} has no copy in {centre}")
        done = self._shell.run(self._addresses[centre], command, input=input, timeout=_TIMEOUT)
        return done.require(f"{self._system} in {centre}: {what}")


class DatabaseBubble(_Bubble):
    """A PostgreSQL cluster's copy, taken by pg_basebackup from the standby on the same machine."""

    # Of the log only what came since the last restart point is copied, begun segments included, and then the copy
    # writes its own: what the real copy keeps for others (most of a small database's folder) does not count.
    size = (
        "du -sbx --exclude=pg_wal /var/lib/postgresql/15/main | grep -o '^[0-9]*'; cd /; "
        f'runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres -c "{_LOG_SINCE}"; echo {_OWN_LOG}'
    )

    def __init__(self, shell: Shell, system: str, addresses: Mapping[str, str], password: str) -> None:
        super().__init__(shell, system, addresses)
        self._password = password

    def make(self, centre: str, run_id: str) -> Evidence:
        """Copy, start on its own, wait until it takes writes; one that runs already stays."""
        words = [_unit(run_id), f"{HOME}/{run_id}"]
        text = self._program(centre, "bubble_database", words, "make the bubble", self._password)
        return dict(from_json(text, "bubble"))

    def holds(self, centre: str, run_id: str, of_run: str) -> frozenset[str]:
        """Chains of that run that are whole in the copy."""
        sql = (
            f"SELECT chain FROM entry WHERE run = '{of_run}' GROUP BY chain HAVING count(DISTINCT kind) = 4 ORDER BY 1"
        )
        return frozenset(self._sql(centre, run_id, sql).split())

    def write(self, centre: str, run_id: str) -> frozenset[str]:
        """Commit new chains inside and read them back."""
        mark = f"bubble-{run_id}"
        sql = (
            f"INSERT INTO entry (run, chain, kind, note) SELECT '{mark}', n, k, k || ' ' || n "
            f"FROM generate_series(1, {CHAINS}) n, unnest(array['register', 'order', 'result', 'charge']) k"
        )
        self._sql(centre, run_id, sql)
        return self.holds(centre, run_id, mark)

    def _sql(self, centre: str, run_id: str, sql: str) -> str:
        command = (
            f"runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -h {HOME}/{run_id} -p 5433 -d {DRILL_DATABASE}"
        )
        return self._run(centre, command, "ask the copy", sql)


class ArchiveBubble(_Bubble):
    """An Orthanc archive's copy: its index by SQLite's own backup, its images beside it."""

    size = "du -sbx /var/lib/orthanc/db-v6 | grep -o '^[0-9]*'"

    def __init__(self, shell: Shell, system: str, addresses: Mapping[str, str], user: str, password: str) -> None:
        super().__init__(shell, system, addresses)
        self._login = f'user = "{user}:{password}"\n'

    def make(self, centre: str, run_id: str) -> Evidence:
        """Copy, start on its own, wait until it answers; one that runs already stays."""
        text = self._program(centre, "bubble_archive", [_unit(run_id), f"{HOME}/{run_id}"], "make the bubble")
        return dict(from_json(text, "bubble"))

    def holds(self, centre: str, run_id: str, of_run: str) -> frozenset[str]:
        """SOP instance UIDs of every image in the copy, of whichever run."""
        items = from_json(self._curl(centre, run_id, "/instances?expand"), "images")
        return frozenset(item["MainDicomTags"]["SOPInstanceUID"] for item in items)

    def write(self, centre: str, run_id: str) -> frozenset[str]:
        """Store new images inside and read them back."""
        import base64

        from dr.ledger import dicom

        mark, stored = f"bubble-{run_id}", set[str]()
        for number in range(1, IMAGES + 1):
            coded = base64.b64encode(dicom.image(mark, number)).decode()
            path = f"{HOME}/{run_id}/new.dcm"
            self._run(centre, f"base64 -d > {path}", "bring an image", coded)
            self._curl(centre, run_id, "/instances", f'data-binary = "@{path}"\n')
            stored.add(dicom.uid(mark, "instance", number))
        return frozenset(stored) & self.holds(centre, run_id, mark)

    def _curl(self, centre: str, run_id: str, path: str, more: str = "") -> str:
        inside = f"nsenter -n -t $(systemctl show -P MainPID {_unit(run_id)})"
        command = f"{inside} curl -sS -f -m 60 -K - 'http://127.0.0.1:8042{path}'"
        return self._run(centre, command, "ask the copy", self._login + more)


def _unit(run_id: str) -> str:
    return f"medcloud-bubble-{run_id}.service"
