"""Blind promotion: production cannot be asked and nothing proves it silent. Only people may accept that, in writing."""

from __future__ import annotations

from collections.abc import Iterable

from dr.approval import await_approvals
from dr.context import Context, Evidence
from inventory.error import MedcloudError, refused
from inventory.model import Text

PROOF = "not proved, accepted in writing; its gate ran out"


def accept_blind(context: Context, system: str, source: str, doubts: Iterable[str]) -> Evidence:
    """Who accepted, with their own SSH keys, that the source is not proved silent; safe to run twice.

    Waits for them as an approval does. MedcloudError (refused) when too few could sign or they do not.
    """
    why = "; ".join(doubts)
    text = Text(  # without the doubts: tried again they may be worded otherwise, and the signatures must still count
        zh=f"盲切换：无法证明 {source} 已停止提供 {system}。若其仍在受理，将出现双主、数据丢失。是否书面接受？",
        en=f"Blind promotion: nothing proves that {source} no longer serves {system}. If it still does, two centres "
        "will serve and data will be lost. Do you accept that in writing?",
    )
    if why:
        context.note(f"{source} is not proved silent for {system}: {why}")
    try:
        return await_approvals(context, f"blind-{system}", text)
    except MedcloudError as error:
        raise refused(
            f"{source} is not proved silent for {system}: {why}",
            f"fence it on the routers that are left; a blind promotion needs a written acceptance: {error.message}",
        ) from error
