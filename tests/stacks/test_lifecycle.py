"""The generic engine: adoption, strangers, what is gone already, crashes and shared listings."""

from __future__ import annotations

import pytest

from inventory.error import MedcloudError
from stacks.clouds import Clouds
from stacks.lifecycle import Lifecycle
from stacks.spec import kinds, load
from tests.stacks.bench import Bench
from tests.stacks.fake_cloud import FakeCloud


def test_a_stranger_of_that_name_is_not_taken(bench: Bench) -> None:
    project_id = bench.project()
    bench.create("network", name="zone", project_id=project_id)
    other = Lifecycle(Clouds(bench.connect), "another-site")
    with pytest.raises(MedcloudError, match="does not belong to site another-site"):
        other.create(load("network"), {"name": "zone", "project_id": project_id}, 60)


def test_a_delete_of_what_is_gone_is_done(bench: Bench) -> None:
    project_id = bench.project()
    made = bench.create("network", name="zone", project_id=project_id)
    for _ in range(2):
        bench.delete("network", *made)
    assert bench.read("network", *made) is None


def test_what_is_in_a_lost_project_is_gone_too(bench: Bench) -> None:
    project_id = bench.project()
    made = bench.create("volume", name="data", project_id=project_id, size_gb=1, type="ssd")
    bench.delete("volume", *made)
    bench.connect(None).identity.delete_project(project_id)
    assert bench.read("volume", *made) is None
    bench.delete("volume", *made)


@pytest.mark.parametrize("call", ["create_server", "create_port"])
def test_a_crash_after_the_call_makes_no_second_server(call: str) -> None:
    cloud = FakeCloud()
    bench = Bench(cloud.connect, "crash", "10.21.0")
    wish = bench.server()
    cloud.crash_after = call
    with pytest.raises(MedcloudError):
        bench.create("server", **wish)
    _, state = bench.create("server", **wish)
    assert len(cloud.things["server"]) == 1 and len(cloud.things["port"]) == 1
    assert load("server").changes(state, wish) == []


def test_a_faulty_server_says_why_and_is_made_again() -> None:
    cloud = FakeCloud()
    bench = Bench(cloud.connect, "fault", "10.21.0")
    wish = bench.server()
    cloud.fault = "No valid host was found."
    with pytest.raises(MedcloudError, match="No valid host") as refused:
        bench.create("server", **wish)
    assert "capacity" in refused.value.hint
    cloud.fault = ""
    bench.create("server", **wish)
    assert [server.status for server in cloud.things["server"].values()] == ["ACTIVE"]


def test_a_read_of_a_hundred_resources_is_one_listing() -> None:
    cloud = FakeCloud()
    bench = Bench(cloud.connect, "many", "10.21.0")
    project_id = bench.project()
    made = [
        bench.create("volume", name=f"v{number}", project_id=project_id, size_gb=1, type="ssd") for number in range(100)
    ]
    cloud.calls.clear()
    engine = bench.engine()
    assert all(engine.read(load("volume"), *one) for one in made)
    assert cloud.calls == ["volumes"]


@pytest.mark.parametrize("kind", kinds())
def test_every_spec_is_named_after_its_file(kind: str) -> None:
    assert load(kind).kind == kind


def test_an_unknown_kind_is_named_with_those_there_are() -> None:
    with pytest.raises(MedcloudError, match="'ballon'") as refused:
        load("ballon")
    assert "volume" in refused.value.hint
