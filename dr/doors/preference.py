"""Whose copy of a database is synchronous: Patroni's tags on each member, changed beside the declared file.

The file that the role wrote is kept as `config.yml.declared` while a choice stands, and comes back byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable

from dr.doors import Shell
from dr.doors.database import Seat
from dr.doors.programs import program
from dr.together import together
from inventory.error import MedcloudError

_TIMEOUT = 30.0


class CopyPreference:
    """The members of one Patroni cluster."""

    def __init__(self, shell: Shell, scope: str, seats: tuple[Seat, ...]) -> None:
        self._shell = shell
        self._scope = scope
        self._seats = seats

    def choose(self, centre: str) -> None:
        """Let only the member in that centre be synchronous. MedcloudError when a member cannot be told."""
        if centre not in [seat.centre for seat in self._seats]:
            raise MedcloudError(f"{self._scope} has no member in {centre}")
        self._everywhere(lambda seat: "chosen" if seat.centre == centre else "other")

    def reset(self) -> None:
        """As declared again on every member."""
        self._everywhere(lambda seat: "declared")

    def chosen(self) -> str | None:
        """The centre that was chosen, None when everything is as declared."""
        for seat in self._seats:
            done = self._shell.run(seat.address, "cat /etc/patroni/config.yml.chosen 2>/dev/null", timeout=_TIMEOUT)
            if done.stdout.strip() == "chosen":
                return seat.centre
        return None

    def _everywhere(self, role_of: Callable[[Seat], str]) -> None:
        def tell(seat: Seat) -> None:
            command = f"python3 - {role_of(seat)} && systemctl reload patroni"
            done = self._shell.run(seat.address, command, input=program("retag"), timeout=_TIMEOUT)
            done.require(f"tell {seat.name} who is synchronous")

        together(tell, self._seats)
