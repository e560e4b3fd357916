"""Judges a ledger: pure functions from what the ward wrote and what the database has to RTO and RPO."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dr.world import Rows
from inventory.error import MedcloudError

KINDS = ("register", "order", "result", "charge")
QUEUE = ("published", "consumed")


@dataclass(frozen=True)
class Ack:
    """An acknowledgement as the ward saw it: `wall` epoch seconds, `mono` seconds of the ward's monotonic clock."""

    number: int
    wall: float
    mono: float
    uid: str = ""


@dataclass(frozen=True)
class RowAck:
    """One acknowledged row (`of` a chain's kinds or a message): which server said so, on which timeline, how far its
    log was, and when it was asked to (`sent`, by the same clock as `mono`). `present`: it was there already, so an
    earlier acknowledgement was lost on the way."""

    number: int
    of: str
    wall: float
    mono: float
    server: str
    timeline: int
    lsn: str
    sent: float
    present: bool = False


@dataclass(frozen=True)
class Ledger:
    """A ward's whole book. `servers` are (wall, address) of every database connection made; `rows` are in the order
    in which they were acknowledged."""

    chains: tuple[Ack, ...]
    images: tuple[Ack, ...]
    servers: tuple[tuple[float, str], ...]
    errors: int
    rows: tuple[RowAck, ...] = ()


@dataclass(frozen=True)
class Outage:
    """The longest silence: between the last acknowledgement before it and the first after it, in seconds."""

    last_before: float
    first_after: float
    seconds: float


def parse(text: str) -> Ledger:
    """A ledger from its JSON lines; an incomplete last line is left out. MedcloudError for any other bad line."""
    whole = text[: text.rfind("\n") + 1]
    chains, images, servers, rows, errors = [], [], [], [], 0
    for number, raw in enumerate(whole.splitlines(), start=1):
        try:
            line = json.loads(raw)
            if line["kind"] == "chain":
                chains.append(Ack(line["n"], line["wall"], line["mono"]))
            elif line["kind"] == "image":
                images.append(Ack(line["n"], line["wall"], line["mono"], line["uid"]))
            elif line["kind"] == "row" or line["kind"] in QUEUE:
                rows.append(_row(line))
            elif line["kind"] == "connect":
                servers.append((line["wall"], line["server"]))
            else:
                errors += 1
        except (ValueError, KeyError, TypeError) as error:
            raise MedcloudError(f"ledger line {number} cannot be read: {error}") from None
    return Ledger(tuple(chains), tuple(images), tuple(servers), errors, tuple(rows))


def _row(line: dict[str, Any]) -> RowAck:
    of = line["of"] if line["kind"] == "row" else line["kind"]
    sent = line.get("sent", line["mono"])
    where = (line["server"], line["timeline"], line["lsn"])
    return RowAck(line["n"], of, line["wall"], line["mono"], *where, sent, bool(line.get("present")))


def outage(acks: Iterable[Ack], since: float = 0.0) -> Outage | None:
    """The longest silence among acknowledgements that ended after wall time `since`; None with fewer than two.

    Lengths are taken from the monotonic clock, so a clock that is set during the drill changes nothing.
    """
    ordered = sorted(acks, key=lambda ack: ack.mono)
    silences = [Outage(a.wall, b.wall, b.mono - a.mono) for a, b in pairwise(ordered) if b.wall >= since]
    return max(silences, key=lambda silence: silence.seconds, default=None)


def missing_chains(acks: Iterable[Ack], rows: Rows) -> tuple[int, ...]:
    """Acknowledged chains of which the database lacks a row: the recovery point objective counts these."""
    return tuple(ack.number for ack in acks if any(rows.get(ack.number, {}).get(kind, 0) < 1 for kind in KINDS))


def acknowledged(ledger: Ledger) -> dict[tuple[int, str], float]:
    """Every acknowledged row and message as (number, what): when the ward was told so. A whole chain has all rows."""
    whole = {(chain.number, kind): chain.wall for chain in ledger.chains for kind in KINDS}
    return whole | {(row.number, row.of): row.wall for row in reversed(ledger.rows)}


def missing(ledger: Ledger, rows: Rows) -> dict[tuple[int, str], float]:
    """What was acknowledged and the database lacks: rows and messages, with the time of the acknowledgement."""
    return {key: wall for key, wall in acknowledged(ledger).items() if rows.get(key[0], {}).get(key[1], 0) < 1}


def doubled_chains(rows: Rows) -> tuple[int, ...]:
    """Chains that the database has more than once, acknowledged or not."""
    return tuple(sorted(chain for chain, kinds in rows.items() if any(count > 1 for count in kinds.values())))


def surplus(rows: Rows) -> int:
    """How many rows there are too many."""
    return sum(count - 1 for kinds in rows.values() for count in kinds.values() if count > 1)


def missing_images(acks: Iterable[Ack], stored: frozenset[str]) -> tuple[str, ...]:
    """UIDs of acknowledged images that the archive lacks."""
    return tuple(ack.uid for ack in acks if ack.uid not in stored)


def loss_seconds(lost: Iterable[float], at: float) -> float:
    """RPO as time: from the oldest lost acknowledgement (wall times) to the moment `at` of the disaster; 0 for none."""
    return max(0.0, at - min(lost, default=at))
