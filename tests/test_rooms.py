"""The shape of the repository: which rooms there are, what stands in them, and who may import what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cli", "compliance", "dr", "inventory", "lab", "monitors", "playbooks", "reports", "stacks")
BESIDE_ROOMS = ("benchmarks", "tests")
PARTS = (
    "cli/commands", "compliance/controls", "dr/steps", "inventory/machines", "lab/faults", "monitors/metrics",
    "monitors/probes",
    "stacks/components", "stacks/resources",
)  # fmt: skip
VAGUE = ("util", "utils", "helper", "helpers", "manager", "managers", "common", "misc")
OWNERS = {
    "pulumi": "stacks", "openstack": "stacks", "keystoneauth1": "stacks",
    "ansible_runner": "playbooks", "ansible": "playbooks",
    "typer": "cli", "rich": "cli", "click": "cli",
}  # fmt: skip
README_LINES = 40


def modules(*folders: str) -> list[Path]:
    """The Python files of our rooms; what a role copies onto a machine is that machine's, not the room's."""
    wanted = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in wanted if "roles" not in path.relative_to(ROOT).parts]


def parts() -> list[tuple[str, str]]:
    """Every part: (kind folder, name)."""
    found = [(kind, path.stem) for kind in PARTS for path in sorted((ROOT / kind).glob("*.py"))]
    return [(kind, name) for kind, name in found if not name.startswith("_")]


def roles() -> list[str]:
    return sorted(path.name for path in (ROOT / "playbooks" / "roles").glob("*/") if (path / "tasks").is_dir())


def imports(path: Path) -> set[str]:
    """Dotted names of everything the file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_rooms_are_these() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")} - {"build"}
    assert packages - set(BESIDE_ROOMS) == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_and_may_never_do(room: str) -> None:
    readme = ROOT / room / "README.md"
    assert readme.exists(), f"{room}/README.md is missing"
    text = readme.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= README_LINES
    assert "never" in text.lower() and "start here" in text.lower()


@pytest.mark.parametrize(("kind", "name"), parts())
def test_every_part_has_its_twin_test(kind: str, name: str) -> None:
    twin = ROOT / "tests" / kind / f"test_{name}.py"
    assert twin.exists(), f"{kind}/{name}.py needs {twin.relative_to(ROOT)}"
    assert "def test_" in twin.read_text(encoding="utf-8"), f"{twin.relative_to(ROOT)} tests nothing"


@pytest.mark.parametrize("kind", PARTS)
def test_no_twin_test_is_left_behind(kind: str) -> None:
    known = {f"test_{name}" for folder, name in parts() if folder == kind}
    orphans = {path.stem for path in (ROOT / "tests" / kind).glob("test_*.py")} - known
    assert orphans == set(), "tests of parts that are gone"


@pytest.mark.parametrize("role", roles())
def test_every_role_is_tested(role: str) -> None:
    texts = [
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "playbooks").rglob("test_*role*.py"))
    ]
    every = any("roles" in text and ("glob(" in text or "iterdir(" in text) for text in texts)
    assert every or any(role in text for text in texts), f"no role test in tests/playbooks looks at {role}"


@pytest.mark.parametrize(("kind", "name"), parts())
def test_parts_do_not_import_each_other(kind: str, name: str) -> None:
    package = kind.replace("/", ".")
    siblings = {f"{package}.{other}" for folder, other in parts() if folder == kind and other != name}
    assert imports(ROOT / kind / f"{name}.py") & siblings == set()


def test_names_say_something() -> None:
    paths = [path.relative_to(ROOT) for path in modules(*ROOMS, "tests")]
    vague = [str(path) for path in paths for word in Path(path).with_suffix("").parts if word in VAGUE]
    assert vague == []


@pytest.mark.parametrize("library", OWNERS)
def test_each_door_to_the_world_is_in_one_room(library: str) -> None:
    intruders = [
        str(path.relative_to(ROOT))
        for path in modules(*(room for room in ROOMS if room != OWNERS[library]))
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    ]
    assert intruders == [], f"only {OWNERS[library]} may import {library}"


def test_the_lab_is_known_to_cli_and_tests_only() -> None:
    rooms = [room for room in ROOMS if room not in ("cli", "lab")]
    users = [str(path.relative_to(ROOT)) for path in modules(*rooms) if any(_lab(name) for name in imports(path))]
    assert users == []


def _lab(name: str) -> bool:
    return name == "lab" or name.startswith("lab.")


def test_only_cli_reads_the_environment() -> None:
    """Anything else would make a result depend on who runs it; what a child process inherits is another matter."""
    readers = []
    for path in modules(*(room for room in ROOMS if room != "cli")):
        calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.expr)]
        readers += [f"{path.relative_to(ROOT)}:{node.lineno}" for node in calls if _reads_environment(node)]
    assert readers == []


def _reads_environment(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        path = node.args[:1] and ast.unparse(node.args[0]) == "'PATH'"  # a child finds its programs by it
        return not path and ast.unparse(node.func) in ("os.getenv", "os.environ.get")
    return (
        isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and ast.unparse(node.value) == "os.environ"
    )
