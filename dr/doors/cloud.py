"""A centre's private cloud as drills need it: servers by name with their power, started and stopped."""

from __future__ import annotations

from collections.abc import Mapping

from dr.world import Power
from stacks.clouds import CloudAccess
from stacks.power import servers, switch


class CentreCloud:
    """Speaks to the cloud through `stacks`, the only room that may."""

    def __init__(self, access: CloudAccess) -> None:
        self._access = access

    def servers(self) -> Mapping[str, Power]:
        """All servers by name; MedcloudError when the cloud is silent."""
        return {name: Power(status, host_up) for name, status, host_up in servers(self._access)}

    def start(self, names: tuple[str, ...]) -> None:
        """Start those that are off."""
        switch(self._access, names, on=True)

    def stop(self, names: tuple[str, ...]) -> None:
        """Stop those that run."""
        switch(self._access, names, on=False)
