"""Where a command works: folders, secrets and the network it speaks from."""

from __future__ import annotations

import ctypes
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from inventory.error import MedcloudError, refused

if TYPE_CHECKING:  # imported inside the functions: --help must not wait for pydantic
    from inventory.model import Site
    from inventory.secrets import SecretStore

_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True)
class Settings:
    """Folders and names from the options and the environment."""

    state_root: Path
    cache: Path
    lab: str | None
    passphrase: str | None
    engine_url: str | None = None
    here: str | None = None

    @classmethod
    def from_environment(
        cls,
        environment: Mapping[str, str],
        state_dir: Path | None,
        cache_dir: Path | None,
        lab: str | None,
        engine_url: str | None = None,
        here: str | None = None,
    ) -> Settings:
        """Options win over MEDCLOUD_* variables, these over the XDG folders."""
        home = Path(environment.get("HOME", "/root"))
        state = environment.get("MEDCLOUD_STATE_DIR") or (
            Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / "medcloud"
        )
        cache = environment.get("MEDCLOUD_CACHE_DIR") or (
            Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "medcloud"
        )
        return cls(
            (state_dir or Path(state)).absolute(),
            (cache_dir or Path(cache)).absolute(),
            lab or environment.get("MEDCLOUD_LAB"),
            environment.get("MEDCLOUD_PASSPHRASE"),
            engine_url or environment.get("MEDCLOUD_ENGINE_URL"),
            here or environment.get("MEDCLOUD_HERE"),
        )


@dataclass(frozen=True)
class SiteContext:
    """One site as a command sees it. `folder` holds its model, `state` is its own state folder."""

    site: Site
    name: str
    state: Path
    cache: Path
    secrets: SecretStore
    passphrase: str
    folder: Path

    @property
    def key_file(self) -> Path:
        """The operator's SSH key."""
        return self.state / "ssh" / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.state / "ssh" / "known_hosts"


def open_site(settings: Settings, site: str) -> SiteContext:
    """Load the site and its state folder; joins nothing yet. Raises MedcloudError for a bad model."""
    from inventory.load import read_site
    from inventory.secrets import SecretStore

    loaded = read_site(site)
    model = loaded.site
    name = settings.lab or model.name
    state = settings.state_root / name
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = settings.passphrase or _passphrase(settings.state_root / "passphrase")
    return SiteContext(
        model, name, state, settings.cache, SecretStore(state / "secrets", passphrase), passphrase, loaded.folder
    )


def join_site(settings: Settings, site: str) -> SiteContext:
    """Like `open_site`, then speak from the operators' network of the site's lab, where one is running.

    Nothing above the lab knows about it: all later connections and child processes simply start there. Refused when
    the site's machines were a lab's that is down.
    """
    context = open_site(settings, site)
    namespace = Path("/run/netns") / f"mc-{context.name}-ops"
    if namespace.exists():
        _enter(namespace)
    elif (context.state / "lab.lock").exists():
        raise refused(
            f"the lab {context.name} is down, and its addresses may be somebody else's outside of it",
            f"bring it up: medcloud lab up {site}",
        )
    return context


def _enter(namespace: Path) -> None:
    handle = os.open(namespace, os.O_RDONLY)
    try:
        enter_network(handle)
    finally:
        os.close(handle)


def enter_network(handle: int) -> None:
    """Let this thread, and what it starts, speak from the open network namespace; MedcloudError when it may not."""
    if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET) != 0:
        raise MedcloudError(f"cannot enter the lab's network: {os.strerror(ctypes.get_errno())}", "run as root")


def _passphrase(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    return path.read_text().strip()
