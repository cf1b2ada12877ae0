"""What a board asks the mirror under the filters of its look, shaped for its panels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Answer, Ask, Choice, Choices, Figure, Key
from core.analytics.layer.dimensions import DIMENSIONS, Grain
from core.analytics.layer.due import DUE
from core.analytics.layer.measures import MEASURES, Measure
from core.analytics.layer.rows import rows_of
from core.analytics.layer.sales import SALES as SALES_FAMILY
from core.analytics.stock.books import Stocked
from core.base.exact import ZERO
from core.security.actor import Actor
from pages._shared.board import classes, labels
from pages._shared.board.board import BETWEEN, DATES, Card
from pages._shared.board.figures.bars import SLOTS, Bar
from pages._shared.board.figures.numbers import Numbers
from pages._shared.board.figures.time import Point
from pages._shared.filters import Look
from pages._shared.formats import quantity
from pages._shared.mirror import mirror
from pages._shared.periods import Window, held_against, is_unfinished, step_of, steps
from pages._shared.standing import standing
from pages._shared.text import _

SALES, LINES, UNROUNDED = "net_sales", "lines", "net_sales_unrounded"
# What a product is part by part.
PLACES = {"warehouse", "sku"}
# The part of the whole that few make up.
MOST = Decimal("0.8")
# Of these, neither more nor less is good by itself.
NEITHER = {"stock_value", "on_hand", "average_stock", "average_stock_value"}
BAD_WHEN_MORE = {"returns", "return_rate", "discount", "cost", "days_on_hand", "stock_out_days", "stock_out_rate"}


@dataclass(frozen=True)
class Bars:
    """The longest bars, and what all others add up to."""

    bars: list[Bar]
    rest: Decimal


def ask(
    look: Look,
    measures: Sequence[str],
    *,
    by: Sequence[str] = (),
    but: Sequence[str] = (),
    spans: Sequence[Window] | None = None,
    also: Choices | None = None,
    top: int | None = None,
    order: str | None = None,
    fill: bool = False,
    totals: bool = True,
) -> Ask:
    """A question under the filters of a look, except those on the dimensions in `but`.

    It is about the days looked at, or those of `spans`. `also` narrows it down further.
    """
    days = list(spans if spans is not None else spans_of(look))
    where, exclude = choices_of(look, but)
    if len(days) > 1:
        where[Grain.DAY.value] = tuple(each for span in days for each in span)
    return Ask(
        measures=tuple(measures),
        by=tuple(by),
        where={**where, **(also or {})},
        exclude=exclude,
        since=min(span.since for span in days),
        until=max(span.until for span in days),
        top=top,
        order=order or (f"-{measures[0]}" if top else None),
        fill=fill,
        totals=totals,
    )


def choices_of(
    look: Look, but: Sequence[str] = ()
) -> tuple[dict[str, tuple[Choice, ...]], dict[str, tuple[Choice, ...]]]:
    """What is picked and what is left out, as a question holds it; classes of products as their products."""
    where, exclude = (
        {name: tuple(labels.choice(name, label) for label in chosen) for name, chosen in filters.items()}
        for filters in (look.where_but(*but, DATES, *classes.TITLES), look.without_but(*but, DATES, *classes.TITLES))
    )
    picked = classes.picked_products(look, but)
    if picked is not None:
        both = set(picked) & set(where["product"]) if "product" in where else picked
        where["product"] = tuple(both) or (classes.NOTHING,)
    left_out = classes.products_left_out(look, but)
    if left_out:
        exclude["product"] = (*exclude.get("product", ()), *left_out)
    return where, exclude


def spans_of(look: Look) -> list[Window]:
    """The days looked at: the period, or those parts of it that were picked and not left out."""
    if not look.picked(DATES) and not look.left_out(DATES):
        return [look.window]
    step = step_of(look.window)
    cuts = [cut for cut in steps(look.window, step) if look.counts(DATES, step.start(cut.since).isoformat())]
    return cuts or [Window(look.window.since, look.window.since)]


def spans_before(look: Look, compared: Window) -> list[Window]:
    """The days that they are held against."""
    spans = [held_against(span, look.window, compared) for span in spans_of(look)]
    return [span for span in spans if span.days] or [Window(compared.since, compared.since)]


def ask_behind(look: Look, dimension: str = "", label: str = "", measure: str = SALES) -> Ask:
    """The question whose documents are those of the look; given a mark, of that mark alone."""
    if dimension:
        for each, part in zip(dimension.split(BETWEEN), label.split(BETWEEN), strict=True):
            look = look.leaving_out(each, ()).picking(each, [part])
    return ask(look, (measure,))


def key_figures(*measures: str) -> Callable[[Actor, Look], list[Card]]:
    """The key figures of what is looked at, with their course; none that the reader may not see."""

    def found(actor: Actor, look: Look) -> list[Card]:
        mine = [name for name in measures if (needs := MEASURES[name].needs) is None or actor.may(needs)]
        lined = all({SALES_FAMILY, DUE} >= set(MEASURES[name].families) for name in mine)
        more = [LINES] if lined and LINES not in mine else []
        more += [UNROUNDED] if SALES in mine else []
        now = answer(mirror(), actor, ask(look, [*mine, *more]))
        before = None
        if look.compared:
            before = answer(mirror(), actor, ask(look, mine, spans=spans_before(look, look.compared)))
        course = course_of(actor, look, mine)
        return [
            Card(
                MEASURES[name],
                now.total(name),
                None if before is None else before.total(name),
                [float(figure or 0) for figure in course.figures(name)],
                name in BAD_WHEN_MORE,
                now.total(LINES) if lined else None,
                unrounded=now.total(UNROUNDED) if name == SALES else None,
            )
            for name in mine
        ]

    return found


def course_of(actor: Actor, look: Look, measures: Sequence[str]) -> Answer:
    """Figures over the whole period, day by day, week by week or month by month."""
    step = step_of(look.window).value
    asked = ask(look, measures, by=(step,), but=(DATES,), spans=[look.window], fill=True, totals=False)
    return answer(mirror(), actor, asked)


def points(actor: Actor, look: Look, measure: str = SALES) -> list[Point]:
    """A measure that adds up, over the whole period: day by day, week by week or month by month."""
    step = step_of(look.window)
    course = course_of(actor, look, (measure,))
    amounts = dict(zip((key[0] for key in course.keys), course.figures(measure), strict=True))
    daily: dict[Key, Figure] = {}
    if look.compared:
        asked = ask(look, (measure,), by=(Grain.DAY.value,), but=(DATES,), spans=[look.compared], totals=False)
        earlier = answer(mirror(), actor, asked)
        daily = dict(zip((key[0] for key in earlier.keys), earlier.figures(measure), strict=True))
    found = []
    for cut in steps(look.window, step):
        start = step.start(cut.since)
        other = held_against(cut, look.window, look.compared) if look.compared else None
        found.append(
            Point(
                label=start.isoformat(),
                name=labels.month(start) if step is Grain.MONTH else labels.short_day(cut.since),
                full_name=labels.span_name(cut),
                amount=amounts.get(start) or ZERO,
                before=None if other is None else sum((daily.get(each) or ZERO for each in other), ZERO),
                before_name=labels.span_name(other) if other and other.days else "",
                is_unfinished=is_unfinished(cut, step, today_of(mirror())),
            )
        )
    return found


def bars(actor: Actor, look: Look, dimension: str, measure: str = SALES, top: int = SLOTS) -> Bars:
    """A measure by a dimension, the longest first; its own filters do not count, so that all its bars stay."""
    asked = ask(look, (measure,), by=(dimension,), but=(dimension,), top=top)
    now = answer(mirror(), actor, asked)
    whole = now.total(measure) or ZERO
    adds_up = _adds_up(measure, dimension)
    befores: dict[Key, Figure] = {}
    if look.compared and now.keys:
        shown = {dimension: tuple(key[0] for key in now.keys)}
        spans = spans_before(look, look.compared)
        asked = ask(look, (measure,), by=(dimension,), but=(dimension,), spans=spans, also=shown, totals=False)
        earlier = answer(mirror(), actor, asked)
        befores = dict(zip((key[0] for key in earlier.keys), earlier.figures(measure), strict=True))
    found = []
    for key, row, amount in zip(now.keys, now.rows, now.figures(measure), strict=True):
        found.append(
            Bar(
                label=labels.label_of(dimension, key[0], row[0]),
                name=labels.name_of(dimension, key[0], row[0]),
                amount=amount or ZERO,
                before=(befores.get(key[0]) or ZERO) if look.compared else None,
                share=amount / whole if adds_up and amount and whole > ZERO else None,
            )
        )
    rest = whole - sum((bar.amount for bar in found), ZERO) if adds_up else ZERO
    return Bars(found, rest)


def _adds_up(measure: str, dimension: str) -> bool:
    """Whether the bars are parts of a whole. Days without goods are not: a product may be out in one place alone."""
    described = MEASURES[measure]
    if isinstance(described.numerator, Stocked) and described.numerator.of.is_of_shelf and dimension in PLACES:
        return False
    return described.denominator is None and not DIMENSIONS[dimension].overlaps


def chips(actor: Actor, look: Look) -> list[tuple[str, str, str, bool]]:
    """Every active filter: dimension, label, what it is called, and whether it is left out."""
    return [
        (dimension, label, name, is_out)
        for filters, is_out in ((look.where, False), (look.without, True))
        for dimension, chosen in filters.items()
        for label, name in zip(chosen, labels.names(actor, look, dimension, chosen), strict=True)
    ]


def told(card: Card) -> str:
    """A key figure with every digit, what it means and was counted from, from when it is, and whether it agrees."""
    exactly = Numbers(card.measure.unit).full
    lines = [f"**{exactly(card.amount)}**"]
    if card.before is not None:
        lines.append(_("Compared with {amount}").format(amount=exactly(card.before)))
    lines.append(_(card.measure.sentence))
    if card.lines is not None:
        lines.append(_("Order lines in it: {count}").format(count=quantity(card.lines)))
    if isinstance(card.measure, Measure):
        rows = rows_of(mirror(), card.measure)
        lines.append(_("Counted from {count} rows of the books").format(count=quantity(rows)))
    return "  \n".join([*lines, *standing()])


def last_sale(actor: Actor) -> date | None:
    """The last day on which anything was sold; None where nothing ever was."""
    found = answer(mirror(), actor, Ask((SALES,), by=(Grain.DAY.value,), top=1, order="-day"))
    return next((key[0] for key in found.keys if isinstance(key[0], date)), None)
