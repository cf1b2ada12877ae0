"""What the sales dashboard asks the mirror, shaped for its panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date

from core.analytics.errors import UnknownLabel
from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Answer, Ask, Choice, Choices, Figure, Key, change
from core.analytics.layer.dimensions import DIMENSIONS, Grain
from core.analytics.layer.measures import MEASURES, Measure, Unit
from core.base.exact import ZERO
from core.base.i18n import N_
from core.security.actor import Actor
from pages._shared.filters import Dimensions, Look
from pages._shared.formats import compact, compact_money, day, language, local_time, money, quantity
from pages._shared.mirror import mirror
from pages._shared.periods import Window, held_against, is_unfinished, step_of, steps
from pages._shared.text import _
from pages.reports.figures import SLOTS, Bar, Point

DATES = "dates"
LONGEST_ID, LONGEST_NAME = 9, 80
SALES = "net_sales"
CARDS = (SALES, "orders", "average_order", "customers", "quantity", "returns")
BAD_WHEN_MORE = {"returns"}
TITLES = {
    "channel": N_("By channel"),
    "category": N_("By category"),
    "product": N_("Top products"),
    "region": N_("By region"),
    "sales_rep": N_("By sales rep"),
}
PANELS = tuple(TITLES)
# Regions are words on orders; their ids change when the mirror is built again, so they go by name.
_BY_NAME = {"region"}


@dataclass(frozen=True)
class Card:
    """One key figure: now and before, as it is shown, and how it went over time."""

    measure: Measure
    amount: Decimal | None
    before: Decimal | None
    trend: list[float]

    @property
    def grown(self) -> Decimal | None:
        """By what part it grew."""
        return change(self.amount, self.before)

    @property
    def is_bad_when_more(self) -> bool:
        """Whether growing is no good news."""
        return self.measure.name in BAD_WHEN_MORE


@dataclass(frozen=True)
class Bars:
    """The longest bars, and what all others add up to."""

    bars: list[Bar]
    rest: Decimal


def dimensions() -> Dimensions:
    """What an address may filter by."""
    return {name: _is_name if name in _BY_NAME else _is_id for name in PANELS} | {DATES: _is_day}


def key_figures(actor: Actor, look: Look) -> list[Card]:
    """The key figures of what is looked at, with their course over the whole period."""
    now = answer(mirror(), actor, _ask(look, CARDS, _spans(look)))
    before = answer(mirror(), actor, _ask(look, CARDS, _spans_before(look, look.compared))) if look.compared else None
    course = _course(actor, look)
    return [
        Card(
            MEASURES[name],
            now.total(name),
            None if before is None else before.total(name),
            [float(figure or 0) for figure in course.figures(name)],
        )
        for name in CARDS
    ]


def points(actor: Actor, look: Look) -> list[Point]:
    """Net sales over the whole period, day by day, week by week or month by month."""
    step = step_of(look.window)
    course = _course(actor, look)
    amounts = dict(zip((key[0] for key in course.keys), course.figures(SALES), strict=True))
    daily: dict[Key, Figure] = {}
    if look.compared:
        earlier = answer(mirror(), actor, _ask(look, (SALES,), [look.compared], by=Grain.DAY.value, but=DATES))
        daily = dict(zip((key[0] for key in earlier.keys), earlier.figures(SALES), strict=True))
    found = []
    for cut in steps(look.window, step):
        start = step.start(cut.since)
        other = held_against(cut, look.window, look.compared) if look.compared else None
        found.append(
            Point(
                label=start.isoformat(),
                name=_month(start) if step is Grain.MONTH else _short_day(cut.since),
                full_name=_span_name(cut),
                amount=amounts.get(start) or ZERO,
                before=None if other is None else sum((daily.get(each) or ZERO for each in other), ZERO),
                before_name=_span_name(other) if other and other.days else "",
                is_unfinished=is_unfinished(cut, step, today_of(mirror())),
            )
        )
    return found


def bars(actor: Actor, look: Look, dimension: str) -> Bars:
    """Net sales by a dimension, the longest first; its own filters do not count, so that all its bars stay."""
    now = answer(mirror(), actor, _ask(look, (SALES,), _spans(look), by=dimension, but=dimension, top=SLOTS))
    whole = now.total(SALES) or ZERO
    befores: dict[Key, Figure] = {}
    if look.compared and now.keys:
        shown = {dimension: tuple(key[0] for key in now.keys)}
        spans = _spans_before(look, look.compared)
        earlier = answer(mirror(), actor, _ask(look, (SALES,), spans, by=dimension, but=dimension, also=shown))
        befores = dict(zip((key[0] for key in earlier.keys), earlier.figures(SALES), strict=True))
    found = []
    for key, row, amount in zip(now.keys, now.rows, now.figures(SALES), strict=True):
        name = row[0]
        found.append(
            Bar(
                label=str(name or "") if dimension in _BY_NAME else str(key[0]),
                name=str(name) if name else _("None"),
                amount=amount or ZERO,
                before=(befores.get(key[0]) or ZERO) if look.compared else None,
                share=amount / whole if amount and whole > ZERO else None,
            )
        )
    return Bars(found, whole - sum((bar.amount for bar in found), ZERO))


def amounts(actor: Actor, look: Look, dimension: str) -> dict[str, str]:
    """The bars of a panel as one can choose them: each label with its name and amount."""
    if dimension == DATES:
        named = [(point.label, point.full_name, point.amount) for point in points(actor, look)]
    else:
        named = [(bar.label, bar.name, bar.amount) for bar in bars(actor, look, dimension).bars]
    return {label: f"{name} · {money(amount)}" for label, name, amount in named if amount}


def chips(actor: Actor, look: Look) -> list[tuple[str, str, str]]:
    """Every active filter: dimension, label, and what it is called."""
    return [
        (dimension, label, name)
        for dimension, labels in look.where.items()
        for label, name in zip(labels, _names(actor, look, dimension, labels), strict=True)
    ]


def title_of(dimension: str) -> str:
    """What a filter on this dimension is called."""
    return _("Days") if dimension == DATES else _(DIMENSIONS[dimension].label)


def shown(measure: Measure, amount: Decimal | None) -> str:
    """A figure in few signs."""
    return compact_money(amount) if measure.unit is Unit.MONEY else compact(amount)


def told(card: Card) -> str:
    """What a key figure means, and with every digit."""
    exact = money if card.measure.unit is Unit.MONEY else quantity
    lines = [f"**{exact(card.amount)}**"]
    if card.before is not None:
        lines.append(_("Compared with {amount}").format(amount=exact(card.before)))
    return "  \n".join([*lines, _(card.measure.sentence)])


def is_nothing(cards: Sequence[Card]) -> bool:
    """Whether nothing was sold and nothing came back."""
    return not any(card.amount for card in cards)


def last_sale(actor: Actor) -> date | None:
    """The last day on which anything was sold; None where nothing ever was."""
    found = answer(mirror(), actor, Ask((SALES,), by=(Grain.DAY.value,), top=1, order="-day"))
    return next((key[0] for key in found.keys if isinstance(key[0], date)), None)


def sensible(actor: Actor, look: Look) -> Look:
    """The look without days that its period does not have and names that are unknown, as an old link may name them."""
    step = step_of(look.window)
    known = {step.start(cut.since).isoformat() for cut in steps(look.window, step)}
    look = look.picking(DATES, [label for label in look.picked(DATES) if label in known])
    for dimension in _BY_NAME:
        labels = [label for label in look.picked(dimension) if _is_known(actor, dimension, label)]
        look = look.picking(dimension, labels)
    return look


def ask_behind(look: Look, dimension: str = "", label: str = "") -> Ask:
    """The question whose documents are those of the look; given a bar, of that bar alone."""
    if dimension:
        look = look.picking(dimension, [label])
    return _ask(look, (SALES,), _spans(look))


def clock_time(at: datetime) -> str:
    """A moment on the company's wall clock, to the second."""
    return f"{local_time(at):%H:%M:%S}"


def _course(actor: Actor, look: Look) -> Answer:
    """All key figures over the whole period; asked by the cards and by the figure over time alike."""
    step = step_of(look.window).value
    return answer(mirror(), actor, _ask(look, CARDS, [look.window], by=step, but=DATES, fill=True))


def _ask(
    look: Look,
    measures: tuple[str, ...],
    spans: Sequence[Window],
    *,
    by: str = "",
    but: str = "",
    also: Choices | None = None,
    top: int | None = None,
    fill: bool = False,
) -> Ask:
    """A question about the days of these spans under the filters of the look, except those on one dimension."""
    where: dict[str, tuple[Choice, ...]] = {
        name: labels if name in _BY_NAME else tuple(int(label) for label in labels)
        for name, labels in look.where_but(but, DATES).items()
    }
    if len(spans) > 1:
        where[Grain.DAY.value] = tuple(each for span in spans for each in span)
    return Ask(
        measures=measures,
        by=(by,) if by else (),
        where={**where, **(also or {})},
        since=min(span.since for span in spans),
        until=max(span.until for span in spans),
        top=top,
        order=f"-{SALES}" if top else None,
        fill=fill,
    )


def _spans(look: Look) -> list[Window]:
    """The days looked at: the period, or those parts of it that were picked."""
    picked = look.picked(DATES)
    step = step_of(look.window)
    cuts = [cut for cut in steps(look.window, step) if step.start(cut.since).isoformat() in picked]
    return cuts or [look.window]


def _spans_before(look: Look, compared: Window) -> list[Window]:
    spans = [held_against(span, look.window, compared) for span in _spans(look)]
    return [span for span in spans if span.days] or [Window(compared.since, compared.since)]


def _is_known(actor: Actor, dimension: str, label: str) -> bool:
    try:
        answer(mirror(), actor, Ask((SALES,), where={dimension: (label,)}))
    except UnknownLabel:
        return False
    return True


def _names(actor: Actor, look: Look, dimension: str, labels: Sequence[str]) -> list[str]:
    if dimension == DATES:
        step = step_of(look.window)
        cuts = {step.start(cut.since).isoformat(): cut for cut in steps(look.window, step)}
        return [_span_name(cuts[label]) for label in labels]
    if dimension in _BY_NAME:
        return [label or _("None") for label in labels]
    ids = tuple(int(label) for label in labels)
    found = answer(mirror(), actor, Ask((SALES,), by=(dimension,), where={dimension: ids}))
    names = {key[0]: str(row[0] or _("None")) for key, row in zip(found.keys, found.rows, strict=True)}
    return [names.get(number, str(number)) for number in ids]


def _span_name(span: Window) -> str:
    if span.days == 1:
        return day(span.since)
    if span.since.day == 1 and span.until == Grain.MONTH.next(span.since):
        return _month(span.since)
    return f"{day(span.since)} – {day(span.last_day)}"


def _month(first: date) -> str:
    return format_date(first, "yyyy-MM" if language() == "zh_CN" else "MMM yyyy", language())


def _short_day(on: date) -> str:
    return format_date(on, "M-d" if language() == "zh_CN" else "d MMM", language())


def _is_id(label: str) -> bool:
    return label.isascii() and label.isdigit() and len(label) <= LONGEST_ID


def _is_name(label: str) -> bool:
    return len(label) <= LONGEST_NAME


def _is_day(label: str) -> bool:
    try:
        return date.fromisoformat(label).isoformat() == label
    except ValueError:
        return False
