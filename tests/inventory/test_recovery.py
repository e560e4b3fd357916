"""Approvers, drill windows and what a person vouches for, as they may be declared and as they may not."""

from __future__ import annotations

import base64
import struct

import pytest

from inventory.load import read_site
from inventory.model import Site
from inventory.recovery import Weekday
from tests.inventory.conftest import SMALL, SmallSite


def public_key(seed: int, kind: str = "ssh-ed25519") -> str:
    """The line of a public key; the point need not lie on any curve, nobody signs with it."""
    body = struct.pack(">I", len(kind)) + kind.encode() + struct.pack(">I", 32) + bytes([seed]) * 32
    return f"{kind} {base64.b64encode(body).decode()} somebody"


def person(name: str, key: str | None = None) -> str:
    shown = f', ssh_key: "{key}"' if key else ""
    return f"    - {{ name: {name}, title: {{ zh: 某, en: Some }}, role: it{shown} }}\n"


def recovery(*lines: str, approvers: str = "") -> str:
    """The small site with such a section."""
    people = f"  approvers:\n{approvers}" if approvers else ""
    return SMALL + "recovery:\n" + "".join(f"  {line}\n" for line in lines) + people


def problems(small: SmallSite, text: str) -> list[str]:
    from inventory.load import SiteError

    (small.folder / "site.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SiteError) as caught:
        read_site(small.folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_site_that_declares_nothing_has_no_windows_and_no_approvers(small: SmallSite) -> None:
    found = read_site(small.folder).site.recovery
    assert (found.windows, found.approvers, found.approvals) == ((), (), 2)


def test_xiamen_declares_offices_without_made_up_keys(xiamen: Site) -> None:
    assert len(xiamen.recovery.approvers) >= xiamen.recovery.approvals
    assert all(person.ssh_key is None for person in xiamen.recovery.approvers)
    assert xiamen.recovery.windows and xiamen.recovery.month_end.last_days


def test_weekdays_count_as_python_does() -> None:
    assert (Weekday.MONDAY.number, Weekday.SUNDAY.number) == (0, 6)


def test_two_people_with_one_key_are_refused_even_with_another_comment(small: SmallSite) -> None:
    key = public_key(1)
    people = person("ann", key) + person("bob", key.replace("somebody", "else"))
    (problem,) = problems(small, recovery(approvers=people))
    assert "bob has the key of another approver" in problem and "site.yml:97" in problem


@pytest.mark.parametrize("key", ["ssh-ed25519", "ssh-ed25519 notbase64!", "a password"])
def test_what_is_no_public_key_is_refused(small: SmallSite, key: str) -> None:
    (problem,) = problems(small, recovery(approvers=person("ann", key) + person("bob")))
    assert "not an OpenSSH public key" in problem


def test_a_key_whose_type_lies_is_refused(small: SmallSite) -> None:
    key = public_key(1).replace("ssh-ed25519 ", "ssh-rsa ", 1)
    (problem,) = problems(small, recovery(approvers=person("ann", key) + person("bob")))
    assert "not an OpenSSH public key" in problem


def test_the_same_person_twice_and_too_few_people(small: SmallSite) -> None:
    (twice,) = problems(small, recovery(approvers=person("ann") + person("ann")))
    assert "`ann` is declared twice" in twice
    (few,) = problems(small, recovery(approvers=person("ann")))
    assert "2 approvals are needed, but only 1" in few


def test_one_approval_alone_is_never_enough(small: SmallSite) -> None:
    assert "recovery.approvals" in problems(small, recovery("approvals: 1"))[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("time_zone: Asia/Xiamen", "no time zone `Asia/Xiamen`"),
        ('windows: [{ days: [sat], begin: "20:00", end: "20:00" }]', "of no length"),
        ("windows: [{ days: [sat], begin: 20:00, end: 23:00 }]", "must be a text"),
        ('windows: [{ days: [sat], begin: "25:00", end: "23:00" }]', "begin"),
        ('windows: [{ days: [], begin: "20:00", end: "23:00" }]', "days"),
        ("closed: [{ begin: 2027-02-10, end: 2027-02-01, why: { zh: 春节, en: New Year } }]", "before it begins"),
    ],
)  # fmt: skip
def test_windows_that_cannot_be_meant(small: SmallSite, line: str, said: str) -> None:
    assert any(said in problem for problem in problems(small, recovery(line)))
