"""A coupon that some customers do without: refused to them, kept apart from them, and told from them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, get_customer
from core.pricing.errors import CouponRefused
from core.pricing.promotions import add_promotion, issue_coupons, publish_promotion, withdraw_promotion
from core.pricing.rules.holdout import Spent, is_held_out
from core.pricing.rules.promotions import Kind, Off, Promotion
from core.sales.confirm import confirm_order
from core.sales.coupon_effect import EffectCard, coupon_effect
from core.sales.draft import LineDraft, create_order
from core.sales.offers import use_coupon
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import P, Role
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.traces import refused

D = Decimal
BLIND = Actor(None, "blind", frozenset({Role.MANAGER}), permissions_of(frozenset({Role.MANAGER})) - {P.COST_READ})


class Shop:
    """A coupon of 5 off that half of eight customers do without, and mugs at 20 that cost 12."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.house, self.channel = a_warehouse(uow), a_channel(uow)
            self.mug = goods(uow, self.house, 500, retail_price=20, purchase_price=D(12)).id
            self.people = [a_customer(uow, f"Customer {each}").id for each in range(8)]
            five = Promotion(0, Kind.COUPON, name="Five", off=Off(amount=D(5)), held_out=D("0.5"))
            self.coupon = add_promotion(uow, five)
            issue_coupons(uow, self.coupon, ["FIVE"], most_uses=None)
        clock.moment += timedelta(days=1)
        store.run(SYSTEM, publish_promotion, None, self.coupon)
        self.without = [each for each in self.people if is_held_out(self.coupon, each, D("0.5"))]
        self.offered = [each for each in self.people if each not in self.without]

    def draft(self, customer: int, pieces: int = 1) -> int:
        return self.store.run(
            SYSTEM,
            create_order,
            None,
            customer_id=customer,
            channel_id=self.channel,
            warehouse_id=self.house,
            lines=[LineDraft(self.mug, D(pieces))],
        )

    def effect(self, actor: Actor = SYSTEM) -> EffectCard | None:
        with self.store.viewing(actor) as view:
            return coupon_effect(view, self.coupon)


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> Shop:
    return Shop(any_store, clock)


def test_a_code_is_refused_to_who_does_without_and_taken_from_the_others(shop: Shop) -> None:
    assert shop.without
    assert shop.offered
    order = shop.draft(shop.without[0])
    with refused(shop.store, CouponRefused) as refusal:
        shop.store.run(SYSTEM, use_coupon, None, order, "five")
    assert "belongs to the group that does without it" in refusal.value.sentence
    with refused(shop.store, CouponRefused):
        shop.store.run(SYSTEM, issue_coupons, None, shop.coupon, ["OWN"], customer_id=shop.without[0])
    shop.store.run(SYSTEM, use_coupon, None, shop.draft(shop.offered[0]), "five")


def test_a_sale_over_the_counter_always_gets_it(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        for channel in range(20):
            shop.channel = a_channel(uow, f"Counter {channel}")
            entry = CustomerEntry(name="Over the counter", code=f"WALK-IN-{shop.channel}", channel_id=shop.channel)
            customer = get_customer(uow, add_customer(uow, entry)).id
            if is_held_out(shop.coupon, customer, D("0.5")):
                break
    shop.store.run(SYSTEM, use_coupon, None, shop.draft(customer), "five")


def test_both_groups_are_counted_from_the_day_the_coupon_went_live(shop: Shop, clock: FixedClock) -> None:
    used = shop.draft(shop.offered[0], 2)
    shop.store.run(SYSTEM, use_coupon, None, used, "five")
    bought = [used, shop.draft(shop.offered[0]), shop.draft(shop.without[0], 3)]
    with shop.store.working(SYSTEM) as uow:
        late = a_customer(uow, "Came later").id
    for order in (*bought, shop.draft(late, 9)):
        shop.store.run(SYSTEM, confirm_order, None, order)
    shop.draft(shop.without[0], 5)

    card = shop.effect()
    assert card is not None
    assert card.offered.spent == Spent(len(shop.offered), 1, D(55), D(55 * 55))
    assert card.without.spent == Spent(len(shop.without), 1, D(60), D(3600))
    assert (card.offered.redeemed, card.without.redeemed, card.uplift) == (1, 0, None)
    assert (card.offered.margin, card.without.margin) == (D(19), D(24))
    blind = shop.effect(BLIND)
    assert blind is not None
    assert (blind.offered.margin, blind.without.margin) == (None, None)

    shop.store.run(SYSTEM, withdraw_promotion, None, shop.coupon)
    clock.moment += timedelta(days=1)
    shop.store.run(SYSTEM, confirm_order, None, shop.draft(shop.without[0]))
    after = shop.effect()
    assert after == card


def test_only_coupons_have_customers_who_do_without_and_not_nearly_all_of_them(store: Store) -> None:
    tenth = Off(percent=D(10))
    with refused(store, InvalidInput):
        store.run(SYSTEM, add_promotion, None, Promotion(0, Kind.ITEM, "Tenth", off=tenth, held_out=D("0.1")))
    with refused(store, InvalidInput):
        store.run(SYSTEM, add_promotion, None, Promotion(0, Kind.COUPON, "Tenth", off=tenth, held_out=D("0.91")))
    made = store.run(SYSTEM, add_promotion, None, Promotion(0, Kind.COUPON, "Tenth", off=tenth))
    with store.viewing(SYSTEM) as view:
        assert coupon_effect(view, made) is None
