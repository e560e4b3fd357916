"""Hand evidence over and check it offline: export, verify (证据包：导出、核验)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import note, print_json, print_table
from cli.context import SiteContext, open_site
from cli.drill_session import drills_of

if TYPE_CHECKING:
    from monitors.bundle import Bundle
    from monitors.seal import Checked

app = typer.Typer(no_args_is_help=True, help=__doc__)
_Json = Annotated[bool, typer.Option("--json", help="Machine-readable result.")]
_WORDS = {
    "valid": "signed by",
    "unknown-signer": "signed, but by nobody you trust:",
    "invalid": "the signature does not hold:",
    "absent": "UNSIGNED: nothing proves who made it",
}


@app.command()
def export(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    which: Annotated[
        str | None, typer.Argument(help="A drill run or an audit's folder; left out: the last run.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="SSH key that signs; a public one when your agent holds it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the .tar (default: in the site's state).")] = None,
    json: _Json = False,
) -> None:
    """Seal a drill run or an audit into one .tar with a manifest, signed when a key is given."""
    from monitors import bundle, seal

    context = open_site(ctx.obj, site)
    sealed = _sealed(context, drills_of(ctx.obj, context), which)
    if key is not None:
        note(f"signing {sealed.name} with {key} (a hardware key waits for your touch)")
        sealed = seal.sign(sealed, key)
    file = bundle.write((out or context.state / "evidence") / f"{sealed.name}.tar", bundle.pack(sealed))
    checked = seal.examine(sealed, None)
    if json:
        print_json({"file": file, "seal": checked.seal, "signed": key is not None, "files": sorted(sealed.files)})
        return
    print(f"{file}\n{len(sealed.files)} files · seal {checked.seal}")
    if key is None:
        note("UNSIGNED: it proves nothing about its origin; sign with --key")


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(help="A bundle: the .tar, or the folder that was unpacked from it.")],
    signers: Annotated[
        Path | None, typer.Option(help="The hospital's allowed signers (ssh-keygen's file format).")
    ] = None,
    allow_unsigned: Annotated[bool, typer.Option(help="Exit 0 for a bundle that is intact, but not signed.")] = False,
    json: _Json = False,
) -> None:
    """Find every changed, missing, added or reordered byte, offline. Exit 0 only when it is intact and signed by an
    allowed signer."""
    from monitors import seal
    from monitors.signature import State

    checked = seal.verify(bundle, _text(signers))
    flaws = [*checked.flaws, *_contradictions(checked)]
    lenient = allow_unsigned and checked.signature.state is State.ABSENT
    valid = not flaws and checked.signature.state is State.VALID
    if json:
        print_json(_summary(checked, flaws, valid) | {"judged_again": _again(checked, flaws)})
    else:
        _print(checked, flaws)
    raise typer.Exit(0 if valid or (lenient and not flaws) else 1)


def _sealed(context: SiteContext, drills: Path, which: str | None) -> Bundle:
    from dr import evidence, runs
    from inventory.error import bad_input

    audits = context.state / "audits"
    if which is not None and (audits / which / "snapshot.json").is_file():
        return _audit(audits / which)
    past = runs.every(drills)
    if which is None and not past:
        raise bad_input(f"{context.name} has no drill run yet", "medcloud drill run")
    return evidence.seal_run(runs.load(drills, which) if which else past[-1])


def _audit(folder: Path) -> Bundle:
    """An audit's snapshot with what was judged from it; the snapshot's own hashes are checked first."""
    from compliance.snapshot import load
    from monitors import seal

    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    snapshot = load(files["snapshot.json"].decode())
    about = {"site": snapshot.site_name, "snapshot": snapshot.sha256, "taken": snapshot.taken.isoformat()}
    return seal.seal(folder.name, files, "audit-snapshot", about)


def _contradictions(checked: Checked) -> list[Any]:
    """What the room that made the bundle finds wrong inside it."""
    from compliance.snapshot import load
    from dr import evidence
    from inventory.error import MedcloudError
    from monitors.bundle import Flaw, Wrong
    from monitors.seal import MANIFEST

    if checked.kind == evidence.KIND:
        return list(evidence.flaws(checked.bundle.files, checked.about))
    text = checked.bundle.text("snapshot.json")
    if checked.kind == "audit-snapshot" and text is not None:
        try:
            load(text)
        except MedcloudError as error:
            return [Flaw("snapshot.json", Wrong.CHANGED, error.message)]
        return []
    return [Flaw(MANIFEST, Wrong.CONTRADICTS, f"no kind of evidence that we know: {checked.kind or 'none'}")]


def _again(checked: Checked, flaws: list[Any]) -> str:
    """What came of judging a whole run once more from its journal."""
    from dr import evidence
    from dr.versions import source
    from inventory.error import MedcloudError

    files = checked.bundle.files
    if checked.kind != evidence.KIND or evidence.RESULT not in files or flaws:
        return ""
    same = evidence.judged_by(files) == source()
    whose = "by the version that judged it" if same else "by another version than the one that judged it"
    try:
        wrong = evidence.judged_again(files)
    except MedcloudError as error:
        return f"{error.message} ({whose})"
    return f"judged again {whose}: " + (f"differs in {', '.join(wrong)}" if wrong else "the same result")


def _text(signers: Path | None) -> str | None:
    from inventory.error import bad_input

    if signers is None:
        return None
    try:
        return signers.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise bad_input(f"cannot read the allowed signers {signers}: {error}", "ask the hospital for them") from None


def _summary(checked: Checked, flaws: list[Any], valid: bool) -> dict[str, Any]:
    return {
        "valid": valid,
        "intact": not flaws,
        "kind": checked.kind,
        "about": checked.about,
        "seal": checked.seal,
        "files": len(checked.bundle.files),
        "signature": checked.signature,
        "flaws": flaws,
    }


def _print(checked: Checked, flaws: list[Any]) -> None:
    signed = checked.signature
    about = " · ".join(f"{key} {value}" for key, value in checked.about.items() if isinstance(value, str))
    print(f"{checked.kind or 'no bundle of ours'} · {about}")
    if flaws:
        print_table(f"{len(flaws)} flaws", ("where", "what", "seen by"), [(f.where, f.what, f.detail) for f in flaws])
    print("NOT INTACT: do not trust it" if flaws else f"intact: {len(checked.bundle.files)} files, seal {checked.seal}")
    if again := _again(checked, flaws):
        print(again)
    print(" ".join(part for part in (_WORDS[signed.state], signed.principal, signed.fingerprint) if part))
    if signed.state.value == "unknown-signer":
        note(f"{signed.why}; give the hospital's allowed signers with --signers")
