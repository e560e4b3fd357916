from __future__ import annotations

import pytest

from dr.ledger import judge
from dr.ledger.judge import Ack, RowAck
from inventory.error import MedcloudError

WHOLE = {"register": 1, "order": 1, "result": 1, "charge": 1}


def acks(*monos: float) -> list[Ack]:
    return [Ack(number, 1000.0 + mono, mono) for number, mono in enumerate(monos, start=1)]


def test_the_outage_is_the_longest_silence_between_two_acknowledgements() -> None:
    silence = judge.outage(acks(0.0, 0.1, 0.2, 9.7, 9.8))
    assert silence is not None
    assert (silence.last_before, silence.first_after) == (1000.2, 1009.7) and silence.seconds == pytest.approx(9.5)


def test_a_clock_that_is_set_back_does_not_change_the_length() -> None:
    silence = judge.outage([Ack(1, 1000.0, 50.0), Ack(2, 940.0, 53.0)])
    assert silence is not None and silence.seconds == pytest.approx(3.0)


def test_silences_that_ended_before_are_not_counted() -> None:
    silence = judge.outage(acks(0.0, 8.0, 8.1, 9.0), since=1008.05)
    assert silence is not None and silence.seconds == pytest.approx(0.9)


def test_one_acknowledgement_is_no_outage() -> None:
    assert judge.outage(acks(1.0)) is None


def book(chains: list[Ack], *rows: RowAck) -> judge.Ledger:
    return judge.Ledger(tuple(chains), (), (), 0, rows)


def row(number: int, of: str, mono: float = 0.0) -> RowAck:
    return RowAck(number, of, 1000.0 + mono, mono, "10.21.20.10", 1, "0/10", mono)


def test_a_chain_is_missing_as_soon_as_one_of_its_rows_is() -> None:
    rows = {1: WHOLE, 2: {"register": 1, "order": 1, "result": 1}}
    assert judge.missing_chains(acks(0, 1, 2), rows) == (2, 3) and len(judge.missing(book(acks(0, 1, 2)), rows)) == 5


def test_each_acknowledged_row_counts_even_of_a_chain_that_never_was_whole() -> None:
    ledger = book([], row(1, "register", 1.0), row(1, "order", 2.0), row(1, "published", 3.0), row(1, "consumed", 4.0))
    there = {1: {"register": 1, "published": 1}}
    assert judge.missing(ledger, there) == {(1, "order"): 1002.0, (1, "consumed"): 1004.0}


def test_rows_that_were_never_acknowledged_are_not_missing_but_may_be_doubled() -> None:
    rows = {1: WHOLE, 9: WHOLE | {"charge": 2}}
    assert judge.missing_chains(acks(0), rows) == () and judge.doubled_chains(rows) == (9,)


def test_loss_in_seconds_reaches_back_to_the_oldest_missing_chain() -> None:
    assert judge.loss_seconds([1002.0, 1001.0], at=1002.5) == pytest.approx(1.5)
    assert judge.loss_seconds((), at=1002.5) == 0.0


def test_missing_images() -> None:
    images = [Ack(1, 0, 0, "1.2"), Ack(2, 0, 0, "1.3")]
    assert judge.missing_images(images, frozenset({"1.2"})) == ("1.3",)


def test_a_ledger_is_parsed_without_its_incomplete_last_line() -> None:
    text = (
        '{"kind":"connect","server":"10.21.1.10","wall":1,"mono":1}\n'
        '{"kind":"chain","n":1,"wall":1.1,"mono":1.1,"tries":1}\n'
        '{"kind":"row","n":2,"of":"order","server":"10.21.1.10","timeline":3,"lsn":"0/30","sent":1.12,"wall":1.1,"mono":1.15}\n'
        '{"kind":"consumed","n":7,"server":"10.21.1.10","timeline":3,"lsn":"0/40","wall":1.1,"mono":1.16}\n'
        '{"kind":"image","n":1,"uid":"2.25.1","wall":1.2,"mono":1.2}\n'
        '{"kind":"error","of":"chain","n":2,"what":"OSError: x","wall":2,"mono":2}\n'
        '{"kind":"chain","n":2,"wa'
    )
    ledger = judge.parse(text)
    assert [ack.number for ack in ledger.chains] == [1] and [ack.uid for ack in ledger.images] == ["2.25.1"]
    assert ledger.servers == ((1, "10.21.1.10"),) and ledger.errors == 1
    assert ledger.rows == (
        RowAck(2, "order", 1.1, 1.15, "10.21.1.10", 3, "0/30", 1.12),
        RowAck(7, "consumed", 1.1, 1.16, "10.21.1.10", 3, "0/40", 1.16),
    )


def test_a_broken_line_is_an_error_that_names_it() -> None:
    with pytest.raises(MedcloudError, match="line 2"):
        judge.parse('{"kind":"chain","n":1,"wall":1,"mono":1}\n{"kind":"chain"}\n')
