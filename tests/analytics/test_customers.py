"""Customers seen through the mirror: exactly what their orders say, on either database."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.analytics.customers.rfm import members, rfm_map, segments, segments_on
from core.analytics.customers.rules.segments import RULES, Scores, Segment, score, segment_of
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.shop import Shop, plain_lines

TODAY = date(2026, 3, 18)
SINCE = TODAY - timedelta(days=364)


def by_customer(store: Store) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for line in plain_lines(store):
        found[line["customer_id"]].append(line)
    return found


def orders_of(lines: list[dict[str, Any]]) -> dict[Any, date]:
    return {line["document"]: line["day"] for line in lines if line["sign"] == 1}


def plain_segments(store: Store) -> dict[int, Segment]:
    """The segments from the documents, worked out the long way."""
    customers = {each: lines for each, lines in by_customer(store).items() if orders_of(lines)}
    inside = {}
    for each, lines in customers.items():
        days = [day for day in orders_of(lines).values() if SINCE <= day <= TODAY]
        if days:
            net = sum((line["net"] for line in lines if SINCE <= line["day"] <= TODAY), Decimal(0))
            inside[each] = (max(days), len(days), net)
    found = {}
    for each, lines in customers.items():
        scores = None
        if each in inside:
            below = [sum(other[i] < inside[each][i] for other in inside.values()) for i in range(3)]
            scores = Scores(*(score(count, len(inside)) for count in below))
        days = set(orders_of(lines).values())
        is_new = len(days) == 1 and min(days) > TODAY - timedelta(days=90)
        found[each] = segment_of(scores, is_new=is_new)
    return found


def test_segments_are_those_of_the_documents_and_everybody_is_in_one(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=3).open()
    shop.live(140)
    any_mirror.refresh_now()

    with any_mirror.reading() as duck:
        found = dict(segments_on(duck, TODAY))
    assert found == {each: segment.value for each, segment in plain_segments(any_store).items()}
    rows = segments(any_mirror, SYSTEM)
    assert sum(row.customers for row in rows) == len(found)
    listed = members(any_mirror, SYSTEM)
    assert sum((each.net for each in listed), Decimal(0)) == sum((row.net for row in rows), Decimal(0))
    assert sum(cell.customers for cell in rfm_map(any_mirror, SYSTEM)) == sum(
        each.scores is not None for each in listed
    )


def test_equal_figures_get_equal_scores() -> None:
    assert [score(below, 10) for below in (0, 0, 0, 3, 4, 5, 6, 7, 8, 9)] == [1, 1, 1, 2, 3, 3, 4, 4, 5, 5]
    assert score(0, 1) == 1


def test_every_scores_fit_exactly_one_rule() -> None:
    scored = [rule for rule in RULES if rule.segment not in (Segment.LOST, Segment.NEW)]
    for recency in range(1, 6):
        for frequency in range(1, 6):
            for money in range(1, 6):
                scores = Scores(recency, frequency, money)
                assert sum(rule.fits(scores) for rule in scored) == 1
                assert segment_of(scores, is_new=True) == Segment.NEW
    assert segment_of(None, is_new=True) == Segment.LOST
    assert {rule.segment for rule in RULES} == set(Segment)
