"""What dated goods are not sold in time, and what to do about it: worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stock.expiry import LotDates
from core.stock.expiry_risk import Advice, Bucket, Held, Outlook, Remedy, bucket_of, days_to_sell, outlooks, unsold

TODAY = date(2026, 3, 18)
EAST, WEST = 1, 2


def d(number: str | int) -> Decimal:
    return Decimal(number)


def held(lot: int, quantity: str | int, days: int | None, house: int = EAST) -> Held:
    return Held(lot, house, d(quantity), days)


@pytest.mark.parametrize(
    ("expiry", "bucket"),
    [
        (date(2026, 3, 17), Bucket.EXPIRED),
        (date(2026, 3, 18), Bucket.IN_30),
        (date(2026, 4, 17), Bucket.IN_30),
        (date(2026, 4, 18), Bucket.IN_60),
        (date(2026, 5, 17), Bucket.IN_60),
        (date(2026, 6, 16), Bucket.IN_90),
        (date(2026, 6, 17), Bucket.LATER),
        (None, Bucket.LATER),
    ],
)
def test_goods_of_today_are_not_expired_and_each_bucket_has_its_last_day(expiry: date | None, bucket: Bucket) -> None:
    assert bucket_of(expiry, TODAY) is bucket


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (LotDates(expiry_on=date(2026, 3, 18)), 1),
        (LotDates(expiry_on=date(2026, 3, 28), removal_on=date(2026, 3, 25)), 7),
        (LotDates(expiry_on=date(2026, 3, 28), removal_on=date(2026, 3, 10)), 0),
        (LotDates(expiry_on=date(2026, 3, 17)), 0),
        (LotDates(), None),
    ],
)
def test_goods_sell_up_to_the_day_before_their_removal(dates: LotDates, days: int | None) -> None:
    assert days_to_sell(dates, False, TODAY) == days
    assert days_to_sell(dates, True, TODAY) == 0


def test_lots_share_what_a_warehouse_sells_first_expired_first_out() -> None:
    """One a day: ten of the first in ten days, five more of the second in fifteen; what lasts forever waits."""
    lots = [held(2, 30, 15), held(3, 100, None), held(1, 20, 10)]
    assert unsold(lots, d(90)) == {1: 10, 2: 25, 3: 0}
    assert unsold(lots, d(0)) == {1: 20, 2: 30, 3: 0}
    assert unsold(lots, d(-5)) == {1: 20, 2: 30, 3: 0}


def test_pieces_sell_whole_and_weighed_goods_in_parts() -> None:
    assert unsold([held(1, 20, 10)], d(100)) == {1: 9}
    assert unsold([held(1, "20.5", 10)], d(100)) == {1: d("9.389")}


def test_what_another_warehouse_can_sell_beside_its_own_goods_is_carried_there() -> None:
    """West sells two a day: forty in twenty days, of which its own goods take twenty-five."""
    lots = [held(1, 50, 20), held(2, 25, 12, WEST)]
    assert outlooks(lots, {EAST: d(90), WEST: d(180)}, set()) == {
        (WEST, 2): Outlook(d(1), (Advice(Remedy.MARK_DOWN, d(1)),)),
        (EAST, 1): Outlook(d(30), (Advice(Remedy.TRANSFER, d(16), WEST), Advice(Remedy.MARK_DOWN, d(14)))),
    }


def test_goods_carried_over_never_make_the_others_spoil() -> None:
    """West could sell twenty by then, but needs all its next days for goods that expire right after."""
    lots = [held(1, 50, 10), held(2, 22, 11, WEST)]
    found = outlooks(lots, {WEST: d(180)}, set())
    assert found[EAST, 1] == Outlook(d(50), (Advice(Remedy.MARK_DOWN, d(50)),))
    assert found[WEST, 2] == Outlook(d(0))


def test_two_lots_are_not_carried_into_the_same_room() -> None:
    found = outlooks([held(1, 15, 10), held(2, 15, 10)], {WEST: d(180)}, set())
    assert found[EAST, 1].advice == (Advice(Remedy.TRANSFER, d(15), WEST),)
    assert found[EAST, 2].advice == (Advice(Remedy.TRANSFER, d(5), WEST), Advice(Remedy.MARK_DOWN, d(10)))


def test_what_does_not_sell_goes_back_to_its_supplier_where_one_is_named() -> None:
    assert outlooks([held(1, 5, 10)], {}, {1}) == {(EAST, 1): Outlook(d(5), (Advice(Remedy.RETURN, d(5)),))}
    assert outlooks([held(1, 5, 0)], {EAST: d(90)}, {1}) == {(EAST, 1): Outlook(d(5), (Advice(Remedy.RETURN, d(5)),))}
    assert outlooks([held(1, 5, 2)], {EAST: d(90)}, {1}) == {
        (EAST, 1): Outlook(d(3), (Advice(Remedy.MARK_DOWN, d(3)),))
    }


def test_nothing_helps_goods_that_may_not_be_sold_and_nobody_takes_back() -> None:
    assert outlooks([held(1, 5, 0)], {EAST: d(90), WEST: d(900)}, set()) == {(EAST, 1): Outlook(d(5))}


LOTS = st.lists(
    st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(0, 60)), st.sampled_from([EAST, WEST])), max_size=7
)


@given(LOTS, st.integers(-20, 400), st.integers(-20, 400))
def test_what_is_advised_is_never_more_than_is_left_and_a_transfer_sells(lots, east, west) -> None:
    goods = [held(number, quantity, days, house) for number, (quantity, days, house) in enumerate(lots)]
    net = {EAST: d(east), WEST: d(west)}
    found = outlooks(goods, net, {0, 1})
    carried: dict[int, list[Held]] = {EAST: [], WEST: []}
    for each in goods:
        outlook = found[each.warehouse_id, each.lot_id]
        assert 0 <= outlook.unsold <= each.quantity
        advised = sum(advice.quantity for advice in outlook.advice)
        assert advised in {0, outlook.unsold}
        for advice in outlook.advice:
            assert advice.quantity > 0
            if advice.warehouse_id is not None:
                carried[advice.warehouse_id].append(held(each.lot_id + 100, advice.quantity, each.days))
    for house, more in carried.items():
        own = [each for each in goods if each.warehouse_id == house]
        after = unsold([*own, *more], net[house])
        assert all(after[each.lot_id] == 0 for each in more)
        assert all(after[each.lot_id] == found[house, each.lot_id].unsold for each in own)
