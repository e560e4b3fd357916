"""Signatures made and checked by OpenSSH alone (`ssh-keygen -Y`); agents and hardware keys are its business.

Whom to believe is said by allowed signers (the file format of ssh-keygen(1)); a signature by itself proves nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inventory.checks.recovery import key_body
from inventory.error import MedcloudError, bad_input

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_COLUMNS = 70
_PATIENCE = 20  # seconds; checking asks nobody, signing may wait for a finger on a hardware key


class State(StrEnum):
    VALID = "valid"
    UNKNOWN_SIGNER = "unknown-signer"  # the signature holds, but nobody vouches for its key
    INVALID = "invalid"
    ABSENT = "absent"


@dataclass(frozen=True)
class Signature:
    """What a signature turned out to be. `principal` is the allowed signer, empty when it is not valid."""

    state: State
    principal: str = ""
    fingerprint: str = ""
    why: str = ""


def sign(data: bytes, namespace: str, key: Path) -> bytes:
    """The armoured signature of the data. `key` is a private key, or a public one whose private half an agent or a
    hardware key holds. MedcloudError with ssh-keygen's own words when it does not sign."""
    if not key.is_file():
        raise bad_input(f"no key {key}", "name a private key, or a public one that your ssh-agent holds")
    done = _keygen(["-Y", "sign", "-q", "-n", namespace, "-f", str(key)], data, patience=None)
    if done.returncode != 0:
        raise MedcloudError(f"ssh-keygen did not sign with {key}: {_words(done)}", "is it your key, and unlocked?")
    return done.stdout


def public_key(key: Path) -> str:
    """The public key line (type and body) of a key file; of a private key only its half that anybody may see."""
    if not key.is_file():
        raise bad_input(f"no key {key}")
    text = key.read_bytes()
    if b"PRIVATE KEY" in text.split(b"\n", 1)[0]:
        beside = key.with_name(f"{key.name}.pub")
        text = beside.read_bytes() if beside.is_file() else _keygen(["-y", "-f", str(key)], b"", None).stdout
    line = text.decode(errors="replace")
    if key_body(line) is None:
        raise bad_input(f"{key}: not an SSH key")
    return " ".join(line.split()[:2])


def fingerprint(body: str) -> str:
    """`SHA256:…` of a public key's base64 body, as ssh-keygen prints it; empty when it is none."""
    try:
        return _fingerprint(base64.b64decode(body, validate=True))
    except binascii.Error:
        return ""


def check(data: bytes, armoured: bytes | None, namespace: str, signers: str | None) -> Signature:
    """Whether the signature is of exactly this data in this namespace, and by whom of the allowed `signers`."""
    if armoured is None:
        return Signature(State.ABSENT, why="there is no signature")
    try:
        mark = _fingerprint(_key_of(armoured))
    except ValueError as error:
        return Signature(State.INVALID, why=f"damaged signature: {error}")
    with tempfile.TemporaryDirectory(prefix="medcloud-signature-") as name:
        folder = Path(name)
        (folder / "sig").write_bytes(armoured)
        holds = _keygen(["-Y", "check-novalidate", "-n", namespace, "-s", str(folder / "sig")], data)
        if holds.returncode != 0:
            return Signature(State.INVALID, fingerprint=mark, why=_words(holds))
        if signers is None:
            return Signature(State.UNKNOWN_SIGNER, fingerprint=mark, why="no allowed signers were given")
        (folder / "signers").write_text(signers, encoding="utf-8")
        return _vouched(folder, data, namespace, mark)


def _vouched(folder: Path, data: bytes, namespace: str, mark: str) -> Signature:
    files = ["-s", str(folder / "sig"), "-f", str(folder / "signers")]
    found = _keygen(["-Y", "find-principals", *files], b"")
    why = "its key is none of the allowed signers'"
    for line in found.stdout.decode(errors="replace").splitlines():
        name = line.split(",")[0].strip()
        done = _keygen(["-Y", "verify", "-n", namespace, "-I", name, *files], data)
        if done.returncode == 0:
            return Signature(State.VALID, name, mark)
        why = _words(done)
    return Signature(State.UNKNOWN_SIGNER, fingerprint=mark, why=why)


def _keygen(words: list[str], data: bytes, patience: float | None = _PATIENCE) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["ssh-keygen", *words], input=data, capture_output=True, timeout=patience, check=False)
    except FileNotFoundError:
        raise MedcloudError("no ssh-keygen on this machine", "apt-get install openssh-client") from None
    except subprocess.TimeoutExpired:
        raise MedcloudError(f"ssh-keygen {' '.join(words[:2])} took longer than {patience:g} s") from None


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
    return said[0] if said else f"exit {done.returncode}"


def _key_of(armoured: bytes) -> bytes:
    """The public key inside a signature (PROTOCOL.sshsig). ValueError for every text but the one ssh-keygen writes:
    what is not signed (line breaks, the reserved field) could otherwise be changed unseen."""
    lines = armoured.decode("ascii").split("\n")
    if len(lines) < 4 or (lines[0], lines[-2], lines[-1]) != (_BEGIN, _END, ""):
        raise ValueError("no SSH signature")
    blob = base64.b64decode("".join(lines[1:-2]), validate=True)
    text = base64.b64encode(blob).decode()
    if lines[1:-2] != [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]:
        raise ValueError("its text is not as ssh-keygen writes it")
    if blob[:10] != b"SSHSIG\0\0\0\1":
        raise ValueError("unknown format")
    key, _, reserved, _, _ = _strings(blob[10:], 5)
    if reserved:
        raise ValueError("its reserved field is not empty")
    return key


def _strings(rest: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        if len(rest) < 4 or len(rest) - 4 < (size := struct.unpack(">I", rest[:4])[0]):
            raise ValueError("it is cut off")
        found.append(rest[4 : 4 + size])
        rest = rest[4 + size :]
    if rest:
        raise ValueError("something follows its end")
    return found


def _fingerprint(key: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
