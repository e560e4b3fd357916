"""The step that waits for two people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dr.steps import ask_person
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr.approving import TEXT, Asked

PARAMS = ask_person.Params(name="ask", text=TEXT, patience=30.0)


def test_it_goes_on_when_two_have_signed(tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]) -> None:
    asked = Asked(tmp_path, xiamen, ssh_key)
    ask_person.preflight(asked.context(), PARAMS)
    ask_person.check(asked.context(), PARAMS)
    asked.while_waiting(lambda: asked.give("duty-director"), lambda: asked.give("it-director"))
    evidence = ask_person.run(asked.context(), PARAMS)
    assert evidence["approved_by"] == ["duty-director", "it-director"]
    assert ask_person.run(asked.context(), PARAMS)["approved_by"] == evidence["approved_by"], "safe to run twice"


def test_it_fails_when_they_do_not(tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]) -> None:
    asked = Asked(tmp_path, xiamen, ssh_key)
    with pytest.raises(MedcloudError, match="0 of 2 approvals"):
        ask_person.run(asked.context(), PARAMS)
    assert 30 <= asked.stage.world.clock.seconds < 32


def test_a_missing_approver_is_found_before_anything_moves(
    tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]
) -> None:
    asked = Asked(tmp_path, xiamen, ssh_key, people=("it-director",))
    for look in (ask_person.preflight, ask_person.check):
        with pytest.raises(MedcloudError, match="no key of medical-director, duty-director") as caught:
            look(asked.context(), PARAMS)
        assert caught.value.code == "refused"
    assert ask_person.undo(asked.context(), PARAMS) == {}
