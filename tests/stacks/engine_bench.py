"""The real Pulumi engine against a fake cloud: the provider is served from inside the test process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from inventory.model import Site
from stacks.clouds import CloudAccess
from stacks.deploy import Deployment
from stacks.program import CentreInputs
from stacks.provider import VERSION, MedcloudProvider
from stacks.result import OnEvent
from tests.stacks.fake_cloud import FakeCloud

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4m0T2r0vKXyuVbnLgO5rQ6ZbJmGx0cH1n9w8o7p6q5 test"
PASSWORD = "a-very-secret-cloud-password"


def cache_dir() -> Path:
    """Where the engine is cached on this machine."""
    return Path(os.environ.get("MEDCLOUD_CACHE_DIR") or Path.home() / ".cache" / "medcloud")


class Attachable(ProviderServicer):
    """The engine says hello to a provider that it did not start itself."""

    async def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()


@contextmanager
def served(cloud: FakeCloud) -> Iterator[int]:
    """The port of a provider that works on that cloud."""
    loop, ready, port = asyncio.new_event_loop(), threading.Event(), 0

    async def serve() -> None:
        nonlocal port
        server = grpc.aio.server()
        provider = MedcloudProvider(connect=lambda access: cloud.connect)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Attachable([], VERSION, provider, ""), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        ready.set()
        await server.wait_for_termination()

    task = loop.create_task(serve())
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True)))
    thread.start()
    ready.wait(20)
    yield port
    loop.call_soon_threadsafe(task.cancel)
    thread.join(20)


def deployment(site: Site, centre: str, state: Path, port: int, on_event: OnEvent = lambda _: None) -> Deployment:
    """A stack of that centre whose provider listens on `port`."""
    access = CloudAccess("http://cloud.invalid:5000/v3", PASSWORD)
    counted = site.lab.model_copy(update={"machines": {}}) if site.lab else None
    return Deployment(
        site=site.model_copy(update={"lab": counted}),
        centre=site.centre(centre),
        access=access,
        inputs=CentreInputs(KEY),
        state_dir=state,
        cache_dir=cache_dir(),
        passphrase="a passphrase of the test",
        on_event=on_event,
        debug_provider_port=port,
    )
