"""Importing orders: what a merchant makes of each row, a receipt that adds up, and nothing twice."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.catalog.models import Product, ProductKind, Variant
from core.customers.models import Customer
from core.exchange.errors import ChannelMissing
from core.exchange.queries import remembered_mapping
from core.exchange.service import import_orders, reverse_batch
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import find_differences
from core.receivables.models import Payment, PaymentMethod
from core.sales.models import (
    BusinessState,
    OrderLine,
    PaymentState,
    Progress,
    ReturnLine,
    SalesOrder,
    SalesReturn,
)
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.models import CUSTOMER, HISTORY, MoveState, StockLevel, StockMove
from core.work.models import Change
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.services.import_files import apply, counts, csv_file, read, row, totals


def assert_adds_up(store: Store) -> None:
    with store.viewing(SYSTEM) as view:
        assert find_differences(view) == []


def test_past_orders_count_as_shipped_and_paid_and_leave_stock_alone(any_store: Store) -> None:
    receipt = apply(any_store, csv_file(row("1001", "MUG", "2", "2.55"), row("1001", "CUP", "3", "1.333")))

    assert totals(receipt) == ("9.099", "9.1", "0", "0", "-0.001")
    assert (receipt["booked"], receipt["orders"], receipt["new_products"], receipt["new_customers"]) == (2, 1, 2, 1)
    with any_store.viewing(SYSTEM) as view:
        order = view.session.scalars(select(SalesOrder)).one()
        lines = view.session.scalars(select(OrderLine).order_by(OrderLine.id)).all()
        payment = view.session.scalars(select(Payment)).one()
        moves = view.session.scalars(select(StockMove).order_by(StockMove.id)).all()
        assert view.session.scalars(select(StockLevel)).all() == []
    assert (order.business_state, order.payment_state, order.shipment_state, order.statement_state) == (
        BusinessState.COMPLETED,
        PaymentState.FULL,
        Progress.FULL,
        Progress.NONE,
    )
    assert (order.net_amount, order.tax_amount, order.gross_amount) == (Decimal("9.10"), 0, Decimal("9.10"))
    assert (order.ordered_on.isoformat(), order.ordered_at.isoformat()) == ("2024-03-01", "2024-03-01T02:00:00+00:00")
    assert (order.number, order.channel_order_number, order.region) == ("SO-2026-00001", "1001", "China")
    assert [(line.quantity, line.unit_price, line.gross_amount, line.shipped_quantity) for line in lines] == [
        (2, Decimal("2.55"), Decimal("5.10"), 2),
        (3, Decimal("1.333"), Decimal("4.00"), 3),
    ]
    assert (payment.method, payment.amount) == (PaymentMethod.HISTORY, Decimal("9.10"))
    assert [(move.source_id, move.target_id, move.state, move.origin_line_id) for move in moves] == [
        (HISTORY, CUSTOMER, MoveState.DONE, lines[0].id),
        (HISTORY, CUSTOMER, MoveState.DONE, lines[1].id),
    ]
    assert_adds_up(any_store)


def test_one_import_leaves_one_audit_entry_and_says_in_the_feed_what_it_wrote(any_store: Store) -> None:
    apply(any_store, csv_file(row("1001"), row("1002"), row("C1003", quantity="-1")))

    with any_store.viewing(SYSTEM) as view:
        entry = view.session.scalars(select(AuditEntry)).one()
        feed = {
            entity: (first, last)
            for entity, first, last in view.session.execute(select(Change.entity, Change.first_id, Change.last_id))
        }
    assert (entry.tag, entry.subject_type, entry.facts["receipt"]["booked"]) == ("orders.imported", "import_batch", 3)
    assert {"sales_order", "sales_return", "stock_move", "product", "customer", "channel"} <= feed.keys()
    assert feed["sales_order"][1] - feed["sales_order"][0] == 1


def test_a_cancellation_is_a_return_and_a_service_code_is_a_service(store: Store) -> None:
    receipt = apply(
        store,
        csv_file(
            row("536400", "POST", "1", "18.00", name="POSTAGE"),
            row("C536401", "MUG", "-2", "2.55"),
            row("C536401", "M", "-1", "1.50", name="Manual"),
            row("536402", "gift_0001_20", "1", "20"),
        ),
    )

    assert totals(receipt) == ("31.4", "31.4", "0", "0", "0")
    assert receipt["booked_kinds"] == {
        "service": {"rows": 2, "amount": "38"},
        "return": {"rows": 1, "amount": "-5.1"},
        "service_return": {"rows": 1, "amount": "-1.5"},
    }
    with store.viewing(SYSTEM) as view:
        returned = view.session.scalars(select(SalesReturn)).one()
        lines = view.session.scalars(select(ReturnLine).order_by(ReturnLine.line_number)).all()
        kinds = dict(view.session.execute(select(Variant.sku, Product.kind).join(Product)).all())
        moves = view.session.execute(select(StockMove.source_id, StockMove.target_id, StockMove.quantity)).all()
    assert (returned.order_id, returned.gross_amount, returned.channel_return_number) == (
        None,
        Decimal("6.60"),
        "C536401",
    )
    assert [(line.quantity, line.gross_amount) for line in lines] == [(2, Decimal("5.10")), (1, Decimal("1.50"))]
    assert kinds == {
        "POST": ProductKind.SERVICE,
        "MUG": ProductKind.STOCKED,
        "M": ProductKind.SERVICE,
        "gift_0001_20": ProductKind.SERVICE,
    }
    assert moves == [(CUSTOMER, HISTORY, 2)]
    assert_adds_up(store)


def test_what_is_no_sale_is_refused_with_its_reason_and_the_order_goes_on(store: Store) -> None:
    receipt = apply(
        store,
        csv_file(
            row("A563185", "B", "1", "11062.06", customer="", name="Adjust bad debt"),
            row("A563186", "B", "1", "-11062.06", customer="", name="Adjust bad debt"),
            row("536500", "MUG", "-10", "0", customer="", name="damages"),
            row("536501", "CUP", "1", "0", customer=""),
            row("536501", "MUG", "1", "2.55", customer=""),
            row("536502", "CUP", "4", "0.00"),
        ),
    )

    assert totals(receipt) == ("2.55", "2.55", "0", "0", "0")
    assert receipt["problems"] == [
        (2, "InvoiceNo", "bad_debt"),
        (3, "InvoiceNo", "bad_debt"),
        (4, "UnitPrice", "stock_adjustment"),
        (5, "UnitPrice", "stock_adjustment"),
    ]
    assert receipt["booked_kinds"] == {"sale": {"rows": 1, "amount": "2.55"}, "free": {"rows": 1, "amount": "0"}}
    assert receipt["notes"] == {"walk_in": 1}
    with store.viewing(SYSTEM) as view:
        free = view.session.scalars(select(SalesOrder).where(SalesOrder.channel_order_number == "536502")).one()
        names = set(view.session.scalars(select(Customer.name)))
    assert (free.gross_amount, free.payment_state) == (0, PaymentState.FULL)
    assert names == {"C7", "Walk-in customer, Shop"}
    assert_adds_up(store)


def test_two_scans_of_one_product_are_two_lines_and_a_code_has_no_case(store: Store) -> None:
    receipt = apply(store, csv_file(row(sku="85123A"), row(sku="85123A"), row(sku="85123a")))

    assert (receipt["booked"], receipt["new_products"], receipt["notes"]) == (3, 1, {"repeated": 2})
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(Variant.sku)).all() == ["85123A"]
        assert view.session.scalars(select(OrderLine.line_number)).all() == [1, 2, 3]


def test_an_order_of_several_moments_has_the_first(store: Store) -> None:
    apply(store, csv_file(row(at="2024-03-01 10:01"), row(at="2024-03-01 10:00")))

    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.ordered_at)).one().isoformat() == "2024-03-01T02:01:00+00:00"


def test_lines_of_an_order_need_not_stand_together(store: Store) -> None:
    receipt = apply(store, csv_file(row("1"), row("2"), row("1")))

    assert (receipt["orders"], receipt["booked"]) == (2, 3)


def test_a_past_row_that_cannot_be_read_is_left_out_alone(store: Store) -> None:
    receipt = apply(
        store,
        csv_file(row("1", at="2024-02-30"), row("1", price="3"), row("2", price="oops"), row("3"), row("", price="7")),
    )

    assert receipt["problems"] == [
        (2, "InvoiceDate", "no_such_date"),
        (4, "UnitPrice", "not_a_number"),
        (6, "InvoiceNo", "missing"),
    ]
    assert totals(receipt) == ("30.2", "11.1", "19.1", "0", "0")
    assert (receipt["booked"], receipt["refused"], receipt["orders"]) == (2, 3, 2)
    assert_adds_up(store)


def test_an_order_to_fulfil_with_a_row_that_cannot_be_read_is_left_out_whole(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 9, sku="MUG")

    receipt = apply(
        store,
        csv_file(row("1", price="oops"), row("1", price="3"), row("1", quantity="-1"), row("3")),
        is_history=False,
    )

    assert receipt["problems"] == [
        (2, "UnitPrice", "not_a_number"),
        (3, "InvoiceNo", "order_incomplete"),
        (4, "Quantity", "negative_quantity"),
    ]
    assert totals(receipt) == ("8.55", "5.1", "3.45", "0", "0")
    assert (receipt["booked"], receipt["refused"]) == (1, 3)
    with store.viewing(SYSTEM) as view:
        level = view.session.scalars(select(StockLevel)).one()
    assert (level.on_hand, level.reserved) == (9, 2)


@pytest.mark.parametrize(
    ("wrong", "column", "kind"),
    [
        (row("2", quantity="0"), "Quantity", "zero_quantity"),
        (row("2", quantity="-1"), "Quantity", "negative_quantity"),
        (row("2", quantity="1.2345"), "Quantity", "too_many_decimals"),
        (row("2", quantity="=2"), "Quantity", "formula"),
        (row("2", quantity=""), "Quantity", "missing"),
        (row("2", price=""), "UnitPrice", "no_price"),
        (row("2", price="-1"), "UnitPrice", "negative_price"),
        (row("2", price="1234567890123456789"), "UnitPrice", "too_many_digits"),
        (row("2", quantity="1000000000", price="1000000000"), "Quantity", "too_large"),
        (row("2", sku=""), "StockCode", "missing"),
        (row("2", sku="S" * 65), "StockCode", "too_long"),
        (row("2", at=""), "InvoiceDate", "missing"),
        (row("2")[:-1], "", "short_row"),
        ((*row("2"), "more"), "", "long_row"),
    ],
)
def test_one_bad_row_is_one_problem_with_its_line_and_column(
    store: Store, wrong: tuple[str, ...], column: str, kind: str
) -> None:
    receipt = apply(store, csv_file(row("1"), wrong, row("3")))

    assert receipt["problems"] == [(3, column, kind)]
    assert (receipt["booked"], receipt["refused"], receipt["booked_total"]) == (2, 1, "10.2")


def test_two_customers_in_one_order_are_refused(store: Store) -> None:
    receipt = apply(store, csv_file(row("1", customer="A"), row("1", customer="B"), row("2", customer="a")))

    assert receipt["problems"] == [(2, "CustomerID", "two_customers"), (3, "CustomerID", "two_customers")]


def test_the_same_number_in_another_channel_is_another_order_and_another_buyer(store: Store) -> None:
    apply(store, csv_file(row("1", customer="17850")), channel="Shop")

    receipt = apply(store, csv_file(row("1", customer="17850")), channel="Market")

    assert (receipt["booked"], receipt["new_customers"]) == (1, 1)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(Customer.code).order_by(Customer.id)).all() == ["17850", "17850@Market"]
    assert apply(store, csv_file(row("1", customer="17850")), channel="Market")["unchanged"] == 1


def test_a_customer_and_product_we_know_are_used_as_they_are(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        customer = a_customer(uow, name="Lotus", code="C7")
        mug = goods(uow, a_warehouse(uow), 5, sku="mug", tax_rate=Decimal("0.13"))

    receipt = apply(store, csv_file(row(sku="MUG")))

    assert (receipt["new_products"], receipt["new_customers"]) == (0, 0)
    with store.viewing(SYSTEM) as view:
        order = view.session.scalars(select(SalesOrder)).one()
        line = view.session.scalars(select(OrderLine)).one()
        level = view.session.scalars(select(StockLevel)).one()
    assert (order.customer_id, line.variant_id) == (customer.id, mug.id)
    assert (line.net_amount, line.tax_amount) == (Decimal("5.10"), 0)
    assert level.on_hand == 5


def test_long_texts_are_cut_to_what_a_document_holds(any_store: Store) -> None:
    header = ("Order ID", "Date", "SKU", "Qty", "Price", "Note", "Category", "Brand", "Region")
    long = tuple(sign * 3000 for sign in "ncbr")
    receipt = apply(
        any_store,
        csv_file(("1", "2024-01-01", "A", "1", "1", *long), ("C2", "2024-01-01", "A", "-1", "1", *long), header=header),
    )

    assert receipt["booked"] == 2
    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.note)).one() == "n" * 1000
        assert view.session.scalars(select(SalesReturn.reason)).one() == "n" * 200


def test_orders_of_today_are_confirmed_with_their_reservation(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = goods(uow, a_warehouse(uow), 5, sku="MUG")

    receipt = apply(
        any_store,
        csv_file(row("1", quantity="3"), row("2", quantity="3"), row("2", sku="POST"), row("3", quantity="2")),
        is_history=False,
    )

    assert receipt["problems"] == [(3, "Quantity", "cannot_reserve"), (4, "Quantity", "cannot_reserve")]
    assert (receipt["booked"], receipt["orders"]) == (2, 2)
    with any_store.viewing(SYSTEM) as view:
        level = view.session.scalars(select(StockLevel)).one()
        states = view.session.execute(
            select(SalesOrder.business_state, SalesOrder.payment_state, SalesOrder.shipment_state)
        ).all()
    assert (level.variant_id, level.on_hand, level.reserved) == (mug.id, 5, 5)
    assert states == [(BusinessState.CONFIRMED, PaymentState.NONE, Progress.NONE)] * 2
    assert_adds_up(any_store)


def test_a_return_of_today_puts_the_goods_on_the_shelf(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5, sku="MUG")

    receipt = apply(store, csv_file(row("C1", quantity="-2"), row("2", quantity="7")), is_history=False)

    with store.viewing(SYSTEM) as view:
        level = view.session.scalars(select(StockLevel)).one()
    assert (receipt["booked"], level.on_hand, level.reserved) == (2, 7, 7)
    assert_adds_up(store)


def test_a_failure_in_the_middle_leaves_nothing_behind(any_store: Store) -> None:
    before = counts(any_store)

    def fail(done: int, total: int, _sentence: str) -> None:
        raise ConnectionError(f"{done} of {total}")

    with pytest.raises(ConnectionError):
        any_store.run(SYSTEM, import_orders, None, read(csv_file(row())), channel="Shop", is_history=True, told=fail)

    assert counts(any_store) == before


def test_the_mapping_of_a_channel_is_remembered(store: Store) -> None:
    apply(store, csv_file(row()), channel="Shop")

    with store.viewing(SYSTEM) as view:
        assert remembered_mapping(view, "shop")["order_number"] == "InvoiceNo"
        assert remembered_mapping(view, "Market") == {}


def test_importing_needs_a_channel_and_the_right_to_import(store: Store) -> None:
    seller = Actor(None, "Li", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
    file = read(csv_file(row()))
    before = counts(store)

    with pytest.raises(ChannelMissing):
        store.run(SYSTEM, import_orders, None, file, channel=" ", is_history=True)
    with pytest.raises(NotAllowed):
        store.run(seller, import_orders, None, file, channel="Shop", is_history=True)
    with pytest.raises(NotAllowed):
        store.run(seller, reverse_batch, None, 1)

    assert counts(store) == before


def test_numbers_of_rows_from_before_are_not_given_twice(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_channel(uow, "Other")
        uow.audit("test.prepared", None)
    apply(store, csv_file(row("1"), row("2")))
    apply(store, csv_file(row("3"), row("4")))

    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.id).order_by(SalesOrder.id)).all() == [1, 2, 3, 4]
        assert view.session.scalars(select(SalesOrder.number).order_by(SalesOrder.id)).all() == [
            f"SO-2026-0000{n}" for n in (1, 2, 3, 4)
        ]
