"""What only the board of products shows."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.analytics.affinity import bought_together
from core.analytics.came_and_went import Changed, fading, newcomers
from core.analytics.export.sheet import Field, Kind, Sheet
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Figure, Key, change
from core.analytics.layer.dimensions import Grain, add_months
from core.analytics.layer.measures import Unit
from core.base.exact import ZERO, round_to
from core.base.i18n import N_
from pages._shared.board import asking, labels
from pages._shared.board.board import DATES, Drawn, Scene
from pages._shared.board.figures.bars import SLOTS, Bar, ranked
from pages._shared.board.figures.numbers import MONEY, Numbers, told
from pages._shared.board.figures.shares import Dot, scatter
from pages._shared.board.figures.time import lines
from pages._shared.board.panels import marks_of
from pages._shared.formats import percent, quantity
from pages._shared.mirror import mirror
from pages._shared.periods import Window, step_of, steps
from pages._shared.tables import money_column, percent_column, quantity_column, text_column
from pages._shared.text import _, ngettext

MOST_ROWS, MOST_DOTS, MOST_PAIRS, MOST_LINES = 100, 200, 40, 5
YEAR = 12
COUNT, RATE = Numbers(Unit.COUNT), Numbers(Unit.RATE)
NONE_NEW = N_("Nothing is new in this period.")
NONE_FADING = N_("Nothing fades: all sell at least half of what they sold before.")


def performance(scene: Scene) -> Drawn:
    """The products that sell most, with small bars; the change is against the period compared with."""
    names = ("net_sales", "quantity", "orders", "return_rate")
    rows = _by(scene, names, top=MOST_ROWS)
    if not rows:
        return Drawn(note=_(scene.panel.empty))
    befores = _before(scene, [key for key, _name, _figures in rows])
    sales = [figures[0] or ZERO for _key, _name, figures in rows]
    frame = pd.DataFrame(
        {
            "name": [name for _key, name, _figures in rows],
            "sales": [float(each) for each in sales],
            "bar": [float(max(each, ZERO)) for each in sales],
            "grown": [
                None if (grown := change(now, befores.get(key))) is None else float(grown)
                for now, (key, _name, _figures) in zip(sales, rows, strict=True)
            ],
            **{
                column: [None if figures[place] is None else float(figures[place] or 0) for _k, _n, figures in rows]
                for place, column in enumerate(("quantity", "orders", "return_rate"), start=1)
            },
        }
    )
    columns = {
        "name": text_column(labels.title_of(scene.dimension), pinned=True),
        "sales": money_column(_("Net sales")),
        "bar": st.column_config.ProgressColumn("", format=" ", min_value=0.0, max_value=float(max(sales)) or 1.0),
        "grown": percent_column(_("Growth")),
        "quantity": quantity_column(_("Quantity")),
        "orders": quantity_column(_("Orders")),
        "return_rate": percent_column(_("Return rate")),
    }
    marks = {
        labels.label_of(scene.dimension, key, name): f"{name} · {MONEY.full(figures[0])}"
        for key, name, figures in rows
        if figures[0]
    }
    keys = [labels.label_of(scene.dimension, key, name) for key, name, _figures in rows]
    return Drawn(table=frame, columns=columns, marks=marks, labels=keys)


def growth_against_size(scene: Scene) -> Drawn:
    """Net sales across, growth up: what is large and grows stands at the top right."""
    rows = _by(scene, ("net_sales",), top=MOST_DOTS)
    befores = _before(scene, [key for key, _name, _figures in rows])
    dots = []
    for key, name, (amount,) in rows:
        grown = change(amount, befores.get(key))
        if amount is not None and amount > 0 and grown is not None:
            words = told(name, amount, befores.get(key))
            label = labels.label_of(scene.dimension, key, name)
            dots.append(Dot(label, name, amount, min(grown, Decimal(3)), amount, words))
    if not dots:
        return Drawn(note=_("Nothing that was sold in both periods. Choose what to compare with."))
    chart = scatter(dots, scene.counts, across=(_("Net sales"), MONEY), up=(_("Growth"), RATE))
    note = _("Growth above 300 % is drawn at 300 %.") if any(dot.up == Decimal(3) for dot in dots) else ""
    return Drawn(chart, note, {dot.label: f"{dot.name} · {MONEY.full(dot.across)}" for dot in dots})


def margin_against_volume(scene: Scene) -> Drawn:
    """Quantity across, margin rate up: who sells much and earns little stands at the bottom right."""
    rows = _by(scene, ("net_sales", "quantity", "margin_rate"), top=MOST_DOTS)
    dots = [
        Dot(
            labels.label_of(scene.dimension, key, name),
            name,
            count,
            rate,
            max(amount or ZERO, ZERO),
            told(
                name,
                amount,
                None,
                None,
                f"{_('Quantity')}: {quantity(count)}",
                f"{_('Margin rate')}: {percent(rate)}",
            ),
        )
        for key, name, (amount, count, rate) in rows
        if count is not None and rate is not None and count > 0
    ]
    if not dots:
        return Drawn(note=_("No cost is known of what was sold."))
    chart = scatter(dots, scene.counts, across=(_("Quantity"), COUNT), up=(_("Margin rate"), RATE))
    return Drawn(chart, marks={dot.label: f"{dot.name} · {MONEY.full(dot.weight)}" for dot in dots if dot.weight})


def new_ones(scene: Scene) -> Drawn:
    """Sold now, and not in the twelve months before."""
    look, dimension = scene.look, scene.dimension
    since = look.window.since
    now = asking.ask(look, (asking.SALES,), by=(dimension,), but=(dimension,))
    year_before = [Window(add_months(since, -YEAR), since)]
    earlier = asking.ask(look, (asking.SALES,), by=(dimension,), but=(dimension, DATES), spans=year_before)
    found = newcomers(mirror(), scene.actor, now, earlier, SLOTS)
    if not found.count:
        return Drawn(note=_(NONE_NEW))
    bars = [_bar(dimension, row, None) for row in found.rows]
    note = ngettext("{count} is new.", "{count} are new.", found.count).format(count=found.count)
    return Drawn(ranked(bars, scene.counts), note, marks_of(bars))


def fading_ones(scene: Scene) -> Drawn:
    """Less than half of what they sold before, the largest loss first."""
    look, dimension = scene.look, scene.dimension
    if look.compared is None:
        return Drawn(note=_("Choose what to compare with."))
    now = asking.ask(look, (asking.SALES,), by=(dimension,), but=(dimension,))
    spans = asking.spans_before(look, look.compared)
    before = asking.ask(look, (asking.SALES,), by=(dimension,), but=(dimension,), spans=spans)
    found = fading(mirror(), scene.actor, now, before, SLOTS)
    if not found.count:
        return Drawn(note=_(NONE_FADING))
    bars = [_bar(dimension, row, row.before) for row in found.rows]
    words = ngettext(
        "{count} fades; it sold {amount} less.", "{count} fade; together they sold {amount} less.", found.count
    )
    note = words.format(count=found.count, amount=MONEY.full(found.lost))
    return Drawn(ranked(bars, scene.counts, has_room_for_before=True), note, marks_of(bars))


def _bar(dimension: str, row: Changed, before: Decimal | None) -> Bar:
    label = labels.label_of(dimension, row.key, row.label)
    return Bar(label, labels.name_of(dimension, row.key, row.label), row.now, before, None)


def together(scene: Scene) -> Drawn:
    """Pairs of products, the surest first."""
    pairs = bought_together(mirror(), scene.actor, asking.ask(scene.look, (asking.SALES,)), MOST_PAIRS)
    if not pairs:
        return Drawn(note=_("No two products are in ten orders together more often than by chance."))
    frame = pd.DataFrame(
        {
            "first": [pair.first for pair in pairs],
            "second": [pair.second for pair in pairs],
            "orders": [pair.orders for pair in pairs],
            **{
                name: [float(getattr(pair, name)) for pair in pairs]
                for name in ("support", "confidence", "lift", "lift_low")
            },
        }
    )
    columns = {
        "first": text_column(_("Who buys")),
        "second": text_column(_("also buys")),
        "orders": quantity_column(_("Orders")),
        "support": percent_column(_("Support")),
        "confidence": percent_column(_("Confidence")),
        "lift": quantity_column(_("Lift"), 2),
        "lift_low": quantity_column(_("at least"), 2),
    }
    return Drawn(table=frame, columns=columns)


def prices(scene: Scene) -> Drawn:
    """What one unit brought, step by step, by SKU."""
    look = scene.look
    chosen = look.picked("product")[:1]
    if not chosen:
        best = asking.bars(scene.actor, look, "product", top=1).bars
        if not best:
            return Drawn(note=_(scene.panel.empty))
        chosen = (best[0].label,)
    (name,) = labels.names(scene.actor, look, "product", chosen)
    also = {"product": tuple(int(label) for label in chosen)}
    skus = asking.ask(look, (asking.SALES,), by=("sku",), but=("product", DATES), also=also, top=MOST_LINES)
    found = answer(mirror(), scene.actor, skus)
    step = step_of(look.window)
    asked = asking.ask(
        look,
        (asking.SALES, "quantity"),
        by=(step.value, "sku"),
        but=("product", DATES),
        spans=[look.window],
        also={**also, "sku": tuple(key[0] for key in found.keys)},
    )
    each = answer(mirror(), scene.actor, asked)
    figures = zip(each.keys, each.figures(asking.SALES), each.figures("quantity"), strict=True)
    paid = {key: round_to(amount / count, 4) for key, amount, count in figures if amount and count and count > 0}
    cuts = steps(look.window, step)
    series = [
        (str(row[0]), [paid.get((step.start(cut.since), key[0])) for cut in cuts])
        for key, row in zip(found.keys, found.rows, strict=True)
    ]
    if not any(amount is not None for _sku, amounts in series for amount in amounts):
        return Drawn(note=_(scene.panel.empty))
    names = [labels.month(cut.since) if step is Grain.MONTH else labels.short_day(cut.since) for cut in cuts]
    fields = (Field(_("From"), Kind.DAY), *(Field(sku, Kind.PRICE) for sku, _amounts in series))
    cells = [(cut.since, *(amounts[place] for _sku, amounts in series)) for place, cut in enumerate(cuts)]
    return Drawn(lines(names, series), name, sheet=Sheet(_(scene.panel.title), fields, cells, notes=(name,)))


def _by(
    scene: Scene, measures: Sequence[str], *, top: int, spans: Sequence[Window] | None = None
) -> list[tuple[Key, str, list[Figure]]]:
    """Key, name and figures by the panel's dimension; its own filters do not count."""
    dimension = scene.dimension
    asked = asking.ask(scene.look, measures, by=(dimension,), but=(dimension,), spans=spans, top=top, totals=False)
    found = answer(mirror(), scene.actor, asked)
    columns = [found.figures(measure) for measure in measures]
    return [
        (key[0], labels.name_of(dimension, key[0], row[0]), [column[place] for column in columns])
        for place, (key, row) in enumerate(zip(found.keys, found.rows, strict=True))
    ]


def _before(scene: Scene, keys: Sequence[Key]) -> dict[Key, Figure]:
    """Net sales of these in the period compared with."""
    look, dimension = scene.look, scene.dimension
    if look.compared is None or not keys:
        return {}
    spans = asking.spans_before(look, look.compared)
    asked = asking.ask(
        look,
        (asking.SALES,),
        by=(dimension,),
        but=(dimension,),
        spans=spans,
        also={dimension: tuple(keys)},
        totals=False,
    )
    found = answer(mirror(), scene.actor, asked)
    return dict(zip((key[0] for key in found.keys), found.figures(asking.SALES), strict=True))
