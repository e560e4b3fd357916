"""岗位设置、人员配备 (8.1.7.1, 8.1.7.2): the posts exist, are held, and security is nobody's side job."""

from __future__ import annotations

from compliance.register import ADMINS, apart, holders
from compliance.rules import Each, controls
from inventory.baseline import Duty

_OTHERS = (Duty.SYSTEM_ADMIN, Duty.AUDIT_ADMIN, Duty.OPERATOR)

ITEMS = controls(
    Each("L3-ORS1-03", "site", (holders(ADMINS),)),
    Each("L3-ORS1-05", "site", (apart(Duty.SECURITY_ADMIN, _OTHERS),)),
)
