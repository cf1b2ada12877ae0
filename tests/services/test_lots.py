"""Lots, expiry, places: which goods an order gets, what is refused, and what is never lost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.db.model import Base
from core.ops.registry import find_differences
from core.sales.recall import lot_choices
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.errors import (
    LotExpired,
    NotEnoughStock,
)
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry
from core.stock.lot_queries import lots_on_hand
from core.stock.models import MoveState, StockMove
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product, a_sale, a_warehouse
from tests.conftest import NOON

TODAY = date(2026, 3, 18)


def in_days(count: int) -> date:
    return TODAY + timedelta(days=count)


def everything(store: Store) -> dict[str, Any]:
    """Every row of every table."""
    with store.viewing(SYSTEM) as view:
        return {
            table.name: sorted(map(tuple, view.session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def a_tracked(uow: UnitOfWork, tracking: Tracking = Tracking.LOT, **life: Any) -> int:
    variant = a_product(uow)
    track_product(uow, variant.product_id, tracking=tracking, **life)
    return variant.id


def a_lot(
    uow: UnitOfWork,
    warehouse: int,
    variant: int,
    number: str,
    quantity: int | str,
    expires: int | None = None,
    **more: Any,
) -> int:
    dates = LotDates(expiry_on=None if expires is None else in_days(expires), **more)
    line = Line(variant, Decimal(quantity), lot=LotEntry(number, dates))
    receive_goods(uow, warehouse_id=warehouse, lines=[line])
    return next(row.lot_id for row in lots_on_hand(uow, variant_ids=[variant]) if row.number == number)


def held(uow: UnitOfWork, variant: int) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.number: (row.on_hand, row.reserved) for row in lots_on_hand(uow, variant_ids=[variant])}


def promised(uow: UnitOfWork, order: int) -> dict[int | None, Decimal]:
    moves = uow.session.scalars(
        select(StockMove).where(StockMove.origin_id == order, StockMove.state == MoveState.RESERVED)
    )
    return {move.lot_id: move.quantity for move in moves}


def the_line(uow: UnitOfWork, order: int) -> int:
    return next(choice.order_line_id for choice in lot_choices(uow, order))


def test_an_order_gets_what_expires_first_and_spills_into_the_next_lot(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        a_lot(uow, house, milk, "FAR", 10, 10)
        a_lot(uow, house, milk, "SOON", 10, 2)
        a_lot(uow, house, milk, "MID", 10, 5)
        a_lot(uow, house, milk, "UNDATED", 10)
        a_sale(uow, house, [(_variant(uow, milk), 24)])
        assert held(uow, milk) == {"SOON": (10, 10), "MID": (10, 10), "FAR": (10, 4), "UNDATED": (10, 0)}
        assert find_differences(uow) == []


def test_a_lot_is_good_on_its_last_day_and_not_on_the_next_wherever_one_looks(
    any_store: Store, clock: FixedClock
) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        a_lot(uow, house, milk, "TODAY", 5, 0)
        order = a_sale(uow, house, [(_variant(uow, milk), 2)])
        assert stock_levels(uow)[0].available == 3
        assert lots_on_hand(uow)[0].freshness == "good"
        ship_order(uow, order, quantities={the_line(uow, order): Decimal(1)})
    clock.set(NOON + timedelta(days=1))
    with any_store.working(SYSTEM) as uow:
        assert stock_levels(uow)[0].available == 0
        assert stock_levels(uow)[0].unavailable == 3
        assert lots_on_hand(uow)[0].freshness == "expired"
    before = everything(any_store)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(_variant(uow, milk), 1)])
    with pytest.raises(LotExpired), any_store.working(SYSTEM) as uow:
        ship_order(uow, order)
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        ship_order(uow, order, expired_too=True)
        assert held(uow, milk) == {"TODAY": (3, 0)}


def _variant(uow: UnitOfWork, variant_id: int) -> Any:
    from core.catalog.service import get_variant

    return get_variant(uow, variant_id)
