"""The key figures of whoever asks: the company's, or their own, now and in the days held against these."""

from dataclasses import dataclass
from datetime import date

from core.analytics.bridge import Bridge, sales_bridge
from core.analytics.findings.whose import whose
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Choice, Compare, Figure, change
from core.analytics.layer.measures import MEASURES, Measure
from core.analytics.layer.sales import SALES
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P

FIGURES = ("net_sales", "orders", "margin", "margin_rate", "collected")
LINES, UNROUNDED = "lines", "net_sales_unrounded"
LONGEST_BY_DAY = 45


@dataclass(frozen=True)
class KeyFigure:
    """One figure, before and now, and its course over the days or weeks that are over.

    `lines` is how many lines of orders it is made of; None where it is not made of these. `unrounded` is what net
    sales are before imported lines are rounded to cents.
    """

    measure: Measure
    amount: Figure
    before: Figure
    trend: tuple[float, ...]
    lines: Figure
    unrounded: Figure

    @property
    def grown(self) -> Figure:
        """By what part it grew."""
        return change(self.amount, self.before)


@dataclass(frozen=True)
class Compared:
    """Days, and those they are held against; both without their last day."""

    since: date
    until: date
    before: tuple[date, date]


def key_figures(mirror: Mirror, actor: Actor, days: Compared) -> list[KeyFigure]:
    """The figures that somebody may see; none for who may not analyse sales. Who sells gets their own."""
    if not actor.may(P.SALES_ANALYSE):
        return []
    names = tuple(name for name in FIGURES if MEASURES[name].permissions <= actor.permissions)
    asked = Ask(
        (*names, LINES, UNROUNDED),
        where=_own(actor),
        since=days.since,
        until=days.until,
        compare=Compare.CUSTOM,
        compared=days.before,
    )
    told = answer(mirror, actor, asked)
    step = "day" if (days.until - days.since).days <= LONGEST_BY_DAY else "week"
    course = answer(
        mirror, actor, Ask(names, by=(step,), where=_own(actor), since=days.since, until=days.until, fill=True)
    )
    return [
        KeyFigure(
            MEASURES[name],
            told.total(name),
            told.total_before(name),
            tuple(
                float(figure or 0)
                for (start,), figure in zip(course.keys, course.figures(name), strict=True)
                if start not in course.incomplete
            ),
            told.total(LINES) if MEASURES[name].families == (SALES,) else None,
            told.total(UNROUNDED) if name == FIGURES[0] else None,
        )
        for name in names
    ]


def why_changed(mirror: Mirror, actor: Actor, days: Compared) -> Bridge:
    """The steps from the net sales of the days before to those of now, to the cent."""
    before = Ask(("net_sales",), where=_own(actor), since=days.before[0], until=days.before[1])
    after = Ask(("net_sales",), where=_own(actor), since=days.since, until=days.until)
    return sales_bridge(mirror, actor, before, after)


def _own(actor: Actor) -> dict[str, tuple[Choice, ...]]:
    seller = whose(actor)
    return {} if seller is None else {"sales_rep": (seller,)}
