"""Age, classes, slow goods and stock-outs, each against counting day by day what the store knows."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.analytics.errors import AgeAtOneDay, AgeHasNoDocuments, NotInFamily
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.layer.dimensions import add_months
from core.analytics.layer.documents import documents_behind
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.age import stock_age
from core.analytics.stock.classes import Basis, product_classes
from core.analytics.stock.outs import stock_outs
from core.analytics.stock.slow import Pace, slow_stock
from core.base.clock import business_day
from core.base.exact import round_to
from core.catalog.models import Product, Variant
from core.sales.models import BusinessState, OrderLine, SalesOrder
from core.security.actor import SYSTEM, NotAllowed
from core.security.permissions import P
from core.stock.counts.models import AbcClass
from core.stock.cover.models import XyzClass
from core.stock.models import CUSTOMER, SUPPLIER, Location, MoveState, StockMove
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.analytics.lines import plain_lines
from tests.analytics.stockroom import ZERO, Change, Stockroom, plain_changes, summed

DAY = timedelta(days=1)
TODAY = date(2026, 3, 18)
LIMITS = (30, 60, 90, 180, 365)


@pytest.fixture(params=[3, 4])
def room(request: pytest.FixtureRequest, any_store: Store, any_mirror: Mirror) -> Stockroom:
    """A stockroom with a past, in the mirror."""
    room = Stockroom(any_store, request.param).open()
    room.stock(160)
    room.sell(60)
    any_mirror.refresh_now()
    return room


def by_product(changes: list[Change]) -> dict[str | None, list[Change]]:
    found = defaultdict(list)
    for each in changes:
        found[each.labels["product"]].append(each)
    return found


def received(store: Store) -> dict[str, list[tuple[date, Decimal]]]:
    """What was received of each product, by day, less what was taken back as a mistake."""
    found = defaultdict(list)
    with store.viewing(SYSTEM) as view:
        inside = select(Location.id).where(Location.warehouse_id.is_not(None))
        wanted = (
            select(StockMove.at, StockMove.quantity, Product.name)
            .join(Variant, Variant.id == StockMove.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(StockMove.state == MoveState.DONE, StockMove.source_id == SUPPLIER, StockMove.target_id.in_(inside))
        )
        for at, quantity, name in view.session.execute(wanted):
            found[name].append((business_day(at, store.settings.timezone), quantity))
    return found


@pytest.mark.parametrize("on", [TODAY, date(2025, 9, 30), date(2025, 6, 14)])
def test_stock_is_as_old_as_what_was_received_last(room: Stockroom, any_mirror: Mirror, on: date) -> None:
    came = received(room.store)
    right: dict[str | None, tuple[list[Decimal], Decimal]] = {}
    for name, changes in by_product(plain_changes(room.store)).items():
        left = whole = summed(changes, "quantity", on + DAY)
        ages, youngest = [], -1
        for limit in LIMITS:
            fresh = sum((q for day, q in came.get(str(name), []) if youngest < (on - day).days <= limit), ZERO)
            ages.append(min(left, fresh))
            left -= ages[-1]
            youngest = limit
        if whole > 0:
            right[name] = ([*ages, left], summed(changes, "value", on + DAY))

    found = stock_age(any_mirror, SYSTEM, "product", on=on)

    shown = {row.label: row for row in found.rows}
    for name, (ages, value) in right.items():
        assert list(shown[name].quantities) == ages
        assert abs((shown[name].value or ZERO) - value) <= Decimal("0.03")
        whole = sum(ages, ZERO)
        for quantity, part in zip(ages, shown[name].values or (), strict=True):
            assert abs(part - value * quantity / whole) <= Decimal("0.01")
    assert {row.label for row in found.rows if row.quantity} == set(right)
    for by in ("brand", "warehouse", "top_category"):
        parts = stock_age(any_mirror, SYSTEM, by, on=on)
        assert [sum(each) for each in zip(*(row.quantities for row in parts.rows), strict=True)] == list(
            parts.total.quantities
        )
        assert parts.total.quantities == found.total.quantities
        assert parts.total.values == found.total.values


def test_an_age_asked_for_a_brand_is_of_that_brand_alone(room: Stockroom, any_mirror: Mirror) -> None:
    apart = stock_age(any_mirror, SYSTEM, "brand").rows
    assert len(apart) > 1
    for row in apart:
        alone = stock_age(any_mirror, SYSTEM, where={"brand": (row.label,)}).total
        assert (alone.quantities, alone.values) == (row.quantities, row.values)


def test_ages_are_a_dimension_that_adds_up(room: Stockroom, any_mirror: Mirror) -> None:
    for on in (TODAY, date(2025, 9, 30)):
        asked = Ask(("on_hand", "stock_value"), ("lot_age",), until=on + DAY)
        found = answer(any_mirror, SYSTEM, asked)
        total = answer(any_mirror, SYSTEM, Ask(("on_hand", "stock_value"), until=on + DAY)).totals
        assert sum((row[1] for row in found.rows), ZERO) == total[0]
        assert abs(sum((row[2] for row in found.rows), ZERO) - total[1]) <= Decimal("0.04")
        ages = stock_age(any_mirror, SYSTEM, on=on).total
        values = dict(zip((key[0] for key in found.keys), (row[2] for row in found.rows), strict=True))
        for place, value in enumerate(ages.values or (), 1):
            assert values.get(place, ZERO) == value
        for by in ("brand", "warehouse"):
            parts = answer(any_mirror, SYSTEM, replace(asked, by=("lot_age", by)))
            whole: dict[Any, Decimal] = defaultdict(Decimal)
            for key, row in zip(parts.keys, parts.rows, strict=True):
                whole[key[0]] += row[2]
            assert {key: each for key, each in whole.items() if each} == {
                key[0]: row[1] for key, row in zip(found.keys, found.rows, strict=True) if row[1]
            }
        alone = answer(any_mirror, SYSTEM, Ask(("on_hand",), where={"lot_age": (3,)}, until=on + DAY)).totals[0]
        assert alone == next((row[1] for key, row in zip(found.keys, found.rows, strict=True) if key == (3,)), ZERO)
    with pytest.raises(AgeAtOneDay):
        answer(any_mirror, SYSTEM, Ask(("on_hand",), ("lot_age", "month")))
    with pytest.raises(AgeAtOneDay):
        answer(any_mirror, SYSTEM, Ask(("on_hand",), ("lot_age", "sku")))
    with pytest.raises(NotInFamily):
        answer(any_mirror, SYSTEM, Ask(("turns",), ("lot_age",)))
    with pytest.raises(AgeHasNoDocuments):
        documents_behind(any_mirror, SYSTEM, Ask(("on_hand",), where={"lot_age": (1,)}))


@pytest.mark.parametrize("basis", list(Basis))
def test_classes_are_those_of_twelve_months_and_of_a_month_before(
    room: Stockroom, any_mirror: Mirror, basis: Basis
) -> None:
    def judged(end: date) -> dict[str | None, tuple[Decimal, AbcClass, XyzClass]]:
        since = add_months(end, -12)
        amounts: dict[str | None, Decimal] = defaultdict(Decimal)
        demand: dict[str | None, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for line in plain_lines(room.store):
            if since <= line["day"] < end:
                demand[line["product"]][line["month"]] += line["quantity"]
                amounts[line["product"]] += line["costed"] - line["cost"] if basis is Basis.MARGIN else ZERO
        for name, changes in by_product(plain_changes(room.store)).items():
            mine = [each for each in changes if since <= each.day < end and "cogs" in each.sums]
            if mine:
                cost = summed(mine, "cogs")
                amounts[name] += ZERO if basis is Basis.MARGIN else cost
        whole = sum((amount for amount in amounts.values() if amount > 0), ZERO)
        found, before = {}, ZERO
        for name, amount in sorted(amounts.items(), key=lambda each: -each[1]):
            abc = AbcClass.A if before * 100 < 80 * whole else AbcClass.B if before * 100 < 95 * whole else AbcClass.C
            months = [demand[name].get(add_months(since, n), ZERO) for n in range(12)]
            total, squares = sum(months, ZERO), sum((each * each for each in months), ZERO)
            spread = 12 * squares - total * total
            xyz = XyzClass.Z
            if total > 0 and spread < total * total:
                xyz = XyzClass.X if 4 * spread < total * total else XyzClass.Y
            found[name] = (amount, AbcClass.C if amount <= 0 else abc, xyz)
            before += max(amount, ZERO)
        return found

    until = date(2026, 2, 14)
    now, was = judged(date(2026, 2, 1)), judged(date(2026, 1, 1))
    found = product_classes(any_mirror, SYSTEM, basis=basis, until=until)

    rows = {row.name: row for row in found.rows}
    assert (found.since, found.until) == (date(2025, 2, 1), date(2026, 2, 1))
    assert {name: (row.amount, row.abc, row.xyz) for name, row in rows.items()} == {
        name: (round_to(amount), abc, xyz) for name, (amount, abc, xyz) in now.items()
    }
    assert {name: (row.abc_before, row.xyz_before) for name, row in rows.items()} == {
        name: was[name][1:] if name in was else (None, None) for name in now
    }
    assert sum(count for count, _ in found.matrix.values()) == len(found.rows)
    moved = [row for row in found.rows if (row.abc, row.xyz) != (row.abc_before, row.xyz_before)]
    assert sum(found.migration.values()) == len(moved)


def test_slow_goods_and_what_keeping_them_has_cost(room: Stockroom, any_mirror: Mirror) -> None:
    room.store.settings.carrying_cost_rate = Decimal("0.365")
    right = {}
    for name, changes in by_product(plain_changes(room.store)).items():
        goods = [each for each in changes if "quantity" in each.sums]
        on_hand = summed(goods, "quantity")
        year = TODAY - 365 * DAY
        shipped = summed(goods, "shipped", TODAY + DAY, TODAY - 59 * DAY)
        if on_hand <= 0 or (shipped > 0 and on_hand * 60 <= shipped * 90):
            continue
        busy = [
            day
            for day in (*_last(room.store, name, out=True), *_last(room.store, name, out=False))
            if year < day <= TODAY
        ]
        since = max(busy, default=year)
        daily = sum((summed(changes, "value", since + (n + 2) * DAY) for n in range((TODAY - since).days)), ZERO)
        right[name] = (on_hand, shipped, (TODAY - since).days, round_to(daily * Decimal("0.365") / 365))

    found = slow_stock(any_mirror, SYSTEM, days=60, lasting=90)

    assert {row.name: (row.on_hand, row.shipped, row.idle_days, row.cost_to_date) for row in found.rows} == right
    assert all((row.pace is Pace.DEAD) == (row.shipped <= 0) for row in found.rows)
    assert found.rate == Decimal("0.365")


def _last(store: Store, name: str | None, *, out: bool) -> list[date]:
    inside = select(Location.id).where(Location.warehouse_id.is_not(None))
    with store.viewing(SYSTEM) as view:
        wanted = (
            select(StockMove.at)
            .join(Variant, Variant.id == StockMove.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Product.name == name, StockMove.state == MoveState.DONE)
        )
        if out:
            wanted = wanted.where(
                StockMove.target_id == CUSTOMER,
                StockMove.source_id.in_(inside),
                StockMove.origin_type.not_in(("stock_document", "sales_return")),
            )
        else:
            wanted = wanted.where(StockMove.source_id == SUPPLIER, StockMove.target_id.in_(inside))
        return [business_day(at, store.settings.timezone) for at in view.session.scalars(wanted)]


def test_empty_shelves_and_what_was_not_sold_for_them(room: Stockroom, any_mirror: Mirror) -> None:
    since, until = date(2025, 4, 7), date(2025, 8, 20)
    days = (until - since).days
    lines: dict[Any, list[Any]] = defaultdict(list)
    for line in plain_lines(room.store):
        if since <= line["day"] < until:
            lines[line["product"]].append(line)
    right = {}
    for name, changes in by_product(plain_changes(room.store)).items():
        shipped = summed(changes, "shipped", until, since)
        ends = [summed(changes, "on_shelf", since + (n + 1) * DAY) for n in range(days)]
        out = sum(1 for each in ends if each <= 0)
        if shipped <= 0 or not out:
            continue
        lost = shipped * out / (days - out) if out < days else ZERO
        net, quantity = (sum((line[key] for line in lines[name]), ZERO) for key in ("net", "quantity"))
        cost = summed(changes, "cogs", until, since)
        earned = max(net / quantity - cost / shipped, ZERO) if quantity > 0 and net > 0 else ZERO
        right[name] = (out, ends[-1] <= 0, shipped, round_to(lost, 3), round_to(lost * earned))

    found = stock_outs(any_mirror, SYSTEM, since=since, until=until)

    assert right
    assert {row.name: (row.days_out, row.is_out, row.shipped, row.lost, row.lost_margin) for row in found.rows} == right
    assert found.days == days


def test_what_sells_alike_every_december_sells_evenly(store: Store, mirror: Mirror) -> None:
    room = Stockroom(store, 1).open()
    with store.working(SYSTEM) as uow:
        for n in range(25):
            day = add_months(date(2024, 2, 10), n)
            for variant, quantity in ((room.variants[0], 100 if day.month == 12 else 1), (room.variants[1], 5)):
                if variant == room.variants[0] or n >= 3:
                    a_past_order(uow, room, variant, quantity, day)
        uow.audit("test.lived", None)
    mirror.refresh_now()

    festive, steady = product_classes(mirror, SYSTEM, until=date(2026, 3, 1)).rows

    assert (festive.is_seasonal, festive.xyz, festive.variation) == (True, XyzClass.X, Decimal("0.00"))
    assert (steady.is_seasonal, steady.xyz, steady.variation) == (False, XyzClass.X, Decimal("0.00"))
    young = product_classes(mirror, SYSTEM, until=date(2026, 1, 1)).rows[0]
    assert (young.is_seasonal, young.xyz, young.variation) == (False, XyzClass.Z, Decimal("2.96"))


def a_past_order(uow: UnitOfWork, room: Stockroom, variant: int, quantity: int, day: date) -> None:
    """An order of this day, confirmed."""
    room.serial += 1
    at, net = datetime(day.year, day.month, day.day, 4, tzinfo=UTC), Decimal(quantity)
    money = {"net_amount": net, "tax_amount": ZERO, "gross_amount": net}
    order = uow.add(
        SalesOrder(
            **room._head(at),
            **money,
            ordered_at=at,
            ordered_on=day,
            business_state=BusinessState.CONFIRMED,
            prices_include_tax=True,
        )
    )
    uow.add(
        OrderLine(
            order_id=order.id,
            line_number=1,
            variant_id=variant,
            quantity=Decimal(quantity),
            unit_price=Decimal(1),
            discount_amount=ZERO,
            **money,
        )
    )


def test_who_may_not_see_costs_sees_quantities_alone(store: Store, mirror: Mirror) -> None:
    Stockroom(store, 3).open().stock(40)
    mirror.refresh_now()
    clerk = replace(SYSTEM, permissions=frozenset({P.SALES_ANALYSE, P.STOCK_READ}))

    assert stock_age(mirror, clerk, "product").total.values is None
    assert stock_age(mirror, clerk).total.quantities == stock_age(mirror, SYSTEM).total.quantities
    outs = stock_outs(mirror, clerk, since=date(2025, 1, 1), until=date(2026, 1, 1))
    assert {row.lost_margin for row in outs.rows} <= {None}
    for refused in (
        lambda: product_classes(mirror, clerk),
        lambda: slow_stock(mirror, clerk),
        lambda: answer(mirror, clerk, Ask(("turns",))),
        lambda: answer(mirror, clerk, Ask(("cogs", "on_hand"))),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert answer(mirror, clerk, Ask(("on_hand",))).totals == answer(mirror, SYSTEM, Ask(("on_hand",))).totals
