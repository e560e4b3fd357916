"""The Pulumi engine's executable: found, or built once from the Go module pinned in `stacks/engine`."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inventory.error import MedcloudError

OLDEST = (3, 250, 0)
PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_FLAG = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
ENGINE = Path(__file__).parent / "engine"

Say = Callable[[str], None]


def find_or_build(cache_dir: Path, on_progress: Say = lambda _: None) -> Path:
    """The `pulumi` executable: on the PATH (>= 3.250), in the cache, or built into it (some minutes, once).

    `on_progress` is told in plain sentences. Raises MedcloudError when it must be built and cannot be.
    """
    return find(cache_dir) or _build_once(cache_dir, on_progress)


def find(cache_dir: Path) -> Path | None:
    """The executable if there is one already, without building anything."""
    on_path = shutil.which("pulumi")
    if on_path and (version(Path(on_path)) or (0,)) >= OLDEST:
        return Path(on_path)
    cached = _cached(cache_dir)
    return cached if os.access(cached, os.X_OK) else None


def version(executable: Path) -> tuple[int, ...] | None:
    """What `pulumi version` says, or None when it does not run or says nothing."""
    quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run([executable, "version"], capture_output=True, text=True, timeout=30, env=quiet)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", said.stdout.strip())
    return tuple(int(part) for part in found.groups()) if found else None


def pinned_version(engine: Path = ENGINE) -> str:
    """The version that `stacks/engine/go.mod` pins, for example `v3.259.0`."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 (v\S+)", (engine / "go.mod").read_text())
    if found is None:
        raise MedcloudError("stacks/engine/go.mod names no version of pulumi", "restore the file from the repository")
    return found.group(1)


def _cached(cache_dir: Path) -> Path:
    # The folder above `bin` is what Pulumi's Automation API calls the root of an installation.
    return cache_dir / "pulumi" / pinned_version() / "bin" / "pulumi"


def _build_once(cache_dir: Path, say: Say) -> Path:
    target = _cached(cache_dir)
    with _locked(cache_dir / "pulumi", say):
        if not target.exists():
            _build(target, say)
    return target


@contextmanager
def _locked(folder: Path, say: Say) -> Iterator[None]:
    """Only one build at a time; a second caller waits and then finds the result."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process builds the Pulumi engine, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(target: Path, say: Say) -> None:
    go = shutil.which("go")
    if go is None:
        raise MedcloudError(
            "there is no Pulumi engine: no `pulumi` >= 3.250 on the PATH and no Go compiler to build one",
            "install Pulumi 3.250 or newer, or Go 1.25 or newer, and run the command again",
        )
    work = target.parent.parent.with_suffix(".build")
    shutil.rmtree(work, ignore_errors=True)
    (work / "bin").mkdir(parents=True)
    pin = pinned_version()
    say(f"building the Pulumi engine {pin} from its Go module (about three minutes, once)")
    command = [
        go,
        "build",
        "-mod=readonly",
        "-ldflags",
        f"-s -w -X {VERSION_FLAG}={pin}",
        "-o",
        str(work / "bin" / "pulumi"),
        PACKAGE,
    ]
    _run(command, work / "build.log", say)
    target.parent.parent.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target.parent.parent, ignore_errors=True)
    work.rename(target.parent.parent)
    say(f"the Pulumi engine {pin} is ready")


def _run(command: list[str], log: Path, say: Say) -> None:
    started = time.monotonic()
    with log.open("w") as output:
        build = subprocess.Popen(
            command, cwd=ENGINE, stdout=output, stderr=subprocess.STDOUT, preexec_fn=lambda: os.nice(10)
        )
        try:
            while _still_running(build):
                say(f"building the Pulumi engine: {time.monotonic() - started:.0f} s")
        except BaseException:
            build.kill()
            raise
    if build.returncode:
        tail = "\n".join(log.read_text().splitlines()[-8:])
        raise MedcloudError(
            f"the Pulumi engine did not build (go exited {build.returncode}):\n{tail}",
            f"see {log}; the Go module proxy must be reachable for the first build",
        )


def _still_running(build: subprocess.Popen[bytes]) -> bool:
    try:
        build.wait(timeout=10)
    except subprocess.TimeoutExpired:
        return True
    return False
