"""What goes together and what to offer next: exact counts, and nothing that cannot be delivered or does not pay."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.analytics.customers.among import among
from core.analytics.customers.next_product import next_best, pairs_of, tried
from core.analytics.customers.rules.affinity import Together
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.catalog.models import Variant
from core.catalog.service import retire_product
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import goods

TODAY = date(2026, 3, 18)


def test_lift_and_its_lower_bound() -> None:
    found = Together(with_first=60, with_second=30, with_both=30, orders=100)
    assert found.confidence == 0.5
    assert found.lift == pytest.approx(5 / 3)
    assert found.lowest_lift == pytest.approx(1.4202, abs=1e-4)
    assert found.is_rule
    assert not Together(60, 30, 9, 100).is_rule
    assert not Together(60, 30, 20, 100).is_rule


def a_shop(store: Store) -> tuple[Till, dict[str, Variant], int]:
    """Half of those who buy tea buy a cup with it; cake goes with a fork nine times only. One customer bought tea."""
    with store.working(SYSTEM) as uow:
        till = Till(uow)
        things = {name: goods(uow, till.warehouse_id, 50, sku=name, name=name.title()) for name in ("TEA", "CUP")}
        things |= {name: goods(uow, till.warehouse_id, 50, sku=name, name=name.title()) for name in ("CAKE", "FORK")}
        own, *others = till.customers(101)
        tea, cup, cake, fork = things.values()
        for number, customer in enumerate(others):
            lines = [tea, cup] if number < 30 else [tea] if number < 59 else [cake, fork] if number < 68 else [cake]
            till.sell(customer, TODAY - timedelta(days=200 - number), lines)
        till.sell(own, TODAY - timedelta(days=20), [tea])
        uow.audit("test.lived", None)
    return till, things, own


def test_pairs_are_counted_exactly(any_store: Store, any_mirror: Mirror) -> None:
    _till, things, _own = a_shop(any_store)
    any_mirror.refresh_now()
    together = Together(with_first=60, with_second=30, with_both=30, orders=101)
    assert [(each.first_id, each.second_id) for each in pairs_of(any_mirror, SYSTEM)] == [
        (things["TEA"].id, things["CUP"].id),
        (things["CUP"].id, things["TEA"].id),
    ]
    assert pairs_of(any_mirror, SYSTEM, things["TEA"].id)[0].together == together
    assert pairs_of(any_mirror, SYSTEM, things["CAKE"].id) == []


def test_pairs_are_counted_among_chosen_customers_and_shown_of_chosen_goods(store: Store, mirror: Mirror) -> None:
    _till, things, _own = a_shop(store)
    with store.viewing(SYSTEM) as view:
        others = view.session.scalars(select(SalesOrder.customer_id).order_by(SalesOrder.id)).all()
    mirror.refresh_now()
    both = among(mirror, SYSTEM, Ask(("net_sales",), where={"customer": (*others[:30], *others[59:-1])}))
    (pair, _back) = pairs_of(mirror, SYSTEM, chosen=both)
    assert pair.together == Together(with_first=30, with_second=30, with_both=30, orders=71)
    tea_only = among(mirror, SYSTEM, Ask(("net_sales",), where={"customer": tuple(others[30:59])}))
    assert pairs_of(mirror, SYSTEM, chosen=tea_only) == []
    assert pairs_of(mirror, SYSTEM, goods={things["CAKE"].id}) == []
    assert len(pairs_of(mirror, SYSTEM, goods={things["CUP"].id})) == 2


def test_a_cup_is_offered_to_who_bought_tea_with_its_reason(any_store: Store, any_mirror: Mirror) -> None:
    _till, things, own = a_shop(any_store)
    any_mirror.refresh_now()
    with any_store.viewing(SYSTEM) as view:
        (offer,) = next_best(any_mirror, view, own)
    assert (offer.variant_id, offer.sku, offer.because) == (things["CUP"].id, "CUP", "Tea")
    assert (offer.price, offer.available) == (Decimal(10), Decimal(50))
    assert offer.together == Together(60, 30, 30, 101)


@pytest.mark.parametrize("reason", ["bought", "gone", "dear"])
def test_nothing_is_offered_that_was_just_bought_or_is_gone_or_does_not_pay(
    store: Store, mirror: Mirror, reason: str
) -> None:
    till, things, own = a_shop(store)
    with store.working(SYSTEM) as uow:
        cup = uow.session.get(Variant, things["CUP"].id)
        assert cup is not None
        if reason == "bought":
            till.uow = uow
            till.sell(own, TODAY - timedelta(days=90), [cup])
        elif reason == "gone":
            retire_product(uow, cup.id)
        else:
            cup.purchase_price = Decimal("9.60")
        uow.audit("test.lived", None)
    mirror.refresh_now()
    with store.viewing(SYSTEM) as view:
        assert next_best(mirror, view, own) == []


def test_offers_are_tried_on_the_last_ninety_days(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        till = Till(uow)
        tea, cup, cake = (goods(uow, till.warehouse_id, 50, sku=name) for name in ("TEA", "CUP", "CAKE"))
        for number, customer in enumerate(till.customers(100, "Past")):
            till.sell(customer, TODAY - timedelta(days=250), [tea, cup] if number < 40 else [cake])
        tasters = till.customers(8, "Tea")
        for number, customer in enumerate(tasters):
            till.sell(customer, TODAY - timedelta(days=120), [tea])
            till.sell(customer, TODAY - timedelta(days=30), [cup] if number < 6 else [cake])
        uow.audit("test.lived", None)
    any_mirror.refresh_now()
    found = tried(any_mirror, SYSTEM)
    assert found is not None
    assert (found.since, found.until) == (TODAY - timedelta(days=90), TODAY)
    assert (found.offers.orders, found.offers.predicted, found.offers.bought, found.offers.hits) == (8, 8, 8, 6)
    assert (found.best_sellers.predicted, found.best_sellers.hits) == (16, 8)
    first = among(any_mirror, SYSTEM, Ask(("net_sales",), where={"customer": tuple(tasters[:4])}))
    some = tried(any_mirror, SYSTEM, first)
    assert some is not None
    assert (some.offers.orders, some.offers.predicted, some.offers.hits) == (4, 4, 4)


def test_a_shop_without_pairs_has_nothing_to_try(store: Store, mirror: Mirror) -> None:
    mirror.refresh_now()
    assert tried(mirror, SYSTEM) is None
    with store.viewing(SYSTEM) as view:
        assert next_best(mirror, view, 1) == []
