"""身份鉴别，云 (8.2.4.1): terminal and platform prove themselves to each other."""

from __future__ import annotations

from compliance.demands import https_endpoints
from compliance.finding import Seen, check
from compliance.raw import lines_with, setting, shown
from compliance.rules import Each, controls


@check(
    "sshd",
    "运维终端以密钥、平台以主机密钥互相鉴别",
    "terminal (key) and platform (host key) authenticate each other",
    "仅密钥登录，并登记主机密钥",
    "take keys only and register the host keys",
)
def _mutual(text: str) -> Seen:
    keys = [setting(text, key) for key in ("pubkeyauthentication", "passwordauthentication")]
    host = lines_with(text, r"^hostkey ")
    return keys[0][0] == "yes" and keys[1][0] == "no" and bool(host), shown([*(line for _, line in keys), *host[:1]])


@check(
    "libvirt",
    "虚拟化管理接口不以明文开放，须证书",
    "the hypervisor's own interface is not open in clear and asks for a certificate",
    "关闭 16509，启用 listen_tls 与证书校验",
    "close 16509, use listen_tls and check certificates",
)
def _hypervisor_closed(text: str) -> Seen:
    clear = lines_with(text, r"^clear text: \S")
    unchecked = lines_with(text, r"tls_no_verify_certificate\s*=\s*1")
    return not clear and not unchecked, shown(clear + unchecked) or "no clear-text listener, certificates are checked"


ITEMS = controls(
    Each("L3-CES2-01", "host", (_mutual,), roles=("node",)),
    Each("L3-CES2-01", "node", (_hypervisor_closed,)),
    Each("L3-CES2-01", "cloud", (https_endpoints(),)),
)
