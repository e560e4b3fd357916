"""What an audit is told from the site's own state."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli.context import Settings, SiteContext, open_site
from cli.looking import kept_of
from inventory.baseline import Attestation, Baseline, Record, Topic


@pytest.fixture
def context(tmp_path: Path) -> SiteContext:
    """The Xiamen site with an empty state folder."""
    return open_site(Settings(tmp_path, tmp_path, "nobody", None), "xiamen")


def test_what_was_never_run_is_unread_with_its_reason(context):
    kept = kept_of(context)
    assert json.loads(kept.drills) == [] and json.loads(kept.records["audits"]) == []
    assert set(kept.unread) == {"apply", "capacity", "cuts"}
    assert "medcloud link drill" in kept.unread["cuts"]


def test_the_last_apply_and_every_line_cut_are_kept(context):
    (context.state / "apply.json").write_text('{"at": "now"}')
    (context.state / "links").mkdir()
    for name in ("a", "b"):
        (context.state / "links" / f"{name}.json").write_text(json.dumps({"link": name}))
    kept = kept_of(context)
    assert json.loads(kept.records["apply"]) == [{"at": "now"}]
    assert [cut["link"] for cut in json.loads(kept.records["cuts"])] == ["a", "b"]


def test_files_that_are_named_are_hashed_and_none_outside_the_site_is(context, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "policy.pdf").write_bytes(b"policy")
    (tmp_path / "secret").write_bytes(b"secret")
    stated = Attestation(
        item="L3-PES1-01", owner="Chen", made=date(2026, 1, 1), expires=date(2026, 12, 1), evidence="policy.pdf"
    )
    record = Record(topic=Topic.POLICY, title="P", owner="Chen", made=date(2026, 1, 1), file="../secret")
    site = context.site.model_copy(update={"baseline": Baseline(attestations=(stated,), records=(record,))})
    files = json.loads(kept_of(replace(context, site=site, folder=folder)).records["files"])
    assert files == {"policy.pdf": hashlib.sha256(b"policy").hexdigest()}
