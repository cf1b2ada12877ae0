"""Customers seen through the mirror: exactly what their orders say, on either database."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest

from core.analytics.customers.among import among
from core.analytics.customers.cohorts import cohorts, concentrated, moved, repeated
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rfm import members, rfm_map, segments, segments_on
from core.analytics.customers.rules.segments import RULE_OF, RULES, Scores, Segment, score, segment_of
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import Till
from tests.analytics.lines import plain_lines
from tests.analytics.shop import Shop
from tests.builders import a_product

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
    return {each: found["segment"] for each, found in plain_customers(store).items()}


def plain_customers(store: Store) -> dict[int, dict[str, Any]]:
    """Segment, month of the first order and scores of who ordered, from the documents."""
    customers = {
        each: lines
        for each, lines in by_customer(store).items()
        if any(day <= TODAY for day in orders_of(lines).values())
    }
    inside = {}
    for each, lines in customers.items():
        days = [day for day in orders_of(lines).values() if SINCE <= day <= TODAY]
        if days:
            net = sum((line["net"] for line in lines if SINCE <= line["day"] <= TODAY), Decimal(0))
            inside[each] = (max(days), len(days), net)
    found: dict[int, dict[str, Any]] = {}
    for each, lines in customers.items():
        scores = None
        if each in inside:
            below = [sum(other[i] < inside[each][i] for other in inside.values()) for i in range(3)]
            scores = Scores(*(score(count, len(inside)) for count in below))
        days = set(orders_of(lines).values())
        is_new = len(days) == 1 and min(days) > TODAY - timedelta(days=90)
        found[each] = {
            "segment": segment_of(scores, is_new=is_new),
            "cohort": min(days).year * 100 + min(days).month,
            "recency": 0 if scores is None else scores.recency,
            "frequency": 0 if scores is None else scores.frequency,
        }
    return found


def test_segments_are_those_of_the_documents_and_everybody_is_in_one(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=3).open()
    shop.live(90)
    any_mirror.refresh_now()
    shop.live(50)
    any_mirror.refresh_now()

    with any_mirror.reading() as duck:
        found = dict(segments_on(duck, TODAY))
        kept = duck.execute(
            "SELECT customer_id, n.name FROM dim_segment d JOIN dim_segment_name n ON n.id = d.segment"
        ).fetchall()
    assert found == {each: segment.value for each, segment in plain_segments(any_store).items()}
    assert dict(kept) == {each: RULE_OF[Segment(segment)].name for each, segment in found.items()}
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


def in_days(lines: list[dict[str, Any]], since: date, until: date) -> tuple[set[Any], Decimal]:
    """Orders of the days and their net sales, returns of the days taken off."""
    inside = [line for line in lines if since <= line["day"] < until]
    return set(orders_of(inside)), sum((line["net"] for line in inside), Decimal(0))


def test_cohorts_and_movements_are_those_of_the_documents(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=8).open()
    shop.live(160)
    any_mirror.refresh_now()
    customers = {each: lines for each, lines in by_customer(any_store).items() if orders_of(lines)}
    firsts = {each: min(orders_of(lines).values()) for each, lines in customers.items()}

    rows = cohorts(any_mirror, SYSTEM, 20)
    assert sum(row.customers for row in rows) == sum(
        date(2024, 8, 1) <= first < date(2026, 4, 1) for first in firsts.values()
    )
    for row in rows:
        own = [each for each, first in firsts.items() if first.replace(day=1) == row.month]
        assert row.customers == len(own)
        assert row.cells[0].customers == len(own)
        for cell in row.cells:
            number = row.month.year * 12 + row.month.month - 1 + cell.later
            month = date(number // 12, number % 12 + 1, 1)
            until = (month + timedelta(days=32)).replace(day=1)
            seen = [in_days(customers[each], month, until) for each in own]
            assert cell.customers == sum(bool(orders) for orders, _net in seen)
            assert cell.net == sum((net for _orders, net in seen), Decimal(0))
            assert cell.is_incomplete == (month == date(2026, 3, 1))

    until, before = TODAY + timedelta(days=1), SINCE - timedelta(days=365)
    now = {each: in_days(lines, SINCE, until) for each, lines in customers.items()}
    then = {each: in_days(lines, before, SINCE) for each, lines in customers.items()}
    kinds: dict[str, list[int]] = {"new": [], "kept": [], "back": [], "gone": []}
    for each in customers:
        if now[each][0]:
            kinds["new" if firsts[each] >= SINCE else "kept" if then[each][0] else "back"].append(each)
        elif then[each][0]:
            kinds["gone"].append(each)
    for row in moved(any_mirror, SYSTEM):
        assert row.customers == len(kinds[row.kind])
        assert row.net == sum((now[each][1] for each in kinds[row.kind]), Decimal(0))
        assert row.net_before == sum((then[each][1] for each in kinds[row.kind]), Decimal(0))

    days = {
        each: len({day for day in orders_of(lines).values() if SINCE <= day <= TODAY})
        for each, lines in customers.items()
    }
    again = repeated(any_mirror, SYSTEM)
    assert (again.repeaters, again.customers) == (sum(n > 1 for n in days.values()), sum(n > 0 for n in days.values()))

    positive = [
        int(net * 100)
        for _orders, net in (in_days(lines, SINCE, until) for lines in by_customer(any_store).values())
        if net > 0
    ]
    spread = concentrated(any_mirror, SYSTEM)
    assert spread is not None
    assert (spread.customers, spread.total) == (len(positive), sum(positive))


def test_who_is_overdue_is_told_by_the_own_clock(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=21).open()
    shop.live(90)
    any_mirror.refresh_now()
    rhythms, late = {}, {}
    for each, lines in by_customer(any_store).items():
        days = sorted({day for day in orders_of(lines).values() if TODAY - timedelta(days=730) <= day < TODAY})
        if len(days) >= 3:
            rhythms[each] = Decimal(median((b - a).days for a, b in zip(days, days[1:], strict=False)))
            if (TODAY - days[-1]).days >= 2 * rhythms[each]:
                year = [line["net"] for line in lines if line["day"] > days[-1] - timedelta(days=365)]
                late[each] = (days[-1], rhythms[each], sum(year, Decimal(0)))

    found = overdue(any_mirror, SYSTEM)
    own = {row.customer_id: (row.last_on, row.pause, row.at_stake) for row in found.rows if row.clock == "own"}
    assert own == late
    assert found.with_rhythm == len(rhythms)
    assert found.at_stake == sum((row.at_stake for row in found.rows), Decimal(0))


def test_who_orders_today_is_no_longer_overdue(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        quiet, other = till.customers(2)
        for customer in (quiet, other):
            for each in (120, 110, 100):
                till.sell(customer, TODAY - timedelta(days=each), [thing], 30)
        uow.audit("test.lived", None)
    any_mirror.refresh_now()
    found = overdue(any_mirror, SYSTEM)
    assert [(row.customer_id, row.ratio, row.at_stake) for row in found.rows] == [(quiet, 10, 90), (other, 10, 90)]
    with any_store.working(SYSTEM) as uow:
        till.uow = uow
        till.sell(quiet, TODAY, [thing])
        uow.audit("test.lived", None)
    any_mirror.refresh_now()
    left = overdue(any_mirror, SYSTEM)
    assert ([row.customer_id for row in left.rows], left.customers, left.at_stake) == ([other], 1, 90)


@pytest.mark.parametrize("question", [segments, members, rfm_map, cohorts, repeated, moved, concentrated, overdue])
def test_who_may_not_analyse_sales_learns_nothing_of_customers(mirror: Mirror, question: Any) -> None:
    buyer = Actor(1, "bo", frozenset({Role.BUYER}), permissions_of(frozenset({Role.BUYER})))
    with pytest.raises(NotAllowed):
        question(mirror, buyer)


def test_every_study_can_be_narrowed_down_to_chosen_customers(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=8).open()
    shop.live(120)
    any_mirror.refresh_now()
    everybody = members(any_mirror, SYSTEM)
    picked = everybody[0].segment
    within = {each.customer_id for each in everybody if each.segment == picked}
    ask = Ask(("net_sales",), where={"segment": (RULE_OF[picked].name,)})

    chosen = among(any_mirror, SYSTEM, ask)
    assert chosen is not None
    assert set(chosen.ids.tolist()) == within
    found = {row.segment: row.customers for row in segments(any_mirror, SYSTEM, chosen=chosen)}
    assert found == {segment: len(within) if segment == picked else 0 for segment in Segment}
    assert {each.customer_id for each in members(any_mirror, SYSTEM, chosen=chosen)} == within
    late = overdue(any_mirror, SYSTEM)
    own = [row for row in late.rows if row.customer_id in within]
    assert list(overdue(any_mirror, SYSTEM, chosen=chosen).rows) == own
    spread = concentrated(any_mirror, SYSTEM, chosen=chosen)
    assert spread is not None
    assert spread.total == sum(int(each.net * 100) for each in everybody if each.segment == picked and each.net > 0)
    cells = [each for each in everybody if each.segment == picked and each.scores]
    assert sum(cell.net for cell in rfm_map(any_mirror, SYSTEM, chosen=chosen)) == sum(each.net for each in cells)
    gone = sum(row.customers for row in moved(any_mirror, SYSTEM)) - sum(
        row.customers
        for row in moved(
            any_mirror, SYSTEM, chosen=among(any_mirror, SYSTEM, replace(ask, where={}, exclude=ask.where))
        )
    )
    assert gone == sum(row.customers for row in moved(any_mirror, SYSTEM, chosen=chosen))
    assert among(any_mirror, SYSTEM, Ask(("net_sales",))) is None


def test_sales_are_told_by_the_month_of_the_first_order(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=3).open()
    shop.live(80)
    any_mirror.refresh_now()
    firsts = {row.month: row for row in cohorts(any_mirror, SYSTEM, 30)}
    told = answer(any_mirror, SYSTEM, Ask(("customers", "net_sales"), by=("cohort",)))
    found = dict(zip((key[0] for key in told.keys), told.rows, strict=True))
    for month, row in firsts.items():
        _key, customers, net = found[month.year * 100 + month.month]
        assert (customers, net) == (row.customers, sum(cell.net for cell in row.cells))
    first = min(firsts)
    one = answer(any_mirror, SYSTEM, Ask(("net_sales",), where={"cohort": (f"{first:%Y-%m}",)}))
    assert one.totals == (sum(cell.net for cell in firsts[first].cells),)
