"""A plan on the screen: what runs when, what waits for what, how long it will take, who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.console import print_json, print_table

if TYPE_CHECKING:
    from cli.context import SiteContext
    from dr.forecast import Forecast
    from dr.plan import Plan, StepCall
    from dr.planner import Wish
    from dr.result import DrillResult


def show_plan(context: SiteContext, plan: Plan, json: bool) -> None:
    """The plan, what it will take, and whether it was ever rehearsed as it stands."""
    import dataclasses

    from dr.forecast import forecast
    from dr.plan import model_hash
    from dr.result import last_proof, load_results

    past, pinned = load_results(context.state / "drills"), model_hash(context.site)
    expected, proof = forecast(plan, past), last_proof(past, plan.hash, pinned)
    if json:
        proved = {"hash": plan.hash, "model_hash": pinned, "proved_by": proof.run_id if proof else None}
        print_json(plan.model_dump(mode="json") | proved | {"forecast": dataclasses.asdict(expected)})
        return
    print_plan(plan, expected)
    print(f"plan {plan.hash[:16]} · model {pinned[:16]}")
    print(f"rehearsed as it stands by {proof.run_id}: {proof.verdict}" if proof else "never rehearsed as it stands")


def show_difference(context: SiteContext, wish: Wish, plan: Plan, json: bool) -> None:
    """What the site's own file has changed about the computed plan."""
    from dr import overrides
    from dr.planner import compute

    lines = overrides.differences(compute(context.site, wish), plan)
    file = overrides.folder(context.site.name, context.folder) / f"{plan.name}.yml"
    if json:
        print_json({"plan": plan.name, "file": file if file.exists() else None, "differences": lines})
        return
    print(f"{plan.name}: {file}" if file.exists() else f"{plan.name}: as computed, there is no {file}")
    for line in lines:
        print(f"  {line}")


def print_plan(plan: Plan, forecast: Forecast) -> None:
    """The steps in order (those on the critical path have a star), then what a person must know before running it."""
    rows = [_row(call, forecast) for call in plan.steps]
    title = f"{plan.name}: {plan.source} → {plan.target} ({plan.mode})"
    print_table(title, ("", "step", "about", "seconds", "waits for"), rows)
    print(f"moves: {', '.join(plan.moved)}" + (f"; starts: {', '.join(plan.started)}" if plan.started else ""))
    print_forecast(forecast)
    agreed = {agreement.what: agreement.by for agreement in plan.accepted}
    if plan.shed:
        print(f"SHED, first to go first (agreed by {agreed['shedding']}): {', '.join(plan.shed)}")
    if plan.stranded:
        print(f"no copy at {plan.target}, so it stays behind: {', '.join(plan.stranded)}")
    print(f"not proved by this drill: {', '.join(plan.left_out)}")


def print_forecast(forecast: Forecast) -> None:
    """Predicted times, from earlier runs here."""
    told = [f"{name} {_seconds(value)}" for name, value in forecast.rto.items()]
    print(f"predicted: {_seconds(forecast.total)} in all; until the ward works again: {', '.join(told)}")
    if forecast.unknown:
        print(f"never ran here, so not predicted: {', '.join(forecast.unknown)}")


def print_walk(result: DrillResult) -> None:
    """What a tabletop found and predicted."""
    said = {step.name: step.evidence for step in result.steps}
    rows = [
        (name.removeprefix("walk-"), evidence["verdict"], evidence["answer"])
        for name, evidence in said.items()
        if name.startswith("walk-")
    ]
    print_table(f"{result.run_id}: at the table, nothing was done", ("step", "verdict", "its check says"), rows)
    predicted = said.get("predict-times", {})
    rto = predicted.get("predicted_rto_seconds", {})
    told = ", ".join(f"{name} {_seconds(value)}" for name, value in rto.items())
    print(f"predicted: {_seconds(predicted.get('predicted_total_seconds'))} in all; until the ward works again: {told}")
    unknown = predicted.get("never_ran_here", ())
    print(f"never ran here: {', '.join(unknown)}" if unknown else "every step has run here before")
    changed = said.get("compare-state", {}).get("changed", ["not compared"])
    print(f"changed: {', '.join(changed) or 'nothing'} · verdict: {result.verdict}")


def _row(call: StepCall, forecast: Forecast) -> tuple[object, ...]:
    star = "★" if call.name in forecast.critical and forecast.critical else ""
    seconds = forecast.steps.get(call.name)
    shown = "" if seconds is None else f"{seconds:.1f}"
    return star, call.name, _about(call.params), shown, ", ".join(call.after)


def _about(params: dict[str, Any]) -> str:
    """The plain parameters: a nested one (a walked step's) would fill the screen."""
    plain = {key: value for key, value in params.items() if isinstance(value, str | int | float)}
    return ", ".join(f"{key} {value}" for key, value in plain.items())


def _seconds(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1f} s"
