"""The phases of `medcloud apply`, in the order in which a site comes to life, and what each of them did."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cli.access import playbook_secrets
from cli.context import SiteContext

if TYPE_CHECKING:
    from playbooks.runner import Event, PlayResult

HARDENING = "baseline"  # the tag of the hardening roles in the playbooks
TMPFS = Path("/dev/shm")  # variables of a playbook hold secrets: they never touch a disk


@dataclass(frozen=True)
class PhaseResult:
    """One phase: `changed` counts tasks or resources that were not yet as declared."""

    name: str
    title: str
    seconds: float
    changed: int


@dataclass(frozen=True)
class PlaybookPhase:
    """A phase that is one playbook; `limit` names the groups it concerns."""

    name: str
    title: str
    playbook: str

    def run(self, context: SiteContext, say: Callable[[str], None], harden: bool = True) -> PhaseResult:
        """Run it, without the baseline's roles where `harden` is false; MedcloudError when a task failed."""
        result = play(context, self.playbook, say, skip_tags=None if harden else HARDENING)
        return PhaseResult(self.name, self.title, result.seconds, result.changed)


BEFORE_CLOUDS = (
    PlaybookPhase("hosts", "hosts: base system (主机基线)", "hosts-configure"),
    PlaybookPhase("routers", "routers and carrier lines (路由与专线)", "routers-configure"),
    PlaybookPhase("cloud", "private clouds (超融合私有云)", "cloud-deploy"),
)
AFTER_CLOUDS = (
    PlaybookPhase("databases", "databases over the centres (数据库集群)", "databases-deploy"),
    PlaybookPhase("pacs", "image archives (影像归档)", "pacs-deploy"),
)


def play(context: SiteContext, playbook: str, say: Callable[[str], None], **options: Any) -> PlayResult:
    """Run one playbook on the site's printed inventory; MedcloudError when a task failed."""
    from inventory.hosts import ansible_inventory
    from playbooks.runner import run_playbook

    memory = TMPFS if TMPFS.is_dir() else context.state
    sweep(memory)
    private = memory / f"medcloud-{os.getpid()}-{uuid4().hex}"
    try:
        return run_playbook(
            playbook,
            ansible_inventory(context.site),
            private_dir=private,
            key_file=context.key_file,
            known_hosts=context.known_hosts,
            extravars=playbook_secrets(context),
            on_event=lambda event: _tell(event, say),
            **options,
        ).require_success()
    finally:
        shutil.rmtree(private, ignore_errors=True)


def sweep(memory: Path) -> None:
    """Remove the variables of runs that were killed: a folder's name says whose process it was."""
    for folder in memory.glob("medcloud-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _tell(event: Event, say: Callable[[str], None]) -> None:
    if event.task and not event.host:
        say(event.task)
    elif event.status in ("failed", "unreachable"):
        say(f"{event.host}: {event.task}: {event.status}")


def timed(name: str, title: str, work: Callable[[], int]) -> PhaseResult:
    """A phase made of plain work that returns how much it changed."""
    begin = time.monotonic()
    changed = work()
    return PhaseResult(name, title, time.monotonic() - begin, changed)
