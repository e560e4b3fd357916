"""An image: adopted by content, never mistaken for an older one of the same name."""

from __future__ import annotations

from pathlib import Path

from tests.stacks.bench import Bench


def test_image_holds(bench: Bench) -> None:
    bench.holds("image", {"name": "base", "project_id": bench.project(), "hypervisor": "fake", "content": "a"})


def test_a_file_is_uploaded(bench: Bench, tmp_path: Path) -> None:
    disk = tmp_path / "disk.raw"
    disk.write_bytes(b"medcloud" * 128)
    _, state = bench.create(
        "image", name="base", project_id=bench.project(), hypervisor="lxc", content="a", path=str(disk)
    )
    assert state["hypervisor"] == "lxc" and state["content"] == "a"


def test_a_new_content_is_a_new_image(bench: Bench) -> None:
    wish = {"name": "base", "project_id": bench.project(), "hypervisor": "fake"}
    first, _ = bench.create("image", content="a", **wish)
    second, _ = bench.create("image", content="b", **wish)
    assert second != first
