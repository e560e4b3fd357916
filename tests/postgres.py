"""A throw-away PostgreSQL server of its own: Debian's binaries, a Unix socket, an unprivileged user, nothing kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


def binaries() -> Path:
    """The folder of `initdb` and `pg_ctl`; FileNotFoundError when Debian's `postgresql-15` is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("no PostgreSQL in /usr/lib/postgresql: run `make packages`")
    return found[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running server; stopped and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="medcloud-postgres-"))
    who = _NOBODY if os.getuid() == 0 else os.getuid()  # it refuses to run as root
    os.chown(folder, who, -1)
    try:
        _run(who, "initdb", "-D", str(folder / "data"), "-U", "medcloud", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c shared_buffers=16MB -c max_connections=60"
        _run(who, "pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield f"postgresql://medcloud@/postgres?host={folder}"
        finally:
            _run(who, "pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _run(who: int, program: str, *arguments: str) -> None:
    command = [str(binaries() / program), *arguments]
    subprocess.run(command, check=True, user=who, cwd="/", stdout=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"})
