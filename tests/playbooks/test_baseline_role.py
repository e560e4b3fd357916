"""The role baseline: its modules on real files, and each unit code it claims is one that some entry makes true."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from inventory.baseline import Baseline
from playbooks.library import medcloud_accounts as ACCOUNTS
from playbooks.library import medcloud_files as FILES
from playbooks.library import medcloud_surplus as SURPLUS

ROLE = Path(__file__).parents[2] / "playbooks" / "roles" / "baseline"
TODAY = date(2026, 11, 22)


class Ended(Exception):
    """The module's last word."""


@dataclass
class Module:
    """What Ansible gives a module; commands are kept and answer with `codes` (0)."""

    params: dict[str, Any]
    check_mode: bool = False
    codes: dict[str, int] = field(default_factory=dict)
    ran: list[list[str]] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)

    def run_command(self, words: Any, **_: Any) -> tuple[int, str, str]:
        self.ran.append(words)
        return self.codes.get(words if isinstance(words, str) else words[0], 0), "", "it says no"

    def exit_json(self, **result: Any) -> None:
        self.result = result
        raise Ended

    def fail_json(self, **result: Any) -> None:
        self.result = result
        raise Ended


Run = Callable[..., Module]


@pytest.fixture
def enforce(tmp_path: Path) -> Run:
    """The module medcloud_files on these entries, owned by whoever runs the test."""

    def run(check: bool = False, only: tuple[str, ...] = ("all",), codes: dict[str, int] | None = None, **wish: Any):
        params = {
            "debts": str(tmp_path / "owed"),
            "files": [],
            "states": [],
            "commands": {"reload": ["reload"]},
            "only": list(only),
            **wish,
        }
        module = Module(params, check, codes or {})
        with pytest.raises(Ended):
            FILES.Enforcement(module).run()
        return module

    return run


def test_a_file_is_written_once_with_its_mode_and_its_command_runs_once(enforce: Run, tmp_path: Path):
    entry = {"content": "a\n", "mode": "0640", "items": ["L3-CES1-01"], "then": ["reload"]}
    files = [{**entry, "dest": str(tmp_path / "new" / name)} for name in ("one", "two")]
    told = enforce(check=True, files=files)
    assert told.result["changed"] and not (tmp_path / "new").exists() and told.ran == []
    done = enforce(files=files)
    assert done.result["what"] == told.result["what"] == [entry["dest"] for entry in files]
    assert done.ran == [["reload"]]
    assert (tmp_path / "new" / "one").stat().st_mode & 0o777 == 0o640
    assert not enforce(files=files).result["changed"]


def test_a_mode_that_somebody_opened_is_closed_and_a_link_is_replaced(enforce: Run, tmp_path: Path):
    known, link = tmp_path / "known", tmp_path / "link"
    known.write_text("theirs\n")
    known.chmod(0o666)
    link.symlink_to(known)
    files = [
        {"dest": str(known), "mode": "0600", "items": ["L3-CES1-05"]},
        {"dest": str(link), "content": "ours\n", "items": ["L3-CES1-05"]},
        {"dest": str(tmp_path / "absent"), "mode": "0600", "items": ["L3-CES1-05"]},
    ]
    assert enforce(files=files).result["what"] == [str(known), str(link)]
    assert (known.read_text(), known.stat().st_mode & 0o777) == ("theirs\n", 0o600)
    assert not link.is_symlink() and link.read_text() == "ours\n"


def test_a_run_that_died_after_its_files_owes_the_command(enforce: Run, tmp_path: Path):
    entry = {"dest": str(tmp_path / "unit"), "content": "new\n", "items": ["L3-CES1-15"], "then": ["reload"]}
    broken = enforce(files=[entry], codes={"reload": 1})
    assert "it says no" in broken.result["msg"] and (tmp_path / "unit").read_text() == "new\n"
    assert enforce(files=[entry], check=True).result["what"] == ["finish reload"]
    assert enforce(files=[entry]).ran == [["reload"]]
    assert not enforce(files=[entry]).result["changed"]


def test_a_file_that_its_program_refuses_is_not_installed(enforce: Run, tmp_path: Path):
    path = tmp_path / "sshd"
    path.write_text("good\n")
    entry = {"dest": str(path), "content": "bad\n", "validate": ["sshd", "%s"], "items": ["L3-CES1-02"]}
    refused = enforce(files=[entry], codes={"sshd": 255})
    assert "it says no" in refused.result["msg"] and path.read_text() == "good\n"
    assert [known for known in tmp_path.iterdir() if known.is_file()] == [path]


def test_a_state_is_made_only_where_it_does_not_hold(enforce: Run):
    state = {"name": "pam", "unless": "look", "run": ["make"], "items": ["L3-CES1-02"], "then": ["reload"]}
    assert enforce(states=[state]).ran == ["look"]
    assert enforce(states=[state], codes={"look": 1}).ran == ["look", ["make"], ["reload"]]
    told = enforce(states=[state], codes={"look": 1}, check=True)
    assert told.result["what"] == ["pam"] and told.ran == ["look"]


@pytest.mark.parametrize(
    ("only", "expected"), [(("all",), ["a", "b"]), (("L3-CES1-02",), ["b"]), (("baseline",), ["a", "b"])]
)
def test_a_run_for_one_item_takes_its_entries_alone(only: tuple[str, ...], expected: list[str]):
    entries = [{"dest": "a", "items": ["L3-CES1-01"]}, {"dest": "b", "items": ["L3-CES1-02", "L3-SMC1-01"]}]
    assert [entry["dest"] for entry in FILES.chosen(entries, list(only))] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# PASS_MAX_DAYS\tis explained here\nPASS_MAX_DAYS\t99999\n", "PASS_MAX_DAYS\t90"),
        ("#PASS_MAX_DAYS 1\nX 2\n", "PASS_MAX_DAYS\t90\nX 2"),
        ("PASS_MAX_DAYS 1\nX 2\nPASS_MAX_DAYS 99999\n", "PASS_MAX_DAYS\t90\nX 2\n"),
        ("X 2\n", "X 2\nPASS_MAX_DAYS\t90"),
    ],
)
def test_a_setting_stands_once_in_somebody_elses_file(text: str, expected: str):
    made = FILES.with_keys(text, {"PASS_MAX_DAYS": 90}, "\t")
    assert expected in made and made.count("PASS_MAX_DAYS\t90") == 1 and "99999" not in made
    assert FILES.with_keys(made, {"PASS_MAX_DAYS": 90}, "\t") == made


PASSWD = """root:x:0:0::/root:/bin/bash
daemon:x:1:1::/:/usr/sbin/nologin
games:x:5:60::/usr/games:/bin/sh
postgres:x:100:100::/var/lib/postgresql:/bin/bash
stranger:x:1000:1000::/home/stranger:/bin/bash
lin:x:1001:1001::/home/lin:/bin/bash
old:x:1002:1002::/home/old:/bin/bash
cloud:x:1003:1003::/home/cloud:/bin/bash
"""
SHADOW = "root:$y$h:1::::::\nlin::1::::::\nstranger:!:1::::::\n"
LIN = {"name": "林", "accounts": ["lin"], "duties": ["system-admin"], "keys": ["ssh-ed25519 AAAA lin"]}
WISH = {"groups": {"system-admin": ["medcloud-system"]}, "connects_as": "cloud", "spared": [],
        "services_with_shell": ["postgres"]}  # fmt: skip


def planned(*people: dict[str, Any]) -> list[str]:
    known = ACCOUNTS.accounts(PASSWD, SHADOW)
    return [step.what for step in ACCOUNTS.steps(known, {**WISH, "people": list(people)}, TODAY)]


def test_strangers_and_leavers_are_closed_and_empty_passwords_locked():
    old = {"name": "旧", "accounts": ["old"], "duties": [], "keys": [], "left": "2026-11-01"}
    assert planned(LIN, old) == [
        "no shell for games",
        "close stranger (on no register)",
        "close old (left)",
        "lock the empty password of lin",
        "lock root's password",
    ]


def test_without_a_register_nobody_is_locked_out():
    assert planned() == ["no shell for games", "lock the empty password of lin"]
    keyless = {**LIN, "keys": []}
    assert "lock root's password" not in planned(keyless), "nobody else could log in"


def test_who_is_new_or_back_gets_an_account_with_the_groups_of_the_post():
    chen = {"name": "陈", "accounts": ["chen", "daemon"], "duties": ["system-admin"], "keys": []}
    known = ACCOUNTS.accounts(PASSWD, SHADOW)
    steps = {step.what: step.words for step in ACCOUNTS.steps(known, {**WISH, "people": [chen]}, TODAY)}
    assert steps["create chen"][-3:] == ("--groups", "medcloud-system", "chen")
    assert steps["open daemon"][-1] == "daemon"


def test_a_sudo_rule_for_everything_is_found_but_not_that_of_who_connects():
    rules = {"/a": "stranger ALL=(ALL) NOPASSWD: ALL\n", "/b": "cloud ALL=(ALL) NOPASSWD:ALL\n",
             "/c": "%ops ALL=(root) NOPASSWD: /usr/bin/systemctl start *\n"}  # fmt: skip
    assert ACCOUNTS.wide_rules(rules, "cloud") == ["/a"]


def test_needless_packages_and_units_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    patterns = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text("utf-8"))["baseline_needless_packages"]
    installed = ["gcc-12-base", "gcc-12", "make", "makedev", "cpp", "telnet", "openssh-server"]
    assert SURPLUS.matching(installed, patterns) == ["gcc-12", "make", "telnet"]
    simulated = "Remv build-essential [12.9]\nPurg make [4.3-4.1]\n"
    assert not SURPLUS.removable(simulated, ["make"]) and SURPLUS.removable("Purg make [4.3]\n", ["make"])
    monkeypatch.setattr(SURPLUS, "_FOLDERS", (str(tmp_path),))
    (tmp_path / "telnet.socket").touch()
    (tmp_path / "cups.service").symlink_to("/dev/null")
    assert SURPLUS.there(["telnet.socket", "cups.service", "rsh.socket"]) == ["telnet.socket"]


def wanted(kind: str, **baseline: Any) -> dict[str, Any]:
    """The template as Ansible gives it to the module on a machine of that kind."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    environment.filters["flatten"] = lambda rows: [item for row in rows for item in row]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text("utf-8"))
    names = {
        "ansible_managed": "Ansible managed",
        "ansible_user": "root",
        "machine_kind": kind,
        "ops_networks": ["10.88.0.0/24"],
    }
    names["baseline"] = Baseline.model_validate(baseline).model_dump(mode="json")
    for name, value in defaults.items():
        names[name] = value if not isinstance(value, str) or "{{" not in value else None
    names["baseline_ssh_from"] = ["10.88.0.0/24"] if kind != "instance" else []
    names["baseline_load_history"] = kind == "router"
    return yaml.safe_load(environment.from_string((ROLE / "templates" / "wanted.yml").read_text("utf-8")).render(names))


def test_every_unit_code_of_the_tasks_is_made_true_by_some_entry():
    tasks = {next(key for key in task if key.startswith("medcloud_")): task
             for task in yaml.safe_load((ROLE / "tasks" / "enforce.yml").read_text("utf-8"))}  # fmt: skip
    rows = wanted("router")
    made = {item for entry in (*rows["files"], *rows["states"]) for item in entry["items"]}
    assert sorted(made) == tasks["medcloud_files"]["tags"]
    source = (ROLE.parents[1] / "library" / "medcloud_accounts.py").read_text("utf-8")
    assert sorted(set(re.findall(r"L3-\w{4}-\d\d", source))) == tasks["medcloud_accounts"]["tags"]


@pytest.mark.parametrize("kind", ["instance", "router", "workstation"])
def test_the_entries_are_whole_and_name_commands_that_exist(kind: str):
    rows = wanted(kind, people=[LIN])
    assert {name for entry in (*rows["files"], *rows["states"]) for name in entry.get("then", ())} <= rows[
        "commands"
    ].keys()
    paths = [entry["dest"] for entry in rows["files"]]
    assert len(paths) == len(set(paths)) and all(os.path.isabs(path) for path in paths)
    assert all(entry["content"].endswith("\n") for entry in rows["files"] if "content" in entry)
    [sshd] = [entry["content"] for entry in rows["files"] if entry["dest"].endswith("10-medcloud.conf")]
    limited = "AllowUsers root@10.88.0.0/24 lin@10.88.0.0/24\n" in sshd
    assert limited == (kind != "instance") and "PasswordAuthentication no\n" in sshd
