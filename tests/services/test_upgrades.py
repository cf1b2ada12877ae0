"""A database that a shop filled with an older version holds all of it after the upgrade, and what is new adds up."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from core.base.clock import FixedClock
from core.catalog.categories import add_category
from core.catalog.models import ProductKind
from core.customers.models import CustomerKind
from core.customers.rules import AddressEntry, ContactEntry
from core.db.migrate import migrate
from core.receivables.models import PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.close import cancel_order, complete_order
from core.sales.confirm import confirm_order, hold_order
from core.sales.draft import LineDraft, create_order
from core.sales.pay import pay_order, refund_order, reverse_payment
from core.sales.queries import order_card
from core.sales.returns.inspect import Finding, inspect_return
from core.sales.returns.refund import refund_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.drafts import begin_movement
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.stock.service import add_warehouse, adjust_stock, issue_goods, receive_goods, reverse_document
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product
from tests.pages.app import a_user
from tests.returns import a_return, lines_of
from tests.services.import_files import apply, csv_file, row
from tests.soundness import assert_sound
from tests.stocktaking import CountedShop
from tests.upgrading import Rows, changes, column, copy_into, old_database, run

BANK = PaymentMethod.BANK
# Before returns counted, what was paid was compared with the whole of an order.
GROSS_ALONE = (
    "UPDATE sales_order SET payment_state = CASE WHEN paid_amount > gross_amount THEN 'over' "
    "WHEN paid_amount = gross_amount THEN 'full' WHEN paid_amount > 0 THEN 'partial' ELSE 'none' END "
    "WHERE business_state NOT IN ('draft', 'cancelled')"
)
# What the upgrade works out, and the steps of today write themselves.
DERIVED = (
    ("customer_account", "customer_id", "receivable", "open_orders", "balance", "terms", "credit_limit"),
    ("shipment", "id", "amount"),
    ("payment", "id", "open_amount"),
    ("sales_order", "id", "returned_amount", "payment_state", "revision", "due_on", "tax_rounding"),
    ("customer_word", "word", "owner_id"),
    ("variant_word", "word", "owner_id"),
    ("location", "name", "kind", "warehouse_id", "is_default", "is_active"),
    ("stock_level", "variant_id", "location_id", "on_hand", "reserved", "lot_id", "may_go_below"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(store: Store) -> Iterator[Store]:
    """A shop of today that does what its version could do."""
    yield store
    assert_sound(store)


def a_shop_with_orders(store: Store) -> None:
    """Goods, people, orders in every state, payments both ways, and files of past and present orders."""
    seller = a_user(store, Role.SALES, username="wei")
    with store.working(SYSTEM) as uow:
        house, other = add_warehouse(uow, code="MAIN", name="Main"), add_warehouse(uow, code="EAST", name="East")
        cups = add_category(uow, "Cups", add_category(uow, "Kitchen"))
        mug = a_product(
            uow,
            sku="MUG",
            name="红色杯子",
            category_id=cups,
            purchase_price=Decimal("4.25"),
            barcodes=("6901234567892",),
        ).id
        tea = a_product(uow, sku="TEA", name="Tea", tags=("new",), retail_price="3.33", tax_rate=Decimal("0.13")).id
        wrap = a_product(uow, sku="WRAP", name="Wrapping", kind=ProductKind.SERVICE, retail_price=1).id
        customer = a_customer(
            uow,
            name="莲花贸易",
            owner_id=seller,
            tags=("vip",),
            contacts=(ContactEntry("Li"),),
            addresses=(AddressEntry("Main street 1"),),
        ).id
        person = a_customer(uow, name="Chen", kind=CustomerKind.PERSON).id
        channel = a_channel(uow)
    head = {"channel_id": channel, "warehouse_id": house}

    def did(command, *args, **facts):  # type: ignore[no-untyped-def]
        return store.run(SYSTEM, command, None, *args, **facts)

    def order(*pieces: str, of: int = customer, discount: str = "0") -> int:
        goods = zip((mug, tea, wrap), pieces, strict=False)
        lines = [LineDraft(each, Decimal(count), None, Decimal(discount)) for each, count in goods]
        return int(did(create_order, customer_id=of, lines=lines, **head))

    def line(number: int) -> int:
        with store.viewing(SYSTEM) as view:
            return order_card(view, number).lines[0].id

    for place, goods in ((house, ((mug, "60"), (tea, "40.5"))), (other, ((mug, "5"),))):
        did(receive_goods, warehouse_id=place, lines=[Line(each, Decimal(count)) for each, count in goods])
    did(issue_goods, warehouse_id=house, lines=[Line(mug, Decimal(1))], reason="sample")
    did(adjust_stock, warehouse_id=house, counted=[Line(tea, Decimal("39.5"))], reason="counted")
    did(
        reverse_document,
        did(issue_goods, warehouse_id=other, lines=[Line(mug, Decimal(2))], reason="gift"),
        reason="no",
    )
    did(begin_movement, kind=DocumentKind.RECEIPT, warehouse_id=other, lines=[Line(mug, Decimal(3))])

    order("1", "1")
    did(cancel_order, did(confirm_order, order("2")), reason="changed their mind")
    did(confirm_order, order("3", "1.5", "1"))
    did(hold_order, did(confirm_order, order("1", of=person)), reason="asks for a discount")
    parts = did(confirm_order, order("7", "2", "1", discount="0.5"))
    did(ship_order, parts, quantities={line(parts): Decimal(3)})
    undone = did(ship_order, parts, quantities={line(parts): Decimal(2)})
    did(undo_shipment, undone, reason="not loaded")
    did(ship_order, parts, quantities={line(parts): Decimal(1)})
    did(pay_order, parts, amount=Decimal("12.34"), method=BANK)
    whole = did(confirm_order, order("4", "3", of=person))
    did(ship_order, whole)
    did(pay_order, whole, amount=Decimal("49.99"), method=BANK)
    did(complete_order, whole)
    wrong = did(confirm_order, order("2", of=person))
    did(reverse_payment, did(pay_order, wrong, amount=Decimal(20), method=PaymentMethod.CASH), reason="another order")
    did(pay_order, wrong, amount=Decimal(20), method=BANK)
    did(refund_order, wrong, amount=Decimal(5), method=BANK, reason="paid too much")

    past = [row("1"), row("1", sku="POT", quantity="1", price="8"), row("C1", quantity="-1", at="2024-03-05 10:00")]
    apply(store, csv_file(*past), channel="Web")
    apply(store, csv_file(row("2", quantity="3", at="2026-03-17 10:00", customer="C8")), channel="Web")


def a_shop_that_counts_and_takes_back(store: Store, clock: FixedClock) -> None:
    """What came later: stocktakes, amendments, and returns that are requested, received, inspected and given back."""
    shop = CountedShop(store, clock, mugs="50", tea="20")
    posted = shop.plan()
    shop.count(posted, mug=48, tea="20.5")
    shop.post(posted)
    shop.count(shop.plan(), mug=47)
    with store.working(SYSTEM) as uow:
        customer, channel = a_customer(uow).id, a_channel(uow)
    head = {"customer_id": customer, "channel_id": channel, "warehouse_id": shop.house}

    def delivered(pieces: int, paid: int) -> int:
        line = LineDraft(shop.mug, Decimal(pieces))
        order: int = shop.run(SYSTEM, confirm_order, shop.run(SYSTEM, create_order, lines=[line], **head))
        shop.run(SYSTEM, ship_order, order)
        shop.run(SYSTEM, pay_order, order, amount=Decimal(paid), method=BANK)
        return order

    a_return(store, delivered(2, 20), 1, receives=False)
    a_return(store, delivered(3, 20), 1)
    kept = a_return(store, delivered(4, 40), 2)
    shop.run(
        SYSTEM,
        inspect_return,
        kept,
        findings={lines_of(store, kept)[0]: Finding(restock=Decimal(1), second=Decimal(1))},
    )
    shop.run(SYSTEM, refund_return, kept, amount=Decimal(15))
    shop.run(SYSTEM, refund_return, kept, amount=Decimal(5), method=BANK)

    order: int = shop.run(
        SYSTEM, confirm_order, shop.run(SYSTEM, create_order, lines=[LineDraft(shop.mug, Decimal(2))], **head)
    )
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
    wishes = [LineWish(Decimal(3), card.lines[0].id)]
    amended = shop.run(SYSTEM, request_amendment, order, lines=wishes, seen_version=card.version, reason="one more")
    shop.run(SYSTEM, accept_amendment, amended, version=1)


@pytest.mark.parametrize("revision", ["0002", "0004"])
def test_all_that_a_shop_entered_is_there_after_the_upgrade(
    request: pytest.FixtureRequest, source: Store, database: str, revision: str, clock: FixedClock, tmp_path: Path
) -> None:
    a_shop_with_orders(source)
    with old_database(request, database, revision, clock, tmp_path) as old:
        before = copy_into(old, source)
        run(old, GROSS_ALONE)
        migrate(old.engine)
        assert_upgraded(old, before, source)


def test_returns_counts_and_amendments_are_there_after_the_upgrade(
    request: pytest.FixtureRequest, source: Store, database: str, clock: FixedClock, tmp_path: Path
) -> None:
    a_shop_that_counts_and_takes_back(source, clock)
    with old_database(request, database, "0009", clock, tmp_path) as old:
        before = copy_into(old, source)
        migrate(old.engine)
        assert_upgraded(old, before, source)


def assert_upgraded(old: Store, before: Rows, source: Store) -> None:
    """Nothing is lost, one fixed place came, and what is new is as the steps of today write it."""
    assert changes(old, before) == ({}, {"location": ["Another lot"]})
    for table, *names in DERIVED:
        assert column(old, table, *names) == column(source, table, *names)
    assert_sound(old)
