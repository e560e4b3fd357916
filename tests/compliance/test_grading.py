"""The platform and each system, the 2025 conclusion, comparison and trend."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance import judge
from compliance.finding import Verdict
from compliance.grading import PLATFORM, Conclusion, Rules, compare, conclude, graded, trend
from compliance.judge import Rate
from compliance.snapshot import Evidence, freeze

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("numerator", "major", "expected"),
    [
        (91, 0, Conclusion.CONFORM),
        (91, 1, Conclusion.BASICALLY),
        (90, 0, Conclusion.BASICALLY),
        (75, 9, Conclusion.BASICALLY),
        (60, 0, Conclusion.BASICALLY),
        (59, 0, Conclusion.NONCONFORM),
    ],
)
def test_the_2025_conclusion(numerator, major, expected):
    assert conclude(Rate(numerator, 100), major) is expected


def test_what_the_rules_leave_open_is_a_setting():
    rules = Rules(lower_itself=Conclusion.NONCONFORM, above_with_major_risk=Conclusion.NONCONFORM)
    assert conclude(Rate(60, 100), 0, rules) is Conclusion.NONCONFORM
    assert conclude(Rate(95, 100), 1, rules) is Conclusion.NONCONFORM


def _host(name, malware, role="node", place="software-park-2"):
    return Evidence(name, "host", place, role, {"malware": malware}, {})


GOOD, BAD = f"active\n{int(NOW.timestamp()) - 60}:/var/lib/clamav/daily.cld", "absent: clamd"


def _audit(xiamen, *objects, taken=NOW):
    model = Evidence("xiamen", "site", "", "model", {"model": xiamen.model_dump_json()}, {})
    return judge.judge(freeze("xiamen", taken, (model, *objects)), date(2026, 11, 22))


def test_a_system_answers_for_its_own_machines_and_the_platform_under_it(xiamen):
    pacs = _host("pacs-gaodian-1", BAD, "orthanc", "gaodian")
    database = _host("his-database-gaodian-1", GOOD, "postgresql", "gaodian")
    audit = _audit(xiamen, _host("gaodian-node-1", GOOD, place="gaodian"), pacs, database)
    found = {one.name: one for one in graded(audit, xiamen)}
    assert list(found) == [PLATFORM, "his-database", "pacs"]
    assert "L3-CES1-23" in found["pacs"].major_risks
    assert "L3-CES1-23" not in found["his-database"].major_risks
    assert "L3-CES1-23" not in found[PLATFORM].major_risks
    assert found["pacs"].counts[Verdict.NONCONFORM] + found["pacs"].counts[Verdict.PARTIAL] > 0
    assert all(sum(one.counts.values()) == 257 for one in found.values())
    assert found["pacs"].forecast is Conclusion.NONCONFORM


def test_a_failing_platform_fails_the_systems_on_it(xiamen):
    node, pacs = _host("gaodian-node-1", BAD, place="gaodian"), _host("pacs-gaodian-1", GOOD, "orthanc", "gaodian")
    found = {one.name: one for one in graded(_audit(xiamen, node, pacs), xiamen)}
    assert "L3-CES1-23" in found[PLATFORM].major_risks and "L3-CES1-23" in found["pacs"].major_risks


def test_better_worse_and_rectified(xiamen):
    before = _audit(xiamen, _host("n", BAD), taken=NOW - timedelta(days=90))
    now = _audit(xiamen, _host("n", GOOD))
    seen = compare(now, before)
    assert "L3-CES1-23" in seen.better and seen.worse == ()
    assert (seen.major_before - len(now.major_risks), seen.rectified) == (1, 1)
    assert "L3-CES1-23" in compare(before, now).worse
    assert [step.taken for step in trend([now, before])] == [before.taken, now.taken]
