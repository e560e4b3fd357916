"""What every role must keep: a shape, checked input, honest changes and silence about secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbooks.secret_names import secret_names

ROLES = Path(__file__).parents[2] / "playbooks" / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())
SECRET = re.compile(r"\bsecrets\b|\bcentre_secrets\b")


def tasks(role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(file, task) of a role, blocks opened."""
    for path in sorted(ROLES.glob(f"{role}/tasks/*.yml")):
        queue = list(yaml.safe_load(path.read_text(encoding="utf-8")) or [])
        while queue:
            task = queue.pop(0)
            queue += [*task.get("block", []), *task.get("rescue", []), *task.get("always", [])]
            yield path.name, task


def holds_a_secret(role: str, task: dict[str, Any]) -> bool:
    """Whether a task's own text, or a template it writes or reads, holds a secret."""
    text = yaml.safe_dump(task)
    templates = re.findall(r"[\w.-]+\.j2", text)
    found = [ROLES / role / "templates" / name for name in templates]
    return any(SECRET.search(t) for t in (text, *(p.read_text(encoding="utf-8") for p in found if p.exists())))


@pytest.mark.parametrize("role", NAMES)
def test_a_role_can_be_put_into_an_image_and_checks_its_input(role: str) -> None:
    entry_points = {path.name for path in ROLES.glob(f"{role}/tasks/*.yml")}
    assert "install.yml" in entry_points and ("main.yml" in entry_points or role == "guest")  # guest is only an image
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    assert all(entry["short_description"] for entry in specs["argument_specs"].values())


@pytest.mark.parametrize("role", NAMES)
def test_every_task_has_a_name_and_commands_say_when_they_change_something(role: str) -> None:
    for file, task in tasks(role):
        assert task.get("name") or "ansible.builtin.import_tasks" in task, f"{file}: {task}"
        if any(module in task for module in ("ansible.builtin.command", "ansible.builtin.shell")):
            assert "changed_when" in task or "creates" in yaml.safe_dump(task), f"{file}: {task['name']}"


@pytest.mark.parametrize("role", NAMES)
def test_a_task_that_touches_a_secret_is_silent(role: str) -> None:
    loud = [
        f"{file}: {task['name']}" for file, task in tasks(role) if holds_a_secret(role, task) and not task.get("no_log")
    ]
    assert loud == []


@pytest.mark.parametrize("role", NAMES)
def test_no_secret_is_an_argument_of_a_command(role: str) -> None:
    for file, task in tasks(role):
        for module in ("ansible.builtin.command", "ansible.builtin.shell"):
            command = task.get(module)
            words = command if isinstance(command, str) else yaml.safe_dump(command and command.get("argv"))
            assert not SECRET.search(words or ""), f"{file}: {task['name']}"


def test_secret_names_are_collected_from_the_roles(tmp_path: Path) -> None:
    for role, text in {
        "a": "a_secret_scope: centre\na_secret_names: [y, x]\n",
        "b": "b_secret_scope: site\nb_secret_names: [z]\n",
        "c": "c_secret_scope: centre\nc_secret_names: [x, w]\n",
        "d": "---\n",
    }.items():
        (tmp_path / role / "defaults").mkdir(parents=True)
        (tmp_path / role / "defaults" / "main.yml").write_text(text)
    assert secret_names(tmp_path) == {"centre": ("w", "x", "y"), "site": ("z",)}


def test_every_secret_that_a_role_uses_is_named() -> None:
    known = {name for names in secret_names().values() for name in names}
    used = {
        name
        for path in ROLES.glob("*/*/*")
        if path.is_file() and path.suffix in (".yml", ".j2")
        for name in re.findall(r"secrets(?:\[place\])?\.([a-z_]+)", path.read_text(encoding="utf-8"))
    }
    assert used - known == set()
