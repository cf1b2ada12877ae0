"""The panels that most boards want, ready to be declared."""

from collections.abc import Mapping
from typing import Any

from core.analytics.layer.answer import answer
from core.base.exact import ZERO
from core.base.i18n import N_
from pages._shared.board import asking, labels
from pages._shared.board.board import BETWEEN, DATES, Drawn, Option, Panel, Scene
from pages._shared.board.figures.bars import Bar, pareto, ranked
from pages._shared.board.figures.grids import heat_map
from pages._shared.board.figures.numbers import numbers_of
from pages._shared.board.figures.shares import stacked, treemap
from pages._shared.board.figures.time import over_time
from pages._shared.board.sheets import over_time_by
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, step_of, steps
from pages._shared.text import _, ngettext

MOST_BARS = 40
MOST_TILES = 24
PARTS = 6
# What contribution can be looked at by, the usual one first.
CONTRIBUTION = {
    "category": N_("Category"),
    "top_category": N_("Main category"),
    "product": N_("Product"),
    "product_tag": N_("Product tag"),
    "customer": N_("Customer"),
    "segment": N_("Segment"),
    "customer_tag": N_("Customer tag"),
    "customer_kind": N_("Kind of customer"),
    "channel": N_("Channel"),
    "region": N_("Region"),
    "sales_rep": N_("Sales rep"),
    "brand": N_("Brand"),
    "warehouse": N_("Warehouse"),
    "sku": N_("SKU"),
}


def course(name: str, title: str, measure: str = asking.SALES, **more: Any) -> Panel:
    """A measure that adds up, over time; a click picks days, a double click looks closer."""

    def draw(scene: Scene) -> Drawn:
        points = asking.points(scene.actor, scene.look, measure)
        numbers = numbers_of(measure)
        legend = (_("This period"), _(COMPARISON_LABELS[scene.look.comparison]))
        marks = {point.label: f"{point.full_name} · {numbers.full(point.amount)}" for point in points if point.amount}
        return Drawn(over_time(points, scene.counts, legend, numbers=numbers), marks=marks)

    return Panel(name, title, draw, path=(DATES,), measures=(measure,), **more)


def ranking(name: str, title: str, *path: str, measure: str = asking.SALES, **more: Any) -> Panel:
    """A measure by a dimension, the longest bars first."""

    def draw(scene: Scene) -> Drawn:
        found = asking.bars(scene.actor, scene.look, scene.dimension, measure)
        if not found.bars:
            return Drawn(note=_(scene.panel.empty))
        numbers = numbers_of(measure)
        rest = _("All others: {amount}").format(amount=numbers.full(found.rest)) if found.rest else ""
        return Drawn(ranked(found.bars, scene.counts, numbers), rest, marks_of(found.bars, measure))

    return Panel(name, title, draw, path=path, measures=(measure,), **more)


def broken_down(name: str, title: str, words: Mapping[str, str], measure: str, **more: Any) -> Panel:
    """A measure by any of several dimensions, such as a ratio that is no part of a whole; the longest bars first."""

    def draw(scene: Scene) -> Drawn:
        found = asking.bars(scene.actor, scene.look, scene.dimension, measure)
        if not found.bars:
            return Drawn(note=_(scene.panel.empty))
        return Drawn(ranked(found.bars, scene.counts, numbers_of(measure)), marks=marks_of(found.bars, measure))

    return Panel(name, title, draw, measures=(measure,), options=(Option("by", N_("Broken down by"), words),), **more)


def pareto_of(
    name: str, title: str, words: Mapping[str, str] = CONTRIBUTION, measure: str = asking.SALES, **more: Any
) -> Panel:
    """Which few make up most: bars from the largest, and what they are together."""

    def draw(scene: Scene) -> Drawn:
        found = asking.bars(scene.actor, scene.look, scene.dimension, measure, top=MOST_BARS)
        bars = [bar for bar in found.bars if bar.share]
        if not bars:
            return Drawn(note=_(scene.panel.empty))
        run, enough = ZERO, 0
        for bar in bars:
            run, enough = run + (bar.share or ZERO), enough + (run < asking.MOST)
        note = ""
        if run >= asking.MOST:
            words = ngettext(
                "The first makes up 80 % of the whole.", "The first {count} make up 80 % of the whole.", enough
            )
            note = words.format(count=enough)
        elif found.rest:
            note = _("These {count} and all others: {amount}").format(
                count=len(bars), amount=numbers_of(measure).full(found.rest)
            )
        return Drawn(pareto(bars, scene.counts, numbers_of(measure)), note, marks_of(bars, measure))

    return Panel(name, title, draw, measures=(measure,), options=(Option("by", N_("Broken down by"), words),), **more)


def shares_over_time(
    name: str, title: str, words: Mapping[str, str] = CONTRIBUTION, measure: str = asking.SALES, **more: Any
) -> Panel:
    """What a measure is made of, step by step: the largest parts and all others."""

    def draw(scene: Scene) -> Drawn:
        look, dimension = scene.look, scene.dimension
        found = asking.bars(scene.actor, look, dimension, measure, top=PARTS)
        if not found.bars:
            return Drawn(note=_(scene.panel.empty))
        step = step_of(look.window)
        but = (dimension, DATES)
        whole = answer(mirror(), scene.actor, asking.ask(look, (measure,), by=(step,), but=but, spans=[look.window]))
        wholes = dict(zip((key[0] for key in whole.keys), whole.figures(measure), strict=True))
        also = {dimension: tuple(labels.choice(dimension, bar.label) for bar in found.bars)}
        asked = asking.ask(look, (measure,), by=(step, dimension), but=but, spans=[look.window], also=also)
        each = answer(mirror(), scene.actor, asked)
        amounts = {
            (key[0], labels.label_of(dimension, key[1], row[1])): amount
            for key, row, amount in zip(each.keys, each.rows, each.figures(measure), strict=True)
        }
        cuts = steps(look.window, step)
        starts = [step.start(cut.since) for cut in cuts]
        parts = [
            (bar.label, bar.name, [amounts.get((start, bar.label)) or ZERO for start in starts]) for bar in found.bars
        ]
        rest = [
            (wholes.get(start) or ZERO) - sum((part[2][place] for part in parts), ZERO)
            for place, start in enumerate(starts)
        ]
        if any(rest):
            parts.append(("", _("All others"), rest))
        names = [labels.span_name(cut) for cut in cuts]
        as_share = scene.word("as") == "share"
        chart = stacked(names, parts, scene.counts, as_share=as_share, numbers=numbers_of(measure))
        return Drawn(chart, marks=marks_of(found.bars, measure))

    options = (
        Option("by", N_("Broken down by"), words),
        Option("as", N_("Shown as"), {"amount": N_("Amounts"), "share": N_("Shares")}),
    )
    return Panel(name, title, draw, measures=(measure,), options=options, sheet=over_time_by, **more)


def tiles(
    name: str, title: str, words: Mapping[str, str] = CONTRIBUTION, measure: str = asking.SALES, **more: Any
) -> Panel:
    """A measure by a dimension as rectangles."""

    def draw(scene: Scene) -> Drawn:
        found = asking.bars(scene.actor, scene.look, scene.dimension, measure, top=MOST_TILES)
        if not any(bar.amount > 0 for bar in found.bars):
            return Drawn(note=_(scene.panel.empty))
        numbers = numbers_of(measure)
        rest = _("All others: {amount}").format(amount=numbers.full(found.rest)) if found.rest else ""
        return Drawn(treemap(found.bars, scene.counts, numbers), rest, marks_of(found.bars, measure))

    return Panel(name, title, draw, measures=(measure,), options=(Option("by", N_("Broken down by"), words),), **more)


def heat(name: str, title: str, down: str, across: str, measure: str = asking.SALES, **more: Any) -> Panel:
    """A measure by two numbered dimensions, such as weekdays and hours; a click picks both."""

    def draw(scene: Scene) -> Drawn:
        asked = asking.ask(scene.look, (measure,), by=(down, across), but=(down, across))
        found = answer(mirror(), scene.actor, asked)
        amounts = dict(zip(found.keys, found.figures(measure), strict=True))
        if not any(amounts.values()):
            return Drawn(note=_(scene.panel.empty))
        rows, columns = (_all_of(dimension, place, found.keys) for place, dimension in enumerate((down, across)))
        chart = heat_map(
            [labels.name_of(down, row, None) for row in rows],
            [labels.name_of(across, column, None) for column in columns],
            [[amounts.get((row, column)) for column in columns] for row in rows],
            [[f"{row}{BETWEEN}{column}" for column in columns] for row in rows],
            scene.counts,
            numbers_of(measure),
        )
        full = numbers_of(measure).full
        marks = {
            f"{row}{BETWEEN}{column}": f"{labels.name_of(down, row, None)} {labels.name_of(across, column, None)}"
            f" · {full(amount)}"
            for (row, column), amount in amounts.items()
            if amount
        }
        return Drawn(chart, marks=marks)

    return Panel(name, title, draw, path=(f"{down}{BETWEEN}{across}",), measures=(measure,), **more)


def marks_of(bars: list[Bar], measure: str = asking.SALES) -> dict[str, str]:
    """The bars as one can choose them: each label with its name and amount."""
    full = numbers_of(measure).full
    return {bar.label: f"{bar.name} · {full(bar.amount)}" for bar in bars if bar.amount}


def _all_of(dimension: str, place: int, keys: tuple[tuple[Any, ...], ...]) -> list[int]:
    """Every weekday; of hours, those from the first with an amount to the last."""
    present = [int(key[place]) for key in keys]
    if dimension == "weekday":
        return list(range(1, 8))
    return list(range(min(present), max(present) + 1))
