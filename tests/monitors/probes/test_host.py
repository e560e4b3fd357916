"""A host's health as captured."""

from __future__ import annotations

import subprocess

import pytest

from monitors.probes import host
from monitors.reading import Section, script_of, sections_of


def test_parse_as_captured(captured):
    state = host.parse("edge", captured("host.txt"))
    assert state.state == "degraded"
    assert state.failed == ("auditd.service",)
    assert state.memory_total == 24683668 * 1024
    assert 50_000_000 < state.memory_used < 500_000_000
    assert state.disk_used < state.disk_size
    assert state.uptime > 0


def test_a_missing_section_is_an_error_not_a_zero(captured):
    found = captured("host.txt")
    del found["disk"]
    with pytest.raises(KeyError):
        host.parse("edge", found)


def test_certificates_are_read_with_their_end_and_never_guessed(captured):
    found = captured("host.txt")
    assert host.parse("edge", found).certificates is None, "that look did not ask"
    text = "/etc/patroni/server.crt Nov 22 18:00:00 2027 GMT\n/etc/a.pem Feb  3 01:02:03 2026 GMT"
    found["certificates"] = Section(text, 0)
    assert host.parse("edge", found).certificates == (
        ("/etc/patroni/server.crt", 1826906400.0),
        ("/etc/a.pem", 1770080523.0),
    )
    found["certificates"] = Section("", 0)
    assert host.parse("edge", found).certificates == ()
    found["certificates"] = Section("unable to load certificate", 1)
    assert host.parse("edge", found).certificates is None


def test_the_command_finds_certificates_and_only_them(tmp_path):
    """As it stands, on a real file system and with the real openssl."""
    (tmp_path / "deep").mkdir()
    key, certificate = tmp_path / "server.key", tmp_path / "deep" / "server.crt"
    words = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-days", "7"]
    subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    (tmp_path / "key.pem").write_bytes(key.read_bytes())
    command = host.COMMANDS["certificates"].replace("/etc ", f"{tmp_path} ", 1)

    def look() -> Section:
        done = subprocess.run(["sh"], input=script_of({"certificates": command}), capture_output=True, text=True)
        return sections_of(done.stdout)["certificates"]

    found = look()
    assert found.exit == 0 and found.text.startswith(f"{certificate} ") and len(found.text.splitlines()) == 1
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n")
    assert look().exit != 0
