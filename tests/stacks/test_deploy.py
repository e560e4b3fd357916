"""Plan, apply, drift, interruption and destroy through the real engine; the cloud is the fake one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from inventory.model import Site
from stacks import deploy
from stacks.program import MachineImage
from stacks.result import Op, StackEvent
from tests.stacks.engine_bench import PASSWORD, deployment, served
from tests.stacks.fake_cloud import FakeCloud

pytestmark = pytest.mark.engine
CENTRE = "fuzhou"
SERVERS = 8
CHILD = """
import sys
from pathlib import Path
from inventory.load import load_site
from stacks import deploy
from tests.stacks.engine_bench import deployment
deploy.apply(deployment(load_site("xiamen"), sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
"""


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def port(cloud: FakeCloud) -> Iterator[int]:
    with served(cloud) as port:
        yield port


def names(cloud: FakeCloud, noun: str) -> list[str]:
    return sorted(thing.name for thing in cloud.things[noun].values())


def test_the_life_of_a_stack(xiamen: Site, cloud: FakeCloud, port: int, tmp_path: Path) -> None:
    events: list[StackEvent] = []
    stack = deployment(xiamen, CENTRE, tmp_path, port, events.append)

    beside = deployment(xiamen, "gaodian", tmp_path, port)
    first, other = deploy.side_by_side(deploy.plan, [stack, beside])
    assert [sum(item.kind == "server" for item in plan.resources) for plan in (first, other)] == [SERVERS, 22]
    assert first.counts[Op.CREATE] == len(first.resources) > 40 and not cloud.things["server"]

    cloud.crash_after = "create_server"
    with pytest.raises(MedcloudError, match="cannot create server") as failure:
        deploy.apply(stack)
    assert "Traceback" not in str(failure.value) and "File " not in str(failure.value)

    applied = deploy.apply(stack)
    assert len(applied.resources) == len(first.resources)
    assert names(cloud, "server") == sorted({item.name for item in first.resources if item.kind == "server"})
    assert len(applied.outputs["counted"]) == SERVERS and applied.outputs["machines"] == []
    assert {"started", "done"} <= {event.status for event in events if event.kind == "server"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    secrets = (PASSWORD.encode(), stack.passphrase.encode())
    assert files and not [path for path in files if any(secret in path.read_bytes() for secret in secrets)]

    lost = next(iter(cloud.things["server"].values()))
    del cloud.things["server"][lost.id]
    next(iter(cloud.things["security_group"].values())).security_group_rules = []
    drifted = deploy.plan(stack)
    assert {(c.kind, c.op, c.drift) for c in drifted.changes} == {
        ("server", Op.CREATE, True),
        ("security_group", Op.UPDATE, True),
    }
    deploy.apply(stack)
    assert lost.name in names(cloud, "server") and deploy.plan(stack).changes == ()

    destroyed = deploy.destroy(stack)
    left = {noun: len(things) for noun, things in cloud.things.items() if things}
    assert destroyed.counts[Op.DELETE] == len(first.resources) and left == {"network": 1, "subnet": 1}


def test_a_killed_apply_is_finished_by_the_next(xiamen: Site, cloud: FakeCloud, port: int, tmp_path: Path) -> None:
    cloud.silent_after = "create_network"  # the child cannot end before it is killed
    child = subprocess.Popen([sys.executable, "-c", CHILD, CENTRE, str(tmp_path), str(port)], start_new_session=True)
    deadline = time.monotonic() + 120
    while "create_network" not in cloud.calls:
        assert child.poll() is None and time.monotonic() < deadline, "the child never came to its networks"
        time.sleep(0.01)
    stack = deployment(xiamen, CENTRE, tmp_path, port)
    with pytest.raises(MedcloudError, match="another operation works on xiamen-fuzhou"):
        deploy.apply(stack)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    cloud.silent_after = ""
    cloud.answers.set()
    deploy.apply(stack)
    for noun in ("server", "network", "volume", "port", "security_group"):
        found = [name for name in names(cloud, noun) if name]
        assert len(found) == len(set(found)), noun
    assert len(cloud.things["server"]) == SERVERS and deploy.plan(stack).changes == ()
    assert not list(stack.folder.rglob("*.attrs"))  # the engine would not survive a kill while it writes one


def test_a_new_golden_image_rebuilds_no_server(xiamen: Site, cloud: FakeCloud, port: int, tmp_path: Path) -> None:
    disk = tmp_path / "instance.raw"
    disk.write_bytes(b"a")
    counted = deployment(xiamen, CENTRE, tmp_path, port)
    first, second = (
        replace(counted, site=xiamen, inputs=replace(counted.inputs, image=MachineImage(disk, content)))
        for content in ("a", "b")
    )
    deploy.apply(first)
    servers = set(cloud.things["server"])
    changed = deploy.apply(second).changes
    assert [(change.kind, change.op) for change in changed] == [("image", Op.REPLACE)]
    assert set(cloud.things["server"]) == servers and names(cloud, "image") == ["counted", "machine"]
