"""The probes against the running lab."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request

import pytest

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def metrics(xiamen_lab):
    """What the exporter says of the lab, by metric name."""
    from prometheus_client.parser import text_string_to_metric_families

    command = xiamen_lab.command("serve", "xiamen", "--port", "0", "--interval", "5", "--json")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        lines = [process.stdout.readline() for _ in range(3)]
        url = json.loads("".join(lines))["url"]
        deadline = time.monotonic() + 60
        text = ""
        while "medcloud_scrape_time_seconds" not in text and time.monotonic() < deadline:
            time.sleep(1)
            text = urllib.request.urlopen(url, timeout=10).read().decode()
    finally:
        process.terminate()
        process.wait(timeout=30)
    return {family.name: family.samples for family in text_string_to_metric_families(text)}


def test_every_probe_reads_every_object(metrics):
    blind = [sample.labels for sample in metrics["medcloud_scrape_success"] if sample.value != 1.0]
    assert blind == []


def test_both_carriers_are_up_at_every_line_end(metrics, xiamen):
    samples = metrics["medcloud_link_up"]
    assert len(samples) == 2 * len(xiamen.links)  # seen from both ends
    assert {sample.value for sample in samples} == {1.0}
    assert {sample.labels["carrier"] for sample in samples} == {"telecom", "unicom"}


def test_one_leader_and_every_member_close_behind(metrics):
    assert [sample.value for sample in metrics["medcloud_database_leaders"]] == [1.0]
    lags = {sample.labels["centre"]: sample.value for sample in metrics["medcloud_replication_lag_seconds"]}
    assert set(lags) == {"software-park-2", "gaodian", "fuzhou"}
    assert max(lags.values()) < 60
    assert sum(sample.value for sample in metrics["medcloud_database_synchronous"]) == 1


def test_capacity_counts_what_the_clouds_hold(xiamen_lab):
    found = xiamen_lab.json("capacity", "xiamen")
    for centre in found["centres"]:
        if not centre["deployed"]:
            continue
        assert centre["unread"] is None
        assert centre["undeclared"] == []
        assert centre["real_instances"] + centre["counted_instances"] == centre["declared_instances"]
        for pool in centre["compute"]:
            assert pool["used_vcpus"] == pool["committed_vcpus"]
    assert found["centres"][0]["compute"][0]["used_vcpus"] == 268
