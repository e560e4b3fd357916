"""Approvers must be people of their own with keys of their own; windows must be hours that exist."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from inventory.checks.finding import Finding, Loc
from inventory.model import Site

_KEY_TYPES = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519@", "sk-ecdsa-sha2-")


def find(site: Site) -> Iterator[Finding]:
    """Unknown time zones, doubled people or keys, broken keys, too few approvers, windows of no length."""
    recovery = site.recovery
    if not _zone_exists(recovery.time_zone):
        message = f"no time zone `{recovery.time_zone}`"
        yield Finding(("recovery", "time_zone"), message, "such as Asia/Shanghai")
    yield from _approvers(site)
    for number, window in enumerate(recovery.windows):
        if window.begin == window.end:
            yield Finding(("recovery", "windows", number, "end"), "a window of no length", "end it later")
    for key in ("closed", "vouched"):
        yield from _spans(site, key)


def key_body(line: str) -> str | None:
    """The base64 body of an OpenSSH public key line; None when it is none."""
    parts = line.split()
    if len(parts) < 2 or not parts[0].startswith(_KEY_TYPES):
        return None
    try:
        raw = base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        return None
    return parts[1] if raw[4 : 4 + len(parts[0])] == parts[0].encode() else None


def _approvers(site: Site) -> Iterator[Finding]:
    people = site.recovery.approvers
    names: dict[str, Loc] = {}
    keys: dict[str, Loc] = {}
    for number, person in enumerate(people):
        loc: Loc = ("recovery", "approvers", number)
        if person.name in names:
            yield Finding(loc, f"the approver `{person.name}` is declared twice", "choose another", names[person.name])
        names.setdefault(person.name, loc)
        if person.ssh_key is None:
            continue
        body = key_body(person.ssh_key)
        if body is None:
            yield Finding((*loc, "ssh_key"), "not an OpenSSH public key", "paste the line of an id_ed25519.pub")
        elif body in keys:
            message = f"{person.name} has the key of another approver: one person could approve twice"
            yield Finding((*loc, "ssh_key"), message, "everybody needs a key of their own", see=keys[body])
        keys.setdefault(body or "", loc)
    if people and len(people) < site.recovery.approvals:
        message = f"{site.recovery.approvals} approvals are needed, but only {len(people)} approver is declared"
        yield Finding(("recovery", "approvers"), message, "declare more people")


def _spans(site: Site, key: str) -> Iterator[Finding]:
    for number, item in enumerate(getattr(site.recovery, key)):
        begin, end = (item.begin, item.end) if key == "closed" else (item.made, item.expires)
        if end < begin:
            yield Finding(("recovery", key, number), f"ends on {end}, before it begins", "swap the dates")


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
