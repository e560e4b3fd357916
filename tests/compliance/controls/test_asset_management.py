"""The controls of asset management on literal facts."""

import json

from inventory.placement import instances


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_a_cloud_that_holds_exactly_the_declared_instances_conforms(find, xiamen):
    servers = json.dumps([{"name": instance.name} for instance in instances(xiamen, "fuzhou")])
    [finding] = find("L3-MMS1-04", "cloud", {"servers": servers}, place="fuzhou")
    assert finding.verdict == "conform"
