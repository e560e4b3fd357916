"""What every file of the repository must hold: pinned requirements, sizes, no trace of a machine or a secret."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cli", "compliance", "dr", "inventory", "lab", "monitors", "playbooks", "reports", "stacks")
SKIPPED = {".git", ".venv", "__pycache__", "build", "node_modules", "medcloud.egg-info"}
MODULE_LINES, FUNCTION_P95, FUNCTION_MAX, FUNCTION_MEDIAN = 400, 45, 70, 12
COMMAND_MEDIAN, PLAYBOOK_LINES, TASK_LINES = 100, 40, 60
# written in pieces, so that this file does not find itself
FORBIDDEN = {
    "a path of a development machine": "/wo" + r"rk/|/home/(?!USER)\w+/|/Users/\w+/",
    "a package registry or mirror": "|".join(
        (r"pypi\.or" + "g", r"files\.pythonhos" + "ted", r"proxy\.golan" + "g", r"sum\.golan" + "g",
         r"deb\.debia" + r"n\.org", r"security\.debia" + r"n\.org", r"//mirror" + r"s?\.(?!invalid)",
         r"registry\.npm" + "js")
    ),
    "a private key": "BEGIN (?:RSA |OPENSSH |EC )?PRIVATE " + "KEY",
}  # fmt: skip


def files() -> list[Path]:
    """The committed files, or all but the skipped folders where there is no git."""
    done = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "-z", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode == 0:
        return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not SKIPPED & set(path.parts)]


def modules() -> list[Path]:
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in found if "roles" not in path.relative_to(ROOT).parts]


def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: dict[str, object] = tomllib.load(file)["project"]
    return found


def function_sizes() -> dict[str, int]:
    """Lines of every function, by `file:line name`."""
    sizes = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                sizes[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines
    return sizes


def test_every_requirement_is_pinned() -> None:
    described = project()
    extras = described["optional-dependencies"]
    required = described["dependencies"]
    assert isinstance(required, list) and isinstance(extras, dict)
    loose = [name for name in (*required, *(n for names in extras.values() for n in names)) if not _pinned(name)]
    assert loose == []


def _pinned(requirement: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][0-9A-Za-z.+]*", requirement) is not None


def test_modules_are_small() -> None:
    lines = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {str(path): count for path, count in lines.items() if count > MODULE_LINES} == {}


def test_commands_hold_no_logic() -> None:
    lines = [len(path.read_text("utf-8").splitlines()) for path in (ROOT / "cli/commands").glob("*.py")]
    assert statistics.median(lines) <= COMMAND_MEDIAN


def test_functions_are_small() -> None:
    sizes = function_sizes()
    ordered = sorted(sizes.values())
    assert statistics.median(ordered) <= FUNCTION_MEDIAN
    assert statistics.quantiles(ordered, n=20)[-1] <= FUNCTION_P95
    assert {name: lines for name, lines in sizes.items() if lines > FUNCTION_MAX} == {}


def test_playbooks_choose_hosts_and_roles_and_task_files_stay_short() -> None:
    limits = [(path, PLAYBOOK_LINES) for path in (ROOT / "playbooks").glob("*.yml")]
    limits += [(path, TASK_LINES) for path in (ROOT / "playbooks" / "roles").glob("*/tasks/*.yml")]
    counts = [(path, len(path.read_text(encoding="utf-8").splitlines()), limit) for path, limit in limits]
    assert [f"{path.relative_to(ROOT)}: {lines} > {limit}" for path, lines, limit in counts if lines > limit] == []


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    assert found == []


def test_nothing_that_was_made_is_committed() -> None:
    made = [str(path.relative_to(ROOT)) for path in files() if SKIPPED & set(path.relative_to(ROOT).parts)]
    assert made == []


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_first_screen_is_the_two_commands(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    screen = "\n".join(lines[:40])
    assert "make demo" in screen and "make test" in screen
    for room in ROOMS:
        assert f"[`{room}/`]({room}/README.md)" in "\n".join(lines), f"the map lacks {room}"


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (re.findall(r"^(?:make|medcloud|sudo make) .*$", (ROOT / name).read_text("utf-8"), re.M)
                        for name in ("README.md", "README.zh.md"))  # fmt: skip
    assert [line.split("#")[0].split() for line in english] == [line.split("#")[0].split() for line in chinese]
    assert len(english) >= 8


def test_licence_and_changelog() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence and "END OF TERMS AND CONDITIONS" in licence
    assert project()["license"] == {"text": "Apache-2.0"}
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Keep a Changelog" in changelog and "## [Unreleased]" in changelog
