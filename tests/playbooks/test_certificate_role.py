"""The site's authority and what role `certificate` signs with it; nothing here touches a host."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inventory.authority import new_authority
from inventory.secrets import SecretStore

PLUGIN = Path(__file__).parents[2] / "playbooks/roles/certificate/action_plugins/host_certificate.py"
WANTED: dict[str, Any] = {"name": "gaodian-router-1", "addresses": ["10.88.2.1"], "days": 365, "renew_days": 60}
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("host_certificate", PLUGIN)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Host:
    """A host's key, and what the look at it prints once it has a certificate of that authority."""

    def __init__(self, plugin: ModuleType, bundle: str) -> None:
        self.plugin = plugin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.authority = x509.load_pem_x509_certificate(plugin.pem_blocks(bundle, "CERTIFICATE")[0])
        self.signer = serialization.load_pem_private_key(plugin.pem_blocks(bundle, "PRIVATE KEY")[0], None)

    def certified(self, wanted: dict[str, Any] = WANTED) -> bytes:
        made: bytes = self.plugin.sign(self.signer, self.authority, self.key.public_key(), wanted, NOW)
        return made

    def look(self, certificate: bytes) -> str:
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        trusted = self.authority.public_bytes(serialization.Encoding.PEM)
        return "\n".join([(public + trusted + certificate).decode(), *self.plugin.MODES])


@pytest.fixture(scope="module")
def host(plugin: ModuleType) -> Host:
    return Host(plugin, new_authority("xiamen"))


def test_a_fresh_certificate_needs_nothing(plugin: ModuleType, host: Host) -> None:
    assert plugin.lacks(host.look(host.certified()), host.authority, WANTED, NOW) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"renew_days": 366}, "it ends on"),
        ({"addresses": ["10.88.2.1", "10.22.0.1"]}, "other names"),
        ({"name": "other"}, "other names"),
    ],
)
def test_it_is_made_anew_before_it_ends_and_when_the_host_is_called_otherwise(
    plugin: ModuleType, host: Host, change: dict[str, Any], why: str
) -> None:
    assert why in plugin.lacks(host.look(host.certified()), host.authority, WANTED | change, NOW)


def test_another_authoritys_another_keys_and_no_certificate_are_refused(plugin: ModuleType, host: Host) -> None:
    stranger = Host(plugin, new_authority("xiamen"))
    assert "another authority" in plugin.lacks(stranger.look(stranger.certified()), host.authority, WANTED, NOW)
    assert "did not sign" in plugin.lacks(host.look(stranger.certified()), host.authority, WANTED, NOW)
    others = stranger.key.public_key()
    foreign: bytes = plugin.sign(host.signer, host.authority, others, WANTED, NOW)
    assert "another key" in plugin.lacks(host.look(foreign), host.authority, WANTED, NOW)
    assert plugin.lacks("", host.authority, WANTED, NOW) == "there is none"


def test_an_open_key_is_not_left_open(plugin: ModuleType, host: Host) -> None:
    seen = host.look(host.certified()).replace("host.key 640", "host.key 644")
    assert "modes" in plugin.lacks(seen, host.authority, WANTED, NOW)


def test_a_certificate_serves_both_sides_and_ends_with_its_authority(plugin: ModuleType, host: Host) -> None:
    made = x509.load_pem_x509_certificate(host.certified(WANTED | {"days": 36500}))
    made.verify_directly_issued_by(host.authority)
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {use.dotted_string for use in usage} == {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}
    assert made.not_valid_after_utc == host.authority.not_valid_after_utc
    assert NOW - made.not_valid_before_utc >= timedelta(hours=23)


def test_the_authority_signs_hosts_only(host: Host) -> None:
    limits = host.authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert limits.ca and limits.path_length == 0


def test_the_authority_is_made_once_and_kept_encrypted(tmp_path: Path) -> None:
    made: list[str] = []

    def make() -> str:
        made.append(new_authority("xiamen"))
        return made[-1]

    first = SecretStore(tmp_path / "secrets", "pass").get("internal_ca", make)
    again = SecretStore(tmp_path / "secrets", "pass").get("internal_ca", make)
    assert first == again == made[0] and len(made) == 1
    assert b"PRIVATE KEY" not in (tmp_path / "secrets").read_bytes()
