"""One picture archive: Orthanc's REST API, asked on the archive's own machine in a centre."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dr.doors import Shell

_PORT = 8042


class Archive:
    """The archive's machines by centre. The password goes to curl by stdin, never in a command."""

    def __init__(self, shell: Shell, addresses: Mapping[str, str], user: str, password: str) -> None:
        self._shell = shell
        self._addresses = dict(addresses)
        self._login = f'user = "{user}:{password}"\n'

    def answers(self, centre: str) -> bool:
        """True when the archive in that centre answers."""
        return "Version" in self._get(centre, "/system")

    def stored(self, centre: str) -> frozenset[str]:
        """SOP instance UIDs of every image the archive in that centre has."""
        found = json.loads(self._get(centre, "/instances?expand") or "[]")
        return frozenset(item["MainDicomTags"]["SOPInstanceUID"] for item in found)

    def _get(self, centre: str, path: str) -> str:
        address = self._addresses[centre]
        command = f"curl -sf -m 20 -K - 'http://{address}:{_PORT}{path}'"
        return self._shell.run(address, command, input=self._login, timeout=30).stdout
