"""The published JSON Schema is the model's."""

from __future__ import annotations

import json

import yaml

from inventory.editor_schema import PUBLISHED, schema_text, site_schema
from inventory.load import BLUEPRINTS
from inventory.model import Site


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), "run: python -m inventory.editor_schema"


def test_it_knows_every_key_of_a_site_and_demands_none() -> None:
    schema = site_schema()
    assert set(schema["properties"]) == set(Site.model_fields)
    assert "required" not in schema
    assert json.loads(schema_text())["additionalProperties"] is False


def test_every_blueprint_file_names_it_for_the_editor() -> None:
    files = sorted(BLUEPRINTS.glob("*/*.yml"))
    assert files
    for path in files:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema="), path
        assert (path.parent / first.split("=", 1)[1]).resolve() == PUBLISHED
        assert set(yaml.safe_load(path.read_text(encoding="utf-8"))) <= set(Site.model_fields)
