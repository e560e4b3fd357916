"""Everything one report is made from: the model and the newest result of each room, or None for what was not run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from compliance import grading
from compliance.grading import Comparison, Graded, Step
from compliance.judge import Audit
from compliance.judge import read as read_audit
from dr import journal, proof, runs
from dr.grade import Grades, grade, protected
from dr.ledger import judge
from dr.link_drill import Gap
from dr.plan import Mode
from dr.result import load_result
from dr.scheme import schemes
from inventory.error import MedcloudError, bad_input
from inventory.model import Site
from monitors.capacity import Capacity
from reports.results import Deployment, Drill, PastRun

_T = TypeVar("_T")
_GAP = TypeAdapter(Gap)
_TREND = 8  # audits that a trend shows


@dataclass(frozen=True)
class Dossier:
    """The input of all renderings; they may show it differently but never add to it."""

    site: Site
    made: datetime
    drill: Drill | None
    history: tuple[PastRun, ...]
    gaps: tuple[Gap, ...]  # line cuts in the order in which they were measured
    audit: Audit | None
    capacity: Capacity | None
    deployment: Deployment | None
    graded: tuple[Graded, ...] = ()
    change: Comparison | None = None
    trend: tuple[Step, ...] = ()
    grades: Grades | None = None


def collect(site: Site, state: Path, made: datetime, run_id: str | None = None) -> Dossier:
    """Read the site's state folder. `run_id` picks a drill run; without it the newest unplanned one is shown.

    Raises MedcloudError for a file that is there but cannot be read, and for a run that is not there or not finished.
    """
    audits = _audits(state / "audits")
    history = tuple(_past(run) for run in runs.every(state / "drills"))
    return Dossier(
        site=site,
        made=made,
        drill=_drill(history, state / "drills", run_id),
        history=history,
        gaps=tuple(_read(file, _GAP.validate_json) for file in sorted((state / "links").glob("*.json"))),
        audit=audits[-1] if audits else None,
        graded=grading.graded(audits[-1], site) if audits else (),
        change=grading.compare(audits[-1], audits[-2]) if len(audits) > 1 else None,
        trend=grading.trend(audits),
        grades=_grades(site, history, made) if history else None,
        capacity=_newest(sorted((state / "capacity").glob("*.json")), TypeAdapter(Capacity).validate_json),
        deployment=_newest(sorted(state.glob("apply.json")), TypeAdapter(Deployment).validate_json),
    )


def _grades(site: Site, history: tuple[PastRun, ...], made: datetime) -> Grades:
    results = tuple(past.result for past in history if past.result)
    given_up = tuple(past.run for past in history)
    proofs = {s.name: proof.of_system(s, results, given_up, made) for s in protected(site)}
    return grade(site, proofs, proof.latest(proof.restores(results)), schemes(), made)


def _audits(folder: Path) -> list[Audit]:
    """The last audits, oldest first: the newest must be readable, older ones of another version are left out."""
    files = sorted(folder.glob("*/findings.json"))[-_TREND:]
    found = []
    for file in files[:-1]:
        with suppress(MedcloudError):
            found.append(_read(file, read_audit))
    return [*found, _read(files[-1], read_audit)] if files else []


def _past(run: runs.Run) -> PastRun:
    return PastRun(run, load_result(run.folder / "result.json") if run.state is runs.State.FINISHED else None)


def _drill(history: tuple[PastRun, ...], drills: Path, run_id: str | None) -> Drill | None:
    if run_id is not None:
        chosen = next((past for past in history if past.run.run_id == run_id), None)
        past = chosen or PastRun(runs.load(drills, run_id), None)
        if past.result is None:
            raise bad_input(f"drill run {run_id} is {past.run.state}, it has no result", "finish or choose another run")
        return _opened(past)
    finished = [past for past in history if past.result]
    unplanned = [past for past in finished if past.run.plan.mode is Mode.UNPLANNED]
    newest = (unplanned or finished)[-1:]
    return _opened(newest[0]) if newest else None


def _opened(past: PastRun) -> Drill:
    """The run with its ledger; the journal's chain was verified when it was read."""
    assert past.result is not None
    book = past.run.folder / "ledger.jsonl"
    ledger = judge.parse(_text(book))
    last = past.run.lines[-1]["hash"] if past.run.lines else journal.GENESIS
    return Drill(past.result, tuple(_moment(ack.wall) for ack in ledger.chains), str(last))


def _moment(wall: float) -> datetime:
    from datetime import UTC

    return datetime.fromtimestamp(wall, UTC)


def _newest(files: list[Path], parse: Callable[[str], _T]) -> _T | None:
    """The last file's content; None when there is no file."""
    return _read(files[-1], parse) if files else None


def _read(file: Path, parse: Callable[[str], _T]) -> _T:
    try:
        return parse(_text(file))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MedcloudError(
            f"{file}: {where or 'content'}: {first['msg']}",
            "the file was written by another version or edited; run the step again that writes it",
        ) from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise MedcloudError(f"cannot read {file}: {error.strerror}", "run the step again that writes it") from None
