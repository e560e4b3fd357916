"""What an operation says it took."""

from __future__ import annotations

from lab.event import Event, Times


def test_images_are_told_one_by_one_and_machines_by_the_first_and_last() -> None:
    times = Times()
    for event in (
        Event("image", "base", "started"),
        Event("image", "base", "done", 24.3),
        Event("cable", "12 lines", "done", 2.0),
        Event("machine", "a", "stopped", 9.0),
        Event("machine", "b", "ready", 3.5),
        Event("machine", "a", "ready", 3.04),
        Event("machine", "c", "ready", 4.25),
    ):
        times.note(event)
    assert times.found == {"image base": 24.3, "cable 12 lines": 2.0, "first SSH": 3.5, "last SSH": 4.25}
