from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dr.steps import start_ledger as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PACS, PRODUCTION, SAME_CITY, FakeDatabase, Scene
from tests.dr.finished import finished

PARAMS = step.Params(system=HIS, source=PRODUCTION, images=PACS, warm_up=2)


def warm(scene: Scene) -> None:
    scene.world.acknowledge(1, 1.0)
    scene.world.acknowledge(2, 1.1)
    scene.world.ledger.append({"kind": "image", "n": 1, "uid": "2.25.1", "wall": 1, "mono": 1})


def test_it_prepares_starts_and_waits_for_acknowledgements(play: Callable[..., Scene]) -> None:
    scene = play()
    scene.world.clock.on_sleep.append(lambda: warm(scene) if not scene.world.ledger else None)
    step.check(scene.context, PARAMS)
    evidence = step.run(scene.context, PARAMS)
    assert scene.world.effects == ["prepare the ledger's database", "start the ledger"]
    assert evidence == {"chains": 2, "images": 1, "server": "db.software-park-2"}


def test_the_writer_is_told_the_service_addresses_and_its_passwords(play: Callable[..., Scene]) -> None:
    scene = play()
    warm(scene)
    step.run(scene.context, PARAMS)
    database, images = scene.ward.config["database"], scene.ward.config["images"]
    assert (database["host"], database["port"], database["password"]) == ("10.10.10.1", 5432, "secret of drill-ledger")
    assert images["url"] == "http://10.10.10.2:8042" and images["password"] == "secret of orthanc"


def test_rows_of_earlier_runs_go_when_their_evidence_is_whole(play: Callable[..., Scene], tmp_path: Path) -> None:
    scene = play(earlier={"earlier", "nowhere"})
    warm(scene)
    finished(tmp_path / "drills", scene.context.site, "earlier")
    step.run(replace(scene.context, folder=tmp_path / "drills/run-1"), PARAMS)
    assert scene.world.earlier == {"nowhere"}
    assert "forget the rows of earlier" in scene.world.effects


def test_rows_that_cannot_be_tidied_up_hold_up_no_drill(
    play: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(database: FakeDatabase) -> frozenset[str]:
        raise MedcloudError("SQL on db: timeout")

    monkeypatch.setattr(FakeDatabase, "written_runs", fail)
    scene = play()
    warm(scene)
    step.run(scene.context, PARAMS)
    assert "rows of earlier runs stay: SQL on db: timeout" in scene.world.effects


def test_without_a_synchronous_copy_it_does_not_begin(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="synchronous copy"):
        step.check(play(synchronous=()).context, PARAMS)


def test_after_a_real_loss_the_new_leader_is_alone(play: Callable[..., Scene]) -> None:
    scene = play(synchronous=())
    step.check(scene.context, PARAMS.model_copy(update={"alone": True}))
    with pytest.raises(MedcloudError, match="to have a leader"):
        step.check(play(synchronous=(), leader=None, lease=None).context, PARAMS.model_copy(update={"alone": True}))


def test_it_does_not_begin_where_the_source_does_not_lead(play: Callable[..., Scene]) -> None:
    scene = play(lease=SAME_CITY, leader=SAME_CITY, synchronous=(PRODUCTION,))
    with pytest.raises(MedcloudError, match="db-software-park-2 does not lead his-database, db-gaodian does"):
        step.check(scene.context, PARAMS)


def test_it_does_not_begin_where_the_source_does_not_hold_every_address(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match=r"does not hold 10\.10\.10\.2 of pacs"):
        step.check(play(held={(PRODUCTION, "10.10.10.1")}).context, PARAMS)


def test_without_acknowledgements_it_fails(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="first acknowledgements: not seen within 60 s"):
        step.run(play().context, PARAMS)


def test_undo_stops_the_writer(play: Callable[..., Scene]) -> None:
    scene = play(writing=True)
    step.undo(scene.context, PARAMS)
    assert not scene.world.writing
