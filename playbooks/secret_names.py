"""Which secrets the roles ask for: only names, read from the roles' defaults."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).parent / "roles"


def secret_names(roles: Path = ROLES) -> dict[str, tuple[str, ...]]:
    """Names of the secrets per scope, `site` (one for all) and `centre` (one set per centre), sorted.

    A role lists them as `<role>_secret_names` and `<role>_secret_scope` in its defaults/main.yml.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted(roles.glob("*/defaults/main.yml")):
        role, defaults = path.parent.parent.name, _mapping(path)
        names = defaults.get(f"{role}_secret_names", ())
        if names:
            found[str(defaults[f"{role}_secret_scope"])].update(names)
    return {scope: tuple(sorted(names)) for scope, names in sorted(found.items())}


def _mapping(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
