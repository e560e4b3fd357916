"""Drill runs on disk: one folder each under the site's `drills`, one lock for all, read without the engine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dr import chain, journal
from dr.plan import Plan, model_hash
from dr.progress import Progress
from dr.versions import versions
from inventory.error import MedcloudError, bad_input, refused
from inventory.model import Site


class State(StrEnum):
    RUNNING = "running"
    HELD = "held"  # a step failed or a person interrupted; resume goes on there
    INTERRUPTED = "interrupted"  # the orchestrator died; resume goes on there
    UNDOING = "undoing"  # it is being given up; only undo goes on there
    FINISHED = "finished"
    ABANDONED = "abandoned"


OVER = (State.FINISHED, State.ABANDONED)


@dataclass(frozen=True)
class Run:
    """One run. `lines` is its verified journal."""

    run_id: str
    folder: Path
    plan: Plan
    state: State
    lines: tuple[journal.Line, ...]

    @property
    def progress(self) -> Progress:
        """What is done, and what holds it."""
        return Progress(self.lines)

    @cached_property
    def site(self) -> Site:
        """The site as it was pinned when the run began."""
        return Site.model_validate_json((self.folder / "site.json").read_text(encoding="utf-8"))


def create(
    drills: Path,
    run_id: str,
    site: Site,
    plan: Plan,
    circumstances: Mapping[str, Any] = MappingProxyType({}),
    publish: Callable[[Path], None] = lambda draft: None,
) -> Path:
    """Make the run's folder with the pinned plan and site, whole or not at all; returns it. `circumstances` join
    the journal's first line; it also tells with what is run, and how the journal of the run before ends. `publish`
    sees the folder before it is a run's: where that raises there is no run."""
    folder, draft = drills / run_id, drills / f".{run_id}"
    if folder.exists():
        raise refused(f"run {run_id} exists already")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    (draft / "plan.json").write_text(plan.model_dump_json(indent=2), encoding="utf-8")
    (draft / "site.json").write_text(site.model_dump_json(indent=2), encoding="utf-8")
    journal.Journal(draft / "journal.jsonl").append(
        "run",
        "run",
        run=run_id,
        site=site.name,
        plan=plan.name,
        mode=plan.mode,
        source=plan.source,
        target=plan.target,
        model_hash=model_hash(site),
        plan_hash=plan.hash,
        tools=versions(),
        previous=_end_of_last(drills),
        **circumstances,
    )
    publish(draft)
    try:
        draft.rename(folder)
    except OSError:
        if not (folder / "plan.json").exists():  # what was published came back by another worker of this machine
            raise
        shutil.rmtree(draft)
    return folder


def load(drills: Path, run_id: str) -> Run:
    """The run of that id; MedcloudError (bad input) when there is none."""
    folder = drills / run_id
    if not (folder / "plan.json").exists():
        known = ", ".join(path.name for path in _folders(drills)) or "none"
        raise bad_input(f"no drill run `{run_id}`", f"runs: {known}")
    try:
        plan = Plan.model_validate_json((folder / "plan.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise MedcloudError(
            f"{folder / 'plan.json'} cannot be read, perhaps another version of medcloud wrote it: {error}",
            f"where the run is of no use any more, move {folder} away",
        ) from None
    lines = tuple(journal.read(folder / "journal.jsonl"))
    return Run(run_id, folder, plan, _state(drills, run_id, lines), lines)


def every(drills: Path) -> tuple[Run, ...]:
    """All runs, oldest first. Raises MedcloudError where one cannot be read: whoever judges must not leave it out."""
    return _in_order([load(drills, path.name) for path in _folders(drills)])


def readable(drills: Path) -> tuple[tuple[Run, ...], Mapping[str, str]]:
    """The runs that can be read, oldest first, and the reason for each that cannot."""
    found: list[Run] = []
    broken: dict[str, str] = {}
    for path in _folders(drills):
        try:
            found.append(load(drills, path.name))
        except MedcloudError as error:
            broken[path.name] = error.message
    return _in_order(found), broken


def _in_order(found: list[Run]) -> tuple[Run, ...]:
    return tuple(sorted(found, key=lambda run: run.lines[0]["at"]))


def unfinished(drills: Path) -> Run | None:
    """The run that is neither finished nor abandoned; there is at most one. Only that one must be readable: damage to
    an old run may not stop a drill."""
    return next((load(drills, path.name) for path in _folders(drills) if not _over(path)), None)


def _over(folder: Path) -> bool:
    """The last whole line of its journal says so, whether the lines before it can be trusted or not."""
    path = folder / "journal.jsonl"
    lines = path.read_bytes().rpartition(b"\n")[0].splitlines() if path.exists() else []
    try:
        return bool(lines) and json.loads(lines[-1])["event"] in {state.value for state in OVER}
    except (ValueError, KeyError, TypeError):
        return False


@contextmanager
def locked(drills: Path, run_id: str) -> Iterator[None]:
    """Be the only orchestrator of this site while inside; the kernel frees the lock of one that was killed.

    Raises MedcloudError (refused) while another is at work.
    """
    drills.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(drills / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 200).decode().strip()
            raise refused(f"a drill is running: {holder}", "wait for its end or interrupt it") from None
        os.truncate(handle, 0)
        os.pwrite(handle, run_id.encode(), 0)
        yield
    finally:
        os.close(handle)


def _end_of_last(drills: Path) -> dict[str, Any] | None:
    """How the newest run's journal ends: to cut it short or to make it anew later would contradict the next run."""
    ends = [(path.name, (path / "journal.jsonl").read_bytes()) for path in _folders(drills)]
    if not ends:
        return None
    run_id, data = max(ends, key=lambda end: end[1][: end[1].find(b"\n")].partition(b'"at":')[2][:40])
    return {"run": run_id, "lines": data.count(b"\n"), "last_hash": chain.last_hash(data)}


def _folders(drills: Path) -> list[Path]:
    return [path for path in sorted(drills.glob("[!.]*/")) if (path / "plan.json").exists()]


def _state(drills: Path, run_id: str, lines: tuple[journal.Line, ...]) -> State:
    progress = Progress(lines)
    if progress.ended:
        return State(progress.ended["event"])
    if _at_work(drills) == run_id:
        return State.RUNNING
    if progress.undoing:
        return State.UNDOING
    return State.HELD if progress.holds or progress.failed else State.INTERRUPTED


def _at_work(drills: Path) -> str | None:
    """The run whose orchestrator holds the lock right now."""
    try:
        handle = os.open(drills / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return os.read(handle, 200).decode().strip()
    finally:
        os.close(handle)
