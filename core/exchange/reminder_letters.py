"""The letter of a reminder, as text to copy and as a page to print, in the language of whoever gets it."""

from datetime import date
from decimal import Decimal
from html import escape

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from core.receivables.reminder_rules import Level, letter
from core.sales.money.reminder_queries import RemindRow

_FONTS = "system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif"


def reminder_letter(row: RemindRow, level: Level, *, language: str, today: date, company: str, currency: str) -> str:
    """The text of a level, with what this customer owes."""

    def money(amount: Decimal) -> str:
        sign = "¥" if currency == "CNY" else get_currency_symbol(currency, language)
        return f"{sign}{format_decimal(amount, '#,##0.00', locale=language)}"

    def day(on: date) -> str:
        return format_date(on, "yyyy年M月d日" if language == "zh_CN" else "d MMM yyyy", language)

    documents = "\n".join(f"{part.number}    {day(part.due_on)}    {money(part.amount)}" for part in row.parts)
    facts = {
        "customer": row.customer,
        "amount": money(row.amount),
        "since": day(row.since),
        "documents": documents,
        "company": company,
        "day": day(today),
    }
    return letter(level.text(language), facts)


def letter_page(text: str, title: str, language: str) -> str:
    """The letter as a page of its own, for the browser to print."""
    return (
        f'<!doctype html><html lang="{language.replace("_", "-")}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>body{{font:15px/1.7 {_FONTS};margin:24mm 20mm;color:#111;"
        "white-space:pre-wrap}@page{size:A4;margin:0}</style></head>"
        f"<body>{escape(text)}</body></html>"
    )
