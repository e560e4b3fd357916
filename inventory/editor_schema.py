"""The JSON Schema of a site's files, for editors: completion, and errors while typing.

`python -m inventory.editor_schema` writes it again after a change of the model; a test fails until that is done.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inventory.model import Site

PUBLISHED = Path(__file__).parent / "schema" / "site.schema.json"


def site_schema() -> dict[str, Any]:
    """The schema of one file: every key of a site may be in it, none must, since a site may have several files."""
    schema = Site.model_json_schema()
    schema.pop("required", None)
    schema.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "medcloud site",
        "description": "A file of a site's folder; lists of the same key in several files are joined.",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def schema_text() -> str:
    """The published file's text."""
    return json.dumps(site_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    PUBLISHED.parent.mkdir(exist_ok=True)
    PUBLISHED.write_text(schema_text(), encoding="utf-8")
