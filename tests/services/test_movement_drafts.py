"""Sheets that are still being entered: what their owner can rely on, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.errors import AppError, InvalidInput, NotFound, ReasonMissing
from core.catalog.errors import ProductHasHistory
from core.catalog.service import delete_product
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.document_queries import document_card
from core.stock.drafts import (
    MovementDraftCard,
    add_to_movement,
    begin_movement,
    book_movement,
    change_movement,
    discard_movement,
    edit_movement,
    find_movement_draft,
    my_movement_drafts,
)
from core.stock.errors import NotEnoughStock, WarehouseClosed
from core.stock.ledger import Line
from core.stock.models import DocumentKind, MovementDraft, MovementDraftLine
from core.stock.queries import stock_levels
from core.stock.service import edit_warehouse
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.pages.app import a_user

KEEPER = frozenset({Role.WAREHOUSE})


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shelf:
    """A warehouse, two products, and two keepers of whom Wei enters the sheets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.house = a_warehouse(uow)
            self.mug = a_product(uow, sku="MUG", name="Mug").id
            self.tea = a_product(uow, sku="TEA", name="Tea").id
        self.wei, self.lin = (
            Actor(a_user(store, Role.WAREHOUSE, username=name), name, KEEPER, permissions_of(KEEPER))
            for name in ("wei", "lin")
        )

    def begin(self, kind: DocumentKind = DocumentKind.RECEIPT, **quantities: int | str) -> int:
        lines = [Line(getattr(self, name), d(count)) for name, count in quantities.items()]
        return self.store.run(self.wei, begin_movement, None, kind=kind, warehouse_id=self.house, lines=lines)

    def card(self, draft: int) -> MovementDraftCard | None:
        with self.store.viewing(self.wei) as view:
            return find_movement_draft(view, draft)

    def on_hand(self) -> dict[str, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.sku: row.on_hand for row in stock_levels(view)}

    def counts(self) -> tuple[int, int, int]:
        """How many drafts, lines of drafts and audit entries there are."""
        with self.store.viewing(SYSTEM) as view:
            tables = (MovementDraft, MovementDraftLine, AuditEntry)
            return tuple(view.session.scalars(select(func.count()).select_from(each)).one() for each in tables)


@pytest.fixture
def shelf(any_store: Store) -> Shelf:
    return Shelf(any_store)


def test_a_draft_keeps_what_was_entered_in_its_order_and_moves_nothing(shelf: Shelf) -> None:
    draft = shelf.begin(tea="0.5")
    shelf.store.run(shelf.wei, add_to_movement, None, draft, [Line(shelf.mug, d(3)), Line(shelf.tea, d(1))])
    shelf.store.run(shelf.wei, edit_movement, None, draft, note=" by lorry ")

    card = shelf.card(draft)
    assert card is not None
    assert (card.kind, card.warehouse_id, card.note) == (DocumentKind.RECEIPT, shelf.house, "by lorry")
    assert list(card.quantities.items()) == [(shelf.tea, d("1.5")), (shelf.mug, d(3))]
    assert shelf.on_hand() == {}


def test_lines_are_changed_and_taken_off(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3, tea=2)
    shelf.store.run(shelf.wei, change_movement, None, draft, {shelf.mug: d(5), shelf.tea: None})
    card = shelf.card(draft)
    assert card is not None
    assert card.quantities == {shelf.mug: d(5)}


def test_booking_makes_one_document_and_ends_the_draft_in_the_same_transaction(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3, tea="0.25")
    shelf.store.run(shelf.wei, edit_movement, None, draft, note="by lorry")
    drafts, lines, entries = shelf.counts()
    document = shelf.store.run(shelf.wei, book_movement, "once", draft)

    assert shelf.on_hand() == {"MUG": d(3), "TEA": d("0.25")}
    assert shelf.counts() == (drafts - 1, lines - 2, entries + 1)
    with shelf.store.viewing(shelf.wei) as view:
        assert (document_card(view, document).note, document_card(view, document).created_by) == ("by lorry", "Wei")
    assert shelf.store.run(shelf.wei, book_movement, "once", draft) == document
    assert shelf.on_hand() == {"MUG": d(3), "TEA": d("0.25")}


def test_what_is_refused_stays_a_draft(shelf: Shelf) -> None:
    shelf.store.run(shelf.wei, book_movement, None, shelf.begin(mug=3))
    draft = shelf.begin(DocumentKind.ISSUE, mug=4)
    with pytest.raises(ReasonMissing):
        shelf.store.run(shelf.wei, book_movement, None, draft)
    shelf.store.run(shelf.wei, edit_movement, None, draft, reason="Sample")
    before = shelf.counts()
    with pytest.raises(NotEnoughStock):
        shelf.store.run(shelf.wei, book_movement, None, draft)
    assert shelf.counts() == before
    card = shelf.card(draft)
    assert card is not None
    assert (card.reason, card.quantities) == ("Sample", {shelf.mug: d(4)})


def test_a_count_of_nothing_is_booked_and_another_kind_needs_another_reason(shelf: Shelf) -> None:
    shelf.store.run(shelf.wei, book_movement, None, shelf.begin(mug=3))
    draft = shelf.begin(DocumentKind.ISSUE, mug=0)
    shelf.store.run(shelf.wei, edit_movement, None, draft, reason="Sample")
    shelf.store.run(shelf.wei, edit_movement, None, draft, kind=DocumentKind.ADJUSTMENT)
    with pytest.raises(ReasonMissing):
        shelf.store.run(shelf.wei, book_movement, None, draft)
    shelf.store.run(shelf.wei, edit_movement, None, draft, reason="Lost")
    shelf.store.run(shelf.wei, book_movement, None, draft)
    assert shelf.on_hand() == {"MUG": d(0)}


def test_drafts_are_their_owners_alone(shelf: Shelf) -> None:
    first, second = shelf.begin(mug=3), shelf.begin(DocumentKind.ISSUE, mug=1, tea=1)
    before = shelf.counts()
    for command, more in (
        (edit_movement, {"note": "mine now"}),
        (add_to_movement, {"lines": [Line(shelf.mug, d(1))]}),
        (change_movement, {"quantities": {shelf.mug: d(1)}}),
        (discard_movement, {}),
        (book_movement, {}),
    ):
        with pytest.raises(NotFound):
            shelf.store.run(shelf.lin, command, None, first, **more)
    with shelf.store.viewing(shelf.lin) as view:
        assert (my_movement_drafts(view), find_movement_draft(view, first)) == ([], None)
    with shelf.store.viewing(shelf.wei) as view:
        assert [(row.id, row.kind, row.lines) for row in my_movement_drafts(view)] == [
            (second, DocumentKind.ISSUE, 2),
            (first, DocumentKind.RECEIPT, 1),
        ]
    assert shelf.counts() == before


def test_a_discarded_draft_is_gone_and_its_id_is_not_used_again(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3)
    shelf.store.run(shelf.wei, discard_movement, None, draft)
    assert (shelf.card(draft), shelf.counts()[:2]) == (None, (0, 0))
    assert shelf.begin(mug=1) > draft
    with pytest.raises(NotFound):
        shelf.store.run(shelf.wei, book_movement, None, draft)
    assert shelf.on_hand() == {}


@pytest.mark.parametrize("quantity", ["-1", "0.0001", "1000000000.001", "1E+19"])
def test_a_quantity_that_cannot_be_is_refused(shelf: Shelf, quantity: str) -> None:
    draft = shelf.begin(mug=3)
    before = shelf.counts()
    with pytest.raises(InvalidInput):
        shelf.store.run(shelf.wei, change_movement, None, draft, {shelf.mug: d(quantity)})
    with pytest.raises(InvalidInput):
        shelf.begin(mug=quantity)
    assert shelf.counts() == before


def test_unknown_products_lines_and_texts_too_long_are_refused(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3)
    before = shelf.counts()
    refused: list[tuple[type[AppError], object, dict[str, object]]] = [
        (NotFound, add_to_movement, {"lines": [Line(999, d(1))]}),
        (NotFound, change_movement, {"quantities": {shelf.tea: d(1)}}),
        (NotFound, edit_movement, {"warehouse_id": 999}),
        (InvalidInput, edit_movement, {"note": "x" * 501}),
    ]
    for error, command, more in refused:
        with pytest.raises(error):
            shelf.store.run(shelf.wei, command, None, draft, **more)
    assert shelf.counts() == before


def test_a_warehouse_closed_meanwhile_is_named_and_another_one_takes_the_goods(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3)
    close = {"code": "MAIN", "name": "MAIN warehouse", "is_active": False}
    shelf.store.run(SYSTEM, edit_warehouse, None, shelf.house, **close)
    with pytest.raises(WarehouseClosed, match="MAIN warehouse is closed"):
        shelf.store.run(shelf.wei, book_movement, None, draft)
    with shelf.store.working(SYSTEM) as uow:
        other = a_warehouse(uow, "EAST")
    shelf.store.run(shelf.wei, edit_movement, None, draft, warehouse_id=other)
    shelf.store.run(shelf.wei, book_movement, None, draft)
    assert shelf.on_hand() == {"MUG": d(3)}


def test_a_product_on_a_draft_is_not_deleted(shelf: Shelf) -> None:
    draft = shelf.begin(mug=3)
    with pytest.raises(ProductHasHistory):
        shelf.store.run(SYSTEM, delete_product, None, shelf.mug)
    card = shelf.card(draft)
    assert card is not None
    assert card.quantities == {shelf.mug: d(3)}
