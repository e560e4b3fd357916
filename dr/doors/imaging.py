"""One picture archive: Orthanc's REST API, asked on the archive's own machine in a centre."""

from __future__ import annotations

import json
from collections.abc import Mapping

from dr.doors import Shell, from_json
from monitors.ssh import Completed

_PORT = 8042


class Archive:
    """The archive's machines by centre. The password goes to curl by stdin, never in a command."""

    def __init__(self, shell: Shell, addresses: Mapping[str, str], user: str, password: str) -> None:
        self._shell = shell
        self._addresses = dict(addresses)
        self._login = f'user = "{user}:{password}"\n'

    def answers(self, centre: str) -> bool:
        """True when the archive in that centre answers."""
        return "Version" in self._curl(centre, "/system").stdout

    def stored(self, centre: str) -> frozenset[str]:
        """SOP instance UIDs of every image the archive in that centre has."""
        return frozenset(self._identities(centre))

    def copy(self, source: str, uids: frozenset[str]) -> None:
        """Send these images from the archive in that centre to every archive it knows and wait until they have them."""
        known = self._identities(source)
        wanted = json.dumps([known[uid] for uid in sorted(uids)]).replace('"', '\\"')
        peers = self._curl(source, "/modalities").require(f"list the archives that {source} knows")
        for name in from_json(peers, "archives"):
            done = self._curl(source, f"/modalities/{name}/store", f'data = "{wanted}"\n')
            done.require(f"copy {len(uids)} images from {source} to {name}")

    def _identities(self, centre: str) -> dict[str, str]:
        """Orthanc's own identity of every image, by SOP instance UID."""
        text = self._curl(centre, "/instances?expand").require(f"list the images in {centre}")
        return parse_identities(text)

    def _curl(self, centre: str, path: str, more: str = "") -> Completed:
        address = self._addresses[centre]
        command = f"curl -sS -f -m 60 -K - 'http://{address}:{_PORT}{path}'"
        return self._shell.run(address, command, input=self._login + more, timeout=70)


def parse_identities(text: str) -> dict[str, str]:
    """SOP instance UID -> Orthanc identity from `/instances?expand`."""
    return {item["MainDicomTags"]["SOPInstanceUID"]: item["ID"] for item in from_json(text, "images")}
