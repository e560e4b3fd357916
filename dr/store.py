"""Where a site's runs are kept and who may work on them: a folder of this machine, or a database of several workers.

Either way a run is a folder with its pinned plan and site, its journal and its files; readers need nothing else.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from dr import runs
from dr.journal import Journal, Line
from dr.plan import Plan
from dr.runs import Run
from inventory.error import refused
from inventory.model import Site

SILENCE = 5.0  # seconds without a sign of life after which a worker is taken for dead
OnLine = Callable[[Line], None]


class Fenced(BaseException):
    """Others have taken this worker for dead and gone on without it: it must not touch anything any more."""


class Store(Protocol):
    """Keeps runs. `worker` names this process in journals."""

    drills: Path
    worker: str

    @property
    def engine_url(self) -> str:
        """The SQLAlchemy URL of DBOS' own tables."""
        ...

    @property
    def application(self) -> str:
        """What DBOS knows this site's drills by."""
        ...

    @property
    def shared(self) -> bool:
        """Several workers may serve a run at the same time."""
        ...

    def at_work(self, run_id: str) -> AbstractContextManager[None]:
        """Be at work on this site's runs while inside; refused while another may not be disturbed."""
        ...

    def create(self, run_id: str, site: Site, plan: Plan, circumstances: Mapping[str, Any]) -> None:
        """Keep a new run; refused while another of this site is unfinished."""
        ...

    def refresh(self) -> None:
        """Bring the folders of all runs up to date."""
        ...

    def journal(self, run: Run, on_line: OnLine) -> Journal: ...
    def keep_files(self, run: Run) -> None: ...
    def fetch_files(self, run: Run) -> None: ...

    def unfinished(self) -> str | None:
        """The id of the run that has not ended; there is at most one."""
        ...

    def living_workers(self) -> tuple[str, ...]:
        """This worker and the others that live: they go on with an interrupted run by themselves. Raises Fenced when
        they have gone on without this one."""
        ...

    def stop_reason(self) -> str | None:
        """Why no drill may run on this site; None when drills are allowed."""
        ...

    def stop(self, reason: str) -> None: ...
    def allow(self) -> None: ...


def this_worker() -> str:
    """Names this process among all machines' processes."""
    return f"{socket.gethostname()}-{os.getpid()}-{os.urandom(3).hex()}"


class FolderStore:
    """Runs in a folder of this machine, one orchestrator at a time. The default."""

    shared = False
    application = "medcloud-drill"

    def __init__(self, drills: Path) -> None:
        self.drills = drills
        self.worker = this_worker()

    @property
    def engine_url(self) -> str:
        return f"sqlite:///{self.drills / 'dbos.sqlite'}"

    @contextmanager
    def at_work(self, run_id: str) -> Iterator[None]:
        with runs.locked(self.drills, run_id):
            yield

    def create(self, run_id: str, site: Site, plan: Plan, circumstances: Mapping[str, Any]) -> None:
        refuse_second(runs.unfinished(self.drills), site)
        runs.create(self.drills, run_id, site, plan, circumstances)

    def refresh(self) -> None:
        """The folder is the truth."""

    def journal(self, run: Run, on_line: OnLine) -> Journal:
        return Journal(run.folder / "journal.jsonl", on_line)

    def keep_files(self, run: Run) -> None:
        """They are where they belong."""

    def fetch_files(self, run: Run) -> None:
        """They are where they belong."""

    def unfinished(self) -> str | None:
        run = runs.unfinished(self.drills)
        return run.run_id if run else None

    def living_workers(self) -> tuple[str, ...]:
        return (self.worker,)

    def stop_reason(self) -> str | None:
        try:
            return str(json.loads((self.drills / "stop.json").read_text(encoding="utf-8"))["reason"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError):
            return "the stop switch was set"  # a file that cannot be read must not let a drill run

    def stop(self, reason: str) -> None:
        self.drills.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.drills / ".stop.new"
        draft.write_text(json.dumps({"reason": reason, "at": datetime.now(UTC).isoformat()}), encoding="utf-8")
        draft.replace(self.drills / "stop.json")

    def allow(self) -> None:
        (self.drills / "stop.json").unlink(missing_ok=True)


def refuse_second(other: Run | None, site: Site) -> None:
    """Raises MedcloudError (refused) where a run of the site has not ended yet."""
    if other is not None:
        raise refused(
            f"run {other.run_id} is {other.state}: it has not ended",
            f"medcloud drill resume {site.name} {other.run_id}, or give it up: medcloud drill undo {site.name}",
        )
