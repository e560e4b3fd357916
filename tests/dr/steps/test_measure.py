from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from dr import rowbook
from dr.steps import measure as step
from inventory.error import MedcloudError
from tests.dr.fakes import HIS, PACS, PRODUCTION, SAME_CITY, Scene

PARAMS = step.Params(system=HIS, images=PACS, phase="before-healing")


def written(scene: Scene) -> None:
    for chain, wall in enumerate((100.0, 100.1, 108.4, 108.5), start=1):
        scene.world.acknowledge(chain, wall)
    for number, wall in ((1, 100.0), (2, 110.0)):
        line = {"kind": "image", "n": number, "uid": f"2.25.{number}", "wall": wall, "mono": wall}
        scene.world.ledger.append(line)
    scene.world.stored = {SAME_CITY: {"2.25.1", "2.25.2"}}


def test_nothing_lost(play: Callable[..., Scene]) -> None:
    scene = play()
    written(scene)
    evidence = step.run(scene.context, PARAMS)
    his = evidence[HIS]
    assert his["rto_seconds"] == pytest.approx(8.3) and his["last_before"] == "1970-01-01T00:01:40.100000+00:00"
    assert (his["acknowledged_rows"], his["missing_rows"], his["doubled_rows"]) == (16, 0, 0)
    kept = (scene.context.folder / his["rows_file"]).read_bytes()
    assert rowbook.parse(kept) == scene.world.rows and hashlib.sha256(kept).hexdigest() == his["rows_sha256"]
    assert evidence[PACS]["missing_rows"] == 0 and evidence[PACS]["rto_seconds"] == pytest.approx(10.0)
    assert (scene.context.folder / "ledger.jsonl").read_text().count("\n") == len(scene.world.ledger)


def test_a_ledger_that_began_after_the_outage_claims_no_recovery_time(play: Callable[..., Scene]) -> None:
    scene = play()
    written(scene)
    his = step.run(scene.context, PARAMS.model_copy(update={"late": True}))[HIS]
    assert his["rto_seconds"] is None and "last_before" not in his
    assert his["first_after"] == "1970-01-01T00:01:40+00:00" and his["missing_rows"] == 0


def test_what_is_missing_and_doubled_is_counted(play: Callable[..., Scene]) -> None:
    scene = play()
    written(scene)
    del scene.world.rows[2]
    scene.world.rows[3]["charge"] = 3
    scene.world.stored[SAME_CITY].discard("2.25.1")
    evidence = step.run(scene.context, PARAMS)
    his = evidence[HIS]
    assert (his["missing_chains"], his["missing_rows"], his["doubled_rows"]) == ([2], 4, 2)
    assert evidence[PACS]["missing_images"] == ["2.25.1"]


def test_without_a_leader_there_is_nothing_to_compare_with(play: Callable[..., Scene]) -> None:
    with pytest.raises(MedcloudError, match="no leader"):
        step.check(play(lease=None).context, PARAMS)


def test_images_are_asked_where_the_wards_use_them(play: Callable[..., Scene]) -> None:
    scene = play(gone={PRODUCTION})
    written(scene)
    assert step.run(scene.context, PARAMS)[PACS]["archive"] == SAME_CITY
