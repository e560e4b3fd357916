"""Which roles enforce which items: read from task tags."""

from __future__ import annotations

from pathlib import Path

import yaml

from compliance.catalogue import load
from playbooks.enforcement import ROOM, enforcers


def test_tags_name_items_that_exist_and_roles_that_some_playbook_uses():
    known = {item.id for item in load()}
    found = enforcers()
    assert found.keys() <= known and len(found) >= 10
    assert all(part.playbooks and part.tasks for parts in found.values() for part in parts)


def test_a_tag_in_a_block_counts_and_an_image_build_is_no_user(tmp_path: Path):
    tasks = [{"name": "b", "block": [{"name": "inner", "tags": "L3-CES1-02"}]}, {"name": "x", "tags": ["install"]}]
    folder = tmp_path / "roles" / "demo" / "tasks"
    folder.mkdir(parents=True)
    (folder / "main.yml").write_text(yaml.safe_dump(tasks))
    for name in ("hosts-configure", "machine-image-build"):
        (tmp_path / f"{name}.yml").write_text(yaml.safe_dump([{"hosts": "all", "roles": [{"role": "demo"}]}]))
    [part] = enforcers(tmp_path)["L3-CES1-02"]
    assert (part.role, part.tasks, part.playbooks) == ("demo", ("inner",), ("hosts-configure",))


def test_the_lock_after_failed_logins_is_enforced_by_baseline():
    parts = {part.role: part for part in enforcers()["L3-CES1-02"]}
    assert "hosts-configure" in parts["baseline"].playbooks and ROOM.is_dir()
    assert parts["patroni"].playbooks == ("databases-deploy",)
