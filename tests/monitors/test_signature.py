"""Signatures by the real ssh-keygen: whose, over what, for what purpose; and nothing in them may be changed unseen."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from monitors import signature
from monitors.signature import State

DATA, PURPOSE = b"what was signed\n", "medcloud-test"


@pytest.fixture
def signed(ssh_key: Callable[[str], Path]) -> tuple[bytes, str]:
    """A signature of DATA by ann, and the allowed signers that know her."""
    key = ssh_key("ann")
    return signature.sign(DATA, PURPOSE, key), f"ann {signature.public_key(key)}\n"


def test_a_signature_of_an_allowed_signer_is_valid_and_names_her(signed: tuple[bytes, str]) -> None:
    found = signature.check(DATA, signed[0], PURPOSE, signed[1])
    assert (found.state, found.principal) == (State.VALID, "ann")
    assert found.fingerprint == signature.fingerprint(signed[1].split()[2]) != ""


def test_other_data_another_purpose_and_no_signature_are_not_valid(signed: tuple[bytes, str]) -> None:
    armoured, signers = signed
    assert signature.check(DATA + b" ", armoured, PURPOSE, signers).state is State.INVALID
    assert signature.check(DATA, armoured, "medcloud-other", signers).state is State.INVALID
    assert signature.check(DATA, None, PURPOSE, signers).state is State.ABSENT
    assert signature.check(DATA, b"no signature", PURPOSE, signers).state is State.INVALID


def test_a_foreign_key_is_an_unknown_signer_even_when_it_claims_the_name(
    signed: tuple[bytes, str], ssh_key: Callable[[str], Path]
) -> None:
    foreign = signature.sign(DATA, PURPOSE, ssh_key("mallory"))
    found = signature.check(DATA, foreign, PURPOSE, signed[1])
    assert found.state is State.UNKNOWN_SIGNER and found.principal == ""
    assert signature.check(DATA, signed[0], PURPOSE, None).state is State.UNKNOWN_SIGNER


def test_a_key_that_has_expired_or_is_allowed_for_another_purpose_does_not_count(signed: tuple[bytes, str]) -> None:
    armoured, signers = signed
    body = signers.split(" ", 1)[1]
    for options in ('valid-before="20200101"', 'namespaces="file"'):
        found = signature.check(DATA, armoured, PURPOSE, f"ann {options} {body}")
        assert found.state is State.UNKNOWN_SIGNER, options


def test_no_byte_of_the_signature_file_can_be_changed_unseen(signed: tuple[bytes, str]) -> None:
    armoured, signers = signed
    for at in range(0, len(armoured), 7):
        changed = armoured[:at] + bytes([armoured[at] ^ 1]) + armoured[at + 1 :]
        assert signature.check(DATA, changed, PURPOSE, signers).state is State.INVALID, at


def test_what_openssh_ignores_in_a_signature_is_refused_too(signed: tuple[bytes, str]) -> None:
    """The reserved field is not signed, nor are line breaks: both could carry a changed byte."""
    lines = signed[0].decode().splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))
    at = blob.index(PURPOSE.encode()) + len(PURPOSE)
    stuffed = base64.b64encode(blob[:at] + b"\0\0\0\1x" + blob[at + 4 :]).decode()
    rows = "\n".join(stuffed[n : n + 70] for n in range(0, len(stuffed), 70))
    spaced = signed[0].replace(b"SIGNATURE-----\n", b"SIGNATURE-----\n\n", 1)
    for changed in (f"{lines[0]}\n{rows}\n{lines[-1]}\n".encode(), spaced):
        assert signature.check(DATA, changed, PURPOSE, signed[1]).state is State.INVALID


def test_the_public_key_of_a_private_one_is_found_with_and_without_its_pub_file(ssh_key: Callable[[str], Path]) -> None:
    key = ssh_key("ann")
    beside = key.with_name("ann.pub")
    line = signature.public_key(key)
    assert line == signature.public_key(beside) == " ".join(beside.read_text().split()[:2])
    beside.unlink()
    assert signature.public_key(key) == line


def test_keys_that_are_none_are_bad_input(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("my password")
    for key in (tmp_path / "absent", tmp_path / "note"):
        with pytest.raises(MedcloudError) as caught:
            signature.public_key(key)
        assert caught.value.code == "input" and "password" not in str(caught.value)
    with pytest.raises(MedcloudError):
        signature.sign(DATA, PURPOSE, tmp_path / "note")
