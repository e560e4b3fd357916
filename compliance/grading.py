"""What is graded: the private cloud as a platform, each business system on it; and how audits compare.

A private cloud is graded as a platform; a system inherits what the platform proves and adds what its own objects show.
The conclusion follows the 2025 rules as far as they are known; the two cases they leave open are settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.finding import Finding, Verdict, Words
from compliance.judge import Audit, ItemResult, Rate, over_objects
from inventory.model import Site
from inventory.placement import Runs, instances

PLATFORM = "platform"
_FAILED = (Verdict.NONCONFORM, Verdict.PARTIAL)
_OWN_KINDS = ("host", "database", "pacs")  # evidence that belongs to a system's own instances


class Conclusion(StrEnum):
    """等级测评结论 by the 2025 template; of a self-check it is a forecast, never the conclusion itself."""

    CONFORM = "conform"  # 符合
    BASICALLY = "basically-conform"  # 基本符合
    NONCONFORM = "nonconform"  # 不符合


@dataclass(frozen=True)
class Rules:
    """Bands of 符合率 (公网安〔2025〕1846号, Q20). Not stated there, so settings: a rate of exactly `upper` or
    `lower`, and a rate above `upper` with a major risk."""

    upper: float = 0.9
    lower: float = 0.6
    upper_itself: Conclusion = Conclusion.BASICALLY
    lower_itself: Conclusion = Conclusion.BASICALLY
    above_with_major_risk: Conclusion = Conclusion.BASICALLY


@dataclass(frozen=True)
class Graded:
    """One graded object: the platform or a business system. `own` says how many findings are its own."""

    name: str
    title: Words
    counts: Mapping[Verdict, int]
    strict: Rate
    lenient: Rate
    major_risks: tuple[str, ...]
    forecast: Conclusion
    own: int


@dataclass(frozen=True)
class Step:
    """One audit of the trend."""

    taken: datetime
    counts: Mapping[Verdict, int]
    strict: Rate
    lenient: Rate
    major_risks: int


@dataclass(frozen=True)
class Comparison:
    """Two audits of a site. `rectified` of the earlier one's major risks are gone by now."""

    before: datetime
    better: tuple[str, ...]
    worse: tuple[str, ...]
    major_before: int
    rectified: int


_ORDER = (Verdict.NONCONFORM, Verdict.PARTIAL, Verdict.CONFORM)


def conclude(rate: Rate, major_risks: int, rules: Rules = Rules()) -> Conclusion:
    """The 2025 conclusion for a rate and a count of major risks."""
    value = rate.numerator / rate.denominator if rate.denominator else 0.0
    if value > rules.upper:
        return rules.above_with_major_risk if major_risks else Conclusion.CONFORM
    if value == rules.upper:
        return rules.upper_itself
    if value > rules.lower:
        return Conclusion.BASICALLY
    return rules.lower_itself if value == rules.lower else Conclusion.NONCONFORM


def graded(audit: Audit, site: Site) -> tuple[Graded, ...]:
    """The platform first, then every business system that has machines of its own, in the model's order."""
    owners = _owners(site)
    systems = [system for system in site.systems if system.name in owners.values()]
    platform = _graded(PLATFORM, Words("私有云平台", "private cloud platform"), audit, owners)
    return (platform, *(_graded(s.name, Words(s.title.zh, s.title.en), audit, owners) for s in systems))


def _owners(site: Site) -> dict[str, str]:
    """Instance that runs as a machine → its system."""
    placed = [instance for centre in site.centres for instance in instances(site, centre.name)]
    return {instance.name: instance.system.name for instance in placed if instance.runs is Runs.MACHINE}


def _graded(name: str, title: Words, audit: Audit, owners: Mapping[str, str]) -> Graded:
    results = [(result, *_mine(result, name, owners)) for result in audit.items]
    verdicts = [verdict for _, verdict, _ in results]
    counted = Counter(verdicts)
    counts = {verdict: counted[verdict] for verdict in Verdict}
    strict, lenient = rates(counts)
    major = tuple(r.item.id for r, verdict, _ in results if r.item.major_risk_trigger and _really(r, verdict))
    own = sum(count for _, _, count in results)
    return Graded(name, title, counts, strict, lenient, major, conclude(strict, len(major)), own)


def _mine(result: ItemResult, name: str, owners: Mapping[str, str]) -> tuple[Verdict, int]:
    """The item's verdict for that graded object, and how many findings are its own; a system stands on the platform."""
    shared = [finding for finding in result.findings if not _owned(finding, owners)]
    own = [finding for finding in result.findings if _owned(finding, owners) and owners[finding.object] == name]
    if len(shared) + len(own) == len(result.findings):
        return result.verdict, len(own)
    machine = over_objects(result.item, [finding.verdict for finding in (*shared, *own)])
    needs_person = machine is Verdict.CONFORM and result.machine is not result.verdict
    return (result.verdict if needs_person else machine), len(own)


def _owned(finding: Finding, owners: Mapping[str, str]) -> bool:
    return finding.kind in _OWN_KINDS and finding.object in owners


def _really(result: ItemResult, verdict: Verdict) -> bool:
    """Whether evidence fails; lacking an attestation alone is no risk."""
    return verdict in _FAILED and result.machine in _FAILED


def rates(counts: Mapping[Verdict, int]) -> tuple[Rate, Rate]:
    """符合率 in both readings: a partial item counts nothing, and half."""
    applicable = sum(counts.values()) - counts[Verdict.NOT_APPLICABLE]
    conform = counts[Verdict.CONFORM]
    return Rate(conform, applicable), Rate(conform + counts[Verdict.PARTIAL] / 2, applicable)


def compare(now: Audit, before: Audit) -> Comparison:
    """What became better and worse since then, by item; items that either audit did not decide are left out."""
    old = {result.item.id: result.verdict for result in before.items}
    moved = {r.item.id: (old.get(r.item.id), r.verdict) for r in now.items}
    decided = {code: pair for code, pair in moved.items() if pair[0] in _ORDER and pair[1] in _ORDER}
    better = tuple(code for code, (was, is_) in decided.items() if _ORDER.index(is_) > _ORDER.index(was or is_))
    worse = tuple(code for code, (was, is_) in decided.items() if _ORDER.index(is_) < _ORDER.index(was or is_))
    rectified = len(set(before.major_risks) - set(now.major_risks))
    return Comparison(before.taken, better, worse, len(before.major_risks), rectified)


def trend(audits: Iterable[Audit]) -> tuple[Step, ...]:
    """The audits in their order of time."""
    ordered: Sequence[Audit] = sorted(audits, key=lambda audit: audit.taken)
    return tuple(Step(a.taken, a.counts, a.strict, a.lenient, len(a.major_risks)) for a in ordered)
