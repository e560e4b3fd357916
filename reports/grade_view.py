"""The grades that drills proved as a table; systems that nobody measured are named, never graded."""

from __future__ import annotations

from collections.abc import Iterator

from dr.grade import Grades, Standing, SystemGrade
from dr.proof import Proof
from dr.scheme import schemes
from inventory.model import Site
from reports.table import Cell, Column, Table, table
from reports.words import Words


def grades_table(site: Site, grades: Grades, words: Words) -> Table:
    """One row per measured system and scheme: the proved level, until when, and the cheapest step to the next."""
    columns = (
        Column(words("table.system"), share=14),
        Column(words("grade.scheme"), share=24),
        Column(words("grade.proved"), share=12),
        Column(words("grade.figures"), share=10),
        Column(words("grade.until"), "number", 12),
        Column(words("grade.next"), share=28),
    )
    return table("grades", columns, (row for system in measured(grades) for row in _rows(site, system, words)))


def unproved_text(grades: Grades, words: Words) -> str:
    """How many protected systems no drill has measured; empty when all were."""
    count = len(grades.systems) - len(measured(grades))
    return words("grade.unproved", count=count) if count else ""


def measured(grades: Grades) -> tuple[SystemGrade, ...]:
    """The systems that a drill measured."""
    return tuple(system for system in grades.systems if isinstance(system.proof, Proof))


def _rows(site: Site, grade: SystemGrade, words: Words) -> Iterator[list[Cell | str]]:
    titles = {scheme.scheme: scheme.title for scheme in schemes().schemes}
    for standing in grade.standings:
        yield [
            words.text(site.system(grade.system).title),
            Cell(words.text(titles[standing.scheme]), small=standing.edition),
            Cell(standing.proved, "good", standing.confidence or "") if standing.proved else Cell("—", "idle"),
            standing.figures or "—",
            words.day(standing.expires) if standing.expires else "—",
            _next(standing, words),
        ]


def _next(standing: Standing, words: Words) -> Cell:
    if standing.next is None or not standing.missing:
        return Cell(words("grade.highest"))
    cheapest = standing.missing[0]
    return Cell(f"{standing.next}: {words.text(cheapest.what)}", small=words.text(cheapest.do))
