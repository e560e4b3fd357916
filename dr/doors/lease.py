"""The leases as records in etcd, one key a system; a record is replaced only by who has seen the one before it."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from dr.doors import from_json
from dr.world import Grant

_FOLDER = "/medcloud/lease/"


class Etcd(Protocol):
    """A cluster whose etcd can be asked (`PatroniCluster` is one); an answer is the word of a majority."""

    def etcd(self, path: str, body: str) -> str: ...


class LeaseRecords:
    """The leases of a site, kept by the etcd members of one of its databases."""

    def __init__(self, keeper: Callable[[], Etcd]) -> None:
        self._keeper = keeper

    def grant(self, system: str) -> Grant | None:
        """Who may serve the system; None when no lease was ever taken. MedcloudError without a majority."""
        answer = self._ask("/v3/kv/range", {"key": _coded(_FOLDER + system)})
        return parse_grant(system, answer.get("kvs") or [])

    def grant_next(self, grant: Grant) -> Grant | None:
        """Write the grant if the record is still the one of its `revision` (0: none); what is written now, or None
        when somebody else was quicker. MedcloudError without a majority. A first try whose answer was lost on the way
        may have written it: then the record is ours already."""
        key = _coded(_FOLDER + grant.system)
        value = {"centre": grant.centre, "token": grant.token, "run": grant.run, "proof": grant.proof}
        answer = self._ask(
            "/v3/kv/txn",
            {
                "compare": [{"key": key, "target": "MOD", "result": "EQUAL", "modRevision": str(grant.revision)}],
                "success": [{"requestPut": {"key": key, "value": _coded(json.dumps(value, sort_keys=True))}}],
                "failure": [{"requestRange": {"key": key}}],
            },
        )
        if not answer.get("succeeded"):
            found = [record for response in answer.get("responses") or [] for record in _records(response)]
            now = parse_grant(grant.system, found)
            ours = now is not None and dataclasses.replace(now, revision=grant.revision) == grant
            return now if ours else None
        return dataclasses.replace(grant, revision=int(answer["header"]["revision"]))

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        return from_json(self._keeper().etcd(path, json.dumps(body)), "etcd")


def _records(response: Mapping[str, Any]) -> list[Any]:
    return (response.get("response_range") or response.get("responseRange") or {}).get("kvs") or []


def parse_grant(system: str, records: list[Any]) -> Grant | None:
    """The grant from etcd's list of found records."""
    if not records:
        return None
    value = from_json(base64.b64decode(records[0]["value"]).decode(), "lease")
    return Grant(
        system, value["centre"], int(value["token"]), value["run"], value["proof"], int(records[0]["mod_revision"])
    )


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
