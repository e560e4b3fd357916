"""Shared fixtures: the Xiamen model for unit tests, one provisioned Xiamen lab for all lab tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inventory.load import load_site
from inventory.model import Site


def pytest_configure() -> None:
    """A background job ignores SIGINT and so do its children: tests that press Ctrl-C would wait for ever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


MEDCLOUD = str(Path(sys.executable).parent / "medcloud")


@pytest.fixture(scope="session")
def xiamen() -> Site:
    """The Xiamen blueprint."""
    return load_site("xiamen")


@pytest.fixture(scope="session")
def kept(xiamen: Site) -> Site:
    """The Xiamen blueprint with its databases' backup servers in the lab."""
    assert xiamen.lab is not None
    return xiamen.model_copy(update={"lab": xiamen.lab.model_copy(update={"repositories": True})})


@pytest.fixture
def ssh_key(tmp_path: Path) -> Callable[[str], Path]:
    """Name → a fresh SSH key of that person without a passphrase; its public half lies beside it."""

    def make(name: str) -> Path:
        key = tmp_path / "keys" / name
        key.parent.mkdir(exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True)
        return key

    return make


@dataclass(frozen=True)
class ProvisionedLab:
    """A site that is up and applied; `run` types a command as a user would."""

    name: str
    state_root: Path
    site: Site

    @property
    def state(self) -> Path:
        return self.state_root / self.name

    def command(self, *words: str) -> list[str]:
        """The whole command line, for tests that start and kill it themselves."""
        return [MEDCLOUD, "--state-dir", str(self.state_root), "--lab", self.name, *words]

    def run(self, *words: str, exit_code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Type a command; `exit_code` None accepts any."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=1800)
        if exit_code is not None and done.returncode != exit_code:
            raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout[-2500:]}\n{_end_of(done.stderr)}")
        return done

    def json(self, *words: str, exit_code: int | None = 0) -> Any:
        """The command's `--json` result."""
        return json.loads(self.run(*words, "--json", exit_code=exit_code).stdout)

    def on_ops(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command spoken from the operators' network."""
        return subprocess.run(
            ["ip", "netns", "exec", f"mc-{self.name}-ops", *words], capture_output=True, text=True, timeout=300
        )


def kill_apply_in_the_middle(lab: ProvisionedLab) -> None:
    """SIGKILL the first apply while it creates servers: every lab test stands on what the next one made of it."""
    with (lab.state / "first-apply.log").open("w+") as log:
        running = subprocess.Popen(lab.command("apply", "xiamen"), stdout=log, stderr=subprocess.STDOUT)
        while running.poll() is None and not _creates_servers(lab):
            time.sleep(0.5)
        running.kill()
        ended = running.wait()
        log.seek(0)
        assert ended == -signal.SIGKILL, f"apply ended by itself: {ended}\n{_end_of(log.read())}"


def _creates_servers(lab: ProvisionedLab) -> bool:
    stacks = (lab.state / "pulumi" / "state").rglob("xiamen-*.json")
    return any('"medcloud:index:server"' in _text(stack) for stack in stacks)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:  # the engine has just put another in its place
        return ""


def _end_of(said: str) -> str:
    """The last lines of what a command said, and after them its error: a library's noise may have followed it."""
    error = said.rfind("error: ")
    return said[-2500:] + (f"\n... {said[error : error + 1500]}" if error >= 0 else "")


@pytest.fixture(scope="session")
def xiamen_lab(xiamen: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProvisionedLab]:
    """The Xiamen site, up and applied. MEDCLOUD_TEST_LAB=NAME:STATE_DIR uses one that is running and leaves it up."""
    running = os.environ.get("MEDCLOUD_TEST_LAB")
    if running:
        name, root = running.split(":", 1)
        yield ProvisionedLab(name, Path(root), xiamen)
        return
    lab = ProvisionedLab("xmtest", tmp_path_factory.mktemp("state"), xiamen)
    try:
        lab.run("lab", "up", "xiamen")
        kill_apply_in_the_middle(lab)
        lab.run("apply", "xiamen")
        yield lab
    except AssertionError as failure:  # said once and last, not once for each test that needs the lab
        pytest.exit(f"the Xiamen lab could not be provisioned, nothing that needs it was run\n{failure}", returncode=1)
    finally:
        lab.run("lab", "down", "xiamen", exit_code=None)
