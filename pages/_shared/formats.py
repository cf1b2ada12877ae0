"""Numbers, days and moments as people read them, in the language of the session."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, get_currency_symbol

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
    return _SYMBOLS.get(currency) or get_currency_symbol(currency, language())


def language() -> str:
    """The language of the session, as Babel names it."""
    speak()
    return i18n.current_language()


def money(amount: Decimal | None, sign: bool = True) -> str:
    """An amount to the cent: ¥1,234.50; a missing one is an en dash."""
    if amount is None:
        return "–"
    shown = format_decimal(abs(amount), "#,##0.00", locale=language())
    return f"{'-' if amount < 0 else ''}{symbol() if sign else ''}{shown}"


def price(unit_price: Decimal | None) -> str:
    """A price for one unit: two decimals, up to four where it has them."""
    if unit_price is None:
        return "–"
    return f"{symbol()}{format_decimal(unit_price, '#,##0.00##', locale=language())}"


def quantity(count: Decimal | int | None) -> str:
    """A quantity without superfluous zeros: 12, 0.5."""
    return "–" if count is None else format_decimal(count, "#,##0.###", locale=language())


def number(figure: Decimal | None) -> str:
    """A ratio that is no per cent, with four decimals at most."""
    return "–" if figure is None else format_decimal(figure, "#,##0.####", locale=language())


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
            return f"{minus}{sign}{format_decimal(round_to(short, places), '#,##0.##', locale=language())}{word}"
    return f"{minus}{sign}{format_decimal(round_to(size, 2), '#,##0.##', locale=language())}"


def compact_money(amount: Number | None) -> str:
    """A large amount in few signs: ¥12.3万."""
    return compact(amount, symbol())


def percent(ratio: Number | None, places: int = 1) -> str:
    """A ratio as per cent: 0.125 is 12.5%."""
    if ratio is None:
        return "–"
    return f"{format_decimal(round_to(Decimal(str(ratio)) * 100, places), '#,##0.###', locale=language())}%"


def day(on: date | None) -> str:
    """A calendar day."""
    return "–" if on is None else format_date(on, "yyyy-MM-dd" if language() == "zh_CN" else "d MMM yyyy", language())


def moment(at: datetime | None) -> str:
    """A moment in the company's time zone, to the minute."""
    if at is None:
        return "–"
    local = at.astimezone(ZoneInfo(store().settings.timezone))
    pattern = "yyyy-MM-dd HH:mm" if language() == "zh_CN" else "d MMM yyyy, HH:mm"
    return format_datetime(local, pattern, locale=language())


def local_time(at: datetime) -> datetime:
    """The moment on the company's wall clock, for tables that sort by it."""
    return at.astimezone(ZoneInfo(store().settings.timezone)).replace(tzinfo=None)
