"""Copy the archive on this machine into a bubble and start it: `bubble_archive.py UNIT FOLDER`; JSON on stdout.

Orthanc keeps its index for itself, so the index's files are copied as they are until they did not change meanwhile and
the copy is sound. The images come after it: what the index names lies in a file already, and images are not deleted.
"""

from __future__ import annotations

import json
import pwd
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60
SETTINGS = Path("/etc/orthanc/orthanc.json")


def main(unit: str, folder: Path) -> None:
    if subprocess.run(["systemctl", "is-active", "-q", unit]).returncode != 0:
        subprocess.run(["systemctl", "reset-failed", unit], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
        for place in (folder.parent, folder):
            place.mkdir(parents=True, exist_ok=True, mode=0o711)
        (folder / "made_at").write_text(str(time.time()))
        began = time.monotonic()
        settings = json.loads(SETTINGS.read_text())
        copy(Path(settings["StorageDirectory"]), Path(settings["IndexDirectory"]), folder)
        (folder / "copied_in").write_text(str(time.monotonic() - began))
        start(unit, folder, settings)
    await_answer(unit)
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file())
    print(json.dumps({"bytes": size, "copied_in_seconds": round(float((folder / "copied_in").read_text()), 3)}))


def copy(storage: Path, index: Path, folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    end = time.monotonic() + PATIENCE
    while not copied_whole(index, data):
        if time.monotonic() > end:
            sys.exit(f"the index did not stand still for a moment within {PATIENCE} s")
        time.sleep(0.1)
    for part in sorted(storage.glob("[0-9a-f][0-9a-f]")):
        checked(["cp", "-a", "--reflink=auto", str(part), str(data)])


def copied_whole(index: Path, data: Path) -> bool:
    """Whether the copy of the index and its write-ahead log is one state and sound."""
    files = [index / "index", index / "index-wal"]
    before = [marks(file) for file in files]
    for file in files:
        (data / file.name).unlink(missing_ok=True)
        if file.exists():
            shutil.copyfile(file, data / file.name)
    if [marks(file) for file in files] != before:
        return False
    mine = sqlite3.connect(data / "index")
    try:
        return bool(mine.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False
    finally:
        mine.close()


def marks(file: Path) -> tuple[int, int]:
    return (file.stat().st_size, file.stat().st_mtime_ns) if file.exists() else (0, 0)


def start(unit: str, folder: Path, settings: dict[str, object]) -> None:
    """The same archive with no other archive in its list, so it has nobody to send to even if it could."""
    where = {"StorageDirectory": f"{folder}/data", "IndexDirectory": f"{folder}/data"}
    alone = {"Name": "bubble", "DicomModalities": {}, "OrthancPeers": {}}
    file = folder / "orthanc.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({**settings, **where, **alone}))
    owner = pwd.getpwnam("orthanc")
    checked(["chown", "-R", f"{owner.pw_uid}:{owner.pw_gid}", str(folder)])
    checked(
        ["systemd-run", "-q", f"--unit={unit}", "-p", "User=orthanc", "-p", "PrivateNetwork=yes",
         "-p", "RuntimeMaxSec=2h", "/usr/sbin/Orthanc", str(file)]
    )  # fmt: skip


def await_answer(unit: str) -> None:
    """It answers as soon as it asks for a password."""
    end = time.monotonic() + 60
    ask = "import urllib.request as r; r.urlopen('http://127.0.0.1:8042/system', timeout=2)"
    while True:
        pid = subprocess.run(
            ["systemctl", "show", "-P", "MainPID", unit], capture_output=True, text=True
        ).stdout.strip()
        said = subprocess.run(["nsenter", "-n", "-t", pid, "python3", "-c", ask], capture_output=True, text=True)
        if said.returncode == 0 or "401" in said.stderr:
            return
        if time.monotonic() > end:
            sys.exit("the copy did not answer within 60 s")
        time.sleep(0.2)


def checked(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words[0]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
