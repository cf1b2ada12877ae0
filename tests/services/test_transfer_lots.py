"""Transfers of named lots: asked for, chosen when they leave, taken back, refused where the lot is not there."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.base.errors import AppError, InvalidInput, NotFound
from core.catalog.models import Tracking
from core.security.actor import SYSTEM
from core.stock.errors import LotUnknown, NotEnoughStock, NotTracked
from core.stock.ledger import Line, LotEntry
from core.stock.lot_queries import lots_on_hand
from core.stock.models import Lot
from core.stock.transfers.errors import MoreOfLotsThanLeaves
from core.stock.transfers.lots import transfer_lots
from core.stock.transfers.models import TransferState
from core.stock.transfers.queries import transfer_card
from core.stock.transfers.service import (
    carry_over,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.services.test_lots import a_lot, a_tracked
from tests.soundness import assert_sound
from tests.traces import refusal_of


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shop:
    """Five of SOON and five of LATE in the East; a serial number A1 is there too."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.east, self.west = a_warehouse(uow, "EAST"), a_warehouse(uow, "WEST")
            self.milk, self.mug = a_tracked(uow), a_product(uow).id
            self.phone = a_tracked(uow, Tracking.SERIAL)
            self.soon = a_lot(uow, self.east, self.milk, "SOON", 5, 5)
            self.late = a_lot(uow, self.east, self.milk, "LATE", 5, 90)
            self.piece = a_lot(uow, self.east, self.phone, "A1", 1)
        self.ends = {"source_id": self.east, "target_id": self.west}

    def run(self, command, *args, **kwargs):
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def request(self, *lines: Line) -> int:
        return self.run(request_transfer, **self.ends, lines=list(lines))

    def refused(self, error: type[AppError], command, *args, **kwargs) -> str:
        return refusal_of(self.store, error, self.run, command, *args, **kwargs).sentence

    def there(self) -> dict[tuple[str, str], Decimal]:
        with self.store.viewing(SYSTEM) as view:
            found = lots_on_hand(view, variant_ids=[self.milk])
            return {(row.number, row.kind + " " + row.warehouse[:4]): row.on_hand for row in found}

    def proposed(self, transfer: int) -> list[tuple[str, Decimal, Decimal, Decimal]]:
        with self.store.viewing(SYSTEM) as view:
            found = transfer_lots(view, transfer)
            return [(row.number, row.free, row.asked, row.proposed) for row in found]


@pytest.fixture
def shop(any_store: Store) -> Shop:
    return Shop(any_store)


def test_the_lot_that_was_asked_for_leaves_arrives_and_comes_back(shop: Shop) -> None:
    transfer = shop.request(Line(shop.milk, d(2), lot=LotEntry("LATE")), Line(shop.milk, d(1)))
    assert shop.proposed(transfer) == [("SOON", 5, 0, 1), ("LATE", 5, 2, 2)]
    shop.run(ship_transfer, transfer)
    on_the_way = {
        ("SOON", "storage EAST"): 4,
        ("LATE", "storage EAST"): 3,
        ("SOON", "transit WEST"): 1,
        ("LATE", "transit WEST"): 2,
    }
    assert shop.there() == on_the_way
    shop.run(receive_transfer, transfer)
    assert shop.there()["LATE", "storage WEST"] == 2
    shop.run(undo_transfer_step, transfer, reason="wrong van")
    assert shop.there() == on_the_way
    shop.run(undo_transfer_step, transfer, reason="wrong van")
    assert shop.there() == {("SOON", "storage EAST"): 5, ("LATE", "storage EAST"): 5}
    assert shop.proposed(transfer) == [("SOON", 5, 0, 1), ("LATE", 5, 2, 2)]
    assert_sound(shop.store)


def test_other_lots_may_be_chosen_when_goods_leave(shop: Shop) -> None:
    transfer = shop.request(Line(shop.milk, d(3), lot_id=shop.late))
    shop.run(
        ship_transfer, transfer, quantities={shop.milk: d(4)}, lots={shop.milk: {shop.soon: d(1), shop.late: d(2)}}
    )
    assert shop.there() == {
        ("SOON", "storage EAST"): 3,
        ("LATE", "storage EAST"): 3,
        ("SOON", "transit WEST"): 2,
        ("LATE", "transit WEST"): 2,
    }
    assert_sound(shop.store)


def test_of_fewer_goods_the_lot_that_was_asked_for_goes(shop: Shop) -> None:
    transfer = shop.request(Line(shop.milk, d(3), lot_id=shop.late), Line(shop.milk, d(2)))
    shop.run(ship_transfer, transfer, quantities={shop.milk: d(2)})
    assert shop.there()["LATE", "transit WEST"] == 2
    with shop.store.viewing(SYSTEM) as view:
        assert transfer_card(view, transfer).lines[0].on_the_way == 2


def test_a_serial_number_is_carried_by_its_name(shop: Shop) -> None:
    transfer = shop.request(Line(shop.phone, d(1), lot=LotEntry("A1")))
    assert shop.proposed(transfer) == [("A1", 1, 1, 1)]
    shop.run(ship_transfer, transfer)
    shop.run(receive_transfer, transfer)
    assert_sound(shop.store)


def test_a_lot_that_is_gone_is_refused_and_another_does_not_go_in_its_place(shop: Shop) -> None:
    transfer = shop.request(Line(shop.milk, d(3), lot_id=shop.late))
    shop.run(carry_over, **shop.ends, lines=[Line(shop.milk, d(3), lot_id=shop.late)])
    assert shop.proposed(transfer) == [("SOON", 5, 0, 0), ("LATE", 2, 3, 3)]
    assert "2" in shop.refused(NotEnoughStock, ship_transfer, transfer)
    with shop.store.viewing(SYSTEM) as view:
        assert transfer_card(view, transfer).state is TransferState.REQUESTED
    shop.run(ship_transfer, transfer, quantities={shop.milk: d(2)})
    assert shop.there()["LATE", "transit WEST"] == 2


@pytest.mark.parametrize("at_once", [False, True])
def test_lots_that_are_none_are_refused_and_none_is_made(shop: Shop, at_once: bool) -> None:
    command = carry_over if at_once else request_transfer

    def refused(error: type[AppError], line: Line) -> None:
        shop.refused(error, command, **shop.ends, lines=[line])

    refused(LotUnknown, Line(shop.milk, d(1), lot=LotEntry("TYPO")))
    refused(NotTracked, Line(shop.mug, d(1), lot=LotEntry("LATE")))
    refused(NotTracked, Line(shop.mug, d(1), lot_id=shop.late))
    refused(NotFound, Line(shop.milk, d(1), lot_id=shop.piece))
    refused(InvalidInput, Line(shop.milk, d(1), lot=LotEntry(" ")))
    with shop.store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).select_from(Lot)) == 3


def test_lots_that_do_not_fit_what_leaves_are_refused(shop: Shop) -> None:
    transfer = shop.request(Line(shop.milk, d(3)))
    for error, lots in (
        (MoreOfLotsThanLeaves, {shop.milk: {shop.soon: d(2), shop.late: d(2)}}),
        (MoreOfLotsThanLeaves, {shop.phone: {shop.piece: d(1)}}),
        (NotFound, {shop.milk: {shop.piece: d(1)}}),
        (InvalidInput, {shop.milk: {shop.soon: d(-1)}}),
    ):
        shop.refused(error, ship_transfer, transfer, lots=lots)
