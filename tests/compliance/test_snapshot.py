"""A snapshot is what it is named after, or it is refused."""

from __future__ import annotations

import json

import pytest

from compliance.snapshot import Evidence, dump, load
from inventory.error import MedcloudError

HOST = Evidence("edge", "host", "main-hospital", "edge", {"sshd": "permitrootlogin no"}, {"time": "exit 1: no chronyc"})


def test_what_is_written_is_read_again(build):
    snapshot = build(HOST)
    again = load(dump(snapshot))
    assert again == snapshot
    assert again.of("host")[0].unread["time"] == "exit 1: no chronyc"
    assert again.site.name == "xiamen"


def test_order_of_collection_does_not_change_the_name(build):
    other = Evidence("ward", "host", "main-hospital", "workstation", {}, {})
    assert build(HOST, other).sha256 == build(other, HOST).sha256


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["objects"][0]["sections"].update(sshd="permitrootlogin yes"),
        lambda d: d["objects"][0]["unread"].clear(),
        lambda d: d["objects"][0].update(place="gaodian"),
        lambda d: d.update(taken="2027-01-01T00:00:00+00:00"),
        lambda d: d["objects"].pop(),
    ],
)
def test_any_change_is_found(build, change):
    document = json.loads(dump(build(HOST)))
    change(document)
    with pytest.raises(MedcloudError, match="was changed"):
        load(json.dumps(document))


def test_a_change_of_content_and_manifest_together_is_found_by_the_name(build):
    document = json.loads(dump(build(HOST)))
    other = json.loads(dump(build(Evidence("edge", "host", "main-hospital", "edge", {"sshd": "x"}, {}))))
    document["objects"], document["manifest"] = other["objects"], other["manifest"]
    with pytest.raises(MedcloudError, match="was changed"):
        load(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"format": "medcloud-snapshot/9"}'])
def test_what_is_no_snapshot_is_refused(text):
    with pytest.raises(MedcloudError):
        load(text)
