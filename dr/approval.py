"""Approvals: a request says exactly what is asked, two people of name sign exactly that with SSH keys of their own.

Request and signatures are files in the run's folder (`approvals/<name>/request.json`, `<person>.sig`), so waiting
survives any crash, a signature may be made on another machine with OpenSSH alone, and an auditor can check it later:
`ssh-keygen -Y verify -n medcloud-approval -I <person> … < request.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dr import approvers
from dr.context import Context, Evidence
from dr.plan import model_hash
from dr.runs import Run
from inventory.error import MedcloudError, bad_input, refused
from inventory.model import Text
from monitors import bundle, seal, signature
from monitors.signature import State

FORMAT, NAMESPACE, REQUEST = "medcloud-approval/1", "medcloud-approval", "request.json"
_EVERY = 0.5  # seconds between two looks


@dataclass(frozen=True)
class Request:
    """What people are asked to sign: `data` is the file, byte for byte."""

    data: bytes
    said: Mapping[str, Any]

    @property
    def expires(self) -> datetime:
        return datetime.fromisoformat(self.said["expires"])

    @property
    def needed(self) -> int:
        return int(self.said["needed"])

    @property
    def signers(self) -> dict[str, str]:
        """Approver's name → public key."""
        return {name: str(key["key"]) for name, key in self.said["approvers"].items()}


@dataclass(frozen=True)
class Approval:
    """One person's valid signature of a request."""

    person: str
    fingerprint: str
    signature: str


def await_approvals(context: Context, name: str, text: Text, patience: float = 1800.0) -> Evidence:
    """Ask, then wait until enough approvers have signed; safe to run twice. MedcloudError when they have not within
    `patience` seconds (running it again asks anew), refused when there are not enough approvers who could."""
    approvers.require(context.site, context.approvers)
    begin = context.clock.monotonic()
    request = _ask(context, name, text, patience)
    where = _folder(context.folder, name)
    seen: dict[str, str] = {}
    judged: dict[str, bytes] | None = None
    while True:
        signatures = _signatures(where)
        if signatures != judged:  # to check one starts ssh-keygen
            (given, bad), judged = valid(request, signatures), signatures
            _tell(context, name, given, bad, seen)
        if len(given) >= request.needed:
            return _proof(request, given, round(context.clock.monotonic() - begin, 3))
        if context.clock.now() >= request.expires:
            raise MedcloudError(
                f"{name}: {len(given)} of {request.needed} approvals before {request.said['expires']}",
                "resuming the run asks again",
            )
        context.clock.sleep(_EVERY)


def valid(request: Request, signatures: Mapping[str, bytes]) -> tuple[tuple[Approval, ...], dict[str, str]]:
    """The approvals that count, each by another person and another key, and why the other signatures do not."""
    given: list[Approval] = []
    bad: dict[str, str] = {}
    for person, armoured in sorted(signatures.items()):
        key = request.signers.get(person)
        if key is None:
            bad[person] = f"{person} is none of those who were asked"
            continue
        found = signature.check(request.data, armoured, NAMESPACE, f"{person} {key}\n")
        if found.state is not State.VALID:
            bad[person] = f"the signature in {person}'s name is {found.state}: {found.why}"
        elif found.fingerprint in {approval.fingerprint for approval in given}:
            bad[person] = f"{person} signed with another approver's key"
        else:
            given.append(Approval(person, found.fingerprint, armoured.decode()))
    return tuple(given), bad


def open_requests(run: Run, now: datetime) -> dict[str, Request]:
    """The requests of a run that wait for somebody, by name. MedcloudError when one is not of this run: its plan or its
    model is another."""
    found = {}
    for path in sorted((run.folder / "approvals").glob(f"*/{REQUEST}")):
        request = parse(path.read_bytes())
        _refuse_foreign(run, request)
        given, _ = valid(request, _signatures(path.parent))
        if now < request.expires and len(given) < request.needed:
            found[path.parent.name] = request
    return found


def give(run: Run, name: str, person: str, armoured: bytes, now: datetime) -> Approval:
    """Hand in a person's signature of a request of this run. Refused for one that does not count: expired, not of those
    who were asked, twice by one person, made with another key or for other words."""
    where = _folder(run.folder, name)
    request = _asked(where, name)
    _refuse_foreign(run, request)
    if now >= request.expires:
        raise refused(f"the request {name} expired at {request.said['expires']}", "resuming the run asks again")
    if person not in request.signers:
        raise refused(f"{person} was not asked", f"asked: {', '.join(sorted(request.signers))}")
    signatures = _signatures(where)
    given, _ = valid(request, signatures)
    if any(approval.person == person for approval in given):
        raise refused(f"{person} has approved {name} already", "somebody else must sign too")
    given, bad = valid(request, {**signatures, person: armoured})
    if person in bad:
        raise refused(bad[person], f"sign {where / REQUEST} with the key that {person} is known by")
    bundle.write(where / f"{person}.sig", armoured)
    return next(approval for approval in given if approval.person == person)


def parse(data: bytes) -> Request:
    """A request from its file; MedcloudError when it is none."""
    try:
        said = json.loads(data)
        if said["format"] != FORMAT or seal.canonical(said) != data:
            raise ValueError("not as it is written")
        request = Request(data, said)
        _ = (request.expires, request.needed, request.signers)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MedcloudError(f"not an approval request of format {FORMAT}: {error}") from None
    return request


def _ask(context: Context, name: str, text: Text, patience: float) -> Request:
    """The request that is open already, or a new one; an old one that ran out stays beside it as `<name>.<number>`."""
    now, where = context.clock.now(), _folder(context.folder, name)
    wanted = _wanted(context, name, text)
    if (where / REQUEST).exists():
        open_one = _asked(where, name)
        if open_one.expires > now and {key: open_one.said.get(key) for key in wanted} == wanted:
            return open_one
        number = 1 + len(list(where.parent.glob(f"{name}.*")))
        where.rename(where.with_name(f"{name}.{number}"))
    until = (now + timedelta(seconds=patience)).isoformat(timespec="seconds")
    data = seal.canonical({**wanted, "asked": now.isoformat(timespec="seconds"), "expires": until})
    bundle.write(where / REQUEST, data)
    people = ", ".join(sorted(context.approvers))
    context.note(
        f"{name}: {wanted['needed']} of {people} must approve until {until}: {text.zh} / {text.en} "
        f"(medcloud drill approve {context.site.name} {context.run_id} --as NAME --key FILE)"
    )
    return parse(data)


def _wanted(context: Context, name: str, text: Text) -> dict[str, Any]:
    """Everything of a request but its times."""
    people = {person.name: person for person in context.site.recovery.approvers}
    return {
        "approvers": {
            who: {"from": key.source, "key": key.line, "role": people[who].role}
            for who, key in sorted(context.approvers.items())
        },
        "format": FORMAT,
        "model_hash": model_hash(context.site),
        "needed": context.site.recovery.approvals,
        "plan": context.plan.name,
        "plan_hash": context.plan.hash,
        "run": context.run_id,
        "site": context.site.name,
        "step": name,
        "text": {"en": text.en, "zh": text.zh},
    }


def _refuse_foreign(run: Run, request: Request) -> None:
    """A request that was put into the run's folder from elsewhere, or changed there."""
    first = run.lines[0]
    ours = {"run": run.run_id, "site": first["site"], "plan_hash": run.plan.hash, "model_hash": first["model_hash"]}
    wrong = [key for key, value in ours.items() if request.said.get(key) != value]
    if wrong:
        raise refused(f"the request does not belong to run {run.run_id}: other {', '.join(wrong)}", "do not sign it")


def _asked(where: Path, name: str) -> Request:
    try:
        return parse((where / REQUEST).read_bytes())
    except FileNotFoundError:
        raise bad_input(f"nobody was asked for {name}", "medcloud drill show lists what the run waits for") from None


def _signatures(where: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(where.glob("*.sig"))}


def _tell(
    context: Context, name: str, given: tuple[Approval, ...], bad: Mapping[str, str], told: dict[str, str]
) -> None:
    """Every approval and every signature that does not count, once."""
    news = {a.person: f"{name}: approved by {a.person} ({a.fingerprint})" for a in given}
    news |= {person: f"{name}: not counted: {why}" for person, why in bad.items()}
    for person, text in news.items():
        if told.get(person) != text:
            told[person] = text
            context.note(text)


def _proof(request: Request, given: tuple[Approval, ...], waited: float) -> Evidence:
    name = request.said["step"]
    return {
        "approved_by": [approval.person for approval in given],
        "keys": {approval.person: approval.fingerprint for approval in given},
        "keys_from": {approval.person: request.said["approvers"][approval.person]["from"] for approval in given},
        "request": f"approvals/{name}/{REQUEST}",
        "request_sha256": hashlib.sha256(request.data).hexdigest(),
        "expires": request.said["expires"],
        "signatures": {approval.person: approval.signature for approval in given},
        "waited_seconds": waited,
    }


def _folder(run: Path, name: str) -> Path:
    return run / "approvals" / name
