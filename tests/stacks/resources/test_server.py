"""A server: as declared, adopted, changed in place where it can be, gone with its port."""

from __future__ import annotations

from stacks.spec import load
from tests.stacks.bench import Bench


def test_server_holds_and_leaves_no_port(bench: Bench) -> None:
    wish = bench.server()
    bench.holds("server", wish)
    ports = bench.connect(wish["project_id"]).network.ports(network_id=wish["network_id"])
    assert [port.name for port in ports if port.name == bench.name] == []


def test_metadata_and_security_groups_change_in_place(bench: Bench) -> None:
    wish = bench.server()
    server_id, state = bench.create("server", **wish)
    group_id, _ = bench.create("security_group", name="other", project_id=wish["project_id"], ingress=[])
    changed = wish | {"metadata": {"medcloud:zone": "data"}, "security_group_ids": [group_id]}
    after = bench.update("server", server_id, state, changed)
    assert load("server").changes(after, changed) == []
    assert load("server").changes(bench.read("server", server_id, after) or {}, changed) == []
    bench.update("server", server_id, after, wish)


def test_a_changed_address_needs_a_new_server() -> None:
    spec = load("server")
    wish = {"address": "10.0.0.1", "metadata": {"a": "b"}}
    changed = spec.changes(wish, {"address": "10.0.0.2", "metadata": {"a": "c"}})
    assert {name: spec.fields[name].replace for name in changed} == {"address": True, "metadata": False}
