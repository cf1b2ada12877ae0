"""Entering a month of past orders at once: orders, lines, shipments, payments, returns, moves, levels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, inspect, update

from core.base.exact import AMOUNT_PLACES, COST_PLACES, Rounding
from core.db.bulk import bulk_insert, next_ids, runs, storing
from core.db.model import Base
from core.db.upsert import upsert
from core.demo.cast import SHOP, TMALL, WHOLESALE
from core.demo.company import Company
from core.demo.plan import ONLINE, GoodsBack, Item, PlannedOrder
from core.demo.shelf import Delivery
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.sales.models import (
    BusinessState,
    OrderLine,
    Progress,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)
from core.sales.money.accounts import recount
from core.sales.returns.models import RefundWay, ReturnRefund
from core.sales.rules import payment_state, progress
from core.security.permissions import P, Role
from core.stock.models import CUSTOMER, SUPPLIER, DocumentKind, MoveState, StockDocument, StockLevel, StockMove
from core.work.command import command
from core.work.unit import UnitOfWork

CARRIERS = ("顺丰速运", "中通快递", "京东物流", "德邦快递")
REASONS = ("不喜欢", "拍错了", "包装破损", "质量问题", "多拍了")
CALLED_OFF = ("客户改变主意", "重复下单", "缺少尺码")


class Money(NamedTuple):
    """Fen of a line, a return or a document."""

    net: int
    tax: int
    gross: int


@command(P.SYSTEM_OPERATE)
def enter_month(
    uow: UnitOfWork,
    company: Company,
    opens_at: datetime,
    deliveries: Iterable[Delivery],
    orders: Sequence[PlannedOrder],
    *,
    is_last: bool = False,
) -> None:
    """Book what was delivered when a month began, and its orders as far as they have come.

    With the last month, the accounts of customers are set to what all months come to.
    """
    books = _Books(uow, company)
    for delivery in deliveries:
        books.receive(delivery, opens_at)
    books.sell(orders)
    books.write()
    if is_last:
        recount(uow)
    uow.audit(
        "demo.month_entered",
        None,
        month=opens_at.date(),
        orders=len(orders),
        lines=sum(len(order.items) for order in orders),
    )


def amounts_of(item: Item, tax_rate: int, *, prices_include_tax: bool) -> Money:
    """What `core.sales.rules.line_amounts` says of a line whose quantity is whole, in fen."""
    entered = item.quantity * item.price - item.discount
    if prices_include_tax:
        whole = 10_000 + tax_rate
        net = (2 * entered * 10_000 + whole) // (2 * whole)
        return Money(net, entered - net, entered)
    tax = (2 * entered * tax_rate + 10_000) // 20_000
    return Money(entered, tax, entered + tax)


class _Books:
    """The rows of one month, gathered and then written table by table, in their stored form."""

    def __init__(self, uow: UnitOfWork, company: Company) -> None:
        self.uow, self.company, self.plan = uow, company, company.plan
        self.rows: dict[type[Base], list[tuple[Any, ...]]] = defaultdict(list)
        self.levels: Counter[tuple[int, int]] = Counter()
        self.moment: Callable[[datetime], Any] = cache(storing(uow.session, SalesOrder.ordered_at))
        self.day: Callable[[date], Any] = cache(storing(uow.session, SalesOrder.ordered_on))
        self.includes_tax = uow.settings.prices_include_tax
        self.clerk = company.people[Role.WAREHOUSE].id
        self.cashier = company.people[Role.FINANCE].id

    def receive(self, delivery: Delivery, at: datetime) -> None:
        """A goods receipt with its moves."""
        (document,) = next_ids(self.uow.session, StockDocument, 1)
        (number,) = self.uow.numbers("GR", 1, year=at.astimezone(self.plan.zone).year)
        warehouse = self.company.warehouses[delivery.warehouse]
        row = (document, number, DocumentKind.RECEIPT.value, warehouse, "", "", self.moment(at), self.clerk)
        bulk_insert(self.uow.session, StockDocument, _DOCUMENT, [row])
        storage = self.company.storages[delivery.warehouse]
        for goods, quantity in delivery.lines:
            self._move(goods, quantity, (SUPPLIER, storage), ("stock_document", document, None), at)

    def sell(self, orders: Sequence[PlannedOrder]) -> None:
        """Orders, each with its documents as far as they had come on the last day."""
        count = len(orders)
        ids = {
            SalesOrder: iter(next_ids(self.uow.session, SalesOrder, count)),
            OrderLine: iter(next_ids(self.uow.session, OrderLine, sum(len(order.items) for order in orders))),
            Shipment: iter(next_ids(self.uow.session, Shipment, count)),
            Payment: iter(next_ids(self.uow.session, Payment, 2 * count)),
            SalesReturn: iter(next_ids(self.uow.session, SalesReturn, count)),
            ReturnLine: iter(next_ids(self.uow.session, ReturnLine, count)),
        }
        numbers = self._numbers(orders)
        for order in orders:
            booked = _Booked(
                order=order,
                id=next(ids[SalesOrder]),
                lines=[next(ids[OrderLine]) for _ in order.items],
                amounts=[
                    amounts_of(item, self.plan.goods[item.goods].tax, prices_include_tax=self.includes_tax)
                    for item in order.items
                ],
            )
            if order.ships_at is not None:
                self._ship(booked, order.ships_at, next(ids[Shipment]), next(numbers["SH", self._year(order.ships_at)]))
            payment = self._payment(order)
            if payment is not None:
                self._pay(booked, *payment, next(ids[Payment]), next(numbers["PM", payment[0].year]))
            back = self._back(order)
            if back is not None:
                number = next(numbers["SR", self._year(back.at)])
                return_id = next(ids[SalesReturn])
                self._return(booked, back, return_id, next(ids[ReturnLine]), number)
                if (on := self._refunded_on(order)) is not None:
                    self._give_back(booked, return_id, on, next(ids[Payment]), next(numbers["PM", on.year]))
            self._order(booked, next(numbers["SO", order.on.year]))

    def write(self) -> None:
        """Write all rows, the levels they add up to, and what the change feed has to say."""
        session = self.uow.session
        moves = self.rows[StockMove]
        move_ids = next_ids(session, StockMove, len(moves))
        self.rows[StockMove] = [(each, *row) for each, row in zip(move_ids, moves, strict=True)]
        for model, columns in _COLUMNS.items():
            bulk_insert(session, model, columns, self.rows[model])
        for followed in (SalesOrder, SalesReturn, StockMove, Payment):
            for first, last in runs(sorted(row[0] for row in self.rows[followed])):
                self.uow.touch(followed, first, last)
        changed = [(variant, location, Decimal(change)) for (variant, location), change in sorted(self.levels.items())]
        if changed:
            nothing = {"on_hand": Decimal(0), "reserved": Decimal(0)}
            rows = [{"variant_id": variant, "location_id": location, **nothing} for variant, location, _ in changed]
            session.connection().execute(upsert(session, StockLevel).on_conflict_do_nothing(), rows)
            session.connection().execute(_CHANGE, [dict(zip(("v", "l", "by"), each, strict=True)) for each in changed])

    def _numbers(self, orders: Sequence[PlannedOrder]) -> dict[tuple[str, int], Iterator[str]]:
        counts: Counter[tuple[str, int]] = Counter()
        for order in orders:
            counts["SO", order.on.year] += 1
            if order.ships_at is not None:
                counts["SH", self._year(order.ships_at)] += 1
            if (payment := self._payment(order)) is not None:
                counts["PM", payment[0].year] += 1
            if (back := self._back(order)) is not None:
                counts["SR", self._year(back.at)] += 1
                if (on := self._refunded_on(order)) is not None:
                    counts["PM", on.year] += 1
        return {key: iter(self.uow.numbers(key[0], count, year=key[1])) for key, count in sorted(counts.items())}

    def _year(self, at: datetime) -> int:
        return at.astimezone(self.plan.zone).year

    def _payment(self, order: PlannedOrder) -> tuple[date, bool] | None:
        """When it was paid and whether in full: some who pay later paid a part in advance."""
        if order.pays_on is None:
            return None
        if order.pays_on <= self.plan.until:
            return order.pays_on, True
        return (order.on, False) if order.at.minute % 6 == 0 else None

    def _refunded_on(self, order: PlannedOrder) -> date | None:
        """When the money of what came back was given back: what was paid in full, once it is there."""
        payment, back = self._payment(order), self._back(order)
        if payment is None or back is None or not payment[1]:
            return None
        return max(payment[0], back.at.astimezone(self.plan.zone).date())

    def _back(self, order: PlannedOrder) -> GoodsBack | None:
        return order.back if order.back is not None and order.back.at <= self.plan.ends_at else None

    def _storage(self, order: PlannedOrder) -> int:
        return self.company.storages[self.plan.buyers[order.buyer].warehouse]

    def _move(
        self, goods: int, quantity: int, ends: tuple[int, int], origin: tuple[str, int, int | None], at: datetime
    ) -> None:
        variant = self.company.variants[goods]
        self.rows[StockMove].append((variant, quantity * 1_000, *ends, _DONE, *origin, self.moment(at)))
        for location, sign in zip(ends, (-1, 1), strict=True):
            if location in self.company.storages:
                self.levels[variant, location] += sign * quantity

    def _ship(self, booked: "_Booked", at: datetime, shipment_id: int, number: str) -> None:
        order = booked.order
        online = order.channel in ONLINE
        carrier = CARRIERS[booked.id % len(CARRIERS)] if order.channel != SHOP else ""
        tracking = f"{7_300_000_000 + shipment_id * 37}" if online else ""
        days = self.plan.buyers[order.buyer].days_to_pay
        booked.due_on = self.day(at.astimezone(self.plan.zone).date() + timedelta(days=days))
        sent = (shipment_id, number, booked.id, self.moment(at), carrier, tracking, self.clerk)
        self.rows[Shipment].append((*sent, booked.total.gross, booked.due_on))
        ends = (self._storage(order), CUSTOMER)
        for line_id, item in zip(booked.lines, order.items, strict=True):
            self.rows[ShipmentLine].append((shipment_id, line_id, item.quantity * 1_000))
            if not self.plan.goods[item.goods].is_service:
                self._move(item.goods, item.quantity, ends, ("sales_order", booked.id, line_id), at)

    def _pay(self, booked: "_Booked", on: date, in_full: bool, payment_id: int, number: str) -> None:
        order = booked.order
        booked.paid = booked.total.gross if in_full else booked.total.gross * 3 // 10
        booked.paid_at = order.at if on == order.on else self.plan.moment(on, 17 * 60)
        if order.channel == WHOLESALE:
            method = PaymentMethod.BANK
        elif order.channel in ONLINE:
            method = PaymentMethod.ALIPAY if order.channel == TMALL else PaymentMethod.WECHAT
        else:
            method = (PaymentMethod.WECHAT, PaymentMethod.ALIPAY, PaymentMethod.CASH, PaymentMethod.CARD)[booked.id % 4]
        customer = self.company.customers[order.buyer]
        made = (self.moment(booked.paid_at), self.cashier)
        self.rows[Payment].append((payment_id, number, customer, booked.paid, method.value, self.day(on), "", *made))
        self.rows[Allocation].append((payment_id, "sales_order", booked.id, booked.paid))

    def _give_back(self, booked: "_Booked", return_id: int, on: date, payment_id: int, number: str) -> None:
        """The money of what came back, given back."""
        booked.paid -= booked.credit
        at, customer = self.moment(self.plan.moment(on, 18 * 60)), self.company.customers[booked.order.buyer]
        row = (payment_id, number, customer, -booked.credit, PaymentMethod.BANK.value, self.day(on), "", at)
        self.rows[Payment].append((*row, self.cashier))
        self.rows[Allocation].append((payment_id, "sales_order", booked.id, -booked.credit))
        self.rows[ReturnRefund].append((return_id, RefundWay.MONEY.value, payment_id, booked.credit, at, self.cashier))

    def _return(self, booked: "_Booked", back: GoodsBack, return_id: int, line_id: int, number: str) -> None:
        order, item, whole = booked.order, booked.order.items[back.item], booked.amounts[back.item]
        buyer = self.plan.buyers[order.buyer]
        gross = (2 * whole.gross * back.quantity + item.quantity) // (2 * item.quantity)
        net = (2 * whole.net * back.quantity + item.quantity) // (2 * item.quantity)
        part = Money(net, gross - net, gross)
        booked.returned[back.item] = back.quantity
        booked.credit = gross
        at = self.moment(back.at)
        goods = self.plan.goods[item.goods]
        self.rows[SalesReturn].append(
            (return_id, number, booked.id, self.company.customers[order.buyer], self.company.channels[order.channel])
            + (self.company.warehouses[buyer.warehouse], self.company.rep_of(buyer), buyer.region, at)
            + (self.day(back.at.astimezone(self.plan.zone).date()), ReturnState.SETTLED.value)
            + (self.uow.settings.currency, *part, REASONS[return_id % len(REASONS)], self.clerk, at)
        )
        self.rows[ReturnLine].append(
            (line_id, return_id, 1, booked.lines[back.item], self.company.variants[item.goods], back.quantity * 1_000)
            + (item.price * 100, goods.tax, *part)
        )
        ends = (CUSTOMER, self._storage(order))
        self._move(item.goods, back.quantity, ends, ("sales_return", return_id, line_id), back.at)

    def _order(self, booked: "_Booked", number: str) -> None:
        order = booked.order
        buyer, rep = self.plan.buyers[order.buyer], self.company.rep_of(self.plan.buyers[order.buyer])
        ordered = sum(item.quantity for item in order.items)
        came_back = sum(booked.returned.values())
        shipped = ordered if order.ships_at is not None else 0
        state, closed_at, reason = BusinessState.CONFIRMED, None, ""
        if order.ships_at is None:
            state, closed_at = BusinessState.CANCELLED, order.at + timedelta(hours=3)
            reason = CALLED_OFF[booked.id % len(CALLED_OFF)]
        elif booked.paid_at is not None and booked.paid == booked.total.gross - booked.credit:
            state, closed_at = BusinessState.COMPLETED, max(order.ships_at, booked.paid_at)
        payment = payment_state(Decimal(booked.total.gross - booked.credit), Decimal(booked.paid))
        shipment = progress(Decimal(shipped), Decimal(ordered))
        return_ = progress(Decimal(came_back), Decimal(shipped))
        at = self.moment(order.at)
        settings = self.uow.settings
        self.rows[SalesOrder].append(
            (booked.id, number, self.company.customers[order.buyer], self.company.channels[order.channel])
            + (self.company.warehouses[buyer.warehouse], rep, buyer.region, at, self.day(order.on), state.value)
            + (payment.value, shipment.value, return_.value, Progress.NONE.value, settings.prices_include_tax)
            + (Rounding.HALF_UP.value, settings.currency, *booked.total, booked.paid, booked.credit, "", reason)
            + (rep, at, at if shipped else None, closed_at and self.moment(closed_at))
            + (booked.due_on if booked.owes else None, 1)
        )
        for n, (line_id, item, money) in enumerate(zip(booked.lines, order.items, booked.amounts, strict=True)):
            self.rows[OrderLine].append(
                (line_id, booked.id, n + 1, self.company.variants[item.goods], item.quantity * 1_000, item.price * 100)
                + (item.discount, self.plan.goods[item.goods].tax, *money)
                + (item.quantity * 1_000 if shipped else 0, booked.returned.get(n, 0) * 1_000)
                + (self.plan.goods[item.goods].purchase * 10 ** (COST_PLACES - AMOUNT_PLACES) or None,)
            )


@dataclass
class _Booked:
    """An order on its way into the rows."""

    order: PlannedOrder
    id: int
    lines: list[int]
    amounts: list[Money]
    paid: int = 0
    paid_at: datetime | None = None
    due_on: Any = None
    credit: int = 0
    returned: dict[int, int] = field(default_factory=dict)

    @cached_property
    def total(self) -> Money:
        """The sum of the lines."""
        net, tax, gross = (sum(each) for each in zip(*self.amounts, strict=True))
        return Money(net, tax, gross)

    @property
    def owes(self) -> bool:
        """Whether goods have left that nobody has paid or brought back."""
        return self.order.ships_at is not None and self.paid + self.credit < self.total.gross


_DONE = MoveState.DONE.value
_LEVEL = cast(Table, inspect(StockLevel).local_table)
_CHANGE = (
    update(_LEVEL)
    .where(_LEVEL.c.variant_id == bindparam("v"), _LEVEL.c.location_id == bindparam("l"))
    .values(on_hand=_LEVEL.c.on_hand + bindparam("by"))
)
_DOCUMENT = ("id", "number", "kind", "warehouse_id", "reason", "note", "created_at", "created_by")
_MONEY = ("net_amount", "tax_amount", "gross_amount")
_COLUMNS: dict[type[Base], tuple[str, ...]] = {
    SalesOrder: (
        *("id", "number", "customer_id", "channel_id", "warehouse_id", "sales_rep_id", "region", "ordered_at"),
        *("ordered_on", "business_state", "payment_state", "shipment_state", "return_state", "statement_state"),
        *("prices_include_tax", "rounding", "currency", *_MONEY, "paid_amount", "returned_amount", "note"),
        *("cancel_reason", "created_by", "created_at", "confirmed_at", "closed_at", "due_on", "version"),
    ),
    OrderLine: (
        *("id", "order_id", "line_number", "variant_id", "quantity", "unit_price", "discount_amount", "tax_rate"),
        *(*_MONEY, "shipped_quantity", "returned_quantity", "unit_cost"),
    ),
    Shipment: (
        "id",
        "number",
        "order_id",
        "shipped_at",
        "carrier",
        "tracking_number",
        "created_by",
        "amount",
        "due_on",
    ),
    ShipmentLine: ("shipment_id", "order_line_id", "quantity"),
    Payment: (*("id", "number", "customer_id", "amount", "method", "received_on", "note", "created_at", "created_by"),),
    Allocation: ("payment_id", "document_type", "document_id", "amount"),
    SalesReturn: (
        *("id", "number", "order_id", "customer_id", "channel_id", "warehouse_id", "sales_rep_id", "region"),
        *("returned_at", "returned_on", "state", "currency", *_MONEY, "reason", "created_by", "created_at"),
    ),
    ReturnLine: (
        *("id", "return_id", "line_number", "order_line_id", "variant_id", "quantity", "unit_price", "tax_rate"),
        *_MONEY,
    ),
    ReturnRefund: ("return_id", "way", "payment_id", "amount", "created_at", "created_by"),
    StockMove: (
        *("id", "variant_id", "quantity", "source_id", "target_id", "state"),
        *("origin_type", "origin_id", "origin_line_id", "at"),
    ),
}
