"""Judges samples of a database's protection: did it pause at any moment? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from dr.result import Verdict
from dr.world import Sample

LONGEST_SILENCE = 5.0  # seconds without a sample that still count as watched


def judge(samples: Iterable[Sample], members: Iterable[str]) -> dict[str, Any]:
    """For each watched member: its copies of the beginning streamed in every sample and stayed synchronous.

    Without two samples of a member nothing is proved about it, and that is a violation too.
    """
    ordered = sorted(samples, key=lambda sample: sample.at)
    violations: list[str] = []
    silence, most = 0.0, 0
    for member in members:
        mine = [sample for sample in ordered if sample.member == member]
        violations += _violations(member, mine)
        silence = max([silence, *(b.at - a.at for a, b in pairwise(mine))])
        most = max([most, *(copy.lag_bytes for sample in mine for copy in sample.copies)])
    return {
        "samples": len(ordered),
        "seconds": round(ordered[-1].at - ordered[0].at, 3) if ordered else 0.0,
        "longest_silence": round(silence, 3),
        "most_bytes_behind": most,
        "violations": violations,
        "verdict": Verdict.MISSED if violations else Verdict.MET,
    }


def _violations(member: str, samples: list[Sample]) -> list[str]:
    if len(samples) < 2:
        return [f"{member} was sampled {len(samples)} times"]
    first, found = samples[0], list[str]()
    if not first.copies:
        found.append(f"{member} had no copy when the watch began")
    for sample in samples[1:]:
        if sample.leads != first.leads:
            found.append(f"{member} changed sides at {sample.at:.1f}")
        now = {copy.name: copy for copy in sample.copies}
        for copy in first.copies:
            seen = now.get(copy.name)
            if seen is None or seen.state != "streaming":
                found.append(f"{copy.name} did not stream from {member} at {sample.at:.1f}")
            elif copy.sync in ("sync", "quorum") and seen.sync not in ("sync", "quorum"):
                found.append(f"{copy.name} was not synchronous at {sample.at:.1f}")
    found += [
        f"{member} was not watched for {b.at - a.at:.1f} s from {a.at:.1f}"
        for a, b in pairwise(samples)
        if b.at - a.at > LONGEST_SILENCE
    ]
    return found[:20]
