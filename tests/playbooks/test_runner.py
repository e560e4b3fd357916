"""The door to Ansible, tried on this machine itself (local connection)."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from playbooks import runner

pytestmark = pytest.mark.engine
PLAY = """
- name: try
  hosts: all
  gather_facts: false
  tasks:
    - name: write
      ansible.builtin.copy: {content: "{{ secrets.word }}", dest: "{{ target }}", mode: "0600"}
      no_log: true
    - name: break
      ansible.builtin.fail: {msg: "it is {{ secrets.word }} again"}
      when: broken | default(false)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "try.yml").write_text(PLAY)
    monkeypatch.setattr(runner, "PLAYBOOKS", tmp_path)
    events = []

    def go(name="try", **more):
        extravars = {"target": str(tmp_path / "out"), "secrets": {"word": "hush-hush"}} | more
        result = runner.run_playbook(
            name,
            {"all": {"hosts": {"here": {"ansible_connection": "local"}}}},
            private_dir=tmp_path / "private",
            key_file=tmp_path / "key",
            known_hosts=tmp_path / "known_hosts",
            extravars=extravars,
            on_event=events.append,
        )
        return result, events

    return go


def test_a_second_run_changes_nothing(run, tmp_path: Path):
    first, events = run()
    second, _ = run()
    assert first.ok and first.changed == 1 and second.changed == 0 and second.hosts["here"].ok == 1
    assert (tmp_path / "out").read_text() == "hush-hush"
    assert runner.Event("try", "write", "", "started") in events
    assert [e.status for e in events if e.task == "write" and e.host] == ["changed", "ok"]


def test_the_private_folder_is_gone_afterwards(run, tmp_path: Path):
    run()
    assert not (tmp_path / "private").exists()


def test_a_failure_is_told_without_the_secret(run):
    result, events = run(broken=True)
    assert [f.task for f in result.failures] == ["break"]
    assert result.failures[0].message == "it is *** again"
    assert events[-1].status == "failed"
    with pytest.raises(MedcloudError, match="here: break"):
        result.require_success()


def test_an_unknown_playbook_names_the_near_one(run):
    with pytest.raises(MedcloudError) as caught:
        run("tri")
    assert "'try'" in str(caught.value)


def test_what_cannot_be_parsed_is_an_error(run, tmp_path: Path):
    (tmp_path / "bad.yml").write_text("- hosts: all\n  tasks:\n    - no_such_module_here: {}\n")
    with pytest.raises(MedcloudError, match="bad did not run"):
        run("bad")


def test_an_interrupted_run_leaves_nothing(run, tmp_path: Path):
    marker = "73.031"  # seconds, unusual enough to be found among all processes
    (tmp_path / "long.yml").write_text(
        f"- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.command: sleep {marker}\n"
    )
    handler = signal.getsignal(signal.SIGINT)
    threading.Timer(2.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run("long")
    assert not (tmp_path / "private").exists()
    assert signal.getsignal(signal.SIGINT) is handler
    assert subprocess.run(["pgrep", "-f", f"sleep {marker}"], capture_output=True, check=False).returncode == 1
    assert subprocess.run(["pgrep", "-f", str(tmp_path / "private")], capture_output=True, check=False).returncode == 1
