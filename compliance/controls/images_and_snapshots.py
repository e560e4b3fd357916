"""镜像和快照保护 (8.2.4.4): images are hardened, checked and not for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from compliance.finding import Check, Finding, Seen, check, judge_each
from compliance.raw import Unsaid, configured, line_with, shown, some, table
from compliance.rules import Each, controls
from compliance.snapshot import Evidence, Snapshot


def _booted_from(snapshot: Snapshot, evidence: Evidence) -> tuple[Check, ...]:
    text = evidence.sections.get("servers")
    used = {row["image"] for row in table(text) if row["image"]} if text is not None else None

    @check(
        "images",
        "在用镜像均为加固镜像（baseline 属性）",
        "images in use say which hardening baseline they carry",
        "用加固角色制作镜像并写 medcloud_baseline 属性",
        "build images by the hardening roles and set the property medcloud_baseline",
    )
    def test(text: str) -> Seen:
        if used is None:
            raise Unsaid("the instances were not read")
        rows = some([row for row in table(text) if row["id"] in used], "image in use")
        plain = [row["name"] for row in rows if not _BASELINE & set(row["properties"] or {})]
        return not plain, shown(plain) or shown([row["name"] for row in rows])

    return (test,)


def integrity(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-08: images carry a sound hash and signatures are verified."""
    yield from judge_each("L3-CES2-08", snapshot, "cloud", _hashed)
    yield from judge_each("L3-CES2-08", snapshot, "node", _signed)


def protected(snapshot: Snapshot) -> Iterator[Finding]:
    """L3-CES2-09: no image is open to everybody."""
    yield from judge_each("L3-CES2-09", snapshot, "cloud", _not_public)


@check("images", "镜像带 SHA-2 校验值", "every image has a SHA-2 hash", "重新上传镜像", "upload the image again")
def _hashed(text: str) -> Seen:
    rows = some(table(text), "image")
    bad = [
        f"{row['name']}: {row['hash_algo']}"
        for row in rows
        if row["hash_algo"] not in ("sha256", "sha512") or not row["hash_value"]
    ]
    return not bad, shown(bad) or shown([f"{r['name']}: {r['hash_algo']} {r['hash_value'][:16]}…" for r in rows])


@check(
    "openstack_conf",
    "启动前验证镜像签名",
    "signatures are verified before a boot",
    "nova.conf: verify_glance_signatures=true 并为镜像签名",
    "sign the images and set verify_glance_signatures",
)
def _signed(text: str) -> Seen:
    line = line_with(configured(text, "/etc/nova/nova.conf"), r"verify_glance_signatures\s*=")
    return line.rpartition("=")[2].strip().lower() == "true", line or "verify_glance_signatures: not set (false)"


@check(
    "images",
    "镜像不对所有租户公开",
    "no image is open to every tenant",
    "改为 private 或 shared",
    "make it private or shared",
)
def _not_public(text: str) -> Seen:
    rows = table(text)
    public = [f"{row['name']}: {row['visibility']}" for row in rows if row["visibility"] in ("public", "community")]
    return not public, shown(public) or shown([f"{row['name']}: {row['visibility']}" for row in rows])


_BASELINE = {"medcloud_baseline", "hardened", "cis_level"}

ITEMS = MappingProxyType(
    {**controls(Each("L3-CES2-07", "cloud", _booted_from)), "L3-CES2-08": integrity, "L3-CES2-09": protected}
)
