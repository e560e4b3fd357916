"""Readers of raw sections keep the line that proves it."""

from __future__ import annotations

import pytest

from compliance import raw


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minlen = 10", ("10", "minlen = 10")),
        ("PASS_MAX_DAYS\t90", ("90", "PASS_MAX_DAYS\t90")),
        ("minlen = 8\nminlen = 12", ("12", "minlen = 12")),
        ("# minlen", ("", "")),
        ("minlength = 3", ("", "")),
    ],
)
def test_setting(text, expected):
    assert raw.setting(text, "PASS_MAX_DAYS" if "PASS" in text else "minlen") == expected


def test_sockets_with_and_without_protocol():
    text = 'udp UNCONN 0 0 172.20.0.1%mh-sp2-tel:49160 0.0.0.0:* users:(("bfdd",pid=1,fd=2))\nLISTEN 0 5 [::1]:25 *:*'
    bfd, smtp = raw.sockets(text)
    assert (bfd.protocol, bfd.port, bfd.process, bfd.local) == ("udp", 49160, "bfdd", False)
    assert (smtp.protocol, smtp.port, smtp.local) == ("tcp", 25, True)


def test_shown_says_how_many_more_there_are():
    assert raw.shown(["a", "b", "c"], limit=2) == "a ¦ b … and 1 more"
