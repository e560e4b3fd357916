"""From findings to items, control points and layers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cli.console import plain
from compliance import judge
from compliance.catalogue import load
from compliance.finding import Verdict
from compliance.snapshot import Evidence, freeze
from inventory.baseline import Attestation, Baseline, Waiver

TODAY = date(2026, 11, 22)
ITEMS = {item.id: item for item in load()}
C, P, N, A, U = (
    Verdict.CONFORM,
    Verdict.PARTIAL,
    Verdict.NONCONFORM,
    Verdict.NOT_APPLICABLE,
    Verdict.NOT_CHECKED,
)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([C, C], C),
        ([C, A], C),
        ([A, A], A),
        ([N, N], N),
        ([C, N], P),
        ([P, C], P),
        ([C, U], U),
        ([U], U),
        ([N, U], N),
        ([], U),
    ],
)
def test_over_objects(verdicts, expected):
    assert judge.over_objects(ITEMS["L3-CES1-01"], verdicts) is expected


def test_part_does_not_conform_where_no_part_is_admitted():
    assert judge.over_objects(ITEMS["L3-CES1-03"], [C, N]) is N


def _audit(xiamen, *objects, baseline=None):
    site = xiamen.model_copy(update={"baseline": baseline}) if baseline else xiamen
    model = Evidence("xiamen", "site", "", "model", {"model": site.model_dump_json()}, {})
    from datetime import UTC, datetime

    return judge.judge(freeze("xiamen", datetime(2026, 11, 22, tzinfo=UTC), (model, *objects)), TODAY)


def _result(audit, item):
    return next(result for result in audit.items if result.item.id == item)


def _host(name, **sections):
    return Evidence(name, "host", "software-park-2", "node", sections, {})


def test_every_item_of_the_standard_has_a_verdict_and_unread_is_never_a_pass(xiamen):
    audit = _audit(xiamen)
    assert len(audit.items) == 257
    assert sum(audit.counts.values()) == 257
    assert _result(audit, "L3-CES1-01").verdict is U
    assert audit.strict.denominator == 257 - audit.counts[A]
    assert audit.strict.numerator == audit.counts[C]
    assert audit.lenient.numerator == audit.counts[C] + audit.counts[P] / 2
    assert audit.checked.denominator == audit.strict.denominator - audit.counts[U]


def test_trusted_verification_never_fails_by_itself(xiamen):
    audit = _audit(xiamen, _host("node", trust="absent: root of trust"))
    result = _result(audit, "L3-CES1-24")
    assert result.verdict is U
    assert result.findings[0].proofs[0].raw == "absent: root of trust"


def test_an_optional_partial_item_needs_a_person_even_when_the_machine_is_content(xiamen):
    audit = _audit(xiamen, _host("node", wireless="absent: wireless"))
    assert _result(audit, "L3-ABS1-04").machine is C
    assert _result(audit, "L3-ABS1-04").verdict is P


def _attested(item, expires=date(2027, 6, 1), made=date(2026, 6, 1)):
    return Baseline(attestations=(Attestation(item=item, owner="Chen", made=made, expires=expires, evidence="a.pdf"),))


def test_attestation_completes_a_partial_item_and_decides_a_manual_one(xiamen):
    host = _host("node", wireless="absent: wireless")
    audit = _audit(xiamen, host, baseline=_attested("L3-ABS1-04"))
    assert _result(audit, "L3-ABS1-04").verdict is C
    assert _result(_audit(xiamen, baseline=_attested("L3-PES1-01")), "L3-PES1-01").verdict is C


@pytest.mark.parametrize(
    "baseline",
    [
        _attested("L3-PES1-01", expires=date(2026, 11, 21)),
        _attested("L3-PES1-01", made=date(2026, 12, 1)),
        _attested("L3-PES1-01", made=date(2024, 1, 1)),
    ],
    ids=["expired", "not yet made", "for more than a year"],
)
def test_an_attestation_that_does_not_hold_today_is_none(xiamen, baseline):
    assert _result(_audit(xiamen, baseline=baseline), "L3-PES1-01").verdict is U


@pytest.mark.parametrize(("known", "verdict"), [("a" * 64, C), ("b" * 64, U), (None, C)])
def test_an_attestation_falls_with_the_file_it_names(xiamen, known, verdict):
    stated = Attestation(
        item="L3-PES1-01", owner="Chen", made=TODAY, expires=date(2027, 6, 1), evidence="a.pdf", sha256="a" * 64
    )
    files = {"files": f'{{"a.pdf": "{known}"}}'} if known else {}
    records = Evidence("xiamen", "records", "", "state", files, {})
    audit = _audit(xiamen, records, baseline=Baseline(attestations=(stated,)))
    assert _result(audit, "L3-PES1-01").verdict is verdict
    assert len(audit.lapsed) == (1 if verdict is U else 0)


def test_attestation_does_not_overrule_a_failing_machine(xiamen):
    host = _host("node", wireless="/sys/class/net/wlan0/wireless")
    assert _result(_audit(xiamen, host, baseline=_attested("L3-ABS1-04")), "L3-ABS1-04").verdict is N


@pytest.mark.parametrize(("expires", "kept"), [(date(2027, 1, 1), True), (date(2026, 11, 1), False)])
def test_a_waiver_explains_and_does_not_pass(xiamen, expires, kept):
    waiver = Waiver(item="L3-CES1-23", owner="Chen", reason="rehearsal lab", expires=expires)
    audit = _audit(xiamen, _host("node", malware="absent: clamd"), baseline=Baseline(waivers=(waiver,)))
    result = _result(audit, "L3-CES1-23")
    assert result.verdict is N
    assert (result.waiver is not None) is kept
    assert [line.startswith("waiver of L3-CES1-23 by Chen expired") for line in audit.lapsed] == (
        [] if kept else [True]
    )


def test_control_points_follow_the_standard(xiamen):
    audit = _audit(xiamen, _host("node", malware="absent: clamd"))
    point = next(p for p in audit.points if p.title.zh == "恶意代码防范" and p.layer_code == "CES")
    assert (point.verdict, point.items) == (N, ("L3-CES1-23",))


def test_worst_first_puts_major_risks_before_the_rest_and_waived_ones_last(xiamen):
    bad = _host("node", malware="absent: clamd", lsm="absent: lsm")
    items = [result.item.id for result in judge.worst_first(_audit(xiamen, bad))]
    assert items.index("L3-CES1-23") < items.index("L3-CES1-11")
    waiver = Waiver(item="L3-CES1-23", owner="Chen", reason="lab", expires=date(2027, 1, 1))
    waived = _audit(xiamen, bad, baseline=Baseline(waivers=(waiver,)))
    assert judge.worst_first(waived)[-1].item.id == "L3-CES1-23"


def test_an_audit_is_read_back_as_it_was_written(xiamen):
    import json

    audit = _audit(xiamen, _host("node", malware="absent: clamd"), baseline=_attested("L3-PES1-01"))
    assert judge.read(json.dumps(plain(audit))) == replace(audit)


def test_what_only_lacks_an_attestation_is_no_major_risk_and_comes_after_what_fails(xiamen):
    audit = _audit(xiamen, _host("node", wireless="absent: wireless", malware="absent: clamd", lsm="absent: lsm"))
    assert ITEMS["L3-ABS1-04"].major_risk_trigger
    assert audit.major_risks == ("L3-CES1-23",)
    items = [result.item.id for result in judge.worst_first(audit)]
    assert items.index("L3-CES1-11") < items.index("L3-ABS1-04")
