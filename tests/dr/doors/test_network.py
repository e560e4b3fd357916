"""The routers' door on answers taken from FRR 8.4."""

from __future__ import annotations

import pytest

from dr.doors.network import Routers, agreed, parse_fence, parse_heard, parse_neighbours, parse_route, weakest
from dr.world import Fence, Neighbour, Route, Tokens
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell

SUMMARY = (
    '{"routerId":"10.88.61.1","as":65061,"peers":{"172.20.0.2":{"hostname":"sp2","remoteAs":65001,"state":"Established"},'
    '"172.20.0.10":{"remoteAs":65002,"state":"Active"}}}'
)
BGP = (
    '{"prefix":"10.10.10.1/32","paths":[{"aspath":{"string":"65001 65002","length":2},"valid":true,"bestpath":'
    '{"bestpathFromAs":65001}},{"aspath":{"string":"65002","length":1},"bestpath":{"bestpathFromAs":65002,"overall":true}}]}'
)
RIB = (
    '{"10.10.10.1/32":[{"prefix":"10.10.10.1/32","protocol":"bgp","selected":true,"nexthops":'
    '[{"fib":true,"ip":"172.20.0.10","interfaceName":"mh-gd-tel","active":true}]}]}'
)
LIST = "AS path access list FENCED\n    permit _65001$\n"
TABLE = (
    "table inet fence_65001 {\n chain forward {\n  ip saddr 10.61.0.0/24 ip daddr 10.21.0.0/16 counter drop\n }\n}\n"
)


def test_sessions() -> None:
    assert parse_neighbours(SUMMARY) == (
        Neighbour("172.20.0.10", 65002, False),
        Neighbour("172.20.0.2", 65001, True),
    )


def test_the_best_route_and_who_originates_it() -> None:
    assert parse_route(f"{BGP}\n---\n{RIB}", "10.10.10.1") == Route(65002, ("mh-gd-tel",))


def test_no_route() -> None:
    assert parse_route("{}\n---\n{}", "10.10.10.1") is None


def test_a_route_of_our_own_has_no_origin() -> None:
    own = '{"paths":[{"aspath":{"string":"Local"},"bestpath":{"overall":true}}]}'
    assert parse_route(f"{own}\n---\n{{}}", "10.10.10.1") == Route(None, ())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"active\n---\n{LIST}---\n{TABLE}", Fence("gaodian", True, True, True)),
        (f"active\n---\n---\n{TABLE}", Fence("gaodian", True, False, True)),
        (f"inactive\n---\n{LIST.replace('65001', '65003')}---\n", Fence("gaodian", False, False, False)),
    ],
)
def test_a_fence_is_what_the_router_says(text: str, wanted: Fence) -> None:
    found = parse_fence("gaodian", 65001, text)
    assert found == wanted and found.complete == (wanted == Fence("gaodian", True, True, True))


def test_fencing_starts_the_unit_of_the_centres_as() -> None:
    shell = ScriptedShell({})
    Routers(shell, {"gaodian": ("10.88.2.1",)}, {"software-park-2": 65001}).fence("gaodian", "software-park-2")
    unit = "medcloud-fence@65001.service"
    command = f"systemctl enable --quiet --no-reload {unit} && systemctl start {unit}"
    assert shell.asked == [("10.88.2.1", command, "")]


def test_held_addresses_are_compared_whole() -> None:
    routers = Routers(ScriptedShell({"medcloud-service list": "10.10.10.11\n"}), {"gaodian": ("10.88.2.1",)}, {})
    assert routers.holds("gaodian", "10.10.10.11") and not routers.holds("gaodian", "10.10.10.1")


def test_a_failing_command_names_the_place_and_the_intent() -> None:
    routers = Routers(ScriptedShell({"hold": Completed(1, "", "fenced")}), {"gaodian": ("10.88.2.1",)}, {})
    with pytest.raises(MedcloudError, match=r"gaodian: hold 10\.10\.10\.1 with token 4: exit 1: fenced"):
        routers.hold("gaodian", "10.10.10.1", 4)


def test_tokens_are_what_the_router_says() -> None:
    shell = ScriptedShell({"medcloud-service tokens 10.10.10.1": '{"newest": 7, "held": 5}\n'})
    assert Routers(shell, {"gaodian": ("10.88.2.1",)}, {}).tokens("gaodian", "10.10.10.1") == Tokens(7, 5)


EDGES = {"main-hospital": ("10.88.61.1", "10.88.61.2")}


def test_a_fence_is_put_on_every_edge_of_a_campus() -> None:
    shell = ScriptedShell({})
    Routers(shell, EDGES, {"software-park-2": 65001}).fence("main-hospital", "software-park-2")
    assert sorted(host for host, _, _ in shell.asked) == ["10.88.61.1", "10.88.61.2"]


def test_a_campus_is_as_fenced_as_its_weakest_edge() -> None:
    whole, weak = (parse_fence("m", 65001, f"active\n---\n{paths}---\n{TABLE}") for paths in (LIST, ""))
    assert weakest([whole, whole]).complete and not weakest([whole, weak]).complete


def test_an_edge_that_does_not_answer_is_not_fenced_without_proof() -> None:
    routers = Routers(ScriptedShell({}, gone=("10.88.61.2",)), EDGES, {"software-park-2": 65001})
    with pytest.raises(MedcloudError, match=r"10\.88\.61\.2"):
        routers.fence_of("main-hospital", "software-park-2")


def test_a_campus_with_a_dead_edge_is_seen_by_the_other() -> None:
    shell = ScriptedShell({"summary": SUMMARY, "show bgp ipv4 unicast 1": f"{BGP}\n---\n{RIB}"}, gone=("10.88.61.2",))
    routers = Routers(shell, EDGES, {})
    assert routers.neighbours("main-hospital") == parse_neighbours(SUMMARY)
    assert routers.route("main-hospital", "10.10.10.1") == Route(65002, ("mh-gd-tel",))


def test_a_campus_none_of_whose_edges_answers_is_not_seen() -> None:
    with pytest.raises(MedcloudError, match="silent"):
        Routers(ScriptedShell({}, gone=EDGES["main-hospital"]), EDGES, {}).neighbours("main-hospital")


def test_edges_agree_on_a_route_when_it_leads_to_the_same_place() -> None:
    own, by_cable, elsewhere = Route(65002, ("line",)), Route(65002, ("edges-61",)), Route(65001, ("line",))
    assert agreed([own, by_cable]) == Route(65002, ("line", "edges-61"))
    assert agreed([own, elsewhere]) is None and agreed([own, None]) is None


GOOD = f"active\n---\n{LIST}---\n{TABLE}"
DEAD_EDGE, LIVE_EDGE, OTHER = "10.88.61.1", "10.88.61.2", "10.88.2.1"
OWN = {DEAD_EDGE: ("10.61.0.2", "172.21.0.1"), LIVE_EDGE: ("10.61.0.3", "172.21.0.2")}


def edges(arp: str, sessions: str = "{}", gone: tuple[str, ...] = (DEAD_EDGE,)) -> Routers:
    shell = ScriptedShell({"FENCED": GOOD, "summary": sessions, "arp": arp}, gone)
    return Routers(
        shell, {"campus": (DEAD_EDGE, LIVE_EDGE), "gaodian": (OTHER,), "lost": ("10.88.1.1",)}, {"lost": 65001}, OWN
    )


def test_an_edge_that_is_proved_dead_needs_no_fence() -> None:
    routers = edges("10.61.0.2 1 10.61.0.2 INCOMPLETE\n172.21.0.1 0 172.21.0.1 FAILED\n")
    routers.fence("campus", "lost")
    assert routers.fence_of("campus", "lost") == Fence("campus", True, True, True, (DEAD_EDGE,))


@pytest.mark.parametrize(
    ("arp", "sessions", "words"),
    [
        ("10.61.0.2 1 10.61.0.2 lladdr 02:00:00:00:00:01 REACHABLE\n172.21.0.1 0\n", "{}", "its neighbour hears it"),
        ("10.61.0.2 0 10.61.0.2 FAILED\n172.21.0.1 1\n", "{}", "nobody stands on a live wire"),
        ("", "{}", "nobody stands on a live wire"),
        (
            "10.61.0.2 1 10.61.0.2 FAILED\n",
            '{"peers":{"172.21.0.1":{"remoteAs":65061,"state":"Established"}}}',
            "has a session as",
        ),
    ],
)
def test_an_edge_that_may_still_route_is_no_fence(arp: str, sessions: str, words: str) -> None:
    with pytest.raises(MedcloudError, match=words):
        edges(arp, sessions).fence_of("campus", "lost")


def test_a_place_without_any_edge_that_answers_is_not_fenced() -> None:
    with pytest.raises(MedcloudError, match="silent"):
        edges("", gone=(DEAD_EDGE, LIVE_EDGE)).fence("campus", "lost")


def test_who_answers_on_a_wire() -> None:
    heard = "10.61.0.2 1 10.61.0.2 lladdr 02:00:00:00:00:01 STALE\n10.61.0.4 1 10.61.0.4 FAILED\n"
    nothing = "10.61.0.5 1\n172.21.0.1 0 172.21.0.1 INCOMPLETE\n"
    found = {"10.61.0.2": True, "10.61.0.4": False, "10.61.0.5": None, "172.21.0.1": None}
    assert parse_heard(heard + nothing) == found
