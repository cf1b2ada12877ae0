"""First expired, first out; what is good today; the fewest parcels; stock to come."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.towns import Distance, Same
from core.stock.allocation import (
    Asked,
    Because,
    Combination,
    Decided,
    Nearness,
    Shelf,
    Sources,
    Wish,
    allocate,
    explain_parcels,
)
from core.stock.expiry import Freshness, LeastLife, LotDates, ShelfLife, filled, freshness, in_sequence
from core.stock.projected import Planned, ProjectedRow, project

D = date(2026, 3, 18)


def day(count: int) -> date:
    return D + timedelta(days=count)


@pytest.mark.parametrize(
    ("expires", "least", "verdict"),
    [
        (0, LeastLife(), Freshness.GOOD),
        (-1, LeastLife(), Freshness.EXPIRED),
        (None, LeastLife(days=9), Freshness.GOOD),
        (9, LeastLife(days=9), Freshness.GOOD),
        (8, LeastLife(days=9), Freshness.TOO_SHORT),
        (20, LeastLife(share=Decimal("0.6666")), Freshness.GOOD),
        (19, LeastLife(share=Decimal("0.6666")), Freshness.TOO_SHORT),
    ],
)
def test_goods_are_good_through_their_last_day(expires: int | None, least: LeastLife, verdict: Freshness) -> None:
    expiry = None if expires is None else day(expires)
    dates = LotDates(made_on=None if expiry is None else expiry - timedelta(30), expiry_on=expiry)
    assert freshness(dates, is_blocked=False, today=D, least=least) is verdict
    assert freshness(dates, is_blocked=True, today=D, least=least) is Freshness.BLOCKED


def test_dates_follow_from_the_shelf_life() -> None:
    life = ShelfLife(days=30, best_before_days=5, removal_days=2)
    whole = LotDates(D, day(25), day(28), day(30))
    assert filled(LotDates(made_on=D), life) == whole
    assert filled(LotDates(expiry_on=day(30)), life) == whole
    assert filled(LotDates(), life) == LotDates()
    assert in_sequence(whole)
    assert not in_sequence(LotDates(made_on=D, expiry_on=day(-1)))


LOTS = st.lists(
    st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(-3, 6)), st.integers(0, 9), st.booleans()),
    max_size=8,
)
ASKED = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 12)), max_size=5)


@given(LOTS, ASKED)
def test_nothing_is_promised_twice_and_what_goes_first_goes_first(
    lots: list[tuple[int, int | None, int, bool]], asked: list[tuple[int, int]]
) -> None:
    shelves = [
        Shelf(
            number,
            variant,
            1,
            number,
            Decimal(9),
            Decimal(reserved),
            dates=LotDates(expiry_on=None if expires is None else day(expires)),
            is_blocked=blocked,
        )
        for number, (variant, expires, reserved, blocked) in enumerate(lots, 1)
    ]
    lines = [Asked(variant, Decimal(count), line) for line, (variant, count) in enumerate(asked)]
    found = allocate(lines, shelves, Wish(D))
    taken = {shelf.id: sum((p.quantity for p in found.picks if p.shelf is shelf), Decimal(0)) for shelf in shelves}
    for shelf in shelves:
        assert taken[shelf.id] <= shelf.free
        if shelf.is_blocked or (shelf.dates.expiry_on or D) < D:
            assert taken[shelf.id] == 0
    for line in lines:
        got = sum((pick.quantity for pick in found.picks if pick.asked is line), Decimal(0))
        short = sum((missing for asked_, missing in found.missing if asked_ is line), Decimal(0))
        assert got + short == line.quantity
    for first in shelves:
        for later in shelves:
            is_good = not first.is_blocked and (first.dates.expiry_on or D) >= D
            if first.variant_id == later.variant_id and first.turn < later.turn and is_good and taken[later.id]:
                assert taken[first.id] == first.free


def test_lots_with_dates_go_before_those_without() -> None:
    dated = Shelf(1, 1, 1, 1, Decimal(100), Decimal(0), dates=LotDates(expiry_on=day(10)))
    undated = Shelf(2, 1, 1, None, Decimal(100), Decimal(0))
    found = allocate([Asked(1, Decimal(10))], [undated, dated], Wish(D))
    assert [(pick.shelf, pick.quantity) for pick in found.picks] == [(dated, 10)]


@pytest.mark.parametrize(
    ("on_hand", "want", "got", "open_"),
    [
        ("10", ["2"], ["2"], []),
        ("5", ["10"], ["5"], ["5"]),
        ("0", ["3"], [], ["3"]),
        ("6.8", ["2.1", "1.7", "1.2", "1.8"], ["2.1", "1.7", "1.2", "1.8"], []),
    ],
)
def test_what_there_is_is_promised_exactly(on_hand: str, want: list[str], got: list[str], open_: list[str]) -> None:
    shelf = Shelf(1, 1, 1, None, Decimal(on_hand), Decimal(0))
    found = allocate([Asked(1, Decimal(each), line) for line, each in enumerate(want)], [shelf], Wish(D))
    assert [pick.quantity for pick in found.picks] == [Decimal(each) for each in got]
    assert [quantity for _, quantity in found.missing] == [Decimal(each) for each in open_]


def test_as_few_parcels_as_can_be() -> None:
    five = Decimal(5)

    def chosen(asked: dict[int, Decimal], stocks: dict[int, dict[int, Decimal]]) -> tuple[int, ...]:
        return explain_parcels(asked, stocks, own=1).chosen

    assert chosen({1: five, 2: five}, {1: {1: five}, 2: {2: five}, 3: {1: five, 2: five}}) == (3,)
    assert chosen({1: five, 2: five}, {1: {1: five}, 2: {2: five}, 3: {2: five}}) == (1, 2)
    assert chosen({1: five}, {2: {1: five}, 1: {1: five}}) == (1,)
    assert chosen({1: five}, {1: {1: Decimal(2)}, 2: {1: Decimal(2)}}) == ()


def test_of_as_few_parcels_the_nearest_go_first_then_what_expires_first() -> None:
    five = Decimal(5)
    stocks = {1: {}, 2: {1: five}, 3: {1: five}, 4: {1: Decimal(9)}}
    way = {2: Distance(300, Same.NOTHING), 3: Distance(0, Same.CITY), 4: Distance(0, Same.CITY)}
    expires = {2: (False, (day(1),)), 3: (False, (day(9),)), 4: (False, (day(5),))}

    def found(far: dict[int, Distance | None]) -> Sources:
        return explain_parcels(
            {1: five}, stocks, 1, lambda _houses: Nearness(None, far), lambda _variant, house: expires[house]
        )

    near = found({2: way[2], 3: way[3], 4: Distance(1, Same.PROVINCE)})
    assert (near.chosen, near.decided, near.because) == ((3,), Decided.NEAREST, Because.ONE)
    assert near.as_few == ((2,), (4,))
    alike = found(dict(way))
    assert (alike.chosen, alike.decided) == ((4,), Decided.EXPIRY)
    unknown = found({2: None, 3: way[3], 4: way[4]})
    assert (unknown.chosen, unknown.decided) == ((2,), Decided.EXPIRY)
    assert explain_parcels({1: five}, stocks, 1).decided == Decided.MOST


def test_the_orders_own_warehouse_alone_goes_before_nearer_ones() -> None:
    def near(_houses: Collection[int]) -> Nearness:
        raise AssertionError("nobody asks for the way")

    found = explain_parcels({1: Decimal(5)}, {1: {1: Decimal(5)}, 2: {1: Decimal(9)}}, 1, near)
    assert (found.chosen, found.decided, found.nearness) == ((1,), Decided.OWN, None)


def on_day(on_hand: Decimal, rows: Iterable[ProjectedRow], on: date) -> Decimal:
    """What there will be at the end of a day."""
    return next((row.after for row in reversed(list(rows)) if row.on <= on), on_hand)


def test_stock_to_come_is_projected_day_by_day() -> None:
    rows = project(
        Decimal(10), [Planned(day(1), Decimal(-6)), Planned(day(1), Decimal(5)), Planned(day(1), Decimal(-3))], D
    )
    assert [(row.before, row.change, row.after) for row in rows] == [(10, -6, 4), (4, 5, 9), (9, -3, 6)]
    assert [on_day(Decimal(10), rows, day(count)) for count in (0, 1)] == [10, 6]
    assert [row.can_promise for row in rows] == [4, 6, 6]


def test_what_should_have_come_counts_nowhere() -> None:
    planned = [(-4, 1), (0, -1), (5, -2), (7, 5)]
    rows = project(Decimal(4), [Planned(day(on), Decimal(quantity)) for on, quantity in planned], D)
    assert [on_day(Decimal(4), rows, day(count)) for count in (0, 1, 5, 6, 7, 8)] == [3, 3, 1, 1, 6, 6]


def test_the_choice_of_warehouses_says_what_was_looked_at() -> None:
    five, two = Decimal(5), Decimal(2)
    found = explain_parcels({1: five, 2: five}, {1: {1: five}, 2: {2: five}, 3: {1: five, 2: five}, 4: {}}, own=1)
    assert (found.chosen, found.because, found.more) == ((3,), Because.ONE, 0)
    assert found.looked == (Combination((1,), {2: five}),)
    assert found.as_few == ()

    own = explain_parcels({1: five}, {2: {1: five}, 1: {1: five}, 3: {1: two}}, own=1)
    assert (own.chosen, own.because, own.looked, own.as_few) == ((1,), Because.OWN, (), ((2,),))

    split = explain_parcels({1: five, 2: five}, {1: {1: five}, 2: {2: five}, 3: {2: five, 1: two}}, own=1)
    assert (split.chosen, split.because, split.as_few) == ((1, 3), Because.FEWEST, ((1, 2),))
    assert split.looked == (
        Combination((1,), {2: five}),
        Combination((3,), {1: Decimal(3)}),
        Combination((2,), {1: five}),
    )

    short = explain_parcels({1: five}, {1: {1: two}, 2: {1: two}}, own=1)
    assert (short.chosen, short.because) == ((), Because.NOT_ENOUGH)
    assert [(each.warehouses, each.lacks) for each in short.looked] == [
        ((1,), {1: Decimal(3)}),
        ((2,), {1: Decimal(3)}),
        ((1, 2), {1: Decimal(1)}),
    ]


STOCKS = st.dictionaries(st.integers(1, 5), st.dictionaries(st.integers(1, 3), st.integers(0, 6).map(Decimal)))


@given(st.dictionaries(st.integers(1, 3), st.integers(1, 9).map(Decimal), min_size=1), STOCKS, st.integers(1, 5))
def test_what_is_chosen_has_everything_in_as_few_parcels(
    asked: dict[int, Decimal], stocks: dict[int, dict[int, Decimal]], own: int
) -> None:
    found = explain_parcels(asked, stocks, own)
    assert all(each.lacks for each in found.looked)
    for each, quantity in asked.items():
        together = sum((stocks[house].get(each, Decimal(0)) for house in found.chosen), Decimal(0))
        assert together >= quantity or not found.chosen
    assert all(len(each) == len(found.chosen) for each in found.as_few)
    assert (found.because is Because.NOT_ENOUGH) == (not found.chosen)
