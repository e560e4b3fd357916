"""The generic engine: creates, adopts, reads, compares, updates and deletes any resource from its spec.

A create first looks for the resource by name, project and mark, so that a crash between the cloud's answer and the
write of the state never makes a second one. A delete of what is gone already is done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from inventory.error import MedcloudError
from stacks import faults
from stacks.clouds import FRESH, Clouds
from stacks.spec import ADOPTION, Inputs, Mark, Spec, Thing

SIGN = "medcloud:site"
POLL = 1.0


@dataclass(frozen=True)
class ProjectView:
    """`stacks.spec.View` of one project; `project_id` None is the administrator's own."""

    clouds: Clouds
    project_id: str | None
    owner: str

    @property
    def conn(self) -> Any:
        return self.clouds.connection(self.project_id)

    @property
    def admin(self) -> Any:
        return self.clouds.connection()

    def listing(self, service: str, plural: str, max_age: float = FRESH, **query: Any) -> Mapping[str, Thing]:
        return self.clouds.listing(self.project_id, service, plural, max_age, **query)

    def drop(self, service: str, plural: str, thing_id: str) -> None:
        self.clouds.drop(service, plural, thing_id)


class Lifecycle:
    """One site's hand on one cloud. `owner` (the site's name) is written on everything that can bear it."""

    def __init__(self, clouds: Clouds, owner: str) -> None:
        self._clouds = clouds
        self._owner = owner

    def create(self, spec: Spec, inputs: Inputs, timeout: float) -> tuple[str, Inputs]:
        """Make the resource or adopt the one that is there already; its id and state.

        Raises MedcloudError when the cloud refuses, reports a fault or is not done within `timeout` seconds.
        """
        view = self._view(spec, inputs)
        with _explained(spec, inputs, "create"):
            thing = self._adopt(view, spec, inputs)
            adopted = thing is not None
            if thing is None:
                thing = _create(view, spec, inputs)
                if spec.busy and not _status(thing):  # Nova's answer to a create is all but empty
                    thing = _get(view, spec, thing.id, inputs) or thing
            thing = self._wait_ready(view, spec, thing, timeout)
            if spec.settle:
                spec.settle(view, thing, inputs)
                thing = _get(view, spec, thing.id, inputs) or thing
            state = self._state(view, spec, thing, inputs)
            if adopted and spec.changes(state, inputs):
                return str(thing.id), self._update(view, spec, thing, state, inputs, timeout)
            return str(thing.id), state

    def read(self, spec: Spec, thing_id: str, known: Inputs) -> Inputs | None:
        """The state as the cloud has it now, or None when the resource is gone."""
        view = self._view(spec, known)
        with _explained(spec, known, "read"):
            try:
                thing = self._current(view, spec, thing_id, known)
            except Exception as error:
                if faults.is_gone(error) or self._project_gone(spec, known, error):
                    return None
                raise
            return None if thing is None else self._state(view, spec, thing, known)

    def update(self, spec: Spec, thing_id: str, state: Inputs, wish: Inputs, timeout: float) -> Inputs:
        """Bring the resource in place to `wish`; its new state."""
        view = self._view(spec, wish)
        with _explained(spec, wish, "update"):
            thing = _get(view, spec, thing_id, wish)
            if thing is None:
                raise MedcloudError(f"{_label(spec, wish)} is gone from the cloud", "run the same command again")
            return self._update(view, spec, self._wait_ready(view, spec, thing, timeout), state, wish, timeout)

    def delete(self, spec: Spec, thing_id: str, state: Inputs, timeout: float) -> None:
        """Delete the resource and wait until it is gone; one that is gone already is fine."""
        view = self._view(spec, state)
        with _explained(spec, state, "delete"):
            try:
                _delete(view, spec, thing_id, state)
                self._wait_gone(view, spec, thing_id, timeout)
                if spec.cleanup:
                    spec.cleanup(view, state)
            except Exception as error:
                if not faults.is_gone(error) and not self._project_gone(spec, state, error):
                    raise
            self._clouds.drop(spec.service, spec.plural, thing_id)

    def _view(self, spec: Spec, inputs: Inputs) -> ProjectView:
        return ProjectView(self._clouds, str(inputs["project_id"]) if spec.tenant else None, self._owner)

    def _project_gone(self, spec: Spec, inputs: Inputs, error: Exception) -> bool:
        """A project that was deleted under us refuses the login; then everything in it is gone as well."""
        if not spec.tenant or not faults.is_unauthorised(error):
            return False
        projects = self._clouds.listing(None, "identity", "projects", FRESH)
        return str(inputs["project_id"]) not in projects

    def _named(self, view: ProjectView, spec: Spec, inputs: Inputs) -> Thing | None:
        query = {name: inputs[name] for name in spec.query}
        found = view.listing(spec.service, spec.plural, ADOPTION, **query).values()
        name_of = spec.name_of or (lambda thing: thing.name)
        named = (thing for thing in found if name_of(thing) == spec.key(inputs))
        return next((thing for thing in named if not spec.matches or spec.matches(thing, inputs)), None)

    def _adopt(self, view: ProjectView, spec: Spec, inputs: Inputs) -> Thing | None:
        if not spec.listed:
            return None
        thing = self._named(view, spec, inputs)
        if thing is None:
            return None
        if _sign(spec, thing) not in (None, self._owner):
            raise MedcloudError(
                f"{_label(spec, inputs)} exists already and does not belong to site {self._owner}",
                "rename or delete the other one",
            )
        if _status(thing) in spec.failed | spec.stale:
            _delete(view, spec, thing.id, inputs)
            self._wait_gone(view, spec, thing.id, 120)
            self._clouds.drop(spec.service, spec.plural, thing.id)
            return None
        return thing

    def _current(self, view: ProjectView, spec: Spec, thing_id: str, inputs: Inputs) -> Thing | None:
        if spec.listed:
            query = {name: inputs[name] for name in spec.query}
            thing = view.listing(spec.service, spec.plural, **query).get(thing_id)
            if thing is not None:
                return thing
        return _get(view, spec, thing_id, inputs)

    def _state(self, view: ProjectView, spec: Spec, thing: Thing, known: Inputs) -> Inputs:
        read = spec.read(view, thing) if spec.read else {}
        state: Inputs = {}
        for name, field in spec.fields.items():
            if field.write_only:
                state[name] = field.normal(known.get(name))
            else:
                value = read[name] if name in read else getattr(thing, field.attr or name)
                state[name] = field.normal(value)
        return state | {name: output(view, thing) for name, output in spec.outputs.items()}

    def _update(
        self, view: ProjectView, spec: Spec, thing: Thing, state: Inputs, wish: Inputs, timeout: float
    ) -> Inputs:
        changed = spec.changes(state, wish)
        if spec.update:
            spec.update(view, thing, state, wish)
        elif changed:
            attributes = {spec.fields[name].attr or name: wish.get(name) for name in changed}
            getattr(getattr(view.conn, spec.service), f"update_{spec.noun}")(thing.id, **attributes)
        self._clouds.forget(spec.service, spec.plural)
        again = self._wait_ready(view, spec, _get(view, spec, thing.id, wish) or thing, timeout)
        return self._state(view, spec, again, wish)

    def _wait_ready(self, view: ProjectView, spec: Spec, thing: Thing, timeout: float) -> Thing:
        """Poll by shared listings: eight servers in the making cost one call a second, not eight."""
        deadline = time.monotonic() + timeout
        while _status(thing) in spec.busy:
            if time.monotonic() > deadline:
                raise MedcloudError(f"still {_status(thing)} after {timeout:.0f} s", "run the same command again")
            time.sleep(POLL)
            if thing.id not in view.listing(spec.service, spec.plural, POLL, **spec.busy_query):
                thing = _get(view, spec, thing.id, {}) or thing
        if _status(thing) in spec.failed:
            detail = spec.fault(_get(view, spec, thing.id, {}) or thing) if spec.fault else ""
            raise MedcloudError(
                f"the cloud reports {_status(thing)}: {detail or 'no reason given'}", faults.hint(detail)
            )
        return thing

    def _wait_gone(self, view: ProjectView, spec: Spec, thing_id: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        brief = {"details": False} if "details" in spec.busy_query else {}
        while spec.busy and thing_id in view.listing(spec.service, spec.plural, POLL, **brief):
            if time.monotonic() > deadline:
                raise MedcloudError(f"not deleted after {timeout:.0f} s", "look at it with the cloud's own tools")
            time.sleep(POLL)


def _create(view: ProjectView, spec: Spec, inputs: Inputs) -> Thing:
    if spec.create:
        return spec.create(view, inputs)
    wanted = {field.attr or name: field.normal(inputs.get(name)) for name, field in spec.fields.items()}
    attributes = {name: value for name, value in wanted.items() if value is not None}
    return getattr(getattr(view.conn, spec.service), f"create_{spec.noun}")(**attributes, **sign(spec, view.owner))


def _get(view: ProjectView, spec: Spec, thing_id: str, inputs: Inputs) -> Thing | None:
    try:
        if spec.get:
            return spec.get(view, thing_id, inputs)
        return getattr(getattr(view.conn, spec.service), f"get_{spec.noun}")(thing_id)
    except Exception as error:
        if faults.is_gone(error):
            return None
        raise


def _delete(view: ProjectView, spec: Spec, thing_id: str, state: Inputs) -> None:
    if spec.delete:
        spec.delete(view, thing_id, state)
    else:
        getattr(getattr(view.conn, spec.service), f"delete_{spec.noun}")(thing_id, ignore_missing=True)


def sign(spec: Spec, owner: str) -> dict[str, Any]:
    """The attributes that mark a new resource as the site's."""
    if spec.mark is Mark.DESCRIPTION:
        return {"description": f"{SIGN}={owner}"}
    return {"metadata": {SIGN: owner}} if spec.mark is Mark.METADATA else {}


def _sign(spec: Spec, thing: Thing) -> str | None:
    """Whose the thing is: a site's name, "" for a stranger's, None where the kind cannot bear a mark."""
    if spec.mark is Mark.NONE:
        return None
    if spec.mark is Mark.DESCRIPTION:
        return (thing.description or "").partition(f"{SIGN}=")[2].split(" ")[0]
    holder = thing.metadata if spec.mark is Mark.METADATA else thing.properties
    return str((holder or {}).get(SIGN, ""))


def _status(thing: Thing) -> str:
    return str(getattr(thing, "status", None) or "")


def _label(spec: Spec, inputs: Inputs) -> str:
    return f"{spec.kind.replace('_', ' ')} {spec.key(inputs)}".strip()


@contextmanager
def _explained(spec: Spec, inputs: Inputs, doing: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise faults.explain(error, f"cannot {doing} {_label(spec, inputs)}") from error
