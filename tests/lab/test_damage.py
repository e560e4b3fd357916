"""What is broken on purpose, all of it together, and what a user's word means."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.model import Site
from lab import damage, faults
from lab.damage import Damage
from lab.fault import Aim, Fault
from lab.lab import Lab
from lab.scene import Scene
from lab.state import LabFolder
from lab.wiring import plan


@pytest.fixture
def scene(xiamen: Site) -> Scene:
    return Scene("nolab", xiamen, plan(xiamen), {}, Path("/nonexistent"))


def broken(*pairs: tuple[str, str]) -> Damage:
    found = Damage()
    for kind, target in pairs:
        found = found.struck(kind, target, {})
    return found


@pytest.mark.parametrize(
    ("done", "state"),
    [
        (broken(), "up"),
        (broken(("cut", "sp2-gd-unicom")), "up"),
        (broken(("cut", "sp2-gd-telecom")), "cut"),
        (broken(("isolate", "gaodian")), "silent"),
        (broken(("kill", "gaodian-router-1")), "cut"),
        (broken(("kill", "gaodian-node-1")), "up"),
        (broken(("cut", "sp2-gd-telecom"), ("isolate", "gaodian"), ("flap", "sp2-gd-telecom")), "cut"),
        (broken(("partition", "gaodian/software-park-2"), ("flap", "sp2-gd-telecom")), "silent"),
        (broken(("partition", "fuzhou/gaodian")), "up"),
    ],
)
def test_a_lines_state_follows_from_all_faults(scene: Scene, done: Damage, state: str) -> None:
    line = next(line for line in scene.wiring.lines if line.name == "sp2-gd-telecom")
    assert done.condition(scene, line).word == state


def kinds(found: Damage) -> list[tuple[str, str]]:
    return [(record.kind, record.target) for record, _ in found.active]


def test_healing_one_leaves_the_others() -> None:
    all_of_them = broken(("cut", "b"), ("cut", "a"), ("isolate", "p"), ("partition", "p/q"), ("slow", "a"))
    assert kinds(all_of_them.healing("a", None)) == [("cut", "b"), ("partition", "p/q"), ("isolate", "p")]
    assert kinds(all_of_them.healing("a", "slow"))[:2] == [("cut", "b"), ("cut", "a")]
    assert kinds(all_of_them.healing("p", None)) == [("cut", "b"), ("cut", "a"), ("slow", "a")]
    assert kinds(all_of_them.healing("p/q", None))[-1] == ("isolate", "p")
    assert kinds(all_of_them.healing(None, None)) == []
    assert len(all_of_them.healing(None, "cut").ending) == 2


def test_what_puts_a_machine_out_of_reach_is_done_last() -> None:
    assert kinds(broken(("pause", "m"), ("cut", "a"), ("kill", "n"), ("slow", "a"))) == [
        ("cut", "a"), ("slow", "a"), ("pause", "m"), ("kill", "n"),
    ]  # fmt: skip


def test_the_same_again_changes_nothing_other_parameters_do() -> None:
    once = Damage().struck("slow", "a", {"delay_ms": 5.0})
    assert once.struck("slow", "a", {"delay_ms": 5.0}) == once
    assert [r.params for r in once.struck("slow", "a", {"delay_ms": 9.0}).records] == [{"delay_ms": 9.0}]
    ending = once.healing("a", None)
    assert [r.healing for r in ending.struck("slow", "a", {"delay_ms": 5.0}).records] == [False]


def test_faults_are_remembered(tmp_path: Path) -> None:
    folder = LabFolder(tmp_path)
    assert folder.faults() == ()
    done = broken(("cut", "a"), ("kill", "m")).healing("m", None)
    folder.remember(done.records)
    assert Damage(LabFolder(tmp_path).faults()) == done


def test_the_instances_image_is_the_sites_own(tmp_path: Path) -> None:
    image, prepared = tmp_path / "instance.raw", []

    def admit(draft: Path) -> None:
        prepared.append(draft)
        draft.write_bytes(draft.read_bytes() + b" with a key")

    image.write_bytes(b"ext4")
    folder = LabFolder(tmp_path / "site/lab")
    for _ in range(2):
        folder.publish_instance_image(image, "disk-0123-k", admit)
    assert (len(prepared), image.read_bytes()) == (1, b"ext4")
    subprocess.run(["qemu-img", "convert", "-O", "raw", folder.instance_image, tmp_path / "back"], check=True)
    assert (tmp_path / "back").read_bytes().rstrip(b"\0") == b"ext4 with a key"
    assert len(list(folder.instance_image.parent.iterdir())) == 2
    assert folder.instance_image.with_name("instance.id").read_text() == "disk-0123-k\n"
    folder.publish_instance_image(image, "disk-0123-other", admit)
    assert len(prepared) == 2


@pytest.mark.parametrize("name", ["../x", "A", "", "x" * 30, "a b"])
def test_a_bad_lab_name_is_bad_input(xiamen: Site, tmp_path: Path, name: str) -> None:
    with pytest.raises(MedcloudError, match="cannot be a lab's name"):
        Lab(xiamen, name, tmp_path, tmp_path)


def test_a_fault_needs_a_lab_that_is_up(xiamen: Site, tmp_path: Path) -> None:
    absent = Lab(xiamen, "nolab", tmp_path, tmp_path)
    with pytest.raises(MedcloudError, match=r"not up|root's"):
        absent.strike("cut", "sp2-gd-telecom")


def test_an_unknown_name_says_the_nearest(scene: Scene) -> None:
    for aim, word, near in (
        (Aim.LINE, "sp2-gd-telekom", "sp2-gd-telecom"),
        (Aim.MACHINE, "fuzhou-node-2", "fuzhou-node-1"),
        (Aim.PLACE, "gaodiam", "gaodian"),
    ):
        with pytest.raises(MedcloudError, match=f"did you mean '{near}'") as caught:
            damage.target(scene.wiring, aim, word)
        assert caught.value.code == "input"
    with pytest.raises(MedcloudError, match="no line, conduit, machine or place 'mars'"):
        damage.any_target(scene.wiring, "mars")
    with pytest.raises(MedcloudError, match="no fault 'flop'"):
        faults.make("flop", {})
    with pytest.raises(MedcloudError, match="no parameter of `slow` 'delay'"):
        faults.make("slow", {"delay": 5})


@pytest.mark.parametrize("kind", faults.kinds())
def test_every_file_is_a_fault_that_explains_itself(kind: str) -> None:
    found = faults.find(kind)
    assert issubclass(found, Fault) and found.__name__.lower() == kind
    assert isinstance(found.aim, Aim)


def test_a_half_killed_machine_is_killed_before_it_is_healed() -> None:
    """Its disk may be gone already, though its processes run."""
    ending = broken(("kill", "m"), ("kill", "n")).healing("m", None)
    assert (ending.powerless, ending.losing_power) == ({"n"}, {"m"})
