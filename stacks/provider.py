"""`pulumi-resource-medcloud`: the native Pulumi provider. It translates; what happens is in `stacks.lifecycle`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as api
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.provider.experimental.server import main as serve
from pulumi.runtime.rpc import UNKNOWN

from inventory.error import MedcloudError
from stacks.clouds import CloudAccess, Clouds, Connect, connector
from stacks.lifecycle import Lifecycle
from stacks.spec import Inputs, Spec, Unknown, load

VERSION = "0.1.0"
THREADS = 16
DEFAULT_TIMEOUT = 600.0
T = TypeVar("T")
Values = Mapping[str, PropertyValue]


class MedcloudProvider(api.Provider):
    """The Pulumi side of one centre's cloud; blocking calls run in threads so that resources are made in parallel."""

    def __init__(self, connect: Callable[[CloudAccess], Connect] = connector) -> None:
        self._connect = connect
        self._lifecycle: Lifecycle | None = None
        self._threads = ThreadPoolExecutor(THREADS)

    async def configure(self, request: api.ConfigureRequest) -> api.ConfigureResponse:
        values = plain(request.args)
        access = CloudAccess(
            **{name: str(values[name]) for name in ("auth_url", "password", "username", "project", "region")}
        )
        self._lifecycle = Lifecycle(Clouds(self._connect(access)), str(values["owner"]))
        return api.ConfigureResponse(
            accept_secrets=True, supports_preview=True, accept_outputs=True, accept_resources=True
        )

    async def diff_config(self, request: api.DiffRequest) -> api.DiffResponse:
        """A cloud that was rebuilt elsewhere is still the same provider: its address and password are no change."""
        return api.DiffResponse(changes=plain(request.old_state) != plain(request.new_inputs))

    async def check(self, request: api.CheckRequest) -> api.CheckResponse:
        spec, inputs = load(_kind(request.type)), plain(request.new_inputs)
        failures = [api.CheckFailure(name, f"{request.name}: {reason}") for name, reason in problems(spec, inputs)]
        return api.CheckResponse(inputs=dict(request.new_inputs), failures=failures)

    async def diff(self, request: api.DiffRequest) -> api.DiffResponse:
        spec, state, wish = load(_kind(request.type)), plain(request.old_state), plain(request.new_inputs)
        found = spec.changes(state, wish)
        kinds = {
            name: api.PropertyDiffKind.UPDATE_REPLACE if spec.fields[name].replace else api.PropertyDiffKind.UPDATE
            for name in found
        }
        return api.DiffResponse(
            changes=bool(found),
            diffs=found,
            replaces=[name for name in found if spec.fields[name].replace],
            delete_before_replace=not spec.twins,
            detailed_diff={name: api.PropertyDiff(kind, False) for name, kind in kinds.items()},
        )

    async def create(self, request: api.CreateRequest) -> api.CreateResponse:
        spec = load(_kind(request.type))
        if request.preview:
            return api.CreateResponse(resource_id="", properties=_unknown_outputs(spec, request.properties))
        made = await self._run(lambda engine: engine.create(spec, plain(request.properties), _timeout(request.timeout)))
        return api.CreateResponse(resource_id=made[0], properties=wire(made[1]))

    async def read(self, request: api.ReadRequest) -> api.ReadResponse:
        spec = load(_kind(request.type))
        known = plain(request.properties) or plain(request.inputs)
        state = await self._run(lambda engine: engine.read(spec, request.resource_id, known))
        if state is None:
            return api.ReadResponse(resource_id="", properties={}, inputs={})
        inputs = {name: state[name] for name in spec.fields if state.get(name) is not None}
        return api.ReadResponse(resource_id=request.resource_id, properties=wire(state), inputs=wire(inputs))

    async def update(self, request: api.UpdateRequest) -> api.UpdateResponse:
        spec, state, wish = load(_kind(request.type)), plain(request.olds), plain(request.news)
        if request.preview:
            return api.UpdateResponse(
                properties=dict(request.olds) | {name: _marked(value) for name, value in request.news.items()}
            )
        new = await self._run(
            lambda engine: engine.update(spec, request.resource_id, state, wish, _timeout(request.timeout))
        )
        return api.UpdateResponse(properties=wire(new))

    async def delete(self, request: api.DeleteRequest) -> None:
        spec, state = load(_kind(request.type)), plain(request.properties)
        await self._run(lambda engine: engine.delete(spec, request.resource_id, state, _timeout(request.timeout)))

    async def _run(self, work: Callable[[Lifecycle], T]) -> T:
        engine = self._lifecycle
        if engine is None:
            raise RuntimeError("the provider was not configured")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(engine))
        except MedcloudError as error:
            raise ProviderError(str(error)) from None


class ProviderError(Exception):
    """A MedcloudError on its way through the engine; `stacks.deploy` takes it apart again."""


def _kind(resource_type: str) -> str:
    return resource_type.rpartition(":")[2]


def _timeout(seconds: float) -> float:
    return seconds or DEFAULT_TIMEOUT


def problems(spec: Spec, inputs: Inputs) -> list[tuple[str, str]]:
    """What is wrong with the inputs: (field, reason)."""
    unknown = [(name, f"a {spec.kind} has no {name!r}") for name in inputs if name not in spec.fields]
    missing = [
        (name, f"a {spec.kind} needs {name!r}")
        for name, field in spec.fields.items()
        if field.required and inputs.get(name) is None
    ]
    return unknown + missing


def plain(values: Values) -> Inputs:
    """Pulumi's property values as plain Python ones."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: PropertyValue) -> Any:
    inner = value.value
    if isinstance(inner, Computed):
        return Unknown()
    if isinstance(inner, Mapping):
        return {key: _plain(item) for key, item in inner.items()}
    if isinstance(inner, tuple):
        return [_plain(item) for item in inner]
    return int(inner) if isinstance(inner, float) and inner.is_integer() else inner


def wire(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """Plain Python values as Pulumi's."""
    return {name: _wire(value) for name, value in values.items()}


def _wire(value: Any) -> PropertyValue:
    if isinstance(value, Mapping):
        return PropertyValue({str(key): _wire(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([_wire(item) for item in value])
    return PropertyValue(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def _unknown_outputs(spec: Spec, properties: Values) -> dict[str, PropertyValue]:
    return {name: _marked(value) for name, value in properties.items()} | {
        name: PropertyValue(UNKNOWN) for name in spec.outputs
    }


def _marked(value: PropertyValue) -> PropertyValue:
    """Pulumi's Python server reads unknown values but cannot write them: put its sentinel text in their place."""
    inner = value.value
    if isinstance(inner, Computed):
        return PropertyValue(UNKNOWN)
    if isinstance(inner, Mapping):
        return value.with_value({key: _marked(item) for key, item in inner.items()})
    return value.with_value([_marked(item) for item in inner]) if isinstance(inner, tuple) else value


def _end_with(engine: int) -> None:
    """A killed engine cannot end its provider: do it ourselves, calls to the cloud that were begun are dropped."""
    while os.getppid() == engine:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Serve one provider on a local port, as the Pulumi engine expects it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the engine too; it lets us finish what was begun
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    logging.getLogger("grpc").setLevel(logging.CRITICAL)  # refusals are answers, not stack traces on stderr
    serve(sys.argv[1:], VERSION, MedcloudProvider())
