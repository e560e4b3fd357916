"""A scene for every step test: production leads, holds the services, nothing has happened yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inventory.model import Site
from tests.dr.fakes import Scene, scene


@pytest.fixture
def play(xiamen: Site, tmp_path: Path) -> Callable[..., Scene]:
    """`play(**state)` gives a fresh scene with that state of the world."""
    return lambda **state: scene(xiamen, tmp_path, **state)
