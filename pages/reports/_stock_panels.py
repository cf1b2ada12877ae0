"""How stock turns and what it is made of: the table of all its measures, the course of a balance, ages."""

from collections.abc import Callable
from decimal import Decimal

import pandas as pd

from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Ask, Figure, Key
from core.analytics.layer.dimensions import Grain
from core.analytics.layer.measures import MEASURES, Unit
from core.analytics.layer.terms import AGE_LABELS
from core.analytics.stock.age import AgeRow, stock_age
from core.analytics.stock.worked import worked
from core.base.exact import ZERO
from pages._shared.board import asking, labels
from pages._shared.board.board import DATES, Drawn, Scene
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.numbers import MONEY, Numbers, numbers_of
from pages._shared.board.figures.time import Point, over_time
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, Window, held_against, is_unfinished, step_of, steps
from pages._shared.tables import money_column, percent_column, quantity_column, quantity_places, text_column
from pages._shared.text import _

MOST_ROWS = 200
PLACES = {Unit.TIMES: 2, Unit.DAYS: 0, Unit.WEEKS: 1}
QUANTITY = Numbers(Unit.QUANTITY)
SKU = "sku"


def turnover(scene: Scene) -> Drawn:
    """Every measure of stock by a dimension, the largest stock first."""
    dimension = scene.dimension
    shown = [name for name in scene.panel.measures if scene.actor.permissions >= MEASURES[name].permissions]
    first = "stock_value" if "stock_value" in shown else "on_hand"
    asked = asking.ask(
        scene.look, shown, by=(dimension,), but=(dimension,), top=MOST_ROWS, order=f"-{first}", totals=False
    )
    found = answer(mirror(), scene.actor, asked)
    if not found.rows:
        return Drawn(note=_(scene.panel.empty))
    names = [labels.name_of(dimension, key[0], row[0]) for key, row in zip(found.keys, found.rows, strict=True)]
    keys = [labels.label_of(dimension, key[0], row[0]) for key, row in zip(found.keys, found.rows, strict=True)]
    frame = pd.DataFrame(
        {"name": names}
        | {name: [None if each is None else float(each) for each in found.figures(name)] for name in shown}
    )
    columns = {"name": text_column(labels.title_of(dimension), pinned=True)}
    columns |= {name: _column(name, found.figures(name)) for name in shown}
    written = numbers_of("on_hand").full
    marks = {
        key: f"{name} · {written(amount)}"
        for key, name, amount in zip(keys, names, found.figures("on_hand"), strict=True)
        if amount
    }
    note = ""
    if len(names) == MOST_ROWS:
        note = _("The first {count}; filters and levels show the others.").format(count=MOST_ROWS)
    return Drawn(table=frame, columns=columns, marks=marks, labels=keys, note=note)


def key_figures_worked(scene: Scene) -> Drawn:
    """Each key figure with its formula and the numbers put in."""
    asked = asking.ask(scene.look, ("on_hand",))
    found = worked(mirror(), scene.actor, asked, scene.panel.measures)
    frame = pd.DataFrame(
        {
            "name": [_(each.measure.label) for each in found],
            "figure": [Numbers(each.measure.unit).full(each.amount) for each in found],
            "formula": [
                " ".join(f"{part.sign} {_(part.measure.label)}" for part in each.inputs).strip() for each in found
            ],
            "numbers": [
                " ".join(f"{part.sign} {Numbers(part.measure.unit).full(part.amount)}" for part in each.inputs).strip()
                for each in found
            ],
        }
    )
    columns = {
        "name": text_column(_("Figure"), pinned=True),
        "figure": text_column(_("Result"), alignment="right"),
        "formula": text_column(_("Formula")),
        "numbers": text_column(_("With the numbers")),
    }
    return Drawn(table=frame, columns=columns)


def course_of_balance(measure: str) -> Callable[[Scene], Drawn]:
    """What was there at the end of each day, week or month; and at the end of those that it is held against."""

    def draw(scene: Scene) -> Drawn:
        look, numbers = scene.look, numbers_of(measure)
        step = step_of(look.window)
        today = today_of(mirror())
        asked = asking.ask(look, (measure,), by=(step.value,), but=(DATES,), spans=[look.window], totals=False)
        now = _by_day(scene, asked, measure)
        earlier: dict[Key, Figure] = {}
        if look.compared:
            asked = asking.ask(
                look, (measure,), by=(Grain.DAY.value,), but=(DATES,), spans=[look.compared], totals=False
            )
            earlier = _by_day(scene, asked, measure)
        points = []
        for cut in steps(look.window, step):
            start = step.start(cut.since)
            if cut.since > today:
                break
            other = held_against(cut, look.window, look.compared) if look.compared else None
            has_other = other is not None and other.days > 0
            points.append(
                Point(
                    label=start.isoformat(),
                    name=labels.month(start) if step is Grain.MONTH else labels.short_day(cut.since),
                    full_name=labels.span_name(cut),
                    amount=now.get(start) or ZERO,
                    before=(earlier.get(other.last_day) or ZERO) if has_other and other else None,
                    before_name=labels.span_name(Window(other.last_day, other.until)) if has_other and other else "",
                    is_unfinished=is_unfinished(cut, step, today),
                )
            )
        if not any(point.amount for point in points):
            return Drawn(note=_(scene.panel.empty))
        legend = (_("At the end"), _(COMPARISON_LABELS[look.comparison]))
        return Drawn(over_time(points, lambda _label: True, legend, numbers=numbers))

    return draw


def ages(scene: Scene) -> Drawn:
    """How long ago what is here was received: all of it, and by a dimension."""
    dimension, look = scene.dimension, scene.look
    on = min(look.window.last_day, today_of(mirror()))
    kept, left_out = asking.choices_of(look, (SKU,))
    whole = stock_age(mirror(), scene.actor, where=kept, exclude=left_out, on=on).total
    kept, left_out = asking.choices_of(look, (SKU, dimension))
    found = stock_age(mirror(), scene.actor, dimension, where=kept, exclude=left_out, on=on)
    if not whole.quantity:
        return Drawn(note=_(scene.panel.empty))
    sees_costs = whole.values is not None
    rows = sorted(found.rows, key=lambda row: -(row.value if row.value is not None else row.quantity))[:MOST_ROWS]
    parts = whole.values if whole.values is not None else whole.quantities
    all_of_it = sum(parts, ZERO)
    bars = [
        Bar(str(place), _(label), part, None, part / all_of_it if all_of_it > 0 else None)
        for place, (label, part) in enumerate(zip(AGE_LABELS, parts, strict=True))
    ]
    chart = ranked(bars, lambda _label: True, MONEY if sees_costs else QUANTITY)
    names = [labels.name_of(dimension, row.key, row.label) for row in rows]
    frame = pd.DataFrame(
        {"name": names, "whole": [float(_amounts(row)[1]) for row in rows]}
        | {f"age{place}": [float(_amounts(row)[0][place]) for row in rows] for place in range(len(AGE_LABELS))}
    )
    column = money_column if sees_costs else quantity_column
    columns = {
        "name": text_column(labels.title_of(dimension), pinned=True),
        "whole": column(_("Stock value") if sees_costs else _("On hand")),
        **{f"age{place}": column(_(label)) for place, label in enumerate(AGE_LABELS)},
    }
    keys = [labels.label_of(dimension, row.key, row.label) for row in rows]
    return Drawn(chart, table=frame, columns=columns, labels=keys, note=together(scene, SKU))


def together(scene: Scene, *dimensions: str) -> str:
    """Says what a panel shows together whatever is picked of it, where something is picked of it."""
    filtered = {*scene.look.where, *scene.look.without}
    names = [labels.title_of(each) for each in dimensions if each in filtered]
    return _("Filters on {names} do not count here.").format(names=", ".join(names)) if names else ""


def _amounts(row: AgeRow) -> tuple[tuple[Decimal, ...], Decimal]:
    if row.values is not None and row.value is not None:
        return row.values, row.value
    return row.quantities, row.quantity


def _by_day(scene: Scene, asked: Ask, measure: str) -> dict[Key, Figure]:
    found = answer(mirror(), scene.actor, asked)
    return dict(zip((key[0] for key in found.keys), found.figures(measure), strict=True))


def _column(name: str, figures: list[Figure]) -> object:
    measure = MEASURES[name]
    if measure.unit is Unit.MONEY:
        return money_column(_(measure.label))
    if measure.unit is Unit.RATE:
        return percent_column(_(measure.label))
    places = PLACES.get(measure.unit, quantity_places(figures))
    return quantity_column(_(measure.label), places)
