"""Over-stock against policies, evening out between warehouses, and prices that free cash, by hand-counted figures."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.clearing import clearing_prices
from core.analytics.stock.cover import CoverRow, balancing_plan, stock_cover
from core.base.clock import FixedClock
from core.catalog.models import Variant
from core.catalog.unit_rules import UnitEntry
from core.catalog.units import set_units
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, NotAllowed
from core.security.permissions import P
from core.stock.clearing.prices import best, expected_sales, ladder, observed
from core.stock.counts.models import AbcClass
from core.stock.cover.balance import Stand, balance
from core.stock.cover.drafting import draft_balancing
from core.stock.cover.models import XyzClass
from core.stock.cover.policies import ClassPolicy, Source, set_class_rules, set_cover_rule
from core.stock.ledger import Line
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale
from tests.examples import drawn

ZERO = Decimal(0)


def d(number: float | str) -> Decimal:
    return Decimal(str(number))


@dataclass(frozen=True)
class Houses:
    """Shanghai has 100 tea at 10 and sold 26; Hangzhou has 4 and sold 26; Beijing has 2 and sold 13.

    Of cups at 5 there are 50 in Shanghai, of which nothing was sold.
    """

    store: Store
    mirror: Mirror
    shanghai: int
    hangzhou: int
    beijing: int
    tea: int
    cup: int
    tea_product: int
    cup_product: int

    def rows(self) -> dict[int, CoverRow]:
        self.mirror.refresh_now()
        with self.store.viewing(SYSTEM) as view:
            return {row.variant_id: row for row in stock_cover(self.mirror, view).rows}

    def plan(self, *, in_packs: bool = False) -> list[tuple[int, int, int, Decimal, int | None]]:
        self.mirror.refresh_now()
        with self.store.viewing(SYSTEM) as view:
            lines = balancing_plan(self.mirror, view, in_packs=in_packs).lines
        return [
            (line.row.variant_id, line.giver.warehouse_id, line.taker.warehouse_id, line.quantity, line.km)
            for line in lines
        ]


@pytest.fixture
def houses(store: Store, mirror: Mirror, clock: FixedClock) -> Houses:
    with store.working(SYSTEM) as uow:
        places = {
            city: add_warehouse(uow, code=code, name=city, province=province, city=city)
            for code, city, province in (
                ("SH", "上海", "上海"),
                ("HZ", "杭州", "浙江"),
                ("BJ", "北京", "北京"),
            )
        }
        tea, cup = (
            a_product(uow, name="Oolong", retail_price=20, unit="can"),
            a_product(uow, name="Cup", retail_price=12),
        )
        for city, count in (("上海", 126), ("杭州", 30), ("北京", 15)):
            line = Line(tea.id, d(count), unit_cost=d(10))
            receive_goods(uow, warehouse_id=places[city], lines=[line])
        receive_goods(uow, warehouse_id=places["上海"], lines=[Line(cup.id, d(50), unit_cost=d(5))])
    clock.moment += timedelta(days=30)
    with store.working(SYSTEM) as uow:
        for city, count in (("上海", 26), ("杭州", 26), ("北京", 13)):
            ship_order(uow, a_sale(uow, places[city], [(tea, count)]))
    return Houses(
        store, mirror, places["上海"], places["杭州"], places["北京"], tea.id, cup.id, tea.product_id, cup.product_id
    )


def test_excess_is_what_lies_beyond_the_weeks_of_the_policy(houses: Houses) -> None:
    rows = houses.rows()
    tea, cup = rows[houses.tea], rows[houses.cup]
    # 106 in all, 65 sold in 13 weeks: 5 a week, 40 for eight weeks, 66 too many at 10 each.
    assert (tea.available, tea.demand, tea.cover, tea.weeks, tea.source) == (106, 65, d("21.2"), 8, Source.USUAL)
    assert (tea.target, tea.excess, tea.excess_value) == (40, 66, d("660.00"))
    assert (cup.cover, cup.excess, cup.excess_value) == (None, 50, d("250.00"))


def test_the_nearest_policy_holds(houses: Houses) -> None:
    run = houses.store.run
    run(SYSTEM, set_cover_rule, None, weeks=d(4))
    assert (houses.rows()[houses.tea].weeks, houses.rows()[houses.tea].source) == (4, Source.COMPANY)
    rule = ClassPolicy(d("0.9"), 14, d(6))
    run(SYSTEM, set_class_rules, None, {(abc, xyz): rule for abc in AbcClass for xyz in XyzClass})
    run(SYSTEM, set_cover_rule, None, product_id=houses.cup_product, weeks=d("10.5"))
    houses.store.clock.moment += timedelta(days=31)  # type: ignore[attr-defined]
    rows = houses.rows()
    assert (rows[houses.tea].weeks, rows[houses.tea].source) == (6, Source.CLASS)
    assert (rows[houses.cup].weeks, rows[houses.cup].source) == (d("10.5"), Source.PRODUCT)
    run(SYSTEM, set_cover_rule, None, product_id=houses.cup_product, weeks=None)
    assert houses.rows()[houses.cup].source is Source.CLASS


def test_who_has_too_much_gives_to_who_has_too_little(houses: Houses) -> None:
    # Shanghai keeps 16 and can give 84; Hangzhou has 4 of 16, Beijing 2 of 8: each gets what it lacks.
    assert houses.plan() == [
        (houses.tea, houses.shanghai, houses.hangzhou, d(12), 162),
        (houses.tea, houses.shanghai, houses.beijing, d(6), 1069),
    ]
    with houses.store.working(SYSTEM) as uow:
        set_units(uow, houses.tea, [UnitEntry("box", 10, 1)], version=1)
    assert [line[3] for line in houses.plan(in_packs=True)] == [20, 10]


def test_what_is_asked_for_already_is_not_planned_again(houses: Houses) -> None:
    houses.mirror.refresh_now()
    with houses.store.viewing(SYSTEM) as view:
        lines = [line.for_draft for line in balancing_plan(houses.mirror, view).lines]
    houses.store.run(SYSTEM, draft_balancing, None, lines)
    assert houses.plan() == []
    stands = {each.warehouse_id: each for each in houses.rows()[houses.tea].stands}
    assert [(stands[each].available, stands[each].coming) for each in (houses.shanghai, houses.hangzhou)] == [
        (82, 0),
        (4, 12),
    ]


def test_what_is_promised_is_not_there_to_be_given(houses: Houses) -> None:
    with houses.store.working(SYSTEM) as uow:
        a_sale(uow, houses.shanghai, [(uow.session.get_one(Variant, houses.tea), 80)])
    # 20 of 100 are free and 16 stay: 4 go to the nearer of the two.
    assert houses.plan() == [(houses.tea, houses.shanghai, houses.hangzhou, d(4), 162)]


def test_values_are_for_who_may_see_costs(houses: Houses) -> None:
    houses.mirror.refresh_now()
    clerk = replace(SYSTEM, permissions=frozenset({P.SALES_ANALYSE, P.STOCK_READ}))
    with houses.store.viewing(clerk) as view:
        assert {row.excess_value for row in stock_cover(houses.mirror, view).rows} == {None}
        assert {line.value for line in balancing_plan(houses.mirror, view).lines} == {None}
        with pytest.raises(NotAllowed):
            clearing_prices(houses.mirror, view)


stands = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 40), st.sampled_from([2, 8, 13])),
    min_size=2,
    max_size=5,
)


@settings(max_examples=drawn(40))
@given(found=stands, unit=st.sampled_from([1, 3, 12]), near=st.integers(1, 9))
def test_no_giver_runs_short_and_nothing_is_lost(found: list[tuple[int, ...]], unit: int, near: int) -> None:
    all_of = [Stand(n, d(a), d(c), d(s), d(w)) for n, (a, c, s, w) in enumerate(found)]
    shares = balance(all_of, d(unit), lambda source, target: abs(source - target) * near)
    for each in all_of:
        out = sum((share.quantity for share in shares if share.source_id == each.warehouse_id), ZERO)
        came = sum((share.quantity for share in shares if share.target_id == each.warehouse_id), ZERO)
        assert not (out and came)
        assert out % unit == came % unit == 0
        if out:
            assert each.available - out >= each.target
        assert came < each.missing + unit
    given = sum((int(each.excess // unit) for each in all_of), 0)
    taken = sum((-int(-each.missing // unit) for each in all_of), 0)
    assert sum((share.quantity for share in shares), ZERO) == min(given, taken) * unit


def test_the_least_way_in_all_is_found_also_by_taking_a_nearer_one_back() -> None:
    # 1 is nearest to both givers; sending 0 → 2 and 3 → 1 costs 5 + 2, the greedy way 1 + 20.
    ways = {(0, 1): 1, (0, 2): 5, (3, 1): 2, (3, 2): 20}
    four = [Stand(0, d(10), ZERO, ZERO, d(8)), Stand(3, d(10), ZERO, ZERO, d(8))]
    four += [Stand(each, ZERO, ZERO, d(13), d(10)) for each in (1, 2)]
    shares = balance(four, d(1), lambda source, target: ways[source, target])
    assert [(each.source_id, each.target_id, each.quantity) for each in shares] == [(0, 2, 10), (3, 1, 10)]


def test_the_price_that_frees_most_cash(houses: Houses) -> None:
    # 12.5 sold at 20 and elasticity 2: at half the price four times as much, all 50 for 500.
    steps = ladder(d(20), d(50), d("12.5"), d(2))
    told = {step.off: (step.price, step.sold, step.cash) for step in steps}
    assert told[0] == (d(20), d("12.5"), d("250.00"))
    assert told[45] == (d(11), d("41.322"), d("454.55"))
    assert told[50] == (d(10), d(50), d("500.00"))
    assert told[55] == (d(9), d(50), d("450.00"))
    assert best(steps).off == 50
    assert best(ladder(d(20), d(50), d("12.5"), d(2), d("12.50"))).off == 35
    assert best(ladder(d(20), d(50), d("12.5"), d(1))).off == 0
    assert expected_sales(d(10), 180, 90) == 5
    assert expected_sales(ZERO, 180, 90) == d("0.25")


def test_a_price_response_counts_only_where_weeks_tell_enough() -> None:
    assert observed(12, -1.834, 0.5, 1.2) == d("1.83")
    assert observed(7, -1.8, 0.9, 1.2) is None
    assert observed(12, -1.8, 0.9, 1.05) is None
    assert observed(12, 0.4, 0.9, 1.2) is None
    assert observed(12, -1.8, 0.2, 1.2) is None
    assert observed(12, -9.0, 1.0, 1.2) == 5


def test_cups_that_nobody_buys_are_priced_down(houses: Houses) -> None:
    houses.mirror.refresh_now()
    with houses.store.viewing(SYSTEM) as view:
        found = clearing_prices(houses.mirror, view, days=180, products=frozenset({houses.cup_product}))
    (cup,) = found
    # Half a cup in 180 days is a quarter in 90: 0.25 ÷ 0.3² = 2.778 at 3.60.
    assert (cup.price, cup.unit_cost, cup.expected, cup.elasticity, cup.is_observed) == (12, 5, d("0.25"), 2, False)
    assert cup.best is not None
    assert (cup.best.off, cup.best.price, cup.best.sold, cup.best.cash) == (70, d("3.60"), d("2.778"), d("10.00"))


def test_prices_that_changed_show_the_elasticity(store: Store, mirror: Mirror, clock: FixedClock) -> None:
    with store.working(SYSTEM) as uow:
        home = add_warehouse(uow, code="H", name="Home")
        pot = a_product(uow, name="Pot", retail_price=20, lowest_price=d(12))
        receive_goods(uow, warehouse_id=home, lines=[Line(pot.id, d(1000), unit_cost=d(8))])
    from_twenty = [(20, 4), (10, 16)] * 5
    for price, count in from_twenty:
        clock.moment += timedelta(days=7)
        with store.working(SYSTEM) as uow:
            uow.session.get_one(Variant, pot.id).retail_price = d(price)
            uow.session.flush()
            ship_order(uow, a_sale(uow, home, [(pot, count)]))
            uow.audit("test.lived", None)
    with store.working(SYSTEM) as uow:
        uow.session.get_one(Variant, pot.id).retail_price = d(20)
        uow.audit("test.lived", None)
    mirror.refresh_now()
    with store.viewing(SYSTEM) as view:
        (found,) = clearing_prices(mirror, view, days=90)
    # Half the price sold four times as much, ten weeks long: e = 2. 100 in 90 days at today's pace; not below 12.
    assert (found.elasticity, found.is_observed, found.weeks, found.floor) == (2, True, 10, 12)
    assert found.best is not None
    assert (found.expected, found.best.off, found.best.price) == (100, 40, 12)
    assert (found.best.sold, found.best.cash) == (d("277.778"), d("3333.33"))
