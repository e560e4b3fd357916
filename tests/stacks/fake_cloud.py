"""A small cloud in memory: the calls of openstacksdk that `stacks` makes, with the answers that matter.

It is trusted because the tests that use it also run against a real API (`test_lifecycle.py`, mark `lab`).
"""

from __future__ import annotations

import itertools
import threading
from types import SimpleNamespace
from typing import Any

from keystoneauth1.exceptions.http import Unauthorized
from openstack import exceptions

NOUNS = {
    "project": "projects",
    "network": "networks",
    "subnet": "subnets",
    "port": "ports",
    "router": "routers",
    "security_group": "security_groups",
    "ip": "ips",
    "keypair": "keypairs",
    "flavor": "flavors",
    "image": "images",
    "server_group": "server_groups",
    "volume": "volumes",
    "server": "servers",
}
PLURALS = {plural: noun for noun, plural in NOUNS.items()}


class Thing(SimpleNamespace):
    """Like an openstacksdk resource: what was not set is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None


class FakeCloud:
    """The state of one cloud.

    `crash_after` names a call that is carried out and then seems to fail; `silent_after` one that is carried out and
    answered when `answers` is set.
    """

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Thing]] = {noun: {} for noun in NOUNS}
        self.quotas: dict[tuple[str, str], dict[str, int]] = {}
        self.calls: list[str] = []
        self.crash_after = ""
        self.silent_after = ""
        self.answers = threading.Event()
        self.fault = ""
        self._ids = itertools.count(1)
        self._lock = threading.RLock()
        outside = self.add("network", name="provider", is_router_external=True, subnet_ids=[], project_id="p-admin")
        subnet = self.add("subnet", name="provider", network_id=outside.id, cidr="10.21.0.0/24", project_id="p-admin")
        outside.subnet_ids = [subnet.id]

    def connect(self, project_id: str | None) -> FakeConnection:
        return FakeConnection(self, project_id or "p-admin")

    def add(self, noun: str, /, **values: Any) -> Thing:
        with self._lock:
            thing = Thing(**{"id": f"{noun}-{next(self._ids)}"} | values)
            self.things[noun][thing.id] = thing
            return thing

    def call(self, connection: FakeConnection, service: str, name: str, /, *args: Any, **kwargs: Any) -> Any:
        answer = self._carry_out(connection, service, name, *args, **kwargs)
        if name == self.silent_after:
            self.answers.wait(300)
        return answer

    def _carry_out(self, connection: FakeConnection, service: str, name: str, /, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self.calls.append(name)
            if connection.project_id not in ("p-admin", *self.things["project"]):
                raise Unauthorized(f"Could not find project: {connection.project_id}.")
            action, _, noun = name.partition("_")
            special = getattr(self, f"_{name}", None) or getattr(self, f"_{service}_{name}", None)
            if special:
                answer = special(connection, *args, **kwargs)
            elif name in PLURALS:
                answer = self._list(connection, PLURALS[name], **kwargs)
            else:
                answer = getattr(self, f"_{action}")(connection, noun, *args, **kwargs)
            if name == self.crash_after:
                self.crash_after = ""
                raise ConnectionError(f"crash after {name}")
            return answer

    def _list(self, connection: FakeConnection, noun: str, **query: Any) -> list[Thing]:
        found = list(self.things[noun].values())
        if noun in ("server", "volume", "image", "server_group"):
            found = [thing for thing in found if thing.project_id == connection.project_id]
        query.pop("details", None)
        found = [thing for thing in found if all(getattr(thing, key) == value for key, value in query.items())]
        if noun == "server":
            self._boot(found)
        return found

    def _boot(self, servers: list[Thing]) -> None:
        for server in servers:
            if server.status == "BUILD":
                server.status = "ERROR" if server.fault else "ACTIVE"

    def _create(self, connection: FakeConnection, noun: str, /, **values: Any) -> Thing:
        return self.add(noun, **{"project_id": connection.project_id} | values)

    def _get(self, connection: FakeConnection, noun: str, thing_id: str) -> Thing:
        if thing_id not in self.things[noun]:
            raise exceptions.NotFoundException(f"No {noun} found for {thing_id}")
        return self.things[noun][thing_id]

    def _update(self, connection: FakeConnection, noun: str, thing_id: str, **values: Any) -> Thing:
        thing = self._get(connection, noun, thing_id)
        vars(thing).update(values)
        return thing

    def _delete(self, connection: FakeConnection, noun: str, thing_id: str, ignore_missing: bool = True) -> None:
        if not ignore_missing:
            self._get(connection, noun, thing_id)
        self.things[noun].pop(thing_id, None)

    def _find_role(self, connection: FakeConnection, name: str, ignore_missing: bool = True) -> Thing:
        return Thing(id=f"role-{name}", name=name)

    def _assign_project_role_to_user(self, connection: FakeConnection, project: str, user: str, role: str) -> None:
        self._get(connection, "project", project)

    def _create_subnet(self, connection: FakeConnection, **values: Any) -> Thing:
        subnet = self._create(connection, "subnet", **values)
        network = self._get(connection, "network", subnet.network_id)
        network.subnet_ids = [*(network.subnet_ids or []), subnet.id]
        return subnet

    def _create_port(self, connection: FakeConnection, security_groups: Any = (), **values: Any) -> Thing:
        wanted = values["fixed_ips"][0]["ip_address"]
        if any(port.fixed_ips[0].get("ip_address") == wanted for port in self.things["port"].values()):
            raise exceptions.ConflictException(f"IP address {wanted} already allocated in subnet")
        return self._create(connection, "port", security_group_ids=list(security_groups), **values)

    def _update_port(self, connection: FakeConnection, port_id: str, security_groups: Any) -> None:
        self._get(connection, "port", port_id).security_group_ids = list(security_groups)

    def _add_interface_to_router(self, connection: FakeConnection, router_id: str, subnet: str) -> None:
        self.add(
            "port",
            device_id=router_id,
            device_owner="network:router_interface",
            name="",
            fixed_ips=[{"subnet_id": subnet}],
        )

    def _remove_interface_from_router(self, connection: FakeConnection, router_id: str, subnet: str) -> None:
        for port in list(self.things["port"].values()):
            if port.device_id == router_id and port.fixed_ips[0]["subnet_id"] == subnet:
                del self.things["port"][port.id]

    def _delete_router(self, connection: FakeConnection, router_id: str, ignore_missing: bool = True) -> None:
        if any(port.device_id == router_id for port in self.things["port"].values()):
            raise exceptions.ConflictException(f"Router {router_id} still has ports")
        self._delete(connection, "router", router_id)

    def _create_security_group_rules(self, connection: FakeConnection, rules: list[dict[str, Any]]) -> None:
        for rule in rules:
            raw = {
                "id": f"rule-{next(self._ids)}",
                "protocol": None,
                "remote_ip_prefix": None,
                "port_range_min": None,
            } | rule
            group = self._get(connection, "security_group", rule["security_group_id"])
            group.security_group_rules = [*(group.security_group_rules or []), raw]

    def _delete_security_group_rule(self, connection: FakeConnection, rule_id: str, ignore_missing: bool) -> None:
        for group in self.things["security_group"].values():
            group.security_group_rules = [r for r in group.security_group_rules or [] if r["id"] != rule_id]

    def _create_keypair(self, connection: FakeConnection, name: str, public_key: str) -> Thing:
        return self.add("keypair", id=name, name=name, public_key=public_key)

    def _create_image(self, connection: FakeConnection, name: str, meta: dict[str, Any], **rest: Any) -> Thing:
        return self.add(
            "image",
            name=name,
            status="active",
            properties=dict(meta),
            owner_id=connection.project_id,
            project_id=connection.project_id,
            hypervisor_type=meta["img_hv_type"],
        )

    def _create_volume(self, connection: FakeConnection, **values: Any) -> Thing:
        return self._create(connection, "volume", status="available", **values)

    def _extend_volume(self, connection: FakeConnection, volume_id: str, size: int) -> None:
        self._get(connection, "volume", volume_id).size = size

    def _create_server(
        self,
        connection: FakeConnection,
        *,
        flavor_id: str,
        image_id: str,
        networks: list[dict[str, str]],
        **values: Any,
    ) -> Thing:
        self._get(connection, "image", image_id)
        port = self._get(connection, "port", networks[0]["port"])
        server = self._create(
            connection,
            "server",
            status="BUILD",
            flavor=Thing(original_name=flavor_id),
            image=Thing(id=image_id),
            fault={"message": self.fault} if self.fault else None,
            **values,
        )
        port.device_id = server.id
        return Thing(id=server.id)  # as Nova: details come with the next get

    def _delete_server(self, connection: FakeConnection, server_id: str, ignore_missing: bool = True) -> None:
        self._delete(connection, "server", server_id)
        for port in self.things["port"].values():
            if port.device_id == server_id:
                port.device_id = ""

    def _create_flavor_extra_specs(self, connection: FakeConnection, flavor: Any, specs: dict[str, str]) -> Any:
        flavor.extra_specs = dict(specs)
        return flavor

    def _set_server_metadata(self, connection: FakeConnection, server_id: str, **metadata: str) -> None:
        server = self._get(connection, "server", server_id)
        server.metadata = {**server.metadata, **metadata}

    def _delete_server_metadata(self, connection: FakeConnection, server_id: str, keys: list[str]) -> None:
        server = self._get(connection, "server", server_id)
        server.metadata = {key: value for key, value in server.metadata.items() if key not in keys}

    def _quota(self, service: str, project: str) -> Thing:
        return Thing(**self.quotas.get((service, project), {}))

    def _compute_get_quota_set(self, connection: FakeConnection, project: str) -> Thing:
        return self._quota("compute", project)

    def _block_storage_get_quota_set(self, connection: FakeConnection, project: str) -> Thing:
        return self._quota("block_storage", project)

    def _get_quota(self, connection: FakeConnection, project: str) -> Thing:
        return self._quota("network", project)

    def _compute_update_quota_set(self, connection: FakeConnection, project: str, **values: int) -> None:
        self.quotas["compute", project] = values

    def _block_storage_update_quota_set(self, connection: FakeConnection, project: str, **values: int) -> None:
        self.quotas["block_storage", project] = values

    def _update_quota(self, connection: FakeConnection, project: str, **values: int) -> None:
        self.quotas["network", project] = values

    def _compute_revert_quota_set(self, connection: FakeConnection, project: str) -> None:
        self.quotas.pop(("compute", project), None)

    def _block_storage_revert_quota_set(self, connection: FakeConnection, project: str) -> None:
        self.quotas.pop(("block_storage", project), None)

    def _delete_quota(self, connection: FakeConnection, project: str, ignore_missing: bool = True) -> None:
        self.quotas.pop(("network", project), None)


class FakeConnection:
    """What `openstack.connect` returns: one proxy per service."""

    current_user_id = "user-admin"

    def __init__(self, cloud: FakeCloud, project_id: str) -> None:
        self.project_id = project_id
        for service in ("identity", "compute", "network", "image", "block_storage"):
            setattr(self, service, FakeProxy(cloud, self, service))


class FakeProxy:
    def __init__(self, cloud: FakeCloud, connection: FakeConnection, service: str) -> None:
        self._cloud, self._connection, self._service = cloud, connection, service

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._cloud.call(self._connection, self._service, name, *args, **kwargs)
