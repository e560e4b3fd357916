"""The whole report as one self-contained HTML page: no script, no font, image or address from elsewhere."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from compliance.judge import Audit
from reports import audit_chapters, audit_view, drill_view, grade_view
from reports.capacity_view import capacity_table, carry_texts, centre_gauges, seen_text
from reports.charts.topology import topology
from reports.dossier import Dossier
from reports.overview import cards, reality, statements
from reports.results import Drill
from reports.site_view import (
    centres_table,
    deployment_table,
    kinds_table,
    lines_table,
    phases_table,
    place_title,
    systems_table,
)
from reports.table import Cell, Column, Table, table
from reports.words import Words

TEMPLATES = Path(__file__).parent / "templates"
_CHAPTERS = (
    audit_chapters.objects_table,
    audit_chapters.points_table,
    audit_chapters.major_table,
    audit_chapters.remedies_table,
)
SECTIONS = ("summary", "topology", "deployment", "drill", "capacity", "audit", "systems", "lines", "glossary")


def html(dossier: Dossier, words: Words) -> str:
    """The page in that language."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2").render(
        d=dossier,
        w=words,
        css=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
        sections=SECTIONS,
        cover=_cover(dossier, words),
        reality=reality(dossier.site, words),
        cards=cards(dossier, words),
        statements=statements(dossier, words),
        topology=topology(dossier.site, words),
        tables={table.name.replace("-", "_"): table for table in tables(dossier, words)},
        drill=_drill(dossier, dossier.drill, words) if dossier.drill else {},
        unproved=grade_view.unproved_text(dossier.grades, words) if dossier.grades else "",
        capacity=_capacity(dossier, words),
        audit=_audit(dossier, dossier.audit, words) if dossier.audit else {},
    )


def tables(dossier: Dossier, words: Words) -> list[Table]:
    """Every table of the report; the CSV files are the same ones."""
    site = dossier.site
    found = [systems_table(site, words), lines_table(site, words), centres_table(site, words), _glossary(words)]
    if dossier.deployment:
        found += [view(site, dossier.deployment, words) for view in (deployment_table, kinds_table)]
        found.append(phases_table(dossier.deployment, words))
    if dossier.drill:
        found += [drill_view.systems_table(site, dossier.drill, words), drill_view.steps_table(dossier.drill, words)]
    if dossier.history:
        found.append(drill_view.history_table(dossier.history, words))
    if dossier.grades and grade_view.measured(dossier.grades):
        found.append(grade_view.grades_table(site, dossier.grades, words))
    if dossier.gaps:
        found.append(drill_view.gaps_table(site, dossier.gaps, words))
    if dossier.capacity:
        found.append(capacity_table(site, dossier.capacity, words))
    if dossier.audit:
        views = (audit_view.layers_table, audit_view.worst_table, audit_view.items_table, audit_view.findings_table)
        found += [view(dossier.audit, words) for view in (*views, *_CHAPTERS)]
        found += [audit_chapters.graded_table(dossier.graded, words), audit_chapters.trend_table(dossier.trend, words)]
    return found


def _cover(dossier: Dossier, words: Words) -> list[tuple[str, str]]:
    parts = {"drill": dossier.drill, "audit": dossier.audit, "capacity": dossier.capacity}
    times = {
        "drill": dossier.drill and dossier.drill.result.run_id,
        "audit": dossier.audit and words.moment(dossier.audit.taken),
        "capacity": dossier.capacity and words.moment(dossier.capacity.taken),
    }
    return [
        (words("cover.date"), words.day(dossier.made)),
        (words("cover.site"), f"{words.text(dossier.site.title)}（{dossier.site.name}）"),
        *((words(f"cover.{part}"), times[part] or words("report.not_run")) for part in parts),
        (words("cover.source"), dossier.site.source),
    ]


def _drill(dossier: Dossier, drill: Drill, words: Words) -> dict[str, object]:
    return {
        "identity": drill_view.identity(dossier.site, drill, words),
        "timeline": drill_view.drill_timeline(drill, words),
        "fingerprints": drill_view.fingerprints(drill, words),
        "verdict": drill_view.verdict_badge(drill.result.verdict, words),
    }


def _capacity(dossier: Dossier, words: Words) -> dict[str, object]:
    if dossier.capacity is None:
        return {}
    site, found = dossier.site, dossier.capacity
    charts = [
        {
            "title": words("capacity.chart", centre=place_title(site, centre.centre, words)),
            "chart": centre_gauges(site, centre, words),
            "note": seen_text(centre, words),
        }
        for centre in found.centres
    ]
    return {"carry": carry_texts(site, found.carry, words) if found.carry else [], "centres": charts}


def _audit(dossier: Dossier, audit: Audit, words: Words) -> dict[str, object]:
    return {
        "chart": audit_view.layer_chart(audit, words),
        "legend": audit_view.legend(audit, words),
        "rates": audit_view.rates(audit, words),
        "change": audit_chapters.comparison_texts(dossier.change, words),
        "sampling": words("audit.sampling", objects=len(audit.objects)),
        "identity": words("audit.identity", sha256=audit.snapshot_sha256, judged=audit.judged.isoformat()),
    }


def _glossary(words: Words) -> Table:
    terms = [key.split(".")[1] for key in words.texts if key.startswith("glossary.") and key.endswith(".term")]
    columns = (Column(words("table.term"), share=26), Column(words("table.meaning"), share=74))
    rows: list[list[Cell | str]] = [
        [Cell(words(f"glossary.{term}.term"), "strong"), words(f"glossary.{term}.meaning")] for term in terms
    ]
    return table("glossary", columns, rows)
