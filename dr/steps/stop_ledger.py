"""Stop the ledger writer; its book and its rows stay as evidence, its password goes."""

from __future__ import annotations

from dr.context import Context, Evidence
from dr.ledger import judge
from inventory.model import Part


class Params(Part):
    pass


def check(context: Context, params: Params) -> None:
    """Stopping is always allowed."""


def run(context: Context, params: Params) -> Evidence:
    """Stop and read the whole book once more."""
    context.ward.stop(context.run_id)
    text = context.ward.ledger(context.run_id)
    (context.folder / "ledger.jsonl").write_text(text[: text.rfind("\n") + 1], encoding="utf-8")
    ledger = judge.parse(text)
    return {"chains": len(ledger.chains), "images": len(ledger.images), "errors": ledger.errors}


def undo(context: Context, params: Params) -> Evidence:
    """A stopped ledger is not started again: a new run writes its own."""
    return {}
