"""A lock is stale only when its engine is gone."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from stacks import locks


def hold(state: Path, pid: int) -> None:
    folder = state / ".pulumi" / "locks" / "organization" / "medcloud" / "site-centre"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(json.dumps({"pid": pid}))


def test_no_lock_is_nothing_to_take_over(tmp_path: Path) -> None:
    assert locks.take_over(tmp_path, "medcloud", "site-centre", print) is False


def test_a_dead_engine_leaves_a_stale_lock(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    hold(tmp_path, gone.pid)
    assert locks.take_over(tmp_path, "medcloud", "site-centre", print) is True


def test_another_program_with_that_number_is_not_the_engine(tmp_path: Path) -> None:
    hold(tmp_path, 1)
    assert locks.take_over(tmp_path, "medcloud", "site-centre", print) is True


def test_a_living_engine_is_left_alone(tmp_path: Path) -> None:
    sleeper = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", sleeper)
    engine = subprocess.Popen([sleeper, "60"])
    try:
        while "pulumi" not in Path(f"/proc/{engine.pid}/comm").read_text():
            time.sleep(0.01)
        hold(tmp_path, engine.pid)
        with pytest.raises(MedcloudError, match=f"process {engine.pid}") as refused:
            locks.take_over(tmp_path, "medcloud", "site-centre", print)
        assert refused.value.code == "refused"
    finally:
        engine.kill()
        engine.wait()
