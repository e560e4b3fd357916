from __future__ import annotations

import pytest

from dr.doors.watch import parse_samples
from inventory.error import MedcloudError

LEADER = (
    '{"at" : 10.5, "leads" : true, "copies" : [{"name" : "db-b", "state" : "streaming", "sync" : "sync", '
    '"lag_bytes" : 96}]}\n'
)


def test_samples_are_read_and_a_cut_off_line_is_left_out() -> None:
    (sample,) = parse_samples("db-a", LEADER + '{"at" : 11.0, "le')
    assert sample.leads and sample.at == 10.5 and sample.copies[0].lag_bytes == 96


def test_a_member_that_nobody_copies_from_is_not_watched() -> None:
    assert parse_samples("db-c", '{"at" : 1.0, "leads" : false, "copies" : null}\n') == ()


def test_anything_else_is_told() -> None:
    with pytest.raises(MedcloudError, match="db-a: not a sample: psql: error"):
        parse_samples("db-a", "psql: error: connection refused\n")
