"""What roles log_forward and log_server write: where records go; a log server is not mistaken or talked into things."""

from __future__ import annotations

import re
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jinja2
import pytest

from inventory.hosts import ansible_inventory
from inventory.model import Site

ROLES = Path(__file__).resolve().parents[2] / "playbooks" / "roles"
PORTS = {"log_forward_port": 6514, "log_forward_queue_size": "64m", "log_server_port": 6514, "log_server_days": 184}


def rendered(site: Site, host: str, template: str) -> str:
    """A template as Ansible would write it for that host."""
    printed: dict[str, Any] = ansible_inventory(site)["all"]
    known = {"ansible_managed": "Ansible managed", "inventory_hostname": host, **PORTS}
    text = (ROLES / template).read_text(encoding="utf-8")
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(text).render(known | printed["vars"] | printed["hosts"][host])


@pytest.mark.parametrize(
    ("host", "targets"),
    [
        ("fuzhou-router-1", ["10.88.1.5", "10.88.2.5"]),
        ("his-database-fuzhou-1", ["10.21.0.5", "10.22.0.5"]),
    ],
)
def test_every_record_goes_to_both_log_servers(xiamen: Site, host: str, targets: list[str]) -> None:
    text = rendered(xiamen, host, "log_forward/templates/forward.conf")
    assert re.findall(r'target="([^"]+)"', text) == targets
    assert f'localHostname="{host}"' in text, "an instance's own name is Nova's, not the model's"
    assert text.count('StreamDriverMode="1"') == text.count('StreamDriverAuthMode="x509/name"') == 2
    assert re.findall(r'PermittedPeers="([^"]+)"', text) == ["software-park-2-keeper-1", "gaodian-keeper-1"]
    assert text.count('queue.filename="to-') == 2 and text.count('action.resumeRetryCount="-1"') == 2


def test_nobody_without_a_certificate_may_send(xiamen: Site) -> None:
    text = rendered(xiamen, "gaodian-keeper-1", "log_server/templates/log-server.conf")
    [module] = re.findall(r"module\(load=\"imtcp\".*\)", text)
    assert 'StreamDriver.Mode="1"' in module and 'StreamDriver.AuthMode="x509/certvalid"' in module
    assert "secpath-replace" in text, "a host's name must not lead out of the folder"


def test_a_closed_day_is_sealed_and_an_old_one_goes(xiamen: Site, tmp_path: Path) -> None:
    """The script itself, with chattr writing down what it was asked for."""
    log, folder, asked = tmp_path / "central", tmp_path / "central" / "ward", tmp_path / "asked"
    folder.mkdir(parents=True)
    days = {name: date.today() - timedelta(days=ago) for name, ago in {"today": 0, "closed": 1, "old": 200}.items()}
    for day in days.values():
        (folder / f"{day}.log").write_text("a record\n")
    script = rendered(xiamen, "gaodian-keeper-1", "log_server/templates/log-seal.sh").replace(
        "/var/log/central", str(log)
    )
    chattr = f'chattr() {{ echo "$@" >> {asked}; }}\n'
    done = subprocess.run(["bash", "-c", chattr + script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["SHA256SUMS", f"{days['today']}.log", f"{days['closed']}.log.gz"]
    )
    asked_for = asked.read_text().splitlines()
    assert f"+a ward/{days['today']}.log" in asked_for and f"+i ward/{days['closed']}.log.gz" in asked_for
    assert f"-i ward/{days['old']}.log.gz" in asked_for
    assert subprocess.run(["sha256sum", "-c", "--ignore-missing", "--status", "SHA256SUMS"], cwd=folder).returncode == 0
