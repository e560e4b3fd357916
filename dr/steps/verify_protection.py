"""Prove that production's protection never paused: stop the samplers and judge every sample."""

from __future__ import annotations

import dataclasses
import json

from dr.context import Context, Evidence
from dr.protection import judge
from inventory.error import MedcloudError
from inventory.model import Part

AWAITS = ("watch-protection",)


class Params(Part):
    system: str


def check(context: Context, params: Params) -> None:
    """There are samples."""
    if not context.watch(params.system).samples(context.run_id):
        raise MedcloudError(f"the protection of {params.system} was not sampled")


def run(context: Context, params: Params) -> Evidence:
    """Judge; the samples stay in the run's folder."""
    watch = context.watch(params.system)
    samples = watch.samples(context.run_id)
    watch.stop(context.run_id)
    text = "".join(json.dumps(dataclasses.asdict(sample)) + "\n" for sample in samples)
    (context.folder / f"protection-{params.system}.jsonl").write_text(text, encoding="utf-8")
    return judge(samples, sorted({sample.member for sample in samples}))


def undo(context: Context, params: Params) -> Evidence:
    """Looking changes nothing."""
    return {}
