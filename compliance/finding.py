"""What a control says of one object: a verdict, and for each thing looked at the raw line that proves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from compliance.raw import Unsaid
from compliance.snapshot import Evidence, Snapshot

_RAW_LENGTH = 300


class Verdict(StrEnum):
    """Result of an item for an object (GB/T 28449-2018 8.2.1), and `not_checked`, which is never a pass."""

    CONFORM = "conform"
    PARTIAL = "partial"
    NONCONFORM = "nonconform"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True)
class Words:
    """The same in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Proof:
    """One thing looked at. `met` is None when it was not read; `raw` is the line as it stands on the object (or why
    there is none); `todo` what to do when it is not met. `section` names the
    part of the object's evidence in the snapshot."""

    met: bool | None
    raw: str
    says: Words
    todo: Words
    section: str = ""


@dataclass(frozen=True)
class Finding:
    """The verdict of one item for one object."""

    item: str
    object: str
    kind: str
    place: str
    verdict: Verdict
    proofs: tuple[Proof, ...]

    @property
    def unmet(self) -> tuple[Proof, ...]:
        """The proofs that something is missing."""
        return tuple(proof for proof in self.proofs if proof.met is False)


Seen = tuple[bool, str]  # whether it is as demanded, and the raw line that shows it
Test = Callable[[str], Seen]


@dataclass(frozen=True)
class Check:
    """A test of one section of an object's evidence. `says` is the demand, `todo` what to do when it is not met."""

    section: str
    test: Test
    says: Words
    todo: Words

    def look(self, evidence: Evidence) -> Proof:
        """The test's outcome; a section that was not read, or says nonsense, gives a proof with `met` None."""
        text = evidence.sections.get(self.section)
        if text is None:
            why = evidence.unread.get(self.section, "not collected")
            return self._proof(None, f"{self.section}: {why}")
        try:
            met, raw = self.test(text)
        except Unsaid as nothing:
            return self._proof(None, f"{self.section}: {nothing}")
        except (ValueError, KeyError, IndexError, TypeError) as error:
            return self._proof(None, f"{self.section}: cannot be understood: {error!r}")
        return self._proof(met, raw)

    def _proof(self, met: bool | None, raw: str) -> Proof:
        return Proof(met, raw[:_RAW_LENGTH], self.says, self.todo, self.section)


def check(section: str, zh: str, en: str, todo_zh: str, todo_en: str) -> Callable[[Test], Check]:
    """Turns a test into the check of that section: the demand and what to do when it is not met, in both languages."""

    def made(test: Test) -> Check:
        return Check(section, test, Words(zh, en), Words(todo_zh, todo_en))

    return made


def weigh(proofs: Sequence[Proof]) -> Verdict:
    """All met: conform. None met: nonconform. Some: partial. Nothing wrong but something unread: not checked."""
    met = [proof.met for proof in proofs]
    if not met or (None in met and False not in met):
        return Verdict.NOT_CHECKED
    if False not in met:
        return Verdict.CONFORM
    return Verdict.PARTIAL if True in met else Verdict.NONCONFORM


def judge(item: str, evidence: Evidence, checks: Iterable[Check]) -> Finding:
    """The finding of the checks for one object."""
    proofs = tuple(check.look(evidence) for check in checks)
    return Finding(item, evidence.name, evidence.kind, evidence.place, weigh(proofs), proofs)


def judge_each(item: str, snapshot: Snapshot, kind: str, *checks: Check) -> Iterator[Finding]:
    """One finding for every object of the kind."""
    for evidence in snapshot.of(kind):
        yield judge(item, evidence, checks)


def not_applicable(item: str, evidence: Evidence, why: Words) -> Finding:
    """The threat is absent on that object; `why` is the stated reason that the standard asks for."""
    proof = Proof(None, why.en, why, why)
    return Finding(item, evidence.name, evidence.kind, evidence.place, Verdict.NOT_APPLICABLE, (proof,))
