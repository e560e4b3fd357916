from __future__ import annotations

import pytest

from dr.doors.imaging import Archive
from inventory.error import MedcloudError
from monitors.ssh import Completed
from tests.dr.doors.shell import ScriptedShell

KNOWN = '["pacs-fuzhou-1"]'
EXPANDED = '[{"ID":"84b166a0-36236ba2","MainDicomTags":{"SOPInstanceUID":"2.25.7"},"Type":"Instance"}]'


def archive(shell: ScriptedShell) -> Archive:
    return Archive(shell, {"gaodian": "10.22.13.10"}, "medcloud", "hunter2")


def test_images_by_their_uid_and_the_password_only_by_stdin() -> None:
    shell = ScriptedShell({"expand": EXPANDED})
    assert archive(shell).stored("gaodian") == {"2.25.7"}
    host, command, text = shell.asked[0]
    assert host == "10.22.13.10" and "hunter2" not in command and text == 'user = "medcloud:hunter2"\n'


def test_copying_names_orthancs_own_identities() -> None:
    shell = ScriptedShell({"expand": EXPANDED, "/modalities'": KNOWN})
    archive(shell).copy("gaodian", frozenset({"2.25.7"}))
    assert "/modalities/pacs-fuzhou-1/store" in shell.asked[-1][1]
    assert shell.asked[-1][2].endswith('data = "[\\"84b166a0-36236ba2\\"]"\n')


def test_a_failed_copy_is_an_error() -> None:
    shell = ScriptedShell({"expand": EXPANDED, "/store": Completed(22, "", "404"), "/modalities'": KNOWN})
    with pytest.raises(MedcloudError, match="copy 1 images from gaodian"):
        archive(shell).copy("gaodian", frozenset({"2.25.7"}))


def test_an_archive_answers_with_its_version() -> None:
    assert archive(ScriptedShell({"/system": '{"Version":"1.10.1"}'})).answers("gaodian")
    assert not archive(ScriptedShell({"/system": Completed(7, "", "refused")})).answers("gaodian")
