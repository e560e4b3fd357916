"""A sealed bundle: every changed, missing, added or reordered byte is found, and an unsigned one is never valid."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from monitors import bundle, seal, signature
from monitors.bundle import Bundle, Wrong
from monitors.seal import MANIFEST, README, SIGNATURE, SUMS, Checked
from monitors.signature import State

FILES = {"journal.jsonl": b'{"a":1}\n{"b":2}\n', "approvals/request.json": b"{}\n", "result.json": b'{"rto":6.0}'}


@pytest.fixture
def hospital(ssh_key: Callable[[str], Path]) -> tuple[Path, str]:
    """The hospital's signing key and its allowed signers."""
    key = ssh_key("hospital")
    return key, f"hospital {signature.public_key(key)}\n"


@pytest.fixture
def signed(hospital: tuple[Path, str]) -> Bundle:
    return seal.sign(seal.seal("run-1", FILES, "test", {"run": "run-1"}), hospital[0])


def found(checked: Checked) -> set[tuple[str, Wrong]]:
    return {(flaw.where, flaw.what) for flaw in checked.flaws}


def with_file(sealed: Bundle, name: str, data: bytes) -> Bundle:
    return replace(sealed, files={**sealed.files, name: data})


def test_an_untouched_bundle_is_proved_as_tar_and_as_folder(
    signed: Bundle, hospital: tuple[Path, str], tmp_path: Path
) -> None:
    tar = bundle.write(tmp_path / "run-1.tar", bundle.pack(signed))
    subprocess.run(["tar", "xf", tar, "-C", tmp_path], check=True)
    (tmp_path / "run-1").rename(tmp_path / "renamed")
    for path in (tar, tmp_path / "renamed"):
        checked = seal.verify(path, hospital[1])
        assert checked.proved and checked.signature.principal == "hospital" and checked.about == {"run": "run-1"}


def test_the_readme_inside_tells_how_to_do_it_without_us(
    signed: Bundle, hospital: tuple[Path, str], tmp_path: Path
) -> None:
    """Its commands are run as they stand, on the bundle and on one with a changed, a missing and an added file."""
    subprocess.run(["tar", "x", "-C", tmp_path], input=bundle.pack(signed), check=True)
    folder = tmp_path / "run-1"
    (tmp_path / "allowed_signers").write_text(hospital[1])
    text = signed.files[README].decode()
    assert "如何核验" in text and "How to verify" in text
    english = text.split("## How to verify")[1]
    commands = english.split("```sh\n")[1].split("```")[0]
    script = commands.replace("<that name>", "hospital").replace("-f allowed_signers", "-f ../allowed_signers")

    def follows() -> bool:
        done = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True, check=False)
        return done.returncode == 0

    assert follows()
    (folder / "extra").write_bytes(b"")
    assert not follows()
    (folder / "extra").unlink()
    (folder / "result.json").write_bytes(b'{"rto":1.0}')
    assert not follows()
    (folder / "result.json").unlink()
    assert not follows()


def test_a_flipped_bit_in_any_file_is_found_and_named(signed: Bundle, hospital: tuple[Path, str]) -> None:
    for name, data in signed.files.items():
        for at in {0, len(data) // 2, len(data) - 1}:
            changed = with_file(signed, name, data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
            checked = seal.examine(changed, hospital[1])
            assert not checked.proved and not checked.intact, (name, at)
            if name not in (SUMS, SIGNATURE):
                assert (name, Wrong.CHANGED) in found(checked)


def test_missing_and_added_files_are_found(signed: Bundle, hospital: tuple[Path, str]) -> None:
    for name in FILES:
        rest = {file: data for file, data in signed.files.items() if file != name}
        assert (name, Wrong.MISSING) in found(seal.examine(replace(signed, files=rest), hospital[1]))
    assert ("more", Wrong.ADDED) in found(seal.examine(with_file(signed, "more", b""), hospital[1]))


def test_a_forger_who_also_corrects_the_checksums_has_no_valid_signature(
    signed: Bundle, hospital: tuple[Path, str], ssh_key: Callable[[str], Path]
) -> None:
    forged = seal.seal("run-1", {**FILES, "result.json": b'{"rto":1.0}'}, "test", {"run": "run-1"})
    kept = with_file(forged, SIGNATURE, signed.files[SIGNATURE])
    assert seal.examine(kept, hospital[1]).signature.state is State.INVALID
    assert not seal.examine(kept, hospital[1]).intact
    foreign = seal.examine(seal.sign(forged, ssh_key("mallory")), hospital[1])
    assert foreign.intact and not foreign.proved and foreign.signature.state is State.UNKNOWN_SIGNER
    dropped = seal.examine(forged, hospital[1])
    assert dropped.intact and not dropped.proved and dropped.signature.state is State.ABSENT


def test_a_manifest_or_list_in_another_order_is_found(signed: Bundle, hospital: tuple[Path, str]) -> None:
    lines = signed.files[SUMS].decode().splitlines()
    checked = seal.examine(with_file(signed, SUMS, ("\n".join([*lines[1:], lines[0]]) + "\n").encode()), hospital[1])
    assert (SUMS, Wrong.REORDERED) in found(checked)
    spaced = signed.files[MANIFEST].replace(b'","', b'", "', 1)
    assert (MANIFEST, Wrong.CHANGED) in found(seal.examine(with_file(signed, MANIFEST, spaced), hospital[1]))


def test_a_bundle_under_another_name_is_told(signed: Bundle) -> None:
    assert "named run-2" in seal.examine(replace(signed, name="run-2"), None).flaws[0].detail


def test_nothing_can_take_the_place_of_what_seals_it() -> None:
    for name in (MANIFEST, SUMS, SIGNATURE, README, "../x", "a b", "-rf"):
        with pytest.raises(MedcloudError):
            seal.seal("run-1", {name: b""}, "test", {})
