"""The image cache: layers named by a hash of what goes into them, published whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from inventory.error import MedcloudError

_LOWERS = re.compile(r"\boverlay\b.*?lowerdir=([^,\s]+)")
_KEPT, _GRACE = 3, 3600.0  # layers of a kind; seconds
_SOURCE = re.compile(r"\bsrc:\s*[\"']?([\w./-]+)")


@dataclass(frozen=True)
class Cache:
    """`<cache>/images`: finished layers are folders `<kind>-<hash>`, work in progress is `.<lab>-<kind>`."""

    folder: Path

    def path(self, key: str) -> Path:
        return self.folder / key

    def has(self, key: str) -> bool:
        return self.path(key).is_dir()

    def work(self, lab: str, kind: str) -> Path:
        """Where a lab builds a layer; what a killed build left there is worth nothing."""
        return self.folder / f".{lab}+{kind}"

    def clear_work(self, lab: str) -> None:
        """Remove what builds of that lab left."""
        for left in self.folder.glob(f".{lab}+*"):
            shutil.rmtree(left, ignore_errors=True)

    def ensure(self, lab: str, kind: str, digest: str, build: Callable[[Path], Path]) -> Path:
        """The layer, built when it is missing. `build` gets an empty folder and returns the finished one inside it."""
        final = self.path(f"{kind}-{digest}")
        if not final.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._building(final.name):
                if not final.is_dir():
                    work = self.work(lab, kind)
                    shutil.rmtree(work, ignore_errors=True)
                    work.mkdir()
                    build(work).rename(final)
                    shutil.rmtree(work, ignore_errors=True)
                    os.utime(final)
                    self.prune(kind, mounted_layers() | self.pinned())
        os.utime(final)
        return final

    def prune(self, kind: str, used: Container[str]) -> None:
        """Remove layers of a kind that nobody asked for in the last hour, but for the latest three and those in use.

        Within the hour another lab may be about to stand on them.
        """
        layers = sorted(self.folder.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in layers[_KEPT:]:
            if str(old) not in used and time.time() - old.stat().st_mtime > _GRACE:
                shutil.rmtree(old, ignore_errors=True)

    def pin(self, owner: Path, layers: Iterable[str]) -> None:
        """Keep those layers as long as `owner` (a lab's or save's folder) exists, machines running or not."""
        folder = self.folder / ".pins"
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{digest(str(owner))}"
        draft.write_text(json.dumps({"owner": str(owner), "layers": sorted(set(layers))}))
        draft.replace(folder / f"{digest(str(owner))}.json")

    def pinned(self) -> set[str]:
        """The layers that somebody keeps; pins whose owner is gone go too."""
        found: set[str] = set()
        for file in (self.folder / ".pins").glob("*.json"):
            raw = json.loads(file.read_text())
            if Path(raw["owner"]).exists():
                found.update(raw["layers"])
            else:
                file.unlink(missing_ok=True)
        return found

    @contextmanager
    def _building(self, name: str) -> Iterator[None]:
        """Two labs may want the same layer at once: one builds, the other waits."""
        with open(self.folder / f".{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def mounted_layers() -> set[str]:
    """The layers under every overlay of this host, in whatever mount namespace."""
    found: set[str] = set()
    for mounts in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            text = mounts.read_text()
        except OSError:  # the process ended meanwhile
            continue
        found.update(layer for lowers in _LOWERS.findall(text) for layer in lowers.split(":"))
    return found


def digest(*parts: str | bytes) -> str:
    """A short hash of the parts in their order."""
    total = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        total.update(str(len(raw)).encode() + b":" + raw)
    return total.hexdigest()[:16]


def playbook_digest(playbook: Path) -> str:
    """Hash of everything that installing by that playbook depends on.

    That is the playbook, and of each role it names the install tasks, the defaults and the files they copy. What a role
    only configures later does not count, so that working on it never costs a new image. MedcloudError when the playbook
    or one of its roles is missing.
    """
    files = [playbook, *(file for role in roles_of(playbook) for file in _install_files(role))]
    return digest(*(part for file in files for part in (file.name, file.read_bytes())))


def roles_of(playbook: Path) -> list[Path]:
    """The roles a playbook names, in order."""
    if not playbook.is_file():
        raise MedcloudError(f"{playbook.name} is missing", "the checkout is not whole")
    names = dict.fromkeys(_role_names(yaml.safe_load(playbook.read_text())))
    found = [playbook.parent / "roles" / name for name in names]
    for role in found:
        if not role.is_dir():
            raise MedcloudError(f"{playbook.name} names the role {role.name}, which is missing")
    return found


def _role_names(node: object) -> Iterator[str]:
    """Roles named under `roles:` (a name or a mapping) or by import_role and include_role, anywhere below `node`."""
    if isinstance(node, list):
        for item in node:
            yield from _role_names(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "roles":
                yield from (str(r.get("role", r.get("name"))) if isinstance(r, dict) else str(r) for r in value)
            elif str(key).removeprefix("ansible.builtin.") in ("import_role", "include_role"):
                yield from _looped(str(value["name"]), node)
            else:
                yield from _role_names(value)


def _looped(name: str, task: dict[str, object]) -> Iterable[str]:
    """The names of an include_role that loops over a list of roles, or the one name it has."""
    loop = task.get("loop")
    return map(str, loop) if "{{" in name and isinstance(loop, list) else [name]


def _install_files(role: Path) -> list[Path]:
    tasks = sorted(file for name in ("install", "slim") for file in role.glob(f"tasks/{name}*.yml"))
    sources = {name.rstrip("/") for file in tasks for name in _SOURCE.findall(file.read_text())}
    named = [role / place / name for name in sorted(sources) for place in ("files", "templates")]
    inside = [f for path in named for f in ([path] if path.is_file() else sorted(path.rglob("*"))) if f.is_file()]
    return [*tasks, *(f for f in sorted(role.glob("defaults/*.yml"))), *inside]
