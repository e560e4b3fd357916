"""Evidence: one round trip a host, reasons for what is missing, no secret."""

from __future__ import annotations

import subprocess

from monitors import evidence, questions
from monitors.reading import Section

SHADOW = """root:*:20779:0:99999:7:::
li:$y$j9T$saltsalt$averysecrethash:20779:1:90:14:::
old:$1$salt$weakhash:20779:1:90:14:::
open::20779:0:99999:7:::
off:!$6$salt$lockedhash:20779:0:99999:7:::
"""


def test_password_hashes_are_reduced_to_their_kind_on_the_host(tmp_path):
    path = tmp_path / "shadow"
    path.write_text(SHADOW)
    command = questions.HOST["shadow"].replace("/etc/shadow", str(path))
    out = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    states = {line.split(":")[0]: tuple(line.split(":")[1:3]) for line in out.splitlines()}
    assert states == {"root": ("locked", "-"), "li": ("set", "y"), "old": ("set", "1"), "open": ("empty", "-"),
                      "off": ("locked", "-")}  # fmt: skip
    assert "hash" not in out and "salt" not in out


def test_openstack_configuration_is_read_by_named_keys(tmp_path):
    path = tmp_path / "keystone.conf"
    path.write_text("[database]\nconnection = mysql://k:secret@h/k\n[security_compliance]\nlockout_duration = 900\n")
    command = questions.CLOUD_NODE["openstack_conf"].replace("/etc/keystone/keystone.conf", str(path))
    out = subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout
    assert "lockout_duration = 900" in out
    assert "secret" not in out


def test_sections_go_to_their_kinds_and_failures_keep_their_reason():
    found = {"host.sshd": Section("port 22", 0), "router.nftables": Section("nft: not permitted", 1)}
    kinds = {"host": ["sshd", "time"], "router": ["nftables"]}
    host, router = evidence.split("edge", "edge", "main-hospital", kinds, found)
    assert host.sections == {"sshd": "port 22"}
    assert host.unread == {"time": "the round trip was cut off"}
    assert router.unread == {"nftables": "exit 1: nft: not permitted"}


def test_a_site_out_of_reach_gives_reasons_and_raises_nothing(xiamen, canned):
    def look(centre: str) -> dict[str, object]:
        return {"servers": [], "unread": {"images": "403"}}

    shell, told = canned({}), list[str]()
    collected = evidence.collect(xiamen, shell, look, evidence.Kept(), told.append)
    kinds = {(e.kind, e.name) for e in collected}
    assert ("database", "his-database-gaodian-1") in kinds
    assert ("router", "main-hospital-edge-1") in kinds
    assert ("node", "fuzhou-node-1") in kinds
    hosts = [e for e in collected if e.kind == "host"]
    assert all(not e.sections and "timed out" in e.unread["sshd"] for e in hosts)
    assert len(shell.asked) == len(hosts)  # one round trip each
    [cloud] = [e for e in collected if (e.kind, e.name) == ("cloud", "fuzhou")]
    assert (cloud.sections, cloud.unread) == ({"servers": "[]"}, {"images": "403"})
    assert len(told) == len(hosts) + len(xiamen.lab.centres)


def test_the_model_and_the_drills_are_evidence_too(xiamen, canned):
    collected = evidence.collect(
        xiamen, canned({}), lambda centre: {}, evidence.Kept('[{"run": "r"}]', {"audits": "[]"})
    )
    by_kind = {e.kind: e for e in collected}
    assert by_kind["drill"].sections == {"results": '[{"run": "r"}]'}
    assert by_kind["records"].sections == {"audits": "[]"}
    assert '"name":"xiamen"' in by_kind["site"].sections["model"]


def test_what_is_asked_of_a_router_is_what_was_captured(captured):
    found = captured("evidence-router.txt")
    [router] = evidence.split(
        "r", "router", "p", {"router": [n for n in questions.ROUTER if f"router.{n}" in found]}, found
    )
    assert not router.unread
    assert "policy drop" in router.sections["nftables"]
