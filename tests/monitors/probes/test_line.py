"""Lines from FRR's own output."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from inventory.addresses import line_ends
from inventory.error import MedcloudError
from inventory.machines import machines
from monitors.probes import line


def test_bfd_as_captured(captured):
    peers = line.parse_bfd(captured("line-router.txt")["bfd"].text)
    assert len(peers) == 5
    session = peers[IPv4Address("172.20.0.1")]
    assert (session.status, session.diagnostic) == ("up", "ok")
    assert session.uptime > 0


def test_bgp_as_captured(captured):
    peers = line.parse_bgp(captured("line-router.txt")["bgp"].text)
    assert {bgp.state for bgp in peers.values()} == {"Established"}
    assert peers[IPv4Address("172.20.0.18")].received == 3


def test_bgp_without_any_neighbour():
    assert line.parse_bgp("{}") == {}


def test_a_declared_line_that_the_router_does_not_know_is_absent(xiamen):
    ends = line_ends(xiamen, "software-park-2")[:2]
    bfd = {ends[0].peer: line.Bfd("up", 12.0, "ok")}
    bgp = {ends[0].peer: line.Bgp("Established", 10.0, 4)}
    up, absent = line.line_states(ends, bfd, bgp)
    assert (up.link, up.carrier, up.up, up.uptime, up.received) == ("mh-sp2-telecom", "telecom", True, 10.0, 4)
    assert (absent.bfd, absent.bgp, absent.up, absent.uptime) == ("absent", "absent", False, 0.0)


def test_a_line_is_down_as_soon_as_bfd_is(xiamen):
    [end] = line_ends(xiamen, "software-park-2")[:1]
    down = {end.peer: line.Bfd("down", 0.0, "control detection time expired")}
    [state] = line.line_states((end,), down, {end.peer: line.Bgp("Established", 99.0, 4)})
    assert (state.up, state.uptime, state.diagnostic) == (False, 0.0, "control detection time expired")


def test_read_in_one_round_trip(xiamen, canned):
    router = next(m for m in machines(xiamen) if m.name == "software-park-2-router-1")
    shell = canned({"10.88.1.1": "line-router.txt"})
    states = line.read(shell, xiamen, router)
    assert len(shell.asked) == 1
    assert {state.place for state in states} == {"software-park-2"}
    assert [state.link for state in states] == [
        "mh-sp2-telecom", "mh-sp2-unicom", "sp2-gd-telecom", "sp2-gd-unicom", "sp2-fz-telecom", "sp2-fz-unicom",
        "sp2-sp3-telecom", "sp2-sp3-unicom", "tcm-sp2-telecom", "tcm-sp2-unicom",
    ]  # fmt: skip


def test_a_router_out_of_reach_is_an_error(xiamen, canned):
    router = next(m for m in machines(xiamen) if m.name == "gaodian-router-1")
    with pytest.raises(MedcloudError, match="timed out"):
        line.read(canned({}), xiamen, router)
