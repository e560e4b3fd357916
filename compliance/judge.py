"""From findings per object to verdicts per item, control point and layer (GB/T 28449-2018 8.2.1–8.2.2).

Rules: evidence in part of an item that admits no part does not conform; what was not read is never a pass; an item
worded "may" never fails by itself; an item that a machine sees only in part conforms only together with a valid
attestation; a waiver explains a failure, it does not turn it into a pass.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pydantic import TypeAdapter

from compliance import catalogue, controls
from compliance.catalogue import Item
from compliance.finding import Finding, Verdict, Words
from compliance.snapshot import Snapshot
from inventory.baseline import Attestation, Waiver

Control = Callable[[Snapshot], Iterable[Finding]]
_YEAR = timedelta(days=366)
_CONFORM, _PARTIAL, _NONCONFORM = Verdict.CONFORM, Verdict.PARTIAL, Verdict.NONCONFORM
_ABSENT, _UNCHECKED = Verdict.NOT_APPLICABLE, Verdict.NOT_CHECKED


@dataclass(frozen=True)
class ItemResult:
    """One item over all its objects. `machine` is what the controls alone say, `reason` why the verdict is so."""

    item: Item
    verdict: Verdict
    machine: Verdict
    reason: Words
    findings: tuple[Finding, ...]
    attestation: Attestation | None
    waiver: Waiver | None


@dataclass(frozen=True)
class PointResult:
    """A control point (控制点): all applicable conform, none does, or part."""

    layer_code: str
    layer: str
    scope: str
    title: Words
    verdict: Verdict
    items: tuple[str, ...]


@dataclass(frozen=True)
class LayerResult:
    """Items of one layer by verdict; every verdict is named."""

    layer_code: str
    layer: str
    counts: Mapping[Verdict, int]


@dataclass(frozen=True)
class Rate:
    """A share with its parts, because no source defines it without doubt."""

    numerator: float
    denominator: int

    @property
    def value(self) -> float:
        """Between 0 and 1; 0 when nothing is applicable."""
        return round(self.numerator / self.denominator, 4) if self.denominator else 0.0


@dataclass(frozen=True)
class Audit:
    """The judgement of one snapshot: a self-check, not a 等级测评 report.

    `strict` counts conforming items over all that apply (unchecked ones included), `lenient` gives a partial item half.
    `checked` is the strict reading over the items that were decided, to be shown beside, never instead. `major_risks`
    are items with a major-risk trigger whose evidence fails, `lapsed` what was attested or waived and holds no longer.
    """

    site: str
    taken: datetime
    judged: date
    snapshot_sha256: str
    objects: tuple[str, ...]
    items: tuple[ItemResult, ...]
    points: tuple[PointResult, ...]
    layers: tuple[LayerResult, ...]
    counts: Mapping[Verdict, int]
    strict: Rate
    lenient: Rate
    checked: Rate
    major_risks: tuple[str, ...]
    lapsed: tuple[str, ...] = ()


def judge(snapshot: Snapshot, today: date) -> Audit:
    """Judge a snapshot. Pure: the same snapshot and day give the same audit, whoever asks."""
    known = found_controls()
    items = tuple(_item(item, known.get(item.id), snapshot, today) for item in catalogue.load())
    counts = _counts(result.verdict for result in items)
    applicable = len(items) - counts[_ABSENT]
    failed = (_NONCONFORM, _PARTIAL)
    return Audit(
        site=snapshot.site_name,
        taken=snapshot.taken,
        judged=today,
        snapshot_sha256=snapshot.sha256,
        objects=tuple(f"{evidence.kind}/{evidence.name}" for evidence in snapshot.objects),
        items=items,
        points=_points(items),
        layers=_layers(items),
        counts=counts,
        strict=Rate(counts[_CONFORM], applicable),
        lenient=Rate(counts[_CONFORM] + counts[_PARTIAL] / 2, applicable),
        checked=Rate(counts[_CONFORM], applicable - counts[_UNCHECKED]),
        major_risks=tuple(r.item.id for r in items if r.machine in failed and r.item.major_risk_trigger),
        lapsed=tuple(_lapsed(snapshot, today)),
    )


def read(text: str) -> Audit:
    """The audit in JSON text that was written from an `Audit`; ValueError when it is none."""
    return TypeAdapter(Audit).validate_json(text)


def found_controls() -> dict[str, Control]:
    """The controls found by file name: unit code → function."""
    found: dict[str, Control] = {}
    for items in control_files().values():
        twice = found.keys() & items.keys()
        assert not twice, f"two controls for {twice}"
        found |= items
    return found


def control_files() -> dict[str, Mapping[str, Control]]:
    """File name in `controls/` → the items that it judges."""
    names = [module.name for module in pkgutil.iter_modules(controls.__path__)]
    return {name: importlib.import_module(f"compliance.controls.{name}").ITEMS for name in names}


def worst_first(audit: Audit) -> list[ItemResult]:
    """Items that do not conform: failing ones first, by major-risk trigger and listed high-risk case; then those that
    only lack an attestation; waived ones last."""
    failed = [result for result in audit.items if result.verdict in (_NONCONFORM, _PARTIAL)]
    return sorted(failed, key=_badness)


def _badness(result: ItemResult) -> tuple[bool, bool, bool, bool, bool, str]:
    item = result.item
    return (
        result.waiver is not None,
        result.machine is _CONFORM,
        result.verdict is not _NONCONFORM,
        item.major_risk_trigger is None,
        item.high_risk_case is None,
        item.id,
    )


def _item(item: Item, control: Control | None, snapshot: Snapshot, today: date) -> ItemResult:
    findings = tuple(_strict(item, finding) for finding in control(snapshot)) if control else ()
    attestation, waiver = _valid(item, snapshot, today)
    machine = over_objects(item, [finding.verdict for finding in findings])
    verdict, reason = _decide(item, control is not None, machine, findings, attestation)
    kept = waiver if verdict in (_NONCONFORM, _PARTIAL) else None
    return ItemResult(item, verdict, machine, reason, findings, attestation, kept)


def _strict(item: Item, finding: Finding) -> Finding:
    """The finding as the item allows it: no part where none is admitted, no failure of what is optional."""
    verdict = finding.verdict
    if verdict is _PARTIAL and not item.partial_allowed:
        verdict = _NONCONFORM
    if verdict is _NONCONFORM and item.optional:
        verdict = _UNCHECKED
    return replace(finding, verdict=verdict)


def over_objects(item: Item, verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict over all objects: the failed ones count, the unread ones keep it from passing."""
    applicable = [verdict for verdict in verdicts if verdict is not _ABSENT]
    if not applicable:
        return _ABSENT if verdicts else _UNCHECKED
    bad = {_PARTIAL, _NONCONFORM} & set(applicable)
    if not bad:
        return _UNCHECKED if _UNCHECKED in applicable else _CONFORM
    if _CONFORM in applicable or _PARTIAL in applicable:
        return _PARTIAL if item.partial_allowed else _NONCONFORM
    return _NONCONFORM


def _decide(
    item: Item, automated: bool, machine: Verdict, findings: Sequence[Finding], attestation: Attestation | None
) -> tuple[Verdict, Words]:
    if item.automation == "manual":
        return _manual(attestation)
    if not automated:
        return _not_automated(item, attestation)
    if machine is _CONFORM and item.automation == "partial":
        return _needs_person(item, len(findings), attestation)
    return machine, _reason(machine, findings)


def _manual(attestation: Attestation | None) -> tuple[Verdict, Words]:
    if attestation is None:
        return _UNCHECKED, Words("须由责任人书面声明（负责人、日期、证据、有效期）", "needs an attestation by a person")
    until = attestation.expires.isoformat()
    return _CONFORM, Words(
        f"{attestation.owner} 声明，{until} 前有效", f"attested by {attestation.owner}, valid until {until}"
    )


def _not_automated(item: Item, attestation: Attestation | None) -> tuple[Verdict, Words]:
    if attestation is not None and item.automation == "partial" and item.partial_allowed:
        return _PARTIAL, Words(
            f"{attestation.owner} 已声明，但尚无机器证据", f"attested by {attestation.owner}, no machine evidence yet"
        )
    return _UNCHECKED, Words("尚未实现自动核查", "not automated yet")


def _needs_person(item: Item, objects: int, attestation: Attestation | None) -> tuple[Verdict, Words]:
    if attestation is not None:
        until = attestation.expires.isoformat()
        return _CONFORM, Words(
            f"{objects} 个对象的机器证据符合，{attestation.owner} 的声明至 {until} 有效",
            f"machine evidence of {objects} objects holds, attested by {attestation.owner} until {until}",
        )
    verdict = _PARTIAL if item.partial_allowed else _UNCHECKED
    return verdict, Words(
        f"{objects} 个对象的机器证据符合；其余部分须由责任人声明",
        f"machine evidence of {objects} objects holds; the rest needs an attestation",
    )


def _reason(machine: Verdict, findings: Sequence[Finding]) -> Words:
    if not findings:
        return Words("快照中没有此类对象", "the snapshot holds no object of that kind")
    by = Counter(finding.verdict for finding in findings)
    zh = {
        _CONFORM: "符合", _PARTIAL: "部分符合", _NONCONFORM: "不符合", _ABSENT: "不适用", _UNCHECKED: "未核查",
    }  # fmt: skip
    listed = [verdict for verdict in Verdict if by[verdict]]
    return Words(
        "，".join(f"{by[verdict]} 个对象{zh[verdict]}" for verdict in listed),
        ", ".join(f"{by[verdict]} {verdict.value}" for verdict in listed),
    )


def _valid(item: Item, snapshot: Snapshot, today: date) -> tuple[Attestation | None, Waiver | None]:
    """The attestation and the waiver that hold today. An attestation holds at most a year, and only while the file that
    it names is the one that was attested."""
    attested = [
        a
        for a in snapshot.baseline.attestations
        if a.item == item.id and a.made <= today <= a.expires and a.expires - a.made <= _YEAR
        if a.sha256 is None or snapshot.files.get(a.evidence, a.sha256) == a.sha256
    ]
    waived = [w for w in snapshot.baseline.waivers if w.item == item.id and today <= w.expires]
    return (attested[-1] if attested else None, waived[-1] if waived else None)


def _lapsed(snapshot: Snapshot, today: date) -> Iterator[str]:
    """What was stated or waived and no longer holds: it bites again."""
    base = snapshot.baseline
    for waiver in base.waivers:
        if waiver.expires < today:
            yield f"waiver of {waiver.item} by {waiver.owner} expired {waiver.expires}"
    for stated in base.attestations:
        if stated.expires < today:
            yield f"attestation of {stated.item} by {stated.owner} expired {stated.expires}"
        elif stated.sha256 and snapshot.files.get(stated.evidence, stated.sha256) != stated.sha256:
            yield f"attestation of {stated.item}: {stated.evidence} is not the file that was attested"


def _counts(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in Verdict}


def _points(items: Sequence[ItemResult]) -> tuple[PointResult, ...]:
    groups: dict[tuple[str, str, str], list[ItemResult]] = {}
    for result in items:
        groups.setdefault(result.item.point, []).append(result)
    return tuple(_point(group) for group in groups.values())


def _point(group: Sequence[ItemResult]) -> PointResult:
    item, verdicts = group[0].item, {result.verdict for result in group} - {_ABSENT}
    if len(verdicts) == 1:
        verdict = next(iter(verdicts))
    elif not verdicts:
        verdict = _ABSENT
    else:
        verdict = _PARTIAL if verdicts - {_CONFORM, _UNCHECKED} else _UNCHECKED
    ids = tuple(result.item.id for result in group)
    return PointResult(item.layer_code, item.layer, item.scope, item.control_point, verdict, ids)


def _layers(items: Sequence[ItemResult]) -> tuple[LayerResult, ...]:
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for result in items:
        groups.setdefault((result.item.layer_code, result.item.layer), []).append(result.verdict)
    return tuple(LayerResult(code, title, _counts(verdicts)) for (code, title), verdicts in groups.items())
