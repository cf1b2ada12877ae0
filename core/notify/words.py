"""Notices in words: in the language of who reads them, in the app and outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from core.base.i18n import N_, said_in
from core.notify.events import EVENTS, Event, Form

_SYMBOLS = {"CNY": "¥"}
MANY = N_("{count} notices")
MORE = N_("and {count} more, in the inbox of the app")


@dataclass(frozen=True)
class Said:
    """A notice in words: its kind, its sentence, and the address it leads to where one is known."""

    label: str
    sentence: str
    address: str = ""


@dataclass(frozen=True)
class Letter:
    """What one message says. `uid` is the same at every attempt, so that a receiver can tell a second copy."""

    uid: str
    title: str
    said: tuple[Said, ...]
    company: str
    language: str

    def body(self, limit: int | None = None) -> str:
        """The text, in at most so many bytes of UTF-8: what does not fit is counted."""
        foot = f"\n\n{self.company} · #{self.uid[:8]}"
        parts: list[str] = []
        for number, each in enumerate(self.said):
            part = each.sentence if len(self.said) == 1 else f"{number + 1}. {each.label}: {each.sentence}"
            part = f"{part}\n{each.address}" if each.address else part
            rest = len(self.said) - number
            closing = f"\n{said_in(self.language, MORE).format(count=rest)}{foot}"
            room = None if limit is None else limit - _weight("\n".join([*parts, ""]) + closing)
            if room is not None and _weight(part) > room:
                if not parts:
                    parts.append(part.encode()[: max(0, room - 3)].decode(errors="ignore") + "…")
                    rest -= 1
                if rest:
                    parts.append(said_in(self.language, MORE).format(count=rest))
                break
            parts.append(part)
        return "\n".join(parts) + foot


def said(event: Event, facts: Mapping[str, Any], *, language: str, currency: str, address: str = "") -> Said:
    """A notice in words of this language."""
    shown = {name: written(event.forms.get(name), fact, language, currency) for name, fact in facts.items()}
    return Said(said_in(language, event.label), said_in(language, event.sentence).format(**shown).strip(), address)


def event_of(name: str) -> Event | None:
    """The event of a stored notice; None where this version knows it no more."""
    return EVENTS.get(name)


def title_of(said: tuple[Said, ...], language: str) -> str:
    """What stands above a message."""
    return said[0].label if len(said) == 1 else said_in(language, MANY).format(count=len(said))


def written(form: Form | None, fact: Any, language: str, currency: str) -> str:
    if fact is None:
        return "–"
    if form is Form.MONEY:
        sign = _SYMBOLS.get(currency) or get_currency_symbol(currency, language)
        amount = Decimal(fact)
        return f"{'-' if amount < 0 else ''}{sign}{format_decimal(abs(amount), '#,##0.00', locale=language)}"
    if form is Form.QUANTITY:
        return str(format_decimal(Decimal(fact), "#,##0.###", locale=language))
    if form is Form.DAY:
        return format_date(date.fromisoformat(fact), "yyyy-MM-dd" if language == "zh_CN" else "d MMM yyyy", language)
    return said_in(language, fact) if form is Form.TEXT and fact else str(fact)


def _weight(text: str) -> int:
    return len(text.encode())
