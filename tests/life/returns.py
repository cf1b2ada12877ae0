"""Returns and money of the living shop."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from core.receivables.models import Payment, PaymentMethod
from core.sales.draft import LineDraft
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    Progress,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
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
from core.sales.returns.models import SalesExchange
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return
from core.sales.returns.request import LineBack, cancel_return, request_return
from core.security.actor import SYSTEM
from tests.life.base import RETURNED, WHY, Life, any_of, money, quantities, two

UNDONE = {
    undo_receipt: [ReturnState.RECEIVED],
    undo_inspection: [ReturnState.INSPECTED, ReturnState.SETTLED],
    undo_acceptance: [ReturnState.INSPECTED, ReturnState.SETTLED],
    cancel_return: [ReturnState.REQUESTED],
}


class Returns(Life):
    """What happens to goods that come back, and to money."""

    @rule(
        which=any_of, line=two, quantity=st.none() | quantities, refused=st.booleans(), comes=st.booleans(),
        house=two,
    )  # fmt: skip
    def announces_a_return(
        self, which: int, line: int, quantity: Decimal | None, refused: bool, comes: bool, house: int
    ) -> None:
        order = self.pick(SalesOrder.id, which, SalesOrder.shipment_state != Progress.NONE)
        kind = ReturnKind.REFUSAL if refused else ReturnKind.RETURN
        lines = [LineBack(self.line_of(order, line), quantity)] if quantity is not None else None
        how = {"reason": RETURNED, "lines": lines, "kind": kind, "warehouse_id": self.houses[house]}
        made = self.attempt(request_return, order, **how)
        if comes and made is not None:
            self.attempt(receive_return, made)

    @rule(which=any_of, line=two, quantity=quantities, accepted=quantities, here=quantities)
    def claims(self, which: int, line: int, quantity: Decimal, accepted: Decimal, here: Decimal) -> None:
        order = self.pick(SalesOrder.id, which, SalesOrder.shipment_state != Progress.NONE)
        lines = [LineBack(self.line_of(order, line), quantity)]
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
        back, going = [LineBack(self.line_of(order, line), quantity)], [LineDraft(self.mug, out)]
        self.attempt(request_exchange, order, reason=RETURNED, back=back, out=going)

    @rule(which=any_of, method=st.sampled_from([None, PaymentMethod.BANK]))
    def settles_an_exchange(self, which: int, method: PaymentMethod | None) -> None:
        self.attempt(settle_exchange, self.pick(SalesExchange.id, which), method=method)

    @rule(which=any_of, amount=money, method=st.sampled_from([None, PaymentMethod.BANK]))
    def refunds_a_return(self, which: int, amount: Decimal, method: PaymentMethod | None) -> None:
        self.attempt(refund_return, self.back(which, *CAME_BACK), amount=amount, method=method)

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
