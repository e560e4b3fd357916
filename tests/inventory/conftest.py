"""A small valid site in one file, and a way to break it at one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from inventory.document import Problem
from inventory.load import SiteError, load_site

SMALL = """\
name: small
title: { zh: 小站点, en: A small site }
source: a test
carriers:
  - { name: telecom, title: { zh: 电信, en: Telecom } }
  - { name: unicom, title: { zh: 联通, en: Unicom } }
centres:
  - name: north
    title: { zh: 北, en: North }
    role: production
    city: 厦门
    cloud: north
    index: 1
    asn: 65001
    hosts:
      - { name: compute, count: 3, sockets: 1, cores_per_socket: 8, memory_gb: 64 }
      - { name: database, count: 1, sockets: 1, cores_per_socket: 8, memory_gb: 64, workload: database-server }
    pools:
      - { name: flash, tier: ssd, usable_gb: 4000 }
  - name: south
    title: { zh: 南, en: South }
    role: same-city-dr
    city: 厦门
    cloud: south
    index: 2
    asn: 65002
    hosts:
      - { name: compute, count: 2, sockets: 1, cores_per_socket: 8, memory_gb: 64 }
      - { name: database, count: 1, sockets: 1, cores_per_socket: 8, memory_gb: 64, workload: database-server }
    pools:
      - { name: flash, tier: ssd, usable_gb: 2000 }
      - { name: tape, tier: archive, usable_gb: 9000 }
campuses:
  - { name: hospital, title: { zh: 医院, en: Hospital }, city: 厦门, index: 61, asn: 65061, lan: 10.81.0.0/24 }
links:
  - { name: h-n-telecom, a: hospital, b: north, carrier: telecom, path: east, bandwidth_mbit: 100, delay_ms: 0.5 }
  - { name: h-n-unicom, a: hospital, b: north, carrier: unicom, path: west, bandwidth_mbit: 100, delay_ms: 0.5 }
  - { name: n-s-telecom, a: north, b: south, carrier: telecom, path: tunnel, bandwidth_mbit: 100, delay_ms: 0.6 }
  - { name: n-s-unicom, a: north, b: south, carrier: unicom, path: bridge, bandwidth_mbit: 100, delay_ms: 0.6 }
zones:
  - name: clinical
    title: { zh: 临床, en: Clinical }
    networks:
      north: 10.21.10.0/24
      south: 10.22.10.0/24
  - name: data
    title: { zh: 数据, en: Data }
    networks:
      north: 10.21.20.0/24
      south: 10.22.20.0/24
flows:
  - { source: clinical, target: data, ports: [5432], why: records }
systems:
  - name: records-database
    title: { zh: 数据库, en: Database }
    centre: north
    zone: data
    workload: database-server
    software: postgresql
    vcpus: 8
    memory_gb: 32
    storage_gb: 500
    data_class: 4
    rto: PT10M
    rpo: PT0S
    service: { address_index: 1, ports: [5432] }
  - name: records
    title: { zh: 病历, en: Records }
    centre: north
    zone: clinical
    replicas: 2
    vcpus: 4
    memory_gb: 16
    storage_gb: 100
    depends_on: [records-database]
    data_class: 4
    rto: PT15M
    rpo: PT5M
protection:
  - systems: [records-database]
    order: 10
    copies:
      - { centre: south, mode: sync }
    backup: { centre: south, every: P1D, keep: P30D, restore_test_every: P90D }
  - systems: [records]
    order: 20
    copies:
      - { centre: south, mode: standby }
baseline: { level: 3 }
lab:
  centres: [north, south]
  campuses: [hospital]
  machines: { records-database: { memory_mb: 512 } }
"""


@dataclass(frozen=True)
class SmallSite:
    """The small site's folder; `put` writes it with some text replaced, `problems` loads it and says what is wrong."""

    folder: Path

    def put(self, *changes: tuple[str, str]) -> str:
        text = SMALL
        for old, new in changes:
            assert old in text, f"the small site has no {old!r}"
            text = text.replace(old, new, 1)
        (self.folder / "site.yml").write_text(text, encoding="utf-8")
        return text

    def problems(self, *changes: tuple[str, str]) -> tuple[Problem, ...]:
        self.put(*changes)
        with pytest.raises(SiteError) as caught:
            load_site(self.folder)
        assert caught.value.code == "input"
        for problem in caught.value.problems:
            assert str(problem) in caught.value.message
        return caught.value.problems

    def only(self, old: str, new: str) -> Problem:
        """The single problem of one change; it must be told on the changed line."""
        (problem,) = self.problems((old, new))
        text = (self.folder / "site.yml").read_text(encoding="utf-8").splitlines()
        changed = SMALL.splitlines()
        first = next(n for n, line in enumerate(text, 1) if n > len(changed) or line != changed[n - 1])
        last = first + new.count("\n")
        assert first <= problem.line <= last, f"told on line {problem.line}, changed {first} to {last}"
        assert problem.file == "small/site.yml"
        return problem


@pytest.fixture
def small(tmp_path: Path) -> SmallSite:
    folder = tmp_path / "small"
    folder.mkdir()
    site = SmallSite(folder)
    site.put()
    return site


@pytest.fixture
def write_site(tmp_path: Path) -> Callable[[str], Path]:
    """Write a whole site and get its folder."""

    def write(text: str) -> Path:
        folder = tmp_path / "literal"
        folder.mkdir(exist_ok=True)
        (folder / "site.yml").write_text(text, encoding="utf-8")
        return folder

    return write
