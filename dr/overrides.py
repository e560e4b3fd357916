"""A site's own changes to a computed plan: one YAML file `<plan>.yml`, every mistake with its file and line.

exclude: [pacs]                                    # systems that this drill leaves where they are
change:
  detect-outage: { params: { confirm: 3.0 } }      # parameters are merged; `after` and `undo` are replaced
add:
  - { name: tell-the-ward, step: notify, params: { text: … }, after: [verify-transactions], before: [stop-ledger] }
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from dr import steps
from dr.plan import Params, Plan, StepCall
from inventory.checks.finding import Loc, nearest
from inventory.document import Document, Problem, read_file
from inventory.error import MedcloudError, refused
from inventory.model import Name, Part


class Change(Part):
    """What is different about a computed call; what is None stays as computed."""

    params: Params = Field(default_factory=dict)
    after: tuple[str, ...] | None = None
    undo: bool | None = None


class Extra(Part):
    """A call that the model does not ask for. `before` names calls that must wait for it."""

    name: Name
    step: str
    params: Params = Field(default_factory=dict)
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    undo: bool = False


class Changes(Part):
    """The content of an override file."""

    exclude: tuple[Name, ...] = ()
    change: dict[str, Change] = Field(default_factory=dict)
    add: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Override:
    """A file's changes and where they were written."""

    path: Path
    changes: Changes
    document: Document

    @property
    def exclude(self) -> tuple[str, ...]:
        return self.changes.exclude


class OverrideError(MedcloudError):
    """An override that a guard refuses; `problems` has every mistake with file and line."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.where)))
        count = len(self.problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"override {path.name}: {count} problem{'s' if count != 1 else ''}\n{lines}",
            "correct the lines named above; nothing was touched",
            "refused",
        )


def folder(site: str, site_folder: Path) -> Path:
    """Where the overrides of a site lie: `plans` beside its own files, else those that come with medcloud."""
    own = site_folder / "plans"
    return own if own.is_dir() else Path(__file__).parent / "plans" / site


def differences(computed: Plan, changed: Plan) -> tuple[str, ...]:
    """What an override has changed, one line each: `+` and `-` calls, `~` what is different about a call."""
    before, now = ({call.name: call for call in plan.steps} for plan in (computed, changed))
    found = [f"- {name}" for name in before if name not in now]
    found += [
        f"+ {c.name}: {c.step} {c.params} after {', '.join(c.after)}" for c in changed.steps if c.name not in before
    ]
    for name, old in before.items():
        if name in now and now[name] != old:
            found += [f"~ {name}: {line}" for line in _changes(old, now[name])]
    for part in ("moved", "started"):
        gone = [name for name in getattr(computed, part) if name not in getattr(changed, part)]
        found += [f"- {part}: {name}" for name in gone]
    return tuple(found)


def _changes(old: StepCall, new: StepCall) -> list[str]:
    found = [
        f"{key} {old.params.get(key, '(default)')} → {new.params.get(key, '(default)')}"
        for key in sorted(old.params | new.params)
        if old.params.get(key) != new.params.get(key)
    ]
    found += [f"after {', '.join(old.after)} → {', '.join(new.after)}"] if old.after != new.after else []
    return found + ([f"undo {old.undo} → {new.undo}"] if old.undo != new.undo else [])


def read(folder: Path, plan: str) -> Override | None:
    """The override of that plan, None when there is none. Raises OverrideError for what is not understood."""
    path = folder / f"{plan}.yml"
    if not path.exists():
        return None
    document = read_file(path)
    problems = list(document.problems)
    try:
        changes = Changes.model_validate(document.data)
    except ValidationError as error:
        raise OverrideError(path, problems + [_problem(document, dict(detail)) for detail in error.errors()]) from None
    problems += _unknown_steps(document, changes)
    if problems:
        raise OverrideError(path, problems)
    return Override(path, changes, document)


def apply(override: Override, plan: Plan) -> Plan:
    """The plan with the changes made; its order is not checked yet. Raises OverrideError for calls it does not have."""
    calls = {call.name: call for call in plan.steps}
    problems = [*_unknown_calls(override, set(calls)), *_foreign_params(override, calls)]
    if problems:
        raise OverrideError(override.path, problems)
    for name, change in override.changes.change.items():
        calls[name] = _changed(calls[name], change)
    for extra in override.changes.add:
        if extra.name in calls:
            raise refused(f"{override.path.name}: the plan has a call named {extra.name} already")
        calls[extra.name] = StepCall(**extra.model_dump(exclude={"before"}))
        for name in extra.before:
            calls[name] = calls[name].model_copy(update={"after": (*calls[name].after, extra.name)})
    return plan.model_copy(update={"steps": tuple(calls.values())})


def _changed(call: StepCall, change: Change) -> StepCall:
    update: dict[str, Any] = {"params": call.params | change.params}
    if change.after is not None:
        update["after"] = change.after
    if change.undo is not None:
        update["undo"] = change.undo
    return call.model_copy(update=update)


def _unknown_steps(document: Document, changes: Changes) -> list[Problem]:
    known = steps.names()
    return [
        document.problem(("add", number, "step"), f"no drill step `{extra.step}`", nearest(extra.step, known))
        for number, extra in enumerate(changes.add)
        if extra.step not in known
    ]


def _unknown_calls(override: Override, known: set[str]) -> list[Problem]:
    changes = override.changes
    named: list[tuple[Loc, str]] = [(("change", name), name) for name in changes.change]
    named += [(("change", name, "after"), n) for name, change in changes.change.items() for n in change.after or ()]
    for number, extra in enumerate(changes.add):
        named += [(("add", number, "after"), name) for name in extra.after]
        named += [(("add", number, "before"), name) for name in extra.before]
    known = known | {extra.name for extra in changes.add}
    return [
        override.document.problem(loc, f"the plan has no call `{name}`", nearest(name, known))
        for loc, name in named
        if name not in known
    ]


def _foreign_params(override: Override, calls: dict[str, StepCall]) -> list[Problem]:
    """Parameters that the step does not have, or with a value that it does not take."""
    found = []
    wanted = [(("change", n, "params"), calls[n].step, calls[n].params, c.params) for n, c in _both(override, calls)]
    added = enumerate(override.changes.add)
    wanted += [(("add", str(number), "params"), extra.step, {}, extra.params) for number, extra in added]
    for loc, step, computed, own in wanted:
        try:
            steps.find(step).Params.model_validate(computed | own)
        except ValidationError as error:
            base: Loc = (loc[0], int(loc[1]) if loc[0] == "add" else loc[1], loc[2])
            found += [_problem(override.document, dict(detail), base) for detail in error.errors()]
    return found


def _both(override: Override, calls: dict[str, StepCall]) -> list[tuple[str, Change]]:
    return [(name, change) for name, change in override.changes.change.items() if name in calls]


def _problem(document: Document, detail: dict[str, Any], base: Loc = ()) -> Problem:
    loc: Loc = (*base, *detail["loc"])
    if detail["type"] == "extra_forbidden":
        return document.problem(loc, f"unknown key `{loc[-1]}`", "take it out or correct its name")
    if detail["type"] == "missing":
        return document.problem(loc[:-1], f"the key `{loc[-1]}` is missing", f"add `{loc[-1]}:`")
    return document.problem(loc, f"{detail['msg'][0].lower()}{detail['msg'][1:]}: {detail['input']!r}")
