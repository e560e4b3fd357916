"""One round trip with many commands, run by a real shell."""

from __future__ import annotations

import subprocess

import pytest

from inventory.error import MedcloudError
from monitors.reading import Section, Unread, attempt, json_of, read_sections, script_of, sections_of
from monitors.ssh import Completed


class LocalShell:
    """Runs the script here."""

    def run(self, host: str, command: str, input: str | bytes | None = None, timeout: float = 30.0) -> Completed:
        done = subprocess.run(command, shell=True, input=input, capture_output=True, text=True, timeout=timeout)
        return Completed(done.returncode, done.stdout, done.stderr)


def test_each_command_has_its_own_output_and_status():
    commands = {"plain": "echo a; echo b", "no-newline": "printf x", "fails": "echo why >&2; exit 3", "empty": "true"}
    assert read_sections(LocalShell(), "here", commands) == {
        "plain": Section("a\nb", 0),
        "no-newline": Section("x", 0),
        "fails": Section("why", 3),
        "empty": Section("", 0),
    }


def test_a_warning_does_not_spoil_what_succeeded():
    assert read_sections(LocalShell(), "here", {"json": "echo warning >&2; echo '[1]'"})["json"].text == "[1]"


def test_a_command_cannot_read_the_rest_of_the_script_as_its_input():
    found = read_sections(LocalShell(), "here", {"greedy": "cat", "next": "echo still here"})
    assert found["next"].text == "still here"


def test_a_section_that_was_cut_off_is_left_out():
    script = script_of({"a": "echo 1", "b": "echo 2"})
    text = subprocess.run(["sh"], input=script, capture_output=True, text=True).stdout
    assert list(sections_of(text[: text.rindex("@@end")])) == ["a"]


def test_no_output_at_all_is_an_error():
    with pytest.raises(MedcloudError, match="no output"):
        read_sections(LocalShell(), "here", {})


@pytest.mark.parametrize("error", [MedcloudError("timed out"), KeyError("x"), ValueError("y")])
def test_attempt_turns_errors_into_a_reason(error):
    def read() -> int:
        raise error

    found = attempt("thing", read)
    assert isinstance(found, Unread)
    assert found.what == "thing"
    assert found.why


def test_json_of_shows_what_was_there_instead():
    with pytest.raises(MedcloudError, match="Can't connect"):
        json_of("Can't connect to bgpd", "show bgp")
