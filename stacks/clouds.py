"""Connections to one centre's cloud, and listings that many readers share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stacks.spec import Thing

FRESH = 5.0  # seconds for which a refresh of a hundred resources may share one listing
API_TIMEOUT = 300  # seconds of silence; a cloud under load is slow, a dead one must not hold us for ever
Connect = Callable[[str | None], Any]  # project id, or None for the administrator's own -> openstacksdk connection


@dataclass(frozen=True)
class CloudAccess:
    """How to reach a centre's cloud as its administrator. The password is a secret and is never printed."""

    auth_url: str
    password: str = field(repr=False)
    username: str = "admin"
    project: str = "admin"
    region: str = "RegionOne"
    domain: str = "Default"


def connector(access: CloudAccess) -> Connect:
    """A function that opens openstacksdk connections with that access; nothing is contacted before the first call."""

    def connect(project_id: str | None) -> Any:
        import openstack

        scope: dict[str, Any] = (
            {"project_id": project_id}
            if project_id
            else {"project_name": access.project, "project_domain_name": access.domain}
        )
        return openstack.connect(
            load_yaml_config=False,
            load_envvars=False,
            auth_url=access.auth_url,
            username=access.username,
            password=access.password,
            user_domain_name=access.domain,
            region_name=access.region,
            app_name="medcloud",
            api_timeout=API_TIMEOUT,
            **scope,
        )

    return connect


@dataclass
class _Listing:
    lock: threading.Lock = field(default_factory=threading.Lock)
    taken: float | None = None
    things: dict[str, Thing] = field(default_factory=dict)


class Clouds:
    """One connection per project for the life of the process; safe to use from many threads."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._connections: dict[str | None, Any] = {}
        self._listings: dict[tuple[object, ...], _Listing] = {}

    def connection(self, project_id: str | None = None) -> Any:
        """The connection scoped to that project, or the administrator's."""
        with self._lock:
            if project_id not in self._connections:
                self._connections[project_id] = self._connect(project_id)
            return self._connections[project_id]

    def listing(
        self, scope: str | None, service: str, plural: str, max_age: float, /, **query: Any
    ) -> Mapping[str, Thing]:
        """All things of a kind by id, seen from the project `scope`, at most `max_age` seconds old.

        One caller fetches, the others wait for it.
        """
        key = (scope, service, plural, tuple(sorted(query.items())))
        with self._lock:
            listing = self._listings.setdefault(key, _Listing())
        with listing.lock:
            if listing.taken is None or time.monotonic() - listing.taken > max_age:
                asked = time.monotonic()
                proxy = getattr(self.connection(scope), service)
                listing.things = {thing.id: thing for thing in getattr(proxy, plural)(**query)}
                listing.taken = asked
            return listing.things

    def forget(self, service: str, plural: str) -> None:
        """Drop the listings of a kind after something of it was changed."""
        with self._lock:
            for key in [key for key in self._listings if key[1:3] == (service, plural)]:
                del self._listings[key]

    def drop(self, service: str, plural: str, thing_id: str) -> None:
        """Take one deleted thing out of the listings."""
        with self._lock:
            for listed, listing in self._listings.items():
                if listed[1:3] == (service, plural):
                    listing.things = {key: thing for key, thing in listing.things.items() if key != thing_id}
