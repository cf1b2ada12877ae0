"""Saying what is short, and what came and went since a moment."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from sqlalchemy import select

from core.base.errors import AppError, Refusals
from core.base.exact import ZERO
from core.catalog.models import Product, Variant
from core.stock.errors import NotEnoughThen
from core.stock.models import Location, MoveState, StockMove, Warehouse
from core.work.unit import UnitOfWork


def changes_since(
    uow: UnitOfWork, location_id: int, variant_ids: Iterable[int], at: datetime
) -> list[tuple[int, datetime, Decimal]]:
    """What came and went at a location after a moment, newest first: variant, moment, change."""
    uow.session.flush()
    moves = uow.session.execute(
        select(StockMove.variant_id, StockMove.at, StockMove.quantity, StockMove.target_id)
        .where(
            StockMove.variant_id.in_(list(variant_ids)),
            StockMove.at > at,
            StockMove.state == MoveState.DONE,
            (StockMove.source_id == location_id) | (StockMove.target_id == location_id),
        )
        .order_by(StockMove.at.desc(), StockMove.id.desc())
    )
    return [
        (variant_id, moment, quantity if target_id == location_id else -quantity)
        for variant_id, moment, quantity, target_id in moves
    ]


def refuse(
    uow: UnitOfWork,
    location_id: int,
    refusal: type[AppError],
    short: Mapping[int, Decimal],
    asked: Mapping[int, Decimal],
) -> NoReturn:
    """Say of every variant that is short how much there is and how much was asked."""
    warehouse = uow.session.scalar(
        select(Warehouse.name).join(Location, Location.warehouse_id == Warehouse.id).where(Location.id == location_id)
    )
    named = uow.session.execute(
        select(Variant.id, Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(short))
        .order_by(Variant.sku)
    )
    problems: list[AppError] = [
        refusal(
            sku=sku,
            name=name,
            warehouse=warehouse,
            available=short[variant_id],
            asked=asked[variant_id],
        )
        for variant_id, sku, name in named
    ]
    raise Refusals(problems) if len(problems) > 1 else problems[0]


def refuse_short_then(
    uow: UnitOfWork,
    location_id: int,
    on_hand: Mapping[int, Decimal],
    asked: Mapping[int, Decimal],
    past: Mapping[int, datetime],
) -> None:
    """Refuse what would have left less than nothing at any moment since each went."""
    running = dict(on_hand)
    lowest = dict(running)
    for variant_id, moment, change in changes_since(uow, location_id, past, min(past.values())):
        if moment <= past[variant_id]:
            continue
        running[variant_id] -= change
        lowest[variant_id] = min(lowest[variant_id], running[variant_id])
    short = {each: max(lowest.get(each, ZERO), ZERO) for each in asked if asked[each] > lowest.get(each, ZERO)}
    if short:
        refuse(uow, location_id, NotEnoughThen, short, asked)
