"""`medcloud serve` as a process: it answers, and it stops when interrupted."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from typer.testing import CliRunner

from cli.main import app
from inventory.error import MedcloudError

# The real command in a process of its own, but for the look: a unit test must not speak to any address of the model.
PROGRAM = """
import sys
from datetime import UTC, datetime
import cli.looking
from cli.main import main
from monitors.capacity import compute
from monitors.facts import Facts

def facts_of(context, shell):
    now = datetime.now(UTC)
    return Facts(context.site.name, now, capacity=compute(context.site, now, {}))

cli.looking.facts_of = facts_of
main()
"""


def test_metrics_until_interrupted(tmp_path):
    words = ["--state-dir", str(tmp_path), "--lab", "no-such-lab", "serve", "xiamen", "--port", "0", "--json"]
    command = [sys.executable, "-c", PROGRAM, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = json.loads(_object(process.stdout))["url"]
            assert url.startswith("http://127.0.0.1:")
            text = _ask(url)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 130
    assert 'medcloud_capacity_vcpus{centre="software-park-2",kind="committed",pool="virtual"} 268.0' in text


def _object(stream):
    """One JSON object that is printed over several lines."""
    lines = []
    while not lines or lines[-1].rstrip() != "}":
        lines.append(stream.readline())
        assert lines[-1], "ended before it said where it listens"
    return "".join(lines)


def _ask(url):
    """The metrics, when the first look is done."""
    for _ in range(100):
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
        if "medcloud_scrape_time_seconds" in text:
            return text
        time.sleep(0.1)
    raise AssertionError("no look within 10 s")


def test_a_taken_port_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = ["--state-dir", str(tmp_path), "serve", "xiamen", "--port", str(taken.getsockname()[1])]
        with pytest.raises(MedcloudError, match="cannot listen"):
            CliRunner().invoke(app, words, catch_exceptions=False)
