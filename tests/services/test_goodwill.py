"""Goodwill: less money for goods that the customer keeps, on an order or an account; on both databases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.base.errors import AppError, InvalidInput, ReasonMissing
from core.receivables.errors import OnStatement
from core.receivables.models import PaymentMethod
from core.receivables.statement_models import LineKind
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import PaymentState, Progress, ReturnKind, ReturnState
from core.sales.money.queries import account_card
from core.sales.money.statement_queries import statement_card
from core.sales.money.statements import draw_statement
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card, shipments_of
from core.sales.returns import errors
from core.sales.returns.again import deliver_again
from core.sales.returns.cards import ReturnCard, return_card
from core.sales.returns.claims import accept_claim, undo_acceptance
from core.sales.returns.goodwill import give_goodwill, give_goodwill_on_account, goodwill_left, undo_goodwill
from core.sales.returns.inspect import inspect_return, undo_inspection
from core.sales.returns.queries import ReturnFilter, find_returns, returnable
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return
from core.sales.returns.request import reopen_return, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.returns import REASON, a_delivery, a_return, back, lines_of
from tests.soundness import assert_sound
from tests.traces import refusal_of

D = Decimal
WHY = "Agreed with somebody who may not"


@dataclass(frozen=True)
class Shop:
    """Three mugs at 11.30 with 13 % tax and a book at 20 without any went out: 53.90, of which nothing is paid."""

    store: Store
    order: int

    def do(self, command: Callable[..., Any], *args: Any, **facts: Any) -> Any:
        return self.store.run(SYSTEM, command, None, *args, **facts)

    def give(self, amount: str, order: int | None = None) -> int:
        made = self.do(give_goodwill, order or self.order, amount=D(amount), reason=REASON)
        assert made is not None
        return int(made)

    def card(self, order: int | None = None) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, order or self.order)

    def see(self, return_id: int) -> ReturnCard:
        with self.store.viewing(SYSTEM) as view:
            return return_card(view, return_id)

    def left(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return goodwill_left(view, self.order)

    def owed(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return account_card(view, self.card().customer_id).account.receivable

    def can_come(self) -> list[Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return [row.gross_amount for row in returnable(view, self.order)]

    def refuses(self, refusal: type[AppError], command: Callable[..., Any], *args: Any, **facts: Any) -> str:
        return refusal_of(self.store, refusal, self.do, command, *args, **facts).sentence


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 20, sku="MUG", retail_price="11.30", tax_rate=D("0.13"), purchase_price=D(4))
        book = goods(uow, warehouse, 20, sku="BOOK", retail_price="20", tax_rate=D(0), purchase_price=D(8))
        order = a_delivery(uow, warehouse, [(mug, 3), (book, 1)])
    return Shop(any_store, order)


def test_goodwill_lowers_what_is_owed_and_is_split_with_its_tax(shop: Shop) -> None:
    made = shop.give("10.00")

    card, order = shop.see(made), shop.card()
    assert (card.kind, card.state, card.gross_amount) == (ReturnKind.GOODWILL, ReturnState.SETTLED, D("10.00"))
    # 10 × 33.90 / 53.90 = 6.29, of which 30 / 33.90 is net: 5.57; the book takes the rest, without tax.
    assert [(line.sku, line.quantity, line.gross_amount) for line in card.lines] == [
        ("MUG", D(0), D("6.29")),
        ("BOOK", D(0), D("3.71")),
    ]
    assert (card.net_amount, card.tax_amount) == (D("9.28"), D("0.72"))
    assert (order.returned_amount, order.unpaid, shop.owed()) == (D("10.00"), D("43.90"), D("43.90"))
    assert (order.return_, order.shipment, order.payment) == (Progress.NONE, Progress.FULL, PaymentState.NONE)
    assert shop.left() == D("43.90")
    assert_sound(shop.store)


def test_the_whole_order_may_be_let_off_in_parts_to_the_cent(shop: Shop) -> None:
    for amount in ("0.01", "17.77", "36.12"):
        shop.give(amount)

    assert (shop.card().unpaid, shop.left(), shop.owed()) == (D(0), D(0), D(0))
    assert shop.card().payment == PaymentState.FULL
    with shop.store.viewing(SYSTEM) as view:
        rows = find_returns(view, ReturnFilter(kinds=(ReturnKind.GOODWILL,)))
    assert sum(shop.see(row.id).tax_amount for row in rows) == D("3.90")
    assert_sound(shop.store)


def test_what_was_paid_for_it_is_given_back_and_taken_back(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        pay_order(uow, shop.order, amount=D("53.90"), method=PaymentMethod.BANK)
    made = shop.give("8.00")
    assert (shop.see(made).state, shop.see(made).left) == (ReturnState.INSPECTED, D("8.00"))
    assert shop.see(made).steps == {"undo_goodwill", "refund"}

    shop.do(refund_return, made, amount=D("8.00"))

    assert (shop.see(made).state, shop.card().payment) == (ReturnState.SETTLED, PaymentState.FULL)
    assert shop.see(made).steps == frozenset()
    shop.refuses(errors.AlreadyInspected, undo_goodwill, made, reason=WHY)
    assert_sound(shop.store)


def test_taken_back_the_customer_owes_it_again(shop: Shop) -> None:
    made = shop.give("8.00")

    shop.do(undo_goodwill, made, reason=WHY)

    assert (shop.see(made).state, shop.see(made).steps) == (ReturnState.CANCELLED, frozenset())
    assert (shop.card().returned_amount, shop.owed(), shop.left()) == (D(0), D("53.90"), D("53.90"))
    assert_sound(shop.store)


def test_goods_that_come_back_later_are_worth_what_is_left_of_them(shop: Shop) -> None:
    shop.give("10.00")
    assert shop.can_come() == [D("27.61"), D("16.29")]

    first = a_return(shop.store, shop.order, 1, 0)
    assert shop.see(first).gross_amount == D("9.20")
    rest = a_return(shop.store, shop.order)

    assert shop.see(rest).gross_amount == D("34.70")
    assert (shop.card().returned_amount, shop.owed()) == (D("53.90"), D(0))
    shop.do(inspect_return, first)
    shop.do(deliver_again, first)
    assert (shop.card().returned_amount, shop.owed()) == (D("44.70"), D("9.20"))
    assert_sound(shop.store)


def test_goodwill_after_goods_came_back_is_for_what_was_kept(shop: Shop) -> None:
    first = a_return(shop.store, shop.order, 2, 0)
    assert (shop.see(first).gross_amount, shop.left()) == (D("22.60"), D("31.30"))

    shop.give("31.30")

    assert shop.can_come() == [D(0), D(0)]
    shop.do(undo_receipt, first, reason=WHY)
    # Two mugs are announced again; the third has its part of what is left of all three.
    assert shop.can_come() == [D("7.53"), D(0)]
    shop.do(receive_return, first)
    assert (shop.see(first).gross_amount, shop.can_come()) == (D("15.07"), [D("7.53"), D(0)])
    assert_sound(shop.store)


def test_never_more_than_was_charged(shop: Shop) -> None:
    assert shop.refuses(errors.TooMuchGoodwill, give_goodwill, shop.order, amount=D("53.91"), reason=REASON) == (
        "At most 53.9 can be let off on SO-2026-00001, 53.91 asked: that is what was charged for the goods delivered, "
        "less what was credited for them before."
    )
    for amount in ("0", "-1", "1.001"):
        shop.refuses(InvalidInput, give_goodwill, shop.order, amount=D(amount), reason=REASON)
    shop.refuses(ReasonMissing, give_goodwill, shop.order, amount=D(1), reason=" ")
    shop.refuses(errors.UnknownReason, give_goodwill, shop.order, amount=D(1), reason="Because")
    shop.refuses(InvalidInput, request_return, shop.order, reason=REASON, kind=ReturnKind.GOODWILL)


def test_only_of_what_was_delivered(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        pen = goods(uow, shop.card().warehouse_id, 9, sku="PEN", retail_price="3", tax_rate=D(0))
        waiting = a_sale(uow, shop.card().warehouse_id, [(pen, 4)])
    with shop.store.viewing(SYSTEM) as view:
        assert goodwill_left(view, waiting) == 0
    shop.refuses(errors.NeverDelivered, give_goodwill, waiting, amount=D(1), reason=REASON)
    line = back(shop.store, waiting, 1)[0].order_line_id
    shop.do(ship_order, waiting, quantities={line: D(1)})
    shop.refuses(errors.TooMuchGoodwill, give_goodwill, waiting, amount=D("3.01"), reason=REASON)
    shop.give("3.00", waiting)
    assert shop.card(waiting).unpaid == D("9.00")
    assert_sound(shop.store)


def test_no_step_of_goods_is_taken_with_it(shop: Shop) -> None:
    made, claim = shop.give("1.00"), a_return(shop.store, shop.order, 1, receives=False, kind=ReturnKind.CLAIM)
    for command in (receive_return, inspect_return, accept_claim, reopen_return, deliver_again):
        shop.refuses(errors.OnlyMoney, command, made)
    for command in (undo_receipt, undo_inspection, undo_acceptance):
        shop.refuses(errors.OnlyMoney, command, made, reason=WHY)
    assert shop.refuses(errors.NoGoodwill, undo_goodwill, claim, reason=WHY) == (
        "SR-2026-00002 is no goodwill: goods belong to it. Undo it step by step."
    )
    shop.refuses(ReasonMissing, undo_goodwill, made, reason=" ")


def test_what_it_was_given_on_stays_as_it_was_charged(shop: Shop) -> None:
    shop.give("5.00")
    with shop.store.viewing(SYSTEM) as view:
        shipment = shipments_of(view, shop.order)[0].id

    assert shop.refuses(errors.GoodwillGiven, undo_shipment, shipment, reason=WHY) == (
        "Goodwill of 5 was given on SH-2026-00001. Take the goodwill back first."
    )
    line = back(shop.store, shop.order, 1)[0].order_line_id
    wish = [LineWish(line_id=line, unit_price=D("10"))]
    amendment = shop.do(request_amendment, shop.order, lines=wish, seen_version=shop.card().version, reason=WHY)
    shop.refuses(errors.GoodwillGiven, accept_amendment, amendment, version=1)
    assert_sound(shop.store)


def test_on_an_account_the_oldest_debts_are_let_off_first(shop: Shop) -> None:
    customer = shop.card().customer_id
    with shop.store.working(SYSTEM) as uow:
        pen = goods(uow, shop.card().warehouse_id, 5, sku="PEN", retail_price="3", tax_rate=D(0))
        lines = [LineDraft(pen.id, D(4))]
        facts = {"customer_id": customer, "channel_id": shop.card().channel_id}
        second = create_order(uow, warehouse_id=shop.card().warehouse_id, lines=lines, **facts)
        ship_order(uow, confirm_order(uow, second))
        pay_order(uow, second, amount=D(4), method=PaymentMethod.BANK)

    shop.do(give_goodwill_on_account, customer, amount=D("60.00"), reason=REASON)

    assert (shop.card().unpaid, shop.card(second).unpaid) == (D(0), D("1.90"))
    with shop.store.viewing(SYSTEM) as view:
        rows = find_returns(view, ReturnFilter(customer_id=customer))
    assert sorted((row.number, row.gross_amount) for row in rows) == [
        ("SR-2026-00001", D("53.90")),
        ("SR-2026-00002", D("6.10")),
    ]
    assert shop.refuses(
        errors.TooMuchForAccount, give_goodwill_on_account, customer, amount=D("5.91"), reason=REASON
    ).startswith("At most 5.9 can be let off for ")
    shop.do(give_goodwill_on_account, customer, amount=D("5.90"), reason=REASON)
    assert shop.card(second).surplus == D("4.00")
    assert_sound(shop.store)


def test_a_statement_names_it_and_holds_it(shop: Shop) -> None:
    made = shop.give("10.00")
    with shop.store.viewing(SYSTEM) as view:
        today = view.today
    statement = shop.do(
        draw_statement, shop.card().customer_id, since=today, until=date.fromordinal(today.toordinal() + 1)
    )

    with shop.store.viewing(SYSTEM) as view:
        card = statement_card(view, statement)
    assert [(line.kind, line.amount) for line in card.lines] == [
        (LineKind.SHIPMENT, D("53.90")),
        (LineKind.GOODWILL, D("-10.00")),
    ]
    assert (card.returned_amount, card.row.closing_amount) == (D("10.00"), D("43.90"))
    shop.refuses(OnStatement, undo_goodwill, made, reason=WHY)
    assert_sound(shop.store)


def test_lines_of_it_cannot_be_received(shop: Shop) -> None:
    assert len(lines_of(shop.store, shop.give("1.00"))) == 2
