"""Traits of one customer: figures of the documents, beside those of all, with the orders that show them."""

from datetime import date, timedelta
from decimal import Decimal

from core.analytics.customers.rules.traits import Paid, Stands, Trait, payment_days, stands, strongest_quarter
from core.analytics.customers.traits import Evidence, alike, traits
from core.analytics.mirror.mirror import Mirror
from core.catalog.models import Category
from core.receivables.models import PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import OrderLine
from core.sales.pay import pay_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import a_product, goods

TODAY = date(2026, 3, 18)


def test_more_less_and_usual() -> None:
    figures = [Decimal(each) for each in ("1.5", "1.49", "0.67", "0.66")]
    assert [stands(each, Decimal(1)) for each in figures] == [Stands.MORE, Stands.USUAL, Stands.USUAL, Stands.LESS]
    assert stands(None, Decimal(1)) == stands(Decimal(1), Decimal(0)) == Stands.USUAL


def test_payment_days_weigh_each_amount_and_the_season_needs_a_year() -> None:
    assert payment_days([Paid(10, Decimal(300)), Paid(50, Decimal(100))]) == 20
    assert payment_days([]) is None
    months = {1: Decimal(10), 5: Decimal(40), 6: Decimal(30), 11: Decimal(20)}
    assert strongest_quarter(months, date(2025, 3, 18), TODAY) == (2, Decimal("0.7"))
    assert strongest_quarter(months, date(2025, 3, 19), TODAY) is None


def test_traits_stand_beside_those_of_all_with_the_orders_that_show_them(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        own, other = till.customers(2)
        ids = [
            till.sell(own, TODAY - timedelta(days=each), [thing], net) for each, net in ((90, 40), (60, 20), (30, 60))
        ]
        for each in (80, 50):
            till.sell(other, TODAY - timedelta(days=each), [thing], 15)
        line = uow.session.query(OrderLine).filter_by(order_id=ids[1]).one()
        line.discount_amount = Decimal(5)
        uow.audit("test.lived", None)
    any_mirror.refresh_now()
    with any_store.viewing(SYSTEM) as view:
        found = {row.trait: row for row in traits(any_mirror, view, own)}
        assert traits(any_mirror, view, other) == ()
    basket = found[Trait.BASKET]
    assert (basket.own, basket.of_all, basket.stands) == (Decimal(40), Decimal(30), Stands.USUAL)
    assert [each.net for each in basket.evidence] == [Decimal(60), Decimal(40), Decimal(20)]
    offers = found[Trait.OFFERS]
    assert (offers.own, offers.of_all, offers.stands) == (Decimal("0.1667"), Decimal("0.1333"), Stands.USUAL)
    assert [each.document_id for each in offers.evidence] == [ids[1]]
    assert (found[Trait.RHYTHM].own, found[Trait.RETURNS].own) == (Decimal(30), Decimal(0))
    assert (found[Trait.CHANNEL].word, found[Trait.CHANNEL].own) == ("Shop", Decimal(1))
    assert Trait.PAYMENT not in found
    assert Trait.SEASON not in found


def test_when_the_money_came_is_told_with_the_slowest_order(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        till = Till(uow)
        mug = goods(uow, till.warehouse_id, 50)
        (own,) = till.customers(1)
        for each in (90, 60, 30):
            till.sell(own, TODAY - timedelta(days=each), [mug])
        head = {"customer_id": own, "channel_id": till.channel_id, "warehouse_id": till.warehouse_id}
        order = confirm_order(uow, create_order(uow, **head, lines=[LineDraft(mug.id, Decimal(2))]))
        pay_order(uow, order, amount=Decimal(20), method=PaymentMethod.CASH, received_on=TODAY)
    any_mirror.refresh_now()
    with any_store.viewing(SYSTEM) as view:
        row = next(row for row in traits(any_mirror, view, own) if row.trait == Trait.PAYMENT)
    assert (row.own, row.of_all) == (Decimal(0), Decimal(0))
    assert [(each.document_id, each.is_return) for each in row.evidence] == [(order, False)]
    assert isinstance(row.evidence[0], Evidence)


def test_who_buys_alike_buys_the_same_categories_and_about_as_much(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        till = Till(uow)
        tea, tools = (a_product(uow, category_id=uow.add(Category(name=name)).id) for name in ("Tea", "Tools"))
        own, twin, big, none, silent = till.customers(5)
        for customer, goods_, net in ((own, tea, 100), (twin, tea, 100), (big, tea, 1000), (none, tools, 100)):
            till.sell(customer, TODAY - timedelta(days=40), [goods_], net)
        uow.audit("test.lived", None)
    any_mirror.refresh_now()
    found = [(each.customer_id, each.likeness, each.net) for each in alike(any_mirror, SYSTEM, own)]
    assert found == [(twin, Decimal(1), Decimal(100)), (big, Decimal("0.5"), Decimal(1000))]
    assert alike(any_mirror, SYSTEM, silent) == []
