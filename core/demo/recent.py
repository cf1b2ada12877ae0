"""The last days of the demo company, lived through step by step by the people who would do it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import literal, select

from core.base.clock import FixedClock
from core.base.exact import round_to
from core.demo.cast import SHOP, WHOLESALE
from core.demo.company import Company
from core.demo.plan import ONLINE, PlannedOrder
from core.demo.returns import bring_some_back
from core.receivables.models import PaymentMethod
from core.sales.close import cancel_order, complete_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import OrderLine, Progress, SalesOrder
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import Actor
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.models import StockLevel
from core.stock.service import adjust_stock, issue_goods, receive_goods
from core.work.store import Store

Event = tuple[datetime, int, Callable[[str], object]]
DRAFTS = 0.08
# Typed like the column: a difference of two exact columns no longer knows its smallest unit.
PLENTY = literal(Decimal(8), StockLevel.on_hand.type)


class RecentDays:
    """Lives through orders in the order of time, moving the clock of its store along.

    Every step has a key of its own, so that days which broke off are lived on without doing a step twice.
    """

    def __init__(self, store: Store, clock: FixedClock, company: Company, seed: int) -> None:
        self._store, self._clock, self._company, self._plan = store, clock, company, company.plan
        self._random = Random(seed)  # noqa: S311 - a demo, not a secret
        self._events: list[Event] = []

    def live(self, orders: Sequence[PlannedOrder], progress: Callable[[int], None]) -> None:
        """Enter these orders and take each as far as it had come on the last day; then some work in the warehouse."""
        for order in orders:
            self._expect(order, progress)
        for at, number, event in sorted(self._events, key=lambda each: each[:2]):
            self._clock.moment = at
            event(f"demo.recent.{number}")
        self._clock.moment = self._plan.ends_at
        self._work_in_warehouse()
        bring_some_back(self._store, self._company)

    def _expect(self, order: PlannedOrder, progress: Callable[[int], None]) -> None:
        made: list[int] = []
        buyer = self._plan.buyers[order.buyer]
        seller = self._company.sellers[buyer.rep]
        lines = [
            LineDraft(
                self._company.variants[item.goods],
                Decimal(item.quantity),
                Decimal(item.price).scaleb(-2),
            )
            for item in order.items
        ]

        # Some who buy in bulk say when they want it.
        has_wish = order.channel == WHOLESALE and order.at.minute % 2 == 0
        wanted_on = order.on + timedelta(days=1 + order.at.minute % 6) if has_wish else None

        def create(key: str) -> None:
            made.append(
                self._store.run(
                    seller,
                    create_order,
                    key,
                    customer_id=self._company.customers[order.buyer],
                    channel_id=self._company.channels[order.channel],
                    warehouse_id=self._company.warehouses[buyer.warehouse],
                    sales_rep_id=self._company.rep_of(buyer),
                    lines=lines,
                    wanted_on=wanted_on,
                )
            )
            progress(len(lines))

        self._at(order.at, create)
        if order.ships_at is None:
            self._at(order.at + timedelta(minutes=9), lambda key: self._cancel(key, seller, made[0]))
            return
        if self._random.random() < DRAFTS and order.channel == WHOLESALE:
            return
        self._at(order.at + timedelta(minutes=3), lambda key: self._store.run(seller, confirm_order, key, made[0]))
        self._expect_money(order, made)
        self._expect_goods(order, made)
        self._at(self._plan.ends_at, lambda key: self._complete(key, seller, made[0]))

    def _expect_money(self, order: PlannedOrder, made: list[int]) -> None:
        if order.pays_on is not None and order.pays_on <= self._plan.until:
            share = Decimal(1)
        elif self._random.random() < 0.2:
            share = Decimal("0.3")
        else:
            return
        method = PaymentMethod.BANK
        if order.channel in ONLINE or order.channel == SHOP:
            method = self._random.choice((PaymentMethod.WECHAT, PaymentMethod.ALIPAY))
        late = order.pays_on is not None and order.on < order.pays_on <= self._plan.until
        at = self._plan.moment(order.pays_on, 17 * 60) if late and order.pays_on else order.at + timedelta(minutes=4)
        self._at(at, lambda key: self._pay(key, made[0], share, method))

    def _expect_goods(self, order: PlannedOrder, made: list[int]) -> None:
        if order.ships_at is None or order.ships_at > self._plan.ends_at:
            return
        in_part = order.channel == WHOLESALE and len(order.items) > 1 and self._random.random() < 0.3
        self._at(max(order.ships_at, order.at + timedelta(minutes=5)), lambda key: self._ship(key, made[0], in_part))

    def _at(self, at: datetime, event: Callable[[str], object]) -> None:
        self._events.append((at, len(self._events), event))

    def _cancel(self, key: str, seller: Actor, order_id: int) -> None:
        self._store.run(seller, cancel_order, key, order_id, reason="客户改变主意")

    def _pay(self, key: str, order_id: int, share: Decimal, method: PaymentMethod) -> None:
        finance = self._company.people[Role.FINANCE]
        with self._store.viewing(finance) as view:
            gross = view.session.scalars(select(SalesOrder.gross_amount).where(SalesOrder.id == order_id)).one()
        self._store.run(finance, pay_order, key, order_id, amount=round_to(gross * share), method=method)

    def _ship(self, key: str, order_id: int, in_part: bool) -> None:
        clerk = self._company.people[Role.WAREHOUSE]
        with self._store.viewing(clerk) as view:
            lines = view.session.execute(
                select(OrderLine.id, OrderLine.quantity).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
            ).all()
        first = {line.id: line.quantity for line in lines[: len(lines) // 2]}
        self._store.run(clerk, ship_order, key, order_id, quantities=first if in_part else None, carrier="顺丰速运")

    def _complete(self, key: str, seller: Actor, order_id: int) -> None:
        with self._store.viewing(seller) as view:
            order = view.session.scalars(select(SalesOrder).where(SalesOrder.id == order_id)).one()
        if order.shipment_state == Progress.FULL and order.paid_amount >= order.gross_amount:
            self._store.run(seller, complete_order, key, order_id)

    def _work_in_warehouse(self) -> None:
        """A receipt, a sample given away and a count in every warehouse, as on any evening."""
        clerk = self._company.people[Role.WAREHOUSE]
        for warehouse, storage in zip(self._company.warehouses, self._company.storages, strict=True):
            evening = f"demo.evening.{warehouse}"
            with self._store.viewing(clerk) as view:
                plenty = view.session.execute(
                    select(StockLevel.variant_id, StockLevel.on_hand)
                    .where(
                        StockLevel.location_id == storage,
                        StockLevel.lot_id.is_(None),
                        StockLevel.on_hand - StockLevel.reserved >= PLENTY,
                    )
                    .order_by(StockLevel.variant_id)
                ).all()
            chosen = self._random.sample(plenty, min(6, len(plenty)))
            if len(chosen) < 6:
                continue
            arrived = [Line(each.variant_id, Decimal(self._random.choice((12, 24, 36)))) for each in chosen[:3]]
            self._store.run(
                clerk, receive_goods, f"{evening}.receive_goods", warehouse_id=warehouse, lines=arrived, note="补货"
            )
            given = [Line(chosen[3].variant_id, Decimal(2))]
            self._store.run(
                clerk, issue_goods, f"{evening}.issue_goods", warehouse_id=warehouse, lines=given, reason="客户样品"
            )
            counted = [Line(each.variant_id, each.on_hand + by) for each, by in zip(chosen[4:], (-1, 1), strict=True)]
            self._store.run(
                clerk,
                adjust_stock,
                f"{evening}.adjust_stock",
                warehouse_id=warehouse,
                counted=counted,
                reason="盘点差异",
            )
