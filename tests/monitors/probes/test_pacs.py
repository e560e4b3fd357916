"""A PACS server's state, and its index read by the very program that runs there."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest

from inventory.error import MedcloudError
from monitors.probes import pacs
from monitors.reading import Section

INDEX = Section('{"studies": 2, "images": 30, "bytes": 5000}', 0)
LISTENING = "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\nLISTEN 0 5 0.0.0.0:4242 0.0.0.0:*"


def _found(active="active", index=INDEX, listening=LISTENING):
    return {"active": Section(active, 0), "listening": Section(listening, 0), "index": index}


def test_parse():
    state = pacs.parse("pacs-gaodian-1", "gaodian", _found())
    assert (state.active, state.dicom, state.studies, state.images, state.size) == (True, True, 2, 30, 5000)


def test_a_stopped_server_with_a_readable_index():
    state = pacs.parse("pacs-gaodian-1", "gaodian", _found("failed", listening=""))
    assert (state.active, state.dicom, state.images) == (False, False, 30)


def test_an_index_out_of_reach_is_an_error_not_a_zero():
    with pytest.raises(MedcloudError, match="unable to open"):
        pacs.parse("p", "c", _found(index=Section("sqlite3.OperationalError: unable to open database file", 1)))


def test_the_counting_program_counts_orthancs_tables(tmp_path):
    path = tmp_path / "index"
    with sqlite3.connect(path) as index:
        index.execute("create table Resources (internalId integer, resourceType integer)")
        index.execute("create table AttachedFiles (id integer, compressedSize integer)")
        index.executemany("insert into Resources values (?, ?)", [(1, 0), (2, 1), (3, 2), (4, 3), (5, 3)])
        index.executemany("insert into AttachedFiles values (?, ?)", [(4, 100), (5, 50)])
    program = pacs._COUNT.replace("/var/lib/orthanc/db-v6/index", str(path))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"studies": 1, "images": 2, "bytes": 150}
