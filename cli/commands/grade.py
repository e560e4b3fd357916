"""Which recovery grade is proved by measured drills, until when, and what the next one lacks (容灾分级)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import note, print_json, print_table
from cli.context import SiteContext, open_site
from cli.drill_session import drills_of

if TYPE_CHECKING:
    from dr.grade import Grades, Standing, SystemGrade

Row = tuple[object, ...]


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    last: Annotated[int, typer.Option(min=1, help="So many runs of each plan count; the worst of them decides.")] = 3,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result, with every system.")] = False,
) -> None:
    """Grade from the worst of the last unplanned drills. Nothing that was not measured has a grade; exit 1 when no
    system has any."""
    from dr.proof import Proof

    context = open_site(ctx.obj, site)
    grades = graded(context, drills_of(ctx.obj, context), last)
    if json:
        print_json(grades)
    else:
        _print(grades)
    if not any(isinstance(system.proof, Proof) for system in grades.systems):
        raise typer.Exit(1)


def graded(context: SiteContext, drills: Path, last: int = 3) -> Grades:
    """The site's grades today, from the runs in that folder."""
    from datetime import UTC, datetime

    from dr import proof, runs
    from dr.grade import grade, protected
    from dr.result import load_results
    from dr.scheme import schemes

    now = datetime.now(UTC)
    results, past = load_results(drills), runs.every(drills)
    proofs = {s.name: proof.of_system(s, results, past, now, last) for s in protected(context.site)}
    return grade(context.site, proofs, proof.latest(proof.restores(results)), schemes(), now)


def _print(grades: Grades) -> None:
    from dr.proof import Proof

    measured = [system for system in grades.systems if isinstance(system.proof, Proof)]
    columns = ("system", "scheme", "proved", "figures allow", "until", "for the next level")
    print_table(f"{grades.site}: proved grades", columns, [row for system in measured for row in _rows(system)])
    for system in measured:
        print(_worst(system))
    _print_unproved(grades)
    for standing in grades.standings:
        lowest = f"; lowest of the {len(standing.measured)} measured: {standing.of_measured or 'none'}"
        print(f"site · {standing.scheme} ({standing.edition}): {standing.proved or 'not proved'}{lowest}")
    note("thresholds come from dr/data/grades.yaml with source, edition and confidence; confirm them before quoting")


def _rows(grade: SystemGrade) -> Iterator[Row]:
    for standing in grade.standings:
        yield (
            grade.system,
            f"{standing.scheme} ({standing.edition})",
            f"{standing.proved} [{standing.confidence}]" if standing.proved else "none",
            standing.figures or "",
            f"{standing.expires:%Y-%m-%d}" if standing.expires else "",
            _next(standing),
        )


def _next(standing: Standing) -> str:
    if standing.next is None or not standing.missing:
        return "the highest level"
    cheapest = standing.missing[0]
    more = f" (+{len(standing.missing) - 1} more)" if len(standing.missing) > 1 else ""
    return f"{standing.next}: {cheapest.what.en} → {cheapest.do.en}{more}"


def _worst(grade: SystemGrade) -> str:
    from dr.proof import Proof

    proof = grade.proof
    assert isinstance(proof, Proof)
    doubled = f", {proof.doubled_rows} rows doubled" if proof.doubled_rows else ""
    changed = " · the model has changed since: rehearse again" if grade.changed else ""
    return (
        f"{grade.system}: worst of {len(proof.runs)} runs: outage {proof.rto_seconds:g} s ({proof.rto_run}), "
        f"loss {proof.rpo_seconds:g} s, {proof.lost_rows} rows ({proof.rpo_run}){doubled}{changed}"
    )


def _print_unproved(grades: Grades) -> None:
    """Systems without any figure, gathered by the reason."""
    from dr.proof import NotProved

    reasons: dict[str, list[str]] = {}
    for system in grades.systems:
        if isinstance(system.proof, NotProved):
            reasons.setdefault(system.proof.why, []).append(system.system)
    for why, systems in reasons.items():
        print(f"not proved ({len(systems)}): {why}: {', '.join(systems)}")
