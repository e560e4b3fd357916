"""What is broken on purpose, and what that does to the lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.model import Site
from lab import faults
from lab.faults import Faults
from lab.lab import Lab
from lab.line import wanted_state
from lab.state import LabFolder
from lab.wiring import Line, plan


@pytest.fixture
def line(xiamen: Site) -> Line:
    return next(line for line in plan(xiamen).lines if line.name == "sp2-gd-telecom")


@pytest.mark.parametrize(
    ("broken", "state"),
    [
        (Faults(), "up"),
        (Faults(cut=("sp2-gd-unicom",)), "up"),
        (Faults(cut=("sp2-gd-telecom",)), "cut"),
        (Faults(isolated=("gaodian",)), "silent"),
        (Faults(killed=("gaodian-router-1",)), "cut"),
        (Faults(killed=("gaodian-node-1",)), "up"),
        (Faults(cut=("sp2-gd-telecom",), isolated=("gaodian",)), "cut"),
    ],
)
def test_a_lines_state_follows_from_the_faults(line: Line, broken: Faults, state: str) -> None:
    assert wanted_state(line, broken) == state


def test_healing_one_leaves_the_others() -> None:
    broken = Faults().with_cut("b").with_cut("a").with_cut("a").with_isolated("a").with_killed("m")
    assert broken == Faults(cut=("a", "b"), killed=("m",), isolated=("a",))
    assert broken.healed("a") == Faults(cut=("b",), killed=("m",))
    assert broken.healed(None) == Faults()


def test_an_unknown_name_says_the_nearest() -> None:
    with pytest.raises(MedcloudError, match="did you mean 'sp2-gd-telecom'") as caught:
        faults.known("sp2-gd-telekom", ["sp2-gd-telecom", "x"], "line")
    assert caught.value.code == "input"


def test_faults_are_remembered(tmp_path: Path) -> None:
    folder = LabFolder(tmp_path)
    assert folder.faults() == Faults()
    folder.remember(Faults(cut=("a",), killed=("m",)))
    assert LabFolder(tmp_path).faults() == Faults(cut=("a",), killed=("m",))


def test_the_instances_image_outlives_the_cache(tmp_path: Path) -> None:
    image = tmp_path / "cache/disk-0123/instance.raw"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"ext4")
    folder = LabFolder(tmp_path / "site/lab")
    for _ in range(2):
        folder.publish_instance_image(image)
    image.unlink()
    assert folder.instance_image.read_bytes() == b"ext4"
    assert folder.instance_image.with_name("instance.id").read_text() == "disk-0123\n"


@pytest.mark.parametrize("name", ["../x", "A", "", "x" * 30, "a b"])
def test_a_bad_lab_name_is_bad_input(xiamen: Site, tmp_path: Path, name: str) -> None:
    with pytest.raises(MedcloudError, match="cannot be a lab's name"):
        Lab(xiamen, name, tmp_path, tmp_path)


def test_a_fault_needs_a_lab_that_is_up(xiamen: Site, tmp_path: Path) -> None:
    absent = Lab(xiamen, "nolab", tmp_path, tmp_path)
    with pytest.raises(MedcloudError, match=r"not up|root's"):
        absent.cut("sp2-gd-telecom")
