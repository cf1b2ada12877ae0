"""Warehouses with a random past of moves and costs, and the plain figures of every day of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, selectinload

from core.base.clock import business_day
from core.catalog.models import Category, Product, Variant
from core.security.actor import SYSTEM
from core.stock.costs.models import CostEntry
from core.stock.costs.rules.events import EntryKind
from core.stock.models import CUSTOMER, LOSS, SUPPLIER, Location, LocationKind, MoveState, StockMove, Warehouse
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.analytics.shop import Shop

ORIGINS = ("sales_order", "sales_return", "stock_document", "stock_transfer", "stock_count")
ZERO = Decimal(0)


class Stockroom(Shop):
    """Writes random moves and entries of cost, done and then changed."""

    def open(self) -> "Stockroom":
        """Two warehouses with a shelf, a place for inspection and one for goods on their way."""
        super().open()
        self.within(self._build)
        return self

    def stock(self, moves: int) -> None:
        """So many moves with their costs, in one transaction."""

        def write(uow: UnitOfWork) -> None:
            for _ in range(moves):
                self._goods(uow)

        self.within(write)

    def _build(self, uow: UnitOfWork) -> None:
        self.places = {CUSTOMER: 0, SUPPLIER: 0, LOSS: 0, self.locations[3]: self.warehouses[0]}
        self.places[self.locations[4]] = self.warehouses[1]
        for warehouse in self.warehouses:
            for kind in (LocationKind.QUARANTINE, LocationKind.TRANSIT):
                place = uow.add(Location(warehouse_id=warehouse, kind=kind, name=str(kind)))
                self.places[place.id] = warehouse

    def _goods(self, uow: UnitOfWork) -> None:
        at, choose = self._moment(), self.random.choice
        source, target = self.random.sample(list(self.places), 2)
        variant = choose(self.variants)
        move = uow.add(
            StockMove(
                variant_id=variant,
                quantity=Decimal(self.random.randint(1, 9_000)) / 1000,
                source_id=source,
                target_id=target,
                state=MoveState.DONE if self.random.random() < 0.9 else MoveState.RESERVED,
                origin_type=choose(ORIGINS),
                origin_id=self.random.randint(1, 30),
                origin_line_id=choose([None, 1, 2]),
                at=at,
            )
        )
        inside = self.places[target] or self.places[source]
        if not inside or move.state is not MoveState.DONE:
            return
        for _ in range(self.random.randint(1, 2)):
            later = at + timedelta(days=self.random.choice([0, 0, 3, 40]))
            uow.add(
                CostEntry(
                    variant_id=variant,
                    warehouse_id=inside if variant % 3 == 0 else None,
                    kind=choose([EntryKind.RECEIPT, EntryKind.ISSUE, EntryKind.REFILL, EntryKind.EXPENSED]),
                    quantity=ZERO,
                    amount=Decimal(self.random.randint(-90_000, 90_000)) / 10_000,
                    at=later,
                    booked_on=business_day(later, uow.settings.timezone),
                    recorded_at=later,
                    is_late=False,
                    move_id=move.id,
                )
            )


@dataclass(frozen=True)
class Change:
    """One end of a move, or an entry of cost: on which day it adds what to what, and where."""

    day: date
    labels: dict[str, Any]
    goods: int
    warehouse: int
    pool: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)


def plain_changes(store: Store) -> list[Change]:
    """Every end of every move and every entry, read from the store of record."""
    found = []
    with store.viewing(SYSTEM) as view:
        session = view.session
        products = {row.id: row for row in session.scalars(select(Product).options(selectinload(Product.tags)))}
        variants = {row.id: row for row in session.scalars(select(Variant))}
        categories = {row.id: row for row in session.scalars(select(Category))}
        houses = {row.id: row.name for row in session.scalars(select(Warehouse))} | {0: None}

        def labels(variant_id: int, warehouse: int) -> dict[str, Any]:
            product = products[variants[variant_id].product_id]
            top = categories.get(product.category_id)
            while top is not None and top.parent_id is not None:
                top = categories[top.parent_id]
            return {
                "product": product.name,
                "sku": variants[variant_id].sku,
                "top_category": None if top is None else top.name,
                "brand": product.brand or None,
                "product_tag": {tag.name for tag in product.tags} or {None},
                "warehouse": houses[warehouse],
            }

        source, target = aliased(Location), aliased(Location)
        moves = (
            select(StockMove, source, target)
            .join(source, source.id == StockMove.source_id)
            .join(target, target.id == StockMove.target_id)
            .where(StockMove.state == MoveState.DONE)
        )
        ended: dict[int, Any] = {}
        for move, left, reached in session.execute(moves):
            ended[move.id] = (move, left, reached)
            day = business_day(move.at, store.settings.timezone)
            for place, other, quantity in ((reached, left, move.quantity), (left, reached, -move.quantity)):
                if place.warehouse_id is None:
                    continue
                flow = ""
                if other.kind is LocationKind.SUPPLIER:
                    flow = "received"
                elif other.kind is LocationKind.CUSTOMER and move.origin_type != "stock_document":
                    flow = "shipped"
                elif other.warehouse_id not in (None, place.warehouse_id):
                    flow = "moved"
                sums = {
                    "quantity": quantity,
                    "on_shelf": quantity if place.kind is LocationKind.STORAGE else ZERO,
                    "in_transit": quantity if place.kind is LocationKind.TRANSIT else ZERO,
                    "received": quantity if flow == "received" else ZERO,
                    "shipped": -quantity if flow == "shipped" else ZERO,
                    "moved": quantity if flow == "moved" else ZERO,
                }
                product = variants[move.variant_id].product_id
                found.append(
                    Change(day, labels(move.variant_id, place.warehouse_id), product, place.warehouse_id, sums=sums)
                )
        for entry in session.scalars(select(CostEntry)):
            move, left, reached = ended[entry.move_id]
            where = entry.warehouse_id or reached.warehouse_id or left.warehouse_id
            is_expensed = entry.kind is EntryKind.EXPENSED
            ends = {left.kind, reached.kind}
            is_sold = LocationKind.CUSTOMER in ends and move.origin_type != "stock_document"
            is_sold = is_sold and left.warehouse_id != reached.warehouse_id
            is_bought = LocationKind.SUPPLIER in ends
            sums = {
                "value": ZERO if is_expensed else entry.amount,
                "cogs": entry.amount if is_expensed else -entry.amount if is_sold else ZERO,
                "purchases": entry.amount if is_expensed or is_bought else ZERO,
            }
            product = variants[entry.variant_id].product_id
            found.append(
                Change(entry.booked_on, labels(entry.variant_id, where), product, where, entry.warehouse_id or 0, sums)
            )
    return found


def summed(changes: list[Change], name: str, until: date | None = None, since: date | None = None) -> Decimal:
    """What these add up to of something, of the days before, or from a day on."""
    return sum(
        (
            each.sums.get(name, ZERO)
            for each in changes
            if (until is None or each.day < until) and (since is None or each.day >= since)
        ),
        ZERO,
    )


def shared_values(changes: list[Change], ends: list[date]) -> dict[tuple[int, int], Decimal]:
    """By product and warehouse (0: none) the value at these ends of days, added up; pools of all shared by quantity."""
    value: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    quantity: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for end in ends:
        for each in changes:
            if each.day < end:
                if "value" in each.sums:
                    value[each.goods, each.pool] += each.sums["value"]
                else:
                    quantity[each.goods, each.warehouse] += each.sums["quantity"]
    shares: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for (goods, pool), amount in value.items():
        held = sorted((house, number) for (product, house), number in quantity.items() if product == goods)
        whole = sum((number for _, number in held), ZERO)
        if pool:
            shares[goods, pool] += amount
        elif not whole:
            shares[goods, 0] += amount
        else:
            upto = before = ZERO
            for house, number in held:
                upto += number
                part = Decimal(int(amount * 10_000 * upto / whole))
                shares[goods, house] += (part - before) / 10_000
                before = part
    return shares
