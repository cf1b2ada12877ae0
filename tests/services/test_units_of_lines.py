"""The unit a line was typed in stays beside what is stored, exactly, and goes where it is not exact any more."""

from decimal import Decimal

import pytest

from core.catalog.typed import find_typed
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.confirm import confirm_order
from core.sales.draft import add_lines, change_line
from core.sales.entry import line_drafts
from core.sales.links import shipment_cards
from core.sales.queries import LineRow, order_card
from core.sales.ship import ship_order
from core.sales.typed_units import price_of_unit, recounted
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods
from tests.soundness import assert_sound


@pytest.fixture
def draft(any_store: Store) -> int:
    """A draft without lines; cups come in boxes of 12, each box with a barcode, and cost 2.50."""
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        cup = goods(uow, house, 99, sku="CUP", unit="个", retail_price="2.50")
        set_units(uow, cup.id, [UnitEntry("箱", 12, 1, ("690012",))], version=cup.product.version)
        return a_draft(uow, house, [])


def typed(store: Store, order: int, text: str) -> LineRow:
    with store.viewing(SYSTEM) as view:
        lines = line_drafts(find_typed(view, text))
    store.run(SYSTEM, add_lines, None, order, lines)
    return line_of(store, order)


def line_of(store: Store, order: int) -> LineRow:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order).lines[0]


@pytest.mark.parametrize("text", ["cup 2箱", "cup*2箱", "690012*2"])
def test_a_line_remembers_boxes_that_were_typed_or_scanned(any_store: Store, draft: int, text: str) -> None:
    line = typed(any_store, draft, text)
    assert (line.quantity, line.typed_quantity, line.typed_unit) == (24, 2, "箱")
    assert (line.unit_price, line.typed_price, line.gross_amount) == (Decimal("2.50"), 30, 60)


@pytest.mark.parametrize("text", ["cup 24", "cup 24个", "cup 1箱12个"])
def test_pieces_and_mixed_units_are_remembered_as_pieces(any_store: Store, draft: int, text: str) -> None:
    line = typed(any_store, draft, text)
    assert (line.quantity, line.typed_quantity, line.typed_unit, line.typed_price) == (24, None, None, None)


def test_boxes_follow_the_quantity_of_their_line_while_that_is_exact(any_store: Store, draft: int) -> None:
    typed(any_store, draft, "cup 2箱")
    line = typed(any_store, draft, "cup 1箱")
    assert (line.quantity, line.typed_quantity) == (36, 3)
    any_store.run(SYSTEM, change_line, None, draft, line.id, quantity=Decimal(30), unit_price=Decimal("2.50"))
    assert line_of(any_store, draft).typed_quantity == Decimal("2.5")
    any_store.run(SYSTEM, change_line, None, draft, line.id, quantity=Decimal(31), unit_price=Decimal("2.50"))
    assert (line_of(any_store, draft).typed_quantity, line_of(any_store, draft).typed_unit) == (None, None)


def test_shipments_and_amendments_speak_of_boxes_too(any_store: Store, draft: int) -> None:
    line = typed(any_store, draft, "cup 2箱")
    any_store.run(SYSTEM, confirm_order, None, draft)
    for quantity in (12, 5):
        any_store.run(SYSTEM, ship_order, None, draft, quantities={line.id: Decimal(quantity)})
    with any_store.viewing(SYSTEM) as view:
        left = [card.lines[0] for card in shipment_cards(view, draft)]
        version = order_card(view, draft).version
    assert [(row.quantity, row.typed_quantity, row.typed_unit) for row in left] == [(12, 1, "箱"), (5, None, None)]
    wishes = [LineWish(Decimal(48), line.id)]
    asked = any_store.run(
        SYSTEM, request_amendment, None, draft, lines=wishes, seen_version=version, reason="more of it"
    )
    assert asked is not None
    any_store.run(SYSTEM, accept_amendment, None, asked, version=1)
    assert line_of(any_store, draft).typed_quantity == 4
    assert_sound(any_store)


def test_counts_and_prices_of_units_are_exact_or_none() -> None:
    assert recounted(Decimal(24), Decimal(2), Decimal(30)) == Decimal("2.5")
    assert recounted(Decimal(24), Decimal(2), Decimal(25)) is None
    assert recounted(Decimal("0.5"), Decimal(6), Decimal("0.25")) == 3
    assert price_of_unit(Decimal("2.3333"), Decimal(24), Decimal(2)) == Decimal("27.9996")
    assert price_of_unit(Decimal(1), Decimal(1), Decimal(3)) is None
