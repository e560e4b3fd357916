"""Saves on paper: what is written down, what is refused, what is deleted. The disks here are small files."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from lab.boot import BootSpec
from lab.machine import LabMachine
from lab.saves import Intent, SavedMachine, Saves


@pytest.fixture
def saves(tmp_path: Path) -> Saves:
    """The saves of a site with a stack's state, a secret and an instance image."""
    for name, text in (("pulumi/stack.json", "one"), ("images/instance.raw", "raw"), ("secrets", "s"), ("ssh/id", "k")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return Saves(tmp_path)


def _save(saves: Saves, name: str, *disks: str) -> None:
    """A finished save of one machine that stands on those disks."""
    saves.intend_save(name, ("pulumi", "apply.json", "secrets"))
    assert saves.intent is not None
    saves.disks.mkdir(exist_ok=True)
    for disk in disks:
        (saves.disks / disk).write_bytes(b"x" * 4096)
    saves.publish(saves.intent, [SavedMachine("m", "10.0.0.1", (str(saves.state / "images"),), disks)])
    saves.abandon()


def _disks(saves: Saves) -> set[str]:
    return {path.name for path in saves.disks.iterdir()}


def test_a_save_is_written_down_before_it_begins(saves: Saves) -> None:
    assert saves.intent is None
    saves.intend_save("before-drill", ("pulumi",))
    assert saves.intent is not None
    assert (saves.intent.verb, saves.intent.name) == ("save", "before-drill")
    assert saves.intent.files == ("ssh", "images", "pulumi")
    assert saves.every() == ()  # nothing of it counts before it is published
    saves.abandon()
    assert saves.intent is None


def test_a_save_brings_the_state_of_its_moment_back(saves: Saves) -> None:
    _save(saves, "one", "a.img")
    (saves.state / "pulumi/stack.json").write_text("two")
    (saves.state / "pulumi/new.json").write_text("new")
    (saves.state / "apply.json").write_text("later")
    (saves.state / "drills").mkdir()
    saves.put_back_files(saves.find("one"))
    assert (saves.state / "pulumi/stack.json").read_text() == "one"
    assert not (saves.state / "pulumi/new.json").exists()
    assert not (saves.state / "apply.json").exists()
    assert (saves.state / "drills").is_dir()
    assert (saves.state / "images/instance.raw").samefile(saves.folder / "one/state/images/instance.raw")
    assert not (saves.state / "secrets").samefile(saves.folder / "one/state/secrets")
    assert not [path for path in saves.state.iterdir() if path.name.startswith(".")]


def test_publishing_twice_is_publishing_once(saves: Saves) -> None:
    _save(saves, "one", "a.img")
    first = (saves.folder / "one/save.json").read_text()
    (saves.state / "secrets").write_text("other")
    save = saves.find("one")
    saves.publish(Intent("save", "one", save.made, save.files), ())
    assert (saves.folder / "one/save.json").read_text() == first
    assert (saves.folder / "one/state/secrets").read_text() == "s"


def test_disks_go_with_the_last_who_stands_on_them(saves: Saves) -> None:
    _save(saves, "one", "a.img")
    _save(saves, "two", "b.img", "a.img")
    _save(saves, "three", "c.img", "b.img", "a.img")
    saves.forget("two", [])
    assert _disks(saves) == {"a.img", "b.img", "c.img"}
    saves.forget("three", [str(saves.disks / "b.img"), str(saves.disks / "a.img")])
    assert _disks(saves) == {"a.img", "b.img"}
    saves.sweep([])
    assert _disks(saves) == {"a.img"}
    assert [save.name for save in saves.every()] == ["one"]
    assert saves.used_mb(saves.find("one")) == 0


@pytest.mark.parametrize(
    ("name", "code", "said"), [("one", "refused", "already"), ("../up", "input", "name"), ("", "input", "name")]
)
def test_a_bad_name_is_told(saves: Saves, name: str, code: str, said: str) -> None:
    _save(saves, "one", "a.img")
    with pytest.raises(MedcloudError, match=said) as caught:
        saves.intend_save(name, ())
    assert caught.value.code == code
    assert saves.intent is None


def test_an_unknown_save_names_those_there_are(saves: Saves) -> None:
    _save(saves, "one", "a.img")
    with pytest.raises(MedcloudError) as caught:
        saves.intend_restore("two", [])
    assert "one" in str(caught.value.hint)


def _machine(saves: Saves, site: Site) -> LabMachine:
    machine = machines(site)[0]
    return LabMachine("paper", machine, saves.state / "lab/machines" / machine.name)


def _saved(saves: Saves, machine: LabMachine, layer: Path) -> None:
    saves.intend_save("mine", ())
    assert saves.intent is not None
    address = str(machine.machine.management.ip)
    saves.publish(saves.intent, [SavedMachine(machine.name, address, (str(layer),), ())])
    saves.abandon()


def test_a_save_of_other_machines_is_refused(saves: Saves, xiamen: Site) -> None:
    _save(saves, "one", "a.img")
    with pytest.raises(MedcloudError, match="other machines") as caught:
        saves.intend_restore("one", [_machine(saves, xiamen)])
    assert caught.value.code == "refused"
    assert saves.intent is None


def test_a_save_whose_layer_is_gone_is_refused(saves: Saves, xiamen: Site, tmp_path: Path) -> None:
    machine, layer = _machine(saves, xiamen), tmp_path / "layer"
    layer.mkdir()
    _saved(saves, machine, layer)
    saves.intend_restore("mine", [machine])
    assert saves.intent is not None
    assert saves.intent.verb == "restore"
    saves.abandon()
    layer.rmdir()
    with pytest.raises(MedcloudError, match=str(layer)):
        saves.intend_restore("mine", [machine])
    assert saves.intent is None


def test_a_save_is_not_finished_over_a_new_machine(saves: Saves, xiamen: Site) -> None:
    machine = _machine(saves, xiamen)
    saves.intend_save("mine", ())
    assert saves.intent is not None
    with pytest.raises(MedcloudError, match=f"{machine.name} is new"):
        saves.check(saves.intent, [machine])
    machine.folder.mkdir(parents=True)
    BootSpec(machine.name, (), str(machine.folder)).write(machine.folder / "boot.json")
    saves.check(saves.intent, [machine])
