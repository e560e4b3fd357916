"""Saves of a provisioned lab: frozen disks that later ones stand on, so that neither saving nor restoring copies them.

A save and a restore are written down as an `Intent` before they begin; every step may be done twice, so whoever comes
next finishes what was interrupted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inventory.error import bad_input, refused
from lab.boot import BootSpec
from lab.disk import Disk
from lab.machine import LabMachine

DEEPEST = 16  # frozen disks below a machine's own
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_OWN = ("ssh", "images")  # of the site's state folder, what the lab itself keeps there


@dataclass(frozen=True)
class SavedMachine:
    """A machine of a save: `frozen` are its disks, newest first, names in the saves' folder; `lowers` image layers."""

    name: str
    address: str
    lowers: tuple[str, ...]
    frozen: tuple[str, ...]

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> SavedMachine:
        return cls(raw["name"], raw["address"], tuple(raw["lowers"]), tuple(raw["frozen"]))


@dataclass(frozen=True)
class Save:
    """A finished save. `made` is UTC in ISO 8601, `files` the names in the site's state folder that came along."""

    name: str
    made: str
    machines: tuple[SavedMachine, ...]
    files: tuple[str, ...]

    @property
    def lowers(self) -> set[str]:
        """The image layers it stands on."""
        return {layer for machine in self.machines for layer in machine.lowers}

    @classmethod
    def parse(cls, text: str) -> Save:
        raw = json.loads(text)
        return cls(raw["name"], raw["made"], tuple(map(SavedMachine.parse, raw["machines"])), tuple(raw["files"]))


@dataclass(frozen=True)
class Intent:
    """What is about to be done: `verb` is save or restore; `made` also names the disks that a save freezes."""

    verb: str
    name: str
    made: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Saves:
    """The saves of one site; `state` is its state folder. Callers hold the lab's lock for everything that writes."""

    state: Path

    @property
    def folder(self) -> Path:
        return self.state / "saves"

    @property
    def disks(self) -> Path:
        """Where frozen disks lie, whichever saves need them."""
        return self.folder / ".disks"

    def every(self) -> tuple[Save, ...]:
        """All finished saves, oldest first."""
        found = [Save.parse(file.read_text()) for file in self.folder.glob("[a-z0-9]*/save.json")]
        return tuple(sorted(found, key=lambda save: save.made))

    def find(self, name: str) -> Save:
        """The save of that name; bad input that names the others when there is none."""
        saves = {save.name: save for save in self.every()}
        if name not in saves:
            raise bad_input(f"there is no save {name!r}", f"there are: {', '.join(saves) or 'none'}")
        return saves[name]

    def used_mb(self, save: Save) -> int:
        """What its frozen disks take on the host; saves that stand on each other share them."""
        names = {name for machine in save.machines for name in machine.frozen}
        return sum(Disk(self.disks / name).used_mb for name in names)

    @property
    def intent(self) -> Intent | None:
        """What was begun and not finished."""
        try:
            raw = json.loads((self.folder / "intent.json").read_text())
        except FileNotFoundError:
            return None
        return Intent(**{**raw, "files": tuple(raw["files"])})

    def intend_save(self, name: str, files: Sequence[str]) -> None:
        """Write down that this save begins; refused when the name is taken."""
        if not _NAME.fullmatch(name):
            raise bad_input(f"{name!r} cannot be a save's name", "use at most 40 small letters, digits and hyphens")
        if any(save.name == name for save in self.every()):
            raise refused(f"there is a save {name!r} already", "take another name, or delete that one first")
        self._intend(Intent("save", name, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", (*_OWN, *files)))

    def intend_restore(self, name: str, machines: Sequence[LabMachine]) -> None:
        """Write down that this restore begins; refused when the save is of other machines or lost something."""
        save = self.find(name)
        intent = Intent("restore", name, save.made, save.files)
        self.check(intent, machines)
        self._intend(intent)

    def check(self, intent: Intent, machines: Sequence[LabMachine]) -> None:
        """Refuse what cannot be done (any more): the model may have changed, or somebody deleted files."""
        if intent.verb == "save":
            bare = [machine.name for machine in machines if not (machine.folder / "boot.json").exists()]
            if bare:
                raise refused(f"the save {intent.name!r} cannot be finished: {bare[0]} is new", "medcloud lab down")
            return
        save = self.find(intent.name)
        now = {machine.name: str(machine.machine.management.ip) for machine in machines}
        if now != {machine.name: machine.address for machine in save.machines}:
            raise refused(
                f"the save {save.name!r} is of other machines than the model has now", "use the model of then"
            )
        paths = [path for saved in save.machines for path in (*saved.lowers, *map(str, self._paths(saved)))]
        lost = [path for path in paths if not Path(path).exists()]
        if lost:
            raise refused(f"the save {save.name!r} stands on {lost[0]}, which is gone", "the save is lost: delete it")

    def abandon(self) -> None:
        """Forget what was begun."""
        (self.folder / "intent.json").unlink(missing_ok=True)

    def freeze(self, machine: LabMachine, intent: Intent) -> SavedMachine:
        """Freeze the disk of a machine that is off and give it a fresh one on top."""
        frozen = self.disks / f"{machine.name}-{intent.made.replace(':', '')}.img"
        spec = BootSpec.read(machine.folder / "boot.json")
        if not frozen.exists():
            with machine.disk.opened():
                pass  # mounted once: a journal that a killed machine left is replayed, the frozen disk needs none
            self.disks.mkdir(parents=True, exist_ok=True, mode=0o700)
            machine.disk.image.rename(frozen)
        if str(frozen) not in spec.frozen:
            spec = replace(spec, frozen=(str(frozen), *spec.frozen))
            spec.write(machine.folder / "boot.json")
        if not machine.disk.image.exists():
            machine.disk.make(machine.machine.disk_gb, lambda upper: None)
        address = str(machine.machine.management.ip)
        return SavedMachine(machine.name, address, spec.lowers, tuple(Path(path).name for path in spec.frozen))

    def publish(self, intent: Intent, machines: Sequence[SavedMachine]) -> Save:
        """Finish a save: from now on it can be restored."""
        save = Save(intent.name, intent.made, tuple(machines), intent.files)
        final, draft = self.folder / intent.name, self.folder / f".{intent.name}.new"
        if not final.exists():
            shutil.rmtree(draft, ignore_errors=True)
            (draft / "state").mkdir(parents=True, mode=0o700)
            for name in intent.files:
                _copy(self.state / name, draft / "state" / name)
            (draft / "save.json").write_text(json.dumps(asdict(save), indent=1))
            draft.rename(final)
        return save

    def put_back(self, machine: LabMachine, save: Save) -> None:
        """Give a machine that is off a fresh disk on the saved ones."""
        saved = next(item for item in save.machines if item.name == machine.name)
        machine.stand_on(saved.lowers, tuple(map(str, self._paths(saved))))

    def put_back_files(self, save: Save) -> None:
        """The site's state files as they were; what was not there then goes."""
        for name in save.files:
            source, target = self.folder / save.name / "state" / name, self.state / name
            draft = target.with_name(f".{target.name}.new")
            _remove(draft)
            _copy(source, draft)
            _remove(target)
            if draft.exists():
                draft.rename(target)

    def forget(self, name: str, used: Iterable[str]) -> None:
        """Delete a save; of its disks, those that neither another save nor a machine (`used`) stands on."""
        gone = self.folder / f".{self.find(name).name}.gone"
        shutil.rmtree(gone, ignore_errors=True)
        (self.folder / name).rename(gone)
        shutil.rmtree(gone)
        self.sweep(used)

    def sweep(self, used: Iterable[str]) -> None:
        """Delete frozen disks that nothing stands on (paths that machines use in `used`)."""
        needed = {name for save in self.every() for machine in save.machines for name in machine.frozen}
        needed |= {Path(path).name for path in used}
        for disk in self.disks.glob("*.img"):
            if disk.name not in needed:
                disk.unlink()

    def _paths(self, saved: SavedMachine) -> list[Path]:
        return [self.disks / name for name in saved.frozen]

    def _intend(self, intent: Intent) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / "intent.new"
        draft.write_text(json.dumps(asdict(intent)))
        draft.replace(self.folder / "intent.json")


def _copy(source: Path, target: Path) -> None:
    """A file or folder as it is, if it is. Images of a gigabyte are linked: they are replaced, never written to."""
    if source.is_dir():
        linked = source.name == "images"
        shutil.copytree(source, target, symlinks=True, copy_function=_link if linked else shutil.copy2)
    elif source.exists():
        shutil.copy2(source, target)


def _link(source: str, target: str) -> None:
    os.link(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
