"""The SSH door against a real SSH server (paramiko's, in a thread) that runs commands with a local shell."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from inventory.error import MedcloudError
from monitors.ssh import Access, Ssh, Unreachable


class _Server(paramiko.ServerInterface):
    def __init__(self, key: paramiko.PKey) -> None:
        self.key = key

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        good = username == "root" and key.asbytes() == self.key.asbytes()
        return paramiko.common.AUTH_SUCCESSFUL if good else paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=_execute, args=(channel, command), daemon=True).start()
        return True


def _execute(channel: paramiko.Channel, command: bytes) -> None:
    data = channel.makefile("rb").read()
    done = subprocess.run(command, shell=True, input=data, capture_output=True, check=False)
    channel.sendall(done.stdout)
    channel.sendall_stderr(done.stderr)
    channel.send_exit_status(done.returncode)
    channel.close()


@dataclass
class Host:
    port: int
    access: Access
    connections: list[paramiko.Transport]


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    client_key, host_key = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    client_key.write_private_key_file(str(tmp_path / "key"))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n")
    made: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(sock)
            transport.add_server_key(host_key)
            with suppress(OSError, EOFError, paramiko.SSHException):
                transport.start_server(server=_Server(client_key))
            made.append(transport)

    threading.Thread(target=serve, daemon=True).start()
    yield Host(port, Access(tmp_path / "key", known, port=port, connect_timeout=5), made)
    listener.close()
    for transport in made:
        transport.close()


def test_exit_and_both_outputs_come_back(host: Host) -> None:
    with Ssh(host.access) as ssh:
        done = ssh.run("127.0.0.1", "echo out; echo err >&2; exit 3")
    assert (done.exit, done.stdout, done.stderr) == (3, "out\n", "err\n")


def test_a_large_input_and_output_pass_without_deadlock(host: Host) -> None:
    text = "0123456789abcdef" * 40_000
    with Ssh(host.access) as ssh:
        assert ssh.run("127.0.0.1", "cat", input=text).stdout == text


def wait_until_closed(channel: paramiko.Channel) -> None:
    deadline = time.monotonic() + 20
    while not channel.closed and time.monotonic() < deadline:
        time.sleep(0.01)


def test_an_answer_that_comes_between_two_looks_is_kept(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine everything may arrive after the output was looked at and before the end was."""
    look = paramiko.Channel.recv_stderr_ready

    def look_late(channel: paramiko.Channel) -> bool:
        wait_until_closed(channel)
        return look(channel)

    monkeypatch.setattr(paramiko.Channel, "recv_stderr_ready", look_late)
    with Ssh(host.access) as ssh:
        done = ssh.run("127.0.0.1", "sleep 0.1; echo rows")
    assert (done.exit, done.stdout) == (0, "rows\n")


def test_a_command_that_does_not_read_its_input_still_answers(host: Host) -> None:
    with Ssh(host.access) as ssh:
        assert ssh.run("127.0.0.1", "echo no", input="never read").stdout == "no\n"


def test_one_connection_serves_many_commands(host: Host) -> None:
    with Ssh(host.access) as ssh:
        for _ in range(3):
            ssh.run("127.0.0.1", "true")
    assert len(host.connections) == 1


def test_a_dropped_connection_is_replaced(host: Host) -> None:
    with Ssh(host.access) as ssh:
        ssh.run("127.0.0.1", "true")
        host.connections[0].close()
        assert ssh.run("127.0.0.1", "echo again").stdout == "again\n"
    assert len(host.connections) == 2


def test_a_command_that_outlives_its_timeout_is_an_error(host: Host) -> None:
    with Ssh(host.access) as ssh, pytest.raises(MedcloudError, match="still ran after"):
        ssh.run("127.0.0.1", "sleep 3", timeout=0.2)


def test_an_unknown_host_key_is_refused(host: Host) -> None:
    host.access.known_hosts.write_text("")
    with Ssh(host.access) as ssh, pytest.raises(Unreachable):
        ssh.run("127.0.0.1", "true")


def test_a_changed_host_key_is_refused(host: Host) -> None:
    other = paramiko.ECDSAKey.generate()
    host.access.known_hosts.write_text(f"[127.0.0.1]:{host.port} {other.get_name()} {other.get_base64()}\n")
    with Ssh(host.access) as ssh, pytest.raises(Unreachable, match="host key"):
        ssh.run("127.0.0.1", "true")


def test_nobody_listening_is_unreachable(host: Host) -> None:
    access = Access(host.access.key_file, host.access.known_hosts, port=1, connect_timeout=1)
    with Ssh(access) as ssh, pytest.raises(Unreachable):
        ssh.run("127.0.0.1", "true")
