"""The assessor's worksheet (XLSX): a row per unit code, a row per piece of evidence, what to mend.

Every result links to its records, every record names the object and section of the snapshot that it was read from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from compliance.finding import Verdict
from compliance.grading import Comparison, Conclusion, Graded, graded
from compliance.judge import Audit, ItemResult, Rate, worst_first
from inventory.model import Site
from playbooks.enforcement import enforcers

VERDICTS = {
    Verdict.CONFORM: ("符合", "C6E7CE"),
    Verdict.PARTIAL: ("部分符合", "FFEBA8"),
    Verdict.NONCONFORM: ("不符合", "F6C4BF"),
    Verdict.NOT_APPLICABLE: ("不适用", "E3E6EA"),
    Verdict.NOT_CHECKED: ("未核查", "FFFFFF"),
}
CONCLUSIONS = {
    Conclusion.CONFORM: "符合 conform",
    Conclusion.BASICALLY: "基本符合 basically conform",
    Conclusion.NONCONFORM: "不符合 nonconform",
}
RESULTS, RECORDS = "单项结果", "结果记录"
_HEAD = PatternFill("solid", fgColor="1F4E6B")
_LINE = Border(*(Side(style="thin", color="D0D5DA"),) * 4)
_NATURE = (
    "单位自查，不是等级测评报告；等级测评结论只能由具备资质的测评机构出具。\n"
    "A self-check, not an official assessment: only a listed body may issue one."
)
_STANDARD = "GB/T 22239-2019 第三级，通用与云计算扩展，条文为转述 level 3, general and cloud, paraphrased"
_RULES = (
    "2025 版：> 90 % 且无重大风险为符合，60–90 % 为基本符合，< 60 % 为不符合；\n"
    "整 90 %、整 60 % 以及超过 90 % 但有重大风险，规则未明，按设定"
)
_MET = {True: "是", False: "否", None: "未读到"}


def write_workbook(audit: Audit, site: Site, change: Comparison | None, file: Path) -> Path:
    """Write the worksheet; `change` compares with the audit before, where there was one."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _cover(book, audit)
    _conclusion(book, graded(audit, site), change)
    first = _records(book, audit)
    _results(book, audit, first)
    _remedies(book, audit)
    _risks(book, audit)
    _objects(book, audit)
    book.move_sheet(RESULTS, offset=-1)
    book.save(file)
    return file


def _cover(book: Workbook, audit: Audit) -> None:
    rows = [
        ("性质 Nature", _NATURE),
        ("对象 Site", audit.site),
        ("采集 Taken", audit.taken.isoformat()),
        ("判定 Judged", audit.judged.isoformat()),
        ("快照 Snapshot SHA-256", audit.snapshot_sha256),
        ("标准 Standard", _STANDARD),
        ("抽样 Sampling", f"未抽样：{len(audit.objects)} 个对象全部核查 no sampling: all {len(audit.objects)} objects"),
        ("符合率（部分不计） strict", _rate(audit.strict)),
        ("符合率（部分计半） lenient", _rate(audit.lenient)),
        ("重大风险触发项 Major-risk items", f"{len(audit.major_risks)}：{', '.join(audit.major_risks) or '—'}"),
        ("未核查 Not checked", "未读到的不作符合，列为“未核查”并留在分母中。What was not read is never a pass."),
    ]
    sheet = _sheet(book, "封面", {"等级保护自查工作表 Graded-protection self-check": 30, "": 110}, rows)
    sheet.freeze_panes = None


def _conclusion(book: Workbook, objects: Sequence[Graded], change: Comparison | None) -> None:
    columns = {
        "定级对象 Graded object": 30,
        "预测结论 Forecast": 26,
        "符合率 strict": 18,
        "符合率 lenient": 18,
        **{name: 11 for name, _ in VERDICTS.values()},
        "重大风险 Major risks": 60,
        "自有判定 Own findings": 12,
    }
    rows: list[Sequence[Any]] = []
    for one in objects:
        counts = [one.counts[verdict] for verdict in VERDICTS]
        risks = f"{len(one.major_risks)}：{', '.join(one.major_risks)}"
        shares = (_rate(one.strict), _rate(one.lenient))
        rows.append((f"{one.title.zh} {one.title.en}", CONCLUSIONS[one.forecast], *shares, *counts, risks, one.own))
    rows += [(), ("判定规则 Rules", _RULES)]
    if change:
        rows += [
            ("上次自查 Previous", change.before.isoformat()),
            ("改善 Better", ", ".join(change.better) or "—"),
            ("退步 Worse", ", ".join(change.worse) or "—"),
            ("重大风险（整改前） Major risks before", f"{change.major_before}（{change.rectified} 个已整改）"),
        ]
    _sheet(book, "结论", columns, rows)


def _records(book: Workbook, audit: Audit) -> dict[str, int]:
    """One row per thing looked at; returns the first row of each unit."""
    columns = {
        "单元 Unit": 13,
        "对象 Object": 30,
        "类别 Kind": 10,
        "位置 Place": 18,
        "对象判定 Verdict": 12,
        "核查内容 Looked at": 44,
        "满足 Met": 9,
        "证据原文 Raw evidence": 80,
        "快照位置 In the snapshot": 40,
    }
    rows: list[Sequence[Any]] = []
    first: dict[str, int] = {}
    for result in audit.items:
        for finding in result.findings:
            first.setdefault(result.item.id, len(rows) + 2)
            for proof in finding.proofs:
                where = f"{finding.kind}/{finding.object}/{proof.section}"
                rows.append((finding.item, finding.object, finding.kind, finding.place, finding.verdict,
                             f"{proof.says.zh}\n{proof.says.en}", _MET[proof.met], proof.raw, where))  # fmt: skip
    _sheet(book, RECORDS, columns, rows)
    return first


def _results(book: Workbook, audit: Audit, first: dict[str, int]) -> None:
    columns = {
        "单元 Unit": 13,
        "条款 Clause": 13,
        "层面 Layer": 16,
        "控制点 Control point": 20,
        "要求（转述） Requirement": 52,
        "判定 Verdict": 12,
        "理由 Reason": 46,
        "对象 Objects": 9,
        "高风险案例 Case": 11,
        "重大风险 Trigger": 10,
        "声明 Attested": 24,
        "豁免 Waived": 24,
        "记录 Records": 12,
    }
    sheet = _sheet(book, RESULTS, columns, [_result(result) for result in audit.items])
    for number, result in enumerate(audit.items, start=2):
        if result.item.id in first:
            cell = sheet.cell(number, len(columns))
            cell.value = f"→ {first[result.item.id]}"
            cell.hyperlink = f"#'{RECORDS}'!A{first[result.item.id]}"
            cell.font = Font(color="1F4E6B", underline="single")


def _result(result: ItemResult) -> Sequence[Any]:
    item, stated, waived = result.item, result.attestation, result.waiver
    return (
        item.id, item.clause, item.layer, item.control_point.zh, f"{item.text.zh}\n{item.text.en}", result.verdict,
        f"{result.reason.zh}\n{result.reason.en}", len({(f.kind, f.object) for f in result.findings}),
        item.high_risk_case or "", item.major_risk_trigger or "",
        f"{stated.owner} {stated.made} – {stated.expires}" if stated else "",
        f"{waived.owner}: {waived.reason} – {waived.expires}" if waived else "", "",
    )  # fmt: skip


def _remedies(book: Workbook, audit: Audit) -> None:
    columns = {
        "序 No.": 6,
        "单元 Unit": 13,
        "判定 Verdict": 12,
        "要求 Requirement": 46,
        "做法 To do": 60,
        "对象 Objects": 46,
        "角色与标签 Role and tag": 46,
        "高风险条件，由人定级 High-risk condition": 30,
    }
    known = enforcers()
    rows: list[Sequence[Any]] = []
    for number, result in enumerate(worst_first(audit), start=1):
        todo = dict.fromkeys(f"{p.todo.zh} / {p.todo.en}" for f in result.findings for p in f.unmet)
        objects = dict.fromkeys(f.object for f in result.findings if f.unmet)
        fixes = [
            f"medcloud audit fix {audit.site} --item {part.item}  (role {part.role})"
            for part in known.get(result.item.id, ())
        ]
        case = f"{result.item.high_risk_case}：条件已触发，缓解与定级由人判断" if result.item.high_risk_case else ""
        rows.append((number, result.item.id, result.verdict, result.item.text.zh, "\n".join(todo) or result.reason.zh,
                     ", ".join(objects), "\n".join(fixes) or "—", case))  # fmt: skip
    _sheet(book, "整改", columns, rows)


def _risks(book: Workbook, audit: Audit) -> None:
    columns = {
        "触发项 Trigger": 12,
        "单元 Unit": 13,
        "要求 Requirement": 50,
        "判定 Verdict": 12,
        "证据 Evidence": 80,
        "已满足的缓解措施 Mitigation found": 60,
    }
    rows = []
    for result in audit.items:
        if result.item.id in audit.major_risks:
            unmet = dict.fromkeys(f"{f.object}: {p.raw}" for f in result.findings for p in f.unmet)
            met = dict.fromkeys(p.says.zh for f in result.findings for p in f.proofs if p.met)
            rows.append((result.item.major_risk_trigger, result.item.id, result.item.text.zh, result.verdict,
                         "\n".join(list(unmet)[:6]), "\n".join(met) or "—"))  # fmt: skip
    _sheet(book, "重大风险", columns, rows)


def _objects(book: Workbook, audit: Audit) -> None:
    rows = [tuple(name.split("/", 1)) for name in audit.objects]
    _sheet(book, "对象", {"类别 Kind": 14, "对象 Object": 50}, rows)


def _sheet(book: Workbook, title: str, columns: Mapping[str, int], rows: Iterable[Sequence[Any]]) -> Worksheet:
    """A sheet with a fixed head, set widths, wrapped text and coloured verdicts."""
    sheet: Worksheet = book.create_sheet(title)
    sheet.append(list(columns))
    for number, width in enumerate(columns.values(), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
        head = sheet.cell(1, number)
        head.font, head.fill = Font(bold=True, color="FFFFFF"), _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="center")
    for at, row in enumerate(rows, start=2):
        for number, value in enumerate(row, start=1):
            _put(sheet.cell(at, number), value)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    return sheet


def _put(cell: Cell | MergedCell, value: Any) -> None:
    """Text stays text: raw lines of machines must not become formulas."""
    if isinstance(value, Verdict):
        name, colour = VERDICTS[value]
        cell.value, cell.fill = name, PatternFill("solid", fgColor=colour)
    elif isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("�", value)
        cell.data_type = "s"
    else:
        cell.value = value
    cell.alignment, cell.border = Alignment(wrap_text=True, vertical="top"), _LINE


def _rate(rate: Rate) -> str:
    return f"{rate.numerator:g} / {rate.denominator} = {rate.value:.1%}"
