"""The bridge and the baskets over a mirror: equal to sums over the documents."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.analytics.affinity import bought_together
from core.analytics.bridge import STEPS, sales_bridge
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM, VISITOR, NotAllowed
from core.work.store import Store
from tests.analytics.shop import Shop
from tests.builders import a_sale, a_warehouse, goods

MONTHS = [date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 1)]


@pytest.mark.parametrize("where", [{}, {"region": ("Kent",)}])
def test_a_bridge_leads_from_net_sales_to_net_sales(any_store: Store, any_mirror: Mirror, where: dict) -> None:
    Shop(any_store, seed=11).open().live(160)
    any_mirror.refresh_now()
    before = Ask(("net_sales",), where=where, since=MONTHS[0], until=MONTHS[1])
    after = Ask(("net_sales",), where=where, since=MONTHS[1], until=MONTHS[2])

    found = sales_bridge(any_mirror, SYSTEM, before, after)

    assert found.before == answer(any_mirror, SYSTEM, before).total("net_sales")
    assert found.after == answer(any_mirror, SYSTEM, after).total("net_sales")
    assert found.before + sum(getattr(found, step) for step in STEPS) == found.after


def test_tea_and_cups_are_bought_together(store: Store, mirror: Mirror) -> None:
    """Of 40 orders 12 hold tea and cups, 3 tea alone, 25 pots: cups come with tea 12 times in 15, else 12 in 40."""
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea, cup, pot = (goods(uow, home, 500, name=name, retail_price=5) for name in ("Tea", "Cup", "Pot"))
        for _ in range(12):
            a_sale(uow, home, [(tea, 1), (cup, 2)])
        for _ in range(3):
            a_sale(uow, home, [(tea, 1)])
        for _ in range(25):
            a_sale(uow, home, [(pot, 1)])
    mirror.refresh_now()
    with store.viewing(SYSTEM) as view:
        ask = Ask(("net_sales",), since=view.today, until=view.today + timedelta(days=1))

    pairs = bought_together(mirror, SYSTEM, ask)

    assert [(pair.first, pair.second, pair.orders) for pair in pairs] == [("Tea", "Cup", 12), ("Cup", "Tea", 12)]
    there = pairs[0]
    assert (there.support, there.confidence, there.lift) == (Decimal("0.3"), Decimal("0.8"), Decimal("2.6667"))
    assert Decimal(1) < there.lift_low < there.lift


def test_who_may_not_analyse_sales_sees_neither(mirror: Mirror) -> None:
    mirror.refresh_now()
    ask = Ask(("net_sales",), since=MONTHS[0], until=MONTHS[1])
    with pytest.raises(NotAllowed):
        sales_bridge(mirror, VISITOR, ask, ask)
    with pytest.raises(NotAllowed):
        bought_together(mirror, VISITOR, ask)
