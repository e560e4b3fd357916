"""The evidence of one drill run: what goes into its bundle, and what an auditor can check in it without us.

The seal says that no byte differs; this says that the bytes agree with each other: the journal's chain is unbroken and
whole, plan and site are those that the journal pinned, the result follows from the journal, files it bound are those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dr import approval, chain, rowbook
from dr.journal import Line, digest
from dr.ledger import judge
from dr.plan import Plan
from dr.result import judge_run
from dr.runs import Run, State
from dr.versions import source, versions
from inventory.error import MedcloudError, refused
from inventory.model import Site
from monitors import bundle, seal
from monitors.bundle import Bundle, Flaw, Wrong

KIND = "drill-run"
JOURNAL, PLAN, SITE, RESULT, VERSIONS = chain.JOURNAL, "plan.json", "site.json", "result.json", "versions.json"


def seal_run(run: Run) -> Bundle:
    """The sealed, unsigned bundle of a run. MedcloudError (refused) while it runs, or when its journal was changed."""
    if run.state is State.RUNNING:
        raise refused(f"run {run.run_id} is running", "seal it when it has ended")
    files = _files(run.folder)
    broken = [*chain.flaws(files[JOURNAL]), *flaws(files)]
    if broken:
        first = f"{broken[0].where}: {broken[0].what}: {broken[0].detail}"
        raise refused(f"run {run.run_id} is no evidence any more: {first}", "keep its folder as it is and find out who")
    files[VERSIONS] = seal.canonical(versions())
    return seal.seal(run.run_id, files, KIND, about(run, files))


def about(run: Run, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What the manifest tells of a run; the journal's length and end, so that nothing can be cut off it."""
    first = run.lines[0]
    result = json.loads(files[RESULT]) if RESULT in files else {}
    return {
        "journal": {"last_hash": chain.last_hash(files[JOURNAL]), "lines": files[JOURNAL].count(b"\n")},
        "mode": first["mode"],
        "model_hash": first["model_hash"],
        "plan": first["plan"],
        "plan_hash": first["plan_hash"],
        "run": run.run_id,
        "site": first["site"],
        "state": run.state.value,
        "systems": _verdicts(result),
        "verdict": result.get("verdict"),
    }


def flaws(files: Mapping[str, bytes], told: Mapping[str, Any] | None = None) -> tuple[Flaw, ...]:
    """What in the files of a run contradicts the rest of them. `told` is what the manifest tells of it."""
    missing = [Flaw(name, Wrong.MISSING, "every run has one") for name in (JOURNAL, PLAN, SITE) if name not in files]
    if missing:
        return tuple(missing)
    broken = (*chain.flaws(files[JOURNAL]), *(_end(files[JOURNAL], told) if told else ()))
    if broken:
        return broken  # what does not hold together cannot be compared either
    lines = tuple(json.loads(text) for text in files[JOURNAL].splitlines())
    found = [*_pinned(files, lines), *_bound(files, lines), *_approved(files, lines), *_gathered(files, lines)]
    found += _counted(files, lines)
    return (*found, *(_told(files, lines, told) if told else ()))


def _approved(files: Mapping[str, bytes], lines: tuple[Line, ...]) -> Iterator[Flaw]:
    """Every approval that the journal counts was signed by that person, for exactly this run's plan and model."""
    for line in lines:
        evidence = line.get("evidence") if line.get("state") == "done" else None
        if not isinstance(evidence, dict) or "request_sha256" not in evidence:
            continue
        name = str(evidence["request"])
        data = files.get(name)
        if data is None:
            yield Flaw(name, Wrong.MISSING, f"{line['step']} waited for it")
        elif hashlib.sha256(data).hexdigest() != evidence["request_sha256"]:
            yield Flaw(name, Wrong.CHANGED, f"{line['step']} waited for one with SHA-256 {evidence['request_sha256']}")
        else:
            yield from _signed(files, name, approval.parse(data), tuple(evidence["approved_by"]), lines[0])


def _gathered(files: Mapping[str, bytes], lines: tuple[Line, ...]) -> Iterator[Flaw]:
    """What machines said when a step failed is as it was when the run was held."""
    for line in lines:
        said = line["state_of_things"].get("machines", {}) if line["event"] == "held" else {}
        for name, bound in said.get("files", {}).items():
            if name not in files:
                yield Flaw(name, Wrong.MISSING, f"it was gathered when {line['step']} failed")
            elif (now := hashlib.sha256(files[name]).hexdigest()) != bound:
                yield Flaw(name, Wrong.CHANGED, f"the journal bound it with SHA-256 {bound}, now {now}")


def _counted(files: Mapping[str, bytes], lines: tuple[Line, ...]) -> Iterator[Flaw]:
    """The rows that were measured are those that the step saw, and give the doubled ones that it told of."""
    for line, part in rowbook.bound(lines):
        name = str(part.get(rowbook.FILE, ""))
        if not name:
            continue  # written before rows were kept
        if name not in files:
            yield Flaw(name, Wrong.MISSING, f"{line['step']} counted it")
        elif (now := hashlib.sha256(files[name]).hexdigest()) != part[rowbook.HASH]:
            yield Flaw(name, Wrong.CHANGED, f"{line['step']} bound it with SHA-256 {part[rowbook.HASH]}, now {now}")
        elif judge.surplus(rowbook.parse(files[name])) != part["doubled_rows"]:
            yield Flaw(name, Wrong.CONTRADICTS, f"{line['step']} told of {part['doubled_rows']} doubled rows")


def _signed(
    files: Mapping[str, bytes], name: str, request: approval.Request, people: tuple[str, ...], first: Line
) -> Iterator[Flaw]:
    folder = name.rpartition("/")[0]
    for key in ("run", "plan_hash", "model_hash"):
        if request.said.get(key) != first[key]:
            yield Flaw(name, Wrong.CONTRADICTS, f"it was asked for another {key}")
    signatures = {person: files.get(f"{folder}/{person}.sig", b"") for person in people}
    given, bad = approval.valid(request, signatures)
    for person, why in bad.items():
        yield Flaw(f"{folder}/{person}.sig", Wrong.CHANGED, why)
    if len(given) < request.needed and not bad:
        yield Flaw(name, Wrong.CONTRADICTS, f"{request.needed} approvals were needed, {len(given)} are there")


def _told(files: Mapping[str, bytes], lines: tuple[Line, ...], told: Mapping[str, Any]) -> Iterator[Flaw]:
    """The manifest is what people read first: it must say of the run what the run says of itself."""
    result = json.loads(files[RESULT]) if RESULT in files else {}
    ours = {key: lines[0].get(key) for key in ("run", "site", "plan", "mode", "plan_hash", "model_hash")}
    ours |= {"verdict": result.get("verdict"), "systems": _verdicts(result)}
    for key, value in ours.items():
        if told.get(key) != value:
            yield Flaw(seal.MANIFEST, Wrong.CONTRADICTS, f"it says {key} {told.get(key)}, the run says {value}")


def _verdicts(result: Mapping[str, Any]) -> dict[str, str]:
    return {system["system"]: system["verdict"] for system in result.get("systems", ())}


def _end(journal: bytes, told: Mapping[str, Any]) -> Iterator[Flaw]:
    """Lines that are gone from the journal's end leave a chain that is sound, only shorter."""
    sealed = told.get("journal", {})
    lines = journal.count(b"\n")
    if lines < sealed.get("lines", 0):
        detail = f"{sealed['lines'] - lines} lines are gone from its end: it was sealed with {sealed['lines']}"
        yield Flaw(f"{JOURNAL}:{lines}", Wrong.CUT_OFF, detail)
    elif sealed.get("last_hash") != chain.last_hash(journal):
        yield Flaw(f"{JOURNAL}:{lines}", Wrong.CHANGED, "its last line is not the one that was sealed")


def _pinned(files: Mapping[str, bytes], lines: tuple[Line, ...]) -> Iterator[Flaw]:
    """Plan and site are those that the first line names by their hashes, whatever version wrote them."""
    for name, key in ((PLAN, "plan_hash"), (SITE, "model_hash")):
        try:
            found = digest(json.loads(files[name]))
        except ValueError:
            yield Flaw(name, Wrong.CHANGED, "it is no JSON")
            continue
        if found != lines[0].get(key):
            yield Flaw(name, Wrong.CHANGED, f"its hash is {found}, the journal pinned {lines[0].get(key)}")


def _bound(files: Mapping[str, bytes], lines: tuple[Line, ...]) -> Iterator[Flaw]:
    """The last line binds result and ledger by their hashes, and the result is what the journal gives."""
    end = next((line for line in lines if line["event"] == "finished"), None)
    if end is None:
        if RESULT in files:
            yield Flaw(f"{JOURNAL}:{len(lines)}", Wrong.CUT_OFF, "there is a result, but the journal has no end")
        return
    for name, bound in end["files"].items():
        if name not in files:
            yield Flaw(name, Wrong.MISSING, f"the journal bound it with SHA-256 {bound}")
        elif (now := hashlib.sha256(files[name]).hexdigest()) != bound:
            yield Flaw(name, Wrong.CHANGED, f"the journal bound it with SHA-256 {bound}, now {now}")
    if RESULT in files:
        yield from _judged(files)


def judged_again(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Which keys of the result do not follow from the journal when this version judges the run again. MedcloudError
    when it cannot: the run is another version's."""
    try:
        lines = tuple(json.loads(text) for text in files[JOURNAL].splitlines())
        plan, site = Plan.model_validate_json(files[PLAN]), Site.model_validate_json(files[SITE])
        hashes = {"model": lines[0]["model_hash"], "plan": lines[0]["plan_hash"]}
        again = judge_run(lines[0]["run"], site, plan, hashes, _before_end(lines)).model_dump(mode="json")
        return tuple(key for key, value in json.loads(files[RESULT]).items() if again.get(key) != value)
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise MedcloudError(f"cannot judge it again: {str(error).splitlines()[0]}") from None


def judged_by(files: Mapping[str, bytes]) -> str:
    """The `source` that judged the run, as its journal tells it; empty when it does not."""
    lines = [json.loads(text) for text in files[JOURNAL].splitlines()]
    return next((str(line["tools"].get("source", "")) for line in lines if "tools" in line), "")


def _judged(files: Mapping[str, bytes]) -> Iterator[Flaw]:
    """Every figure of the result must follow from the journal, by the version that judged it."""
    if judged_by(files) != source():
        return
    try:
        wrong = judged_again(files)
    except MedcloudError as error:  # what was changed may be what judging stands on
        yield Flaw(RESULT, Wrong.CONTRADICTS, str(error))
        return
    if wrong:
        yield Flaw(RESULT, Wrong.CONTRADICTS, f"it does not follow from the journal: {', '.join(wrong)}")


def _before_end(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines that the run was judged by."""
    at = next(number for number, line in enumerate(lines) if line["event"] == "finished")
    return lines[:at]


def _files(folder: Path) -> dict[str, bytes]:
    """The run's own files. A half-written one (a dot before its name, or `.new`) is none yet."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not path.is_symlink() and bundle.proper(name) and path.suffix != ".new":
            found[name] = path.read_bytes()
    return found
