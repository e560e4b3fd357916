"""Give the host a certificate of the site's authority where it has none that is good for long enough.

The private key is made on the host and stays there; only its public half is read. The signature is made here, on the
operators' machine, so that the authority's key never travels. One look when nothing is to do.
"""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "/etc/medcloud/tls"
SKEW = timedelta(days=1)
LOOK = f"""cd {FOLDER} 2>/dev/null || exit 0
[ -s host.key ] && openssl pkey -in host.key -pubout
cat ca.pem host.pem 2>/dev/null
stat -c '%n %a %U:%G' host.key host.pem ca.pem 2>/dev/null; true"""
MODES = ["host.key 640 root:ssl-cert", "host.pem 644 root:root", "ca.pem 644 root:root"]
MAKE_KEY = f"""set -e; umask 077; mkdir -p -m 755 /etc/medcloud {FOLDER}; cd {FOLDER}
if [ ! -s host.key ]; then
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out host.new; mv host.new host.key
fi
chgrp ssl-cert host.key; chmod 640 host.key
openssl pkey -in host.key -pubout"""


def pem_blocks(text: str, label: str) -> list[bytes]:
    """The PEM blocks of that label in a text."""
    begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
    return [f"{begin}{part.split(end)[0]}{end}\n".encode() for part in text.split(begin)[1:]]


def lacks(seen: str, authority: x509.Certificate, wanted: dict[str, Any], now: datetime) -> str:
    """Why what the host has will not do, or an empty text."""
    keys = pem_blocks(seen, "PUBLIC KEY")
    found = [x509.load_pem_x509_certificate(block) for block in pem_blocks(seen, "CERTIFICATE")]
    if not keys or len(found) != 2:
        return "there is none"
    trusted, own = found
    if trusted != authority:
        return "it is another authority's"
    try:
        own.verify_directly_issued_by(authority)
    except Exception:
        return "the authority did not sign it"
    if own.public_key() != serialization.load_pem_public_key(keys[0]):
        return "it is another key's"
    if own.not_valid_after_utc - now < timedelta(days=wanted["renew_days"]):
        return f"it ends on {own.not_valid_after_utc:%Y-%m-%d}"
    if own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value != names(wanted):
        return "it has other names"
    return "" if all(line in seen.splitlines() for line in MODES) else "the files' modes are others"


def names(wanted: dict[str, Any]) -> x509.SubjectAlternativeName:
    addresses = [x509.IPAddress(ip_address(address)) for address in sorted(wanted["addresses"])]
    return x509.SubjectAlternativeName([x509.DNSName(wanted["name"]), *addresses])


def sign(key: Any, authority: x509.Certificate, public: Any, wanted: dict[str, Any], now: datetime) -> bytes:
    """A certificate for servers and clients under the host's name and addresses, in PEM."""
    usage = x509.KeyUsage(
        digital_signature=True, key_agreement=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted["name"])])
    until = min(now + timedelta(days=wanted["days"]), authority.not_valid_after_utc)
    serial = x509.random_serial_number()
    made = (
        x509.CertificateBuilder(authority.subject, subject, public, serial, now - SKEW, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(both, critical=False)
        .add_extension(names(wanted), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def writing(authority: bytes, own: bytes) -> str:
    """The command that puts both certificates in place, each at once; they are no secret."""
    parts = ["set -e; umask 022", f"cd {FOLDER}"]
    for name, text in (("ca.pem", authority), ("host.pem", own)):
        quoted = shlex.quote(text.decode())
        parts.append(
            f"printf %s {quoted} > {name}.new; chown root:root {name}.new; chmod 644 {name}.new; mv {name}.new {name}"
        )
    return "\n".join(parts)


class ActionModule(ActionBase):  # type: ignore[misc]
    """`authority` is its key and certificate in PEM; `name`, `addresses`, `days`, `renew_days` as in the role."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        words = self._task.args
        wanted = {
            "name": words["name"],
            "addresses": words["addresses"],
            "days": int(words["days"]),
            "renew_days": int(words["renew_days"]),
        }
        bundle = words["authority"]
        key = serialization.load_pem_private_key(pem_blocks(bundle, "PRIVATE KEY")[0], None)
        authority = x509.load_pem_x509_certificate(pem_blocks(bundle, "CERTIFICATE")[0])
        now = datetime.now(UTC)
        why = lacks(self._on_host(LOOK), authority, wanted, now)
        if why and not self._task.check_mode:
            public = serialization.load_pem_public_key(pem_blocks(self._on_host(MAKE_KEY), "PUBLIC KEY")[0])
            if not isinstance(public, ec.EllipticCurvePublicKey):
                raise AnsibleActionFail("the host's key is of another kind", result={"failed": True})
            own = sign(key, authority, public, wanted, now)
            self._on_host(writing(authority.public_bytes(serialization.Encoding.PEM), own))
        return result | {"changed": bool(why), "msg": why}

    def _on_host(self, command: str) -> str:
        done = self._low_level_execute_command(command, executable="/bin/sh")
        if done["rc"] != 0:
            raise AnsibleActionFail(json.dumps({"stderr": done["stderr"][-500:]}))
        return str(done["stdout"])
