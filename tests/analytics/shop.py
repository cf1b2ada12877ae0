"""A shop with a random past, written straight into the tables."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.base.clock import business_day
from core.catalog.models import Category, Product, Tag, Variant
from core.customers.models import Channel, Customer, CustomerKind, CustomerTag
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.receivables.service import ORDER
from core.sales.models import (
    BusinessState,
    OrderLine,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)
from core.security.actor import SYSTEM
from core.security.models import User
from core.stock.costs.models import CostEntry
from core.stock.costs.rules.events import EntryKind
from core.stock.models import CUSTOMER, Location, LocationKind, MoveState, StockMove, Warehouse
from core.work.store import Store
from core.work.unit import UnitOfWork

FIRST = datetime(2024, 11, 20, 3, 17, tzinfo=UTC)
DAYS = 500
SOLD = (BusinessState.CONFIRMED, BusinessState.ON_HOLD, BusinessState.COMPLETED)
REGIONS = ("", "Kent", "上海", "O'Brien; DROP TABLE")


class Shop:
    """Writes random documents of a shop; the same seed writes the same."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)  # noqa: S311 - a history, no secret
        self.serial = 0

    def open(self) -> "Shop":
        """The master data."""
        self.within(self._open)
        return self

    def live(self, steps: int) -> None:
        """So many use cases, each in its transaction."""
        actions = [self._order] * 5 + [self._change_order] * 3 + [self._return, self._change_return]
        actions += [self._move, self._rename, self._recategorise, self.retag]
        actions += [self._pay, self._settle, self._hand_over]
        actions += [self._ship, self._ship, self._take_back, self._undo, self._cost_late]
        for _ in range(steps):
            self.within(self.random.choice(actions))

    def sell(self, orders: int = 1) -> None:
        """So many confirmed orders in one transaction."""

        def write(uow: UnitOfWork) -> None:
            for _ in range(orders):
                self._order(uow, BusinessState.CONFIRMED)

        self.within(write)

    def within(self, action: Callable[[UnitOfWork], Any]) -> None:
        """Run one action as a use case of the system."""
        with self.store.working(SYSTEM) as uow:
            action(uow)
            uow.audit("test.lived", None)

    def _open(self, uow: UnitOfWork) -> None:
        roots = [uow.add(Category(name=name)) for name in ("Home", "Garden")]
        leaves = [
            uow.add(Category(name=name, parent_id=root.id)) for root in roots for name in ("Other", f"In {root.name}")
        ]
        deep = [uow.add(Category(name=name, parent_id=leaves[0].id)) for name in ("Deep", "Low")]
        deeper = uow.add(Category(name="Deeper", parent_id=deep[0].id))
        self.categories = [None, roots[0].id, *(each.id for each in (*leaves, *deep, deeper))]
        self.tags = [uow.add(Tag(name=name)).id for name in ("new", "sale", "gift")]
        self.customer_tags = [uow.add(CustomerTag(name=name)).id for name in ("gold", "late")]
        self.channels = [uow.add(Channel(name=name)).id for name in ("Shop", "Market")]
        self.warehouses = [uow.add(Warehouse(code=code, name=f"{code} hall")).id for code in ("A", "B")]
        self.locations = [1, 2, 3]
        for warehouse in self.warehouses:
            place = Location(warehouse_id=warehouse, kind=LocationKind.STORAGE, name="shelf", is_default=True)
            self.locations.append(uow.add(place).id)
        self.users = [None] + [
            uow.add(
                User(username=name, name=name.title(), password_hash="", created_at=FIRST, password_changed_at=FIRST)
            ).id
            for name in ("ann", "bo")
        ]
        self.customers = [uow.add(Customer(code=f"C{n}", name=f"Customer {n}", created_at=FIRST)).id for n in range(6)]
        self.variants = []
        for n in range(8):
            category = self.random.choice(self.categories)
            brand = self.random.choice(["", "Lotus", "Tide"])
            product = uow.add(Product(name=f"Thing {n}", category_id=category, brand=brand, created_at=FIRST))
            self.variants += [uow.add(Variant(product_id=product.id, sku=f"T{n}-{k}")).id for k in range(1 + n % 2)]

    def _moment(self) -> datetime:
        return FIRST + timedelta(minutes=self.random.randrange(DAYS * 24 * 60))

    def _head(self, at: datetime) -> dict[str, Any]:
        self.serial += 1
        choose = self.random.choice
        return {
            "number": f"D-{self.serial:05d}",
            "customer_id": choose(self.customers),
            "channel_id": choose(self.channels),
            "warehouse_id": choose(self.warehouses),
            "sales_rep_id": choose(self.users),
            "region": choose(REGIONS),
            "currency": "CNY",
            "created_at": at,
        }

    def _lines(self) -> list[dict[str, Any]]:
        lines = []
        for number in range(1, self.random.randint(1, 4) + 1):
            net, tax = Decimal(self.random.randrange(0, 90_000)) / 100, Decimal(self.random.randrange(0, 900)) / 100
            lines.append(
                {
                    "line_number": number,
                    "variant_id": self.random.choice(self.variants),
                    "quantity": Decimal(self.random.randint(1, 9_000)) / 1000,
                    "unit_price": Decimal(1),
                    "net_amount": net,
                    "tax_amount": tax,
                    "gross_amount": net + tax,
                    "beyond_cents": Decimal(self.random.randrange(-4_999, 5_000)).scaleb(-6),
                }
            )
        return lines

    def _unit_cost(self) -> Decimal | None:
        return self.random.choice([None, Decimal(self.random.randrange(10**10)).scaleb(-8)])

    def _sums(self, lines: list[dict[str, Any]]) -> dict[str, Decimal]:
        return {
            name: sum((line[name] for line in lines), Decimal(0))
            for name in ("net_amount", "tax_amount", "gross_amount")
        }

    def _order(self, uow: UnitOfWork, state: BusinessState | None = None) -> None:
        at, lines = self._moment(), self._lines()
        order = uow.add(
            SalesOrder(
                **self._head(at),
                **self._sums(lines),
                ordered_at=at,
                ordered_on=business_day(at, uow.settings.timezone),
                business_state=state or self.random.choice(list(BusinessState)),
                ship_by=self.random.choice(
                    [None, *(business_day(at, uow.settings.timezone) + timedelta(n) for n in range(4))]
                ),
                prices_include_tax=True,
            )
        )
        for line in lines:
            discount = Decimal(self.random.randrange(0, 500)) / 100
            uow.add(OrderLine(order_id=order.id, **line, discount_amount=discount, unit_cost=self._unit_cost()))

    def _change_order(self, uow: UnitOfWork) -> None:
        order = self._any(uow, SalesOrder)
        if order is None:
            return
        order.business_state = self.random.choice(list(BusinessState))
        if self.random.random() < 0.5:
            for line in uow.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)):
                line.net_amount += Decimal("0.07")
                line.gross_amount += Decimal("0.07")
        if self.random.random() < 0.3:
            order.region = f"Region {self.random.randint(1, 3)}"
            order.ordered_on += timedelta(days=40)
            order.customer_id = self.random.choice(self.customers)

    def _return(self, uow: UnitOfWork) -> None:
        at, lines = self._moment(), self._lines()
        given_back = uow.add(
            SalesReturn(
                **self._head(at),
                **self._sums(lines),
                returned_at=at,
                returned_on=business_day(at, uow.settings.timezone),
                state=self.random.choice(list(ReturnState)),
            )
        )
        sold = list(uow.session.scalars(select(OrderLine.id).order_by(OrderLine.id)))
        for line in lines:
            whose = self.random.choice([None, *sold])
            uow.add(
                ReturnLine(return_id=given_back.id, **line, order_line_id=whose, unit_cost=self._unit_cost() or None)
            )

    def _change_return(self, uow: UnitOfWork) -> None:
        given_back = self._any(uow, SalesReturn)
        if given_back is not None:
            given_back.state = self.random.choice(list(ReturnState))

    def _move(self, uow: UnitOfWork) -> None:
        moves = list(uow.session.scalars(select(StockMove).where(StockMove.state == MoveState.RESERVED)))
        if moves and self.random.random() < 0.5:
            moves[0].state = self.random.choice([MoveState.DONE, MoveState.CANCELLED])
            return
        source, target = self.random.sample(self.locations, 2)
        uow.add(
            StockMove(
                variant_id=self.random.choice(self.variants),
                quantity=Decimal(self.random.randint(1, 9)),
                source_id=source,
                target_id=target,
                state=self.random.choice([MoveState.RESERVED, MoveState.DONE]),
                origin_type="stock_document",
                origin_id=1,
                at=self._moment(),
            )
        )

    def _ship(self, uow: UnitOfWork) -> None:
        """All or part of a line of an order leaves."""
        line = self._any(uow, OrderLine)
        if line is not None:
            self._carry(uow, SalesOrder.__tablename__, line.order_id, line, self.locations[-1], CUSTOMER)
            order = uow.session.get_one(SalesOrder, line.order_id)
            self.serial += 1
            shipment = uow.add(
                Shipment(
                    number=f"SH-{self.serial:05d}",
                    order_id=order.id,
                    shipped_at=order.ordered_at,
                    shipped_on=self.random.choice([None, *(order.ordered_on + timedelta(n) for n in range(4))]),
                    cancelled_at=self.random.choice([None, None, None, order.ordered_at]),
                )
            )
            part = self.random.choice([1, Decimal("0.5"), Decimal("0.25")])
            quantity = (line.quantity * part).quantize(Decimal("0.001")) or line.quantity
            uow.add(ShipmentLine(shipment_id=shipment.id, order_line_id=line.id, quantity=quantity))
            uow.touch(SalesOrder, order.id)

    def _take_back(self, uow: UnitOfWork) -> None:
        line = self._any(uow, ReturnLine)
        if line is not None:
            self._carry(uow, SalesReturn.__tablename__, line.return_id, line, CUSTOMER, self.locations[-1])

    def _carry(self, uow: UnitOfWork, kind: str, document: int, line: Any, source: int, target: int) -> None:
        """Goods of a line move, and mostly it is known what they cost."""
        part = self.random.choice([1, 1, Decimal("0.5")])
        move = uow.add(
            StockMove(
                variant_id=line.variant_id,
                quantity=(line.quantity * part).quantize(Decimal("0.001")) or line.quantity,
                source_id=source,
                target_id=target,
                state=MoveState.DONE,
                origin_type=kind,
                origin_id=document,
                origin_line_id=line.id,
                at=self._moment(),
            )
        )
        if self.random.random() < 0.8:
            amount = self.random.choice([Decimal(0), Decimal(self.random.randrange(1, 10**6)).scaleb(-4)])
            self._enter(uow, move, move.quantity if target != CUSTOMER else -move.quantity, amount)

    def _enter(self, uow: UnitOfWork, move: StockMove, quantity: Decimal, amount: Decimal) -> None:
        """What a move cost, with the sign of its quantity; or a part of that which became known later."""
        came = move.target_id != CUSTOMER
        uow.add(
            CostEntry(
                variant_id=move.variant_id,
                move_id=move.id,
                kind=EntryKind.RETURN if came else EntryKind.ISSUE,
                quantity=quantity,
                amount=amount if came else -amount,
                at=move.at,
                booked_on=business_day(move.at, uow.settings.timezone),
                recorded_at=move.at,
                is_late=not quantity,
            )
        )

    def _undo(self, uow: UnitOfWork) -> None:
        """Goods that left come back, for what they cost."""
        moves = self._of_documents(uow)
        if not moves:
            return
        move = self.random.choice(moves)
        entries = uow.session.execute(
            select(CostEntry.quantity, CostEntry.amount).where(CostEntry.move_id == move.id)
        ).all()
        same = {name: getattr(move, name) for name in ("variant_id", "quantity", "origin_type", "origin_id", "at")}
        back = StockMove(**same, origin_line_id=move.origin_line_id, state=MoveState.DONE, undoes=True)
        back.source_id, back.target_id = move.target_id, move.source_id
        uow.add(back)
        if entries:
            amount = sum((abs(each.amount) for each in entries), Decimal(0))
            self._enter(uow, back, -sum((each.quantity for each in entries), Decimal(0)), amount)

    def _cost_late(self, uow: UnitOfWork) -> None:
        moves = self._of_documents(uow)
        if moves:
            self._enter(uow, self.random.choice(moves), Decimal(0), Decimal(self.random.randrange(10**5)).scaleb(-4))

    def _of_documents(self, uow: UnitOfWork) -> list[StockMove]:
        kinds = (SalesOrder.__tablename__, SalesReturn.__tablename__)
        moves = select(StockMove).where(StockMove.origin_type.in_(kinds), StockMove.undoes.is_not(True))
        return list(uow.session.scalars(moves.order_by(StockMove.id)))

    def _rename(self, uow: UnitOfWork) -> None:
        for model in (Customer, Product, Channel, User):
            row = self._any(uow, model)
            if row is not None:
                row.name = f"{row.name[:12]} {self.random.randint(10, 99)}"

    def _recategorise(self, uow: UnitOfWork) -> None:
        product = self._any(uow, Product)
        if product is not None:
            product.category_id = self.random.choice(self.categories)
            product.brand = self.random.choice(["", "Lotus", "Tide", "Wind"])

    def _pay(self, uow: UnitOfWork) -> None:
        self.serial += 1
        amount = Decimal(self.random.choice([1, 1, 1, -1]) * self.random.randrange(1, 90_000)) / 100
        at = self._moment()
        uow.add(
            Payment(
                number=f"PM-{self.serial:05d}",
                customer_id=self.random.choice(self.customers),
                amount=amount,
                open_amount=max(amount, Decimal(0)),
                method=self.random.choice(list(PaymentMethod)),
                received_on=business_day(at, uow.settings.timezone),
                created_at=at,
            )
        )

    def _settle(self, uow: UnitOfWork) -> None:
        """Part of a payment settles an order, or the other way round, or something that is no order."""
        payment, order = self._any(uow, Payment), self._any(uow, SalesOrder)
        if payment is None or order is None or payment.open_amount < 2:
            return
        part = (payment.open_amount / 2).quantize(Decimal("0.01"))
        payment.open_amount -= part
        for kind, share in ((ORDER, part - 1), ("account_charge", Decimal(1))):
            uow.add(Allocation(payment_id=payment.id, document_type=kind, document_id=order.id, amount=share))
        if self.random.random() < 0.3:
            payment.open_amount += part - 1
            uow.add(Allocation(payment_id=payment.id, document_type=ORDER, document_id=order.id, amount=1 - part))

    def _hand_over(self, uow: UnitOfWork) -> None:
        customer = self._any(uow, Customer)
        customer.owner_id = self.random.choice(self.users)
        customer.region = self.random.choice(REGIONS)
        customer.channel_id = self.random.choice([None, *self.channels])

    def retag(self, uow: UnitOfWork) -> None:
        """A product and a customer get other tags."""
        for model, tag, tags in ((Product, Tag, self.tags), (Customer, CustomerTag, self.customer_tags)):
            key = self.random.choice(list(uow.session.scalars(select(model.id).order_by(model.id))))
            row = uow.session.get_one(model, key, options=[selectinload(model.tags)])
            chosen = self.random.sample(tags, self.random.randint(0, len(tags)))
            row.tags = [uow.session.get_one(tag, each) for each in chosen]
            if isinstance(row, Customer):
                row.kind = self.random.choice(list(CustomerKind))

    def _any(self, uow: UnitOfWork, model: type[Any]) -> Any:
        rows = list(uow.session.scalars(select(model).order_by(model.id)))
        return self.random.choice(rows) if rows else None
