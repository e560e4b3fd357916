"""The image cache and what an image's hash depends on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from lab.layers import Cache, playbook_digest, roles_of

PLAYBOOK = """
- hosts: all
  roles: [base, {role: extra}]
  tasks:
    - ansible.builtin.import_role: {name: guest, tasks_from: install}
    - ansible.builtin.include_role: {name: "{{ role }}", tasks_from: install}
      loop: [router, ledger]
      loop_control: {loop_var: role}
"""


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    for role in ("base", "extra", "guest", "router", "ledger"):
        for folder in ("tasks", "defaults", "files", "templates"):
            (tmp_path / "roles" / role / folder).mkdir(parents=True)
        (tmp_path / "roles" / role / "tasks/install.yml").write_text("- copy: {src: unit.service, dest: /x}\n")
        (tmp_path / "roles" / role / "tasks/configure.yml").write_text("- template: {src: conf, dest: /y}\n")
        (tmp_path / "roles" / role / "defaults/main.yml").write_text("version: 1\n")
        (tmp_path / "roles" / role / "files/unit.service").write_text("[Unit]\n")
        (tmp_path / "roles" / role / "templates/conf").write_text("a\n")
    path = tmp_path / "image-build.yml"
    path.write_text(PLAYBOOK)
    return path


def test_roles_are_found_however_they_are_named(playbook: Path) -> None:
    assert [role.name for role in roles_of(playbook)] == ["base", "extra", "guest", "router", "ledger"]


@pytest.mark.parametrize("name", ["tasks/install.yml", "defaults/main.yml", "files/unit.service"])
@pytest.mark.parametrize("role", ["base", "guest", "ledger"])
def test_what_installing_reads_changes_the_hash(playbook: Path, role: str, name: str) -> None:
    before = playbook_digest(playbook)
    path = playbook.parent / "roles" / role / name
    path.write_text(path.read_text() + "# more\n")
    assert playbook_digest(playbook) != before


@pytest.mark.parametrize("name", ["tasks/configure.yml", "templates/conf"])
def test_what_only_configuring_reads_does_not(playbook: Path, name: str) -> None:
    before = playbook_digest(playbook)
    path = playbook.parent / "roles/base" / name
    path.write_text(path.read_text() + "# more\n")
    assert playbook_digest(playbook) == before


def test_a_missing_role_is_named(playbook: Path) -> None:
    playbook.write_text("- hosts: all\n  roles: [nowhere]\n")
    with pytest.raises(MedcloudError, match="nowhere"):
        playbook_digest(playbook)


def test_a_layer_is_built_once(tmp_path: Path) -> None:
    cache, builds = Cache(tmp_path / "images"), []

    def build(work: Path) -> Path:
        builds.append(work)
        (work / "upper").mkdir()
        (work / "upper/file").write_text("x")
        return work / "upper"

    first = cache.ensure("a", "base", "0123", build)
    assert cache.ensure("b", "base", "0123", build) == first
    assert len(builds) == 1
    assert (first / "file").read_text() == "x"
    assert not cache.work("a", "base").exists()


def test_a_broken_build_publishes_nothing_and_is_repeated(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "images")

    def broken(work: Path) -> Path:
        (work / "half").write_text("x")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        cache.ensure("a", "base", "0123", broken)
    assert not cache.has("base-0123")

    def whole(work: Path) -> Path:
        assert not list(work.iterdir())
        (work / "upper").mkdir()
        return work / "upper"

    assert cache.ensure("a", "base", "0123", whole) == cache.path("base-0123")


def test_clearing_takes_only_the_labs_own_work(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for lab in ("a", "a-b"):
        cache.work(lab, "base").mkdir()
    cache.clear_work("a")
    assert not cache.work("a", "base").exists()
    assert cache.work("a-b", "base").exists()


def test_old_layers_go_unless_a_machine_stands_on_them(tmp_path: Path) -> None:
    for age in range(6):
        (tmp_path / f"machine-{age}").mkdir()
        os.utime(tmp_path / f"machine-{age}", (1000 - age, 1000 - age))
    (tmp_path / "base-9").mkdir()
    Cache(tmp_path).prune("machine", {str(tmp_path / "machine-4")})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base-9", "machine-0", "machine-1", "machine-2", "machine-4"]


def test_a_layer_just_asked_for_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(5):
        (tmp_path / f"disk-{number}").mkdir()
        os.utime(tmp_path / f"disk-{number}", (1000 + number, 1000 + number))
    cache.ensure("a", "disk", "0", lambda work: work)
    cache.prune("disk", ())
    assert sorted(p.name for p in tmp_path.glob("disk-*")) == ["disk-0", "disk-3", "disk-4"]
    now = time.time()
    for number in range(5):
        (tmp_path / f"disk-{number}").mkdir(exist_ok=True)
        os.utime(tmp_path / f"disk-{number}", (now - number, now - number))
    cache.prune("disk", ())
    assert len(list(tmp_path.glob("disk-*"))) == 5


def test_what_somebody_stands_on_is_kept_as_long_as_he_is_there(tmp_path: Path) -> None:
    cache, save = Cache(tmp_path / "images"), tmp_path / "save"
    save.mkdir()
    cache.pin(save, ["/layers/one"])
    cache.pin(tmp_path / "nobody", ["/layers/two"])
    assert cache.pinned() == {"/layers/one"}
    cache.pin(save, ["/layers/three"])
    assert cache.pinned() == {"/layers/three"}
    save.rmdir()
    assert cache.pinned() == set()
