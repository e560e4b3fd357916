"""The ward's workstation: the ledger writer runs there as a transient systemd unit and outlives whoever started it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from dr.doors import Shell
from dr.ledger.package import zipped
from inventory.error import MedcloudError

_HOME = "/var/lib/medcloud/ledger"


class Ward:
    """The workstation at that address."""

    def __init__(self, shell: Shell, address: str) -> None:
        self._shell = shell
        self._address = address

    def start(self, run_id: str, config: Mapping[str, Any]) -> None:
        """Deliver the program and its configuration (it holds a password: file mode 0600, sent by stdin) and start it.
        A writer of the same run that is already at work stays."""
        folder = f"{_HOME}/{run_id}"
        self._put(f"{folder}/ledger.pyz", base64.b64encode(zipped()).decode(), "base64 -d")
        self._put(f"{folder}/config.json", json.dumps(dict(config) | {"folder": folder}), "cat")
        unit = _unit(run_id)
        self._run(
            f"systemctl is-active --quiet {unit} || {{ systemctl reset-failed {unit} 2>/dev/null; "
            f"systemd-run --quiet --unit={unit} -p Restart=on-failure -p RestartSec=1 -p RuntimeMaxSec=6h "
            f"/usr/bin/python3 {folder}/ledger.pyz {folder}/config.json; }}",
            "start the ledger",
        )

    def running(self, run_id: str) -> bool:
        """True while the writer is at work."""
        return self._shell.run(self._address, f"systemctl is-active --quiet {_unit(run_id)}").exit == 0

    def stop(self, run_id: str) -> None:
        """Stop the writer and forget its password; the ledger stays."""
        unit = _unit(run_id)
        self._run(
            f"systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; "
            f"rm -f {_HOME}/{run_id}/config.json; ! systemctl is-active --quiet {unit}",
            "stop the ledger",
        )

    def ledger(self, run_id: str) -> str:
        """The ledger as written so far (JSON lines; the last may be incomplete)."""
        return self._run(f"cat {_HOME}/{run_id}/ledger.jsonl 2>/dev/null || true", "read the ledger")

    def _put(self, path: str, text: str, decode: str) -> None:
        folder = path.rsplit("/", 1)[0]
        self._run(
            f"umask 077 && mkdir -p {folder} && {decode} > {path}.new && mv {path}.new {path}", f"write {path}", text
        )

    def _run(self, command: str, what: str, input: str | None = None) -> str:
        done = self._shell.run(self._address, command, input=input, timeout=60)
        if done.exit != 0:
            raise MedcloudError(f"ward workstation: {what}: exit {done.exit}: {done.stderr.strip()[-300:]}")
        return done.stdout


def _unit(run_id: str) -> str:
    return f"medcloud-ledger-{run_id}.service"
