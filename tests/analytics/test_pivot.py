"""What a pivot promises: every cell, total and rest is the sum of its documents, whatever is asked."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from core.analytics.errors import UnknownMeasure
from core.analytics.explorer.pivot import Part, Pivot, Place, Wanted, pivot
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Compare
from core.analytics.layer.documents import documents_behind
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import fact_sales
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from tests.analytics.lines import plain_lines
from tests.analytics.plain import figure, labels
from tests.analytics.shop import Shop
from tests.examples import drawn

MEASURES = ("net_sales", "orders", "customers", "average_order", "margin_rate", "quantity")
DIMENSIONS = ("month", "category", "brand", "channel", "customer", "region", "product_tag", "weekday", "sales_rep")
Lines = Sequence[dict[str, Any]]


def behind(found: Pivot, lines: Lines, *places: tuple[tuple[str, ...], Place, tuple[tuple[Any, ...], ...]]) -> Lines:
    """The lines of documents that a cell is made of."""
    kept = list(lines)
    for dimensions, place, keys in places:
        for name, (part, key), stay in zip(dimensions, place, keys, strict=True):
            if part is Part.EACH:
                kept = [line for line in kept if found.names[name, key] in labels(line, name)]
            elif part is Part.OTHERS:
                shown = {found.names[name, each] for each in stay}
                kept = [line for line in kept if not labels(line, name) & shown]
    return kept


def inside(lines: Lines, base: Ask) -> Lines:
    return [line for line in lines if base.since <= line["day"] < base.until]


def test_every_cell_and_total_of_any_pivot_is_what_its_documents_say(shop: Shop, mirror: Mirror) -> None:
    shop.live(90)
    mirror.refresh_now()
    lines = plain_lines(shop.store)
    chance = random.Random(8)  # noqa: S311 - questions, no secret

    for _ in range(drawn(12)):
        since = date(2024, 12, 1) + timedelta(days=chance.randrange(200))
        measures = tuple(chance.sample(MEASURES, 2))
        names = chance.sample(DIMENSIONS, chance.randint(1, 3))
        cut = chance.randint(0, len(names))
        base = Ask(measures, since=since, until=since + timedelta(days=chance.randrange(20, 300)))
        rows, columns = tuple(names[:cut]), tuple(names[cut:])[:2]
        wanted = Wanted(base, rows, columns, measures[0], top=chance.choice([None, 2, 3]))
        found = pivot(mirror, SYSTEM, wanted)
        right = inside(lines, base)
        for (line, column), cells in found.cells.items():
            places = (rows, line, found.rows.kept), (columns, column, found.columns.kept)
            some = behind(found, right, *places)
            assert cells.now == tuple(figure(name, some) for name in measures), (wanted, line, column)
        assert found.totals.now == tuple(figure(name, right) for name in measures)
        assert found.cell(found.lines[-1], found.across[-1]).now == found.totals.now


def test_the_others_and_totals_of_a_ratio_are_worked_out_anew_and_equal_raw_sql(shop: Shop, mirror: Mirror) -> None:
    shop.live(70)
    mirror.refresh_now()
    wanted = Wanted(Ask(("margin/orders", "net_sales/gross_sales%")), ("product",), ("channel",), "margin/orders", 2)

    found = pivot(mirror, SYSTEM, wanted)

    def raw(where: str) -> tuple[Decimal | None, Decimal | None]:
        with mirror.reading() as duck:
            sums = "sum(costed_net * 100 - cost), count(DISTINCT document_id) FILTER (kind = 0), sum(net), sum(gross)"
            text = f"SELECT {sums} FROM fact_sales WHERE {where}"  # noqa: S608 - our own words
            margin, orders, net, gross = duck.execute(text).fetchall()[0]
        each = (Decimal(margin or 0) / 10_000, Decimal(orders), Decimal(net or 0), Decimal(gross or 0))
        return (
            (each[0] / each[1]).quantize(Decimal("0.0001"), ROUND_HALF_UP) if each[1] else None,
            (each[2] / each[3]).quantize(Decimal("0.0001"), ROUND_HALF_UP) if each[3] else None,
        )

    kept = ", ".join(map(str, found.rows.kept[0]))
    channel = found.columns.kept[0][0]
    others, whole = ((Part.OTHERS, None),), ((Part.ALL, None),)
    assert [len(found.rows.kept[0]), found.rows.limited] == [2, (True,)]
    assert found.totals.now == found.cell(whole, whole).now == raw("true")
    assert found.cell(others, whole).now == raw(f"product_id NOT IN ({kept})")
    assert found.cell(whole, ((Part.EACH, channel),)).now == raw(f"channel_id = {channel}")
    assert found.cell(others, ((Part.EACH, channel),)).now == raw(
        f"product_id NOT IN ({kept}) AND channel_id = {channel}"
    )
    ranked = answer(mirror, SYSTEM, Ask(("margin/orders",), ("product",), order="-margin/orders", top=2))
    assert tuple(key[0] for key in ranked.keys) == found.rows.kept[0]


def test_a_ratio_of_two_measures_has_the_same_figures_from_every_table(shop: Shop, mirror: Mirror) -> None:
    shop.live(70)
    mirror.refresh_now()
    ask = Ask(("returns/orders", "quantity/customers", "margin_rate/return_rate"), ("channel", "month"))

    found = answer(mirror, SYSTEM, ask)

    assert found.rows == answer(mirror, SYSTEM, ask, (fact_sales,)).rows
    lines = plain_lines(shop.store)
    returns, orders = figure("returns", lines), figure("orders", lines)
    assert found.total("returns/orders") == (returns / orders).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    assert [column.label for column in found.columns][2] == "Returns ÷ Orders"


def test_the_documents_behind_any_cell_add_up_to_it(shop: Shop, mirror: Mirror) -> None:
    shop.live(70)
    mirror.refresh_now()
    base = Ask(("net_sales", "quantity"), exclude={"brand": ("Tide",)}, since=date(2025, 1, 1))
    found = pivot(mirror, SYSTEM, Wanted(base, ("product_tag", "customer"), ("channel",), "net_sales", 2))

    checked = 0
    for (line, column), cells in found.cells.items():
        for measure, amount in zip(base.measures, cells.now, strict=True):
            assert documents_behind(mirror, SYSTEM, found.ask(line, column, measure)).total == amount
            checked += 1
    assert checked == 2 * len(found.cells) == 66
    assert {part for line in found.lines for part, _key in line} == {Part.EACH, Part.OTHERS, Part.ALL}


def test_rows_picked_by_a_tag_show_that_tag_alone(shop: Shop, mirror: Mirror) -> None:
    shop.live(70)
    mirror.refresh_now()
    tag = shop.tags[0]

    found = pivot(
        mirror, SYSTEM, Wanted(Ask(("net_sales",), where={"product_tag": (tag,)}), ("product_tag",), (), "net_sales")
    )

    assert found.rows.kept == ((tag,),)
    (amount,) = found.cell(((Part.EACH, tag),), ()).now
    assert documents_behind(mirror, SYSTEM, found.ask(((Part.EACH, tag),), (), "net_sales")).total == amount


def test_a_comparison_stands_beside_every_cell_and_total(shop: Shop, mirror: Mirror) -> None:
    shop.live(120)
    mirror.refresh_now()
    now, then = (date(2026, 1, 1), date(2026, 3, 1)), (date(2025, 11, 1), date(2026, 1, 1))
    base = Ask(("net_sales",), since=now[0], until=now[1], compare=Compare.CUSTOM, compared=then)

    found = pivot(mirror, SYSTEM, Wanted(base, ("month",), ("channel",), "net_sales"))

    lines = plain_lines(shop.store)
    for key in found.rows.kept[0]:
        earlier = [line for line in lines if line["month"] == date(2025, 11 + key.month - 1, 1)]
        cell = found.cell(((Part.EACH, key),), ((Part.ALL, None),))
        assert cell.before == (figure("net_sales", earlier),)
        assert cell.now == (figure("net_sales", [line for line in lines if line["month"] == key]),)
    before = [line for line in lines if then[0] <= line["day"] < then[1]]
    assert found.totals.before == (figure("net_sales", before),)
    assert [key.month for key in found.rows.kept[0]] == [1, 2]


def test_rows_beyond_the_first_are_one_row_and_without_columns_there_is_one_column(shop: Shop, mirror: Mirror) -> None:
    shop.live(80)
    mirror.refresh_now()

    found = pivot(mirror, SYSTEM, Wanted(Ask(("net_sales",)), ("sku",), (), "net_sales", top=5, smallest_first=True))

    assert [part for ((part, _key),) in found.lines] == [Part.EACH] * 5 + [Part.OTHERS, Part.ALL]
    assert found.across == ((),)
    amounts = [found.cell(line, ()).now[0] for line in found.lines]
    assert amounts[:5] == sorted(amounts[:5])
    assert sum(amounts[:6]) == amounts[6]


def test_a_ratio_needs_the_permission_of_both_its_measures(shop: Shop, mirror: Mirror) -> None:
    shop.sell()
    mirror.refresh_now()
    seller = Actor(1, "Sue", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))

    assert answer(mirror, seller, Ask(("net_sales/orders",))).total("net_sales/orders") is not None
    for hidden in ("margin/orders", "orders/margin", "net_sales/stock_value%"):
        with pytest.raises(NotAllowed):
            answer(mirror, seller, Ask((hidden,)))
    for wrong in ("net_sales/", "/orders", "net_sales/orders/orders", "net_sales/profit", "net_sales%"):
        with pytest.raises(UnknownMeasure):
            answer(mirror, SYSTEM, Ask((wrong,)))
