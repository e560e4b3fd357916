"""Who may approve a change of sides, when a drill may run, what a person vouches for (审批人、演练窗口)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from inventory.part import Name, Part, Text

# A text, not a time: YAML reads an unquoted 22:30 as the number 1350, and a number would be taken for seconds.
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Weekday(StrEnum):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"

    @property
    def number(self) -> int:
        """As `datetime.weekday()` counts: Monday is 0."""
        return list(Weekday).index(self)


class Approver(Part):
    """A person whose signature counts. `ssh_key` is an OpenSSH public key (`ssh-ed25519 AAAA…`); without one the key is
    enrolled in the site's state, where it is protected only by that folder."""

    name: Name
    title: Text  # name or office
    role: Name  # it, medical, management, …
    ssh_key: str | None = None


class Window(Part):
    """Hours of the week in which a drill may run; an `end` not after `begin` is on the next day."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    begin: ClockTime
    end: ClockTime


class MonthEnd(Part):
    """Billing closes around the turn of the month: no drill on its last and first so many days."""

    last_days: int = Field(default=0, ge=0, le=10)
    first_days: int = Field(default=0, ge=0, le=10)


class ClosedDays(Part):
    """Days without any drill, both ends included."""

    begin: date
    end: date
    why: Text


class Vouched(Part):
    """A person's word for what no drill can measure, such as a fully equipped recovery room."""

    demand: Name  # as `medcloud grade` names it
    owner: str
    made: date
    expires: date
    evidence: str  # where the document lies


class Recovery(Part):
    """How a hospital governs its drills. No windows: a drill may run at any hour."""

    time_zone: str = "Asia/Shanghai"
    approvals: int = Field(default=2, ge=2)  # different people who must sign
    approvers: tuple[Approver, ...] = ()
    windows: tuple[Window, ...] = ()
    month_end: MonthEnd = MonthEnd()
    closed: tuple[ClosedDays, ...] = ()
    vouched: tuple[Vouched, ...] = ()
