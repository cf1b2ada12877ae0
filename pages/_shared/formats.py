"""Numbers, days and moments as people read them, in the language of the session."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern

from core.base import i18n
from core.base.exact import round_to
from pages._shared.company import store
from pages._shared.text import speak

Number = Decimal | int | float

# The symbol people of the country write; Babel's English says CN¥ to tell it from the yen.
_SYMBOLS = {"CNY": "¥"}
_STEPS = {
    "zh_CN": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
    "en": ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K")),
}


def symbol() -> str:
    """The sign of the company's currency."""
    currency = store().settings.currency
    return _SYMBOLS.get(currency) or get_currency_symbol(currency, locale())


def language() -> str:
    """The language of the session, as Babel names it."""
    speak()
    return i18n.current_language()


def locale() -> Locale:
    """The same as Babel wants it: to find one by its name takes longer than to write a number."""
    return _locale(language())


_locale = lru_cache(Locale.parse)
_pattern = lru_cache(parse_pattern)


def _written(number: Number, pattern: str) -> str:
    form: NumberPattern = _pattern(pattern)
    return form.apply(number, locale())


def money(amount: Decimal | None, sign: bool = True) -> str:
    """An amount to the cent: ¥1,234.50; a missing one is an en dash."""
    if amount is None:
        return "–"
    shown = _written(abs(amount), "#,##0.00")
    return f"{'-' if amount < 0 else ''}{symbol() if sign else ''}{shown}"


def price(unit_price: Decimal | None) -> str:
    """A price for one unit: two decimals, up to four where it has them."""
    if unit_price is None:
        return "–"
    return f"{symbol()}{_written(unit_price, '#,##0.00##')}"


def quantity(count: Decimal | int | None) -> str:
    """A quantity without superfluous zeros: 12, 0.5."""
    return "–" if count is None else _written(count, "#,##0.###")


def number(figure: Decimal | None) -> str:
    """A ratio that is no per cent, with four decimals at most."""
    return "–" if figure is None else _written(figure, "#,##0.####")


def compact(number: Number | None, sign: str = "") -> str:
    """A large number in few signs: 12.3万, 1.05亿 or 123K, 1.05M."""
    if number is None:
        return "–"
    exact = Decimal(str(number))
    size = abs(exact)
    minus = "-" if exact < 0 else ""
    for step, word in _STEPS[language()]:
        short = size / step
        if round_to(short, 4) >= 1:
            places = 2 if short < 10 else 1 if short < 1000 else 0
            return f"{minus}{sign}{_written(round_to(short, places), '#,##0.##')}{word}"
    return f"{minus}{sign}{_written(round_to(size, 2), '#,##0.##')}"


def compact_money(amount: Number | None) -> str:
    """A large amount in few signs: ¥12.3万."""
    return compact(amount, symbol())


def percent(ratio: Number | None, places: int = 1) -> str:
    """A ratio as per cent: 0.125 is 12.5%."""
    if ratio is None:
        return "–"
    return f"{_written(round_to(Decimal(str(ratio)) * 100, places), '#,##0.###')}%"


def day(on: date | None) -> str:
    """A calendar day."""
    return "–" if on is None else format_date(on, "yyyy-MM-dd" if language() == "zh_CN" else "d MMM yyyy", locale())


def moment(at: datetime | None) -> str:
    """A moment in the company's time zone, to the minute."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(store().settings.timezone))
    pattern = "yyyy-MM-dd HH:mm" if language() == "zh_CN" else "d MMM yyyy, HH:mm"
    return format_datetime(local, pattern, locale=locale())


def local_time(at: datetime) -> datetime:
    """The moment on the company's wall clock, for tables that sort by it."""
    return at.astimezone(ZoneInfo(store().settings.timezone)).replace(tzinfo=None)
