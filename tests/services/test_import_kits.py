"""Files that name kits: booked as their parts, at the price of the row to the cent, and taken back whole."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.base.exact import round_to
from core.catalog.models import ProductKind
from core.exchange.kit_rows import PartOfKit, split
from core.exchange.models import ImportBatch
from core.exchange.problems import Bad
from core.exchange.rules import terms_of
from core.exchange.service import reverse_batch
from core.sales.models import OrderKit, SalesOrder, SalesReturn
from core.sales.queries import OrderCard, order_card
from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_kit, a_product, a_warehouse, goods
from tests.examples import drawn
from tests.kits import shown
from tests.services.import_files import apply, csv_file, row
from tests.soundness import assert_sound


def a_shop(store: Store) -> None:
    """Seven mugs at 20 and nine teas at 10; a gift box of two mugs and a third of a tea each, and an empty kit."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 7, sku="MUG", retail_price=20)
        tea = goods(uow, house, 9, sku="TEA", name="Tea", retail_price=10)
        a_kit(uow, (mug, 2), (tea, Fraction(1, 3)), sku="BOX", retail_price=45)
        a_kit(uow, (mug, 1), sku="ONE", retail_price=45)


def cards(store: Store) -> list[OrderCard]:
    with store.viewing(SYSTEM) as view:
        return [order_card(view, each) for each in view.session.scalars(select(SalesOrder.id).order_by(SalesOrder.id))]


def promised(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.reserved for level in stock_levels(view)}


@pytest.mark.parametrize("is_history", [True, False])
def test_a_row_that_names_a_kit_is_booked_as_its_parts_at_the_price_of_the_row(
    any_store: Store, is_history: bool
) -> None:
    a_shop(any_store)
    content = csv_file(row("1", "box", "3", "33.33"), row("1", "MUG", "1", "19.99"), row("2", "TEA", "1", "9"))

    receipt = apply(any_store, content, is_history=is_history)

    assert (receipt["rows_read"], receipt["booked"], receipt["refused"], receipt["problems"]) == (3, 3, 0, [])
    assert Decimal(receipt["booked_total"]) == Decimal(receipt["file_total"]) == Decimal("128.98")
    assert receipt["notes"]["kits"] == 1
    first, second = cards(any_store)
    assert shown(first) == [("MUG", 6, Decimal("92.30")), ("TEA", 1, Decimal("7.69")), ("MUG", 1, Decimal("19.99"))]
    assert [(kit.sku, kit.quantity, kit.unit_price, kit.gross_amount) for kit in first.kits] == [
        ("BOX", 3, Decimal("33.33"), Decimal("99.99"))
    ]
    assert (first.gross_amount, second.gross_amount) == (Decimal("119.98"), 9)
    assert promised(any_store) == ({"MUG": 0, "TEA": 0} if is_history else {"MUG": 7, "TEA": 2})
    assert_sound(any_store)

    again = apply(any_store, content, is_history=is_history)
    assert (again["booked"], again["unchanged"]) == (0, 3)


def test_refused_rows_of_kits_say_why_and_their_order_waits_whole(any_store: Store) -> None:
    a_shop(any_store)
    with any_store.working(SYSTEM) as uow:
        a_product(uow, sku="EMPTY", kind=ProductKind.KIT)
    content = csv_file(
        row("1", "BOX", "2"), row("1", "MUG"), row("2", "EMPTY", "1"), row("3", "ONE", "9", "5"), row("4", "MUG", "1")
    )

    receipt = apply(any_store, content, is_history=False)

    kinds = [kind for _line, _column, kind in receipt["problems"]]
    assert kinds == ["kit_not_divided", "kit_not_divided", "kit_empty", "cannot_reserve"]
    assert (receipt["booked"], receipt["refused"], receipt["orders"]) == (1, 4, 1)
    assert promised(any_store) == {"MUG": 1, "TEA": 0}
    total = Decimal(receipt["booked_total"]) + Decimal(receipt["refused_total"])
    assert total == Decimal(receipt["file_total"])
    assert_sound(any_store)


def test_a_past_order_gets_the_kit_it_lacks_and_gives_it_back(any_store: Store) -> None:
    a_shop(any_store)
    known = [row("1", "BOX", "3", "33.33"), row("1", "MUG", "1")]
    apply(any_store, csv_file(*known), is_history=True)
    before = shown(cards(any_store)[0])

    grown = apply(any_store, csv_file(*known, row("1", "ONE", "2", "12.345")), is_history=True)

    (card,) = cards(any_store)
    assert (grown["booked"], grown["unchanged"], grown["notes"]["added"]) == (1, 2, 1)
    assert [(kit.sku, kit.quantity, kit.gross_amount) for kit in card.kits] == [
        ("BOX", 3, Decimal("99.99")),
        ("ONE", 2, Decimal("24.69")),
    ]
    assert_sound(any_store)
    with any_store.viewing(SYSTEM) as view:
        newest = view.session.scalars(select(func.max(ImportBatch.id))).one()
    any_store.run(SYSTEM, reverse_batch, None, newest)
    assert shown(cards(any_store)[0]) == before
    with any_store.viewing(SYSTEM) as view:
        assert len(view.session.scalars(select(OrderKit.id)).all()) == 1
    assert_sound(any_store)


def test_a_kit_that_comes_back_in_a_file_comes_back_as_its_parts(any_store: Store) -> None:
    a_shop(any_store)
    receipt = apply(any_store, csv_file(row("C1", "BOX", "-3", "33.33")), is_history=False)
    assert (receipt["booked"], receipt["returns"], receipt["problems"]) == (1, 1, [])
    with any_store.viewing(SYSTEM) as view:
        back = view.session.scalars(select(SalesReturn)).one()
        levels = {level.sku: level.on_hand for level in stock_levels(view)}
    assert back.gross_amount == Decimal("99.99")
    assert levels == {"MUG": 13, "TEA": 10}
    assert_sound(any_store)


ratios = st.fractions(min_value=Fraction(1, 12), max_value=9, max_denominator=12)
parts = st.lists(st.tuples(ratios, st.integers(0, 99_999)), min_size=1, max_size=6)


@settings(max_examples=drawn(50))
@given(parts, st.integers(1, 300), st.integers(0, 9_999_999), st.sampled_from([1, -1]))
def test_the_parts_of_a_row_come_to_the_row_to_the_cent(
    inside: Sequence[tuple[Fraction, int]], count: int, units: int, sign: int
) -> None:
    exact = Decimal(units).scaleb(-3)
    said = terms_of(Decimal(count) * sign, exact * sign, None)
    held = [PartOfKit(n, f"P{n}", "", ratio, Decimal(price).scaleb(-2)) for n, (ratio, price) in enumerate(inside)]
    found = split("KIT", said, held)
    if isinstance(found, Bad):
        assert any((count * ratio * 1000).denominator > 1 for ratio, _price in inside)
        return
    assert sum(part.terms.amount for part in found) == said.amount
    for part in found:
        terms = part.terms
        size, price, off = abs(terms.quantity), terms.unit_price, terms.discount
        assert round_to(size * price) - off == abs(terms.amount)
        assert off >= 0
