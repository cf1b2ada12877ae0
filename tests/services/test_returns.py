"""What comes back: requested, received in parts, inspected, paid back; on both databases, a refusal leaves no trace."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, ReasonMissing
from core.base.flow import IllegalStep
from core.catalog.models import Variant
from core.receivables.models import PaymentMethod
from core.receivables.queries import payments_of
from core.sales.close import complete_order
from core.sales.confirm import confirm_order
from core.sales.errors import AlreadyRefunded, CameBack
from core.sales.models import BusinessState, PaymentState, Progress, ReturnKind, ReturnState
from core.sales.pay import pay_order, reverse_payment
from core.sales.queries import order_card, order_timeline, shipments_of
from core.sales.returns import errors
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.inspect import Finding, inspect_return, undo_inspection
from core.sales.returns.queries import (
    ReturnFilter,
    count_returns,
    find_returns,
    return_reasons,
    return_reasons_counted,
    returnable,
)
from core.sales.returns.reasons import add_return_reason, edit_return_reason
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return, undo_refund
from core.sales.returns.request import cancel_return, decline_return, reopen_return, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.stock.models import LocationKind
from core.stock.queries import goods_beside_storage, stock_levels
from core.work.store import Store
from tests.builders import a_draft, a_sale, a_warehouse, goods
from tests.returns import REASON, Delivered, a_delivery, a_return, back, lines_of
from tests.soundness import assert_sound

BANK = PaymentMethod.BANK
D = Decimal


@dataclass(frozen=True)
class Shop(Delivered):
    """Twenty mugs at 11.30 of which ten went out with an order that is paid, beside three plates at 20."""

    warehouse: int

    def shelf(self) -> tuple[Decimal, Decimal, Decimal]:
        """On hand, reserved and, of what is on hand, unavailable, of mugs."""
        with self.store.viewing(SYSTEM) as view:
            row = stock_levels(view, variant_ids=[self.mug])[0]
        return row.on_hand, row.reserved, row.unavailable

    def beside(self) -> dict[LocationKind, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.kind: row.on_hand for row in goods_beside_storage(view)}


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 20, sku="MUG", retail_price="11.30", tax_rate=D("0.13"))
        plate = goods(uow, warehouse, 3, sku="PLATE", name="Plate", retail_price=20)
        order = a_delivery(uow, warehouse, [(mug, 10), (plate, 2)], paid="153.00")
    return Shop(any_store, mug.id, order, warehouse)


def payment_ids(shop: Shop) -> list[int]:
    with shop.store.viewing(SYSTEM) as view:
        return [row.id for row in payments_of(view, "sales_order", shop.order)]


def test_a_request_moves_nothing_and_credits_nothing(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4, receives=False)

    card = shop.see(return_id)
    assert (card.number, card.state, card.gross_amount) == ("SR-2026-00001", ReturnState.REQUESTED, D("45.20"))
    assert shop.shelf() == (10, 0, 0)
    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.NONE)
    assert_sound(shop.store)


def test_received_goods_wait_where_nobody_can_sell_them(shop: Shop) -> None:
    a_return(shop.store, shop.order, 4)

    assert shop.shelf() == (14, 0, 4)
    assert shop.beside() == {LocationKind.QUARANTINE: 4}
    assert shop.axes() == (PaymentState.OVER, Progress.FULL, Progress.PARTIAL)
    assert (shop.card().returned_amount, shop.card().lines[0].returned) == (D("45.20"), 4)
    with shop.store.working(SYSTEM) as uow:
        order = a_draft(uow, shop.warehouse, [(uow.session.get_one(Variant, shop.mug), 11)])
    shop.refuses(NotEnoughStock, confirm_order, order)
    assert_sound(shop.store)


def test_an_inspection_sorts_goods_to_shelf_second_quality_and_loss(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 6)
    (line,) = lines_of(shop.store, return_id)

    shop.do(inspect_return, return_id, findings={line: Finding(D(3), D(2), D(1), "one is chipped")})

    card = shop.see(return_id)
    assert card.state == ReturnState.INSPECTED
    assert (card.lines[0].restocked, card.lines[0].second, card.lines[0].scrapped) == (3, 2, 1)
    assert shop.shelf() == (15, 0, 2)
    assert shop.beside() == {LocationKind.SECOND_QUALITY: 2}
    assert_sound(shop.store)

    shop.do(undo_inspection, return_id, reason="wrong box")
    assert shop.shelf() == (16, 0, 6)
    assert shop.see(return_id).state == ReturnState.RECEIVED
    shop.do(inspect_return, return_id)
    assert shop.shelf() == (16, 0, 0)
    assert_sound(shop.store)


def test_goods_that_arrive_in_parts_are_credited_in_parts(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4, receives=False)
    (line,) = lines_of(shop.store, return_id)

    rest = shop.do(receive_return, return_id, quantities={line: D(3)})

    assert (shop.see(return_id).state, shop.see(return_id).gross_amount) == (ReturnState.RECEIVED, D("33.90"))
    assert (shop.see(rest).state, shop.see(rest).gross_amount) == (ReturnState.REQUESTED, D("11.30"))
    assert [each.number for each in shop.see(return_id).related] == ["SR-2026-00002"]
    assert shop.axes()[2] == Progress.PARTIAL
    shop.do(receive_return, rest)
    assert shop.card().lines[0].returned == 4
    assert shop.card().returned_amount == D("45.20")
    assert_sound(shop.store)


def test_the_returns_of_a_line_add_up_to_it_to_the_cent_whatever_the_parts(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        cup = goods(uow, shop.warehouse, 7, sku="CUP", retail_price="3.3333", tax_rate=D("0.13"))
        order = a_delivery(uow, shop.warehouse, [(cup, 7)])
    ids = [a_return(shop.store, order, quantity) for quantity in (1, 3, 2, 1)]

    cards = [shop.see(each) for each in ids]
    assert [card.gross_amount for card in cards] == [D("3.33"), D("10.00"), D("6.67"), D("3.33")]
    with shop.store.viewing(SYSTEM) as view:
        line = order_card(view, order).lines[0]
    for name in ("net_amount", "tax_amount", "gross_amount"):
        assert sum(getattr(card, name) for card in cards) == getattr(line, name)


def test_no_more_comes_back_than_the_customer_has(shop: Shop) -> None:
    a_return(shop.store, shop.order, 4, receives=False)
    a_return(shop.store, shop.order, 3)

    sentence = shop.refuses(
        errors.NotThatMany, request_return, shop.order, reason=REASON, lines=back(shop.store, shop.order, 4)
    )

    assert sentence.startswith("Only 3 of MUG can come back, 4 asked")
    with shop.store.viewing(SYSTEM) as view:
        assert [(row.sku, row.quantity, row.gross_amount) for row in returnable(view, shop.order)] == [
            ("MUG", 3, D("33.90")),
            ("PLATE", 2, D("40.00")),
        ]


def test_requests_that_make_no_sense_are_refused_without_a_trace(shop: Shop) -> None:
    one = back(shop.store, shop.order, 1)
    with shop.store.working(SYSTEM) as uow:
        waiting = a_sale(uow, shop.warehouse, [(uow.session.get_one(Variant, shop.mug), 1)])
    shop.refuses(errors.UnknownReason, request_return, shop.order, reason="because", lines=one)
    shop.refuses(ReasonMissing, request_return, shop.order, reason=" ", lines=one)
    shop.refuses(errors.NothingToReturn, request_return, shop.order, reason=REASON, lines=[])
    shop.refuses(InvalidInput, request_return, shop.order, reason=REASON, lines=[*one, *one])
    shop.refuses(InvalidInput, request_return, shop.order, reason=REASON, lines=back(shop.store, shop.order, "0.0001"))
    shop.refuses(errors.NeverDelivered, request_return, waiting, reason=REASON)
    dear = back(shop.store, shop.order, 1, unit_price="11.31")
    shop.refuses(errors.AbovePaidPrice, request_return, shop.order, reason=REASON, lines=dear)


def test_steps_out_of_turn_are_refused_without_a_trace(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4, receives=False)
    (line,) = lines_of(shop.store, return_id)
    shop.refuses(IllegalStep, inspect_return, return_id)
    shop.refuses(IllegalStep, refund_return, return_id, amount=D(1), method=BANK)
    shop.refuses(IllegalStep, undo_receipt, return_id, reason="x")
    shop.refuses(IllegalStep, deliver_again, return_id)
    shop.refuses(errors.TooManyArrived, receive_return, return_id, quantities={line: D(5)})
    shop.refuses(errors.NothingArrived, receive_return, return_id, quantities={line: D(0)})
    shop.do(receive_return, return_id)
    shop.refuses(IllegalStep, cancel_return, return_id, reason="x")
    shop.refuses(IllegalStep, receive_return, return_id)
    shop.refuses(errors.SplitDoesNotAddUp, inspect_return, return_id, findings={line: Finding(D(3))})
    shop.refuses(errors.SplitDoesNotAddUp, inspect_return, return_id, findings={line: Finding(D(5), D(-1))})
    shop.refuses(errors.NothingToRefund, refund_return, return_id, amount=D("45.21"), method=BANK)
    shop.refuses(ReasonMissing, undo_receipt, return_id, reason=" ")
    shop.do(inspect_return, return_id)
    with shop.store.working(SYSTEM) as uow:
        a_sale(uow, shop.warehouse, [(uow.session.get_one(Variant, shop.mug), 14)])
    shop.refuses(NotEnoughStock, undo_inspection, return_id, reason="x")


def test_a_refund_is_never_above_what_was_paid_beyond_what_is_kept(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        mug = uow.session.get_one(Variant, shop.mug)
        order = a_delivery(uow, shop.warehouse, [(mug, 10)], paid="60")
    return_id = a_return(shop.store, order, 5)

    sentence = shop.refuses(errors.NothingToRefund, refund_return, return_id, amount=D("3.51"), method=BANK)
    assert sentence.startswith("At most 3.5 can be given back for SR-2026-00001: 60 of the order is paid, 56.5 is owed")
    shop.do(refund_return, return_id, amount=D("1.50"), method=BANK)
    shop.do(refund_return, return_id, amount=D("2.00"), method=BANK)
    assert shop.see(return_id).refunded == D("3.50")
    shop.refuses(errors.NothingToRefund, refund_return, return_id, amount=D("0.01"), method=BANK)
    assert_sound(shop.store)


def test_a_refund_settles_an_inspected_return_and_its_undoing_opens_it(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4)
    shop.do(refund_return, return_id, amount=D("45.20"), method=BANK)
    assert shop.see(return_id).state == ReturnState.RECEIVED
    shop.do(inspect_return, return_id)

    assert shop.see(return_id).state == ReturnState.SETTLED
    assert shop.axes()[0] == PaymentState.FULL
    assert shop.card().paid_amount == D("107.80")
    (refund,) = shop.see(return_id).refunds
    shop.do(undo_refund, refund.id, reason="wrong account")
    assert shop.see(return_id).state == ReturnState.INSPECTED
    assert shop.card().paid_amount == D("153.00")
    shop.refuses(errors.RefundUndone, undo_refund, refund.id, reason="again")
    assert_sound(shop.store)


def test_credit_can_stay_as_the_customers_balance_and_come_back_from_it(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4)
    shop.do(inspect_return, return_id)
    shop.do(refund_return, return_id, amount=D("45.20"))

    assert (shop.card().paid_amount, shop.axes()[0]) == (D("107.80"), PaymentState.FULL)
    assert shop.see(return_id).state == ReturnState.SETTLED
    (refund,) = shop.see(return_id).refunds
    shop.do(undo_refund, refund.id, reason="they want money")
    assert shop.card().paid_amount == D("153.00")
    assert_sound(shop.store)


def test_payments_behind_a_refund_are_not_pulled_away(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4)
    shop.do(refund_return, return_id, amount=D("45.20"), method=BANK)
    payment, refund = payment_ids(shop)

    shop.refuses(AlreadyRefunded, reverse_payment, payment, reason="bounced")
    shop.refuses(errors.BelongsToReturn, reverse_payment, refund, reason="no")


def test_each_step_can_be_undone_until_nothing_ever_came_back(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 4)
    shop.do(refund_return, return_id, amount=D("45.20"), method=BANK)
    shop.do(inspect_return, return_id)
    shop.refuses(IllegalStep, undo_receipt, return_id, reason="x")
    shop.do(undo_inspection, return_id, reason="x")
    shop.refuses(errors.AlreadyInspected, undo_receipt, return_id, reason="x")
    shop.do(undo_refund, shop.see(return_id).refunds[0].id, reason="x")
    shop.do(undo_receipt, return_id, reason="x")
    shop.do(cancel_return, return_id, reason="x")

    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.NONE)
    assert shop.shelf() == (10, 0, 0)
    assert (shop.card().returned_amount, shop.card().lines[0].returned) == (0, 0)
    assert_sound(shop.store)
    shop.do(reopen_return, return_id)
    assert shop.see(return_id).state == ReturnState.REQUESTED


def test_a_declined_request_frees_its_goods_for_another_one(shop: Shop) -> None:
    first = a_return(shop.store, shop.order, 8, receives=False)
    shop.do(decline_return, first, reason="too late")
    a_return(shop.store, shop.order, 9, receives=False)

    shop.refuses(errors.NotThatMany, reopen_return, first)


def test_what_is_owed_follows_what_came_back_and_a_cancelled_return_restores_it(shop: Shop) -> None:
    """Delivered 10, paid 9, one comes back unpaid: completed. The return is cancelled: partly paid again."""
    with shop.store.working(SYSTEM) as uow:
        order = a_delivery(uow, shop.warehouse, [(uow.session.get_one(Variant, shop.mug), 10)], paid="101.70")
    other = replace(shop, order=order)
    assert other.axes() == (PaymentState.PARTIAL, Progress.FULL, Progress.NONE)
    return_id = a_return(shop.store, order, 1)
    assert other.axes() == (PaymentState.FULL, Progress.FULL, Progress.PARTIAL)
    shop.do(complete_order, order)
    shop.do(inspect_return, return_id)
    assert other.see(return_id).state == ReturnState.SETTLED

    shop.do(undo_inspection, return_id, reason="x")
    shop.do(undo_receipt, return_id, reason="x")
    shop.do(cancel_return, return_id, reason="x")

    assert other.axes() == (PaymentState.PARTIAL, Progress.FULL, Progress.NONE)
    assert other.card().business == BusinessState.CONFIRMED
    assert_sound(shop.store)


def test_goods_that_came_back_are_delivered_again_on_the_same_line(shop: Shop, clock: FixedClock) -> None:
    return_id = a_return(shop.store, shop.order, 4)
    shop.do(inspect_return, return_id)
    clock.moment += timedelta(hours=1)

    again = shop.do(deliver_again, return_id)

    assert shop.axes() == (PaymentState.FULL, Progress.PARTIAL, Progress.NONE)
    assert shop.shelf() == (14, 4, 0)
    shop.refuses(errors.NothingLeftToRedeliver, deliver_again, return_id)
    clock.moment += timedelta(hours=1)
    shop.do(ship_order, shop.order)
    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.NONE)
    assert (shop.shelf(), shop.card().lines[0].shipped, shop.card().returned_amount) == ((10, 0, 0), 10, 0)
    shop.refuses(errors.OnItsWayAgain, cancel_redelivery, again, reason="x")
    assert_sound(shop.store)
    with shop.store.viewing(SYSTEM) as view:
        first, second = shipments_of(view, shop.order)
    shop.refuses(CameBack, undo_shipment, first.id, reason="x")
    shop.do(undo_shipment, second.id, reason="x")
    shop.do(cancel_redelivery, again, reason="x")
    said = shop.refuses(IllegalStep, cancel_redelivery, again, reason="x")
    assert said.split(", ")[0].endswith("is “Cancelled”")
    assert "“Do not deliver again” is not possible" in said
    assert shop.axes() == (PaymentState.OVER, Progress.FULL, Progress.PARTIAL)
    assert shop.shelf() == (14, 0, 0)
    assert_sound(shop.store)


def test_a_completed_order_goes_on_when_its_goods_are_delivered_again(shop: Shop) -> None:
    shop.do(complete_order, shop.order)
    return_id = a_return(shop.store, shop.order)
    shop.do(refund_return, return_id, amount=D("153.00"), method=BANK)
    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.FULL)
    shop.do(inspect_return, return_id)

    shop.do(deliver_again, return_id, quantities={lines_of(shop.store, return_id)[0]: D(2)})

    assert shop.card().business == BusinessState.CONFIRMED
    assert shop.axes() == (PaymentState.NONE, Progress.PARTIAL, Progress.FULL)
    assert shop.card().unpaid == D("22.60")
    assert_sound(shop.store)


def test_a_shipment_whose_goods_came_back_is_not_undone(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        (shipment,) = shipments_of(view, shop.order)
    a_return(shop.store, shop.order, 1, receives=False)

    shop.refuses(CameBack, undo_shipment, shipment.id, reason="x")


def test_a_lower_price_can_be_agreed_and_the_rest_still_returns_its_own_share(shop: Shop) -> None:
    lines = back(shop.store, shop.order, 1, unit_price="5")
    dented = shop.do(request_return, shop.order, reason=REASON, lines=lines)
    shop.do(receive_return, dented)

    assert (shop.see(dented).gross_amount, shop.see(dented).lines[0].deducted) == (D("5.00"), D("6.30"))
    rest = a_return(shop.store, shop.order, 9)
    assert shop.see(rest).gross_amount == D("101.70")
    assert_sound(shop.store)


def test_refused_deliveries_are_counted_apart_from_returns(shop: Shop) -> None:
    a_return(shop.store, shop.order, 2)
    a_return(shop.store, shop.order, 1)
    refused = shop.do(
        request_return,
        shop.order,
        reason="Delivery refused",
        kind=ReturnKind.REFUSAL,
        lines=back(shop.store, shop.order, 0, 2),
    )
    shop.do(receive_return, refused)
    today = shop.card().ordered_at.date()

    with shop.store.viewing(SYSTEM) as view:
        period = {"since": today, "until": today + timedelta(days=1)}
        returns = return_reasons_counted(view, **period)
        refusals = return_reasons_counted(view, **period, kinds=[ReturnKind.REFUSAL])
        listed = find_returns(view, ReturnFilter(kinds=(ReturnKind.REFUSAL,)))
        counts = [count_returns(view, each) for each in (ReturnFilter(text="lotus"), ReturnFilter(reason=REASON))]
    assert [(row.reason, row.returns, row.quantity, row.gross_amount) for row in returns] == [
        (REASON, 2, 3, D("33.90"))
    ]
    assert [(row.reason, row.gross_amount) for row in refusals] == [("Delivery refused", D("40.00"))]
    assert [row.id for row in listed] == [refused]
    assert counts == [3, 2]


def test_the_list_of_reasons_is_the_shops_own(shop: Shop) -> None:
    made = shop.do(add_return_reason, name="Ordered twice")
    shop.refuses(errors.ReasonTaken, add_return_reason, name="Ordered twice ")
    shop.refuses(InvalidInput, add_return_reason, name=" ")
    shop.do(request_return, shop.order, reason="Ordered twice")
    shop.do(edit_return_reason, made, name="Doubled order", is_active=False)

    with shop.store.viewing(SYSTEM) as view:
        assert "Doubled order" not in [each.name for each in return_reasons(view)]
        assert "Doubled order" in [each.name for each in return_reasons(view, with_inactive=True)]
    shop.refuses(errors.UnknownReason, request_return, shop.order, reason="Doubled order")


def test_the_story_of_an_order_tells_of_its_returns(shop: Shop) -> None:
    return_id = a_return(shop.store, shop.order, 1)
    shop.do(pay_order, shop.order, amount=D(1), method=BANK)

    with shop.store.viewing(SYSTEM) as view:
        tags = [row.tag for row in order_timeline(view, shop.order)]
    assert tags[:3] == ["order.paid", "return.received", "return.requested"]
    assert shop.see(return_id).left == D("12.30") - 1
