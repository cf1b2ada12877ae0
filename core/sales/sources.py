"""Where the goods of an order come from, and why from there: remembered where other warehouses may help."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.base.towns import Distance, Same
from core.catalog.models import Product, Variant
from core.sales.fulfilment_models import SourceChoice
from core.sales.models import OrderLine, SalesOrder
from core.security.permissions import P
from core.stock.allocation import Because, Decided, Nearness, Sources
from core.stock.models import CUSTOMER, Location, Lot, MoveState, StockMove, Warehouse
from core.work.command import Scope, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class SourceRow:
    """So much of a line comes, or came, from one place and lot."""

    line_number: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    warehouse: str
    is_own: bool
    place: str
    lot: str
    expiry_on: date | None
    is_shipped: bool


@dataclass(frozen=True)
class LookedRow:
    """Warehouses that were looked at together, and what they lacked: (code, quantity)."""

    warehouses: tuple[str, ...]
    lacks: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class NearnessCard:
    """How far each warehouse was, by name, from where the goods go (in Chinese and English; empty: not known)."""

    goes_to: str
    goes_to_en: str
    far: tuple[tuple[str, Distance | None], ...]

    @property
    def is_known(self) -> bool:
        """Whether every way is known, so that the nearest could be chosen."""
        return all(way is not None for _, way in self.far)


@dataclass(frozen=True)
class ChoiceCard:
    """What was looked at when goods were promised; `chosen` is empty where all together had not enough.

    `decided` says what did where others needed as few parcels; `nearness` is None where nobody asked for it.
    """

    made_at: datetime
    asked: tuple[tuple[str, Decimal], ...]
    chosen: tuple[str, ...]
    because: Because
    looked: tuple[LookedRow, ...]
    more: int
    as_few: tuple[LookedRow, ...]
    decided: Decided | None = None
    nearness: NearnessCard | None = None


@dataclass(frozen=True)
class SourcesCard:
    """Where an order's goods come from, line by line, and every choice that was made for it, newest first."""

    rows: tuple[SourceRow, ...]
    choices: tuple[ChoiceCard, ...]


def remember_sources(uow: UnitOfWork, order: SalesOrder, told: Sequence[Sources] | None) -> None:
    """Keep why goods come from where they come from; nothing where no other warehouse was to be asked."""
    for each in told or ():
        looked = {
            "own": each.own,
            "asked": _plain(each.asked),
            "chosen": list(each.chosen),
            "because": each.because.value,
            "looked": [[list(some.warehouses), _plain(some.lacks)] for some in each.looked],
            "more": each.more,
            "as_few": [list(some) for some in each.as_few],
            "decided": each.decided and each.decided.value,
            "nearness": each.nearness and _near(each.nearness),
        }
        uow.add(SourceChoice(order_id=order.id, made_at=uow.now, looked=looked))


@query(P.ORDER_READ)
def order_sources(scope: Scope, order_id: int) -> SourcesCard | None:
    """Why an order's goods come from there; None where nobody asked other warehouses for it."""
    found = scope.session.scalars(
        select(SourceChoice).where(SourceChoice.order_id == order_id).order_by(SourceChoice.id.desc())
    ).all()
    if not found:
        return None
    variants = {int(each) for choice in found for each in choice.looked["asked"]}
    codes = {
        variant_id: sku
        for variant_id, sku in scope.session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_(variants)))
    }
    houses = {warehouse_id: name for warehouse_id, name in scope.session.execute(select(Warehouse.id, Warehouse.name))}
    return SourcesCard(tuple(_rows(scope, order_id)), tuple(_choice(each, codes, houses) for each in found))


def _rows(scope: Scope, order_id: int) -> list[SourceRow]:
    back = aliased(StockMove)
    is_shipped = StockMove.state == MoveState.DONE
    found = scope.session.execute(
        select(OrderLine.line_number, Variant.sku, Product.name, Product.unit, func.sum(StockMove.quantity))
        .add_columns(Warehouse.name, Warehouse.id == SalesOrder.warehouse_id, Location.name, Location.is_default)
        .add_columns(func.coalesce(Lot.number, ""), Lot.expiry_on, is_shipped)
        .select_from(StockMove)
        .join(OrderLine, OrderLine.id == StockMove.origin_line_id)
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockMove.source_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .outerjoin(Lot, Lot.id == StockMove.lot_id)
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id == order_id,
            StockMove.target_id == CUSTOMER,
            StockMove.state != MoveState.CANCELLED,
            ~exists().where(back.returns_id == StockMove.id, back.origin_type == StockMove.origin_type),
        )
        .group_by(OrderLine.line_number, Variant.sku, Product.name, Product.unit)
        .group_by(Warehouse.id, Warehouse.name, SalesOrder.warehouse_id, Location.id, Location.name)
        .group_by(Location.is_default, Lot.id, Lot.number, Lot.expiry_on, is_shipped)
        .order_by(OrderLine.line_number, Lot.expiry_on, Warehouse.name, Location.name)
    )
    return [
        SourceRow(line, sku, name, unit, quantity, house, is_own, "" if usual else place, lot, expiry_on, shipped)
        for line, sku, name, unit, quantity, house, is_own, place, usual, lot, expiry_on, shipped in found
    ]


def _choice(row: SourceChoice, codes: Mapping[int, str], houses: Mapping[int, str]) -> ChoiceCard:
    looked = row.looked

    def named(warehouses: Sequence[int]) -> tuple[str, ...]:
        return tuple(houses.get(each, "–") for each in warehouses)

    def goods(quantities: Mapping[str, str]) -> tuple[tuple[str, Decimal], ...]:
        return tuple((codes.get(int(each), "–"), Decimal(quantity)) for each, quantity in quantities.items())

    return ChoiceCard(
        made_at=row.made_at,
        asked=goods(looked["asked"]),
        chosen=named(looked["chosen"]),
        because=Because(looked["because"]),
        looked=tuple(LookedRow(named(some), goods(lacks)) for some, lacks in looked["looked"]),
        more=looked["more"],
        as_few=tuple(LookedRow(named(some)) for some in looked["as_few"]),
        decided=Decided(looked["decided"]) if looked.get("decided") else None,
        nearness=_ways(looked["nearness"], houses) if looked.get("nearness") else None,
    )


def _near(nearness: Nearness) -> dict[str, Any]:
    town = nearness.goes_to
    far = {str(each): way and [way.km, way.same.value] for each, way in sorted(nearness.far.items())}
    return {"goes_to": [town.name, town.name_en] if town else ["", ""], "far": far}


def _ways(kept: Mapping[str, Any], houses: Mapping[int, str]) -> NearnessCard:
    town, town_en = kept["goes_to"]
    far = kept["far"].items()
    ways = ((houses.get(int(each), "–"), Distance(way[0], Same(way[1])) if way else None) for each, way in far)
    return NearnessCard(town, town_en, tuple(ways))


def _plain(quantities: Mapping[int, Decimal]) -> dict[str, str]:
    return {str(variant_id): str(quantity) for variant_id, quantity in quantities.items() if quantity != ZERO}
