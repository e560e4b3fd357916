"""Copy the standby on this machine into a bubble and start it: `bubble_database.py UNIT FOLDER`; JSON on stdout.

SECRET is the password of the replication role.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from pathlib import Path

SECRET = ""  # filled in on the way, so that it is in no file and in no command
BIN = "/usr/lib/postgresql/15/bin"


def main(unit: str, folder: Path) -> None:
    if not runs(unit):
        subprocess.run(["systemctl", "reset-failed", unit], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
        owner = pwd.getpwnam("postgres")
        for place in (folder.parent, folder):
            place.mkdir(parents=True, exist_ok=True, mode=0o711)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        (folder / "made_at").write_text(str(time.time()))
        began = time.monotonic()
        copy(folder, owner)
        (folder / "copied_in").write_text(str(time.monotonic() - began))
        start(unit, folder)
    await_writes(folder)
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
    print(json.dumps({"bytes": size, "copied_in_seconds": round(float((folder / "copied_in").read_text()), 3)}))


def runs(unit: str) -> bool:
    return subprocess.run(["systemctl", "is-active", "-q", unit]).returncode == 0


def copy(folder: Path, owner: pwd.struct_passwd) -> None:
    """From the server on this machine; a checkpoint at once, because the standby has no reason to spare itself."""
    login = folder / "login"
    with open(os.open(login, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"127.0.0.1:5432:*:replicator:{SECRET}\n")
    os.chown(login, owner.pw_uid, owner.pw_gid)
    try:
        checked(
            ["runuser", "-u", "postgres", "--", "env", f"PGPASSFILE={login}", f"{BIN}/pg_basebackup", "--no-password",
             "-h", "127.0.0.1", "-p", "5432", "-U", "replicator", "-D", f"{folder}/data", "-X", "stream", "-c", "fast"],
            cwd="/",
        )  # fmt: skip
    finally:
        login.unlink()
    for name in ("standby.signal", "recovery.signal"):
        (folder / "data" / name).unlink(missing_ok=True)


def start(unit: str, folder: Path) -> None:
    """On its own: no address, no synchronous copy to wait for, nothing archived."""
    settings = {
        "port": "5433", "listen_addresses": "", "unix_socket_directories": str(folder), "archive_mode": "off",
        "synchronous_standby_names": "", "shared_buffers": "16MB", "logging_collector": "off",
        "cluster_name": "bubble", "restore_command": "", "hba_file": f"{folder}/data/pg_hba.conf",
        "ident_file": f"{folder}/data/pg_ident.conf", "wal_keep_size": "0", "min_wal_size": "32MB",
        "max_wal_size": "64MB",
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    checked(
        ["systemd-run", "-q", f"--unit={unit}", "-p", "User=postgres", "-p", "PrivateNetwork=yes", "-p", "Type=notify",
         "-p", "KillSignal=SIGINT", "-p", "RuntimeMaxSec=2h", f"{BIN}/postgres", "-D", f"{folder}/data", *words]
    )  # fmt: skip


def await_writes(folder: Path) -> None:
    end = time.monotonic() + 60
    ask = ["runuser", "-u", "postgres", "--", "psql", "-XAtq", "-h", str(folder), "-p", "5433", "-d", "postgres",
           "-c", "select pg_is_in_recovery()"]  # fmt: skip
    while subprocess.run(ask, capture_output=True, text=True, cwd="/").stdout.strip() != "f":
        if time.monotonic() > end:
            sys.exit("the copy took no writes within 60 s")
        time.sleep(0.2)


def checked(words: list[str], cwd: str | None = None) -> None:
    done = subprocess.run(words, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        sys.exit(f"{words[0]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
