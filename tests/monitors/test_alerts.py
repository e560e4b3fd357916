"""Alert rules name metrics that exist, and fire as their promtool test says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from monitors import exporter

ALERTS = Path(exporter.__file__).parent / "alerts.yml"
METRICS = Path(exporter.__file__).parent / "metrics"


def test_rules_use_metrics_that_are_exported():
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    used = {name for rule in rules for name in re.findall(r"medcloud_[a-z_]+", rule["expr"])}
    made = {name for path in METRICS.glob("*.py") for name in re.findall(r'"(medcloud_[a-z_]+)"', path.read_text())}
    assert used and used <= made
    assert all({"severity"} == set(rule["labels"]) and "summary" in rule["annotations"] for rule in rules)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (package prometheus) is not installed")
def test_rules_fire_as_they_should():
    done = subprocess.run(
        ["promtool", "test", "rules", "alerts_test.yml"], cwd=ALERTS.parent, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
