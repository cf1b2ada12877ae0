"""What filters are called and which words an address may hold for them."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date, get_day_names

from core.analytics.errors import UnknownLabel
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Choice
from core.analytics.layer.dimensions import COHORT, DIMENSIONS, Grain, Part
from core.analytics.layer.names import names_of
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.board import classes
from pages._shared.board.board import DATES
from pages._shared.filters import Dimensions, Look
from pages._shared.formats import day, language, locale
from pages._shared.mirror import mirror
from pages._shared.periods import Window, step_of, steps
from pages._shared.text import _

LONGEST_ID, LONGEST_NAME = 9, 80
# Regions and tags of customers are words; their ids change when the mirror is built again, so they go by name.
BY_NAME = {"region", "customer_tag"}


def words_of(dimensions: Sequence[str]) -> Dimensions:
    """What an address may say for each of these dimensions."""
    return {dimension: _words(dimension) for dimension in dimensions}


def choice(dimension: str, label: str) -> Choice:
    """A label as a question holds it."""
    if dimension in BY_NAME:
        return label
    if DIMENSIONS[dimension].grain is not None:
        return date.fromisoformat(label)
    return int(label)


def label_of(dimension: str, key: object, name: object) -> str:
    """The label of a row of an answer."""
    return str(name or "") if dimension in BY_NAME else str(key)


def name_of(dimension: str, key: object, name: object) -> str:
    """What a row of an answer is called."""
    described = DIMENSIONS[dimension]
    if described.part is Part.WEEKDAY:
        return weekday(int(str(key)))
    if described.part is Part.HOUR:
        return f"{int(str(key)):02}:00"
    if dimension == COHORT:
        number = int(str(key))
        return month(date(number // 100, number % 100, 1)) if number and 1 <= number % 100 <= 12 else _("None")
    if described.labels is None and described.grain is None:
        return str(key) if key else _("None")
    if described.grain is not None and isinstance(key, date):
        return span_name(Window(key, described.grain.next(key)))
    if not name:
        return _("None")
    return _(str(name)) if described.is_worded else str(name)


def title_of(dimension: str) -> str:
    """What a filter on this dimension is called."""
    if dimension in classes.TITLES:
        return _(classes.TITLES[dimension])
    return _("Days") if dimension == DATES else _(DIMENSIONS[dimension].label)


def names(actor: Actor, look: Look, dimension: str, labels: Sequence[str]) -> list[str]:
    """What these labels are called."""
    if dimension == DATES:
        step = step_of(look.window)
        cuts = {step.start(cut.since).isoformat(): cut for cut in steps(look.window, step)}
        return [span_name(cuts[label]) for label in labels]
    if dimension in classes.TITLES:
        return [label.upper() for label in labels]
    if dimension in BY_NAME:
        return [label or _("None") for label in labels]
    if DIMENSIONS[dimension].labels is None:
        return [name_of(dimension, choice(dimension, label), None) for label in labels]
    ids = tuple(int(label) for label in labels)
    called = names_of(mirror(), actor, dimension, ids)
    return [name_of(dimension, number, called.get(number, str(number) if number else "")) for number in ids]


def sensible(actor: Actor, look: Look) -> Look:
    """The look without days that its period does not have and names that are unknown, as an old link may name them."""
    step = step_of(look.window)
    known = {step.start(cut.since).isoformat() for cut in steps(look.window, step)}
    look = look.picking(DATES, [label for label in look.picked(DATES) if label in known])
    look = look.leaving_out(DATES, [label for label in look.left_out(DATES) if label in known])
    for way in () if actor.may(P.COST_READ) else classes.TITLES:
        look = look.picking(way, ()).leaving_out(way, ())
    for dimension in BY_NAME:
        for label in (*look.picked(dimension), *look.left_out(dimension)):
            if not _is_known(actor, dimension, label):
                look = look.freeing(dimension, label)
    return look


def span_name(span: Window) -> str:
    """Some days, as short as they can be said."""
    if span.days == 1:
        return day(span.since)
    if span.since.day == 1 and span.until == Grain.MONTH.next(span.since):
        return month(span.since)
    return f"{day(span.since)} – {day(span.last_day)}"


def month(first: date) -> str:
    """A month."""
    return format_date(first, "yyyy-MM" if language() == "zh_CN" else "MMM yyyy", locale())


def short_day(on: date) -> str:
    """A day without its year."""
    return format_date(on, "M-d" if language() == "zh_CN" else "d MMM", locale())


def weekday(number: int, width: str = "abbreviated") -> str:
    """A day of the week, 1 for Monday."""
    return str(get_day_names(width, "stand-alone", locale())[number - 1])


def _words(dimension: str):  # noqa: ANN202
    if dimension in classes.TITLES:
        return classes.WORDS[dimension].__contains__
    if dimension == DATES or DIMENSIONS[dimension].grain is not None:
        return _is_day
    return _is_name if dimension in BY_NAME else _is_id


def _is_known(actor: Actor, dimension: str, label: str) -> bool:
    try:
        answer(mirror(), actor, Ask(("net_sales",), where={dimension: (label,)}))
    except UnknownLabel:
        return False
    return True


def _is_id(label: str) -> bool:
    return label.isascii() and label.isdigit() and len(label) <= LONGEST_ID


def _is_name(label: str) -> bool:
    return len(label) <= LONGEST_NAME


def _is_day(label: str) -> bool:
    try:
        return date.fromisoformat(label).isoformat() == label
    except ValueError:
        return False
