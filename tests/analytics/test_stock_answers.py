"""Figures of stock: what is there, what it is worth and how fast it turns, as if counted every evening."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.analytics.errors import NotInFamily, OneKindOfDays
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Compare
from core.analytics.layer.dimensions import DIMENSIONS, add_months
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.found import DocumentKind
from core.analytics.layer.measures import MEASURES
from core.analytics.mirror.mirror import Mirror
from core.base.exact import round_to
from core.security.actor import SYSTEM
from core.security.permissions import P
from core.work.store import Store
from tests.analytics.lines import plain_lines
from tests.analytics.stockroom import ZERO, Change, Stockroom, plain_changes, shared_values, summed

PLAIN = (
    *("on_hand", "on_shelf", "in_transit", "received", "shipped", "average_stock", "sell_through", "weeks_of_cover"),
    *("stock_value", "average_stock_value", "cogs", "purchases", "turns", "days_on_hand"),
)
DAY = timedelta(days=1)
TODAY = date(2026, 3, 18)


def evenings(since: date, until: date) -> list[date]:
    """Each day's end: the day after it."""
    return [since + DAY * n for n in range(1, (until - since).days + 1)]


def expected(changes: list[Change], since: date, until: date) -> dict[str, Decimal | None]:
    """All measures of a group, from its figures of every evening."""
    ends = evenings(since, until)
    days = Decimal(len(ends))

    def on_hand(end: date) -> Decimal:
        return summed(changes, "quantity", end) - summed(changes, "in_transit", end)

    by_day = sorted({since, *(each.day for each in changes)})
    held = sum(((on_hand(end)) for end in ends) if len(by_day) > 40 else _stepwise(on_hand, by_day, since, until), ZERO)
    worth = sum(_stepwise(lambda end: summed(changes, "value", end), by_day, since, until), ZERO)
    flows = {
        name: summed(changes, name, until, since) for name in ("received", "shipped", "moved", "cogs", "purchases")
    }
    supply = summed(changes, "quantity", since) + flows["received"] + flows["moved"]
    shelf = summed(changes, "on_shelf", until)

    def ratio(upper: Decimal, lower: Decimal, places: int) -> Decimal | None:
        return None if lower == 0 else round_to(upper / lower, places)

    return {
        "on_hand": on_hand(until),
        "on_shelf": shelf,
        "in_transit": summed(changes, "in_transit", until),
        "received": flows["received"],
        "shipped": flows["shipped"],
        "average_stock": ratio(held, days, 3),
        "sell_through": ratio(flows["shipped"], supply, 4),
        "weeks_of_cover": ratio(shelf * days, flows["shipped"] * 7, 1),
        "stock_value": round_to(summed(changes, "value", until)),
        "average_stock_value": ratio(worth, days, 2),
        "cogs": round_to(flows["cogs"]),
        "purchases": round_to(flows["purchases"]),
        "turns": ratio(flows["cogs"] * days, worth, 2),
        "days_on_hand": ratio(worth, flows["cogs"], 1),
    }


def _stepwise(level: Any, days: list[date], since: date, until: date) -> list[Decimal]:
    """The level of every evening, each stretch of days without a change at once."""
    steps = sorted({since, until, *(day for day in days if since < day < until)})
    return [level(first + DAY) * (last - first).days for first, last in zip(steps, steps[1:], strict=False)]


@pytest.fixture(params=[2, 5])
def room(request: pytest.FixtureRequest, any_store: Store) -> Stockroom:
    room = Stockroom(any_store, request.param).open()
    room.stock(140)
    return room


def groups(changes: list[Change], by: tuple[str, ...]) -> dict[tuple[Any, ...], list[Change]]:
    found = defaultdict(list)
    for each in changes:
        found[tuple(each.labels[name] for name in by)].append(each)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_that_of_counting_every_evening(room: Stockroom, any_mirror: Mirror, seed: int) -> None:
    any_mirror.refresh_now()
    changes = plain_changes(room.store)
    first = min(each.day for each in changes if "quantity" in each.sums)
    draw = random.Random(seed)
    for _ in range(6):
        since = date(2024, 11, 20) + DAY * draw.randrange(450)
        until = since + DAY * draw.randrange(1, 300)
        if draw.random() < 0.4:
            since, until = since.replace(day=1), add_months(since.replace(day=1), draw.randint(1, 6))
        by = tuple(draw.sample(["product", "sku", "top_category", "brand"], draw.randint(0, 2)))
        where = {}
        if draw.random() < 0.4:
            where = {"brand": (draw.choice([None, "Lotus", "Tide"]),)}
        asked = tuple(draw.sample(PLAIN, 6))
        found = answer(any_mirror, SYSTEM, Ask(asked, by, where=where, since=since, until=until))
        kept = [each for each in changes if not where or each.labels["brand"] == where["brand"][0]]
        start, end = max(since, first), min(until, TODAY + DAY)
        rows = {row[: len(by)]: row[len(by) :] for row in found.rows}
        for key, mine in groups(kept, by).items():
            right = expected(mine, start, end)
            if key in rows:
                assert rows[key] == tuple(right[name] for name in asked), (key, asked, since, until, by)
            else:
                assert not any(right[name] for name in asked if name not in {"turns"})
        if kept:
            whole = expected(kept, start, end)
            assert found.totals == tuple(whole[name] for name in asked), (asked, since, until)


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
def test_along_days_each_stretch_has_its_own_end_and_mean(room: Stockroom, any_mirror: Mirror, grain: str) -> None:
    any_mirror.refresh_now()
    changes = plain_changes(room.store)
    since, until = date(2025, 3, 5), date(2025, 3, 25) if grain == "day" else date(2025, 8, 13)
    asked = ("on_hand", "average_stock", "received", "stock_value", "turns")
    step = DIMENSIONS[grain].grain
    assert step is not None
    for by in ((grain,), (grain, "brand"), ("brand", grain)):
        found = answer(any_mirror, SYSTEM, Ask(asked, by, since=since, until=until))
        others = tuple(name for name in by if name != grain)
        place, right = by.index(grain), {}
        for key, mine in groups(changes, others).items():
            start = since
            while start < until:
                end = min(step.next(step.start(start)), until)
                figures = expected(mine, start, end)
                label = (*key[:place], step.start(start), *key[place:])
                right[label] = tuple(figures[name] for name in asked)
                start = end
        rows = {row[: len(by)]: row[len(by) :] for row in found.rows}
        shown = {key: tuple(each or None for each in figures) for key, figures in rows.items()}
        assert {key: tuple(each or None for each in figures) for key, figures in right.items() if key in rows} == shown
        assert all(not any(figures[:4]) for key, figures in right.items() if key not in rows)


@pytest.mark.parametrize("compare", list(Compare)[:2])
def test_compared_periods_are_shown_beside_those_of_now(room: Stockroom, any_mirror: Mirror, compare: Compare) -> None:
    any_mirror.refresh_now()
    asked = ("on_hand", "average_stock", "cogs")
    for since, until, by in (
        (date(2026, 1, 5), date(2026, 3, 9), ("week",)),
        (date(2026, 1, 1), date(2026, 3, 1), ("month",)),
        (date(2026, 1, 7), date(2026, 2, 7), ("month", "brand")),
        (date(2026, 2, 10), date(2026, 3, 3), ("day",)),
    ):
        found = answer(any_mirror, SYSTEM, Ask(asked, by, since=since, until=until, compare=compare))
        assert found.compared is not None
        alone = answer(any_mirror, SYSTEM, Ask(asked, (), since=found.compared.since, until=found.compared.until))
        assert found.totals_before == alone.totals
        if len(by) == 1 and by[0] != "week":
            cogs = [each[2] for each in found.before]
            assert sum((each or ZERO for each in cogs), ZERO) - (alone.total("cogs") or ZERO) < Decimal("0.20")


def test_values_of_warehouses_are_their_own_or_their_share(room: Stockroom, any_mirror: Mirror) -> None:
    any_mirror.refresh_now()
    changes = plain_changes(room.store)
    houses = {each.warehouse: each.labels["warehouse"] for each in changes} | {0: None}
    since, until = date(2025, 2, 3), date(2025, 4, 9)
    asked = ("stock_value", "average_stock_value", "cogs")
    closing = shared_values(changes, [until])
    daily = shared_values(changes, evenings(since, until))

    found = answer(any_mirror, SYSTEM, Ask(asked, ("warehouse",), since=since, until=until))

    right: dict[Any, list[Decimal]] = {}
    for house, name in houses.items():
        own = [each for each in changes if each.warehouse == house]
        value = sum((amount for (_, place), amount in closing.items() if place == house), ZERO)
        mean = sum((amount for (_, place), amount in daily.items() if place == house), ZERO) / (until - since).days
        right[name] = [round_to(value), round_to(mean), round_to(summed(own, "cogs", until, since))]
    assert {row[0]: list(row[1:]) for row in found.rows if any(row[1:])} == {
        name: figures for name, figures in right.items() if any(figures)
    }
    name = next(label for house, label in houses.items() if house)
    one = answer(any_mirror, SYSTEM, Ask(asked, where={"warehouse": (name,)}, since=since, until=until))
    assert list(one.totals) == right[name]


def test_values_by_warehouse_and_another_add_up_to_those_of_it(room: Stockroom, any_mirror: Mirror) -> None:
    any_mirror.refresh_now()
    for other in ("brand", "sku", "month"):
        period = {"since": date(2025, 2, 1), "until": date(2025, 5, 1)}
        apart = answer(any_mirror, SYSTEM, Ask(("stock_value",), (other, "warehouse"), **period))  # type: ignore[arg-type]
        whole = answer(any_mirror, SYSTEM, Ask(("stock_value",), (other,), **period))  # type: ignore[arg-type]
        sums: dict[Any, Decimal] = defaultdict(Decimal)
        counts: dict[Any, int] = defaultdict(int)
        for label, _, figure in apart.rows:
            sums[label] += figure  # type: ignore[operator]
            counts[label] += 1
        for label, figure in whole.rows:
            assert abs(sums[label] - figure) <= Decimal("0.005") * (counts[label] + 1)  # type: ignore[operator]


def test_a_period_that_reaches_beyond_today_ends_today(room: Stockroom, any_mirror: Mirror) -> None:
    any_mirror.refresh_now()
    asked = ("average_stock", "days_on_hand", "weeks_of_cover")
    since = date(2026, 3, 1)
    reached = answer(any_mirror, SYSTEM, Ask(asked, since=since, until=date(2026, 4, 1)))
    today = answer(any_mirror, SYSTEM, Ask(asked, since=since, until=TODAY + DAY))
    assert reached.totals == today.totals
    tomorrow = answer(any_mirror, SYSTEM, Ask(asked, since=date(2026, 4, 1), until=date(2026, 5, 1)))
    assert tomorrow.totals == (None, None, None)


def test_a_month_chosen_by_a_filter_is_that_month(room: Stockroom, any_mirror: Mirror) -> None:
    any_mirror.refresh_now()
    asked = ("on_hand", "average_stock", "turns")
    chosen = answer(any_mirror, SYSTEM, Ask(asked, ("brand",), where={"month": ("2025-06",)}))
    period = answer(any_mirror, SYSTEM, Ask(asked, ("brand",), since=date(2025, 6, 1), until=date(2025, 7, 1)))
    assert chosen.rows == period.rows


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (Ask(("on_hand",), ("weekday",)), OneKindOfDays),
        (Ask(("on_hand",), ("day", "month")), OneKindOfDays),
        (Ask(("on_hand",), where={"month": ("2025-06", "2025-08")}), OneKindOfDays),
        (Ask(("on_hand",), exclude={"month": ("2025-06",)}), OneKindOfDays),
        (Ask(("turns",), ("customer",)), NotInFamily),
    ],
)
def test_what_balances_cannot_be_shown_by_is_refused(
    store: Store, mirror: Mirror, ask: Ask, refusal: type[Exception]
) -> None:
    Stockroom(store, 1).open().stock(3)
    mirror.refresh_now()
    with pytest.raises(refusal):
        answer(mirror, SYSTEM, ask)


def test_without_any_stock_there_is_nothing_and_no_error(any_store: Store, any_mirror: Mirror) -> None:
    Stockroom(any_store, 1).open()
    any_mirror.refresh_now()
    found = answer(any_mirror, SYSTEM, Ask(PLAIN))
    assert [figure for figure in found.totals if figure] == []
    assert answer(any_mirror, SYSTEM, Ask(PLAIN, ("product", "warehouse", "month"))).rows == ()


@pytest.mark.parametrize("by", [(), ("brand",), ("warehouse",), ("month",), ("sku", "warehouse"), ("month", "product")])
def test_days_of_empty_shelves_are_counted_product_by_product(
    room: Stockroom, any_mirror: Mirror, by: tuple[str, ...]
) -> None:
    any_mirror.refresh_now()
    changes = plain_changes(room.store)
    since, until = min(each.day for each in changes), date(2025, 9, 6)
    goods = ["sku" if "sku" in by else "product", *(["warehouse"] if "warehouse" in by else [])]
    empty: dict[Any, int] = defaultdict(int)
    asked: dict[Any, int] = defaultdict(int)
    for mine in groups(changes, tuple(goods)).values():
        if summed(mine, "shipped", until, since) <= 0:
            continue
        for end in evenings(since, until):
            labels = {**mine[0].labels, "month": (end - DAY).replace(day=1)}
            key = tuple(labels[name] for name in by)
            asked[key] += 1
            empty[key] += summed(mine, "on_shelf", end) <= 0

    found = answer(any_mirror, SYSTEM, Ask(("stock_out_days", "stock_out_rate"), by, since=since, until=until))

    right = {key: (Decimal(days), round_to(Decimal(days) / asked[key], 4)) for key, days in empty.items() if days}
    assert {row[: len(by)]: row[len(by) :] for row in found.rows if row[len(by)]} == right
    assert right


@pytest.mark.parametrize("measure", ["on_hand", "cogs", "average_stock", "turns", "received", "stock_value", "shipped"])
def test_the_documents_behind_a_figure_add_up_to_it(room: Stockroom, any_mirror: Mirror, measure: str) -> None:
    any_mirror.refresh_now()
    same = {"average_stock": "on_hand", "turns": "cogs"}.get(measure, measure)
    period = {"since": date(2025, 2, 3), "until": date(2025, 9, 20)}
    for where in ({}, {"brand": (None,)}, {"month": ("2025-06",)}):
        figure = answer(any_mirror, SYSTEM, Ask((same,), where=where, **period)).totals[0]  # type: ignore[arg-type]
        found = documents_behind(any_mirror, SYSTEM, Ask((measure,), where=where, **period), limit=10_000)  # type: ignore[arg-type]
        assert figure is not None
        assert len(found.rows) == found.count
        assert sum((row.amount for row in found.rows), ZERO) == found.total
        assert abs(found.total - figure) <= Decimal("0.005")


def test_documents_behind_stock_are_told_apart(room: Stockroom, any_mirror: Mirror) -> None:
    any_mirror.refresh_now()
    found = documents_behind(any_mirror, SYSTEM, Ask(("on_hand",)), limit=10_000)
    of = {DocumentKind.ORDER, DocumentKind.RETURN, DocumentKind.STOCK, DocumentKind.TRANSFER, DocumentKind.COUNT}
    assert {row.kind for row in found.rows} == of
    assert len({(row.kind, row.document_id) for row in found.rows}) == found.count


def test_what_stock_earned_is_the_margin_by_its_mean_value(room: Stockroom, any_mirror: Mirror) -> None:
    room.sell(40)
    any_mirror.refresh_now()
    since, until = date(2025, 2, 1), date(2026, 2, 1)
    changes, sold = groups(plain_changes(room.store), ("product",)), defaultdict(list)
    for line in plain_lines(room.store):
        if since <= line["day"] < until:
            sold[line["product"],].append(line)
    found = answer(any_mirror, SYSTEM, Ask(("gmroi",), ("product",), since=since, until=until))
    rows, counted = {row[:1]: row[1] for row in found.rows}, 0
    for key, mine in changes.items():
        days = sorted({since, *(each.day for each in mine)})
        worth = sum(_stepwise(lambda end, mine=mine: summed(mine, "value", end), days, since, until), ZERO)
        margin = sum((line["costed"] - line["cost"] for line in sold[key]), ZERO)
        assert rows.get(key) == (round_to(margin * (until - since).days / worth, 2) if worth else None), key
        counted += bool(worth and margin)
    assert counted
    assert MEASURES["gmroi"].permissions == {P.SALES_ANALYSE, P.COST_READ}
