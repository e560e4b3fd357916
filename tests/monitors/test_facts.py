"""One look at a site runs every probe; what fails is unread."""

from __future__ import annotations

from inventory.error import MedcloudError
from monitors import facts
from monitors.reading import Unread


def _no_cloud(centre: str) -> dict[str, object]:
    raise MedcloudError(f"cloud of {centre}: refused")


def test_a_dead_site_is_all_unread_and_nothing_is_raised(xiamen, canned):
    found = facts.gather(xiamen, canned({}), _no_cloud)
    lines, hosts, clouds = found.lines, found.hosts, found.clouds
    assert set(lines) == {
        *("software-park-2-router-1", "gaodian-router-1", "fuzhou-router-1", "software-park-3-router-1"),
        *("main-hospital-edge-1", "main-hospital-edge-2", "tcm-hospital-edge-1"),
    }
    assert all(isinstance(value, Unread) for value in (*lines.values(), *hosts.values(), *clouds.values()))
    assert {name for name in hosts if name.startswith("pacs-")} == {"pacs-software-park-2-1", "pacs-gaodian-1"}
    assert found.clusters["his-database"].leader is None
    assert len(found.clusters["his-database"].unread) == 3
    assert "refused" in clouds["fuzhou"].why
    members = found.probes()["replication"]
    assert len(members) == 3 and all(isinstance(member, Unread) for member in members.values())


def test_what_answers_is_there_beside_what_does_not(xiamen, canned):
    look = {"hypervisors": [], "servers": [], "volumes": []}
    found = facts.gather(xiamen, canned({"10.88.1.1": "line-router.txt"}), lambda centre: look)
    assert len(found.lines["software-park-2-router-1"]) == 10
    assert isinstance(found.lines["gaodian-router-1"], Unread)
    assert found.capacity.centres[0].real_instances == 0
