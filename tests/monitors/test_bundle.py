"""Bundles are read strictly: a tar has one form, a folder holds plain files with plain names."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from monitors import bundle
from monitors.bundle import Bundle, Wrong

FILES = {"a.txt": b"first\n", "deep/b.txt": b"second\n", "empty": b""}


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return bundle.write(tmp_path / "x.tar", bundle.pack(Bundle("x", FILES)))


def test_a_tar_comes_back_as_it_was_packed_and_is_always_the_same(packed: Path) -> None:
    found = bundle.read(packed)
    assert (found.name, dict(found.files), found.flaws) == ("x", FILES, ())
    assert bundle.pack(Bundle("x", dict(reversed(FILES.items())))) == packed.read_bytes()


def test_every_byte_of_a_tar_matters(packed: Path) -> None:
    """Headers and padding too; what sits in a file's content is the seal's to find."""
    data = packed.read_bytes()
    for at in range(0, len(data), 97):
        packed.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        try:
            found = bundle.read(packed)
        except MedcloudError as error:
            assert "neither a folder nor a tar" in error.message
            continue
        assert found.flaws or dict(found.files) != FILES, f"byte {at} was changed unseen"


@pytest.mark.parametrize("cut", [1, 512, 5000, 9000])
def test_a_tar_that_is_cut_off_or_has_a_tail_is_seen(packed: Path, cut: int) -> None:
    data = packed.read_bytes()
    packed.write_bytes(data[:-cut])
    assert bundle.read(packed).flaws
    packed.write_bytes(data + b"\0" * cut)
    assert bundle.read(packed).flaws


def rebuilt(path: Path, *members: tuple[str, bytes, bytes]) -> Bundle:
    with tarfile.open(path, "w") as tar:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(data)
            tar.addfile(info, io.BytesIO(data))
    return bundle.read(path)


def test_members_in_another_order_links_doubles_and_names_that_lead_out_are_seen(tmp_path: Path) -> None:
    path, plain = tmp_path / "x.tar", tarfile.REGTYPE
    swapped = rebuilt(path, ("x/b", plain, b"2"), ("x/a", plain, b"1"))
    assert [flaw.what for flaw in swapped.flaws] == [Wrong.CHANGED]
    assert rebuilt(path, ("x/a", plain, b"1"), ("x/a", plain, b"2")).flaws[0].detail.startswith("a second time")
    assert rebuilt(path, ("x/a", tarfile.SYMTYPE, b"")).flaws[0].detail == "not a plain file"
    assert rebuilt(path, ("x/../../etc/passwd", plain, b"1")).flaws[0].what is Wrong.ADDED


def test_a_folder_may_hold_plain_files_only(tmp_path: Path) -> None:
    root = tmp_path / "x"
    (root / "deep" / "empty").mkdir(parents=True)
    (root / "a.txt").write_bytes(b"1")
    (root / "link").symlink_to("a.txt")
    (root / "a name").write_bytes(b"2")
    flaws = {flaw.where: flaw.detail for flaw in bundle.read(root).flaws}
    assert flaws == {"deep/empty": "an empty folder", "link": "not a plain file", "a name": "a name that no bundle has"}


def test_what_is_no_bundle_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    for path in (tmp_path / "text", tmp_path / "absent"):
        with pytest.raises(MedcloudError) as caught:
            bundle.read(path)
        assert caught.value.code == "input"
