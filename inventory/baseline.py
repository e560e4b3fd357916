"""What graded protection (等保) asks the model to declare: parameters, statements, people and records."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from inventory.part import Part


class Attestation(Part):
    """A person's statement for an item that no machine can decide."""

    item: str = Field(pattern=r"^L3-[A-Z]{3}[12]-\d{2}$")
    owner: str
    made: date
    expires: date
    evidence: str
    sha256: str | None = None


class Waiver(Part):
    item: str = Field(pattern=r"^L3-[A-Z]{3}[12]-\d{2}$")
    owner: str
    reason: str
    expires: date


class Duty(StrEnum):
    """Posts that graded protection keeps apart (系统、审计、安全管理员), and the rest."""

    SYSTEM_ADMIN = "system-admin"
    AUDIT_ADMIN = "audit-admin"
    SECURITY_ADMIN = "security-admin"
    OPERATOR = "operator"


class Person(Part):
    """Somebody who may have accounts. `until` is when the permission ends, `left` when the person went."""

    name: str
    duties: tuple[Duty, ...] = ()
    accounts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()  # public SSH keys, as in authorized_keys
    external: bool = False  # 外部人员: a supplier's or contractor's
    until: date | None = None
    left: date | None = None


class Topic(StrEnum):
    """What a record of the management system is about."""

    POLICY = "policy"  # 安全策略、管理制度
    CONTACTS = "contacts"  # 外联单位联系表
    EVALUATION = "evaluation"  # 等级测评
    VULNERABILITY_SCAN = "vulnerability-scan"
    PENETRATION_TEST = "penetration-test"
    CHANGE = "change"  # 变更单
    PLAN_REVIEW = "plan-review"  # 应急预案评审
    RESTORE_TEST = "restore-test"
    MALWARE_TEST = "malware-test"
    DOOR_LOG = "door-log"  # 门禁记录
    LEAK_SENSOR = "leak-sensor"
    INCIDENT = "incident"
    DISPOSAL = "disposal"  # 介质、设备清除


class Record(Part):
    """A document or register entry that an auditor asks for."""

    topic: Topic
    title: str
    owner: str
    made: date
    version: str | None = None
    approved_by: str | None = None
    file: str | None = None
    sha256: str | None = None


class Baseline(Part):
    """The graded-protection level (等保) and its declared parameters."""

    level: int = Field(default=3, ge=1, le=4)
    password_min_length: int = Field(default=10, ge=8)
    password_max_days: int = Field(default=90, ge=1)
    login_retries: int = Field(default=5, ge=1)
    lockout_minutes: int = Field(default=15, ge=1)
    idle_timeout_minutes: int = Field(default=10, ge=1)
    log_retention_days: int = Field(default=184, ge=1)
    allowed_services: tuple[str, ...] = ("ssh",)
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    people: tuple[Person, ...] = ()
    records: tuple[Record, ...] = ()
