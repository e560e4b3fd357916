"""Images held."""

from __future__ import annotations

from monitors.metrics import pacs


def test_images_and_whether_dicom_is_taken(facts, values):
    found = values(pacs.collect(facts))
    assert found["medcloud_pacs_images", "pacs-1", "gaodian"] == 30
    assert found["medcloud_pacs_up", "pacs-1", "gaodian"] == 0.0
    assert not any("pacs-2" in key for key in found)
