"""What the cloud's refusals become."""

from __future__ import annotations

import json

import pytest
from keystoneauth1.exceptions.http import Unauthorized
from openstack import exceptions

from inventory.error import MedcloudError
from stacks import faults
from stacks.progress import first_words


@pytest.mark.parametrize(("said", "advice"), [
    ("No valid host was found. There are not enough hosts available.", "capacity"),
    ("Quota exceeded for resources: ['security_group']", "quota"),
    ("Maximum number of volumes allowed (10) exceeded", "quota"),
    ("IP address 10.21.20.10 already allocated in subnet 1", "another port"),
    ("Unable to establish connection to http://10.88.1.11:5000/v3", "does not answer"),
])  # fmt: skip
def test_a_known_refusal_comes_with_advice(said: str, advice: str) -> None:
    error = faults.explain(exceptions.SDKException(said), "cannot create server his-1")
    assert error.message == f"cannot create server his-1: {said}" and advice in error.hint


def test_the_services_own_sentence_is_taken_out_of_its_json() -> None:
    error = exceptions.HttpException("Error", details=json.dumps({"NeutronError": {"message": "In use."}}))
    assert faults.explain(error, "cannot delete network a").message == "cannot delete network a: In use."


def test_our_own_error_keeps_its_hint() -> None:
    error = faults.explain(MedcloudError("no image", "build one"), "cannot create server a")
    assert (error.message, error.hint) == ("cannot create server a: no image", "build one")


def test_gone_and_unauthorised_are_told_apart() -> None:
    assert faults.is_gone(exceptions.NotFoundException("x")) and not faults.is_gone(exceptions.ConflictException("x"))
    assert faults.is_unauthorised(Unauthorized("x")) and not faults.is_unauthorised(ValueError("x"))


def test_only_our_words_of_an_engine_message_remain() -> None:
    message = (
        "<{%reset%}>Unexpected <class 'Exception'>: cannot create server a: refused\n  hint: wait:\n"
        '  File "/somewhere/server.py", line 77, in wrapper\n<{%reset%}>'
    )
    assert first_words(message) == "cannot create server a: refused\n  hint: wait"
