"""An audit in OSCAL: catalogue, component definition, assessment results, plan of action and milestones.

Made and validated by compliance-trestle's models, so what does not fit the schema is never written. Identifiers follow
from the content: the same audit gives the same files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from compliance import catalogue
from compliance.finding import Finding, Verdict
from compliance.judge import Audit, ItemResult, worst_first
from playbooks.enforcement import Enforcer, enforcers

_NS = "https://medcloud.invalid/ns/oscal"
_CATALOG, _RESULTS = "catalog.json", "assessment-results.json"
_MEANS = {
    Verdict.CONFORM: ("satisfied", "pass"),
    Verdict.PARTIAL: ("not-satisfied", "fail"),
    Verdict.NONCONFORM: ("not-satisfied", "fail"),
    Verdict.NOT_APPLICABLE: ("satisfied", "other"),
    Verdict.NOT_CHECKED: ("not-satisfied", "other"),
}
SELF_CHECK = "单位自查，不是等级测评 / a self-check, not an official assessment"


def documents(audit: Audit) -> dict[str, str]:
    """File name → OSCAL JSON text. pydantic's ValidationError when a document does not fit OSCAL's schema."""
    from trestle.oscal.assessment_results import AssessmentResults
    from trestle.oscal.catalog import Catalog
    from trestle.oscal.component import ComponentDefinition
    from trestle.oscal.poam import PlanOfActionAndMilestones

    made = {
        _CATALOG: Catalog.model_validate(_catalog(audit)),
        "component-definition.json": ComponentDefinition.model_validate(_components(audit)),
        _RESULTS: AssessmentResults.model_validate(_results(audit)),
        "poam.json": PlanOfActionAndMilestones.model_validate(_poam(audit)),
    }
    return {name: str(model.oscal_serialize_json(pretty=True)) for name, model in made.items()}


def _uuid(*words: str) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join((_NS, *words))))


def _metadata(audit: Audit, title: str) -> dict[str, Any]:
    from trestle.oscal import OSCAL_VERSION

    return {
        "title": title,
        "last-modified": audit.taken.isoformat(),
        "version": audit.snapshot_sha256[:12],
        "oscal-version": OSCAL_VERSION,
        "remarks": SELF_CHECK,
    }


def _prop(name: str, value: object) -> dict[str, str]:
    return {"name": name, "value": str(value), "ns": _NS}


def _catalog(audit: Audit) -> dict[str, Any]:
    """All items, by layer and control point; the texts are paraphrases."""
    layers: dict[tuple[str, str], dict[tuple[str, str], list[catalogue.Item]]] = {}
    for item in catalogue.load():
        point = (f"cp-{item.clause.split()[0]}", f"{item.control_point.zh} / {item.control_point.en}")
        layers.setdefault((item.layer_code.lower(), item.layer), {}).setdefault(point, []).append(item)
    groups = [
        {"id": code, "title": layer, "groups": [_point(*point, items) for point, items in points.items()]}
        for (code, layer), points in layers.items()
    ]
    title = "GB/T 22239-2019 level 3, general and cloud (paraphrased) / 等级保护三级要求（转述）"
    return {"uuid": _uuid("catalog"), "metadata": _metadata(audit, title), "groups": groups}


def _point(name: str, title: str, items: Sequence[catalogue.Item]) -> dict[str, Any]:
    return {"id": name, "title": title, "controls": [_control(item) for item in items]}


def _control(item: catalogue.Item) -> dict[str, Any]:
    props = [_prop("clause", item.clause), _prop("automation", item.automation), _prop("scope", item.scope)]
    if item.high_risk_case:
        props.append(_prop("high-risk-case", item.high_risk_case))
    parts = [{"name": "statement", "id": f"{item.id}_smt", "prose": f"{item.text.zh} / {item.text.en}"}]
    return {"id": item.id, "title": item.text.zh, "props": props, "parts": parts}


def _components(audit: Audit) -> dict[str, Any]:
    """Our hardening roles as components: which item each enforces, by which tasks."""
    by_role: dict[str, list[Enforcer]] = {}
    for parts in enforcers().values():
        for part in parts:
            by_role.setdefault(part.role, []).append(part)
    return {
        "uuid": _uuid("components"),
        "metadata": _metadata(audit, "medcloud: hardening roles / 加固角色"),
        "components": [_component(role, parts) for role, parts in sorted(by_role.items())],
    }


def _component(role: str, parts: Sequence[Enforcer]) -> dict[str, Any]:
    requirements = [
        {
            "uuid": _uuid("requirement", role, part.item),
            "control-id": part.item,
            "description": "; ".join(part.tasks),
            "props": [_prop("playbook", name) for name in part.playbooks],
        }
        for part in parts
    ]
    implementation = {
        "uuid": _uuid("implementation", role),
        "source": _CATALOG,
        "description": f"tasks of role {role} that carry the item's tag",
        "implemented-requirements": requirements,
    }
    about = {"uuid": _uuid("component", role), "type": "software", "title": f"role {role}"}
    return {**about, "description": f"Ansible role {role}", "control-implementations": [implementation]}


def _results(audit: Audit) -> dict[str, Any]:
    observations = [_observation(audit, finding) for r in audit.items for finding in r.findings]
    result = {
        "uuid": _uuid("result", audit.snapshot_sha256),
        "title": f"{audit.site} {audit.taken:%Y-%m-%d}",
        "description": SELF_CHECK,
        "start": audit.taken.isoformat(),
        "end": datetime.combine(audit.judged, audit.taken.timetz()).astimezone(UTC).isoformat(),
        "props": [_prop("snapshot-sha256", audit.snapshot_sha256), *_counts(audit)],
        "local-definitions": {"inventory-items": [_inventory(name) for name in audit.objects]},
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
        "observations": observations,
        "findings": [_finding(audit, r) for r in audit.items],
    }
    return {
        "uuid": _uuid("results", audit.snapshot_sha256),
        "metadata": _metadata(audit, f"{audit.site}: 等级保护自查结果 / self-check results"),
        "import-ap": {"href": _CATALOG, "remarks": "every item of the catalogue on every object: no sampling"},
        "results": [result],
    }


def _counts(audit: Audit) -> Iterator[dict[str, str]]:
    for verdict, count in audit.counts.items():
        yield _prop(f"count-{verdict.value.replace('_', '-')}", count)
    for name, rate in (("strict", audit.strict), ("lenient", audit.lenient)):
        yield _prop(f"rate-{name}", f"{rate.numerator:g}/{rate.denominator}")


def _inventory(name: str) -> dict[str, Any]:
    return {"uuid": _uuid("object", name), "description": name}


def _observation(audit: Audit, finding: Finding) -> dict[str, Any]:
    name = f"{finding.kind}/{finding.object}"
    evidence = [
        {
            "href": f"snapshot.json#{name}/{proof.section}",
            "description": proof.raw or "—",
            "props": [_prop("met", {True: "yes", False: "no", None: "unread"}[proof.met])],
            "remarks": f"{proof.says.zh} / {proof.says.en}",
        }
        for proof in finding.proofs
    ]
    return {
        "uuid": _observed(audit, finding),
        "title": f"{finding.item} {name}",
        "description": finding.verdict.value,
        "methods": ["TEST"],
        "props": [_prop("verdict", finding.verdict.value)],
        "subjects": [{"subject-uuid": _uuid("object", name), "type": "inventory-item"}],
        "relevant-evidence": evidence,
        "collected": audit.taken.isoformat(),
    }


def _observed(audit: Audit, finding: Finding) -> str:
    asked = " ".join(f"{proof.section} {proof.says.en}" for proof in finding.proofs)
    return _uuid("observation", audit.snapshot_sha256, finding.item, finding.kind, finding.object, asked)


def _finding(audit: Audit, result: ItemResult) -> dict[str, Any]:
    state, reason = _MEANS[result.verdict]
    found: dict[str, Any] = {
        "uuid": _uuid("finding", audit.snapshot_sha256, result.item.id),
        "title": f"{result.item.id} {result.item.text.zh}",
        "description": f"{result.reason.zh} / {result.reason.en}",
        "props": [_prop("verdict", result.verdict.value)],
        "target": {
            "type": "objective-id",
            "target-id": f"{result.item.id}_smt",
            "status": {"state": state, "reason": reason},
        },
    }
    if result.findings:
        related = [{"observation-uuid": _observed(audit, finding)} for finding in result.findings]
        found["related-observations"] = related
    return found


def _poam(audit: Audit) -> dict[str, Any]:
    """What to mend, worst first; waived ones say by whom and until when."""
    known = enforcers()
    worst = worst_first(audit)
    observed = [f for r in worst for f in r.findings if f.unmet]
    return {
        "uuid": _uuid("poam", audit.snapshot_sha256),
        "metadata": _metadata(audit, f"{audit.site}: 整改计划 / plan of action"),
        "system-id": {"id": audit.site},
        "observations": [_observation(audit, finding) for finding in observed],
        "poam-items": [_todo(audit, r, known.get(r.item.id, ())) for r in worst],
    }


def _todo(audit: Audit, result: ItemResult, roles: Sequence[Enforcer]) -> dict[str, Any]:
    todo = dict.fromkeys(f"{p.todo.zh} / {p.todo.en}" for f in result.findings for p in f.unmet)
    props = [_prop("verdict", result.verdict.value), *(_prop("role", role.role) for role in roles)]
    if result.waiver:
        waiver = result.waiver
        props += [_prop("waived-by", waiver.owner), _prop("waived-until", waiver.expires)]
    item: dict[str, Any] = {
        "uuid": _uuid("todo", audit.snapshot_sha256, result.item.id),
        "title": f"{result.item.id} {result.item.text.zh}",
        "description": "; ".join(todo) or f"{result.reason.zh} / {result.reason.en}",
        "props": props,
    }
    related = [{"observation-uuid": _observed(audit, finding)} for finding in result.findings if finding.unmet]
    return item | ({"related-observations": related} if related else {})
