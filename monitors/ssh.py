"""The one SSH door: probes look through it, drills act through it.

One connection per host, kept and shared between threads; host keys are always checked against the given file.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import paramiko

from inventory.error import MedcloudError

_CHUNK = 32768


class Unreachable(MedcloudError):
    """The host did not answer in time, refused us or showed a key that is not the known one."""


@dataclass(frozen=True)
class Completed:
    """What a remote command left: its exit status and both outputs as text."""

    exit: int
    stdout: str
    stderr: str

    def require(self, what: str) -> str:
        """Standard output when the command succeeded; MedcloudError naming `what` when it did not."""
        if self.exit != 0:
            raise MedcloudError(f"{what}: exit {self.exit}: {(self.stderr or self.stdout).strip()[-500:]}")
        return self.stdout


@dataclass(frozen=True)
class Access:
    """Who we are and whose host keys we trust. `bastion` is the address of a host to go through, or None."""

    key_file: Path
    known_hosts: Path
    user: str = "root"
    port: int = 22
    connect_timeout: float = 5.0
    bastion: str | None = None


class Ssh:
    """All our SSH connections; `run` opens one per host at the first use and keeps it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._clients: dict[str, paramiko.SSHClient] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def __enter__(self) -> Ssh:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        """Run a shell command on the host and wait at most `timeout` seconds for its end.

        A secret goes through `input`, never into `command`. Raises Unreachable when the host cannot be
        talked to and MedcloudError when the command outlives the timeout (cut off, its effect is unknown).
        """
        channel = self._channel(host)
        try:
            channel.exec_command(command)
            data = input.encode() if isinstance(input, str) else input or b""
            out, err = _pump(channel, data, host, command, timeout)
            return Completed(channel.recv_exit_status(), out.decode(errors="replace"), err.decode(errors="replace"))
        except (paramiko.SSHException, EOFError, OSError) as error:
            self.forget(host)
            raise Unreachable(f"{host}: connection lost during `{_short(command)}`: {error}") from error
        finally:
            channel.close()

    def forget(self, host: str) -> None:
        """Drop the connection to the host; the next `run` opens a new one."""
        with self._guard:
            client = self._clients.pop(host, None)
        if client is not None:
            client.close()

    def close(self) -> None:
        """Drop all connections."""
        for host in list(self._clients):
            self.forget(host)

    def _channel(self, host: str) -> paramiko.Channel:
        """A new session on the kept connection; a stale one is replaced once, nothing has run on it yet."""
        for last in (False, True):
            try:
                transport = self._client(host).get_transport()
                if transport is None:
                    raise EOFError("no transport")
                return transport.open_session(timeout=self._access.connect_timeout)
            except (paramiko.SSHException, EOFError, OSError) as error:
                self.forget(host)
                if last or "Timeout" in str(error):  # a silent host stays silent, a closed connection is opened anew
                    raise Unreachable(f"{host}: no SSH session: {error}") from error
        raise AssertionError("unreachable code")

    def _client(self, host: str) -> paramiko.SSHClient:
        with self._guard:
            lock = self._locks.setdefault(host, threading.Lock())
        with lock:
            client = self._clients.get(host)
            transport = client.get_transport() if client else None
            if client is None or transport is None or not transport.is_active():
                client = self._connect(host)
                with self._guard:
                    self._clients[host] = client
            return client

    def _connect(self, host: str) -> paramiko.SSHClient:
        access = self._access
        if not access.known_hosts.exists():
            raise Unreachable(f"{host}: no host keys are known ({access.known_hosts})", "bring the site up first")
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.load_host_keys(str(access.known_hosts))
            client.connect(
                host,
                port=access.port,
                username=access.user,
                key_filename=str(access.key_file),
                sock=self._sock(host),
                timeout=access.connect_timeout,
                banner_timeout=access.connect_timeout,
                auth_timeout=access.connect_timeout,
                channel_timeout=access.connect_timeout,
                allow_agent=False,
                look_for_keys=False,
            )
        except paramiko.BadHostKeyException as error:
            client.close()
            raise Unreachable(
                f"{host}: host key is not the one in {access.known_hosts}",
                "find out why the machine's key changed before you trust it",
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            client.close()
            raise Unreachable(f"{host}: {error or type(error).__name__}") from error
        return client

    def _sock(self, host: str) -> paramiko.Channel | None:
        bastion = self._access.bastion
        if bastion is None or bastion == host:
            return None
        transport = self._client(bastion).get_transport()
        if transport is None:
            raise Unreachable(f"{bastion}: connection lost")
        return transport.open_channel(
            "direct-tcpip", (host, self._access.port), ("127.0.0.1", 0), timeout=self._access.connect_timeout
        )


def _pump(channel: paramiko.Channel, data: bytes, host: str, command: str, timeout: float) -> tuple[bytes, bytes]:
    """Feed and drain the channel until the command ended and both outputs are complete.

    Whether it ended is asked before its outputs are drained: what comes between the last look and the end would be
    lost otherwise, and an empty answer with exit code 0 reads as "nothing there".
    """
    deadline = time.monotonic() + timeout
    out, err = bytearray(), bytearray()
    if not data:
        channel.shutdown_write()
    while True:
        ended = channel.closed or (channel.exit_status_ready() and channel.eof_received)
        while channel.recv_ready():
            out += channel.recv(_CHUNK)
        while channel.recv_stderr_ready():
            err += channel.recv_stderr(_CHUNK)
        if ended:
            return bytes(out), bytes(err)
        if data and channel.send_ready():
            data = data[channel.send(data[:_CHUNK]) :]
            if not data:
                channel.shutdown_write()
            continue
        if time.monotonic() > deadline:
            raise MedcloudError(f"{host}: `{_short(command)}` still ran after {timeout:g} s")
        time.sleep(0.004)


def _short(command: str) -> str:
    line = " ".join(command.split())
    return line if len(line) <= 80 else line[:77] + "..."
