"""What machines say after a failure: who is asked, what is kept, that nothing of it can break the hold."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dr import evidence, runs, traces
from dr.context import Context
from dr.engine import Engine, HeldRun, Opening
from dr.planner import standard
from dr.store import FolderStore
from dr.traces import Failure, involved, keep
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from tests.dr import trivial_drill
from tests.dr.fakes import scene


def _failure(site: Site, name: str) -> Failure:
    return Failure(next(c for c in standard(site, "same-city-failover").steps if c.name == name), 2, 7.3)


def test_the_database_s_members_and_the_routers_between_come_first(xiamen: Site) -> None:
    plan = standard(xiamen, "same-city-failover")
    names = involved(xiamen, plan, _failure(xiamen, "promote-database").call)
    assert {n.rpartition("-")[0] for n in names[:3]} >= {"his-database-gaodian", "his-database-software-park-2"}
    assert not any(name.startswith("pacs") for name in names)
    kinds = [next((m.kind for m in machines(xiamen) if m.name == name), "instance") for name in names]
    assert {"edge", "router", "workstation", "node"} <= set(kinds) and len(names) <= traces.MOST_MACHINES
    assert (kinds[0], kinds[-1]) == ("instance", "node")


def test_what_machines_say_is_kept_without_secrets_and_bound(
    xiamen: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, int] = {}
    still = threading.Event()
    monkeypatch.setattr(traces, "PATIENCE", 0.2)

    def inspect(name: str, seconds: int) -> Mapping[str, str]:
        asked[name] = seconds
        if "software-park-2" in name:
            raise MedcloudError(f"{name}: silent")
        if "fuzhou" in name:
            still.wait(5)
        return {
            "log": "x" * 300_000 + "the end Zq3-abcdefgh",
            "files": "password: hunter2x",
            "failed": "not readable: exit 1",
        }

    context = dataclasses.replace(scene(xiamen, tmp_path).context, inspect=inspect, hidden=lambda: ["Zq3-abcdefgh"])
    found = keep(context, _failure(xiamen, "promote-database"))
    still.set()
    path = "gathered/promote-database-2/his-database-gaodian-1.txt"
    data = (tmp_path / path).read_bytes()
    assert found["files"][path] == hashlib.sha256(data).hexdigest() and len(data) < traces.MOST_BYTES
    assert b"the end [removed]" in data and b"[cut off here]" in data and b"hunter2x" not in data
    assert found["unread"]["his-database-software-park-2-1"].endswith("silent")
    assert found["unread"]["his-database-fuzhou-1"] == "no answer within 0.2 s"
    assert found["unread"]["his-database-gaodian-1/failed"] == "not readable: exit 1"
    assert set(asked.values()) == {8 + 120} and (tmp_path / path).stat().st_mode & 0o777 == 0o600


def test_gathering_never_breaks_the_hold(xiamen: Site, tmp_path: Path) -> None:
    (tmp_path / "gathered").write_text("in the way")
    context = dataclasses.replace(scene(xiamen, tmp_path).context, inspect=lambda name, seconds: {"log": "fine"})
    assert "cannot write" in keep(context, _failure(xiamen, "promote-database"))["unread"]["machines"]


def _trivial(name: str) -> Any:
    return trivial_drill.TrivialStep()


def test_a_held_run_tells_where_it_lies_and_the_bundle_finds_a_changed_byte(xiamen: Site, tmp_path: Path) -> None:
    def open_context(opening: Opening) -> Context:
        found = scene(opening.site, opening.folder, opening.plan).context
        return dataclasses.replace(found, inspect=lambda name, seconds: {"log": f"{name} said this"})

    (tmp_path / "broken").write_text("two")
    store = FolderStore(tmp_path / "drills")
    engine = Engine(store, open_context, find_step=_trivial)
    with pytest.raises(HeldRun, match="held at two") as caught:
        engine.run(xiamen, trivial_drill.plan(tmp_path), "run-1")
    folder = tmp_path / "drills/run-1/gathered"
    assert str(folder) in caught.value.hint and caught.value.hint.endswith("medcloud drill resume xiamen run-1")
    files = evidence.seal_run(runs.load(store.drills, "run-1")).files
    mine = [name for name in files if name.startswith("gathered/two-1/")]
    assert len(mine) == len(list(folder.glob("two-1/*.txt"))) > 3
    changed = {**files, mine[0]: files[mine[0]] + b"x"}
    del changed[mine[1]]
    assert sorted(flaw.what for flaw in evidence.flaws(changed)) == ["changed", "missing"]
