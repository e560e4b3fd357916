"""Samples of a database's protection: on each member that has copies, a unit of its own asks twice a second."""

from __future__ import annotations

import json

from dr.doors import Shell
from dr.doors.database import Seat
from dr.together import together
from dr.world import Copy, Sample
from inventory.error import MedcloudError

_HOME = "/var/lib/medcloud/watch"


class ProtectionWatch:
    """The members of one cluster in the centres that have copies streaming from them."""

    def __init__(self, shell: Shell, scope: str, seats: tuple[Seat, ...]) -> None:
        self._shell = shell
        self._scope = scope
        self._seats = seats

    def start(self, run_id: str) -> None:
        """Start the samplers; one of the same run that is at work stays."""
        unit, file = _unit(run_id), f"{_HOME}/{run_id}.jsonl"

        def begin(seat: Seat) -> None:
            command = (
                f"set -e; systemctl is-active -q {unit} && exit 0; install -d -m 0700 -o postgres -g postgres {_HOME}; "
                f"cat > {_HOME}/{run_id}.sql; chown postgres: {_HOME}/{run_id}.sql; "
                f"systemctl reset-failed {unit} 2>/dev/null || true; "
                f"systemd-run -q --unit={unit} -p User=postgres -p UMask=0077 -p Restart=on-failure -p RestartSec=1 "
                f"-p RuntimeMaxSec=6h /bin/sh -c 'exec psql -X -q -A -t -d postgres -f {_HOME}/{run_id}.sql >> {file}'"
            )
            self._run(seat, command, "sample its copies", _SQL)

        together(begin, self._seats)

    def stop(self, run_id: str) -> None:
        """Stop the samplers and remove what they wrote."""
        unit = _unit(run_id)
        command = (
            f"systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; "
            f"rm -f {_HOME}/{run_id}.sql {_HOME}/{run_id}.jsonl; ! systemctl is-active -q {unit}"
        )
        together(lambda seat: self._run(seat, command, "stop sampling"), self._seats)

    def samples(self, run_id: str) -> tuple[Sample, ...]:
        """All samples so far. A member without any copy has none."""
        command = f"cat {_HOME}/{run_id}.jsonl 2>/dev/null || true"
        texts = together(lambda seat: (seat.name, self._run(seat, command, "read the samples")), self._seats)
        return tuple(sample for name, text in texts for sample in parse_samples(name, text))

    def _run(self, seat: Seat, command: str, what: str, input: str | None = None) -> str:
        return self._shell.run(seat.address, command, input=input, timeout=30).require(f"{seat.name}: {what}")


def parse_samples(member: str, text: str) -> tuple[Sample, ...]:
    """Samples from JSON lines; an incomplete last line is left out, and so is a member that nobody copies from."""
    found = []
    for line in text[: text.rfind("\n") + 1].splitlines():
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            copies = tuple(
                Copy(c["name"], c["state"], c["sync"] or "", int(c["lag_bytes"] or 0)) for c in raw["copies"] or ()
            )
            found.append(Sample(member, float(raw["at"]), bool(raw["leads"]), copies))
        except (ValueError, KeyError, TypeError) as error:
            raise MedcloudError(f"{member}: not a sample: {line[:120]}: {error}") from None
    return tuple(found) if any(sample.leads or sample.copies for sample in found) else ()


def _unit(run_id: str) -> str:
    return f"medcloud-watch-{run_id}.service"


# pg_basebackup is another walsender and no copy.
_SQL = """
SELECT json_build_object(
  'at', extract(epoch FROM clock_timestamp()),
  'leads', NOT pg_is_in_recovery(),
  'copies', (SELECT json_agg(json_build_object(
      'name', application_name, 'state', state, 'sync', sync_state,
      'lag_bytes', pg_wal_lsn_diff(
          CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, flush_lsn)))
    FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'))
\\watch 0.5
"""
