"""Would a failover work now: go or no-go, with reasons (容灾就绪)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import print_json, print_table
from cli.drill_session import open_doors, open_store

if TYPE_CHECKING:
    from dr.readiness import PlanReadiness


def command(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="A blueprint's name or a folder.")],
    plan: Annotated[str | None, typer.Option(help="Only this plan.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Machine-readable result.")] = False,
) -> None:
    """Look, ask and judge; change nothing. Exit 0 when every plan is go, 1 when one is not. Unknown is never go."""
    from cli.looking import facts_of, shell_of
    from cli.ready import judged
    from inventory.error import bad_input

    context, doors = open_doors(ctx, site)
    with shell_of(context) as shell:
        found = judged(context, open_store(ctx.obj, context), doors, facts_of(context, shell))
    chosen = [readiness for readiness in found if plan in (None, readiness.plan)]
    if not chosen:
        known = ", ".join(readiness.plan for readiness in found) or "none"
        raise bad_input(f"{site} has no failover plan `{plan}`" if plan else f"{site} has no failover plan", known)
    if json:
        print_json({"go": all(r.go for r in chosen), "plans": [_plain(readiness) for readiness in chosen]})
    else:
        for readiness in chosen:
            _print(readiness)
    raise typer.Exit(0 if all(readiness.go for readiness in chosen) else 1)


def _plain(readiness: PlanReadiness) -> dict[str, object]:
    return {
        "plan": readiness.plan,
        "source": readiness.source,
        "target": readiness.target,
        "go": readiness.go,
        "checks": readiness.checks,
    }


def _print(readiness: PlanReadiness) -> None:
    title = f"{readiness.plan}: {readiness.source} → {readiness.target}: {'GO' if readiness.go else 'NO-GO'}"
    rows = [(check.name, check.word, check.reason, check.do) for check in readiness.checks]
    print_table(title, ("check", "", "seen", "do"), rows)
