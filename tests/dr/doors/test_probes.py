from __future__ import annotations

import pytest

from dr.doors.probes import Probes
from inventory.error import MedcloudError
from inventory.model import Site
from tests.dr.doors.shell import ScriptedShell


def test_a_probe_gives_plain_data_also_of_what_it_cannot_read(xiamen: Site) -> None:
    found = Probes(ScriptedShell({}), xiamen).look("replication", "his-database")
    assert found["leader"] is None and len(found["unread"]) == 3


@pytest.mark.parametrize(
    ("probe", "target", "words"),
    [
        ("replicaton", "his-database", "no probe `replicaton`"),
        ("replication", "emr", "no database `emr`"),
        ("pacs", "pacs-moon-1", "no instance `pacs-moon-1`"),
        ("host", "moon-node-1", "no machine `moon-node-1`"),
        ("line", "moon-line", "no line `moon-line`"),
    ],
)
def test_an_unknown_probe_or_target_is_told(xiamen: Site, probe: str, target: str, words: str) -> None:
    with pytest.raises(MedcloudError, match=words):
        Probes(ScriptedShell({}), xiamen).look(probe, target)
