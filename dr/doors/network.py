"""Routers and campus edges over SSH: service addresses and fences by the roles' commands, routes by vtysh's JSON.

A place may have several: what is ordered is ordered on all of them. What is only looked at (sessions, routes) is taken
from those that answer, for a place with a dead edge still works. A fence is one only when all have it, or when one that
does not answer is proved dead: no other router has a session with it, and where its neighbours at the place stand on a
live wire with it, it answers no ARP request, which no filter can hide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dr.doors import Shell, from_json
from dr.together import together
from dr.world import Fence, Neighbour, Route, Tokens
from inventory.error import MedcloudError
from monitors.ssh import Unreachable

_TRY = "switch it off at the campus, or take the blind promotion's written acceptance"
# Of each address that is on a wire of this machine: is the wire alive, and does anybody answer for the address?
_ARP = (
    'for a; do set -- $(ip -o route get $a); case "$*" in *" via "*) ;; *) '
    'd=$(ip -o route get $a | sed "s/.* dev //;s/ .*//"); ip neigh flush to $a dev $d; echo >/dev/udp/$a/9; '
    'on="$on $a/$d";; esac; done 2>/dev/null; sleep 1.5; for p in $on; do a=${p%/*}; d=${p#*/}; '
    "echo $a $(cat /sys/class/net/$d/carrier 2>/dev/null || echo 0) $(ip neigh show to $a dev $d); done"
)


class Routers:
    """All routers and edges of a site by the name of their place: management addresses, and the centres' AS numbers.
    `own` are each router's other addresses, by which its neighbours know it."""

    def __init__(
        self,
        shell: Shell,
        addresses: Mapping[str, tuple[str, ...]],
        numbers: Mapping[str, int],
        own: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._shell = shell
        self._addresses = dict(addresses)
        self._numbers = dict(numbers)
        self._own = dict(own)

    def routers(self) -> tuple[str, ...]:
        """The places that have a router."""
        return tuple(self._addresses)

    def hold(self, place: str, address: str, token: int = 0) -> None:
        """Make the place's router hold and announce the service address, also after a reboot; it refuses a token that
        is older than the newest it has seen."""
        self._run(place, f"medcloud-service hold {address} {token}", f"hold {address} with token {token}")

    def release(self, place: str, address: str) -> None:
        """Make the place's router give the service address up, also after a reboot."""
        self._run(place, f"medcloud-service release {address}", f"release {address}")

    def see(self, place: str, address: str, token: int) -> None:
        """Tell the place's router that token: what it holds with an older one it lets go of."""
        self._run(place, f"medcloud-service see {address} {token}", f"see token {token} of {address}")

    def tokens(self, place: str, address: str) -> Tokens:
        """The fencing tokens of the address that the place's router knows."""
        text = self._run(place, f"medcloud-service tokens {address}", f"tokens of {address}")[0]
        return Tokens(**from_json(text, "tokens"))

    def holds(self, place: str, address: str) -> bool:
        """True when the place's router has the service address right now."""
        return any(address in text.split() for text in self._run(place, "medcloud-service list", "list held addresses"))

    def fence(self, place: str, centre: str) -> None:
        """Make the place's router refuse the centre's service announcements and drop campus traffic to and from it;
        the centre's own router lets go of every service address instead. One of several that does not answer is left to
        `fence_of`, which asks for the proof that it is dead."""
        unit = f"medcloud-fence@{self._asn(centre)}.service"
        # Enabled for the next boot without the reload of all units that `--now` brings: it takes longer than the fence.
        command = f"systemctl enable --quiet --no-reload {unit} && systemctl start {unit}"
        self._attempts(place, command, f"fence {centre}")

    def lift(self, place: str, centre: str) -> None:
        """Take the fence away again."""
        self._run(place, f"systemctl disable --now medcloud-fence@{self._asn(centre)}.service", f"unfence {centre}")

    def fence_of(self, place: str, centre: str) -> Fence:
        """What the routers themselves say of their fence against that centre; it is as good as the weakest.

        MedcloudError when one does not answer and nothing proves that it is dead."""
        asn = self._asn(centre)
        command = (
            f"systemctl is-active medcloud-fence@{asn}.service; echo ---; "
            f"vtysh -c 'show bgp as-path-access-list FENCED' 2>/dev/null; echo ---; "
            f"nft list table inet fence_{asn} 2>/dev/null; true"
        )
        answers = self._attempts(place, command, "read the fence")
        dead = tuple(router for router, answer in answers.items() if answer is None)
        for router in dead:
            self._require_dead(place, router, [r for r in answers if r not in dead], centre)
        fence = weakest([parse_fence(place, asn, text) for text in answers.values() if text is not None])
        return replace(fence, dead=dead)

    def neighbours(self, place: str) -> tuple[Neighbour, ...]:
        """The BGP sessions of the place's routers."""
        texts = self._look(place, "vtysh -c 'show bgp ipv4 unicast summary json'", "read BGP sessions")
        return tuple(neighbour for text in texts for neighbour in parse_neighbours(text))

    def route(self, place: str, address: str) -> Route | None:
        """The best route to the address, or None as long as the place's routers do not agree where it leads."""
        command = (
            f"vtysh -c 'show bgp ipv4 unicast {address}/32 json'; echo; echo ---; "
            f"vtysh -c 'show ip route {address}/32 json'"
        )
        return agreed([parse_route(text, address) for text in self._look(place, command, "read the route")])

    def forget(self, place: str) -> None:
        """Drop the connections to the place's routers: they were taken away."""
        for router in self._addresses[place]:
            self._shell.forget(router)

    def _attempts(self, place: str, command: str, what: str) -> dict[str, str | None]:
        """What each router of the place says, None for one that cannot be reached. MedcloudError when none can be, or
        when one is reached and fails."""

        def attempt(router: str) -> str | Unreachable:
            try:
                return self._ask(place, router, command, what)
            except Unreachable as error:
                return error

        answers = dict(zip(self._routers(place), together(attempt, self._routers(place)), strict=True))
        lost = [answer for answer in answers.values() if isinstance(answer, Unreachable)]
        if len(lost) == len(answers):
            raise lost[0]
        return {router: None if isinstance(answer, Unreachable) else answer for router, answer in answers.items()}

    def _require_dead(self, place: str, router: str, witnesses: Sequence[str], lost: str) -> None:
        """Raises MedcloudError unless all who could hear that router are heard and hear nothing of it."""
        own = self._own.get(router, ())
        others = [other for other in self._addresses if other not in (place, lost)]
        known = together(self.neighbours, [place, *others])
        talking = sorted({n.address for found in known for n in found if n.established} & set(own))
        if talking:
            raise MedcloudError(f"{place} ({router}) does not answer us, but has a session as {talking[0]}", _TRY)
        command = f"bash -c '{_ARP}' arp {' '.join(own)}"
        texts = together(lambda witness: self._ask(place, witness, command, f"look for {router}"), witnesses)
        heard = [parse_heard(text) for text in texts]
        if any(True in states.values() for states in heard):
            raise MedcloudError(f"{place} ({router}) does not answer us, but its neighbour hears it", _TRY)
        if not any(False in states.values() for states in heard):
            raise MedcloudError(f"{place} ({router}) does not answer, and nobody stands on a live wire with it", _TRY)

    def _asn(self, centre: str) -> int:
        return self._numbers[centre]

    def _run(self, place: str, command: str, what: str) -> list[str]:
        """What every router of the place says; MedcloudError when one fails or does not answer."""
        return together(lambda router: self._ask(place, router, command, what), self._routers(place))

    def _look(self, place: str, command: str, what: str) -> list[str]:
        """What those routers of the place say that answer; MedcloudError when none does."""

        def attempt(router: str) -> str | MedcloudError:
            try:
                return self._ask(place, router, command, what)
            except MedcloudError as error:
                return error

        answers = together(attempt, self._routers(place))
        if all(isinstance(answer, MedcloudError) for answer in answers):
            raise next(answer for answer in answers if isinstance(answer, MedcloudError))
        return [answer for answer in answers if isinstance(answer, str)]

    def _ask(self, place: str, router: str, command: str, what: str) -> str:
        which = f"{place} ({router})" if len(self._addresses[place]) > 1 else place
        return self._shell.run(router, command, timeout=20).require(f"{which}: {what}")

    def _routers(self, place: str) -> tuple[str, ...]:
        if place not in self._addresses:
            raise MedcloudError(f"{place} has no router")
        return self._addresses[place]


def weakest(fences: Sequence[Fence]) -> Fence:
    """What all of a place's routers have of the fence."""
    return Fence(
        fences[0].place,
        active=all(fence.active for fence in fences),
        refuses_routes=all(fence.refuses_routes for fence in fences),
        drops_traffic=all(fence.drops_traffic for fence in fences),
    )


def parse_heard(text: str) -> dict[str, bool | None]:
    """Address → does it answer ARP on that wire? None where the wire is dead or nobody asked: that proves nothing."""
    found: dict[str, bool | None] = {}
    for line in text.splitlines():
        address, carrier, *entry = line.split()
        silent = bool(entry) and entry[-1] in ("INCOMPLETE", "FAILED") and carrier == "1"
        found[address] = True if "lladdr" in entry else False if silent else None
    return found


def agreed(routes: Sequence[Route | None]) -> Route | None:
    """The route that all of a place's routers take, by all their interfaces; None when one has none or another."""
    known = [route for route in routes if route is not None]
    if len(known) < len(routes) or len({route.origin_asn for route in known}) != 1:
        return None
    return Route(known[0].origin_asn, tuple(dict.fromkeys(name for route in known for name in route.interfaces)))


def parse_fence(place: str, asn: int, text: str) -> Fence:
    """A fence from the unit's state, the AS path list and the nftables table, separated by `---` lines."""
    unit, paths, table = (part.strip() for part in text.split("---\n"))
    return Fence(place, active=unit == "active", refuses_routes=f"_{asn}$" in paths, drops_traffic=" drop" in table)


def parse_neighbours(text: str) -> tuple[Neighbour, ...]:
    """BGP sessions from FRR's summary."""
    peers = from_json(text, "BGP summary").get("peers", {})
    return tuple(
        Neighbour(address, int(peer["remoteAs"]), peer.get("state") == "Established")
        for address, peer in sorted(peers.items())
    )


def parse_route(text: str, address: str) -> Route | None:
    """The best path's origin AS and the interfaces in use, from FRR's BGP and RIB views separated by a `---` line."""
    bgp, rib = (from_json(part, "route") for part in text.split("---\n"))
    best = next((p for p in bgp.get("paths", ()) if p.get("bestpath", {}).get("overall")), None)
    if best is None:
        return None
    numbers = best.get("aspath", {}).get("string", "").split()
    origin = int(numbers[-1]) if numbers and numbers[-1].isdigit() else None
    hops = [hop for entry in rib.get(f"{address}/32", ()) if entry.get("selected") for hop in entry.get("nexthops", ())]
    return Route(origin, tuple(hop["interfaceName"] for hop in hops if hop.get("active") and "interfaceName" in hop))
