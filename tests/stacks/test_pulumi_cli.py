"""Finding the engine, and clear words when there is none and none can be built."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.error import MedcloudError
from stacks import pulumi_cli


def executable(path: Path, said: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


def test_a_new_enough_one_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = executable(tmp_path / "bin" / "pulumi", "v3.251.1")
    monkeypatch.setenv("PATH", f"{found.parent}:/usr/bin:/bin")
    assert pulumi_cli.find_or_build(tmp_path / "cache") == found


@pytest.mark.parametrize("said", ["v3.249.9", "", "something else"])
def test_an_old_or_silent_one_is_not(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = executable(tmp_path / "bin" / "pulumi", said)
    monkeypatch.setenv("PATH", f"{old.parent}:/usr/bin:/bin")
    assert pulumi_cli.find(tmp_path / "cache") is None
    cached = executable(tmp_path / "cache" / "pulumi" / pulumi_cli.pinned_version() / "bin" / "pulumi", "v3.259.0")
    assert pulumi_cli.find_or_build(tmp_path / "cache") == cached


def test_without_go_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MedcloudError, match="no Go compiler") as refused:
        pulumi_cli.find_or_build(tmp_path / "cache")
    assert "Go 1.25" in refused.value.hint


def test_a_build_is_published_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "bin" / "go"
    executable(go, "")
    go.write_text(
        '#!/bin/sh\n[ -e "$0.broken" ] && { echo no network; exit 1; }\n'
        'while [ "$1" != "-o" ]; do shift; done; echo built > "$2"; chmod 755 "$2"\n'
    )
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    broken = Path(f"{go}.broken")
    broken.touch()
    with pytest.raises(MedcloudError, match="no network"):
        pulumi_cli.find_or_build(tmp_path / "cache")
    assert pulumi_cli.find(tmp_path / "cache") is None
    broken.unlink()
    said: list[str] = []
    built = pulumi_cli.find_or_build(tmp_path / "cache", said.append)
    assert built.read_text() == "built\n" and any("about three minutes" in text for text in said)
    assert pulumi_cli.find(tmp_path / "cache") == built
