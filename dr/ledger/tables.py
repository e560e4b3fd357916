"""The ledger's tables in the drill's own database, and `enter`, the one way into them; SQL for the leader.

No unique key on purpose: a doubled chain must be able to happen, or counting them would prove nothing. Every row says
itself who wrote it, in its own transaction: the server, its timeline and how far its log was.

`enter` is idempotent by its key all the same, as a hospital's interface has to be. An attempt whose client went away
may still wait for the standby, and until it ends nobody sees its row: who only looks writes it again (that doubled a
chain under random faults). So who tries again waits for that attempt's lock, which outlives its commit, and looks then.
A row that is there is confirmed by a commit of one's own: that waits for the standby, and with it all that came before.
"""

from __future__ import annotations

_WHERE = "('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int"


def sql(role: str) -> str:
    """What makes the tables and `enter` for that role; what is there stays."""
    return _TABLES + "".join(_OWN.format(table=table, role=role) for table in _NAMES) + _ENTER


def forget(run_id: str) -> str:
    """What deletes a run's rows and gives their room back to the tables."""
    quoted = "'" + run_id.replace("'", "''") + "'"
    gone = "".join(f"DELETE FROM {table} WHERE run = {quoted};\n" for table in _NAMES)
    return gone + f"VACUUM {', '.join(_NAMES)};\n"


_NAMES = ("entry", "message", "consumption")
RUNS = " UNION ".join(f"SELECT run FROM {table}" for table in _NAMES)
_TABLES = """
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS entry (run text NOT NULL, chain bigint NOT NULL, kind text NOT NULL, note text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS message (run text NOT NULL, n bigint NOT NULL, taken boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS consumption (run text NOT NULL, n bigint NOT NULL);
CREATE INDEX IF NOT EXISTS entry_chain ON entry (run, chain);
CREATE INDEX IF NOT EXISTS message_n ON message (run, n);
CREATE INDEX IF NOT EXISTS message_next ON message (run, n) WHERE NOT taken;
"""
_OWN = (
    """
ALTER TABLE {table} ADD COLUMN IF NOT EXISTS server inet, ADD COLUMN IF NOT EXISTS timeline int,
    ADD COLUMN IF NOT EXISTS lsn pg_lsn;
ALTER TABLE {table} ALTER COLUMN server SET DEFAULT inet_server_addr(),
    ALTER COLUMN timeline SET DEFAULT """
    + _WHERE
    + """,
    ALTER COLUMN lsn SET DEFAULT pg_current_wal_insert_lsn();
ALTER TABLE {table} OWNER TO {role};
"""
)
_ENTER = (
    """
CREATE OR REPLACE FUNCTION enter(in_run text, number bigint, what text,
    OUT present boolean, OUT server text, OUT timeline int, OUT lsn text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', in_run, number, what), 0));
    IF what = 'published' THEN
        present := EXISTS (SELECT FROM message WHERE run = in_run AND n = number);
    ELSE
        present := EXISTS (SELECT FROM entry WHERE run = in_run AND chain = number AND kind = what);
    END IF;
    IF present THEN
        PERFORM pg_logical_emit_message(true, 'ledger', 'confirm');
    ELSIF what = 'published' THEN
        INSERT INTO message (run, n) VALUES (in_run, number);
        PERFORM pg_notify('medcloud_ledger', number::text);
    ELSE
        INSERT INTO entry (run, chain, kind, note) VALUES (in_run, number, what, what || ' ' || number);
    END IF;
    server := host(inet_server_addr());
    timeline := """
    + _WHERE
    + """;
    lsn := pg_current_wal_insert_lsn();
END $$;
"""
)
