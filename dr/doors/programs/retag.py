"""Tell this Patroni member whether it may be synchronous: `retag.py chosen|other|declared [folder]`.

The declared file is kept beside the changed one and comes back byte for byte.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def retag(role: str, folder: Path) -> None:
    path, declared, note = (folder / f"config.yml{end}" for end in ("", ".declared", ".chosen"))
    if role == "declared":
        if declared.exists():
            os.replace(declared, path)
        note.unlink(missing_ok=True)
        return
    if not declared.exists():
        write(declared, path.read_text(), path)
    write(path, changed(declared.read_text(), role), declared)
    write(note, role, declared)


def changed(text: str, role: str) -> str:
    """The configuration with other tags: `chosen` may lead and be synchronous, `other` is not synchronous."""
    found, inside = [], False
    for line in text.splitlines(keepends=True):
        if inside and line.startswith("  "):
            if role == "other" and "nosync" not in line:
                found.append(line)
            continue
        inside = line.rstrip() == "tags:"
        found.append(line)
        if inside:
            found.append("  nofailover: false\n" if role == "chosen" else "  nosync: true\n")
    return "".join(found)


def write(path: Path, text: str, like: Path) -> None:
    """Whole or not at all, with the owner of the other file: it holds passwords."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    os.chown(draft, like.stat().st_uid, like.stat().st_gid)
    os.replace(draft, path)


if __name__ == "__main__":
    retag(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else "/etc/patroni"))
