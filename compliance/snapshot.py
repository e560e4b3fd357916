"""The frozen snapshot an audit judges: raw text per object and section, what was not read and why, and its hashes.

It is one JSON document. Every section is listed in the manifest with its SHA-256, and the snapshot's own name is the
SHA-256 of that manifest: change a byte anywhere and `load` refuses it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from inventory.baseline import Baseline
from inventory.error import MedcloudError, refused
from inventory.model import Site

FORMAT = "medcloud-snapshot/1"


class Collected(Protocol):
    """What a collector hands over; `monitors.evidence.Evidence` is one."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def sections(self) -> Mapping[str, str]: ...
    @property
    def unread(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Evidence:
    """An object's raw evidence. `kind` is host, router, database, cloud, site or drill; `role` what it is there for."""

    name: str
    kind: str
    place: str
    role: str
    sections: Mapping[str, str]
    unread: Mapping[str, str]


@dataclass(frozen=True)
class Snapshot:
    """All evidence of a site at one time. `sha256` names exactly this content."""

    site_name: str
    taken: datetime
    objects: tuple[Evidence, ...]
    sha256: str

    def of(self, kind: str) -> tuple[Evidence, ...]:
        """The objects of that kind."""
        return tuple(evidence for evidence in self.objects if evidence.kind == kind)

    @cached_property
    def site(self) -> Site:
        """The site model as it was then; MedcloudError when the snapshot holds none."""
        for evidence in self.of("site"):
            return Site.model_validate_json(evidence.sections["model"])
        raise MedcloudError("the snapshot holds no site model", "collect it again")

    @cached_property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of the files that attestations and records name, as far as they were there when it was taken."""
        for evidence in self.of("records"):
            found: dict[str, str] = json.loads(evidence.sections.get("files", "{}"))
            return found
        return {}

    @property
    def baseline(self) -> Baseline:
        """The declared parameters that everything is judged against."""
        return self.site.baseline


def freeze(site_name: str, taken: datetime, collected: Iterable[Collected]) -> Snapshot:
    """A snapshot of what was collected, in a fixed order."""
    objects = tuple(
        Evidence(c.name, c.kind, c.place, c.role, dict(sorted(c.sections.items())), dict(sorted(c.unread.items())))
        for c in sorted(collected, key=lambda c: (c.kind, c.name))
    )
    return Snapshot(site_name, taken, objects, _root(site_name, taken, objects))


def dump(snapshot: Snapshot) -> str:
    """The snapshot as JSON text with its manifest."""
    document = {
        "format": FORMAT,
        "site": snapshot.site_name,
        "taken": snapshot.taken.isoformat(),
        "sha256": snapshot.sha256,
        "manifest": _manifest(snapshot.objects),
        "objects": [
            {
                "name": o.name,
                "kind": o.kind,
                "place": o.place,
                "role": o.role,
                "sections": dict(o.sections),
                "unread": dict(o.unread),
            }
            for o in snapshot.objects
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def load(text: str) -> Snapshot:
    """The snapshot in that JSON text; MedcloudError when it is none or its content is not what it is named after."""
    try:
        document: Any = json.loads(text)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise MedcloudError(f"not a snapshot of format {FORMAT}", "collect it again with this version")
        objects = tuple(Evidence(**raw) for raw in document["objects"])
        found = Snapshot(document["site"], datetime.fromisoformat(document["taken"]), objects, document["sha256"])
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise MedcloudError(f"damaged snapshot: {error}", "collect it again") from error
    if _manifest(objects) != document["manifest"] or _root(found.site_name, found.taken, objects) != found.sha256:
        raise refused("the snapshot was changed after it was taken", "its hashes do not match: collect it again")
    return found


def _manifest(objects: tuple[Evidence, ...]) -> dict[str, str]:
    """`kind/name/section` → SHA-256; reasons for unread sections count too."""
    found = {}
    for o in objects:
        parts = {**o.sections, **{f"{name}.unread": why for name, why in o.unread.items()}, ".about": o.place + o.role}
        for name, text in parts.items():
            found[f"{o.kind}/{o.name}/{name}"] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _root(site_name: str, taken: datetime, objects: tuple[Evidence, ...]) -> str:
    listed = {"format": FORMAT, "site": site_name, "taken": taken.isoformat(), "manifest": _manifest(objects)}
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
