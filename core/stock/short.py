"""Saying what is short, all of it at once, and what came and went since a moment."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from sqlalchemy import select

from core.base.errors import AppError, Refusals
from core.base.exact import ZERO
from core.catalog.models import Product, Variant
from core.catalog.substitutes import substitutes_of
from core.stock.errors import NotEnoughStock, NotEnoughThen
from core.stock.models import Location, Lot, MoveState, StockMove, Warehouse
from core.stock.projected import next_arrival
from core.stock.queries import stock_levels
from core.stock.shelves import Place
from core.work.unit import UnitOfWork


def changes_since(
    uow: UnitOfWork, location_ids: Iterable[int], variant_ids: Iterable[int], at: datetime
) -> list[tuple[Place, datetime, Decimal]]:
    """What came and went at locations after a moment, newest first: place, moment, change."""
    uow.session.flush()
    here = set(location_ids)
    moves = uow.session.execute(
        select(StockMove.variant_id, StockMove.at, StockMove.quantity, StockMove.source_id, StockMove.target_id)
        .add_columns(StockMove.lot_id)
        .where(
            StockMove.variant_id.in_(list(variant_ids)),
            StockMove.at > at,
            StockMove.state == MoveState.DONE,
            StockMove.source_id.in_(here) | StockMove.target_id.in_(here),
        )
        .order_by(StockMove.at.desc(), StockMove.id.desc())
    )
    changes = []
    for variant_id, moment, quantity, source_id, target_id, lot_id in moves:
        if target_id in here:
            changes.append((Place(variant_id, target_id, lot_id or 0), moment, quantity))
        if source_id in here:
            changes.append((Place(variant_id, source_id, lot_id or 0), moment, -quantity))
    return changes


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
    more = help_with(uow, location_id, short) if refusal is NotEnoughStock else {}
    problems: list[AppError] = [
        refusal(
            sku=sku,
            name=name,
            warehouse=warehouse,
            available=short[variant_id],
            asked=asked[variant_id],
            **more.get(variant_id, {}),
        )
        for variant_id, sku, name in names_of(uow, short)
    ]
    raise Refusals(problems) if len(problems) > 1 else problems[0]


def help_with(uow: UnitOfWork, location_id: int, short: Collection[int]) -> dict[int, dict[str, Any]]:
    """Facts for `ShortOfGoods` by variant: when more comes, and what may be taken instead as far as it is there."""
    warehouse_id = uow.session.scalar(select(Location.warehouse_id).where(Location.id == location_id))
    known: dict[int, dict[str, Any]] = {variant_id: {} for variant_id in short}
    for variant_id, (on, quantity) in next_arrival(uow, short, warehouse_id=warehouse_id).items():
        known[variant_id] |= {"expected_on": on, "expected": quantity}
    instead = substitutes_of(uow, short)
    wanted = {row.variant_id for rows in instead.values() for row in rows}
    levels = stock_levels(uow, warehouse_id=warehouse_id, variant_ids=wanted, limit=len(wanted)) if wanted else []
    here = {level.variant_id: level.available for level in levels}
    for variant_id, rows in instead.items():
        said = [
            f"{row.sku} {row.name} ({here[row.variant_id].normalize():f})"
            for row in rows
            if here.get(row.variant_id, ZERO) > ZERO
        ]
        if said:
            known[variant_id]["instead"] = ", ".join(said)
    return known


def refuse_short_then(
    uow: UnitOfWork,
    on_hand: Mapping[Place, Decimal],
    asked: Mapping[Place, Decimal],
    past: Mapping[Place, datetime],
) -> None:
    """Refuse what would have left less than nothing at any moment since each went."""
    running = {place: on_hand[place] for place in past}
    lowest = dict(running)
    variants, here = {place.variant_id for place in past}, {place.location_id for place in past}
    for place, moment, came in changes_since(uow, here, variants, min(past.values())):
        if place in running and moment > past[place]:
            running[place] -= came
            lowest[place] = min(lowest[place], running[place])
    short: dict[int, Decimal] = {}
    wanted: dict[int, Decimal] = {}
    for place in past:
        wanted[place.variant_id] = wanted.get(place.variant_id, ZERO) + asked[place]
        if asked[place] > lowest[place]:
            short[place.variant_id] = short.get(place.variant_id, ZERO) + max(lowest[place], ZERO)
    if short:
        refuse(uow, min(here), NotEnoughThen, short, wanted)


def names_of(uow: UnitOfWork, variant_ids: Iterable[int]) -> list[tuple[int, str, str]]:
    """Id, code and name of these variants, by code."""
    named = uow.session.execute(
        select(Variant.id, Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(list(variant_ids)))
        .order_by(Variant.sku)
    )
    return [(variant_id, sku, name) for variant_id, sku, name in named]


def numbers_of(uow: UnitOfWork, lot_ids: Iterable[int]) -> dict[int, str]:
    """The numbers of these lots."""
    found = uow.session.execute(select(Lot.id, Lot.number).where(Lot.id.in_(list(lot_ids))))
    return {lot_id: number for lot_id, number in found}
