from __future__ import annotations

import pytest

from dr.protection import judge
from dr.world import Copy, Sample


def sample(at: float, sync: str = "sync", state: str = "streaming", leads: bool = True, lag: int = 0) -> Sample:
    return Sample("a", at, leads, (Copy("b", state, sync, lag),))


def test_unbroken_protection_is_met_with_its_worst_figures() -> None:
    found = judge([sample(0), sample(0.5, lag=4096), sample(2.0)], ["a"])
    assert found["verdict"] == "met" and found["violations"] == []
    assert (found["samples"], found["seconds"], found["longest_silence"]) == (3, 2.0, 1.5)
    assert found["most_bytes_behind"] == 4096


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([sample(0), sample(1, state="catchup")], "b did not stream"),
        ([sample(0), Sample("a", 1, True, ())], "b did not stream"),
        ([sample(0), sample(1, sync="async")], "b was not synchronous"),
        ([sample(0), sample(1, leads=False)], "a changed sides"),
        ([sample(0), sample(5.5)], "a was not watched for 5.5 s"),
        ([sample(0)], "a was sampled 1 times"),
        ([Sample("a", 0, True, ()), Sample("a", 1, True, ())], "a had no copy"),
    ],
)
def test_every_pause_is_a_violation(samples: list[Sample], words: str) -> None:
    found = judge(samples, ["a"])
    assert found["verdict"] == "missed" and words in found["violations"][0]
