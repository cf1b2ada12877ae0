"""A statement of account for the customer: an Excel file, and a page to print. Both show what is on record."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from html import escape
from io import BytesIO

from babel.numbers import format_decimal
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from core.base.exact import ZERO
from core.base.i18n import _, current_language
from core.receivables.statement_models import LINE_LABELS, STATEMENT_LABELS, LineKind
from core.sales.money.statement_queries import StatementCard

_MONEY = "#,##0.00;[Red]-#,##0.00"
_WIDTHS = (6, 12, 14, 20, 20, 16, 16)
_FONTS = "system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif"


def statement_workbook(card: StatementCard, company: str) -> bytes:
    """The statement as an .xlsx file whose totals are formulas over its lines."""
    content = BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": card.row.number, "company": company})
        money = book.add_format({"num_format": _MONEY})
        bold = book.add_format({"bold": True})
        total = book.add_format({"bold": True, "num_format": _MONEY, "top": 1})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E7F3F3"})
        sheet = book.add_worksheet(card.row.number)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        title = "  ".join((company, _("Statement of account")))
        sheet.write_string(0, 0, title, book.add_format({"bold": True, "size": 14}))
        for place, (label, words) in enumerate(_facts(card), 1):
            sheet.write_string(place, 0, label, bold)
            sheet.write_string(place, 2, words)
        row = len(_facts(card)) + 2
        for column, label in enumerate(_headings()):
            sheet.write_string(row, column, label, head)
        row += 1
        opening = row
        sheet.write_string(row, 3, _("Opening balance"))
        sheet.write_number(row, 6, float(card.opening_amount), money)
        for line in card.lines:
            row += 1
            sheet.write_number(row, 0, line.line_number)
            sheet.write_string(row, 1, line.on.isoformat())
            sheet.write_string(row, 2, _(LINE_LABELS[line.kind]))
            sheet.write_string(row, 3, line.document)
            sheet.write_string(row, 4, line.order)
            sheet.write_number(row, 5, float(line.amount), money)
            sheet.write_formula(row, 6, f"=G{row}+F{row + 1}", money, float(line.balance))
        row += 1
        sheet.write_string(row, 3, _("Closing balance"), bold)
        changes = card.row.closing_amount - card.opening_amount
        sheet.write_formula(row, 5, f"=SUM(F{opening + 1}:F{row})", total, float(changes))
        sheet.write_formula(row, 6, f"=G{opening + 1}+F{row + 1}", total, float(card.row.closing_amount))
        sheet.freeze_panes(opening, 0)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(opening - 1)
        sheet.set_paper(9)
    return content.getvalue()


def statement_page(card: StatementCard, company: str) -> str:
    """The statement as a page of its own, for the browser to print; it needs nothing from elsewhere."""
    facts = "".join(f"<div><b>{escape(label)}</b> {escape(words)}</div>" for label, words in _facts(card))
    opening = ["", "", "", _("Opening balance"), "", "", _money(card.opening_amount)]
    changes = _money(card.row.closing_amount - card.opening_amount)
    closing = ["", "", "", _("Closing balance"), "", changes, _money(card.row.closing_amount)]
    lines = [
        [
            str(line.line_number),
            line.on.isoformat(),
            _(LINE_LABELS[line.kind]),
            line.document,
            line.order,
            _money(line.amount),
            _money(line.balance),
        ]
        for line in card.lines
    ]
    headings = "".join(f"<th>{escape(each)}</th>" for each in _headings())
    body = _row(opening) + "".join(map(_row, lines))
    sums = " · ".join(f"{escape(label)} {_money(amount)}" for label, amount in statement_sums(card))
    title = escape(" · ".join((company, _("Statement of account"), card.row.number)))
    signed = "".join(
        f"<div>{escape(each)}</div>" for each in (_("Prepared by"), _("Confirmed by the customer (stamp)"))
    )
    return (
        f'<!doctype html><html lang="{current_language().replace("_", "-")}"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_style()}</style></head><body><h1>{title}</h1>"
        f'<section class="facts">{facts}</section>'
        f"<table><thead><tr>{headings}</tr></thead><tbody>{body}</tbody><tfoot>{_row(closing)}</tfoot></table>"
        f'<p>{sums}</p><section class="signed">{signed}</section></body></html>'
    )


def statement_sums(card: StatementCard) -> Sequence[tuple[str, Decimal]]:
    """What adds up to the closing balance, each with its sign; goodwill only where there is any."""
    let_off = sum((line.amount for line in card.lines if line.kind == LineKind.GOODWILL), ZERO)
    return (
        (_("Opening balance"), card.opening_amount),
        (_("Goods shipped"), card.shipped_amount),
        (_("Goods returned"), -card.returned_amount - let_off),
        *(((_("Goodwill"), let_off),) if let_off else ()),
        (_("Charges"), card.charged_amount),
        (_("Money received"), -card.paid_amount),
        (_("Closing balance"), card.row.closing_amount),
    )


def _facts(card: StatementCard) -> list[tuple[str, str]]:
    period = f"{_day(card.row.since)} – {_day(card.row.last_on)}"
    facts = [
        (_("Customer"), f"{card.row.customer} ({card.code})"),
        (_("Number"), card.row.number),
        (_("Period"), period),
        (_("State"), _(STATEMENT_LABELS[card.row.state])),
        (_("Currency"), card.currency),
    ]
    return [*facts, (_("Note"), card.note)] if card.note else facts


def _headings() -> tuple[str, ...]:
    return ("#", _("Day"), _("Kind"), _("Document"), _("Order"), _("Amount"), _("Owed so far"))


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(each)}</td>' for each in cells)}</tr>"


def _day(day: date) -> str:
    return day.isoformat()


def _money(amount: Decimal) -> str:
    return format_decimal(amount, "#,##0.00", locale=current_language())


def _style() -> str:
    return (
        f"body{{font:13px/1.5 {_FONTS};margin:24px;color:#111}}h1{{font-size:18px}}"
        ".facts{display:grid;grid-template-columns:1fr 1fr;gap:2px 24px;margin-bottom:12px}"
        "table{border-collapse:collapse;width:100%}th,td{padding:4px 8px;border-bottom:1px solid #ccc;text-align:left}"
        "th:nth-child(n+6),td:nth-child(n+6){text-align:right;font-variant-numeric:tabular-nums}"
        "thead{display:table-header-group}tfoot{font-weight:bold;display:table-row-group}tr{break-inside:avoid}"
        ".signed{display:flex;gap:25%;margin-top:48px}@page{size:A4;margin:14mm}@media print{body{margin:0}}"
    )
