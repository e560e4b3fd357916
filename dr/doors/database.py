"""One PostgreSQL cluster: Patroni's REST API and patronictl, etcd's majority, psql; all through SSH to its members.

Cluster facts are asked of whichever member answers, surviving centres first; etcd reads are linearizable, so an answer
is the word of a majority and a member cut off from it answers nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from dr.doors import Shell, from_json
from dr.ledger import tables
from dr.world import Entries, Gate, Lease, Member, Rows
from inventory.error import MedcloudError
from monitors.ssh import Completed, Unreachable

DRILL_DATABASE = "medcloud_drill"
LEDGER_ROLE = "medcloud_ledger"
_PATRONICTL = "/usr/local/bin/patronictl -c /etc/patroni/config.yml"
_ETCDCTL = "ETCDCTL_API=3 etcdctl --endpoints=http://127.0.0.1:2379 --dial-timeout=2s --command-timeout=3s"
_PSQL = "runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1"
_SCRAM_ROUNDS = 4096
_HEDGE = 0.5  # seconds


@dataclass(frozen=True)
class Seat:
    """A member's name, address and centre, from the model."""

    name: str
    address: str
    centre: str


class PatroniCluster:
    """The cluster with that Patroni scope; `seats` in the order in which to ask them."""

    def __init__(self, shell: Shell, scope: str, seats: tuple[Seat, ...]) -> None:
        self._shell = shell
        self._scope = scope
        self._seats = seats
        self._order = list(seats)

    def member_of(self, centre: str) -> str:
        """The name of the member in that centre; MedcloudError when there is none."""
        for seat in self._seats:
            if seat.centre == centre:
                return seat.name
        raise MedcloudError(f"{self._scope} has no member in {centre}")

    def members(self) -> tuple[Member, ...]:
        """The members as Patroni lists them."""
        text = self._ask("curl -sf -m 3 http://{address}:8008/cluster", "read the cluster's members")
        return parse_members(text)

    def lease(self) -> Lease | None:
        """Who holds the leader key, by a majority of etcd; None when nobody does. MedcloudError without a majority."""
        base = f"{_ETCDCTL} get --consistency=l -w json /service/{self._scope}"
        what = "read the leader key from a majority of etcd"
        return parse_lease(self._quickest(f"{base}/leader && {base}/sync", what).stdout)

    def revoke(self, lease: Lease, candidate: str) -> None:
        """End the lease, so that its key is gone at once instead of after its time to live. Fence its holder first.

        The candidate is named before, as `patronictl failover` names it: else it asks every other member how far it
        is, and waits 2 s for the one that is lost (Patroni 4.1, `Ha.manual_failover_process_no_leader`).
        """
        named = f"""{_ETCDCTL} put /service/{self._scope}/failover '{{"member":"{candidate}"}}'"""
        command = f"{named} && {_ETCDCTL} lease revoke {lease.lease_id:x} 2>&1 | grep -E 'revoked|not found'"
        self._any(command, must="end the leader's lease")

    def writable(self, member: str) -> bool:
        """True when that member has left recovery and accepts writes."""
        sql = "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'"
        done = self._shell.run(self._address(member), f"{_PSQL} -d postgres", input=sql, timeout=5)
        return done.exit == 0 and done.stdout.strip() == "t"

    def ahead(self, member: str) -> int:
        """By how many bytes the copy's log is ahead of the leader's: more than none means that it has forked."""
        received = "SELECT pg_wal_lsn_diff(coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')"
        copy = self._shell.run(self._address(member), f"{_PSQL} -d postgres", input=received, timeout=10)
        there = int(copy.require(f"log position of {member}").strip() or 0)
        # The leader is asked last: it can only have grown meanwhile.
        return there - int(self._sql("postgres", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").strip())

    def gate(self, member: str) -> Gate:
        """Let the gate before that member look at the lease now; what it decided."""
        said = from_json(
            self._shell.run(self._address(member), "medcloud-lease-gate once", timeout=15).require(f"gate of {member}"),
            "gate",
        )
        return Gate(bool(said["open"]), int(said["token"]), str(said["why"]))

    def etcd(self, path: str, body: str) -> str:
        """The answer of a majority of etcd to that call of its HTTP gateway (`/v3/kv/...`), asked at any member."""
        command, what = f"curl -sf -m 4 -d @- http://127.0.0.1:2379{path}", "ask a majority of etcd"
        if path.endswith("/range"):
            return self._quickest(command, what, body).stdout
        return self._any(command, timeout=10, must=what, input=body).stdout

    def failover(self, candidate: str) -> None:
        """Ask Patroni to make the candidate leader when there is no healthy one."""
        self._any(f"{_PATRONICTL} failover --candidate {candidate} --force", timeout=60).require("patronictl failover")

    def switchover(self, leader: str, candidate: str) -> None:
        """Ask the leader to hand over to the candidate; nothing is lost. A checkpoint first keeps its stop short."""
        self._shell.run(self._address(leader), f"{_PSQL} -d postgres", input="CHECKPOINT", timeout=60)
        command = f"{_PATRONICTL} switchover --leader {leader} --candidate {candidate} --force"
        self._any(command, timeout=60).require("patronictl switchover")

    def stop(self, member: str) -> None:
        """Stop the member's Patroni and with it its PostgreSQL."""
        self._shell.run(self._address(member), "systemctl stop patroni", timeout=60).require(f"stop {member}")

    def start(self, member: str) -> None:
        """Start the member's Patroni; it decides by etcd what it is."""
        command = "systemctl start --no-block patroni"
        self._shell.run(self._address(member), command, timeout=20).require(f"start {member}")

    def reinitialise(self, member: str) -> None:
        """Throw the member's data away and copy the leader's."""
        command = f"{_PATRONICTL} reinit {self._scope} {member} --force"
        self._any(command, timeout=60).require(f"reinitialise {member}")

    def prepare_ledger(self, password: str) -> None:
        """Make the drill's own database, tables, role and way to enter rows on the leader; what is there stays."""
        self._sql("postgres", _ROLE_SQL.format(role=LEDGER_ROLE, database=DRILL_DATABASE, verifier=scram(password)))
        self._sql(DRILL_DATABASE, tables.sql(LEDGER_ROLE))

    def rows(self, run_id: str) -> Rows:
        """How many rows of each kind every chain of that run has on the leader, and how often each message is there
        (kinds `published` and `consumed`)."""
        sql = " UNION ALL ".join(
            f"SELECT {number}, {kind}, count(*) FROM {table} WHERE run = '{run_id}' GROUP BY 1, 2"
            for number, kind, table in (
                ("chain", "kind", "entry"),
                ("n", "'published'", "message"),
                ("n", "'consumed'", "consumption"),
            )
        )
        return parse_rows(self._sql(DRILL_DATABASE, sql))

    def written_runs(self) -> frozenset[str]:
        """The runs that have rows on the leader."""
        return frozenset(self._sql(DRILL_DATABASE, tables.RUNS).split())

    def forget_rows(self, run_id: str) -> None:
        """Delete that run's rows for good; their room is used again."""
        self._sql(DRILL_DATABASE, tables.forget(run_id))

    def busy(self) -> int:
        """How many clients' sessions on the leader are in a transaction right now (replication and psql are none)."""
        return int(self._sql("postgres", _BUSY_SQL).strip())

    def now(self) -> str:
        """The leader's clock, as PostgreSQL reads it again."""
        return self._sql("postgres", _NOW_SQL).strip()

    def begun_before(self, moment: str) -> int:
        """How many of the drill's transactions on the leader began until then and have not ended."""
        sql = (
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{DRILL_DATABASE}' AND pid <> pg_backend_pid() "
            f"AND xact_start <= '{moment}'"
        )
        return int(self._sql("postgres", sql).strip())

    def close_log(self) -> str:
        """Let the leader begin a new segment of its log, so that the last one is archived now; its name."""
        return self._sql("postgres", "SELECT pg_walfile_name(pg_switch_wal())").strip()

    def entries(self, until: str, after: str) -> Entries:
        """The ledger's records on the leader, of every run: those until then, and how many came after the other."""
        return parse_entries(self._sql(DRILL_DATABASE, entries_sql(until, after)))

    def _sql(self, database: str, sql: str) -> str:
        leader = next((m.name for m in self.members() if m.is_leader), None)
        if leader is None:
            raise MedcloudError(f"{self._scope} has no leader")
        done = self._shell.run(self._address(leader), f"{_PSQL} -d {database}", input=sql, timeout=60)
        return done.require(f"SQL on {leader}")

    def _address(self, member: str) -> str:
        return next(seat.address for seat in self._seats if seat.name == member)

    def _ask(self, command: str, what: str) -> str:
        return self._any(command, timeout=10, must=what).stdout

    def _quickest(self, command: str, what: str, input: str | None = None) -> Completed:
        """For what only looks: who does not answer within half a second is asked on, and the next one beside it. A
        member whose etcd hangs (it lost its leader, its machine is busy) must not cost its whole timeout."""
        order, pool = list(self._order), ThreadPoolExecutor(len(self._order))
        asked: dict[Future[Completed], Seat] = {}
        trouble = f"{self._scope}: no member can be reached"
        try:
            while order or asked:
                if order:
                    seat = order.pop(0)
                    asked[pool.submit(self._try, seat, command, what, input)] = seat
                answered = wait(asked, _HEDGE if order else None, return_when=FIRST_COMPLETED).done
                for future in answered:
                    seat = asked.pop(future)
                    try:
                        done = future.result()
                    except MedcloudError as error:
                        trouble = error.message
                        continue
                    self._order = [seat, *(other for other in self._order if other != seat)]
                    return done
            raise MedcloudError(trouble)
        finally:
            pool.shutdown(wait=False)

    def _try(self, seat: Seat, command: str, what: str, input: str | None) -> Completed:
        done = self._shell.run(seat.address, command, input, 10)
        if done.exit != 0:
            raise MedcloudError(f"{seat.name}: {what}: {(done.stderr or done.stdout).strip()[-300:]}")
        return done

    def _any(self, command: str, timeout: float = 15, must: str = "", input: str | None = None) -> Completed:
        """Run on the first member that can be reached (and succeeds, when it `must`); it is asked first next time."""
        trouble = f"{self._scope}: no member can be reached"
        for seat in tuple(self._order):
            try:
                done = self._shell.run(seat.address, command.replace("{address}", seat.address), input, timeout)
            except Unreachable as error:
                trouble = error.message
                continue
            if must and done.exit != 0:
                trouble = f"{seat.name}: {must}: {(done.stderr or done.stdout).strip()[-300:]}"
                continue
            self._order = [seat, *(other for other in self._order if other != seat)]
            return done
        raise MedcloudError(trouble)


def parse_members(text: str) -> tuple[Member, ...]:
    """Members from Patroni's `/cluster` answer; a lag that Patroni does not know is None."""
    found = []
    for item in from_json(text, "cluster").get("members", ()):
        lag = item.get("lag")
        found.append(
            Member(
                item["name"],
                item.get("host", ""),
                item["role"],
                item.get("state", "unknown"),
                item.get("timeline"),
                lag if isinstance(lag, int) else None,
            )
        )
    return tuple(found)


def parse_lease(text: str) -> Lease | None:
    """The leader key and the synchronous members from two `etcdctl get -w json` answers, one a line.

    A list of synchronous members that another leader has written is of no use: it is left out.
    """
    leader, sync = (from_json(line, "etcd").get("kvs") or [None] for line in text.strip().splitlines())
    if leader[0] is None:
        return None
    holder = base64.b64decode(leader[0]["value"]).decode()
    state = from_json(base64.b64decode(sync[0]["value"]).decode(), "sync key") if sync[0] else {}
    names = (state.get("sync_standby") or "").split(",") if state.get("leader") == holder else []
    return Lease(holder, int(leader[0].get("lease", 0)), tuple(name for name in names if name))


def parse_rows(text: str) -> Rows:
    """Counts from `chain|kind|count` lines."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for line in text.split():
        chain, kind, count = line.split("|")
        found[int(chain)][kind] = int(count)
    return dict(found)


def entries_sql(until: str, after: str) -> str:
    """Asks a copy or the leader for the same: count and digest of the records until then, and how many came after."""
    return _ENTRIES_SQL.format(until=until, after=after)


def parse_entries(text: str) -> Entries:
    """From one `rows|digest|later` line."""
    rows, digest, later = text.strip().split("|")
    return Entries(int(rows), digest, int(later))


def scram(password: str, salt: bytes | None = None) -> str:
    """PostgreSQL's SCRAM-SHA-256 verifier of a password (RFC 5803), so that no statement and no server log has it."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    coded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{coded[0]}${coded[1]}:{coded[2]}"


_NOW_SQL = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
_ENTRIES_SQL = """
SELECT count(*) FILTER (WHERE at <= '{until}'),
       coalesce(md5(string_agg(concat_ws(',', run, chain, kind, note, extract(epoch FROM at)), ';'
           ORDER BY at, run, chain, kind) FILTER (WHERE at <= '{until}')), ''),
       count(*) FILTER (WHERE at > '{after}')
  FROM entry;
"""
_BUSY_SQL = """
SELECT count(*) FROM pg_stat_activity
 WHERE backend_type = 'client backend' AND state <> 'idle' AND client_addr IS NOT NULL
   AND usename NOT IN ('postgres', 'replicator', 'rewind');
"""
# Not even the verifier of a password belongs into the server's log.
_ROLE_SQL = """
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
SELECT 'CREATE ROLE {role} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
ALTER ROLE {role} PASSWORD '{verifier}';
SELECT 'CREATE DATABASE {database} OWNER {role}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""
