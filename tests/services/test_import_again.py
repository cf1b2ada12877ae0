"""Importing again: nothing twice, and rows that were refused complete their orders once they are corrected."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.exchange.errors import BatchAddedTo, BatchInUse
from core.exchange.models import ImportAddition
from core.exchange.service import reverse_batch
from core.receivables.models import Payment
from core.sales.models import BusinessState, OrderLine, PaymentState, Progress, ReturnLine, SalesOrder, SalesReturn
from core.security.actor import SYSTEM
from core.stock.models import CUSTOMER, HISTORY, StockLevel, StockMove
from core.work.models import Change
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.services.import_files import HEADER, apply, counts, csv_file, row, totals
from tests.soundness import assert_sound

BAD = {n for n in range(290) if n % 10 == 3}


def year(*, is_corrected: bool) -> bytes:
    """290 rows of 97 orders and 10 returns, of which 29 cannot be read until they are corrected."""
    rows = []
    for n in range(290):
        number, quantity = (f"C{n // 29}", "-1") if n % 29 in {3, 8, 13} else (str(n // 3), "2")
        price = "x" if n in BAD and not is_corrected else f"{n}.005"
        rows.append(row(number, sku=f"SKU-{n % 7}", quantity=quantity, price=price, customer=""))
    return csv_file(*rows, ("",) * len(HEADER), (" ",))


def documents(store: Store) -> tuple[Sequence[object], ...]:
    """Everything that is said of orders and returns, but for versions and the ids of lines."""
    with store.viewing(SYSTEM) as view:
        execute = view.session.execute
        order, line, back, back_line = SalesOrder, OrderLine, SalesReturn, ReturnLine
        return (
            execute(
                select(order.channel_order_number, order.ordered_at, order.gross_amount, order.paid_amount)
                .add_columns(order.payment_state, order.shipment_state, order.business_state, order.content_hash)
                .order_by(order.id)
            ).all(),
            execute(
                select(line.order_id, line.line_number, line.variant_id, line.quantity, line.gross_amount)
                .add_columns(line.shipped_quantity, line.unit_price)
                .order_by(line.order_id, line.line_number)
            ).all(),
            execute(
                select(back.channel_return_number, back.gross_amount, back.state, back.content_hash).order_by(back.id)
            ).all(),
            execute(
                select(
                    back_line.return_id, back_line.line_number, back_line.variant_id, back_line.gross_amount
                ).order_by(back_line.return_id, back_line.line_number)
            ).all(),
        )


def moved(store: Store) -> dict[int, Decimal]:
    """How much of each variant customers got altogether, net of what came back."""
    with store.viewing(SYSTEM) as view:
        total: dict[int, Decimal] = {}
        for variant_id, quantity, target in view.session.execute(
            select(StockMove.variant_id, StockMove.quantity, StockMove.target_id)
        ):
            total[variant_id] = total.get(variant_id, Decimal(0)) + (quantity if target == CUSTOMER else -quantity)
        return {variant_id: quantity for variant_id, quantity in total.items() if quantity}


def test_the_same_file_twice_adds_nothing(any_store: Store) -> None:
    content = csv_file(row("1"), row("2", price="0.333"), row("C3", quantity="-1"), row("4", price="x"))
    apply(any_store, content)
    before = counts(any_store)

    receipt = apply(any_store, content)

    assert (receipt["booked"], receipt["unchanged"], receipt["refused"]) == (0, 3, 1)
    assert totals(receipt) == ("3.216", "0", "0", "3.22", "-0.004")
    log = {"import_batch": 1, "import_problem": 1, "audit_entry": 1, "change_feed": 0}
    after = counts(any_store)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        name: more for name, more in log.items() if more
    }


def test_a_file_that_goes_on_adds_only_what_is_new(store: Store) -> None:
    apply(store, csv_file(row("1")))

    receipt = apply(store, csv_file(row("1"), row("2")))

    assert (receipt["booked"], receipt["unchanged"]) == (1, 1)


def test_an_order_that_changed_since_is_refused_and_says_so(store: Store) -> None:
    apply(store, csv_file(row("1"), row("2")))

    receipt = apply(store, csv_file(row("1", quantity="3"), row("2")))

    assert receipt["problems"] == [(2, "InvoiceNo", "order_changed")]
    assert (receipt["booked"], receipt["unchanged"]) == (0, 1)


def test_29_bad_rows_are_exactly_29_problems_and_corrected_complete_their_orders(any_store: Store) -> None:
    bad, corrected = year(is_corrected=False), year(is_corrected=True)

    first = apply(any_store, bad)

    assert (first["rows_read"], first["refused"], first["booked"]) == (290, 29, 261)
    assert first["problems"] == [(n + 2, "UnitPrice", "not_a_number") for n in sorted(BAD)]
    assert_sound(any_store)

    second = apply(any_store, corrected)

    assert (second["refused"], second["booked"], second["unchanged"], second["notes"]["added"]) == (0, 29, 261, 29)
    assert_sound(any_store)
    third = apply(any_store, corrected)
    assert (third["booked"], third["unchanged"], third["refused"]) == (0, 290, 0)
    fourth = apply(any_store, bad)
    assert (fourth["booked"], fourth["unchanged"], fourth["refused"]) == (0, 261, 29)


def test_lines_added_to_a_past_order_are_shipped_paid_and_in_the_feed(any_store: Store) -> None:
    apply(any_store, csv_file(row("1"), row("1", sku="CUP", price="x"), row("1", sku="POST", price="y"), row("2")))
    with any_store.viewing(SYSTEM) as view:
        seen = max(view.session.scalars(select(Change.seq)))

    receipt = apply(any_store, csv_file(row("1"), row("1", sku="CUP"), row("1", sku="POST", price="3"), row("2")))

    assert totals(receipt) == ("21.3", "11.1", "0", "10.2", "0")
    assert (receipt["orders"], receipt["booked"], receipt["unchanged"]) == (0, 2, 2)
    assert receipt["notes"] == {"added": 2}
    with any_store.viewing(SYSTEM) as view:
        order = view.session.scalars(select(SalesOrder).order_by(SalesOrder.id)).first()
        assert order is not None
        lines = view.session.scalars(
            select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.line_number)
        ).all()
        moves = view.session.scalars(select(StockMove).order_by(StockMove.id)).all()
        payments = view.session.scalars(select(Payment.amount).order_by(Payment.id)).all()
        feed = view.session.execute(select(Change.entity, Change.first_id, Change.last_id).where(Change.seq > seen))
        fed = {entity: (first, last) for entity, first, last in feed}
        assert view.session.scalars(select(StockLevel)).all() == []
    assert (order.gross_amount, order.net_amount, order.paid_amount) == (Decimal("16.20"),) * 3
    assert (order.payment_state, order.shipment_state, order.business_state, order.version) == (
        PaymentState.FULL,
        Progress.FULL,
        BusinessState.COMPLETED,
        2,
    )
    assert [(line.line_number, line.gross_amount, line.shipped_quantity) for line in lines] == [
        (1, Decimal("5.10"), 2),
        (2, Decimal("5.10"), 2),
        (3, Decimal("6.00"), 2),
    ]
    assert [(move.source_id, move.target_id, move.origin_line_id) for move in moves if move.origin_id == order.id] == [
        (HISTORY, CUSTOMER, lines[0].id),
        (HISTORY, CUSTOMER, lines[1].id),
    ]
    assert payments == [Decimal("5.10"), Decimal("5.10"), Decimal("11.10")]
    assert fed["sales_order"] == (order.id, order.id)
    assert fed["stock_move"] == (moves[-1].id, moves[-1].id)
    assert_sound(any_store)


def test_a_return_and_a_free_line_are_completed_too(store: Store) -> None:
    bad = csv_file(row("C1", quantity="-1"), row("C1", quantity="-x"), row("2"), row("2", price="?"))
    apply(store, bad)

    receipt = apply(store, csv_file(row("C1", quantity="-1"), row("C1", quantity="-3"), row("2"), row("2", price="0")))

    assert (receipt["booked"], receipt["booked_total"], receipt["unchanged"]) == (2, "-7.65", 2)
    with store.viewing(SYSTEM) as view:
        returned = view.session.scalars(select(SalesReturn)).one()
        quantities = view.session.scalars(select(ReturnLine.quantity).order_by(ReturnLine.line_number)).all()
        assert len(view.session.scalars(select(Payment)).all()) == 1
    assert (returned.gross_amount, quantities) == (Decimal("10.20"), [1, 3])
    assert_sound(store)


def test_the_second_import_is_taken_back_alone_and_only_before_the_first(any_store: Store) -> None:
    bad, corrected = year(is_corrected=False), year(is_corrected=True)
    first = apply(any_store, bad)["batch_id"]
    before, gone = documents(any_store), moved(any_store)
    second = apply(any_store, corrected)["batch_id"]
    completed, gone_after = documents(any_store), moved(any_store)
    kept = counts(any_store)

    with pytest.raises(BatchAddedTo) as refusal:
        any_store.run(SYSTEM, reverse_batch, None, first)

    assert refusal.value.sentence == (
        "The import of orders.csv cannot be reversed yet: import 2 (orders.csv) added lines to 28 of its documents. "
        "Reverse import 2 first."
    )
    assert counts(any_store) == kept

    any_store.run(SYSTEM, reverse_batch, None, second)

    assert standing(documents(any_store)) == standing(before)
    assert moved(any_store) == gone
    assert_sound(any_store)

    again = apply(any_store, corrected)

    assert (again["booked"], again["unchanged"]) == (29, 261)
    assert standing(documents(any_store)) == standing(completed)
    assert moved(any_store) == gone_after
    assert_sound(any_store)

    any_store.run(SYSTEM, reverse_batch, None, again["batch_id"])
    any_store.run(SYSTEM, reverse_batch, None, first)

    assert moved(any_store) == {}
    with any_store.viewing(SYSTEM) as view:
        assert set(view.session.scalars(select(SalesOrder.business_state))) == {BusinessState.CANCELLED}
        assert sum(view.session.scalars(select(Payment.amount))) == 0
    assert_sound(any_store)
    assert apply(any_store, corrected)["booked"] == 290
    assert_sound(any_store)


def test_what_was_added_in_two_steps_is_taken_back_in_two(store: Store) -> None:
    files = [
        csv_file(row("1"), row("1", sku="CUP", price=cup), row("1", sku="JUG", price=jug))
        for cup, jug in (("x", "x"), ("2", "x"), ("2", "3"))
    ]
    first, second, third = (apply(store, content)["batch_id"] for content in files)

    with pytest.raises(BatchAddedTo):
        store.run(SYSTEM, reverse_batch, None, second)
    for batch_id in (third, second, first):
        store.run(SYSTEM, reverse_batch, None, batch_id)
        assert_sound(store)

    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.business_state)).all() == [BusinessState.CANCELLED]


def test_a_completed_order_that_went_on_is_not_taken_apart(store: Store) -> None:
    apply(store, csv_file(row("1"), row("1", price="x")))
    second = apply(store, csv_file(row("1"), row("1", price="2")))["batch_id"]
    with store.working(SYSTEM) as uow:
        uow.session.scalars(select(SalesOrder)).one().note = "Claimed on 3 April"
        uow.audit("test.prepared", None)
    before = counts(store)

    with pytest.raises(BatchInUse):
        store.run(SYSTEM, reverse_batch, None, second)

    assert counts(store) == before


@pytest.mark.parametrize(
    "rows",
    [
        (row("1", quantity="3"), row("1", sku="CUP")),
        (row("1", price="2.56"), row("1", sku="CUP")),
        (row("1", sku="JUG"), row("1", sku="CUP")),
        (row("1", customer="C8"), row("1", sku="CUP", customer="C8")),
        (row("1", at="2024-03-02"), row("1", sku="CUP", at="2024-03-02")),
        (row("1", country="France"), row("1", sku="CUP", country="France")),
        (row("1", sku="CUP"), row("1", sku="CUP")),
        (row("1", sku="CUP"), row("1", price="x")),
    ],
    ids=["quantity", "price", "product", "customer", "date", "region", "booked line gone", "booked line unreadable"],
)
def test_an_order_whose_booked_lines_stand_otherwise_in_the_file_is_refused(
    store: Store, rows: tuple[tuple[str, ...], ...]
) -> None:
    apply(store, csv_file(row("1"), row("1", sku="CUP", price="x")))
    before = documents(store)

    receipt = apply(store, csv_file(*rows))

    assert receipt["booked"] == receipt["unchanged"] == 0
    assert (2, "InvoiceNo", "order_changed") in receipt["problems"]
    assert documents(store) == before


def test_a_booked_line_that_cannot_be_read_any_more_changes_nothing(store: Store) -> None:
    apply(store, csv_file(row("1"), row("1", sku="CUP")))

    receipt = apply(store, csv_file(row("1"), row("1", sku="CUP", price="x")))

    assert (receipt["booked"], receipt["unchanged"], receipt["problems"]) == (0, 1, [(3, "UnitPrice", "not_a_number")])
    assert apply(store, csv_file(row("1")))["problems"] == [(2, "InvoiceNo", "order_changed")]


def test_an_order_to_fulfil_is_never_added_to(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 9, sku="MUG")
    apply(store, csv_file(row("1")), is_history=False)
    before = documents(store)

    past = apply(store, csv_file(row("1"), row("1", sku="POST")))
    live = apply(store, csv_file(row("1"), row("1", sku="POST")), is_history=False)

    for receipt in (past, live):
        assert (receipt["booked"], {kind for _line, _column, kind in receipt["problems"]}) == (0, {"order_changed"})
    assert documents(store) == before
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(ImportAddition)).all() == []


def standing(found: tuple[Sequence[object], ...]) -> list[list[str]]:
    """The same whatever else was cancelled in between."""
    return [[str(each) for each in some if "cancelled" not in str(each)] for some in found]
