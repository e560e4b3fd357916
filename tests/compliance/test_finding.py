"""Weighing proofs."""

from __future__ import annotations

import pytest

from compliance.finding import Check, Proof, Words, weigh
from compliance.snapshot import Evidence

W = Words("词", "word")


@pytest.mark.parametrize(
    ("met", "verdict"),
    [
        ([True, True], "conform"),
        ([True, False], "partial"),
        ([False], "nonconform"),
        ([False, None], "nonconform"),
        ([True, None], "not_checked"),
        ([None], "not_checked"),
        ([], "not_checked"),
    ],
)
def test_weigh(met, verdict):
    assert weigh([Proof(value, "raw", W, W) for value in met]) == verdict


def test_an_unread_section_says_why():
    check = Check("sshd", lambda text: (True, text), W, W)
    proof = check.look(Evidence("h", "host", "p", "node", {}, {"sshd": "exit 127: not found"}))
    assert (proof.met, proof.raw) == (None, "sshd: exit 127: not found")


def test_nonsense_is_not_read_rather_than_passed():
    check = Check("endpoints", lambda text: (bool(int(text)), text), W, W)
    assert check.look(Evidence("h", "cloud", "p", "", {"endpoints": "<html>"}, {})).met is None
