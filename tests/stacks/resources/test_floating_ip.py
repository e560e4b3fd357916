"""A floating IP: found again by the name in its description, leads to the server's port."""

from __future__ import annotations

from stacks.spec import load
from tests.stacks.bench import Bench


def test_floating_ip_leads_to_the_server(bench: Bench) -> None:
    wish = bench.server()
    bench.create("router", **bench.router(wish["project_id"], [wish["subnet_id"]], host=31))
    _, server = bench.create("server", **wish)
    asked = {"name": "web", "project_id": wish["project_id"], "network": "provider", "port_id": server["port_id"]}
    first, state = bench.create("floating_ip", **asked)
    assert bench.create("floating_ip", **asked)[0] == first
    assert load("floating_ip").changes(state, asked) == []
