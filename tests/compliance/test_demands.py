"""Demands shared by controls."""

from __future__ import annotations

import pytest

from compliance import demands


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("MaxRetentionSec=184day", True),
        ("MaxRetentionSec=26w", False),
        ("MaxRetentionSec=27week", True),
        ("MaxRetentionSec=6month", False),
        ("MaxRetentionSec=1year", True),
        ("MaxRetentionSec=15897600", True),
        ("MaxRetentionSec=184day\nStorage=volatile", False),
        ("", False),
    ],
)
def test_retention_in_systemd_spans(text, met):
    assert demands.retention(184).test(text)[0] is met


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ("*.* @@10.21.80.10:514", True),
        ("*.* @logs.hospital:514", True),
        ('action(type="omfwd" target="10.21.80.10")', True),
        ("*.* @@127.0.0.1:514", False),
        ("auth.* /var/log/auth.log", False),
        ("absent: rsyslogd", False),
    ],
)
def test_forwarding(line, met):
    assert demands.forwarding().test(line)[0] is met


def test_rotation_looks_at_the_system_log_alone():
    text = "/var/log/apt/term.log {\n  rotate 12\n  monthly\n}\n/var/log/syslog {\n  daily\n  rotate 7\n}"
    assert demands.rotation(184).test(text) == (False, "syslog: daily ¦ rotate 7 = 7 d")
