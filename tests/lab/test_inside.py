"""Opening a machine's files from the host without being led out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from lab.inside import open_file


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "var/lib").mkdir(parents=True)
    (tmp_path / "var/lib/file").write_text("its own")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "var/lib/link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    handle = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield handle
    os.close(handle)


def test_a_file_of_the_machine(root: int) -> None:
    handle = open_file(root, "/var/lib/file", os.O_RDONLY)
    assert os.read(handle, 99) == b"its own"
    os.close(handle)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/away/passwd", "symbolic link"),
        ("/var/lib/link", "symbolic link"),
        ("/var/lib/file/x", "symbolic link"),
        ("/var/../../etc/passwd", "without .."),
        ("var/lib/file", "begin with /"),
        ("/var/lib", "no regular file"),
        ("/pipe", "no regular file"),
        ("/", "no regular file"),
    ],
)
def test_nothing_else(root: int, path: str, why: str) -> None:
    with pytest.raises(MedcloudError, match=why):
        os.close(open_file(root, path, os.O_RDONLY))


def test_a_missing_file_is_missing(root: int) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(root, "/var/lib/none", os.O_RDONLY)
