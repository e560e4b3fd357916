"""Addresses must not overlap and lines must lead somewhere, on more than one path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network

from inventory import addresses
from inventory.checks.finding import Finding, Loc
from inventory.model import Link, Site

_SMALLEST_LAN = 27  # prefix length of an access network: the ward client is host 11
Range = tuple[IPv4Network, str, Loc | None]  # network, what it is, where it is declared (None: derived)


def find(site: Site) -> Iterator[Finding]:
    """Overlapping CIDRs, zones outside their centre's range, lines to oneself, shared conduits, unreached places."""
    yield from _overlaps(_ranges(site))
    yield from _zones(site)
    yield from _lans(site)
    yield from _links(site)
    yield from _diversity(site)
    yield from _idle_edges(site)


def _ranges(site: Site) -> list[Range]:
    found: list[Range] = [
        (addresses.LINES, "the range of the lines", None),
        (addresses.CABLES, "the range of the campuses' cables", None),
        (addresses.SERVICES, "the range of the services", None),
    ]
    for centre in site.centres:
        found.append((addresses.management(centre), f"the management network of {centre.name}", None))
        found.append((addresses.tunnel(centre), f"the tunnel network of {centre.name}", None))
        found.append((addresses.provider(centre), f"the provider network of {centre.name}", None))
    for number, campus in enumerate(site.campuses):
        found.append((addresses.management(campus), f"the management network of {campus.name}", None))
        found.append((campus.lan, f"the LAN of {campus.name}", ("campuses", number, "lan")))
    for number, zone in enumerate(site.zones):
        for centre_name, network in zone.networks.items():
            loc = ("zones", number, "networks", centre_name)
            found.append((network, f"zone {zone.name} at {centre_name}", loc))
    return found


def _overlaps(ranges: list[Range]) -> Iterator[Finding]:
    """CIDR blocks overlap only by one holding the other: sorted by start, each is compared with the open ones."""
    around: list[Range] = []
    for entry in sorted(ranges, key=lambda r: (int(r[0].network_address), r[0].prefixlen)):
        while around and not entry[0].subnet_of(around[-1][0]):
            around.pop()
        if around:
            yield from _overlap(around[-1], entry)
        around.append(entry)


def _overlap(outer: Range, inner: Range) -> Iterator[Finding]:
    here, other = (inner, outer) if inner[2] else (outer, inner)
    if here[2] is not None:  # two derived ranges can only clash by a doubled index, which is reported as such
        message = f"{here[0]} ({here[1]}) overlaps {other[0]} ({other[1]})"
        yield Finding(here[2], message, "give it a network of its own", see=other[2])


def _zones(site: Site) -> Iterator[Finding]:
    centres = {centre.name: centre for centre in site.centres}
    for number, zone in enumerate(site.zones):
        for name, network in zone.networks.items():
            if name in centres and not network.subnet_of(addresses.cloud(centres[name])):
                inside = addresses.cloud(centres[name])
                hint = f"choose one inside {inside}, such as {_like(inside, network)}"
                loc = ("zones", number, "networks", name)
                yield Finding(loc, f"{network} is outside {inside}, the range of {name}", hint)


def _like(inside: IPv4Network, network: IPv4Network) -> IPv4Network:
    """The same third and fourth octet inside the other range."""
    low = int(network.network_address) & int(inside.hostmask)
    return IPv4Network((int(inside.network_address) | low, max(network.prefixlen, 24)), strict=False)


def _lans(site: Site) -> Iterator[Finding]:
    for number, campus in enumerate(site.campuses):
        loc = ("campuses", number, "lan")
        spare = addresses.access_prefix(campus) - _SMALLEST_LAN
        if spare > 0:
            shared = f" with {campus.access_switches} access switches" if campus.access_switches > 1 else ""
            hint = f"use /{campus.lan.prefixlen - spare} or larger"
            yield Finding(loc, f"{campus.lan} is too small for a campus{shared}", hint)
        for centre in site.centres:
            if campus.lan.overlaps(addresses.cloud(centre)):
                message = f"{campus.lan} lies in {addresses.cloud(centre)}, the range of {centre.name}"
                yield Finding(loc, message, "choose one outside 10.21.0.0 to 10.80.255.255")


def _links(site: Site) -> Iterator[Finding]:
    ends = {end for link in site.links for end in (link.a, link.b)}
    for number, link in enumerate(site.links):
        if link.a == link.b:
            yield Finding(("links", number, "b"), f"the line leads from `{link.a}` to itself", "name the other end")
        guaranteed = sum(q.guaranteed_percent for q in link.qos)
        if guaranteed > 100:
            message = f"the classes are guaranteed {guaranteed} % of the line"
            yield Finding(("links", number, "qos"), message, "lower them to 100 % or less")
    if len(site.centres) + len(site.campuses) < 2:
        return
    places = [(("centres", number), centre.name) for number, centre in enumerate(site.centres)]
    places += [(("campuses", number), campus.name) for number, campus in enumerate(site.campuses)]
    for loc, name in places:
        if name not in ends:
            yield Finding(loc, f"no line reaches `{name}`", "declare two lines on two conduits", warning=True)


def _diversity(site: Site) -> Iterator[Finding]:
    """No single point of failure between two places (冗余线路): two lines, two conduits, two carriers."""
    pairs: dict[frozenset[str], list[tuple[int, Link]]] = defaultdict(list)
    for number, link in enumerate(site.links):
        pairs[frozenset((link.a, link.b))].append((number, link))
    for pair, lines in pairs.items():
        first, last = lines[0], lines[-1]
        between = " and ".join(sorted(pair))
        if len(lines) == 1:
            hint = "add one of another carrier on another conduit"
            yield Finding(("links", first[0]), f"the only line between {between}", hint, warning=True)
        elif len({line.path for _, line in lines}) == 1:
            message = f"all lines between {between} share the path `{last[1].path}` and fail together"
            loc = ("links", last[0], "path")
            yield Finding(loc, message, "route one on another conduit", ("links", first[0], "path"), warning=True)
        elif len({line.carrier for _, line in lines}) == 1:
            message = f"all lines between {between} are of the carrier `{last[1].carrier}`"
            loc = ("links", last[0], "carrier")
            yield Finding(loc, message, "rent one from another", ("links", first[0], "carrier"), warning=True)


def _idle_edges(site: Site) -> Iterator[Finding]:
    """An edge without a line carries nothing when the other is lost."""
    known = {carrier.name for carrier in site.carriers}
    for number, campus in enumerate(site.campuses):
        lines = [line for line in site.links if campus.name in (line.a, line.b) and line.carrier in known]
        used = {addresses.edge_of(site, campus, line) for line in lines}
        if lines and len(used) < campus.edges:
            message = f"{campus.edges} edges but {len(used)} carrier: an edge of {campus.name} has no line"
            hint = "rent lines from another carrier too"
            yield Finding(("campuses", number, "edges"), message, hint, warning=True)
