from __future__ import annotations

from collections.abc import Callable

from dr.steps import note_state as step
from tests.dr.fakes import HIS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params()


def test_who_leads_and_who_holds_is_written_down_once(play: Callable[..., Scene]) -> None:
    scene = play()
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert evidence[HIS]["leader"] == "db-software-park-2" and evidence[HIS]["held_by"] == [PRODUCTION]
    scene.database.lead(SAME_CITY)
    assert step.run(scene.context, PARAMS) == evidence, "an interrupted try's word stays"
    assert scene.world.effects == [] and step.undo(scene.context, PARAMS) == {}
