"""Two people of name, each with a key of their own, sign exactly what is asked; everything else does not count."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dr import approval
from dr.planner import standard
from inventory.error import MedcloudError
from inventory.model import Site, Text
from monitors import signature
from tests.dr.approving import Asked


class Killed(BaseException):
    """SIGKILL, as a step that waits sees it: not at all."""


def killed() -> None:
    raise Killed


@pytest.fixture
def asked(tmp_path: Path, xiamen: Site, ssh_key: Callable[[str], Path]) -> Asked:
    return Asked(tmp_path, xiamen, ssh_key)


def waiting(asked: Asked) -> Asked:
    """The request is open, nobody has signed, the orchestrator is dead."""
    asked.while_waiting(killed)
    with pytest.raises(Killed):
        asked.ask()
    return asked


def test_two_people_sign_and_the_proof_names_them(asked: Asked) -> None:
    asked.while_waiting(lambda: asked.give("it-director"), lambda: asked.give("medical-director"))
    proof = asked.ask()
    assert proof["approved_by"] == ["it-director", "medical-director"]
    assert proof["keys"]["it-director"] == signature.fingerprint(asked.known["it-director"].line.split()[1])
    assert proof["keys_from"] == {"it-director": "state", "medical-director": "state"}
    assert any("must approve until" in effect and "切换到高殿" in effect for effect in asked.stage.world.effects)


def test_the_request_says_exactly_what_is_asked(asked: Asked) -> None:
    said = json.loads((waiting(asked).run.folder / "approvals/ask/request.json").read_text())
    first = asked.run.lines[0]
    assert (said["run"], said["plan_hash"], said["model_hash"]) == ("run-1", first["plan_hash"], first["model_hash"])
    assert said["text"] == {"zh": "切换到高殿", "en": "Move to Gaodian"} and said["step"] == "ask"
    assert said["needed"] == 2 and set(said["approvers"]) == set(asked.keys)


def test_openssh_alone_signs_and_verifies(asked: Asked, tmp_path: Path) -> None:
    request = waiting(asked).run.folder / "approvals/ask/request.json"
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-q", "-n", "medcloud-approval", "-f", asked.keys["it-director"], request],
        check=True,
    )
    made = request.with_name("request.json.sig")
    given = approval.give(asked.run, "ask", "it-director", made.read_bytes(), asked.stage.world.clock.now())
    assert given.person == "it-director"


def test_what_was_signed_before_a_kill_counts_after_it(asked: Asked) -> None:
    asked.while_waiting(lambda: asked.give("it-director"), killed, lambda: asked.give("duty-director"))
    with pytest.raises(Killed):
        asked.ask()
    assert asked.ask()["approved_by"] == ["duty-director", "it-director"]
    assert len(list((asked.run.folder / "approvals").iterdir())) == 1, "nobody was asked a second time"


def test_one_person_never_counts_twice(asked: Asked) -> None:
    waiting(asked).give("it-director")
    with pytest.raises(MedcloudError, match="has approved ask already") as caught:
        asked.give("it-director")
    assert caught.value.code == "refused"
    folder = asked.run.folder / "approvals/ask"
    (folder / "medical-director.sig").write_bytes(asked.signed("it-director"))
    with pytest.raises(MedcloudError, match="1 of 2 approvals"):
        asked.ask()
    assert any("not counted" in effect and "medical-director" in effect for effect in asked.stage.world.effects)


def test_an_unknown_signer_is_refused_at_the_door_and_by_the_step(asked: Asked, ssh_key: Callable[[str], Path]) -> None:
    waiting(asked).keys["mallory"] = ssh_key("mallory")
    for person, key, why in (("mallory", "mallory", "was not asked"), ("it-director", "mallory", "unknown-signer")):
        with pytest.raises(MedcloudError, match=why) as caught:
            asked.give(person, key=key)
        assert caught.value.code == "refused"
    for name in ("mallory", "it-director", "medical-director"):
        (asked.run.folder / f"approvals/ask/{name}.sig").write_bytes(asked.signed(name, key="mallory"))
    with pytest.raises(MedcloudError, match="0 of 2 approvals"):
        asked.ask()


def test_a_signature_of_other_words_or_for_another_purpose_is_refused(asked: Asked) -> None:
    data = (waiting(asked).run.folder / "approvals/ask/request.json").read_bytes()
    with pytest.raises(MedcloudError, match="invalid"):
        asked.give("it-director", data=data.replace(b"Gaodian", b"Fuzhou!"))
    evidence = signature.sign(data, "medcloud-evidence", asked.keys["it-director"])
    with pytest.raises(MedcloudError, match="invalid"):
        approval.give(asked.run, "ask", "it-director", evidence, asked.stage.world.clock.now())


def test_an_expired_request_takes_no_signature_and_is_asked_anew(asked: Asked) -> None:
    waiting(asked).give("it-director")
    late = asked.signed("medical-director")
    after = asked.stage.world.clock.now() + timedelta(seconds=61)
    with pytest.raises(MedcloudError, match="expired") as caught:
        approval.give(asked.run, "ask", "medical-director", late, after)
    assert caught.value.code == "refused"
    with pytest.raises(MedcloudError, match="1 of 2 approvals before"):
        asked.ask()
    (asked.run.folder / "approvals/ask/medical-director.sig").write_bytes(late)
    with pytest.raises(MedcloudError, match="0 of 2 approvals"):
        asked.ask()
    assert (asked.run.folder / "approvals/ask.1/it-director.sig").exists(), "what was signed then is kept"


def test_a_request_for_another_plan_or_another_run_is_not_signed(asked: Asked, xiamen: Site) -> None:
    path = waiting(asked).run.folder / "approvals/ask/request.json"
    said = json.loads(path.read_text())
    for key, value in (("plan_hash", standard(xiamen, "production-failback").hash), ("run", "run-2")):
        path.write_bytes(approval.seal.canonical({**said, key: value}))
        with pytest.raises(MedcloudError, match=f"does not belong to run run-1: other {key}") as caught:
            asked.give("it-director")
        assert caught.value.code == "refused"
        with pytest.raises(MedcloudError, match="other"):
            approval.open_requests(asked.run, asked.stage.world.clock.now())


def test_a_request_whose_words_were_changed_on_disk_is_asked_anew(asked: Asked) -> None:
    """Two signatures of a weaker text must never open the step that asks for a stronger one."""
    path = waiting(asked).run.folder / "approvals/ask/request.json"
    path.write_bytes(approval.seal.canonical({**json.loads(path.read_text()), "text": {"zh": "喝茶", "en": "Tea"}}))
    asked.give("it-director")
    asked.give("medical-director")
    with pytest.raises(MedcloudError, match="0 of 2 approvals"):
        asked.ask()


def test_without_enough_people_nobody_is_asked(asked: Asked) -> None:
    one = {"it-director": asked.known["it-director"]}
    with pytest.raises(MedcloudError, match="2 approvers must be able to sign, 1 can") as caught:
        asked.ask(known=one)
    assert caught.value.code == "refused" and not (asked.run.folder / "approvals").exists()


def test_other_words_are_another_request(asked: Asked) -> None:
    waiting(asked).give("it-director")
    with pytest.raises(MedcloudError, match="0 of 2"):
        asked.ask(text=Text(zh="盲目提升", en="Promote blindly"))
