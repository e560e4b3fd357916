"""One database's backups on their repository: what is there, and restores into a scratch place beside them.

A restored copy is one transient systemd unit without a network and one folder on the repository; no member of the
database is asked or touched for it.
"""

from __future__ import annotations

import json
import shlex

from dr.context import Evidence
from dr.doors import Shell, from_json
from dr.doors.database import DRILL_DATABASE, entries_sql, parse_entries
from dr.doors.programs import program
from dr.world import Entries, Room
from inventory.error import MedcloudError
from monitors.probes import backup as probe

HOME = "/var/lib/medcloud/restored"
PORT = 5433
_TIMEOUT = 4000.0  # a big database takes its time; the program gives up by itself before


class Repository:
    """The repository at `address` that keeps `system`."""

    def __init__(self, shell: Shell, system: str, address: str) -> None:
        self._shell = shell
        self._system = system
        self._address = address

    def state(self) -> probe.BackupState:
        """What backups there are."""
        return probe.parse(self._system, self._run(probe.command(self._system), "ask for its backups"))

    def room(self) -> Room:
        """Bytes that a copy takes, and bytes free on the repository."""
        free = self._run(f"df --output=avail -B1 {HOME.rsplit('/', 2)[0]} | tail -1", "measure the room for a copy")
        return Room(self.state().size_bytes, int(free))

    def segment(self, name: str) -> bool:
        """Whether that segment of the log has arrived."""
        folder = f"/var/lib/pgbackrest/archive/{self._system}/*/{name[:16]}"
        return bool(
            self._run(f"ls {folder}/ 2>/dev/null | grep -c '^{name}-' || true", "look for the log").strip("0\n")
        )

    def chosen(self, run_id: str) -> tuple[str, str] | None:
        """The moment that this run restores to, and until when its records are compared; None before it is chosen."""
        text = self._run(f"cat {HOME}/{run_id}/moment.json 2>/dev/null || true", "read the chosen moment")
        found = from_json(text, "moment")
        return (found["moment"], found["settled"]) if found else None

    def choose(self, run_id: str, moment: str, settled: str) -> None:
        """Write that moment down, so that a run that is resumed restores to the same."""
        path = f"{HOME}/{run_id}/moment.json"
        command = f"install -d -m 0711 {HOME} {HOME}/{run_id} && cat > {path}.new && mv {path}.new {path}"
        self._run(command, "note the moment", json.dumps({"moment": moment, "settled": settled}))

    def restore(self, run_id: str, moment: str) -> Evidence:
        """Restore and start; MedcloudError in one sentence when the backups do not give it."""
        words = [_unit(run_id), f"{HOME}/{run_id}", self._system, moment]
        text = self._run(f"python3 - {shlex.join(words)}", "restore", program("restore_database"))
        return dict(from_json(text, "restored copy"))

    def entries(self, run_id: str, until: str, after: str) -> Entries:
        """The ledger's records in the restored copy."""
        command = (
            f"runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -h {HOME}/{run_id} -p {PORT} "
            f"-d {DRILL_DATABASE}"
        )
        return parse_entries(self._run(command, "ask the restored copy", entries_sql(until, after)))

    def remove(self, run_id: str) -> None:
        """Stop the copy and delete its folder; nothing is left of it."""
        unit = _unit(run_id)
        command = (
            f"systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; rm -rf {HOME}/{run_id}; "
            f"! systemctl is-active -q {unit} && test ! -e {HOME}/{run_id}"
        )
        self._run(command, "remove the restored copy")

    def _run(self, command: str, what: str, input: str | None = None) -> str:
        done = self._shell.run(self._address, command, input=input, timeout=_TIMEOUT)
        if done.exit != 0:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise MedcloudError(f"{self._system}: {what}: {said[-1] if said else f'exit {done.exit}'}")
        return done.stdout


def _unit(run_id: str) -> str:
    return f"medcloud-restored-{run_id}.service"
