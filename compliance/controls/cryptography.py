"""密码管理 (8.1.10.9): no broken algorithm is offered; whether national algorithms are due, a person decides."""

from __future__ import annotations

import re

from compliance.finding import Seen, check
from compliance.raw import setting, shown
from compliance.rules import Each, controls

_BROKEN = re.compile(
    r"(cbc|3des|arcfour|blowfish|hmac-md5|hmac-sha1(?!\d)|group1-sha1|group14-sha1|ssh-dss|ssh-rsa(?!-))"
)
_KEYS = ("ciphers", "macs", "kexalgorithms", "hostkeyalgorithms")


@check(
    "sshd",
    "SSH 不提供已被破解的算法",
    "SSH offers no broken algorithm",
    "在 sshd_config 中去掉 SHA-1、CBC、MD5",
    "drop SHA-1, CBC and MD5 in sshd_config",
)
def _sound(text: str) -> Seen:
    offered = [f"{key}: {name}" for key in _KEYS for name in setting(text, key)[0].split(",") if name]
    broken = [line for line in offered if _BROKEN.search(line)]
    return bool(offered) and not broken, shown(broken) or f"{len(offered)} algorithms, none broken"


ITEMS = controls(Each("L3-MMS1-29", "host", (_sound,)))
