"""`medcloud evidence` as an auditor types it: no site, no network, no lab."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inventory.model import Site
from monitors import signature
from tests.cli.typed import typed as in_process
from tests.dr.finished import finished


def typed(state: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return in_process("--state-dir", state, "--lab", "nowhere", "evidence", *words)


def verdict(state: Path, *words: object) -> tuple[int, Any]:
    done = typed(state, "verify", *words, "--json")
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def handed_over(tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]) -> tuple[Path, Path]:
    """A signed bundle and the hospital's allowed signers."""
    finished(tmp_path / "nowhere" / "drills", xiamen)
    key = ssh_key("hospital")
    done = typed(tmp_path, "export", "xiamen", "--key", key, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"hospital {signature.public_key(key)}\n")
    return tmp_path / "out" / "run-1.tar", signers


def test_only_an_intact_bundle_signed_by_an_allowed_signer_is_valid(
    tmp_path: Path, handed_over: tuple[Path, Path], ssh_key: Callable[[str], Path]
) -> None:
    bundle, signers = handed_over
    code, found = verdict(tmp_path, bundle, "--signers", signers)
    assert (code, found["valid"], found["signature"]["principal"]) == (0, True, "hospital")
    assert found["about"]["run"] == "run-1" and found["flaws"] == []
    code, found = verdict(tmp_path, bundle)
    assert (code, found["valid"], found["intact"]) == (1, False, True)
    signers.write_text(f"hospital {signature.public_key(ssh_key('other'))}\n")
    assert verdict(tmp_path, bundle, "--signers", signers)[0] == 1


def test_a_changed_byte_is_named(tmp_path: Path, handed_over: tuple[Path, Path]) -> None:
    bundle, signers = handed_over
    data = bundle.read_bytes()
    at = data.index(b'"step":"strike-centre"')
    bundle.write_bytes(data[:at] + b'"step":"strike-Centre"' + data[at + 22 :])
    done = typed(tmp_path, "verify", bundle, "--signers", signers)
    assert done.returncode == 1 and "NOT INTACT" in done.stdout and "journal.jsonl:" in done.stdout


def test_an_unsigned_bundle_is_said_to_be_unsigned_and_never_valid(tmp_path: Path, xiamen: Site) -> None:
    finished(tmp_path / "nowhere" / "drills", xiamen)
    done = typed(tmp_path, "export", "xiamen", "run-1")
    assert done.returncode == 0 and "UNSIGNED" in done.stderr
    bundle = tmp_path / "nowhere" / "evidence" / "run-1.tar"
    shown = typed(tmp_path, "verify", bundle)
    assert shown.returncode == 1 and "UNSIGNED" in shown.stdout and "valid" not in shown.stdout
    code, found = verdict(tmp_path, bundle, "--allow-unsigned")
    assert (code, found["valid"]) == (0, False)


def test_a_run_whose_journal_was_changed_is_refused_as_evidence(tmp_path: Path, xiamen: Site) -> None:
    run = finished(tmp_path / "nowhere" / "drills", xiamen)
    path = run.folder / "result.json"
    path.write_text(path.read_text().replace('"rto_seconds": 6.0', '"rto_seconds": 1.0'))
    done = typed(tmp_path, "export", "xiamen")
    assert done.returncode == 3 and "result.json" in done.stderr
    assert not (tmp_path / "nowhere" / "evidence").exists()


def test_what_is_not_there_is_bad_input(tmp_path: Path) -> None:
    assert typed(tmp_path, "verify", tmp_path / "absent.tar").returncode == 2
    assert typed(tmp_path, "export", "xiamen").returncode == 2
    assert typed(tmp_path, "export", "xiamen", "run-7").returncode == 2
