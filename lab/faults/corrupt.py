"""Flip bytes in one block of a file of a machine or a guest, as a bad disk does: nobody is told (数据块损坏)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, ClassVar

from inventory.error import bad_input
from lab import inside
from lab.fault import IndoorFault, number, option, required
from lab.scene import Scene


@dataclass(frozen=True)
class Corrupt(IndoorFault):
    """Healing puts the bytes back, unless somebody wrote that block anew meanwhile: then nothing of the fault is left.

    Readers that keep the block in memory see it only when they read the file again.
    """

    by_chance: ClassVar[bool] = False  # a storm cannot know which file

    path: str = required("The file's whole path in the machine.")
    block: int = number(0, 0, 1 << 40, "Number of the block.")
    block_size: int = number(8192, 512, 1 << 20, "Bytes in a block; PostgreSQL's are 8192.")
    flipped: int = number(16, 1, 512, "How many bytes in the middle of the block are inverted.")
    guest: str = option("", "The file lies in this guest: its server id, or the name it calls itself.")

    @property
    def part(self) -> str:
        return f"{self.guest}:{self.path}:{self.block}"

    def sentence(self, target: str) -> str:
        where = f"{self.guest} on {target}" if self.guest else target
        return f"block {self.block} of {self.path} in {where} is corrupt ({self.flipped} bytes)"

    @property
    def _offset(self) -> int:
        return self.block * self.block_size + (self.block_size - self.flipped) // 2

    def check(self, scene: Scene, target: str) -> None:
        with inside.root(scene.machine(target), self.guest) as root:
            try:
                whole = len(self._read(root)) == self.flipped
            except FileNotFoundError:
                raise bad_input(f"{target} has no file {self.path}") from None
        if not whole:
            raise bad_input(f"{self.path} in {target} has no whole block {self.block}", "give a smaller --block")

    def apply(self, scene: Scene, target: str) -> None:
        """The bytes are kept before they are flipped; half done or done already, it is finished or left."""
        kept = scene.keepsake("corrupt", target, self.part)
        with inside.root(scene.machine(target), self.guest) as root:
            if not kept.exists():  # `check` has just seen the file
                bytes_now = self._read(root)
                draft = kept.with_suffix(".new")
                draft.write_text(json.dumps({"was": bytes_now.hex(), "is": _inverted(bytes_now).hex()}))
                draft.replace(kept)
            self._turn(root, kept.read_text(), "was", "is")

    def heal(self, scene: Scene, target: str) -> None:
        kept = scene.keepsake("corrupt", target, self.part)
        if kept.exists():
            with inside.root(scene.machine(target), self.guest) as root:
                self._turn(root, kept.read_text(), "is", "was")
            kept.unlink()

    def _turn(self, root: int, kept: str, old: str, new: str) -> None:
        """Write the new bytes where the old ones are; anything else there is somebody's own."""
        words: dict[str, Any] = json.loads(kept)
        try:
            handle = inside.open_file(root, self.path, os.O_RDWR)
        except FileNotFoundError:  # the machine removed it
            return
        try:
            if os.pread(handle, self.flipped, self._offset).hex() == words[old]:
                os.pwrite(handle, bytes.fromhex(words[new]), self._offset)
                os.fsync(handle)
        finally:
            os.close(handle)

    def _read(self, root: int) -> bytes:
        handle = inside.open_file(root, self.path, os.O_RDONLY)
        try:
            return os.pread(handle, self.flipped, self._offset)
        finally:
            os.close(handle)


def _inverted(raw: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in raw)
