"""What is new and what fades is what the answers for both periods say, worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from core.analytics.bridge import Sold as SoldOfOne
from core.analytics.bridge import _sold, bridge_of, sales_bridge
from core.analytics.came_and_went import fading, newcomers
from core.analytics.layer.answer import answer, known_of, today_of
from core.analytics.layer.ask import Ask
from core.analytics.layer.compose import rendered
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM, VISITOR, NotAllowed
from core.work.store import Store
from tests.analytics.shop import Shop

MONTHS = [date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 1)]


def between(by: str, since: date, until: date) -> Ask:
    return Ask(("net_sales",), (by,), since=since, until=until)


def amounts(mirror: Mirror, ask: Ask) -> dict[object, Decimal]:
    found = answer(mirror, SYSTEM, ask)
    return dict(zip((key[0] for key in found.keys), found.figures("net_sales"), strict=True))  # type: ignore[arg-type]


def test_what_is_new_and_what_fades_follows_from_both_answers(store: Store, mirror: Mirror) -> None:
    Shop(store, seed=5).open().live(160)
    mirror.refresh_now()
    for by in ("product", "customer", "category", "sku"):
        then, now = between(by, *MONTHS[:2]), between(by, *MONTHS[1:])
        was, sells = amounts(mirror, then), amounts(mirror, now)

        new, gone = newcomers(mirror, SYSTEM, now, then, 3), fading(mirror, SYSTEM, now, then, 3)

        fresh = {key: amount for key, amount in sells.items() if key not in was and amount > 0}
        assert new.count == len(fresh), by
        assert [row.now for row in new.rows] == sorted(fresh.values(), reverse=True)[:3]
        assert all(fresh[row.key] == row.now for row in new.rows)
        lost = {
            key: amount - sells.get(key, Decimal(0))
            for key, amount in was.items()
            if amount > 0 and sells.get(key, Decimal(0)) * 2 < amount
        }
        assert (gone.count, gone.lost) == (len(lost), sum(lost.values())), by
        assert [row.before - row.now for row in gone.rows] == sorted(lost.values(), reverse=True)[:3]
        assert all(row.before == was[row.key] and row.label for row in gone.rows)


def test_the_bridge_of_all_skus_at_once_is_the_one_of_each_by_itself(store: Store, mirror: Mirror) -> None:
    Shop(store, seed=6).open().live(160)
    mirror.refresh_now()
    asks = [Ask(("net_sales",), since=since, until=until) for since, until in zip(MONTHS, MONTHS[1:], strict=False)]
    with mirror.reading() as duck:
        known, today = known_of(mirror, duck), today_of(mirror)
        sold = []
        for ask in asks:
            text, parameters = rendered(_sold(duck, ask, known, today))
            rows = duck.execute(text, parameters).fetchall()
            sold.append({sku: SoldOfOne(*(units or 0 for units in row)) for sku, *row in rows})

    assert sales_bridge(mirror, SYSTEM, *asks) == bridge_of(*sold)


def test_who_may_not_analyse_sales_sees_neither(mirror: Mirror) -> None:
    mirror.refresh_now()
    ask = between("product", *MONTHS[:2])
    for asked in (newcomers, fading):
        with pytest.raises(NotAllowed):
            asked(mirror, VISITOR, ask, ask, 3)
