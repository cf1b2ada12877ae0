"""The page behind the link of a statement: server-made, without scripts, for a phone, with nothing of the house."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import sha256
from html import escape

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from core.base.clock import business_day
from core.base.i18n import _, current_language
from core.exchange.statement_files import statement_sums
from core.receivables.statement_models import LINE_LABELS, StatementState
from core.sales.money.link_queries import AnswerRow, LinkedCard
from core.sales.money.statement_links import LONGEST_NAME, LONGEST_WORDS
from core.sales.money.statement_queries import StatementLineRow

AGREE, OBJECT = "agree", "object"
_FONTS = "system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif"
_STYLE = (
    ":root{color-scheme:light dark;--ink:#16252b;--soft:#5b6b72;--line:#d5dde0;--ground:#fff;--card:#f4f8f8;"
    "--go:#0b6f71;--stop:#a63446}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6eef0;--soft:#a3b3b9;--line:#33454c;--ground:#10191d;"
    "--card:#182429;--go:#3fb9bb;--stop:#f08a98}}"
    f"*{{box-sizing:border-box}}body{{font:16px/1.5 {_FONTS};margin:0;background:var(--ground);color:var(--ink)}}"
    "main{max-width:640px;margin:0 auto;padding:16px}h1{font-size:20px;margin:0}p{margin:4px 0}"
    ".soft{color:var(--soft);font-size:14px}.due{font-size:28px;font-weight:650;font-variant-numeric:tabular-nums}"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px;margin:12px 0}"
    "dl{display:grid;grid-template-columns:1fr auto;gap:2px 16px;margin:0}dd{margin:0;text-align:right;"
    "font-variant-numeric:tabular-nums}dl .total{font-weight:650;border-top:1px solid var(--line);padding-top:4px}"
    "ol{list-style:none;margin:0;padding:0}li{border-top:1px solid var(--line);padding:10px 0}"
    ".line{display:flex;justify-content:space-between;gap:12px}.line b{font-variant-numeric:tabular-nums;"
    "white-space:nowrap}.minus{color:var(--go)}.whole{white-space:nowrap}"
    "summary{cursor:pointer;color:var(--soft);font-size:14px;padding:6px 0}"
    "label{display:block;margin-top:8px;font-size:14px}input,textarea{width:100%;font:inherit;padding:10px;"
    "border:1px solid var(--line);border-radius:8px;background:var(--ground);color:var(--ink)}"
    "button{width:100%;font:inherit;font-weight:600;padding:12px;border-radius:8px;margin-top:10px;cursor:pointer;"
    "border:1px solid var(--go);background:var(--go);color:var(--ground)}"
    "button.other{background:none;border-color:var(--stop);color:var(--stop)}"
    ".told{border-left:4px solid var(--go)}.refused{border-left:4px solid var(--stop)}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of the page: its one style and its own form, nothing else."""


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, and why it was not accepted."""

    name: str = ""
    words: Mapping[int, str] = field(default_factory=dict)
    refusal: str = ""


def linked_page(card: LinkedCard, company: str, timezone: str, typed: Typed | None = None) -> str:
    """The statement with a form to confirm it or dispute lines; once answered, what was answered."""
    typed = typed or Typed()
    row = card.statement.row
    money = _Money(card.statement.currency)
    title, closing = escape(_("Statement of account")), escape(_("Closing balance"))
    parts = [
        f"<header><p class=soft>{escape(company)}</p><h1>{title}</h1>"
        f"<p>{escape(row.customer)}</p><p class=soft>{escape(row.number)} · {_day(row.since)} – {_day(row.last_on)}</p>"
        f"</header>",
        f"<section class=card><p class=soft>{closing}</p><p class=due>{money(row.closing_amount)}</p></section>",
        _refused(typed.refusal),
        _state(card, timezone),
        f"<section class=card><dl>{''.join(_sum(*each, money) for each in _sums(card))}</dl></section>",
    ]
    lines = "".join(_line(line, money, typed if card.is_open else None) for line in card.statement.lines)
    if card.is_open:
        parts.append(_form(lines, typed))
    else:
        parts.append(f"<ol>{lines}</ol>")
    until = _("This link works until {day}.").format(day=_day(business_day(card.expires_at, timezone)))
    parts.append(f"<p class=soft>{escape(until)}</p>")
    return _page(" · ".join((company, row.number)), "".join(parts))


def told_page(company: str, sentence: str) -> str:
    """A page with one sentence: what a link shows that opens nothing."""
    body = f"<p class=soft>{escape(company)}</p><section class='card refused'><p>{escape(sentence)}</p></section>"
    return _page(company, body)


class _Money:
    """Amounts in the currency of the statement."""

    def __init__(self, currency: str) -> None:
        self.sign = "¥" if currency == "CNY" else get_currency_symbol(currency, current_language())

    def __call__(self, amount: Decimal) -> str:
        shown = format_decimal(abs(amount), "#,##0.00", locale=current_language())
        return escape(f"{'-' if amount < 0 else ''}{self.sign}{shown}")


def _sums(card: LinkedCard) -> Sequence[tuple[str, Decimal]]:
    first, *others, last = statement_sums(card.statement)
    return [first, *(each for each in others if each[1]), last]


def _sum(label: str, amount: Decimal, money: _Money) -> str:
    total = " class=total" if label == _("Closing balance") else ""
    return f"<dt{total}>{escape(label)}</dt><dd{total}>{money(amount)}</dd>"


def _line(line: StatementLineRow, money: _Money, typed: Typed | None) -> str:
    numbers = [escape(each) for each in (_day(line.on), line.document, line.order) if each]
    about = " · ".join(f"<span class=whole>{each}</span>" for each in numbers)
    minus = " class=minus" if line.amount < 0 else ""
    shown = (
        f"<div class=line><span>{escape(_(LINE_LABELS[line.kind]))}<br><span class=soft>"
        f"{about}</span></span><b{minus}>{money(line.amount)}</b></div>"
    )
    if typed is not None:
        words = typed.words.get(line.line_number, "")
        place = f"line.{line.line_number}"
        wrong, what = escape(_("Something is wrong with this line")), escape(_("What is wrong?"))
        shown += (
            f"<details{' open' if words else ''}><summary>{wrong}</summary>"
            f"<label for={place}>{what}</label>"
            f"<textarea id={place} name={place} rows=2 maxlength={LONGEST_WORDS}>{escape(words)}</textarea></details>"
        )
    return f"<li>{shown}</li>"


def _form(lines: str, typed: Typed) -> str:
    name, right, wrong = (
        escape(words) for words in (_("Your name"), _("Everything is right: confirm"), _("Send what is wrong"))
    )
    return (
        f"<form method=post><ol>{lines}</ol><section class=card>"
        f"<label for=name>{name}</label>"
        f'<input id=name name=name required maxlength={LONGEST_NAME} autocomplete=name value="{escape(typed.name)}">'
        f"<button name=answer value={AGREE}>{right}</button>"
        f"<button class=other name=answer value={OBJECT}>{wrong}</button>"
        f"</section></form>"
    )


def _refused(sentence: str) -> str:
    return f"<section class='card refused' role=alert><p>{escape(sentence)}</p></section>" if sentence else ""


def _state(card: LinkedCard, timezone: str) -> str:
    state, answer = card.statement.row.state, card.answer
    if card.is_open:
        return ""
    if answer is None or answer.is_agreed != (state != StatementState.DISPUTED):
        words = _("This statement was already answered.")
        return f"<section class='card told'><p>{escape(words)}</p></section>"
    return f"<section class='card told'>{_answered(answer, timezone)}</section>"


def _answered(answer: AnswerRow, timezone: str) -> str:
    on = _day(business_day(answer.answered_at, timezone))
    words = _("Confirmed by {name} on {day}. Thank you.") if answer.is_agreed else _("Disputed by {name} on {day}.")
    said = "".join(f"<p>{escape(each.document)}: {escape(each.words)}</p>" for each in answer.objections)
    return f"<p><b>{escape(words.format(name=answer.name, day=on))}</b></p>{said}"


def _day(day: date) -> str:
    language = current_language()
    return escape(format_date(day, "yyyy-MM-dd" if language == "zh_CN" else "d MMM yyyy", language))


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{current_language().replace("_", "-")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
