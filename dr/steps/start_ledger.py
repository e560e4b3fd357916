"""Start the ledger on the ward: numbered transactions and images through the service addresses."""

from __future__ import annotations

from typing import Any

from dr import rowbook
from dr.context import Context, Evidence, wait_until
from dr.doors.database import DRILL_DATABASE, LEDGER_ROLE
from dr.ledger import judge
from dr.serving import require_serving
from inventory.addresses import service_address
from inventory.error import MedcloudError
from inventory.model import Part, System

_REST = 8042

AWAITS = ("promote-database",)  # steps that bring about what the check asks for where the ledger begins after a loss


class Params(Part):
    """`rate` chains, `message_rate` messages and `image_rate` images a second; the drill goes on after `warm_up`
    acknowledged chains. `alone`: nothing else holds a copy just now, the loss is real and the ward works already."""

    system: str
    source: str
    images: str | None = None
    rate: float = 10.0
    message_rate: float = 2.0
    image_rate: float = 0.5
    warm_up: int = 20
    patience: float = 60.0
    check_patience: float = 20.0
    alone: bool = False


def check(context: Context, params: Params) -> None:
    """The source serves what moves, and the ledger's database has a synchronous copy, or loss would be planned."""
    database = context.database(params.system)

    def well() -> bool:
        roles = [member.role for member in database.members() if member.works]
        return "leader" in roles and (params.alone or "sync_standby" in roles)

    wanted = "a leader" if params.alone else "a leader and a synchronous copy"
    wait_until(context.clock, f"{params.system} to have {wanted}", well, params.check_patience)
    require_serving(context, params.source, context.plan.moved)


def run(context: Context, params: Params) -> Evidence:
    """Make the drill's database, start the writer, wait for its first acknowledgements."""
    password = context.secret("drill-ledger")
    context.database(params.system).prepare_ledger(password)
    _make_room(context, params.system)
    context.ward.start(context.run_id, _config(context, params, password))

    def warm() -> judge.Ledger | None:
        ledger = judge.parse(context.ward.ledger(context.run_id))
        enough = len(ledger.chains) >= params.warm_up and (params.images is None or bool(ledger.images))
        return ledger if enough else None

    ledger = wait_until(context.clock, "the ledger's first acknowledgements", warm, params.patience)
    return {
        "chains": len(ledger.chains),
        "images": len(ledger.images),
        "server": ledger.servers[-1][1] if ledger.servers else None,
    }


def _make_room(context: Context, system: str) -> None:
    """Earlier runs' rows must not fill production's disk. Those that no whole evidence tells of stay, and trouble with
    tidying up is no reason not to begin."""
    try:
        database = context.database(system)
        for run_id in sorted(database.written_runs() - {context.run_id}):
            if rowbook.is_whole(context.folder.parent, run_id):
                database.forget_rows(run_id)
    except MedcloudError as error:
        context.note(f"rows of earlier runs stay: {error}")


def undo(context: Context, params: Params) -> Evidence:
    """Stop the writer."""
    context.ward.stop(context.run_id)
    return {}


def _config(context: Context, params: Params, password: str) -> dict[str, Any]:
    system = context.site.system(params.system)
    return {
        "run": context.run_id,
        "rate": params.rate,
        "messages": params.message_rate,
        "database": {
            "host": str(service_address(system)),
            "port": _port(system),
            "dbname": DRILL_DATABASE,
            "user": LEDGER_ROLE,
            "password": password,
        },
        "images": None
        if params.images is None
        else {
            "url": f"http://{service_address(context.site.system(params.images))}:{_REST}",
            "user": "medcloud",
            "password": context.secret("orthanc"),
            "rate": params.image_rate,
        },
    }


def _port(system: System) -> int:
    assert system.service is not None  # the plan only names systems with a service
    return system.service.ports[0]
