"""A run's bundle: what a forger with time and tools might do to it, each found; and what is honest, not suspected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dr import evidence, runs
from dr.journal import GENESIS, Journal, canonical, digest
from dr.runs import Run
from inventory.error import MedcloudError
from inventory.model import Site
from monitors import seal
from monitors.bundle import Bundle, Wrong
from tests.dr.approving import Asked
from tests.dr.finished import finished


@pytest.fixture
def run(tmp_path: Path, xiamen: Site) -> Run:
    return finished(tmp_path / "drills", xiamen)


def resealed(sealed: Bundle, **files: bytes | None) -> Bundle:
    """A forger's bundle: these files instead, every checksum and the manifest's list made anew."""
    whole: dict[str, Any] = {
        n: d for n, d in sealed.files.items() if n not in ("README.md", "manifest.json", "SHA256SUMS")
    }
    whole |= {name.replace("_", "."): data for name, data in files.items()}
    about = json.loads(sealed.files["manifest.json"])["about"]
    return seal.seal(sealed.name, {n: d for n, d in whole.items() if d is not None}, evidence.KIND, about)


def flaws(sealed: Bundle) -> list[tuple[str, Wrong]]:
    about = json.loads(sealed.files["manifest.json"])["about"]
    return [(flaw.where, flaw.what) for flaw in evidence.flaws(sealed.files, about)]


def rechained(data: bytes, change: Callable[[list[dict[str, Any]]], None]) -> bytes:
    """A journal with other content and every hash made anew."""
    lines = [json.loads(text) for text in data.splitlines()]
    change(lines)
    previous, out = GENESIS, b""
    for number, line in enumerate(lines):
        body = {**{key: value for key, value in line.items() if key != "hash"}, "seq": number, "prev": previous}
        previous = digest(body)
        out += canonical({**body, "hash": previous}) + b"\n"
    return out


def test_a_whole_run_is_sealed_with_everything_that_proves_it(run: Run) -> None:
    sealed = evidence.seal_run(run)
    assert {"journal.jsonl", "ledger.jsonl", "plan.json", "site.json", "result.json", "versions.json"} < set(
        sealed.files
    )
    told = json.loads(sealed.files["manifest.json"])["about"]
    assert told["verdict"] == "met" and told["journal"]["lines"] == len(run.lines)
    assert (told["model_hash"], told["plan_hash"]) == (run.lines[0]["model_hash"], run.plan.hash)
    assert flaws(sealed) == [] and evidence.judged_again(sealed.files) == ()


def test_a_journal_that_was_cut_short_is_noticed_by_its_length(run: Run) -> None:
    sealed = evidence.seal_run(run)
    lines = sealed.files["journal.jsonl"].splitlines(keepends=True)
    shorter = resealed(sealed, journal_jsonl=b"".join(lines[:-1]), result_json=None)
    assert (f"journal.jsonl:{len(lines) - 1}", Wrong.CUT_OFF) in flaws(shorter)


def test_a_result_without_the_journals_end_cannot_be_sealed(run: Run) -> None:
    path = run.folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(MedcloudError, match="the journal has no end") as caught:
        evidence.seal_run(runs.load(run.folder.parent, run.run_id))
    assert caught.value.code == "refused"


def test_files_that_are_not_those_of_the_run_are_found_in_spite_of_new_checksums(run: Run) -> None:
    sealed = evidence.seal_run(run)
    site = sealed.files["site.json"].replace(b"gaodian", b"gaodien")
    assert ("site.json", Wrong.CHANGED) in flaws(resealed(sealed, site_json=site))
    plan = sealed.files["plan.json"].replace(b"before-healing", b"after-healing")
    assert ("plan.json", Wrong.CHANGED) in flaws(resealed(sealed, plan_json=plan))
    assert ("ledger.jsonl", Wrong.CHANGED) in flaws(resealed(sealed, ledger_jsonl=b"{}\n"))
    assert ("ledger.jsonl", Wrong.MISSING) in flaws(resealed(sealed, ledger_jsonl=None))


def test_a_better_result_is_found_even_with_the_whole_chain_made_anew(run: Run) -> None:
    """The forger also corrects the journal's last line; the result still does not follow from the steps' evidence."""
    sealed = evidence.seal_run(run)
    better = sealed.files["result.json"].replace(b'"rto_seconds": 6.0', b'"rto_seconds": 1.0')
    assert better != sealed.files["result.json"]

    def bind(lines: list[dict[str, Any]]) -> None:
        lines[-1]["files"]["result.json"] = hashlib.sha256(better).hexdigest()

    journal = rechained(sealed.files["journal.jsonl"], bind)
    with pytest.raises(MedcloudError, match="does not follow from the journal: steps, systems"):
        evidence.seal_run(rewritten(run, journal, better))


def rewritten(run: Run, journal: bytes, result: bytes) -> Run:
    (run.folder / "journal.jsonl").write_bytes(journal)
    (run.folder / "result.json").write_bytes(result)
    return runs.load(run.folder.parent, run.run_id)


def test_a_manifest_that_tells_of_a_better_run_is_found(run: Run) -> None:
    sealed = evidence.seal_run(run)
    told = json.loads(sealed.files["manifest.json"])["about"]
    (flaw,) = evidence.flaws(sealed.files, {**told, "verdict": "splendid"})
    assert flaw.what is Wrong.CONTRADICTS and "verdict splendid" in flaw.detail


def test_a_run_of_another_version_is_judged_again_but_not_suspected(tmp_path: Path, xiamen: Site) -> None:
    old = finished(tmp_path / "drills", xiamen)
    result = json.loads((old.folder / "result.json").read_text())
    text = json.dumps(result | {"seconds": 1e9})

    def bind(lines: list[dict[str, Any]]) -> None:
        lines[0]["tools"]["source"] = "0" * 64
        lines[-1]["files"]["result.json"] = hashlib.sha256(text.encode()).hexdigest()

    sealed = evidence.seal_run(
        rewritten(old, rechained((old.folder / "journal.jsonl").read_bytes(), bind), text.encode())
    )
    assert flaws(sealed) == [] and evidence.judged_again(sealed.files) == ("seconds",)


def test_a_run_that_was_never_finished_is_sealed_as_such(tmp_path: Path, run: Run) -> None:
    path = run.folder / "journal.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:5]))
    (run.folder / "result.json").unlink()
    sealed = evidence.seal_run(runs.load(run.folder.parent, run.run_id))
    told = json.loads(sealed.files["manifest.json"])["about"]
    assert told["state"] == "interrupted" and told["verdict"] is None and flaws(sealed) == []


def test_a_bundle_without_its_journal_says_so(run: Run) -> None:
    assert ("journal.jsonl", Wrong.MISSING) in flaws(resealed(evidence.seal_run(run), journal_jsonl=None))


def test_half_written_files_are_left_out(run: Run) -> None:
    (run.folder / ".draft").write_text("half")
    (run.folder / "result.new").write_text("half")
    assert not {".draft", "result.new"} & set(evidence.seal_run(run).files)


@pytest.fixture
def approved(tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]) -> Run:
    """A run that two people approved, at rest after that."""
    asked = Asked(tmp_path, xiamen, ssh_key)
    asked.while_waiting(lambda: asked.give("it-director"), lambda: asked.give("duty-director"))
    journal = Journal(asked.run.folder / "journal.jsonl")
    journal.append("step/ask/started/1", "step", step="ask", state="started", attempt=1)
    journal.append("step/ask/done", "step", step="ask", state="done", evidence=asked.ask(), seconds=1.0)
    return asked.run


def test_approvals_are_part_of_the_evidence_and_checked_by_their_signatures(approved: Run) -> None:
    sealed = evidence.seal_run(approved)
    folder = "approvals/ask"
    assert {f"{folder}/request.json", f"{folder}/it-director.sig", f"{folder}/duty-director.sig"} < set(sealed.files)
    assert flaws(sealed) == []
    swapped = with_files(sealed, {f"{folder}/it-director.sig": sealed.files[f"{folder}/duty-director.sig"]})
    assert (f"{folder}/it-director.sig", Wrong.CHANGED) in flaws(swapped)
    weaker = sealed.files[f"{folder}/request.json"].replace(b"Gaodian", b"nowhere")
    assert (f"{folder}/request.json", Wrong.CHANGED) in flaws(with_files(sealed, {f"{folder}/request.json": weaker}))
    assert (f"{folder}/request.json", Wrong.MISSING) in flaws(with_files(sealed, {f"{folder}/request.json": None}))


def with_files(sealed: Bundle, files: dict[str, bytes | None]) -> Bundle:
    whole = {name: data for name, data in {**sealed.files, **files}.items() if data is not None}
    return Bundle(sealed.name, whole)


def test_every_run_pins_the_end_of_the_run_before_it(tmp_path: Path, xiamen: Site) -> None:
    first = finished(tmp_path / "drills", xiamen, "run-1")
    second = finished(tmp_path / "drills", xiamen, "run-2")
    assert first.lines[0]["previous"] is None
    assert second.lines[0]["previous"] == {
        "run": "run-1",
        "lines": len(first.lines),
        "last_hash": first.lines[-1]["hash"],
    }
    assert finished(tmp_path / "drills", xiamen, "a-third").lines[0]["previous"]["run"] == "run-2"
