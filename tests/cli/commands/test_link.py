"""`medcloud link`: which line is cut, and that none is without a lab."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.commands.link import _choose
from cli.context import Settings, SiteContext, open_site
from inventory.error import MedcloudError
from tests.conftest import MEDCLOUD


@pytest.fixture
def context(tmp_path: Path) -> SiteContext:
    return open_site(Settings(tmp_path, tmp_path, "nowhere", None), "xiamen")


def test_the_preferred_line_to_production_is_the_default(context: SiteContext) -> None:
    assert _choose(context, line=None, edge=None).name == "mh-sp2-telecom"


def test_one_thing_is_broken_at_a_time(context: SiteContext) -> None:
    with pytest.raises(MedcloudError, match="one thing is broken at a time, not carrier and edge"):
        _choose(context, carrier="telecom", edge="main-hospital-edge-1")


def test_what_is_named_is_broken(context: SiteContext) -> None:
    assert _choose(context, line=None, cable="edges-61").cut == ("edges-61",)


def test_an_unknown_line_is_bad_input(context: SiteContext) -> None:
    with pytest.raises(MedcloudError) as caught:
        _choose(context, line="mh-sp2-mobile")
    assert caught.value.code == "input" and "mh-sp2-telecom" in caught.value.hint


def test_no_line_is_cut_without_a_lab(tmp_path: Path) -> None:
    command = [MEDCLOUD, "--state-dir", str(tmp_path), "--lab", "nowhere", "link", "drill", "xiamen"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "lab up" in done.stderr
