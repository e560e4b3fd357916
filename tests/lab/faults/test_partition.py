"""Two parted places do not reach each other by any way; both still reach the third."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from inventory.error import MedcloudError
from lab import damage
from lab.condition import Sieve
from lab.damage import Damage
from lab.fault import Aim
from lab.scene import Scene
from tests.lab.conftest import HERE, THERE, THIRD, Bench, eventually

PAIR = f"{HERE}/{THERE}"


def _frame(source: str, target: str) -> bytes:
    return bytes(12) + b"\x08\x00" + bytes(12) + ip_address(source).packed + ip_address(target).packed + bytes(20)


def test_direct_lines_swallow_and_borders_look_at_addresses(scene: Scene) -> None:
    broken = Damage().struck("partition", PAIR, {})
    for line in scene.wiring.lines:
        condition = broken.condition(scene, line)
        if set(line.places) == {HERE, THERE}:
            assert condition.swallow == (True, True)
            continue
        assert condition.swallow == (False, False)
        if line.inside or not {HERE, THERE} & set(line.places):
            assert condition.refusals == ()
            continue
        out = line.places.index(HERE if HERE in line.places else THERE)
        there = THERE if HERE in line.places else HERE
        foreign = next(net for net in scene.networks(there) if not net.endswith("/32"))
        stranger = str(ip_network(foreign)[9])
        assert Sieve(condition.refusals, out).refuses(_frame("192.0.2.1", stranger))
        assert Sieve(condition.refusals, 1 - out).refuses(_frame(stranger, "192.0.2.1"))
        assert not Sieve(condition.refusals, out).refuses(_frame("192.0.2.1", "192.0.2.2"))


def test_a_places_addresses_include_its_ends_of_lines(scene: Scene) -> None:
    ends = [i.address.ip for m in scene.wiring.machines for i in m.interfaces if m.place == HERE and i.address]
    own = [ip_network(net) for net in scene.networks(HERE)]
    assert all(any(end in net for net in own) for end in ends)
    others = [ip_network(net) for net in scene.networks(THERE)]
    assert not any(a.overlaps(b) for a in own for b in others)


def test_a_pair_is_two_known_places_in_any_order(scene: Scene) -> None:
    assert damage.target(scene.wiring, Aim.PAIR, f"{THERE}/{HERE}") == PAIR
    for wrong in (HERE, f"{HERE}/{HERE}", f"{HERE}/{THERE}/{THIRD}"):
        with pytest.raises(MedcloudError, match="not a pair"):
            damage.target(scene.wiring, Aim.PAIR, wrong)
    with pytest.raises(MedcloudError, match=f"did you mean '{THIRD}'"):
        damage.target(scene.wiring, Aim.PAIR, f"{HERE}/gaodiam")


@pytest.mark.lab
def test_no_way_round_by_the_third(bench: Bench) -> None:
    """The campus reaches the centre by the third place, and when it is parted, no longer."""
    near, far = bench.line(HERE, THIRD), bench.line(THIRD, THERE)
    edge, middle, router = bench.end(near, HERE), bench.end(near, THIRD), bench.end(far, THERE)
    assert middle == bench.end(far, THIRD)
    for machine, target, via in (
        (edge, bench.address(router, far), bench.address(middle, near)),
        (router, bench.address(edge, near), bench.address(middle, far)),
    ):
        bench.on(machine, "ip", "route", "replace", target, "via", via)
    bench.on(middle, "sysctl", "-q", "net.ipv4.ip_forward=1")

    def by_the_third() -> bool:
        return bench.pings(edge, bench.address(router, far))

    direct = bench.line(HERE, THERE)
    eventually(lambda: by_the_third() and bench.crosses(direct))
    bench.lab.strike("partition", f"{THERE}/{HERE}")
    assert not by_the_third()
    assert not bench.crosses(direct)
    assert bench.crosses(near) and bench.crosses(far)
    bench.lab.heal(PAIR)
    eventually(lambda: by_the_third() and bench.crosses(direct))
