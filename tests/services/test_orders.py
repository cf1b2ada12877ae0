"""The life of an order, on both databases, with exact amounts; a refusal leaves everything as it was."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.base.errors import InvalidInput, ReasonMissing, Refusals
from core.base.flow import IllegalStep
from core.customers.models import CustomerKind
from core.receivables.errors import AlreadyReversed
from core.receivables.models import PaymentMethod
from core.receivables.queries import payments_of
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.draft import LineDraft, add_line, change_line, create_order, remove_line
from core.sales.errors import AlreadyPaid, AlreadyShipped, BelowFloor, EmptyOrder, NotFinished, TooMuch
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.pay import pay_order, reverse_payment
from core.sales.queries import OrderCard, OrderFilter, count_orders, find_orders, order_card, order_timeline
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.errors import NotEnoughStock
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_draft, a_product, a_warehouse, goods

SELLER = Actor(None, "Li Lei", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))


@dataclass(frozen=True)
class Shop:
    """A shop with ten mugs at 11.30 (13 % tax included) and three plates at 20, and a draft of 4 + 2 of them."""

    store: Store
    warehouse: int
    mug: int
    plate: int
    order: int

    def card(self) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.order)

    def level(self, variant_id: int) -> tuple[Decimal, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            row = stock_levels(view, variant_ids=[variant_id])[0]
        return row.on_hand, row.reserved


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 10, sku="MUG", retail_price="11.30", tax_rate=Decimal("0.13"))
        plate = goods(uow, warehouse, 3, sku="PLATE", name="Plate", retail_price=20, lowest_price=Decimal(15))
        order = a_draft(uow, warehouse, [(mug, 4), (plate, 2)])
    return Shop(any_store, warehouse, mug.id, plate.id, order)


def test_a_draft_promises_nothing_and_adds_up_to_the_cent(shop: Shop) -> None:
    card = shop.card()

    assert (card.business, card.number) == (BusinessState.DRAFT, "SO-2026-00001")
    assert (card.net_amount, card.tax_amount, card.gross_amount) == (
        Decimal("80.00"),
        Decimal("5.20"),
        Decimal("85.20"),
    )
    assert shop.level(shop.mug) == (10, 0)


def test_confirming_promises_goods_but_leaves_them_on_the_shelf(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)

    card = shop.card()
    assert (card.business, card.payment, card.shipment) == (BusinessState.CONFIRMED, PaymentState.NONE, Progress.NONE)
    assert shop.level(shop.mug) == (10, 4)
    assert shop.level(shop.plate) == (3, 2)


def test_confirming_lists_every_short_line_at_once_and_changes_nothing(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        add_line(uow, shop.order, LineDraft(shop.mug, Decimal(7)))
        add_line(uow, shop.order, LineDraft(shop.plate, Decimal(2)))

    with pytest.raises(Refusals) as refused:
        shop.store.run(SYSTEM, confirm_order, None, shop.order)

    assert refused.value.sentence.splitlines() == [
        "Only 10 of MUG Mug available in MAIN warehouse, 11 asked. Reduce it or receive more.",
        "Only 3 of PLATE Plate available in MAIN warehouse, 4 asked. Reduce it or receive more.",
    ]
    assert shop.card().business == BusinessState.DRAFT
    assert shop.level(shop.mug) == (10, 0)
    assert shop.level(shop.plate) == (3, 0)


def test_two_lines_of_one_product_cannot_exceed_its_stock_together(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        add_line(uow, shop.order, LineDraft(shop.plate, Decimal(2), Decimal(18)))

    with pytest.raises(NotEnoughStock):
        shop.store.run(SYSTEM, confirm_order, None, shop.order)

    assert shop.level(shop.plate) == (3, 0)


def test_a_service_line_needs_no_stock_and_ships_with_the_order(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        freight = a_product(uow, sku="FREIGHT", kind="service", retail_price=30)
        add_line(uow, shop.order, LineDraft(freight.id, Decimal(1)))
        confirm_order(uow, shop.order)
        ship_order(uow, shop.order)

    assert shop.card().shipment == Progress.FULL
    assert shop.level(shop.mug) == (6, 0)


def test_paying_in_parts_and_reversing_moves_only_the_payment_axis(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        first = pay_order(uow, shop.order, amount=Decimal("50.00"), method=PaymentMethod.CASH)
    assert (shop.card().payment, shop.card().paid_amount) == (PaymentState.PARTIAL, Decimal(50))

    shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal("35.20"), method=PaymentMethod.BANK)
    assert shop.card().payment == PaymentState.FULL

    shop.store.run(SYSTEM, reverse_payment, None, first, reason="wrong order")
    card = shop.card()
    assert (card.payment, card.paid_amount) == (PaymentState.PARTIAL, Decimal("35.20"))
    assert card.shipment == Progress.NONE

    with pytest.raises(AlreadyReversed):
        shop.store.run(SYSTEM, reverse_payment, None, first, reason="again")
    with shop.store.viewing(SYSTEM) as view:
        rows = payments_of(view, "sales_order", shop.order)
    assert [(row.amount, row.is_reversed, row.is_reversal) for row in rows] == [
        (Decimal(50), True, False),
        (Decimal("35.2"), False, False),
        (Decimal(-50), False, True),
    ]


def test_a_payment_finer_than_a_cent_is_refused(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)

    with pytest.raises(InvalidInput):
        shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal("1.005"), method=PaymentMethod.CASH)

    assert shop.card().paid_amount == 0


def test_shipping_in_parts_takes_goods_off_the_shelf_and_keeps_the_rest_promised(shop: Shop) -> None:
    mug_line, plate_line = (line.id for line in shop.card().lines)
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        ship_order(uow, shop.order, quantities={mug_line: Decimal(1), plate_line: Decimal(2)})

    assert shop.card().shipment == Progress.PARTIAL
    assert [line.shipped for line in shop.card().lines] == [1, 2]
    assert shop.level(shop.mug) == (9, 3)
    assert shop.level(shop.plate) == (1, 0)

    with pytest.raises(TooMuch):
        shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={mug_line: Decimal(4)})
    assert shop.level(shop.mug) == (9, 3)

    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.card().shipment == Progress.FULL
    assert shop.level(shop.mug) == (6, 0)


def test_an_undone_shipment_puts_the_goods_back_and_promises_them_again(shop: Shop) -> None:
    mug_line = shop.card().lines[0].id
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        shipment = ship_order(uow, shop.order, quantities={mug_line: Decimal(3)})
    shop.store.run(SYSTEM, undo_shipment, None, shipment, reason="van broke down")

    assert shop.card().shipment == Progress.NONE
    assert shop.level(shop.mug) == (10, 4)

    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.level(shop.mug) == (6, 0)


def test_an_order_is_completed_only_when_shipped_and_paid(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        ship_order(uow, shop.order)
    with pytest.raises(NotFinished):
        shop.store.run(SYSTEM, complete_order, None, shop.order)
    assert shop.card().business == BusinessState.CONFIRMED

    with shop.store.working(SYSTEM) as uow:
        pay_order(uow, shop.order, amount=Decimal("85.20"), method=PaymentMethod.WECHAT)
        complete_order(uow, shop.order)
    assert shop.card().business == BusinessState.COMPLETED


def test_a_completed_order_can_be_opened_again_to_correct_a_payment(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        ship_order(uow, shop.order)
        payment = pay_order(uow, shop.order, amount=Decimal("85.20"), method=PaymentMethod.CASH)
        complete_order(uow, shop.order)
    with pytest.raises(IllegalStep):
        shop.store.run(SYSTEM, reverse_payment, None, payment, reason="wrong method")

    shop.store.run(SYSTEM, resume_order, None, shop.order)
    shop.store.run(SYSTEM, reverse_payment, None, payment, reason="wrong method")
    assert (shop.card().business, shop.card().payment) == (BusinessState.CONFIRMED, PaymentState.NONE)


def test_what_is_undone_or_held_needs_its_reason(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        confirm_order(uow, shop.order)
        shipment = ship_order(uow, shop.order)
        payment = pay_order(uow, shop.order, amount=Decimal(1), method=PaymentMethod.CASH)
    before = shop.card()

    for command, subject in ((undo_shipment, shipment), (reverse_payment, payment), (hold_order, shop.order)):
        with pytest.raises(ReasonMissing):
            shop.store.run(SYSTEM, command, None, subject, reason="  ")

    assert shop.card() == before


def test_cancelling_frees_what_was_promised_and_reopening_makes_a_draft(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="changed their mind")

    assert shop.card().business == BusinessState.CANCELLED
    assert shop.level(shop.mug) == (10, 0)

    shop.store.run(SYSTEM, reopen_order, None, shop.order)
    assert shop.card().business == BusinessState.DRAFT
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    assert shop.level(shop.mug) == (10, 4)


def test_an_order_with_goods_or_money_moved_cannot_be_cancelled(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    payment = shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal(1), method=PaymentMethod.CASH)
    with pytest.raises(AlreadyPaid):
        shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="no")
    shop.store.run(SYSTEM, reverse_payment, None, payment, reason="refund")
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    with pytest.raises(AlreadyShipped):
        shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="no")

    assert shop.card().business == BusinessState.CONFIRMED


def test_an_order_on_hold_does_not_ship_until_it_is_resumed(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    shop.store.run(SYSTEM, hold_order, None, shop.order, reason="credit")
    with pytest.raises(IllegalStep):
        shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.level(shop.mug) == (10, 4)

    shop.store.run(SYSTEM, resume_order, None, shop.order)
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.card().shipment == Progress.FULL


def test_an_empty_order_cannot_be_confirmed(shop: Shop) -> None:
    for line in shop.card().lines:
        shop.store.run(SYSTEM, remove_line, None, shop.order, line.id)
    assert shop.card().gross_amount == 0

    with pytest.raises(EmptyOrder):
        shop.store.run(SYSTEM, confirm_order, None, shop.order)


def test_a_confirmed_order_is_not_edited(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    line = shop.card().lines[0]

    with pytest.raises(IllegalStep):
        shop.store.run(SYSTEM, change_line, None, shop.order, line.id, quantity=Decimal(9), unit_price=Decimal(1))

    assert shop.card().lines[0] == line


def test_the_same_product_entered_again_adds_to_its_line(shop: Shop) -> None:
    shop.store.run(SYSTEM, add_line, None, shop.order, LineDraft(shop.mug, Decimal(2)))

    card = shop.card()
    assert [(line.sku, line.quantity) for line in card.lines] == [("MUG", 6), ("PLATE", 2)]
    assert card.gross_amount == Decimal("107.80")


def test_a_seller_may_not_go_below_the_lowest_price_and_a_manager_may(shop: Shop) -> None:
    plate_line = shop.card().lines[1].id
    change = {"quantity": Decimal(2), "unit_price": Decimal("14.99")}
    with pytest.raises(BelowFloor):
        shop.store.run(SELLER, change_line, None, shop.order, plate_line, **change)
    assert shop.card().lines[1].unit_price == 20

    shop.store.run(SYSTEM, change_line, None, shop.order, plate_line, **change)
    assert shop.card().lines[1].gross_amount == Decimal("29.98")


def test_a_company_pays_wholesale_and_a_person_retail(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        cup = a_product(uow, sku="CUP", retail_price=9, wholesale_price=Decimal(6))
        head = {"channel_id": a_channel(uow), "warehouse_id": shop.warehouse, "lines": [LineDraft(cup.id, Decimal(1))]}
        company = create_order(uow, customer_id=a_customer(uow).id, **head)
        person = create_order(uow, customer_id=a_customer(uow, "Wang", kind=CustomerKind.PERSON).id, **head)
    with shop.store.viewing(SYSTEM) as view:
        assert order_card(view, company).gross_amount == 6
        assert order_card(view, person).gross_amount == 9


def test_the_timeline_tells_every_step_in_order(shop: Shop) -> None:
    shop.store.run(SELLER, confirm_order, None, shop.order)
    shop.store.run(SYSTEM, ship_order, None, shop.order, carrier="SF")

    with shop.store.viewing(SYSTEM) as view:
        timeline = order_timeline(view, shop.order)
    assert [(row.actor, row.tag) for row in timeline] == [
        ("system", "order.shipped"),
        ("Li Lei", "order.confirmed"),
        ("system", "order.created"),
    ]
    assert timeline[1].facts["changed"]["business_state"] == ["draft", "confirmed"]


def test_the_list_filters_by_state_text_and_day(shop: Shop) -> None:
    shop.store.run(SYSTEM, confirm_order, None, shop.order)
    today = shop.card().ordered_at.date()

    with shop.store.viewing(SYSTEM) as view:
        for wanted, count in (
            (OrderFilter(), 1),
            (OrderFilter(business=(BusinessState.DRAFT,)), 0),
            (OrderFilter(text="00001"), 1),
            (OrderFilter(text="lotus"), 1),
            (OrderFilter(text="100%"), 0),
            (OrderFilter(since=today), 1),
            (OrderFilter(until=today), 0),
        ):
            assert (len(find_orders(view, wanted)), count_orders(view, wanted)) == (count, count)
