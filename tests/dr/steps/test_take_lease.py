from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dr import approval
from dr.steps import take_lease as step
from dr.world import Grant, Tokens
from inventory.error import MedcloudError
from inventory.model import Site
from monitors import signature
from tests.dr.approving import Asked
from tests.dr.fakes import CAMPUS, HIS, PACS, PRODUCTION, SAME_CITY, FakeLeases, Scene

PARAMS = step.Params(system=HIS, source=PRODUCTION, target=SAME_CITY)
HOME = Grant(HIS, PRODUCTION, 4, "earlier", "planned", 9)


def changes(scene: Scene) -> list[str]:
    return [effect for effect in scene.world.effects if "may serve" in effect]


def test_between_two_centres_nobody_may_serve(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, grants={HIS: HOME})
    scene.fence_all()
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert changes(scene) == [
        "nobody may serve his-database with token 5",
        "gaodian may serve his-database with token 6",
    ]
    assert (evidence["holder"], evidence["token"]) == (SAME_CITY, 6)
    assert evidence["proof"] == "software-park-2 is fenced on gaodian, fuzhou, main-hospital"
    assert scene.context.network.tokens(SAME_CITY, "10.10.10.1").newest == 6


def test_a_centre_that_answers_lets_go_and_closes_its_gate(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    evidence = step.run(scene.context, PARAMS)
    assert "said so" in evidence["proof"] and (PRODUCTION, "10.10.10.1") not in scene.world.held


@pytest.mark.parametrize("state", [{"weak": {CAMPUS}}, {}])
def test_without_proof_of_silence_the_target_gets_nothing(
    play: Callable[..., Scene], state: dict[str, set[str]]
) -> None:
    scene = play(gone={PRODUCTION}, grants={HIS: HOME}, **state)
    if state:
        scene.fence_all()
    with pytest.raises(MedcloudError, match="not proved silent") as caught:
        step.run(scene.context, PARAMS)
    assert "written acceptance" in caught.value.hint
    assert scene.world.grants[HIS].centre is None


def test_a_gate_that_stays_open_is_no_proof(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME}, stuck_gates={PRODUCTION})
    with pytest.raises(MedcloudError, match="the gate of software-park-2 is open"):
        step.run(scene.context, PARAMS)


def test_twice_is_the_same_as_once(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    first = step.run(scene.context, PARAMS)
    assert step.run(scene.context, PARAMS)["token"] == first["token"] and len(changes(scene)) == 2


def test_a_run_that_died_between_goes_on_with_the_token_of_nobody(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: Grant(HIS, None, 5, "run-1", "given up", 10)})
    assert step.run(scene.context, PARAMS)["token"] == 6 and len(changes(scene)) == 1


def test_somebody_quicker_is_not_overwritten(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    assert isinstance(scene.context.leases, FakeLeases)
    scene.context.leases.interloper = Grant(HIS, "fuzhou", 5, "another", "", 10)
    with pytest.raises(MedcloudError, match="somebody else"):
        step.run(scene.context, PARAMS)
    assert scene.world.grants[HIS].centre == "fuzhou"


def test_the_token_grows_when_etcd_was_made_anew(play: Callable[..., Scene]) -> None:
    scene = play(tokens={("fuzhou", "10.10.10.1"): Tokens(41, 0)})
    assert step.run(scene.context, PARAMS)["token"] == 43


def test_an_archive_has_no_gate(play: Callable[..., Scene]) -> None:
    evidence = step.run(play().context, step.Params(system=PACS, source=PRODUCTION, target=SAME_CITY))
    assert evidence["gate"] == "none" and evidence["holder"] == SAME_CITY


def test_without_a_majority_it_is_refused_before_anything_moves(play: Callable[..., Scene]) -> None:
    scene = play(majority=False)
    with pytest.raises(MedcloudError, match="majority"):
        step.preflight(scene.context, PARAMS)
    with pytest.raises(MedcloudError, match="majority"):
        step.check(scene.context, PARAMS)
    assert scene.world.effects == []


def test_undo_lets_the_source_serve_again(play: Callable[..., Scene]) -> None:
    scene = play(grants={HIS: HOME})
    step.run(scene.context, PARAMS)
    step.undo(scene.context, PARAMS)
    assert (scene.world.grants[HIS].centre, scene.world.grants[HIS].token) == (PRODUCTION, 8)
    before = list(scene.world.effects)
    assert step.undo(scene.context, PARAMS) == {"holder": PRODUCTION} and scene.world.effects == before


def test_a_blind_promotion_goes_on_when_two_people_accept_it_in_writing(
    tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]
) -> None:
    asked = Asked(tmp_path, xiamen, ssh_key)
    world, began = asked.stage.world, asked.stage.world.clock.seconds
    world.gone.add(PRODUCTION)
    world.grants[HIS] = HOME

    def sign(person: str) -> None:
        request = asked.run.folder / "approvals/blind-his-database/request.json"
        assert world.grants[HIS].centre is None, "nobody may serve while people think"
        mark = signature.sign(request.read_bytes(), approval.NAMESPACE, asked.keys[person])
        approval.give(asked.run, "blind-his-database", person, mark, world.clock.now())

    asked.while_waiting(lambda: sign("it-director"), lambda: sign("duty-director"))
    evidence = step.run(asked.context(), PARAMS)
    assert evidence["approved_by"] == ["duty-director", "it-director"] and evidence["holder"] == SAME_CITY
    assert evidence["proof"] == "not proved, accepted in writing; its gate ran out"
    assert world.clock.seconds - began > 10, "the old centre's permission has run out by its kernel's clock"
    assert step.run(asked.context(), PARAMS)["approved_by"] == evidence["approved_by"], "safe to run twice"


def test_beside_a_dead_edge_the_old_centre_s_permission_runs_out_first(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION}, grants={HIS: HOME}, dead_edges=("10.88.61.1",))
    scene.fence_all()
    began = scene.world.clock.seconds
    evidence = step.run(scene.context, PARAMS)
    assert evidence["proof"].endswith("proved dead, and the old gate ran out: main-hospital (10.88.61.1)")
    assert scene.world.clock.seconds - began > 10 and evidence["holder"] == SAME_CITY
