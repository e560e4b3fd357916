"""From figures to levels: every demand of every level, its expiry, and the cheapest step to the next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from dr.grade import Grades, Standing, grade, protected
from dr.proof import NotProved, Proof, Restore, of_system
from dr.scheme import schemes
from inventory.model import Site
from inventory.recovery import Vouched
from tests.dr.results import NOW, part, result

HIS, PACS = "his-database", "pacs"


def graded(
    site: Site, *parts: Any, restores: tuple[Restore, ...] = (), vouched: tuple[str, ...] = (), days: float = 1.0
) -> Grades:
    words = tuple(
        Vouched(demand=d, owner="it", made=date(2026, 1, 1), expires=date(2026, 12, 31), evidence="x") for d in vouched
    )
    site = site.model_copy(update={"recovery": site.recovery.model_copy(update={"vouched": words})})
    run = result("run", *parts, days_ago=days, left_out=("his",))
    proofs = {system.name: of_system(system, [run], (), NOW) for system in protected(site)}
    return grade(site, proofs, {restore.system: restore for restore in restores}, schemes(), NOW)


def standing(grades: Grades, scheme: str, system: str = HIS) -> Standing:
    (found,) = (g for g in grades.systems if g.system == system)
    return next(s for s in found.standings if s.scheme == scheme)


def restored(system: str = HIS, days: float = 1.0, point: bool = False) -> Restore:
    return Restore(system, "run", NOW - timedelta(days=days), point)


def test_figures_alone_never_make_an_emr_level(xiamen: Site) -> None:
    found = standing(graded(xiamen, part(HIS)), "emr")
    assert (found.proved, found.figures, found.next) == (None, "7", "5")
    assert [item.what.en for item in found.missing] == ["a restore check every quarter: no restore has been proved"]
    assert found.expires is None


def test_drill_and_restore_prove_emr_5_until_the_restore_is_a_quarter_old(xiamen: Site) -> None:
    found = standing(graded(xiamen, part(HIS), restores=(restored(days=30),)), "emr")
    assert (found.proved, found.next) == ("5", "6")
    assert found.expires == NOW + timedelta(days=90 - 30)
    old = standing(graded(xiamen, part(HIS), restores=(restored(days=91),)), "emr")
    assert old.proved is None and "too long ago" in old.missing[0].what.en


def test_emr_7_needs_every_level_below_and_8_is_out_of_reach(xiamen: Site) -> None:
    found = standing(graded(xiamen, part(HIS), restores=(restored(),), vouched=("recovery-room",)), "emr")
    assert (found.proved, found.next) == ("7", "8")
    assert found.expires is not None and found.expires.date() == date(2027, 1, 1)
    assert any("outage 6 s, at most 0 s" in item.what.en for item in found.missing)


@pytest.mark.parametrize(
    ("rto", "lost", "level"),
    [
        (900.0, 0.0, "五级乙等"), (900.1, 0.0, "四级甲等"), (900.0, 900.1, "四级甲等"), (14400.1, 0.0, "四级乙等"),
        (6.0, 21600.1, "四级乙等"), (86400.1, 0.0, None), (6.0, 86400.1, None),
    ],
)  # fmt: skip
def test_interoperability_by_the_second(xiamen: Site, rto: float, lost: float, level: str | None) -> None:
    seen = part(HIS, rto=rto, missing=1 if lost else 0, missing_seconds=lost)
    assert standing(graded(xiamen, seen), "interop").proved == level


def test_the_highest_interoperability_level_needs_a_restore_to_a_chosen_point(xiamen: Site) -> None:
    assert standing(graded(xiamen, part(HIS), restores=(restored(),)), "interop").proved == "五级乙等"
    found = standing(graded(xiamen, part(HIS), restores=(restored(point=True),)), "interop")
    assert (found.proved, found.next, found.missing) == ("五级甲等", None, ())


def test_one_lost_row_is_not_level_6_of_gbt20988(xiamen: Site) -> None:
    whole = graded(xiamen, part(HIS), part(PACS, missing=1, missing_seconds=0.0), vouched=("other-elements",))
    assert standing(whole, "gbt20988").proved == "6"
    assert standing(whole, "gbt20988", PACS).proved == "5"
    alone = standing(graded(xiamen, part(HIS)), "gbt20988")
    assert (alone.proved, alone.figures) == (None, "6"), "the figures are one of seven elements"


def test_what_was_vouched_for_expires(xiamen: Site) -> None:
    site = graded(xiamen, part(HIS), vouched=("other-elements",))
    assert standing(site, "gbt20988").expires.date() == date(2027, 1, 1)  # type: ignore[union-attr]
    word = Vouched(demand="other-elements", owner="it", made=date(2025, 1, 1), expires=date(2025, 12, 31), evidence="x")
    late = xiamen.model_copy(update={"recovery": xiamen.recovery.model_copy(update={"vouched": (word,)})})
    proofs = {s.name: of_system(s, [result("r", part(HIS))], (), NOW) for s in protected(late)}
    found = standing(grade(late, proofs, {}, schemes(), NOW), "gbt20988")
    assert found.proved is None and "expired" in found.missing[0].what.en


def test_a_level_expires_a_year_after_the_drill(xiamen: Site) -> None:
    found = standing(graded(xiamen, part(HIS), days=100), "interop")
    assert found.expires == NOW + timedelta(days=265)


def test_the_site_is_as_good_as_its_worst_system_and_nothing_while_one_is_unproved(xiamen: Site) -> None:
    grades = graded(xiamen, part(HIS), part(PACS, rto=1000.0))
    found = next(s for s in grades.standings if s.scheme == "interop")
    assert (found.proved, found.of_measured) == (None, "四级甲等")
    assert set(found.measured) == {HIS, PACS} and "his" in found.unproved
    every = graded(xiamen, *(part(system.name) for system in protected(xiamen)))
    assert next(s for s in every.standings if s.scheme == "interop").proved == "五级乙等"


def test_an_unmeasured_system_has_no_level_and_learns_what_to_run(xiamen: Site) -> None:
    grades = graded(xiamen, part(PACS))
    found = standing(grades, "interop")
    assert (found.proved, found.figures) == (None, None)
    assert "medcloud drill run xiamen same-city-failover" in found.missing[0].do.en
    assert "make it a real machine" in standing(grades, "interop", "his").missing[0].do.en
    assert isinstance(next(g for g in grades.systems if g.system == "his").proof, NotProved)


def test_missing_things_come_cheapest_first(xiamen: Site) -> None:
    found = standing(graded(xiamen, part(HIS, rto=7300.0)), "emr")
    assert [item.cost for item in found.missing] == sorted(item.cost for item in found.missing)
    assert len(found.missing) == 2 and "outage 7300 s" in found.missing[-1].what.en


def test_a_changed_model_is_told(xiamen: Site) -> None:
    (his,) = (g for g in graded(xiamen, part(HIS)).systems if g.system == HIS)
    assert isinstance(his.proof, Proof) and his.changed
