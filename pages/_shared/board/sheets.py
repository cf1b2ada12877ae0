"""What a panel shows as a table for a file: asked anew in full, or the table that stands on it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import pandas as pd

from core.analytics.export.answers import pivot_of, sheet_of
from core.analytics.export.sheet import DECIMALS, KINDS, Cell, Field, Kind, Sheet
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.found import DOCUMENT_KIND_LABELS, DocumentRow
from core.analytics.layer.measures import MEASURES, Measure, dimensions_of
from core.analytics.stock.family import STOCK
from core.base.exact import round_to
from core.security.actor import Actor
from pages._shared.board import asking
from pages._shared.board.board import BETWEEN, DATES, Board, Card, Drawn, Scene
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, step_of
from pages._shared.text import _

UNSEEN = {"progress", "line_chart", "bar_chart", "area_chart", "link", "image", "button"}


def sheet_of_panel(scene: Scene) -> Sheet | None:
    """The panel as a table, under all filters of the look; None where there is nothing to show.

    Measures that the reader may not see are not asked for.
    """
    panel = scene.panel
    if panel.needs is not None and not scene.actor.may(panel.needs):
        return None
    if panel.sheet is not None:
        found = panel.sheet(scene)
    else:
        drawn = panel.draw(scene)
        found = drawn.sheet or (of_table(scene, drawn) if drawn.table is not None else asked(scene))
    if found is None or not found.lines:
        return None
    told = ((found.title, _(panel.told)),) if panel.told else ()
    return replace(found, means=(*told, *found.means))


def asked(scene: Scene) -> Sheet | None:
    """The measures of the panel by its dimension, all rows of them, and those they are held against."""
    return _asked(scene, _dimensions(scene))


def over_time(scene: Scene) -> Sheet | None:
    """The measures of the panel by day, week or month."""
    return _asked(scene, (step_of(scene.look.window).value,))


def over_time_by(scene: Scene) -> Sheet | None:
    """The measures of the panel by its dimension, with a group of columns for each day, week or month."""
    return _pivot(scene, scene.dimension, step_of(scene.look.window).value)


def _asked(scene: Scene, by: Sequence[str]) -> Sheet | None:
    look, measures = scene.look, _measures(scene)
    if not by or not measures:
        return None
    if len(by) > 1:
        return _pivot(scene, *by)
    is_dated = by[0] == step_of(look.window).value
    found = answer(mirror(), scene.actor, asking.ask(look, measures, by=by, fill=is_dated))
    before = None
    if look.compared:
        asked_before = asking.ask(
            look, measures, by=() if is_dated else by, spans=asking.spans_before(look, look.compared)
        )
        before = answer(mirror(), scene.actor, asked_before)
        if is_dated:
            before = _day_by_day(scene, found, before)
    return sheet_of(found, _(scene.panel.title), before, _(COMPARISON_LABELS[look.comparison]))


def _day_by_day(scene: Scene, found: Answer, before: Answer) -> Answer | None:
    """What each day, week or month is held against, as the figure over time draws it; of a sum alone."""
    if scene.dimension != DATES or len(found.totals) != 1:
        return None
    points = asking.points(scene.actor, scene.look, _measures(scene)[0])
    then = {date.fromisoformat(point.label): point.before for point in points}
    rows = tuple((key[0], then.get(key[0])) for key in found.keys if isinstance(key[0], date))
    return replace(before, columns=found.columns, keys=found.keys, rows=rows)


def _pivot(scene: Scene, down: str, across: str) -> Sheet | None:
    look, measures = scene.look, _measures(scene)
    cells, rows, columns = (
        answer(mirror(), scene.actor, asking.ask(look, measures, by=by, order=order))
        for by, order in (((down, across), None), ((down,), None), ((across,), across))
    )
    return pivot_of(cells, rows, columns, _(scene.panel.title))


def key_figures(board: Board, actor: Actor, look: Look) -> Sheet | None:
    """The figures above the panels, of the days looked at and of those compared with."""
    cards: list[Card] = board.figures(actor, look) if board.figures else []
    if not cards:
        return None
    fields = (
        Field(_("Period"), Kind.TEXT),
        *(Field(_(card.measure.label), KINDS.get(card.measure.unit, Kind.PRICE)) for card in cards),
    )
    lines: list[tuple[Cell, ...]] = [(_("This period"), *(card.amount for card in cards))]
    if look.compared:
        lines.append((_(COMPARISON_LABELS[look.comparison]), *(card.before for card in cards)))
    means = tuple((_(card.measure.label), _(card.measure.sentence)) for card in cards)
    return Sheet(_("Key figures"), fields, lines, means=means)


def of_documents(rows: Sequence[DocumentRow], total: Decimal, measure: Measure) -> Sheet:
    """The documents behind a mark, with their sum."""
    title = _("Documents") if measure.behind.family is STOCK else _("Orders")
    kind = Kind.MONEY if measure.unit.value == "money" else Kind.QUANTITY
    fields = (
        Field(_("Number"), Kind.TEXT),
        Field(_("Kind"), Kind.TEXT),
        Field(_("Day"), Kind.DAY),
        Field(_("Customer"), Kind.TEXT),
        Field(_(measure.label), kind, is_sum=sum((row.amount for row in rows), Decimal(0)) == total),
    )
    lines = [
        (
            row.number or f"{_(DOCUMENT_KIND_LABELS[row.kind])} {row.document_id}",
            _(DOCUMENT_KIND_LABELS[row.kind]),
            row.day,
            row.customer,
            row.amount,
        )
        for row in rows
    ]
    totals = (_("Total"), "", "", "", total)
    return Sheet(title, fields, lines, totals, ((_(measure.label), _(measure.sentence)),))


def of_table(scene: Scene, drawn: Drawn) -> Sheet:
    """The table that stands on the panel, row by row."""
    frame: pd.DataFrame = drawn.table
    fields, columns = [], []
    for name in frame.columns:
        described = drawn.columns.get(name)
        kind = _kind_of(described, frame[name])
        if kind is None:
            continue
        title = described.get("label") if isinstance(described, dict) else None
        fields.append(Field(str(title or name), kind))
        columns.append([_cell(each, kind) for each in frame[name]])
    lines = list(zip(*columns, strict=True))
    return Sheet(
        _(scene.panel.title), tuple(fields), lines, means=_means(scene), notes=(drawn.note,) if drawn.note else ()
    )


def _measures(scene: Scene) -> tuple[str, ...]:
    """Those of the panel that this reader may see."""
    rights = scene.actor.permissions
    return tuple(name for name in scene.panel.measures if name in MEASURES and MEASURES[name].permissions <= rights)


def _dimensions(scene: Scene) -> tuple[str, ...]:
    """What the marks are marks of, as a question names it; nothing where one of these cannot be asked by."""
    parts = scene.dimension.split(BETWEEN) if scene.dimension else []
    names = tuple(step_of(scene.look.window).value if part == DATES else part for part in parts)
    known = [DIMENSIONS.get(name) for name in names]
    measures = _measures(scene)
    if any(each is None or any(each not in dimensions_of(MEASURES[name]) for name in measures) for each in known):
        return ()
    return names


def _means(scene: Scene) -> tuple[tuple[str, str], ...]:
    return tuple((_(MEASURES[name].label), _(MEASURES[name].sentence)) for name in _measures(scene))


def _kind_of(described: Any, cells: Iterable[Any]) -> Kind | None:
    """What a column of a table on the screen holds; None for one that is only looked at."""
    if not isinstance(described, dict) or not described.get("label"):
        return None
    config = described.get("type_config") or {}
    kind, form = config.get("type"), str(config.get("format") or "")
    if kind in UNSEEN:
        return None
    if kind == "number":
        return Kind.RATE if form == "percent" else Kind.MONEY if form.endswith(".2f") else Kind.QUANTITY
    if kind in ("date", "datetime"):
        return Kind.DAY
    return Kind.QUANTITY if kind is None and all(isinstance(cell, int | float) for cell in cells) else Kind.TEXT


def _cell(each: Any, kind: Kind) -> Cell:
    if each is None or each is pd.NaT or each is pd.NA or (isinstance(each, float) and not isfinite(each)):
        return None
    if kind is Kind.DAY:
        return each.date() if isinstance(each, datetime) else each if isinstance(each, date) else str(each)
    if kind is Kind.TEXT:
        return ", ".join(map(str, each)) if isinstance(each, list | tuple) else str(each)
    number = Decimal(str(each))
    return round_to(number, DECIMALS.get(kind, 3))
