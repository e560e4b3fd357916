"""A small hospital with literal results, written as the other rooms write them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cli.console import plain
from compliance import catalogue
from compliance.finding import Finding, Proof, Verdict, Words
from compliance.judge import Audit, ItemResult, LayerResult, Rate, judge
from compliance.snapshot import Evidence, freeze
from dr import runs
from dr.journal import Journal
from dr.link_drill import Gap
from dr.planner import standard
from dr.result import judge_run
from inventory.model import Site
from monitors.capacity import Capacity, Carry, CentreCapacity, ComputePool, Shed, StorageUse
from monitors.reading import Unread
from reports.dossier import collect
from reports.page import html
from reports.words import LANGUAGES, load_words

BEGIN = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
RUN = "same-city-failover-20261122-140000"
_HOSTS = [{"name": "compute", "count": 3, "sockets": 2, "cores_per_socket": 8, "memory_gb": 128}]
_POOLS = [{"name": "flash", "tier": "ssd", "usable_gb": 9000}]


def _centre(name: str, zh: str, role: str, city: str, index: int) -> dict[str, object]:
    title = {"zh": zh, "en": name.title()}
    return {
        "name": name, "title": title, "role": role, "city": city, "cloud": name, "index": index,
        "asn": 65000 + index, "hosts": _HOSTS, "pools": _POOLS,
    }  # fmt: skip


def _line(name: str, a: str, b: str, carrier: str, delay: float) -> dict[str, object]:
    return {
        "name": name, "a": a, "b": b, "carrier": carrier, "path": f"{name}-duct", "bandwidth_mbit": 1000,
        "delay_ms": delay,
    }  # fmt: skip


def _system(name: str, zh: str, **more: object) -> dict[str, object]:
    return {
        "name": name, "title": {"zh": zh, "en": name.upper()}, "centre": "east", "zone": "clinical", "vcpus": 7,
        "memory_gb": 13, "storage_gb": 171, "data_class": 4, "rto": "PT15M", "rpo": "PT0S", **more,
    }  # fmt: skip


@pytest.fixture(scope="session")
def hospital() -> Site:
    """Three centres in two cities, the third only declared; a real database with a copy, a counted system without."""
    return Site.model_validate(
        {
            "name": "little",
            "title": {"zh": "小医院", "en": "Little Hospital"},
            "source": "a test",
            "carriers": [
                {"name": "telecom", "title": {"zh": "中国电信", "en": "China Telecom"}},
                {"name": "unicom", "title": {"zh": "中国联通", "en": "China Unicom"}},
            ],
            "centres": [
                _centre("east", "东数据中心", "production", "厦门", 1),
                _centre("west", "西数据中心", "same-city-dr", "厦门", 2),
                _centre("far", "远数据中心", "remote-dr", "福州", 3),
            ],
            "campuses": [
                {"name": "ward-house", "title": {"zh": "院本部", "en": "Ward House"}, "city": "厦门", "index": 61,
                 "asn": 65061, "lan": "10.81.0.0/24"},
            ],
            "links": [
                _line("wh-e-telecom", "ward-house", "east", "telecom", 0.6),
                _line("wh-e-unicom", "ward-house", "east", "unicom", 0.8),
                _line("wh-w-unicom", "ward-house", "west", "unicom", 0.9),
                _line("e-w-telecom", "east", "west", "telecom", 0.5),
                _line("e-f-telecom", "east", "far", "telecom", 10.5),
                _line("wh-f-unicom", "ward-house", "far", "unicom", 12.25),
            ],
            "zones": [
                {"name": "clinical", "title": {"zh": "临床业务区", "en": "Clinical"},
                 "networks": {"east": "10.21.10.0/24", "west": "10.22.10.0/24", "far": "10.23.10.0/24"}},
            ],
            "flows": [],
            "systems": [
                _system("his-database", "HIS 数据库", software="postgresql",
                        service={"address_index": 1, "ports": [5432]}),
                _system("his", "医院信息系统", replicas=3),
            ],
            "protection": [
                {"systems": ["his-database"], "order": 1, "copies": [{"centre": "west", "mode": "sync"}],
                 "backup": {"centre": "far", "every": "PT6H", "keep": "P30D", "restore_test_every": "P90D"}},
            ],
            "baseline": {},
            "lab": {"centres": ["east", "west"], "campuses": ["ward-house"],
                    "machines": {"his-database": {"memory_mb": 512}}},
        }
    )  # fmt: skip


def at(seconds: float) -> str:
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


def write_drill(state: Path, site: Site, run_id: str = RUN, missing: int = 0) -> None:
    """A finished run: a gap of 23.47 s, 48 acknowledged chains, two steps that ran."""
    plan = standard(site, "same-city-failover")
    folder = runs.create(state / "drills", run_id, site, plan)
    journal = Journal(folder / "journal.jsonl")
    measured = {
        "rto_seconds": 23.47, "last_before": at(2.0), "first_after": at(25.47), "acknowledged_rows": 192,
        "missing_rows": missing, "missing_seconds": 1.5 if missing else 0.0, "doubled_rows": 0,
    }  # fmt: skip
    evidence = {
        "strike-centre": {"at": at(2.0), "said": "east is dark & <silent>"},
        "measure-before-healing": {"phase": "before-healing", "his-database": measured},
        "measure-after-healing": {"phase": "after-healing", "his-database": measured},
    }
    for name, found in evidence.items():
        journal.append(f"step/{name}/started/1", "step", step=name, state="started", attempt=1)
        journal.append(f"step/{name}/done", "step", step=name, state="done", evidence=found)
    acks = [n / 8 for n in range(16)] + [25.47 + n / 8 for n in range(32)]
    wall = BEGIN.timestamp()
    book = [{"kind": "chain", "n": n, "wall": wall + ack, "mono": ack} for n, ack in enumerate(acks, 1)]
    (folder / "ledger.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in book), encoding="utf-8")
    hashes = {"model": "5e" * 32, "plan": plan.hash}
    result = judge_run(run_id, site, plan, hashes, journal.lines)
    (folder / "result.json").write_text(result.model_dump_json(), encoding="utf-8")
    journal.append("finished", "finished", verdict=result.verdict, files={})


def audit() -> Audit:
    """Two units: one conforms on two objects that show the same line, one does not conform."""
    first, second = catalogue.load()[60:62]
    good = Proof(True, "PASS_MAX_DAYS 90", Words("口令有效期", "password age"), Words("", ""))
    bad = Proof(
        False, "=cmd|' /C calc'!A0 <b>raw</b>", Words("登录失败处理", "login failure"), Words("修复它", "mend it")
    )
    passed = tuple(Finding(first.id, f"host/h{n}", "host", "east", Verdict.CONFORM, (good,)) for n in (1, 2))
    failed = (Finding(second.id, "host/h1", "host", "east", Verdict.NONCONFORM, (bad,)),)
    counts = {verdict: 0 for verdict in Verdict} | {Verdict.CONFORM: 1, Verdict.NONCONFORM: 1, Verdict.NOT_CHECKED: 255}
    reason = Words("两个对象符合", "two objects conform")
    return Audit(
        site="little",
        taken=BEGIN,
        judged=date(2026, 11, 22),
        snapshot_sha256="7a" * 32,
        objects=("host/h1", "host/h2"),
        items=(
            ItemResult(first, Verdict.CONFORM, Verdict.CONFORM, reason, passed, None, None),
            ItemResult(
                second, Verdict.NONCONFORM, Verdict.NONCONFORM, Words("一个不符合", "one fails"), failed, None, None
            ),
        ),
        points=(),
        layers=(LayerResult("CES", "安全计算环境", counts),),
        counts=counts,
        strict=Rate(1, 257),
        lenient=Rate(1, 257),
        checked=Rate(1, 2),
        major_risks=(),
    )


def capacity() -> Capacity:
    """A deployed centre with figures of its own, one whose cloud was not read."""
    pool = ComputePool("virtual", 3, 1, 96, 384, 28, 52, 21, 39.5, 36, 204)
    storage = (StorageUse("ssd", 9000, 684, 513.2),)
    unread = ComputePool("virtual", 3, 1, 96, 384, 7, 13, None, None, 57, 243)
    return Capacity(
        site="little",
        taken=BEGIN,
        centres=(
            CentreCapacity("east", "production", True, (pool,), storage, 4, 1, 3, ("stray-1",), None),
            CentreCapacity("west", "same-city-dr", True, (unread,), (), 1, None, None, (), Unread("west", "no route")),
        ),
        carry=Carry("east", "west", 2, ("his-database",), (), (Shed("his", 21, 39, 513),)),
    )


def deployment() -> dict[str, object]:
    """What `medcloud apply` keeps: 47 resources of two kinds, one of them deleted."""
    operations = {"create": 46, "update": 0, "replace": 0, "delete": 1, "same": 0}
    return {
        "site": "little", "at": BEGIN.isoformat(), "changed": 47,
        "phases": [{"name": "stacks", "title": "clouds (云资源)", "seconds": 61.25, "changed": 47}],
        "centres": [
            {"centre": "east", "seconds": 60.5, "operations": operations,
             "resources": {"server": 4, "volume": 43}, "machines": ["his-database-east-1"], "counted": 3},
        ],
    }  # fmt: skip


def write_results(state: Path, site: Site) -> None:
    """A state folder in which everything was run."""
    write_drill(state, site)
    for file, value in (
        (state / "audits" / "20261122-140500" / "findings.json", plain(audit())),
        (state / "capacity" / "20261122-140600.json", plain(capacity())),
        (state / "apply.json", deployment()),
        (state / "links" / "20261122-140700.json", plain(Gap("wh-e-telecom", 3000, 2963, 74.5, 3.25, 37))),
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


@pytest.fixture(scope="session")
def judged(hospital: Site) -> Audit:
    """A real judgement of a small snapshot: one host well, one badly kept, the rest unread."""
    sections = {"malware": "absent: clamd", "lsm": "=cmd|' /C calc'!A0", "sshd": "permitrootlogin yes"}
    good = sections | {"malware": f"active\n{int(BEGIN.timestamp())}:/var/lib/clamav/daily.cld"}
    model = Evidence("little", "site", "", "model", {"model": hospital.model_dump_json()}, {})
    hosts = [Evidence(name, "host", "east", "node", parts, {}) for name, parts in (("a", sections), ("b", good))]
    return judge(freeze("little", BEGIN, (model, *hosts)), BEGIN.date())


@pytest.fixture
def results(tmp_path: Path, hospital: Site) -> Path:
    """The state folder of the small hospital with one result of every kind."""
    state = tmp_path / "state"
    write_results(state, hospital)
    return state


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, hospital: Site) -> dict[str, str]:
    """The page with every part in both languages, rendered once."""
    state = tmp_path_factory.mktemp("pages")
    write_results(state, hospital)
    dossier = collect(hospital, state, BEGIN)
    return {language: html(dossier, load_words(language)) for language in LANGUAGES}
