"""Whose signature counts: the approvers that the model declares, with the keys of the model or of the site's state.

A key in the model was reviewed with the model. A key that was enrolled in the state is only as safe as that folder, so
it counts for declared people without a key in the model only, and every request says where each key came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inventory.checks.recovery import key_body
from inventory.error import bad_input, refused
from inventory.model import Site

FILE = "approvers"  # in the site's state folder: `NAME TYPE BODY` a line, as ssh-keygen's allowed signers


@dataclass(frozen=True)
class Key:
    """A person's public key (`type body`) and where it stands: `model` or `state`."""

    line: str
    source: str


def known(site: Site, enrolled: str) -> dict[str, Key]:
    """Approver's name → key; nobody whose key another approver has too."""
    keys = {name: Key(line, "state") for name, line in _lines(enrolled).items()}
    found: dict[str, Key] = {}
    for person in site.recovery.approvers:
        if person.ssh_key is not None:
            found[person.name] = Key(" ".join(person.ssh_key.split()[:2]), "model")
        elif person.name in keys:
            found[person.name] = keys[person.name]
    bodies = [key_body(key.line) for key in found.values()]
    return {name: key for name, key in found.items() if bodies.count(key_body(key.line)) == 1}


def of_state(site: Site, state: Path) -> dict[str, Key]:
    """Like `known`, with what is enrolled in that state folder."""
    return known(site, _text(state / FILE))


def require(site: Site, keys: Mapping[str, Key]) -> None:
    """MedcloudError (refused) unless enough approvers have a key: nobody may find that out in the middle of a drill."""
    people = site.recovery.approvers
    if len(keys) >= site.recovery.approvals:
        return
    need = f"{site.recovery.approvals} approvers must be able to sign, {len(keys)} can"
    if len(people) < site.recovery.approvals:
        raise refused(f"{need}: the model declares {len(people)}", "declare them under recovery: approvers:")
    without = ", ".join(person.name for person in people if person.name not in keys)
    raise refused(f"{need}; no key of {without}", f"medcloud drill enrol {site.name} --as NAME --key FILE.pub")


def enrol(site: Site, state: Path, name: str, line: str) -> None:
    """Keep that person's public key in the state. Refused for people whom the model does not declare, who have a key in
    the model, or whose key is another's."""
    people = {person.name: person for person in site.recovery.approvers}
    if name not in people:
        raise bad_input(f"the model declares no approver `{name}`", f"approvers: {', '.join(people) or 'none'}")
    if people[name].ssh_key is not None:
        raise refused(f"the key of {name} stands in the model", "change it there")
    if key_body(line) is None:
        raise bad_input("not an OpenSSH public key", "name the .pub file")
    keys = _lines(_text(state / FILE))
    others = {other: key.line for other, key in of_state(site, state).items() if other != name}
    for other, theirs in others.items():
        if key_body(theirs) == key_body(line):
            raise refused(f"that key is the key of {other}", "one person may not approve twice")
    keys[name] = " ".join(line.split()[:2])
    _write(state / FILE, "".join(f"{who} {key}\n" for who, key in sorted(keys.items())))


def _lines(text: str) -> dict[str, str]:
    found = {}
    for row in text.splitlines():
        name, _, line = row.strip().partition(" ")
        if key_body(line) is not None and not name.startswith("#"):
            found[name] = " ".join(line.split()[:2])
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(path)
