"""Orders amended after confirmation, on both databases; a refusal leaves every table as it was."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from core.base.errors import NotFound, ReasonMissing, Refusals, StaleVersion
from core.base.flow import IllegalStep
from core.catalog.models import ProductKind
from core.catalog.service import retire_product
from core.receivables.models import PaymentMethod
from core.sales.amend import accept_amendment, decline_amendment, edit_amendment, request_amendment, request_undo
from core.sales.amend_errors import AmendmentOpen, BelowShipped, NotAmendable, NothingAmended, NothingLeft
from core.sales.amend_lines import LineWish
from core.sales.amend_models import AmendmentState
from core.sales.amend_rules import Change
from core.sales.amendments import AmendmentCard, amendments_of
from core.sales.close import cancel_order, complete_order
from core.sales.confirm import confirm_order, hold_order
from core.sales.errors import BelowFloor
from core.sales.models import PaymentState, Progress
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card, order_timeline, shipments_of
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.errors import NotEnoughStock
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_draft, a_product, a_warehouse, goods
from tests.soundness import assert_sound
from tests.traces import refused

SELLER = Actor(None, "Li Lei", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
PACKER = Actor(None, "Wang Wei", frozenset({Role.WAREHOUSE}), permissions_of(frozenset({Role.WAREHOUSE})))


@dataclass(frozen=True)
class Shop:
    """Ten mugs at 11.30 and three plates at 20 (never below 15), and a confirmed order of 4 + 2 of them."""

    store: Store
    warehouse: int
    mug: int
    plate: int
    freight: int
    order: int

    def card(self) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.order)

    def line(self, place: int) -> int:
        return self.card().lines[place].id

    def amendments(self, actor: Actor = SYSTEM) -> list[AmendmentCard]:
        with self.store.viewing(actor) as view:
            return amendments_of(view, self.order)

    def promised(self) -> dict[int, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {level.variant_id: level.reserved for level in stock_levels(view)}

    def ask(self, *lines: LineWish, actor: Actor = SYSTEM, reason: str = "customer called", **more: Any) -> int:
        seen = more.pop("seen_version", self.card().version)
        return self.store.run(
            actor, request_amendment, None, self.order, lines=lines, reason=reason, seen_version=seen, **more
        )

    def accept(self, amendment_id: int, actor: Actor = SYSTEM, version: int = 1) -> None:
        self.store.run(actor, accept_amendment, None, amendment_id, version=version)

    def amend(self, *lines: LineWish, **more: Any) -> None:
        self.accept(self.ask(*lines, **more))


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 10, sku="MUG", retail_price="11.30", tax_rate=Decimal("0.13"))
        plate = goods(uow, warehouse, 3, sku="PLATE", name="Plate", retail_price=20, lowest_price=Decimal(15))
        freight = a_product(uow, sku="FREIGHT", name="Freight", kind=ProductKind.SERVICE, retail_price=30)
        order = a_draft(uow, warehouse, [(mug, 4), (plate, 2)])
        confirm_order(uow, order)
    return Shop(any_store, warehouse, mug.id, plate.id, freight.id, order)


def test_an_accepted_amendment_changes_lines_money_and_promises_together(shop: Shop) -> None:
    before = shop.card()
    asked = shop.ask(
        LineWish(Decimal(6), shop.line(0), unit_price=Decimal("10.17")),
        LineWish(Decimal(0), shop.line(1)),
        LineWish(Decimal(1), variant_id=shop.freight),
        note="by Friday",
    )
    assert shop.card() == before
    assert shop.promised() == {shop.mug: 4, shop.plate: 2}

    shop.accept(asked)

    card = shop.card()
    assert [(line.sku, line.quantity, line.unit_price, line.gross_amount) for line in card.lines] == [
        ("MUG", 6, Decimal("10.17"), Decimal("61.02")),
        ("FREIGHT", 1, 30, 30),
    ]
    assert (card.net_amount, card.tax_amount, card.gross_amount) == (
        Decimal("84.00"),
        Decimal("7.02"),
        Decimal("91.02"),
    )
    assert (card.note, card.revision) == ("by Friday", 1)
    assert card.version > before.version
    assert shop.promised() == {shop.mug: 6, shop.plate: 0}
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.card().shipment == Progress.FULL
    assert_sound(shop.store)


def test_the_preview_shows_lines_money_states_and_stock_before_anything_changes(shop: Shop) -> None:
    shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal("65.20"), method=PaymentMethod.CASH)
    shop.ask(LineWish(Decimal(12), shop.line(0)), LineWish(Decimal(1), shop.line(1)))

    (card,) = shop.amendments()

    assert [(line.sku, line.kind, line.difference) for line in card.lines] == [
        ("MUG", Change.CHANGED, Decimal("90.40")),
        ("PLATE", Change.CHANGED, Decimal("-20.00")),
    ]
    assert (card.before.gross, card.after.gross, card.paid) == (
        Decimal("85.20"),
        Decimal("155.60"),
        Decimal("65.20"),
    )
    assert [(row.sku, row.change, row.available, row.missing) for row in card.stock] == [
        ("MUG", 8, 6, 2),
        ("PLATE", -1, 1, 0),
    ]
    assert card.axes_after is not None
    assert card.axes_after.payment == PaymentState.PARTIAL
    assert not card.can_accept


def test_every_shortage_is_listed_at_once_and_nothing_changes(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(11), shop.line(0)), LineWish(Decimal(5), shop.line(1)))

    with refused(shop.store, Refusals) as caught:
        shop.accept(asked)

    assert isinstance(caught.value, Refusals)
    assert [type(each) for each in caught.value.problems] == [NotEnoughStock, NotEnoughStock]
    assert caught.value.sentence.splitlines() == [
        "Only 6 of MUG Mug available in MAIN warehouse, 7 asked. Reduce it or receive more.",
        "Only 1 of PLATE Plate available in MAIN warehouse, 3 asked. Reduce it or receive more.",
    ]


def test_freed_goods_of_one_line_serve_another_line_of_the_same_amendment(shop: Shop) -> None:
    shop.amend(LineWish(Decimal(0), shop.line(0)), LineWish(Decimal(10), variant_id=shop.mug))

    assert shop.promised() == {shop.mug: 10, shop.plate: 2}
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert_sound(shop.store)


def test_another_product_takes_the_place_of_a_line(shop: Shop) -> None:
    shop.amend(LineWish(Decimal(3), shop.line(1), shop.mug, Decimal(9)))

    assert [(line.line_number, line.sku, line.quantity) for line in shop.card().lines] == [
        (1, "MUG", 4),
        (2, "MUG", 3),
    ]
    assert shop.promised() == {shop.mug: 7, shop.plate: 0}
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    assert shop.promised() == {shop.mug: 0, shop.plate: 0}
    assert_sound(shop.store)


def test_what_has_left_stays_on_the_order_and_the_rest_can_be_let_go(shop: Shop) -> None:
    mugs, plates = shop.line(0), shop.line(1)
    shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={mugs: Decimal(3)})
    asked = shop.ask(LineWish(Decimal(2), mugs))

    with refused(shop.store, BelowShipped):
        shop.accept(asked)

    shop.store.run(SYSTEM, decline_amendment, None, asked, version=1, reason="too few")
    shop.amend(LineWish(Decimal(3), mugs), LineWish(Decimal(0), plates))
    assert shop.card().shipment == Progress.FULL
    assert shop.promised() == {shop.mug: 0, shop.plate: 0}
    assert_sound(shop.store)


def test_more_of_a_delivered_line_makes_the_order_wait_for_the_rest(shop: Shop) -> None:
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    shop.amend(LineWish(Decimal(7), shop.line(0), unit_price=Decimal(200)))

    card = shop.card()
    assert (card.shipment, card.lines[0].gross_amount) == (Progress.PARTIAL, 1400)
    assert shop.promised() == {shop.mug: 3, shop.plate: 0}


def test_a_line_whose_shipment_was_undone_can_be_taken_off(shop: Shop) -> None:
    shipment = shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={shop.line(1): Decimal(2)})
    shop.store.run(SYSTEM, undo_shipment, None, shipment, reason="broken")

    shop.amend(LineWish(Decimal(0), shop.line(1)))

    assert shop.promised() == {shop.mug: 4, shop.plate: 0}
    with shop.store.viewing(SYSTEM) as view:
        assert [(row.is_cancelled, row.quantity) for row in shipments_of(view, shop.order)] == [(True, 0)]
    assert_sound(shop.store)


def test_paying_states_follow_the_new_total(shop: Shop) -> None:
    shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal("85.20"), method=PaymentMethod.CASH)

    shop.amend(LineWish(Decimal(1), shop.line(1)))
    assert shop.card().payment == PaymentState.OVER
    shop.amend(LineWish(Decimal(3), shop.line(1)))
    assert shop.card().payment == PaymentState.PARTIAL


def test_the_lowest_price_needs_a_manager_when_it_is_accepted(shop: Shop) -> None:
    asked = shop.ask(LineWish(line_id=shop.line(1), unit_price=Decimal(14)), actor=SELLER)
    assert [type(each) for each in shop.amendments(SELLER)[0].problems] == [BelowFloor]
    assert shop.amendments()[0].problems == ()

    with refused(shop.store, BelowFloor):
        shop.accept(asked, SELLER)
    shop.accept(asked)

    assert shop.card().lines[1].unit_price == 14
    shop.store.run(SELLER, accept_amendment, None, shop.ask(LineWish(Decimal(1), shop.line(1))), version=1)
    assert (shop.card().lines[1].quantity, shop.card().lines[1].unit_price) == (1, 14)


def test_a_retired_product_can_only_become_less(shop: Shop) -> None:
    shop.store.run(SYSTEM, retire_product, None, shop.mug)
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))

    with refused(shop.store, type(shop.amendments()[0].problems[0])):
        shop.accept(asked)

    version = shop.amendments()[0].version
    shop.store.run(
        SYSTEM,
        edit_amendment,
        None,
        asked,
        lines=[LineWish(Decimal(3), shop.line(0))],
        reason="fewer",
        version=version,
        seen_version=shop.card().version,
    )
    shop.accept(asked, version=version + 1)
    assert shop.card().lines[0].quantity == 3


def test_nothing_is_accepted_on_an_order_that_changed_meanwhile(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))
    shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={shop.line(0): Decimal(1)})
    assert shop.amendments()[0].is_stale

    with refused(shop.store, StaleVersion):
        shop.accept(asked)
    with refused(shop.store, StaleVersion):
        shop.ask(LineWish(Decimal(5), shop.line(0)), seen_version=1)


def test_a_second_part_shipment_counts_as_a_change_although_the_order_says_the_same(shop: Shop) -> None:
    shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={shop.line(0): Decimal(1)})
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))
    shop.store.run(SYSTEM, ship_order, None, shop.order, quantities={shop.line(0): Decimal(1)})

    with refused(shop.store, StaleVersion):
        shop.accept(asked)


def test_an_amendment_that_was_edited_is_not_accepted_unseen(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))
    seen = shop.card().version
    lines = [LineWish(Decimal(6), shop.line(0))]
    shop.store.run(
        SYSTEM, edit_amendment, None, asked, lines=lines, reason="customer called", version=1, seen_version=seen
    )

    with refused(shop.store, StaleVersion):
        shop.accept(asked, version=1)
    with refused(shop.store, StaleVersion):
        shop.store.run(SYSTEM, edit_amendment, None, asked, lines=lines, version=1, seen_version=seen)
    shop.accept(asked, version=2)
    assert shop.card().lines[0].quantity == 6


def test_an_order_has_one_open_amendment_and_each_is_decided_once(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))
    with refused(shop.store, AmendmentOpen):
        shop.ask(LineWish(Decimal(6), shop.line(0)))
    with refused(shop.store, ReasonMissing):
        shop.store.run(SYSTEM, decline_amendment, None, asked, version=1, reason=" ")

    shop.store.run(SYSTEM, decline_amendment, None, asked, version=1, reason="no stock")

    with refused(shop.store, IllegalStep):
        shop.accept(asked, version=2)
    (card,) = shop.amendments()
    assert (card.state, card.declined_because, card.revision) == (AmendmentState.DECLINED, "no stock", None)
    assert shop.card().lines[0].quantity == 4
    shop.amend(LineWish(Decimal(5), shop.line(0)))
    assert [(each.number, each.revision) for each in shop.amendments()] == [
        ("SO-2026-00001/2", 1),
        ("SO-2026-00001/1", None),
    ]


def test_goods_and_money_need_a_reason_and_a_note_alone_does_not(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)), reason=" ")
    with refused(shop.store, ReasonMissing):
        shop.accept(asked)
    shop.store.run(SYSTEM, decline_amendment, None, asked, version=1, reason="no reason given")

    shop.amend(note="ring twice", reason="")

    assert shop.card().note == "ring twice"


def test_an_amendment_changes_something_and_leaves_something(shop: Shop) -> None:
    with refused(shop.store, NothingAmended):
        shop.ask(LineWish(Decimal(4), shop.line(0)))
    with refused(shop.store, NothingLeft):
        shop.ask(LineWish(Decimal(0), shop.line(0)), LineWish(Decimal(0), shop.line(1)))
    with refused(shop.store, NotFound):
        shop.ask(LineWish(Decimal(4), 999))
    with refused(shop.store, NotFound):
        shop.ask(LineWish(Decimal(4), variant_id=999))
    with refused(shop.store, Refusals):
        shop.ask(LineWish(Decimal(-1), shop.line(0)), LineWish(line_id=shop.line(1), discount=Decimal(41)))
    with refused(shop.store, NotAllowed):
        shop.ask(LineWish(Decimal(5), shop.line(0)), actor=PACKER)


def test_orders_that_are_not_confirmed_say_what_to_do_instead(shop: Shop) -> None:
    asked = shop.ask(LineWish(Decimal(5), shop.line(0)))
    shop.store.run(SYSTEM, hold_order, None, shop.order, reason="unpaid")

    with refused(shop.store, NotAmendable) as caught:
        shop.accept(asked)
    assert caught.value.sentence == (
        "SO-2026-00001 is “On hold” and cannot be amended. "
        "Press “Resume” first, so that everybody sees that it goes on."
    )
    shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="no longer wanted")
    with refused(shop.store, NotAmendable):
        shop.accept(asked)
    shop.store.run(SYSTEM, decline_amendment, None, asked, version=1, reason="cancelled")


def test_a_completed_order_is_not_amended(shop: Shop) -> None:
    shop.store.run(SYSTEM, ship_order, None, shop.order)
    shop.store.run(SYSTEM, pay_order, None, shop.order, amount=Decimal("85.20"), method=PaymentMethod.CASH)
    shop.store.run(SYSTEM, complete_order, None, shop.order)

    with refused(shop.store, NotAmendable):
        shop.ask(LineWish(Decimal(5), shop.line(0)))


def test_an_amendment_is_undone_by_another_and_both_versions_stay(shop: Shop) -> None:
    first = shop.card()
    shop.amend(
        LineWish(Decimal(6), shop.line(0), unit_price=Decimal(10)),
        LineWish(Decimal(0), shop.line(1)),
        LineWish(Decimal(1), variant_id=shop.freight),
        note="by Friday",
    )
    done = shop.amendments()[0].id

    shop.accept(
        shop.store.run(
            SYSTEM, request_undo, None, done, seen_version=shop.card().version, reason="customer changed their mind"
        )
    )

    card = shop.card()
    told = [(line.sku, line.quantity, line.unit_price, line.gross_amount) for line in first.lines]
    assert [(line.sku, line.quantity, line.unit_price, line.gross_amount) for line in card.lines] == told
    assert (card.gross_amount, card.note, card.revision) == (first.gross_amount, "", 2)
    assert shop.promised() == {shop.mug: 4, shop.plate: 2}
    undone, made = shop.amendments()
    assert [(row.sku, row.kind) for row in made.lines] == [
        ("MUG", Change.CHANGED),
        ("PLATE", Change.REMOVED),
        ("FREIGHT", Change.ADDED),
    ]
    assert (made.before.gross, made.after.gross, undone.after.gross) == (
        Decimal("85.20"),
        Decimal("90.00"),
        Decimal("85.20"),
    )
    assert_sound(shop.store)


def test_the_story_of_the_order_tells_of_its_amendments(shop: Shop) -> None:
    shop.amend(LineWish(Decimal(5), shop.line(0)), actor=SELLER)

    with shop.store.viewing(SYSTEM) as view:
        accepted, asked, *_ = order_timeline(view, shop.order)
    assert (asked.tag, accepted.tag) == ("order.amendment_requested", "order.amended")
    assert accepted.facts["reason"] == "customer called"
    assert (accepted.facts["gross_before"], accepted.facts["gross_after"]) == ("85.2", "96.5")
    assert accepted.facts["changed"]["revision"] == [0, 1]
