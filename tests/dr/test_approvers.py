"""Whose key is whose: the model's first, enrolled ones for declared people only, one key never for two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dr import approvers
from inventory.error import MedcloudError
from inventory.model import Site
from monitors import signature


@pytest.fixture
def line(ssh_key: Callable[[str], Path]) -> Callable[[str], str]:
    return lambda name: signature.public_key(ssh_key(name))


def with_key(site: Site, name: str, key: str) -> Site:
    people = tuple(p.model_copy(update={"ssh_key": key}) if p.name == name else p for p in site.recovery.approvers)
    return site.model_copy(update={"recovery": site.recovery.model_copy(update={"approvers": people})})


def test_a_key_of_the_model_wins_and_says_where_it_stands(
    xiamen: Site, tmp_path: Path, line: Callable[[str], str]
) -> None:
    approvers.enrol(xiamen, tmp_path, "it-director", line("old"))
    approvers.enrol(xiamen, tmp_path, "duty-director", line("duty"))
    site = with_key(xiamen, "it-director", f"{line('new')} a comment")
    found = approvers.of_state(site, tmp_path)
    assert {name: key.source for name, key in found.items()} == {"it-director": "model", "duty-director": "state"}
    assert found["it-director"].line.count(" ") == 1
    with pytest.raises(MedcloudError, match="stands in the model"):
        approvers.enrol(site, tmp_path, "it-director", line("third"))


def test_nobody_enrols_a_stranger_a_text_or_somebody_elses_key(
    xiamen: Site, tmp_path: Path, line: Callable[[str], str]
) -> None:
    key = line("it")
    approvers.enrol(xiamen, tmp_path, "it-director", key)
    for name, text, said in (
        ("mallory", line("mallory"), "declares no approver `mallory`"),
        ("duty-director", "hello", "not an OpenSSH public key"),
        ("duty-director", f"{key} other comment", "is the key of it-director"),
    ):
        with pytest.raises(MedcloudError, match=said):
            approvers.enrol(xiamen, tmp_path, name, text)
    assert set(approvers.of_state(xiamen, tmp_path)) == {"it-director"}


def test_a_key_that_two_names_share_counts_for_neither(xiamen: Site, line: Callable[[str], str]) -> None:
    """The file in the state may be edited by hand; the same person must not become two."""
    key = line("one")
    assert approvers.known(
        xiamen, f"it-director {key}\nduty-director {key}\nmedical-director {line('two')}\n"
    ).keys() == {"medical-director"}


def test_a_site_must_have_enough_people_with_keys(xiamen: Site, tmp_path: Path, line: Callable[[str], str]) -> None:
    with pytest.raises(MedcloudError, match="no key of it-director, medical-director, duty-director") as caught:
        approvers.require(xiamen, approvers.of_state(xiamen, tmp_path))
    assert caught.value.code == "refused" and "drill enrol xiamen" in caught.value.hint
    for name in ("it-director", "medical-director"):
        approvers.enrol(xiamen, tmp_path, name, line(name))
    approvers.require(xiamen, approvers.of_state(xiamen, tmp_path))
    assert (tmp_path / "approvers").stat().st_mode & 0o777 == 0o600
