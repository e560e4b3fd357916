"""`bench`: every test that takes it runs on the fake cloud and, marked `lab`, on a real OpenStack."""

from __future__ import annotations

import ctypes
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.access import cloud_access
from cli.context import SiteContext
from inventory import addresses
from inventory.secrets import SecretStore
from stacks.clouds import connector
from tests.conftest import ProvisionedLab
from tests.stacks.bench import Bench
from tests.stacks.fake_cloud import FakeCloud

CENTRE = "fuzhou"  # the smallest cloud of the lab
NEW_NET = 0x40000000


@contextmanager
def network_of(namespace: Path) -> Iterator[None]:
    """This thread, and what it starts, speaks from that network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, namespace.open() as there:
        assert libc.setns(there.fileno(), NEW_NET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            libc.setns(home.fileno(), NEW_NET)


def lab_context(lab: ProvisionedLab) -> SiteContext:
    passphrase = (lab.state_root / "passphrase").read_text().strip()
    secrets = SecretStore(lab.state / "secrets", passphrase)
    return SiteContext(lab.site, lab.name, lab.state, Path(), secrets, passphrase, Path())


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.lab)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    name = f"test-{uuid.uuid4().hex[:8]}"
    if request.param == "fake":
        bench = Bench(FakeCloud().connect, name, "10.21.0")
        yield bench
        bench.clean()
        return
    lab: ProvisionedLab = request.getfixturevalue("xiamen_lab")
    provider = str(addresses.provider(lab.site.centre(CENTRE)).network_address).rpartition(".")[0]
    with network_of(Path(f"/run/netns/mc-{lab.name}-ops")):
        bench = Bench(connector(cloud_access(lab_context(lab), CENTRE)), name, provider)
        try:
            yield bench
        finally:
            bench.clean()
