"""Restore a database to a moment on its repository and start it alone: `restore_database.py UNIT FOLDER SYSTEM MOMENT`.

Runs on the repository as root; the copy has a folder, a port and a network of its own and belongs to postgres, like the
repository. One that runs already stays. JSON on stdout; on failure one sentence on stderr.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

BIN = "/usr/lib/postgresql/15/bin"
OWNER = ["runuser", "-u", "postgres", "--"]
PATIENCE = 3600.0  # seconds until the log has been replayed
PORT = "5433"
STATE = (
    "select json_build_object('timeline', (select timeline_id from pg_control_checkpoint()), 'log_position', "
    "pg_last_wal_replay_lsn(), 'last_commit', pg_last_xact_replay_timestamp())"
)


def main(unit: str, folder: Path, system: str, moment: str) -> None:
    if not runs(unit):
        subprocess.run(["systemctl", "reset-failed", unit], capture_output=True)
        shutil.rmtree(folder / "data", ignore_errors=True)
        prepare(folder)
        began = time.monotonic()
        label = restore(folder, system, moment)
        restored = time.monotonic() - began
        start(unit, folder)
        await_open(unit, folder)
        kept = {"backup": label, "restored_in_seconds": round(restored, 3)}
        kept["replayed_in_seconds"] = round(time.monotonic() - began - restored, 3)
        kept["bytes"] = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
        (folder / "made.json").write_text(json.dumps(kept | json.loads(ask(folder, STATE).stdout)))
    await_open(unit, folder)
    print((folder / "made.json").read_text())


def runs(unit: str) -> bool:
    return subprocess.run(["systemctl", "is-active", "-q", unit]).returncode == 0


def prepare(folder: Path) -> None:
    owner = pwd.getpwnam("postgres")
    for place, mode in ((folder.parent, 0o711), (folder, 0o711), (folder / "data", 0o700)):
        place.mkdir(parents=True, exist_ok=True, mode=mode)
    for place in (folder, folder / "data"):
        os.chown(place, owner.pw_uid, owner.pw_gid)


def restore(folder: Path, system: str, moment: str) -> str:
    """The label of the backup that was taken; everything of it is read and compared with its checksums."""
    done = subprocess.run(
        [*OWNER, "pgbackrest", "--config=/etc/pgbackrest/restore.conf", f"--stanza={system}",
         "--log-level-console=info", f"--pg1-path={folder}/data", "--type=time", f"--target={moment}",
         "--target-action=promote", "--archive-mode=off", "restore"],
        capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    found = re.search(r"restore backup set (\S+?),", done.stdout)
    if done.returncode != 0 or not found:
        source = f" from {found[1]}" if found else ""
        sys.exit(f"{system} cannot be restored{source}: {reason(done.stdout + done.stderr)}")
    return found[1]


def reason(said: str) -> str:
    """The error in one line, without what is only how often it was tried."""
    lines = [line.strip() for line in said.splitlines()]
    at = next((number for number, line in enumerate(lines) if "ERROR" in line), len(lines) - 1)
    words = [line for line in lines[at : at + 3] if "on retry" not in line]
    return re.sub(r"^.*ERROR: ", "", " ".join(words))[:400] or "pgBackRest said nothing"


def start(unit: str, folder: Path) -> None:
    """No address, nobody to copy from or to wait for, nothing archived; closed to all until the moment is reached."""
    settings = {
        "port": PORT, "listen_addresses": "", "unix_socket_directories": str(folder), "archive_mode": "off",
        "synchronous_standby_names": "", "primary_conninfo": "", "primary_slot_name": "", "hot_standby": "off",
        "shared_buffers": "16MB", "logging_collector": "off", "cluster_name": "restored", "ssl": "off",
        "hba_file": f"{folder}/data/pg_hba.conf", "ident_file": f"{folder}/data/pg_ident.conf",
    }  # fmt: skip
    (folder / "data/pg_hba.conf").write_text("local all postgres peer\n")
    (folder / "data/pg_ident.conf").write_text("")
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    done = subprocess.run(
        ["systemd-run", "-q", f"--unit={unit}", "-p", "User=postgres", "-p", "PrivateNetwork=yes", "-p", "Nice=10",
         "-p", "KillSignal=SIGINT", "-p", "RuntimeMaxSec=12h", "-p", f"StandardError=append:{folder}/log",
         f"{BIN}/postgres", "-D", f"{folder}/data", *words],
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        sys.exit(f"systemd-run: {done.stderr.strip()[-300:]}")


def await_open(unit: str, folder: Path) -> None:
    end = time.monotonic() + PATIENCE
    while ask(folder, "select pg_is_in_recovery()").stdout.strip() != "f":
        if not runs(unit):
            sys.exit(f"the restored copy did not start: {last_words(folder)}")
        if time.monotonic() > end:
            sys.exit(f"the moment was not reached within {PATIENCE:g} s")
        time.sleep(0.2)


def last_words(folder: Path) -> str:
    """Why it ended: what the log archive could not give, else PostgreSQL's own last word."""
    lines = (folder / "log").read_text(errors="replace").splitlines() if (folder / "log").exists() else []
    fatal = next((line.split("FATAL:")[1].strip() for line in reversed(lines) if "FATAL:" in line), "it said nothing")
    damage = next((f" ({line.strip()})" for line in lines if "repo1:" in line and "Error]" in line), "")
    return fatal + damage


def ask(folder: Path, sql: str) -> subprocess.CompletedProcess[str]:
    words = [*OWNER, "psql", "-XAtq", "-h", str(folder), "-p", PORT, "-d", "postgres", "-c", sql]
    return subprocess.run(words, capture_output=True, text=True, cwd="/")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4])
