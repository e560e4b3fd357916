"""Project and quota of a centre."""

from __future__ import annotations

import pulumi

from stacks.components.tenancy import Tenancy, TenancyConfig
from tests.stacks.component_bench import declared, of_kind


def test_the_quota_belongs_to_the_project_and_holds_what_is_placed() -> None:
    config = TenancyConfig(project="xiamen", instances=3, cores=12, ram_mb=4096, volumes=2, volume_gb=900, zones=2)
    made = declared(lambda: Tenancy(config, pulumi.ResourceOptions()))
    (quota,) = of_kind(made, "quota")
    assert [item.name for item in of_kind(made, "project")] == ["xiamen"]
    assert quota.inputs["project_id"] == "project/xiamen"
    assert {name: quota.inputs[name] for name in ("instances", "cores", "ram_mb", "volumes", "volume_gb")} == {
        "instances": 3,
        "cores": 12,
        "ram_mb": 4096,
        "volumes": 2,
        "volume_gb": 900,
    }
    assert quota.inputs["ports"] >= 3 + 2 * 3
