"""Approvals at the terminal: enrol a person's key, show what is asked, sign it, hand the signature in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, print_json
from cli.context import SiteContext, open_site
from cli.drill_session import open_store
from inventory.error import bad_input, refused

if TYPE_CHECKING:
    from dr.approval import Request
    from dr.runs import Run
    from dr.store import Store

_Site = Annotated[str, typer.Argument(help="A blueprint's name or a folder.")]
_Person = Annotated[str, typer.Option("--as", help="Whose approval it is: an approver that the model declares.")]
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


def approve(
    ctx: typer.Context,
    site: _Site,
    run_id: Annotated[str | None, typer.Argument(help="A run's id; left out: the unfinished one.")] = None,
    person: _Person = "",
    key: Annotated[Path | None, typer.Option(help="Your SSH key; a public one when your agent holds it.")] = None,
    signature: Annotated[Path | None, typer.Option(help="A signature made elsewhere, instead of --key.")] = None,
    request: Annotated[str | None, typer.Option(help="Which request, when several wait.")] = None,
    json: _Json = False,
) -> None:
    """Sign what a drill asks of two approvers. Without --key or --signature: show what is asked and how to sign it."""
    from dr import approval
    from monitors.signature import sign

    context = open_site(ctx.obj, site)
    store = open_store(ctx.obj, context)
    store.refresh()
    run = _run(context, store, run_id)
    name, asked = _request(run, request)
    file = run.folder / "approvals" / name / approval.REQUEST
    if key is None and signature is None:
        print_json({"request": name, "file": file, "asked": asked.said}) if json else _show(
            site, run, name, asked, file
        )
        return
    if not json:
        _show(site, run, name, asked, None)
    if not person:
        raise bad_input("whose approval is it?", f"--as one of {', '.join(sorted(asked.signers))}")
    armoured = _read(signature) if signature else sign(asked.data, approval.NAMESPACE, key or Path())
    given = approval.give(run, name, person, armoured, datetime.now(UTC))
    store.keep_files(run)
    if json:
        print_json({"request": name, "approved_by": given.person, "key": given.fingerprint})
    else:
        print(f"approved by {given.person} with {given.fingerprint}")


def enrol(
    ctx: typer.Context,
    site: _Site,
    person: _Person,
    key: Annotated[
        Path, typer.Option(help="That person's public key (a private one is only read for its public half).")
    ],
    json: _Json = False,
) -> None:
    """Make a declared approver's public key known to this site's state (better: paste it into the model)."""
    from dr import approvers
    from monitors.signature import fingerprint, public_key

    context = open_site(ctx.obj, site)
    line = public_key(key)
    approvers.enrol(context.site, context.state, person, line)
    mark = fingerprint(line.split()[1])
    print_json({"approver": person, "key": mark}) if json else print(f"{person} signs with {mark}")


def _run(context: SiteContext, store: Store, run_id: str | None) -> Run:
    from dr import runs

    found = runs.load(store.drills, run_id) if run_id else runs.unfinished(store.drills)
    if found is None:
        raise refused(f"no drill of {context.name} waits for anybody", f"medcloud drill list {context.site.name}")
    return found


def _request(run: Run, wanted: str | None) -> tuple[str, Request]:
    """The request that is meant: the named one, else the only one that waits."""
    from dr import approval

    waiting = approval.open_requests(run, datetime.now(UTC))
    if wanted is not None and wanted in waiting:
        return wanted, waiting[wanted]
    if wanted is not None or len(waiting) != 1:
        raise refused(
            f"run {run.run_id} waits for {', '.join(waiting) or 'no approval'}", "name one of them with --request"
        )
    return next(iter(waiting.items()))


def _show(site: str, run: Run, name: str, asked: Request, file: Path | None) -> None:
    said = asked.said
    print(f"{said['text']['zh']}\n{said['text']['en']}")
    print(
        f"run {run.run_id} · plan {said['plan_hash'][:16]} · model {said['model_hash'][:16]} · until {said['expires']}"
    )
    people = ", ".join(f"{who} ({key['role']}, key from the {key['from']})" for who, key in said["approvers"].items())
    print(f"{said['needed']} of: {people}")
    if file is not None:
        note(f"sign: medcloud drill approve {site} {run.run_id} --request {name} --as NAME --key FILE")
        note(f"or:   ssh-keygen -Y sign -n medcloud-approval -f KEY {file}, then hand in --signature {file}.sig")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise bad_input(f"cannot read {path}: {error.strerror}") from None
