"""Plan, apply and destroy one centre's stack by the real Pulumi engine.

State lies in `<state_dir>/pulumi`, one stack per centre, secrets encrypted by the passphrase. An operation that was
killed is finished by the next one: its stale lock is removed and what it left pending is adopted.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory.error import MedcloudError
from inventory.model import Centre, Site
from stacks import locks, pulumi_cli
from stacks.clouds import CloudAccess
from stacks.progress import TYPE, Progress
from stacks.result import OnEvent, StackEvent, StackResult

PROJECT = "medcloud"
PARALLEL = 8
PROVIDER = "pulumi-resource-medcloud"


@dataclass(frozen=True)
class Deployment:
    """Everything an operation on one centre needs. `inputs` is a `stacks.program.CentreInputs`.

    `program` replaces the site's own program in tests.
    """

    site: Site
    centre: Centre
    access: CloudAccess
    inputs: Any
    state_dir: Path
    cache_dir: Path
    passphrase: str
    on_event: OnEvent = lambda _: None
    program: Callable[[], None] | None = None
    debug_provider_port: int | None = None

    @property
    def stack(self) -> str:
        return f"{self.site.name}-{self.centre.name}"

    @property
    def folder(self) -> Path:
        return self.state_dir / "pulumi"


def plan(deployment: Deployment) -> StackResult:
    """What an apply would do, after looking at the cloud as it is. Changes nothing in it."""
    return _operate(
        deployment,
        "plan",
        lambda stack, refresh, progress: stack.preview(
            parallel=PARALLEL, refresh=refresh, on_event=progress, color="never"
        ),
    )


def apply(deployment: Deployment) -> StackResult:
    """Make the cloud as the model says, drift included. Raises MedcloudError naming each resource that failed."""
    return _operate(
        deployment,
        "apply",
        lambda stack, refresh, progress: stack.up(
            parallel=PARALLEL,
            refresh=refresh,
            on_event=progress,
            color="never",
            show_secrets=False,
            suppress_outputs=True,
        ),
    )


def destroy(deployment: Deployment) -> StackResult:
    """Delete everything the stack holds; the empty stack stays."""
    return _operate(
        deployment,
        "destroy",
        lambda stack, refresh, progress: stack.destroy(
            parallel=PARALLEL, on_event=progress, color="never", show_secrets=False
        ),
    )


def side_by_side(
    operation: Callable[[Deployment], StackResult], deployments: Sequence[Deployment]
) -> list[StackResult]:
    """The operation on several centres at once, results in their order; losing one centre's cloud stops no other.

    Raises the first MedcloudError after every centre has ended.
    """
    with ThreadPoolExecutor(max(1, len(deployments))) as pool:
        running = [pool.submit(operation, deployment) for deployment in deployments]
    return [run.result() for run in running]


def outputs(deployment: Deployment) -> dict[str, Any]:
    """The stack's outputs as of the last apply; empty when there was none."""
    with _stack(deployment) as stack:
        return _clear(stack.outputs())


def _operate(deployment: Deployment, operation: str, run: Callable[[Any, bool, Progress], Any]) -> StackResult:
    started = time.monotonic()
    progress = Progress(deployment.centre.name, deployment.on_event)
    with _stack(deployment) as stack:
        holds_something = _recover(deployment, stack)
        try:
            # Without resources there is nothing to refresh, and a plan needs no cloud yet.
            result = run(stack, holds_something, progress)
        except Exception as error:
            raise _failure(deployment, operation, progress, error) from error
    return StackResult(
        deployment.stack,
        deployment.centre.name,
        operation,
        progress.resources(),
        _clear(getattr(result, "outputs", {})),
        time.monotonic() - started,
    )


@contextmanager
def _stack(deployment: Deployment) -> Iterator[Any]:
    """The centre's Pulumi stack, with the passphrase in a memory file that dies with the process."""
    from pulumi import automation

    executable = pulumi_cli.find_or_build(
        deployment.cache_dir, lambda text: deployment.on_event(StackEvent(deployment.centre.name, "note", text=text))
    )
    work, state = deployment.folder / "work" / deployment.centre.name, deployment.folder / "state"
    for folder in (work, state):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Without `metadata=skip` every state file has an .attrs file beside it that is truncated and rewritten: a kill
    # in between leaves an empty one, and the engine then refuses the intact state for ever ("EOF").
    backend = automation.ProjectBackend(f"file://{state}?metadata=skip")
    settings = automation.ProjectSettings(PROJECT, runtime="python", backend=backend)
    with _secret_file(deployment.passphrase) as passphrase_file:
        workspace = automation.LocalWorkspace(
            work_dir=str(work),
            pulumi_home=str(deployment.folder / "home"),
            program=_program(deployment),
            project_settings=settings,
            secrets_provider="passphrase",
            env_vars=_environment(deployment, passphrase_file),
            pulumi_command=automation.PulumiCommand(root=str(executable.parent.parent), skip_version_check=True),
        )
        yield automation.Stack.create_or_select(deployment.stack, workspace)


def _program(deployment: Deployment) -> Callable[[], None]:
    """The centre's program; its inputs are checked now, an error inside of Pulumi is hard to read."""
    if deployment.program is None:
        from stacks.program import access_config

        access_config(deployment.site, deployment.centre, deployment.inputs)

    def build_centre() -> None:
        from stacks.program import build

        build(deployment.site, deployment.centre, deployment.inputs, deployment.access)

    return deployment.program or build_centre


def _environment(deployment: Deployment, passphrase_file: str) -> dict[str, str]:
    provider = Path(sys.executable).parent / PROVIDER
    if deployment.debug_provider_port is None and not provider.exists():
        raise MedcloudError(
            f"{PROVIDER} is not installed beside {sys.executable}",
            "install medcloud into this environment (`make` does it)",
        )
    debug = deployment.debug_provider_port
    return {
        "PATH": f"{provider.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": passphrase_file,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        "PULUMI_ENABLE_AUTOMATIC_LOGGING": "false",
        "PYTHONWARNINGS": "ignore",
    } | ({"PULUMI_DEBUG_PROVIDERS": f"{PROJECT}:{debug}"} if debug else {})


@contextmanager
def _secret_file(secret: str) -> Iterator[str]:
    """A path that holds the secret in memory only, readable by this user's processes while we live."""
    descriptor = os.memfd_create("medcloud-passphrase")
    try:
        os.write(descriptor, secret.encode())
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _recover(deployment: Deployment, stack: Any) -> bool:
    """Take over from an operation that was killed: wait for its engine, drop its lock and its pending operations.

    True when the stack holds resources.
    """

    def note(text: str) -> None:
        deployment.on_event(StackEvent(deployment.centre.name, "note", text=text))

    if locks.take_over(deployment.folder / "state", PROJECT, deployment.stack, note):
        stack.cancel()
    exported = stack.export_stack()
    state = exported.deployment or {}
    if pending := state.get("pending_operations"):
        # Every create adopts what is there already, so forgetting what was pending is safe.
        note(f"{len(pending)} operations were interrupted, finishing them")
        state["pending_operations"] = []
        stack.import_stack(exported)
    return any(TYPE in resource["type"] for resource in state.get("resources") or [])


def _clear(values: Any) -> dict[str, Any]:
    return {name: output.value for name, output in values.items() if not output.secret}


def _failure(deployment: Deployment, operation: str, progress: Progress, error: Exception) -> MedcloudError:
    """One error that names every resource that failed, with the first hint."""
    what, again = f"{operation} of {deployment.centre.name} failed", "run the same command again; what was made is kept"
    if "the stack is currently locked" in str(error):
        return locks.busy(deployment.stack)
    if not progress.errors:
        tail = "\n".join(line for line in str(error).splitlines() if line.strip())[-1500:]
        return MedcloudError(f"{what}: {tail}", again)
    messages = list(dict.fromkeys(text.partition("\n  hint: ")[0] for text in progress.errors))
    hints = [text.partition("\n  hint: ")[2] for text in progress.errors]
    shown = "\n".join(f"  {text}" for text in messages[:10])
    more = f"\n  ... and {len(messages) - 10} more" if len(messages) > 10 else ""
    return MedcloudError(f"{what}:\n{shown}{more}", next((hint for hint in hints if hint), again))
