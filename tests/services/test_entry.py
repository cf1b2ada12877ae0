"""From what is typed at order entry to the lines of an order."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.accounts.service import add_user
from core.base.errors import Refusals
from core.catalog.errors import NotStocked, ProductRetired, SeveralProducts, UnknownProduct
from core.catalog.models import ProductKind
from core.catalog.service import retire_product
from core.catalog.typed import FoundLine, find_typed
from core.customers.models import CustomerKind
from core.customers.rules import walk_in_code
from core.customers.service import deactivate_customer
from core.pricing.lists import PriceRuleEntry
from core.pricing.rules.prices import Audience, Target
from core.receivables.models import PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, add_lines, create_order
from core.sales.entry import (
    HabitRow,
    chosen_line,
    draft_lines,
    last_choices,
    line_drafts,
    my_drafts,
    order_defaults,
    recent_customers,
    suggest,
    walk_in_channel,
)
from core.sales.errors import BelowFloor, NothingToSellFrom
from core.sales.models import OrderLine, SalesOrder
from core.sales.pay import pay_order
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store, View
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_customer, a_price_list, a_product, a_warehouse


def an_empty_draft(uow: UnitOfWork, kind: CustomerKind = CustomerKind.PERSON) -> int:
    warehouse = add_warehouse(uow, code="SH", name="Shanghai")
    customer = a_customer(uow, kind=kind)
    return create_order(uow, customer_id=customer.id, channel_id=a_channel(uow), warehouse_id=warehouse)


def only(lines: list[FoundLine]) -> FoundLine:
    (line,) = lines
    return line


def test_a_code_a_barcode_and_initials_find_the_product(uow: UnitOfWork) -> None:
    mug = a_product(uow, sku="MUG-01", name="红色杯子", barcodes=("6901234567892",))
    a_product(uow, sku="MUG-011", name="碗")

    for typed in ("mug-01", "6901234567892*2", "hsbz 2"):
        line = only(find_typed(uow, typed))
        assert line.is_clear
        assert [choice.variant_id for choice in line.choices] == [mug.id]


def test_a_code_that_ends_in_a_number_is_not_taken_for_a_quantity(uow: UnitOfWork) -> None:
    a_product(uow, sku="PHONE")
    fifteen = a_product(uow, sku="PHONE 15")

    (line,) = line_drafts(find_typed(uow, "phone 15"))

    assert (line.variant_id, line.quantity) == (fifteen.id, 1)


def test_what_may_mean_several_products_is_asked_and_not_guessed(uow: UnitOfWork) -> None:
    a_product(uow, sku="MUG-R", name="Red mug")
    a_product(uow, sku="MUG-B", name="Blue mug")

    line = only(find_typed(uow, "mug*3"))

    assert [choice.sku for choice in line.choices] == ["MUG-B", "MUG-R"]
    assert isinstance(line.refusal, SeveralProducts)
    assert line.refusal.sentence == "“mug” may mean 2 products, such as MUG-B, MUG-R. Enter the whole code."


def test_part_of_a_barcode_is_never_taken_for_the_product(uow: UnitOfWork) -> None:
    a_product(uow, sku="MUG", barcodes=("6901234567892",))

    line = only(find_typed(uow, "690123456789"))

    assert not line.is_clear


def test_unknown_and_retired_products_are_refused_by_name(uow: UnitOfWork) -> None:
    retire_product(uow, a_product(uow, sku="OLD", name="Old mug").id)

    with pytest.raises(Refusals) as refused:
        line_drafts(find_typed(uow, "OLD\t1\nNEW\t2"))

    assert [type(problem) for problem in refused.value.problems] == [ProductRetired, UnknownProduct]


def test_suggestions_show_the_customers_price_and_what_each_warehouse_can_promise(uow: UnitOfWork) -> None:
    mug = a_product(uow, sku="MUG", retail_price=12, wholesale_price=Decimal(9))
    order = an_empty_draft(uow, CustomerKind.COMPANY)
    other = add_warehouse(uow, code="BJ", name="Beijing")
    receive_goods(uow, warehouse_id=order_card(uow, order).warehouse_id, lines=[Line(mug.id, Decimal(5))])
    receive_goods(uow, warehouse_id=other, lines=[Line(mug.id, Decimal(7))])

    (row,) = suggest(uow, order, "mug*3")

    assert (row.sku, row.unit_price, row.available, row.elsewhere) == ("MUG", 9, 5, (("Beijing", 7),))


def test_suggestions_show_the_price_that_the_line_will_get(uow: UnitOfWork) -> None:
    mug = a_product(uow, sku="MUG", retail_price=12)
    order = an_empty_draft(uow)
    channel = uow.session.get_one(SalesOrder, order).channel_id
    tens = PriceRuleEntry(Target.VARIANT, mug.id, price=Decimal(8), min_quantity=Decimal(10))
    a_price_list(uow, PriceRuleEntry(price=Decimal(11)), tens, audience=Audience.CHANNEL, audience_id=channel)

    def shown_and_got(typed: str) -> tuple[Decimal, Decimal]:
        (row,) = suggest(uow, order, typed)
        line = add_line(uow, order, chosen_line(uow, typed, row.variant_id))
        return row.unit_price, uow.session.get_one(OrderLine, line).unit_price

    assert shown_and_got("mug*4") == (11, 11)
    assert shown_and_got("mug\t5\t9.5") == (Decimal("9.5"), Decimal("9.5"))
    assert shown_and_got("mug*6") == (8, 8)


def test_nothing_is_suggested_for_nothing(uow: UnitOfWork) -> None:
    a_product(uow)
    assert suggest(uow, an_empty_draft(uow), "  ") == []


def test_pasted_lines_are_put_on_the_order_together(uow: UnitOfWork) -> None:
    a_product(uow, sku="MUG", retail_price=10)
    a_product(uow, sku="CUP", retail_price=4)
    order = an_empty_draft(uow)

    add_lines(uow, order, line_drafts(find_typed(uow, "MUG\t2\t9.5\nCUP\t3\nmug\t1\t9.50")))

    card = order_card(uow, order)
    assert [(line.sku, line.quantity, line.unit_price) for line in card.lines] == [
        ("MUG", 3, Decimal("9.5")),
        ("CUP", 3, 4),
    ]
    assert card.gross_amount == Decimal("40.50")


def test_one_price_below_the_floor_keeps_all_pasted_lines_out(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_product(uow, sku="MUG", retail_price=10, lowest_price=Decimal(8))
        a_product(uow, sku="CUP", retail_price=4)
        order = an_empty_draft(uow)
    seller = Actor(None, "Li", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
    with store.viewing(seller) as view:
        lines = line_drafts(find_typed(view, "CUP\t1\nMUG\t1\t7"))

    with pytest.raises(BelowFloor):
        store.run(seller, add_lines, None, order, lines)

    with store.viewing(seller) as view:
        assert order_card(view, order).lines == ()


def test_the_drafts_of_a_seller_are_found_again_with_what_was_chosen_last(uow: UnitOfWork) -> None:
    order = an_empty_draft(uow)
    card = order_card(uow, order)

    assert [(draft.number, draft.lines) for draft in my_drafts(uow)] == [(card.number, 0)]
    assert last_choices(uow) == HabitRow(card.customer_id, card.customer, card.channel_id, card.warehouse_id)


def test_choosing_one_of_several_keeps_the_quantity_that_was_typed(uow: UnitOfWork) -> None:
    red = a_product(uow, sku="MUG-R", name="Red mug")
    a_product(uow, sku="MUG-B", name="Blue mug")

    assert chosen_line(uow, "mug*3", red.id) == LineDraft(red.id, Decimal(3))


def test_a_draft_shows_which_lines_could_not_be_confirmed(uow: UnitOfWork) -> None:
    mug, wrapping = a_product(uow, sku="MUG"), a_product(uow, sku="WRAP", kind=ProductKind.SERVICE)
    order = an_empty_draft(uow)
    receive_goods(uow, warehouse_id=order_card(uow, order).warehouse_id, lines=[Line(mug.id, Decimal(5))])
    add_lines(uow, order, [LineDraft(mug.id, Decimal(3)), LineDraft(wrapping.id, Decimal(1))])
    add_lines(uow, order, [LineDraft(mug.id, Decimal(3), Decimal(11))])

    rows = draft_lines(uow, order_card(uow, order))

    assert [(row.line.sku, row.available, row.is_short) for row in rows] == [
        ("MUG", 5, True),
        ("WRAP", None, False),
        ("MUG", 5, True),
    ]


def test_an_order_begins_with_the_customers_channel_and_the_last_warehouse(uow: UnitOfWork) -> None:
    online = a_channel(uow, "Online")
    add_warehouse(uow, code="A", name="Attic")
    first = order_card(uow, an_empty_draft(uow))

    assert order_defaults(uow, a_customer(uow, channel_id=online).id) == (online, first.warehouse_id)
    assert order_defaults(uow, a_customer(uow).id) == (first.channel_id, first.warehouse_id)


def test_a_first_order_begins_with_the_channel_of_the_company_s_last_one(uow: UnitOfWork) -> None:
    a_channel(uow, "Opened first")
    last = order_card(uow, an_empty_draft(uow))

    uow.actor = replace(uow.actor, id=99)

    assert order_defaults(uow)[0] == last.channel_id


def test_a_sale_over_the_counter_goes_where_the_last_one_went_whatever_was_sold_since(uow: UnitOfWork) -> None:
    counter, wholesale = a_channel(uow, "Counter"), a_channel(uow, "Wholesale")
    warehouse = a_warehouse(uow)
    walk_in = a_customer(uow, "Walk-in", code=walk_in_code(counter), channel_id=counter)
    for customer, channel in ((walk_in, counter), (a_customer(uow), wholesale)):
        create_order(uow, customer_id=customer.id, channel_id=channel, warehouse_id=warehouse)

    assert order_defaults(uow)[0] == wholesale
    assert walk_in_channel(uow) == counter


def test_no_order_begins_without_a_warehouse(uow: UnitOfWork) -> None:
    a_channel(uow)
    with pytest.raises(NothingToSellFrom):
        order_defaults(uow, a_customer(uow).id)


def test_an_order_offers_the_steps_that_would_not_be_refused(uow: UnitOfWork) -> None:
    mug = a_product(uow)
    order = an_empty_draft(uow)
    assert order_card(uow, order).steps == {"edit", "cancel"}

    receive_goods(uow, warehouse_id=order_card(uow, order).warehouse_id, lines=[Line(mug.id, Decimal(5))])
    add_lines(uow, order, [LineDraft(mug.id, Decimal(3))])
    assert order_card(uow, order).steps == {"edit", "confirm", "cancel"}

    confirm_order(uow, order)
    card = order_card(uow, order)
    assert card.steps == {"amend", "pay", "ship", "hold", "cancel"}
    assert (card.promised, card.unpaid) == (3, 30)

    pay_order(uow, order, amount=Decimal(30), method=PaymentMethod.CASH)
    ship_order(uow, order, quantities={card.lines[0].id: Decimal(1)})
    card = order_card(uow, order)
    assert card.steps == {"amend", "ship", "hold"}
    assert (card.promised, card.unpaid) == (2, 0)
    ship_order(uow, order)
    assert order_card(uow, order).steps == {"amend", "hold", "complete"}


def test_what_is_retired_may_still_be_moved_and_a_service_never(uow: UnitOfWork) -> None:
    old = a_product(uow, sku="OLD", name="Old mug")
    retire_product(uow, old.id)
    a_product(uow, sku="WRAP", name="Wrapping", kind=ProductKind.SERVICE)
    paper = a_product(uow, sku="PAPER", name="Wrapping paper")

    lines = find_typed(uow, "old*2\nWRAP\nwrapping", for_stock=True)

    assert [[choice.variant_id for choice in line.choices] for line in lines] == [[old.id], [], [paper.id]]
    assert [line.is_clear for line in lines] == [True, False, True]
    assert isinstance(lines[1].refusal, NotStocked)


def test_customers_whom_one_served_lately_come_first_and_those_out_of_use_never(uow: UnitOfWork) -> None:
    first = order_card(uow, an_empty_draft(uow))
    other, mine, gone = a_customer(uow, "Other"), a_customer(uow, "Mine"), a_customer(uow, "Gone")
    seller = add_user(uow, username="li", name="Li", password="green tea for two", roles=[Role.SALES])  # noqa: S106
    for customer, rep in ((mine, seller), (gone, seller), (other, None)):
        create_order(
            uow,
            customer_id=customer.id,
            channel_id=first.channel_id,
            warehouse_id=first.warehouse_id,
            sales_rep_id=rep,
        )
    deactivate_customer(uow, gone.id)
    uow.session.flush()

    view = View(uow.session, replace(uow.actor, id=seller), uow.now, uow.settings)
    assert [row.name for row in recent_customers(view)] == ["Mine", "Other", first.customer]
