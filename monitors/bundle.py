"""A bundle of files as a folder or as a tar, read strictly: plain files with plain names, and no byte beside them.

A tar is accepted only byte for byte as `pack` writes it, so nothing can hide in headers, padding or order.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inventory.error import MedcloudError, bad_input

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")


class Wrong(StrEnum):
    """What is wrong with a part of a bundle."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"
    CUT_OFF = "cut-off"
    CONTRADICTS = "contradicts"  # unchanged, but it does not fit the rest


@dataclass(frozen=True)
class Flaw:
    """One thing wrong: where (a file, `file:line`), what, and how it was seen."""

    where: str
    what: Wrong
    detail: str


@dataclass(frozen=True)
class Bundle:
    """A bundle's files by name, and what was wrong with its wrapping.

    `name` is empty for a folder: anybody may rename one.
    """

    name: str
    files: Mapping[str, bytes]
    flaws: tuple[Flaw, ...] = ()

    def text(self, name: str) -> str | None:
        """A file as text, None when it is not there."""
        data = self.files.get(name)
        return None if data is None else data.decode("utf-8", errors="replace")


def proper(name: str) -> bool:
    """Whether a file may have that name in a bundle: every tool reads it the same way, and it cannot lead out."""
    return _NAME.fullmatch(name) is not None and len(name) <= 200


def read(path: Path) -> Bundle:
    """The bundle in that folder or tar. MedcloudError (bad input) when it is neither."""
    if path.is_dir():
        return _folder(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise bad_input(f"cannot read {path}: {error.strerror}", "name a bundle: a folder or a .tar") from None
    return _tar(path, data)


def pack(bundle: Bundle) -> bytes:
    """The one tar of these files: sorted, without times, owners or any other trace of the machine that packed it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(bundle.files):
            member = tarfile.TarInfo(f"{bundle.name}/{name}")
            member.size, member.mode, member.mtime = len(bundle.files[name]), 0o644, 0
            tar.addfile(member, io.BytesIO(bundle.files[name]))
    return out.getvalue()


def _folder(root: Path) -> Bundle:
    files, flaws = {}, []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                flaws.append(Flaw(name, Wrong.ADDED, "an empty folder"))
        elif path.is_symlink() or not path.is_file():
            flaws.append(Flaw(name, Wrong.ADDED, "not a plain file"))
        else:
            files[name] = path.read_bytes()
            flaws += _misnamed(name)
    return Bundle("", files, tuple(flaws))


def _tar(path: Path, data: bytes) -> Bundle:
    files: dict[str, bytes] = {}
    flaws: list[Flaw] = []
    roots = set()
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            for member in tar:
                root, _, name = member.name.partition("/")
                roots.add(root)
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    flaws.append(Flaw(member.name, Wrong.ADDED, "not a plain file"))
                    continue
                if name in files:
                    flaws.append(Flaw(name, Wrong.ADDED, "a second time in the tar"))
                files[name] = content.read()
                flaws += _misnamed(name)
    except (tarfile.TarError, EOFError, ValueError) as error:
        if not files:
            raise bad_input(f"{path}: neither a folder nor a tar: {error}", "name a bundle") from None
        flaws.append(Flaw(path.name, Wrong.CUT_OFF, f"the tar cannot be read to its end: {error}"))
    bundle = Bundle(min(roots, default=path.stem), files, tuple(flaws))
    return bundle if flaws else _as_packed(path, data, bundle)


def _as_packed(path: Path, data: bytes, bundle: Bundle) -> Bundle:
    ours = pack(bundle)
    if ours == data:
        return bundle
    at = next((n for n, (a, b) in enumerate(zip(ours, data, strict=False)) if a != b), min(len(ours), len(data)))
    detail = f"byte {at} of {len(data)} is not as packed (order, header, padding or length {len(ours)})"
    return Bundle(bundle.name, bundle.files, (Flaw(path.name, Wrong.CHANGED, detail),))


def _misnamed(name: str) -> list[Flaw]:
    return [] if proper(name) else [Flaw(name, Wrong.ADDED, "a name that no bundle has")]


def write(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all, readable by its owner; returns it. MedcloudError when it cannot be written."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(data)
        draft.chmod(0o600)
        return draft.replace(path)
    except OSError as error:
        raise MedcloudError(f"cannot write {path}: {error.strerror}") from None
