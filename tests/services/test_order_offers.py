"""Promotions on orders: what draft lines get, what is counted at confirmation, and what goes back."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select

from core.base.tax import TaxRounding
from core.pricing.errors import CouponRefused, UnknownCode
from core.pricing.models import Coupon, PromotionOffer, PromotionUse
from core.pricing.promotions import add_promotion, withdraw_promotion
from core.pricing.rules.promotions import Items, Kind, Off, Promotion, Step
from core.sales.again import copy_order
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.close import cancel_order, reopen_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, change_line, create_order, edit_order, remove_line
from core.sales.errors import BelowFloor, GiftLine, OffersChanged
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.memory import last_prices
from core.sales.models import SalesOrder, SalesReturn
from core.sales.offer_trial import try_on_orders
from core.sales.offers import apply_again, drop_coupon, use_coupon
from core.sales.queries import LineRow, OrderCard, order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_customer, a_promotion, a_warehouse, goods
from tests.returns import a_return, everything

REP = Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
TEN_OFF = {"steps": (Step(Decimal(100), Off(amount=Decimal(10))),)}


def a_cart(uow: UnitOfWork, *lines: tuple[str, int], **fields: object) -> int:
    """A draft of new products at these prices, of each so many; there is enough of everything."""
    house = a_warehouse(uow)
    drafts = [
        LineDraft(goods(uow, house, 100, retail_price=price, **fields).id, Decimal(count)) for price, count in lines
    ]
    return create_order(
        uow, customer_id=a_customer(uow).id, channel_id=a_channel(uow), warehouse_id=house, lines=drafts
    )


def card(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def first(store: Store, order_id: int) -> LineRow:
    return card(store, order_id).lines[0]


def used(store: Store) -> tuple[int, Decimal, int]:
    """How often the one promotion was used, what it cost, and how many uses stand."""
    with store.viewing(SYSTEM) as view:
        offer = view.session.scalars(select(PromotionOffer)).one()
        standing = view.session.scalars(select(PromotionUse.id).where(PromotionUse.released_at.is_(None))).all()
    return offer.used_count, offer.spent, len(standing)


@pytest.mark.parametrize("tax_rounding", TaxRounding)
def test_a_discount_on_the_order_is_spread_over_its_lines_to_the_cent(
    any_store: Store, tax_rounding: TaxRounding
) -> None:
    any_store.settings = any_store.settings.model_copy(update={"tax_rounding": tax_rounding})
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, name="100-10", **TEN_OFF)
        order = a_cart(uow, ("33.33", 1), ("33.33", 1), ("33.35", 1), tax_rate=Decimal("0.13"))
    found = card(any_store, order)
    assert [line.discount for line in found.lines] == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    assert found.gross_amount == Decimal("90.01") == sum(line.gross_amount for line in found.lines)
    assert found.net_amount + found.tax_amount == found.gross_amount
    assert found.tax_amount == sum(line.tax_amount for line in found.lines)
    assert found.lines[0].price_trace["offers"] == [{"promotion": 1, "name": "100-10", "amount": "3.33"}]
    assert found.offers["tried"] == [
        {"promotion": 1, "name": "100-10", "verdict": "applied", "amount": "10", "missing": "0"}
    ]


def test_promotions_follow_every_change_of_the_draft(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, **TEN_OFF)
        order = a_cart(uow, ("30", 3))
        more = LineDraft(goods(uow, 1, 5, retail_price=20).id, Decimal(1))
    assert (card(any_store, order).gross_amount, card(any_store, order).offers["tried"][0]["missing"]) == (90, "10")
    added = any_store.run(SYSTEM, add_line, None, order, more)
    assert card(any_store, order).gross_amount == 100
    any_store.run(SYSTEM, remove_line, None, order, added)
    assert card(any_store, order).gross_amount == 90
    line = first(any_store, order)
    change = {"quantity": Decimal(4), "unit_price": line.unit_price, "discount": Decimal(5)}
    any_store.run(SYSTEM, change_line, None, order, line.id, **change)
    line = first(any_store, order)
    assert (line.discount, line.offered, line.by_hand, line.gross_amount) == (15, 10, 5, 105)
    any_store.run(SYSTEM, withdraw_promotion, None, 1)
    any_store.run(SYSTEM, apply_again, None, order)
    line = first(any_store, order)
    assert (line.discount, line.by_hand, card(any_store, order).offers) == (5, 5, None)


def test_a_typed_price_stays_typed_and_promotions_leave_its_line_alone(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.ITEM, off=Off(percent=Decimal(20)))
        order = a_cart(uow, ("10", 10), ("10", 1))
    line = first(store, order)
    assert (line.unit_price, line.gross_amount) == (10, 80)
    store.run(SYSTEM, change_line, None, order, line.id, quantity=Decimal(10), unit_price=Decimal(9))
    assert [(each.unit_price, each.gross_amount) for each in card(store, order).lines] == [(9, 90), (10, 8)]


def test_a_promotion_may_go_below_the_floor_and_a_rep_may_not(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.ITEM, off=Off(percent=Decimal(50)))
        order = a_cart(uow, ("10", 2), lowest_price=Decimal(9))
    line = first(store, order)
    assert line.gross_amount == 10
    change = {"quantity": Decimal(2), "unit_price": line.unit_price, "discount": Decimal(3)}
    with pytest.raises(BelowFloor):
        store.run(REP, change_line, None, order, line.id, **change)
    assert first(store, order) == line


def test_promotions_are_those_of_the_customer_and_channel_of_the_order(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        hers, shop = a_customer(uow, tags=["VIP"]), a_channel(uow)
        tag = uow.session.execute(select(hers.tags[0].__class__.id)).scalar_one()
        a_promotion(uow, Kind.ITEM, off=Off(percent=Decimal(10)), tags=frozenset({tag}))
        order = a_cart(uow, ("10", 1))
    assert card(store, order).offers["tried"][0]["verdict"] == "not_for_customer"
    head = {"channel_id": shop, "warehouse_id": 1, "sales_rep_id": None, "region": "", "note": ""}
    store.run(SYSTEM, edit_order, None, order, customer_id=hers.id, **head)
    assert card(store, order).gross_amount == 9


def test_coupons_are_entered_counted_at_confirmation_and_freed_when_called_off(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.COUPON, "SPRING", off=Off(amount=Decimal(5)), name="Spring")
        order = a_cart(uow, ("10", 2))
    assert card(any_store, order).gross_amount == 20
    any_store.run(SYSTEM, use_coupon, None, order, "spring")
    assert (card(any_store, order).gross_amount, used(any_store)) == (15, (0, 0, 0))
    any_store.run(SYSTEM, drop_coupon, None, order, "SPRING")
    assert card(any_store, order).gross_amount == 20
    any_store.run(SYSTEM, use_coupon, None, order, "SPRING")
    any_store.run(SYSTEM, confirm_order, None, order)
    assert used(any_store) == (1, 5, 1)
    any_store.run(SYSTEM, cancel_order, None, order, reason="Changed her mind")
    assert used(any_store) == (0, 0, 0)
    any_store.run(SYSTEM, reopen_order, None, order)
    any_store.run(SYSTEM, confirm_order, None, order)
    assert (card(any_store, order).gross_amount, used(any_store)) == (15, (1, 5, 1))
    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(Coupon.used_count)) == 1


def test_a_coupon_that_gives_nothing_is_refused_and_changes_nothing(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.COUPON, "BIG", off=Off(amount=Decimal(5)), min_amount=Decimal(100))
        order = a_cart(uow, ("10", 2))
    before = everything(store)
    with pytest.raises(CouponRefused, match="amount is too small"):
        store.run(SYSTEM, use_coupon, None, order, "BIG")
    with pytest.raises(UnknownCode):
        store.run(SYSTEM, use_coupon, None, order, "NOBODY")
    assert everything(store) == before


def test_a_coupon_that_ended_meanwhile_does_not_stop_the_draft_and_is_not_confirmed_unseen(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        made = a_promotion(uow, Kind.COUPON, "SPRING", off=Off(amount=Decimal(5)))
        order = a_cart(uow, ("10", 2))
    store.run(SYSTEM, use_coupon, None, order, "SPRING")
    store.run(SYSTEM, withdraw_promotion, None, made)
    before = everything(store)
    with pytest.raises(OffersChanged, match="15.*20"):
        store.run(SYSTEM, confirm_order, None, order)
    assert everything(store) == before
    store.run(SYSTEM, apply_again, None, order)
    assert (card(store, order).gross_amount, card(store, order).offers["refused"]) == (20, {"SPRING": "over"})
    store.run(SYSTEM, confirm_order, None, order)
    assert used(store) == (0, 0, 0)


def test_of_two_orders_confirmed_at_once_one_gets_the_last_use(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, total_uses=1, **TEN_OFF)
        orders = [a_cart(uow, ("100", 1)), create_like(uow)]
    both, refused = Barrier(2), []

    def confirm(order: int) -> None:
        both.wait()
        try:
            any_store.run(SYSTEM, confirm_order, None, order)
        except (CouponRefused, OffersChanged) as refusal:
            refused.append((order, refusal))

    threads = [Thread(target=confirm, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert used(any_store) == (1, 10, 1)
    late = refused[0][0]
    any_store.run(SYSTEM, apply_again, None, late)
    any_store.run(SYSTEM, confirm_order, None, late)
    assert (card(any_store, late).gross_amount, used(any_store)) == (100, (1, 10, 1))


def create_like(uow: UnitOfWork, variant_id: int = 1) -> int:
    """Another draft of what is there, of another customer."""
    lines = [LineDraft(variant_id, Decimal(1))]
    return create_order(uow, customer_id=a_customer(uow).id, channel_id=1, warehouse_id=1, lines=lines)


def test_a_gift_stands_on_the_order_leaves_with_it_and_can_be_declined(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        gift = goods(uow, a_warehouse(uow, "GIFT"), 1, retail_price=3).id
        terms = {"buy_quantity": Decimal(2), "repeats": True, "adds_variant": gift, "off": Off(percent=Decimal(100))}
        a_promotion(uow, Kind.BUY_GET, name="Two and one", **terms)
        order = a_cart(uow, ("10", 4))
    found = card(any_store, order)
    assert [(line.quantity, line.gross_amount, line.is_gift) for line in found.lines] == [(4, 40, False), (2, 0, True)]
    with pytest.raises(GiftLine, match="Two and one"):
        any_store.run(SYSTEM, change_line, None, order, found.lines[1].id, quantity=Decimal(9), unit_price=Decimal(0))
    any_store.run(SYSTEM, remove_line, None, order, found.lines[1].id)
    assert [line.quantity for line in card(any_store, order).lines] == [4]
    any_store.run(SYSTEM, apply_again, None, order)
    assert [line.quantity for line in card(any_store, order).lines] == [4, 2]


def test_a_part_that_comes_back_takes_its_exact_share_along(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, **TEN_OFF)
        order = a_cart(uow, ("33.34", 3))
    store.run(SYSTEM, confirm_order, None, order)
    store.run(SYSTEM, ship_order, None, order)
    assert card(store, order).gross_amount == Decimal("90.02")
    for _each in range(3):
        a_return(store, order, 1)
    with store.viewing(SYSTEM) as view:
        parts = view.session.scalars(select(SalesReturn.gross_amount).order_by(SalesReturn.id)).all()
    assert parts == [Decimal("30.01"), Decimal("30.00"), Decimal("30.01")]


def test_an_amendment_keeps_what_promotions_gave_and_a_new_discount_replaces_it(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.LADDER, **TEN_OFF)
        order = a_cart(uow, ("50", 2), ("50", 1))
    store.run(SYSTEM, confirm_order, None, order)
    found = card(store, order)
    wishes = [LineWish(Decimal(3), found.lines[0].id), LineWish(None, found.lines[1].id, discount=Decimal(1))]
    made = store.run(SYSTEM, request_amendment, None, order, lines=wishes, seen_version=found.version, reason="More")
    store.run(SYSTEM, accept_amendment, None, made, version=1)
    lines = card(store, order).lines
    assert [(line.quantity, line.offered, line.by_hand) for line in lines] == [(3, Decimal("6.67"), 0), (1, 0, 1)]


def test_where_no_promotion_runs_orders_look_once_and_nothing_more(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        order = a_cart(uow, ("10", 2))
    seen: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *facts: seen.append(facts[2]))
    store.run(SYSTEM, confirm_order, None, order)
    assert [each for each in seen if "promotion" in each] == [each for each in seen if "FROM promotion" in each]
    assert len([each for each in seen if "FROM promotion" in each]) == 1
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.offers)).all() == [None]


def test_only_the_items_of_a_promotion_are_reduced(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        order = a_cart(uow, ("10", 1), ("20", 1))
        a_promotion(uow, Kind.ITEM, off=Off(percent=Decimal(50)), items=Items(variants=frozenset({2})))
    with pytest.raises(OffersChanged, match="30.*20"):
        store.run(SYSTEM, confirm_order, None, order)
    store.run(SYSTEM, apply_again, None, order)
    assert [line.gross_amount for line in card(store, order).lines] == [10, 10]


def test_a_draft_is_tried_on_past_orders_and_changes_none_of_them(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        orders = [a_cart(uow, ("100", 1), purchase_price=Decimal(60)), create_like(uow)]
        small = create_like(uow, goods(uow, 1, 5, retail_price=30).id)
        for each in (*orders, small):
            confirm_order(uow, each)
        made = add_promotion(uow, Promotion(0, Kind.LADDER, "100-10", total_uses=1, **TEN_OFF))
    before = everything(any_store)
    with any_store.viewing(SYSTEM) as view:
        today = view.today
        tried = try_on_orders(view, made, since=today, until=today + timedelta(days=1))
    assert (tried.touched, tried.orders, tried.revenue_before, tried.revenue_after) == (1, 3, 230, 220)
    assert tried.margin == (110, 100)
    assert [(row.order_id, row.before, row.after, row.saved) for row in tried.rows] == [(orders[0], 100, 90, 10)]
    with any_store.viewing(REP) as view, pytest.raises(NotAllowed):
        try_on_orders(view, made, since=today, until=today)
    assert everything(any_store) == before


def test_a_gift_is_neither_copied_nor_a_last_price(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        gift = goods(uow, a_warehouse(uow, "GIFT"), 9, retail_price=3).id
        made = a_promotion(
            uow, Kind.BUY_GET, buy_quantity=Decimal(2), adds_variant=gift, repeats=True, off=Off(percent=Decimal(100))
        )
        order = a_cart(uow, ("10", 2))
    store.run(SYSTEM, set_fulfilment_rule, None, other_warehouses=True)
    store.run(SYSTEM, confirm_order, None, order)
    store.run(SYSTEM, withdraw_promotion, None, made)
    again = store.run(SYSTEM, copy_order, None, order)
    assert [line.quantity for line in card(store, again).lines] == [2]
    with store.viewing(SYSTEM) as view:
        assert last_prices(view, card(store, order).customer_id, gift).last == ()
