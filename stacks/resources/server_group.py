"""Servers that Nova keeps on different hypervisors (anti-affinity) or tries to (soft-anti-affinity)."""

from __future__ import annotations

from stacks.spec import Field, Mark, Spec

SPEC = Spec(
    kind="server_group",
    service="compute",
    noun="server_group",
    plural="server_groups",
    mark=Mark.NONE,
    fields={
        "name": Field(replace=True),
        "project_id": Field(replace=True, write_only=True),
        "policy": Field(replace=True),
    },
    create=lambda view, inputs: view.conn.compute.create_server_group(name=inputs["name"], policy=inputs["policy"]),
)
