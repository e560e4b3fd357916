"""The one door to Ansible: run a playbook of this room, give its progress out, return what it changed.

Everything a run needs (inventory, variables, ansible.cfg, events) lies in a private folder on tmpfs that is removed
when the run ends, because the variables hold secrets.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ansible_runner

from inventory.error import MedcloudError

PLAYBOOKS = Path(__file__).parent
_STATUSES = MappingProxyType(
    {
        "playbook_on_play_start": "started",
        "playbook_on_task_start": "started",
        "playbook_on_handler_task_start": "started",
        "runner_on_ok": "ok",
        "runner_on_failed": "failed",
        "runner_on_unreachable": "unreachable",
        "runner_on_skipped": "skipped",
    }
)


@dataclass(frozen=True)
class Event:
    """Progress of a run. `host` is empty when a play or task starts, `task` is empty when a play starts.

    `status` is started, ok, changed, skipped, ignored, failed or unreachable; `seconds` is what the task took there.
    """

    play: str
    task: str
    host: str
    status: str
    seconds: float = 0.0


@dataclass(frozen=True)
class HostStats:
    """How many tasks of one host ended how."""

    ok: int = 0
    changed: int = 0
    skipped: int = 0
    failures: int = 0
    unreachable: int = 0


@dataclass(frozen=True)
class TaskFailure:
    host: str
    task: str
    message: str


@dataclass(frozen=True)
class PlayResult:
    """What a run did: statistics per host, failed tasks, duration in seconds."""

    playbook: str
    hosts: Mapping[str, HostStats]
    failures: tuple[TaskFailure, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts; 0 for a run that found everything as declared."""
        return sum(stats.changed for stats in self.hosts.values())

    def require_success(self) -> PlayResult:
        """This result; MedcloudError that names the failed hosts and tasks when there are any."""
        if self.failures:
            lines = "\n".join(f"  {f.host}: {f.task}: {f.message}" for f in self.failures[:5])
            raise MedcloudError(
                f"playbook {self.playbook} failed:\n{lines}",
                "repair the cause and run it again: what is done already is found done",
            )
        return self


@dataclass
class _Watch:
    """Turns ansible-runner's events into ours and keeps failures and statistics."""

    on_event: Callable[[Event], None] | None
    secrets: tuple[str, ...]
    failures: list[TaskFailure] = field(default_factory=list)
    hosts: dict[str, HostStats] = field(default_factory=dict)
    last_output: list[str] = field(default_factory=list)

    def __call__(self, raw: dict[str, Any]) -> bool:
        kind, data = raw.get("event", ""), raw.get("event_data") or {}
        if kind == "playbook_on_stats":
            self.hosts = _stats(data)
        elif kind in _STATUSES:
            self._task_event(kind, data, raw.get("stdout") or "")
        elif raw.get("stdout"):
            self.last_output = [*self.last_output, self.clean(raw["stdout"])][-20:]
        return False  # runner need not write the event to a file

    def _task_event(self, kind: str, data: dict[str, Any], stdout: str) -> None:
        status, result = _STATUSES[kind], data.get("res") or {}
        if status == "failed" and data.get("ignore_errors"):
            status = "ignored"
        elif status == "ok" and (result.get("changed") or "changed: [" in stdout):  # no_log hides the key only
            status = "changed"
        host, task = data.get("host", ""), data.get("task", "") or ""
        if status in ("failed", "unreachable"):
            self.failures.append(TaskFailure(host, task, self.clean(_message(result))))
        if self.on_event:
            self.on_event(Event(data.get("play", "") or "", task, host, status, float(data.get("duration") or 0.0)))

    def clean(self, text: str) -> str:
        """The text without any secret given to the run, whatever a module may have printed."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def run_playbook(
    name: str,
    inventory: Mapping[str, Any],
    *,
    private_dir: Path,
    key_file: Path,
    known_hosts: Path,
    extravars: Mapping[str, Any] | None = None,
    limit: str | None = None,
    tags: str | None = None,
    skip_tags: str | None = None,
    check: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> PlayResult:
    """Run `playbooks/<name>.yml` against an Ansible inventory given as a dictionary.

    `private_dir` must not exist yet and should lie on tmpfs; it is removed at the end. Secrets go into
    `extravars["secrets"]`. Failed tasks are in the result, not raised; MedcloudError is for what never got that far
    (no such playbook, syntax), KeyboardInterrupt for an interrupted run.
    """
    playbook, variables = _find(name), dict(extravars or {})
    watch, begin = _Watch(on_event, _secret_values(variables.get("secrets"))), time.monotonic()
    with _private(private_dir, inventory, variables, key_file, known_hosts), _signals_kept():
        outcome = ansible_runner.run(
            private_data_dir=str(private_dir),
            playbook=str(playbook),
            envvars=_environment(private_dir),
            limit=limit,
            tags=tags,
            skip_tags=skip_tags,
            cmdline="--check" if check else None,
            quiet=True,
            event_handler=watch,
            ident="run",
            suppress_env_files=True,
        )
    if outcome.status == "canceled":
        raise KeyboardInterrupt
    if outcome.status != "successful" and not watch.failures:
        raise MedcloudError(f"playbook {name} did not run ({outcome.status})", "\n".join(watch.last_output[-8:]))
    return PlayResult(name, watch.hosts, tuple(watch.failures), time.monotonic() - begin)


def _find(name: str) -> Path:
    path = PLAYBOOKS / f"{name.removesuffix('.yml')}.yml"
    if not path.is_file():
        known = sorted(p.stem for p in PLAYBOOKS.glob("*.yml"))
        near = difflib.get_close_matches(name, known, n=1)
        raise MedcloudError(f"no playbook {name!r}", f"did you mean {near[0]!r}?" if near else f"known: {known}")
    return path


def _bin() -> Path:
    """Where this environment keeps its commands."""
    return Path(sys.executable).parent


@contextmanager
def _private(
    folder: Path,
    inventory: Mapping[str, Any],
    extravars: Mapping[str, Any],
    key_file: Path,
    known_hosts: Path,
) -> Iterator[None]:
    """The private folder with everything the run reads; gone afterwards, SSH masters included."""
    folder.mkdir(mode=0o700, parents=True)
    try:
        for part in ("inventory", "env", "cp"):
            (folder / part).mkdir(mode=0o700)
        _write(folder / "inventory" / "hosts.json", json.dumps(inventory, default=str))
        _write(folder / "env" / "extravars", json.dumps(extravars, default=str))
        _write(folder / "ansible.cfg", _config(folder, key_file, known_hosts, _forks(inventory)))
        yield
    finally:
        for socket in (folder / "cp").glob("*"):
            subprocess.run(["ssh", "-O", "exit", "-o", f"ControlPath={socket}", "x"], capture_output=True, check=False)
        _end_leftovers(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _end_leftovers(folder: Path) -> None:
    """End what an interrupted Ansible left running: its processes name the private folder on their command line."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it ended while we looked
            continue
        if any(word.startswith(str(folder).encode() + b"/") for word in words):
            with suppress(ProcessLookupError):
                os.kill(int(entry.name), signal.SIGKILL)


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _config(folder: Path, key_file: Path, known_hosts: Path, forks: int) -> str:
    """ansible.cfg of one run: host keys checked, one SSH connection per host, no facts unless a play asks."""
    ssh = (
        "-o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes "
        f"-o UserKnownHostsFile={known_hosts} -o ConnectTimeout=10 -o ServerAliveInterval=5 -o LogLevel=ERROR"
    )
    return "\n".join(
        [
            "[defaults]",
            f"roles_path={PLAYBOOKS / 'roles'}",
            f"private_key_file={key_file}",
            f"forks={forks}",
            "host_key_checking=True",
            "interpreter_python=/usr/bin/python3",
            "gathering=explicit",
            "retry_files_enabled=False",
            "nocows=True",
            "deprecation_warnings=False",
            "localhost_warning=False",
            f"local_tmp={folder / 'tmp'}",
            "timeout=20",
            *_strategy(),
            "[ssh_connection]",
            "pipelining=True",
            f"ssh_args={ssh}",
            f"control_path_dir={folder / 'cp'}",
            "retries=2",
            "",
        ]
    )


def _strategy() -> list[str]:
    """Mitogen's strategy where it is installed: tasks take about half the time over SSH."""
    spec = importlib.util.find_spec("ansible_mitogen")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(spec.submodule_search_locations[0]) / "plugins" / "strategy"
    return [f"strategy_plugins={folder}", "strategy=mitogen_linear"]


def _environment(folder: Path) -> dict[str, str]:
    return {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "PATH": f"{_bin()}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(folder / "home"),
    }


def _forks(inventory: Mapping[str, Any]) -> int:
    """One fork per host, within reason."""
    hosts = json.dumps(inventory, default=str).count("ansible_host")
    return min(max(hosts, 2), 24)


@contextmanager
def _signals_kept() -> Iterator[None]:
    """ansible-runner replaces the handlers of SIGINT and SIGTERM in the main thread and leaves its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _secret_values(tree: Any) -> tuple[str, ...]:
    """All strings of the secrets' tree that are long enough to be told from ordinary words, longest first."""
    if isinstance(tree, Mapping):
        return tuple(sorted({v for item in tree.values() for v in _secret_values(item)}, key=len, reverse=True))
    return (str(tree),) if isinstance(tree, str) and len(tree) >= 6 else ()


def _stats(data: Mapping[str, Any]) -> dict[str, HostStats]:
    def count(kind: str, host: str) -> int:
        return int((data.get(kind) or {}).get(host, 0))

    hosts = {host for kind in ("ok", "changed", "dark", "failures", "skipped") for host in (data.get(kind) or {})}
    return {
        host: HostStats(
            count("ok", host),
            count("changed", host),
            count("skipped", host),
            count("failures", host),
            count("dark", host),
        )
        for host in sorted(hosts)
    }


def _message(result: Mapping[str, Any]) -> str:
    """What a failed module said, short: its message, else the end of its error output. Never its arguments."""
    if "censored" in result:
        return str(result["censored"])
    said = [str(result[key]).strip() for key in ("msg", "stderr", "stdout") if result.get(key)]
    for item in result.get("results") or ():
        if item.get("failed"):
            said.append(_message(item))
    return " | ".join(part[-600:] for part in said[:3]) or "failed without a message"
