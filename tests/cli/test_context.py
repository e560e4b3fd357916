"""Where a command speaks from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli.context import Settings, join_site
from inventory.error import MedcloudError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "cache", "no-such-lab", None)


def network() -> str:
    return os.readlink("/proc/thread-self/ns/net")


def test_a_site_without_a_lab_is_spoken_to_from_here(settings: Settings) -> None:
    here = network()
    assert join_site(settings, "xiamen").name == "no-such-lab" and network() == here


def test_a_lab_that_is_down_is_not_looked_for_in_the_machines_own_network(settings: Settings) -> None:
    state = join_site(settings, "xiamen").state
    state.mkdir(exist_ok=True)
    (state / "lab.lock").touch()
    with pytest.raises(MedcloudError, match="no-such-lab is down") as refusal:
        join_site(settings, "xiamen")
    assert refusal.value.code == "refused" and "lab up xiamen" in refusal.value.hint
