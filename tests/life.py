"""A whole shop that lives: everything that people do to goods, orders, money and books, in any order.

After each deed every self-check holds; a deed that is refused leaves the whole database as it was.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select, text

from core.base.clock import FixedClock
from core.base.errors import AppError
from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.receivables.models import Payment, PaymentMethod
from core.sales.amend import accept_amendment, request_amendment, request_undo
from core.sales.amend_lines import LineWish
from core.sales.amend_models import OrderAmendment
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import LineDraft, create_order
from core.sales.fulfilment import allot_waiting, set_fulfilment_rule
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    BusinessState,
    OrderLine,
    Progress,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
    Shipment,
)
from core.sales.pay import (
    allocate_payment,
    keep_surplus,
    pay_order,
    receive_payment,
    refund_balance,
    refund_order,
    reverse_payment,
)
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.claims import accept_claim, undo_acceptance
from core.sales.returns.exchange import request_exchange, settle_exchange
from core.sales.returns.inspect import Finding, inspect_return, undo_inspection
from core.sales.returns.models import ReturnRefund, SalesExchange
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return, undo_refund
from core.sales.returns.request import LineBack, cancel_return, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, revalue_stock, reverse_adjustment
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostAdjustment, PeriodClose
from core.stock.costs.periods import close_period, reopen_period
from core.stock.costs.rules.events import Method
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass, CountState, StockCount
from core.stock.counts.plan import cancel_count, plan_count
from core.stock.counts.posting import post_count, refit_count, reverse_count
from core.stock.counts.review import resume_count, submit_count
from core.stock.counts.rules import Tolerance
from core.stock.ledger import Line, LotEntry, storage_of
from core.stock.lots import block_lot, merge_lots, release_lot, split_lot
from core.stock.models import SUPPLIER, Lot, StockDocument, StockLevel, StockMove
from core.stock.negative import set_negative_rule
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document, scrap_goods
from core.stock.supplier_returns import return_to_supplier
from core.stock.transfers.models import LossParty, Transfer, TransferState
from core.stock.transfers.service import (
    carry_over,
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse
from tests.soundness import assert_sound
from tests.traces import everything

LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}
ON = {
    confirm_order: BusinessState.DRAFT,
    resume_order: BusinessState.ON_HOLD,
    complete_order: BusinessState.CONFIRMED,
    reopen_order: BusinessState.CANCELLED,
}
UNDONE = {
    undo_receipt: [ReturnState.RECEIVED],
    undo_inspection: [ReturnState.INSPECTED, ReturnState.SETTLED],
    undo_acceptance: [ReturnState.INSPECTED, ReturnState.SETTLED],
    cancel_return: [ReturnState.REQUESTED],
}
OPPOSITES = {
    reverse_document: StockDocument.id,
    undo_shipment: Shipment.id,
    undo_refund: ReturnRefund.id,
    reverse_adjustment: CostAdjustment.id,
    cancel_count: StockCount.id,
    reverse_count: StockCount.id,
}
WHY = "so it goes"
RETURNED = "Quality problem"

two, any_of = st.integers(0, 1), st.integers(0, 4)
quantities = st.one_of(st.integers(1, 6).map(Decimal), st.integers(1, 6000).map(lambda n: Decimal(n).scaleb(-3)))
costs = st.integers(0, 99_999).map(lambda n: Decimal(n).scaleb(-4))
money = st.integers(1, 6000).map(lambda n: Decimal(n).scaleb(-2))
days = st.one_of(st.none(), st.integers(0, 2))


class WholeLife(RuleBasedStateMachine):
    """Two warehouses, mugs and (lot by lot) milk, one customer; and all that may happen to them."""

    def __init__(self, opened: Callable[[], Store]) -> None:
        super().__init__()
        self.store = opened()
        assert isinstance(self.store.clock, FixedClock)
        self.clock = self.store.clock
        self.has_begun = False
        with self.store.working(SYSTEM) as uow:
            self.houses = [a_warehouse(uow, code) for code in ("A", "B")]
            mug = a_product(uow, retail_price="3.3333", purchase_price=Decimal("1.5"), tax_rate=Decimal("0.13"))
            milk = a_product(uow, retail_price="7", purchase_price=Decimal(4))
            track_product(uow, milk.product_id, tracking=Tracking.LOT)
            self.mug, self.milk = mug.id, milk.id
            self.customer, self.channel = a_customer(uow).id, a_channel(uow)

    def teardown(self) -> None:
        assert_sound(self.store)
        self.store.engine.dispose()

    def attempt(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it a minute later; refused, it leaves nothing behind."""
        self.clock.moment += timedelta(minutes=1)
        before = everything(self.store) if self.has_begun else None
        try:
            return self.store.run(SYSTEM, command, None, *args, **kwargs)
        except AppError:
            assert before in (None, everything(self.store))
            return None

    def pick(self, column: Any, which: int, *conditions: Any) -> int:
        """One of the ids of which this is true, or else of all, counted from the newest; 0 where there is none."""
        newest = select(column).order_by(column.desc())
        with self.store.viewing(SYSTEM) as view:
            found = view.session.scalars(newest.where(*conditions)).all() or view.session.scalars(newest).all()
        return found[which % len(found)] if found else 0

    def order(self, which: int, *states: BusinessState) -> int:
        """An order in one of these states, as long as there is one."""
        return self.pick(SalesOrder.id, which, SalesOrder.business_state.in_(states or list(BusinessState)))

    def back(self, which: int, *states: ReturnState) -> int:
        """A return in one of these states, as long as there is one."""
        return self.pick(SalesReturn.id, which, SalesReturn.state.in_(states or list(ReturnState)))

    def product(self, which: int) -> int:
        """A mug or milk."""
        return (self.mug, self.milk)[which]

    def day(self, ago: int | None) -> Any:
        """Some days ago, or now."""
        return None if ago is None else (self.clock.moment - timedelta(days=ago)).date()

    @initialize(cost=costs, method=st.sampled_from(list(Method)), per=st.tuples(st.booleans(), st.booleans()))
    def begins(self, cost: Decimal, method: Method, per: tuple[bool, bool]) -> None:
        self.attempt(set_cost_method, method=method, per_warehouse=per[0], per_lot=per[1])
        self.buys(0, 0, Decimal(6), cost, None, 0)
        self.buys(1, 0, Decimal(4), cost, None, 0)
        self.orders(0, Decimal(2), Decimal(1), is_binding=True)
        self.ships(0, 0, None)
        self.orders(0, Decimal(2), Decimal(1), is_binding=True)
        self.pays(0, Decimal(10))
        self.announces_a_return(1, 0, Decimal(1), refused=False, comes=False, house=0)
        self.transfers(0, 0, Decimal(1), at_once=False, ago=None)
        self.begins_a_count(0, None, is_frozen=False)
        self.has_begun = True

    @rule(product=two, house=two, quantity=quantities, cost=costs, ago=days, lot=two)
    def buys(self, product: int, house: int, quantity: Decimal, cost: Decimal, ago: int | None, lot: int) -> None:
        entry = LotEntry(f"L{lot}") if product else None
        lines = [Line(self.product(product), quantity, unit_cost=cost, lot=entry)]
        self.attempt(receive_goods, warehouse_id=self.houses[house], lines=lines, at=self.day(ago))

    @rule(product=two, house=two, quantity=quantities, ago=days, is_scrap=st.booleans())
    def takes_out(self, product: int, house: int, quantity: Decimal, ago: int | None, is_scrap: bool) -> None:
        command = scrap_goods if is_scrap else issue_goods
        lines = [Line(self.product(product), quantity)]
        self.attempt(command, warehouse_id=self.houses[house], lines=lines, reason=WHY, at=self.day(ago))

    @rule(which=any_of, quantity=quantities)
    def sends_back_to_supplier(self, which: int, quantity: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        with self.store.viewing(SYSTEM) as view:
            origin = view.session.scalar(select(StockMove.origin_id).where(StockMove.id == move))
        self.attempt(return_to_supplier, origin or 0, quantities={move: quantity}, reason=WHY)

    @rule(which=any_of, step=st.sampled_from(list(OPPOSITES)))
    def undoes(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.pick(OPPOSITES[step], which), reason=WHY)

    @rule(source=two, product=two, quantity=quantities, at_once=st.booleans(), ago=days)
    def transfers(self, source: int, product: int, quantity: Decimal, at_once: bool, ago: int | None) -> None:
        ends = {"source_id": self.houses[source], "target_id": self.houses[1 - source]}
        lines = [Line(self.product(product), quantity)]
        if at_once:
            self.attempt(carry_over, **ends, lines=lines, at=self.day(ago))
        elif made := self.attempt(request_transfer, **ends, lines=lines):
            self.attempt(ship_transfer, made, at=self.day(ago))

    @rule(which=any_of, product=two, quantity=quantities, how=st.sampled_from(["all", "part", "lose", "undo"]))
    def goods_on_the_way(self, which: int, product: int, quantity: Decimal, how: str) -> None:
        transfer = self.pick(Transfer.id, which, *([Transfer.state == TransferState.SHIPPED] if how != "undo" else []))
        if how == "lose":
            self.attempt(close_with_loss, transfer, responsible=LossParty.CARRIER, reason=WHY)
        elif how == "undo":
            self.attempt(undo_transfer_step, transfer, reason=WHY)
        else:
            part = {self.product(product): quantity} if how == "part" else None
            self.attempt(receive_transfer, transfer, quantities=part)

    @rule(house=two, mugs=quantities, milk=quantities, is_binding=st.booleans())
    def orders(self, house: int, mugs: Decimal, milk: Decimal, is_binding: bool) -> None:
        made = self.attempt(
            create_order,
            customer_id=self.customer,
            channel_id=self.channel,
            warehouse_id=self.houses[house],
            lines=[LineDraft(self.mug, mugs), LineDraft(self.milk, milk)],
        )
        if is_binding:
            self.attempt(confirm_order, made)

    @rule(which=any_of, step=st.sampled_from(list(ON)))
    def moves_an_order_on(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.order(which, ON[step]))

    @rule(which=any_of, step=st.sampled_from([hold_order, cancel_order]))
    def stops_an_order(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.order(which, BusinessState.CONFIRMED), reason=WHY)

    @rule(which=any_of, line=two, quantity=st.none() | quantities, closes=st.booleans())
    def ships(self, which: int, line: int, quantity: Decimal | None, closes: bool = False) -> None:
        order = self.pick(
            SalesOrder.id,
            which,
            SalesOrder.business_state == BusinessState.CONFIRMED,
            SalesOrder.shipment_state != Progress.FULL,
        )
        line = self._line_of(order, line)
        part = {line: quantity} if quantity is not None else None
        self.attempt(ship_order, order, quantities=part, closing=[line] if closes else [])

    @rule(which=any_of, line=two, quantity=quantities, price=st.none() | money)
    def amends(self, which: int, line: int, quantity: Decimal, price: Decimal | None) -> None:
        order = self.order(which, BusinessState.CONFIRMED)
        wish = [LineWish(quantity, self._line_of(order, line), unit_price=price)]
        asked = self.attempt(request_amendment, order, lines=wish, reason=WHY, seen_version=self._version(order))
        if asked is not None:
            self.attempt(accept_amendment, asked, version=1)

    @rule(which=any_of)
    def undoes_an_amendment(self, which: int) -> None:
        amendment = self.pick(OrderAmendment.id, which)
        with self.store.viewing(SYSTEM) as view:
            order = view.session.scalar(select(OrderAmendment.order_id).where(OrderAmendment.id == amendment))
        asked = self.attempt(request_undo, amendment, seen_version=self._version(order or 0), reason=WHY)
        if asked is not None:
            self.attempt(accept_amendment, asked, version=1)

    @rule(
        which=any_of, line=two, quantity=st.none() | quantities, refused=st.booleans(), comes=st.booleans(),
        house=two,
    )  # fmt: skip
    def announces_a_return(
        self, which: int, line: int, quantity: Decimal | None, refused: bool, comes: bool, house: int
    ) -> None:
        order = self.pick(SalesOrder.id, which, SalesOrder.shipment_state != Progress.NONE)
        kind = ReturnKind.REFUSAL if refused else ReturnKind.RETURN
        lines = [LineBack(self._line_of(order, line), quantity)] if quantity is not None else None
        how = {"reason": RETURNED, "lines": lines, "kind": kind, "warehouse_id": self.houses[house]}
        made = self.attempt(request_return, order, **how)
        if comes and made is not None:
            self.attempt(receive_return, made)

    @rule(which=any_of, line=two, quantity=quantities, accepted=quantities, here=quantities)
    def claims(self, which: int, line: int, quantity: Decimal, accepted: Decimal, here: Decimal) -> None:
        order = self.pick(SalesOrder.id, which, SalesOrder.shipment_state != Progress.NONE)
        lines = [LineBack(self._line_of(order, line), quantity)]
        made = self.attempt(request_return, order, reason=RETURNED, lines=lines, kind=ReturnKind.CLAIM)
        if made is not None:
            claimed = self.pick(ReturnLine.id, 0, ReturnLine.return_id == made)
            self.attempt(accept_claim, made, quantities={claimed: accepted}, here={claimed: here})

    @rule(which=any_of, quantity=st.none() | quantities)
    def receives_a_return(self, which: int, quantity: Decimal | None) -> None:
        back = self.back(which, ReturnState.REQUESTED)
        line = self.pick(ReturnLine.id, 0, ReturnLine.return_id == back)
        self.attempt(receive_return, back, quantities={line: quantity} if quantity is not None else None)

    @rule(which=any_of, first=st.none() | quantities, second=quantities)
    def inspects(self, which: int, first: Decimal | None, second: Decimal) -> None:
        back = self.back(which, ReturnState.RECEIVED)
        with self.store.viewing(SYSTEM) as view:
            wanted = select(ReturnLine.id, ReturnLine.quantity).where(ReturnLine.return_id == back)
            rows = view.session.execute(wanted).all()
        findings = {}
        for line, quantity in rows if first is not None else []:
            assert first is not None
            restock = min(first, quantity)
            seconds = min(second, quantity - restock)
            findings[line] = Finding(restock, seconds, quantity - restock - seconds)
        self.attempt(inspect_return, back, findings=findings or None)

    @rule(which=any_of, step=st.sampled_from(list(UNDONE)))
    def takes_a_return_back(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.back(which, *UNDONE[step]), reason=WHY)

    @rule(which=any_of)
    def is_not_delivered_again(self, which: int) -> None:
        again = self.pick(SalesReturn.id, which, SalesReturn.kind == ReturnKind.REDELIVERY)
        self.attempt(cancel_redelivery, again, reason=WHY)

    @rule(which=any_of)
    def delivers_again(self, which: int) -> None:
        self.attempt(deliver_again, self.back(which, *CAME_BACK))

    @rule(which=any_of, line=two, quantity=quantities, out=quantities)
    def exchanges(self, which: int, line: int, quantity: Decimal, out: Decimal) -> None:
        order = self.pick(SalesOrder.id, which, SalesOrder.shipment_state != Progress.NONE)
        back, going = [LineBack(self._line_of(order, line), quantity)], [LineDraft(self.mug, out)]
        self.attempt(request_exchange, order, reason=RETURNED, back=back, out=going)

    @rule(which=any_of, method=st.sampled_from([None, PaymentMethod.BANK]))
    def settles_an_exchange(self, which: int, method: PaymentMethod | None) -> None:
        self.attempt(settle_exchange, self.pick(SalesExchange.id, which), method=method)

    @rule(which=any_of, amount=money)
    def pays(self, which: int, amount: Decimal) -> None:
        self.attempt(pay_order, self.order(which, *SOLD_STATES), amount=amount, method=PaymentMethod.BANK)

    @rule(amount=money, oldest=st.booleans())
    def sends_money(self, amount: Decimal, oldest: bool) -> None:
        self.attempt(receive_payment, self.customer, amount=amount, method=PaymentMethod.CASH, is_oldest_first=oldest)

    @rule(which=any_of, amount=money, how=st.sampled_from(["allocate", "reverse", "order", "keep", "balance"]))
    def moves_money(self, which: int, amount: Decimal, how: str) -> None:
        payment, order = self.pick(Payment.id, which), self.pick(SalesOrder.id, which)
        back = {"amount": amount, "method": PaymentMethod.BANK, "reason": WHY}
        if how == "allocate":
            self.attempt(allocate_payment, payment, is_oldest_first=True)
        elif how == "reverse":
            self.attempt(reverse_payment, payment, reason=WHY)
        elif how == "order":
            self.attempt(refund_order, order, **back)
        elif how == "keep":
            self.attempt(keep_surplus, order)
        else:
            self.attempt(refund_balance, self.customer, **back)

    @rule(which=any_of, amount=money, method=st.sampled_from([None, PaymentMethod.BANK]))
    def refunds_a_return(self, which: int, amount: Decimal, method: PaymentMethod | None) -> None:
        self.attempt(refund_return, self.back(which, *CAME_BACK), amount=amount, method=method)

    @rule(house=two, mugs=quantities, ago=days)
    def corrects_stock(self, house: int, mugs: Decimal, ago: int | None) -> None:
        where = {"warehouse_id": self.houses[house], "counted": [Line(self.mug, mugs)]}
        self.attempt(adjust_stock, **where, reason=WHY, at=self.day(ago))

    @rule(house=two, mugs=st.none() | quantities, is_frozen=st.booleans())
    def begins_a_count(self, house: int, mugs: Decimal | None, is_frozen: bool) -> None:
        how = {"is_frozen": is_frozen, "tolerances": LIMITLESS}
        made = self.attempt(plan_count, warehouse_id=self.houses[house], **how)
        if made is not None and mugs is not None:
            self.attempt(enter_counts, made, {self.mug: mugs})

    @rule(which=any_of, mugs=st.integers(0, 8).map(Decimal), ends=st.booleans())
    def counts(self, which: int, mugs: Decimal, ends: bool) -> None:
        count = self.pick(StockCount.id, which, StockCount.state == CountState.OPEN)
        self.attempt(enter_counts, count, {self.mug: mugs})
        if ends:
            self.attempt(submit_count, count)
            self.attempt(post_count, count)

    @rule(which=any_of, how=st.sampled_from([submit_count, resume_count, post_count, refit_count]))
    def goes_on_with_a_count(self, which: int, how: Callable[..., Any]) -> None:
        self.attempt(how, self.pick(StockCount.id, which))

    @rule(which=any_of, amount=money)
    def freight_comes(self, which: int, amount: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        self.attempt(add_landed_cost, amount=amount, move_ids=[move], reason=WHY)

    @rule(which=any_of, cost=costs)
    def corrects_a_price(self, which: int, cost: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        self.attempt(correct_receipt_price, move, unit_cost=cost, reason=WHY)

    @rule(product=two, cost=costs, ago=days)
    def revalues(self, product: int, cost: Decimal, ago: int | None) -> None:
        self.attempt(revalue_stock, self.product(product), unit_cost=cost, reason=WHY, at=self.day(ago))

    @rule(method=st.sampled_from(list(Method)), house=st.booleans(), lot=st.booleans())
    def values_otherwise(self, method: Method, house: bool, lot: bool) -> None:
        self.attempt(set_cost_method, method=method, per_warehouse=house, per_lot=lot)

    @rule(ago=st.integers(1, 2), opens=st.booleans())
    def closes_the_books(self, ago: int, opens: bool) -> None:
        if opens:
            self.attempt(reopen_period, self.pick(PeriodClose.id, 0), reason=WHY)
        else:
            self.attempt(close_period, through=self.day(ago))

    @rule()
    def another_day(self) -> None:
        self.clock.moment += timedelta(days=1)

    @rule(which=two, quantity=quantities, how=st.sampled_from(["block", "release", "split", "merge"]), house=two)
    def sorts_lots(self, which: int, quantity: Decimal, how: str, house: int) -> None:
        lot = self.pick(Lot.id, which)
        if how == "split":
            with self.store.viewing(SYSTEM) as view:
                number = f"S{view.session.scalar(select(func.count()).select_from(Lot))}"
                place = storage_of(view, self.houses[house])  # type: ignore[arg-type]
            self.attempt(split_lot, lot, location_id=place, quantity=quantity, number=number)
        elif how == "merge":
            self.attempt(merge_lots, [lot, self.pick(Lot.id, which + 1)], into=lot)
        else:
            self.attempt(block_lot if how == "block" else release_lot, lot, reason=WHY)

    @rule(allowed=st.sampled_from([True, False, None]))
    def lets_stock_go_below(self, allowed: bool | None) -> None:
        self.attempt(set_negative_rule, allowed=allowed)

    @rule(which=any_of, back_orders=st.booleans(), others=st.booleans(), off=st.none() | st.just(Decimal("0.5")))
    def promises_otherwise(self, which: int, back_orders: bool, others: bool, off: Decimal | None) -> None:
        how = {"back_orders": back_orders, "other_warehouses": others}
        self.attempt(set_fulfilment_rule, **how, under_share=off, over_share=off)
        self.attempt(allot_waiting, self.order(which, BusinessState.CONFIRMED))

    @invariant()
    def everything_adds_up(self) -> None:
        assert_sound(self.store)

    @invariant()
    def nothing_is_promised_twice_or_worth_something_where_nothing_is(self) -> None:
        with self.store.viewing(SYSTEM) as view:
            level = select(func.count()).select_from(StockLevel).where(~StockLevel.may_go_below)
            assert view.session.scalar(level.where(StockLevel.reserved > StockLevel.on_hand)) == 0
            assert view.session.scalar(level.where(StockLevel.on_hand < 0)) == 0
            nothing = "SELECT count(*) FROM cost_balance WHERE quantity = 0 AND amount <> 0"
            assert view.session.scalar(text(nothing)) == 0
            back = "SELECT count(*) FROM order_line WHERE returned_quantity > shipped_quantity"
            assert view.session.scalar(text(back)) == 0

    def _line_of(self, order: int, which: int) -> int:
        return self.pick(OrderLine.id, which, OrderLine.order_id == order)

    def _version(self, order: int) -> int:
        with self.store.viewing(SYSTEM) as view:
            return view.session.scalar(select(SalesOrder.version).where(SalesOrder.id == order)) or 0
