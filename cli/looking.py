"""What the looking commands share: the SSH door, the clouds, past drills, the last audit, kept results."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.console import plain
from cli.context import SiteContext

if TYPE_CHECKING:
    from compliance.judge import Audit
    from monitors.facts import Facts, Score
    from monitors.reading import Unread
    from monitors.ssh import Ssh


def shell_of(context: SiteContext) -> Ssh:
    """The door to all hosts of the site, with the operator's key."""
    from monitors.ssh import Access, Ssh

    return Ssh(Access(key_file=context.key_file, known_hosts=context.known_hosts))


def clouds_of(context: SiteContext, deep: bool = False) -> Callable[[str], Mapping[str, Any]]:
    """Centre → its cloud as plain data; `deep` with everything an audit wants."""
    import logging

    from cli.access import cloud_access
    from stacks import look

    logging.getLogger("keystoneauth").setLevel(logging.ERROR)  # what went wrong is in the result
    read = look.evidence if deep else look.look
    return lambda centre: read(cloud_access(context, centre))


def drills_of(context: SiteContext) -> str:
    """Past drill runs as the JSON list that an audit keeps."""
    from dr.result import load_results

    runs = [
        {"run": r.run_id, "plan": r.plan, "outcome": r.verdict.value, "ended": r.ended}
        for r in load_results(context.state / "drills")
    ]
    return json.dumps(runs)


def last_audit(context: SiteContext) -> Audit | None:
    """The newest audit of the site, or None; MedcloudError when another version wrote it."""
    from compliance import judge
    from inventory.error import MedcloudError

    files = sorted((context.state / "audits").glob("*/findings.json"))
    try:
        return judge.read(files[-1].read_text(encoding="utf-8")) if files else None
    except ValueError as error:
        raise MedcloudError(f"{files[-1]}: not an audit of this version", "run the audit again") from error


def facts_of(context: SiteContext, shell: Ssh) -> Facts:
    """One look at the whole site."""
    from monitors import facts

    return facts.gather(context.site, shell, clouds_of(context), _score(context))


def _score(context: SiteContext) -> Score | Unread | None:
    from monitors.facts import Score
    from monitors.reading import attempt

    def read() -> Score | None:
        audit = last_audit(context)
        if audit is None:
            return None
        return Score(audit.taken, {verdict.value: n for verdict, n in audit.counts.items()}, audit.strict.value)

    return attempt("last audit", read)


def stamp(moment: datetime) -> str:
    """A time as a file name that sorts."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def keep(path: Path, value: Any) -> Path:
    """Write a result as JSON, whole or not at all, readable by its owner."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    draft.write_text(
        value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False, indent=1), "utf-8"
    )
    draft.chmod(0o600)
    return draft.replace(path)
