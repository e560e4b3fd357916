"""The sweep's judge: which settings would have raised an alarm on the same samples."""

from __future__ import annotations

import pytest

from benchmarks.detection_sweep import STALLS, Trial, closed, declared, ran_out, report

LOOKS = [(0.0, False), (1.0, True), (1.5, True), (2.2, True), (2.5, False), (3.0, True), (3.4, True)]


@pytest.mark.parametrize(("confirm", "when"), [(0.0, 1.0), (0.5, 1.5), (1.0, 2.2), (1.2, 2.2), (2.0, None)])
def test_a_centre_is_declared_lost_after_an_unbroken_loss(confirm: float, when: float | None) -> None:
    assert declared(LOOKS, confirm) == when


def test_a_gate_runs_out_when_no_answer_opens_it_again_in_time() -> None:
    asked = [(0.0, 0.1), (0.5, 0.6), (4.0, 4.2), (4.7, 4.8)]
    assert ran_out(asked, 3.0, 5.0) == 3.5, "counted from the moment before etcd was asked, as the gate does"
    assert ran_out(asked, 4.0, 5.0) is None
    assert ran_out(asked, 3.9, 20.0) == pytest.approx(8.6), "what is open at the end runs out too"


def test_the_report_tells_alarms_and_how_soon_a_real_loss_is_seen() -> None:
    def trial(stall: str, lost: bool) -> Trial:
        looks = tuple((100.0 + n / 2, lost and 2 <= n < 10) for n in range(20))
        asked = {"a": tuple((100.0 + n, 100.1 + n) for n in range(12) if not (lost and 1 <= n < 7))}
        return Trial(stall, "50x3", "a", 101.0, 109.0, looks, asked, False)

    trials = [trial("nothing, 20 s", False), trial("silent 8 s", True), trial("silent 8 s", True)]
    lines = report(trials).splitlines()
    assert lines[2] == "| 50x3 ms, 0 s | 0.0 (0.0 to 0.0) | . | 2/2 |"
    assert lines[5] == "| 50x3 ms, 2 s | 2.0 (2.0 to 2.0) | . | 2/2 |"
    assert "| 5 | 4.0 (4.0 to 4.0) | . | 2/2 |" in lines and "| 10 | not within it | . | . |" in lines
    assert lines[-1] == "3 trials; Patroni changed the leader by itself in 0."


def test_a_member_that_never_answered_counts_as_closed() -> None:
    assert closed(Trial("x", "50x3", "a", 7.0, 9.0, (), {"a": ()}, False), 10.0) == 7.0


def test_every_disturbance_ends_by_itself_and_is_named_once() -> None:
    assert len({stall.name for stall in STALLS}) == len(STALLS) and all(stall.seconds > 0 for stall in STALLS)
