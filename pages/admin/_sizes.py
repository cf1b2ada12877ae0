"""Bytes and seconds as people read them."""

from babel.numbers import format_decimal

from pages._shared.formats import locale
from pages._shared.text import _

STEPS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def size(count: int | None) -> str:
    """So many bytes, in the largest unit that leaves a whole number before the point."""
    if count is None:
        return "–"
    for unit, step in STEPS:
        if count >= step:
            return f"{format_decimal(round(count / step, 1), locale=locale())} {unit}"
    return f"{count} B"


def lasting(seconds: float | None) -> str:
    """How long something took."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return _("{count} ms").format(count=round(seconds * 1000))
    return _("{count} s").format(count=format_decimal(round(seconds, 1), locale=locale()))


def behind(seconds: float | None) -> str:
    """How far something is behind; nothing is said about what is within a few seconds."""
    if seconds is None:
        return "–"
    return _("under 5 s") if seconds < 5 else lasting(seconds)
