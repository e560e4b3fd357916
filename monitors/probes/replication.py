"""A PostgreSQL cluster over several centres: who leads, who follows, how far behind (Patroni and PostgreSQL tell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from inventory.placement import Instance
from monitors.reading import Section, Shell, Unread, attempt, json_of, read_sections

_SQL = (
    "select json_build_object("
    "'in_recovery', pg_is_in_recovery(),"
    "'lsn', case when pg_is_in_recovery() then pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')"
    " else pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') end,"
    "'timeline', case when pg_is_in_recovery() then coalesce((select received_tli from pg_stat_wal_receiver),"
    " (select timeline_id from pg_control_checkpoint()))"
    " else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end,"
    "'receiver', (select status from pg_stat_wal_receiver),"
    "'behind', extract(epoch from now() - pg_last_xact_replay_timestamp()),"
    "'caught_up', pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn(),"
    "'standbys', (select coalesce(json_agg(json_build_object('name', application_name, 'state', state,"
    " 'sync', sync_state)), '[]') from pg_stat_replication))"
)
COMMANDS = {
    # -k: a member's own certificate may be self-signed, and this is its own loopback
    "patroni": "curl -sk --max-time 3 http://127.0.0.1:8008/patroni || curl -sk --max-time 3 "
    "http://$(hostname -I | cut -d' ' -f1):8008/patroni",
    "sql": f'runuser -u postgres -- psql -XAtq -v ON_ERROR_STOP=1 -d postgres -c "{_SQL}"',
}


@dataclass(frozen=True)
class Member:
    """One member. `lag_bytes` and `lag_seconds` are behind the leader, None while no leader could be read.

    `role` is primary, replica (Patroni's words), `state` running or streaming …; `sync` is PostgreSQL's sync_state as
    the upstream member sees it (sync, quorum, async or empty); `lsn` is the position in bytes.
    """

    name: str
    centre: str
    role: str
    state: str
    timeline: int
    receiver: str
    sync: str
    lsn: int
    lag_bytes: int | None
    lag_seconds: float | None
    upstream_of: tuple[tuple[str, str], ...] = ()  # (member, sync_state) that stream from this one


@dataclass(frozen=True)
class Cluster:
    """A system's cluster: the members that answered, those that did not, and the leader's name or None."""

    system: str
    leader: str | None
    members: tuple[Member, ...]
    unread: tuple[Unread, ...]


def parse_member(name: str, centre: str, patroni: str, sql: str) -> Member:
    """One member from Patroni's `/patroni` and our query; ValueError when either is not what it should be."""
    rest, own = json_of(patroni, f"{name}: /patroni"), json_of(sql, f"{name}: psql")
    standbys = tuple((s["name"], s["sync"]) for s in own["standbys"])
    return Member(
        name=name,
        centre=centre,
        role="replica" if own["in_recovery"] else "primary",
        state=rest["state"],
        timeline=int(own["timeline"]),
        receiver=own["receiver"] or "",
        sync="",
        lsn=int(own["lsn"] or 0),
        lag_bytes=None,
        lag_seconds=_seconds(own),
        upstream_of=standbys,
    )


def cluster_of(system: str, members: Sequence[Member], unread: Sequence[Unread] = ()) -> Cluster:
    """The members put together: lag behind the leader and sync state as each upstream sees it.

    Two that claim to lead leave no leader: that is a split brain and nobody's lag means anything.
    """
    leaders = [member for member in members if member.role == "primary"]
    leader = leaders[0] if len(leaders) == 1 else None
    sync = {name: state for member in members for name, state in member.upstream_of}
    placed = tuple(_placed(member, leader, sync.get(member.name, "")) for member in members)
    return Cluster(system, leader.name if leader else None, placed, tuple(unread))


def read(shell: Shell, system: str, instances: Sequence[Instance]) -> Cluster:
    """All members at once, in parallel, so that their positions belong together."""
    with ThreadPoolExecutor(max_workers=max(len(instances), 1)) as pool:
        answers = list(pool.map(lambda i: attempt(i.name, lambda: _read_member(shell, i)), instances))
    members = [answer for answer in answers if isinstance(answer, Member)]
    return cluster_of(system, members, [answer for answer in answers if isinstance(answer, Unread)])


def _read_member(shell: Shell, instance: Instance) -> Member:
    found: Mapping[str, Section] = read_sections(shell, str(instance.address), COMMANDS, timeout=15)
    patroni = found["patroni"].require(f"{instance.name}: patroni")
    return parse_member(instance.name, instance.centre, patroni, found["sql"].require(f"{instance.name}: psql"))


def _seconds(own: Mapping[str, object]) -> float | None:
    """Seconds behind as the member itself knows: 0 when it streams and has replayed all it received."""
    if not own["in_recovery"]:
        return 0.0
    if own["receiver"] == "streaming" and own["caught_up"]:
        return 0.0
    behind = own["behind"]
    return round(float(behind), 3) if isinstance(behind, int | float) else None


def _placed(member: Member, leader: Member | None, sync: str) -> Member:
    if leader is None:
        return replace(member, sync=sync, lag_seconds=None)
    return replace(member, sync=sync, lag_bytes=max(0, leader.lsn - member.lsn))
