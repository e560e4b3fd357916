"""What a lab remembers between commands: its faults, and the lock that lets one command at a time change it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from lab.fault import Record


@dataclass(frozen=True)
class LabFolder:
    """`<site state>/lab` and what lies where in it."""

    root: Path

    def machine(self, name: str) -> Path:
        return self.root / "machines" / name

    def line(self, name: str) -> Path:
        return self.root / "lines" / name

    @property
    def keepsakes(self) -> Path:
        """What faults keep to be healed with."""
        return self.root / "faults"

    @property
    def instance_image(self) -> Path:
        """The image that instances boot from: a site's own, with its content's name beside it as .id."""
        return self.root.parent / "images" / "instance.qcow2"

    def publish_instance_image(self, image: Path, content: str, prepare: Callable[[Path], None]) -> None:
        """Make that raw image of the cache the site's own: a copy that `prepare` makes into what `content` names.

        In qcow2, because of a raw image a cloud uploads, caches and copies the empty part too.
        """
        own, name = self.instance_image, self.instance_image.with_name("instance.id")
        if own.exists() and name.exists() and name.read_text() == f"{content}\n":
            return
        own.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        raw, draft, told = (own.with_name(f"instance.{kind}.new") for kind in ("raw", "qcow2", "id"))
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", "--", str(image), str(raw)], check=True)
        prepare(raw)
        subprocess.run(["qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", str(raw), str(draft)], check=True)
        raw.unlink()
        name.unlink(missing_ok=True)
        draft.replace(own)
        told.write_text(f"{content}\n")
        told.replace(name)

    def machine_names(self) -> list[str]:
        """Machines that have a disk, whether the model still knows them or not."""
        return sorted(p.name for p in (self.root / "machines").glob("*"))

    def line_names(self) -> list[str]:
        return sorted(p.name for p in (self.root / "lines").glob("*"))

    def faults(self) -> tuple[Record, ...]:
        """The faults made on purpose, oldest first."""
        try:
            raw = json.loads((self.root / "state.json").read_text())["faults"]
        except FileNotFoundError:
            return ()
        return tuple(Record(**item) for item in raw)

    def remember(self, faults: Iterable[Record]) -> None:
        """Written before a fault is made or healed: a killed command is then finished by the next `up` or `heal`."""
        draft = self.root / "state.new"
        draft.write_text(json.dumps({"faults": [asdict(record) for record in faults]}))
        draft.replace(self.root / "state.json")

    def bury(self) -> None:
        """Remove the whole folder; it is gone at once, or not at all."""
        grave = self.root.with_name("lab.gone")
        shutil.rmtree(grave, ignore_errors=True)
        self.root.rename(grave)
        shutil.rmtree(grave)

    @contextmanager
    def locked(self) -> Iterator[int]:
        """The lab's lock (a file descriptor that children may hold on to); waits for whoever has it."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.root.parent / "lab.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield handle
        finally:
            os.close(handle)
