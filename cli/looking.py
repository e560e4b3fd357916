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
    from monitors.evidence import Kept
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


def kept_of(context: SiteContext) -> Kept:
    """What the site's own state says, for an audit: past drills, audits, applies, capacity, line cuts, the alert rules
    that we ship, and the hashes of the files that attestations and records name."""
    from dr.result import load_results
    from monitors.evidence import Kept

    drills = [
        {"run": r.run_id, "plan": r.plan, "mode": r.mode, "target": r.target, "outcome": r.verdict.value,
         "model_hash": r.model_hash, "ended": r.ended}
        for r in load_results(context.state / "drills")
    ]  # fmt: skip
    records = {"audits": _past_audits(context), "files": json.dumps(_named_files(context), ensure_ascii=False)}
    unread = {}
    for name, pattern in (("apply", "apply.json"), ("capacity", "capacity/*.json"), ("cuts", "links/*.json")):
        files = sorted(context.state.glob(pattern))
        texts = [file.read_text(encoding="utf-8") for file in (files if name == "cuts" else files[-1:])]
        if texts:
            records[name] = f"[{','.join(texts)}]"
        else:
            unread[name] = f"nothing was kept of medcloud {name if name != 'cuts' else 'link drill'} yet"
    return Kept(json.dumps(drills), records, unread)


def _past_audits(context: SiteContext) -> str:
    """When audits were made before and what they counted."""
    audits = [audit for audit in audits_of(context) if audit is not None]
    return json.dumps([{"taken": a.taken.isoformat(), "counts": plain(a.counts)} for a in audits])


def _named_files(context: SiteContext) -> dict[str, str]:
    """SHA-256 of each file that an attestation or a record names, by its path below the site's folder."""
    import hashlib

    base = context.site.baseline
    names = {a.evidence for a in base.attestations} | {r.file for r in base.records if r.file}
    found = {}
    for name in sorted(names):
        path = context.folder / name
        if path.is_file() and path.resolve().is_relative_to(context.folder.resolve()):
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def audits_of(context: SiteContext) -> list[Audit]:
    """All audits of the site that this version can read, oldest first."""
    from compliance import judge

    found = []
    for file in sorted((context.state / "audits").glob("*/findings.json")):
        try:
            found.append(judge.read(file.read_text(encoding="utf-8")))
        except ValueError:
            continue  # another version's: it is no evidence, and no reason to refuse today's audit
    return found


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
