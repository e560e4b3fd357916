"""SSH keys of a lab: the operator's, one host key per machine, and the known_hosts file that ties them to addresses."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from inventory.machines import Machine


@dataclass(frozen=True)
class Keys:
    """The site's `ssh` folder. Keys are made once and kept over `down`."""

    folder: Path

    @property
    def operator(self) -> Path:
        """Private key of the operators; the public one lies beside it as .pub."""
        return make_key(self.folder / "id_ed25519", "medcloud-operator")

    @property
    def operator_public(self) -> str:
        return self.operator.with_name("id_ed25519.pub").read_text().strip()

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def host_key(self, machine: str) -> Path:
        """Private host key of a machine."""
        return make_key(self.folder / "hosts" / machine, machine)

    def trust(self, machines: tuple[Machine, ...]) -> None:
        """Write the machines' keys to known_hosts; lines of other hosts stay, for others learn those."""
        names = {name for m in machines for name in (m.name, str(m.management.ip))}
        kept = [line for line in self._lines() if not names & set(line.split()[0].split(","))]
        ours = [f"{m.management.ip},{m.name} {_public(self.host_key(m.name))}" for m in machines]
        self._write([*ours, *kept])

    def forget_others(self, machines: tuple[Machine, ...]) -> None:
        """Drop the lines of everything but the machines: instances die with the lab and come back with new keys."""
        names = {str(m.management.ip) for m in machines}
        self._write([line for line in self._lines() if names & set(line.split()[0].split(","))])

    def _lines(self) -> list[str]:
        return [line for line in self.known_hosts.read_text().splitlines() if line] if self.known_hosts.exists() else []

    def _write(self, lines: list[str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.known_hosts.with_suffix(".new")
        draft.write_text("".join(f"{line}\n" for line in lines))
        draft.replace(self.known_hosts)


def make_key(path: Path, comment: str) -> Path:
    """An ed25519 key without passphrase at `path`, made when it is missing."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(draft)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
        draft.with_name(f"{draft.name}.pub").replace(path.with_name(f"{path.name}.pub"))
        draft.replace(path)
    return path


def _public(private: Path) -> str:
    """Type and key, without the comment."""
    return " ".join(private.with_name(f"{private.name}.pub").read_text().split()[:2])
