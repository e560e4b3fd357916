"""Named secrets of a site: made once, random, kept encrypted; the model and the reports hold only their names."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from inventory.error import MedcloudError

_LENGTH = 24  # bytes of entropy, 32 characters of URL-safe text


class SecretStore:
    """A file of named secrets, encrypted by a key derived from `passphrase` (scrypt, Fernet).

    Raises MedcloudError when the file was written with another passphrase.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path = path
        self._passphrase = passphrase
        self._known: dict[str, str] = {}

    def get(self, name: str, make: Callable[[], str] = lambda: secrets.token_urlsafe(_LENGTH)) -> str:
        """The secret of that name; made (a random text, unless told how) the first time anybody asks."""
        if name not in self._known:
            with self._locked():
                self._known = self._read()
                if name not in self._known:
                    self._known[name] = make()
                    self._write(self._known)
        return self._known[name]

    def values(self) -> list[str]:
        """Every value made so far, for those who must keep them out of what they write."""
        return list((self._known or self._read()).values())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR, 0o600)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _cipher(self, salt: bytes) -> Fernet:
        key = Scrypt(salt=salt, length=32, n=2**14, r=8, p=1).derive(self._passphrase.encode())
        return Fernet(base64.urlsafe_b64encode(key))

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        salt, token = self._path.read_bytes().split(b"\n", 1)
        try:
            return dict(json.loads(self._cipher(base64.b64decode(salt)).decrypt(token.strip())))
        except InvalidToken:
            raise MedcloudError(
                f"{self._path}: the passphrase does not open this secret store",
                "give the passphrase it was made with (MEDCLOUD_PASSPHRASE or the passphrase file)",
            ) from None

    def _write(self, known: dict[str, str]) -> None:
        salt = os.urandom(16)
        token = self._cipher(salt).encrypt(json.dumps(known).encode())
        draft = self._path.with_suffix(".new")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(base64.b64encode(salt) + b"\n" + token + b"\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
