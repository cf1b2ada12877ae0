"""What holds for any order under any promotions; shares of refunds; a draft tried on past orders."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.pricing.rules.basket import apply_promotions
from core.pricing.rules.promotions import (
    Basket,
    BasketLine,
    Items,
    Kind,
    Off,
    Part,
    Promotion,
    Stacking,
    Step,
    Verdict,
)
from core.pricing.rules.shares import MoreThanBought, Share, refund_share
from core.pricing.rules.trial import OrderEffect, PastLine, Trying

DAY = date(2026, 2, 10)
money = st.integers(0, 50_000).map(lambda n: Decimal(n).scaleb(-2))
small = st.integers(1, 4).map(Decimal)
offs = st.one_of(
    st.builds(Off, percent=st.integers(0, 100).map(Decimal)), st.builds(Off, amount=money), st.builds(Off, price=money)
)
goods = st.builds(Items, variants=st.frozensets(st.integers(1, 4), max_size=3))
lines = st.lists(
    st.builds(
        BasketLine,
        key=st.integers(1, 99),
        variant_id=st.integers(1, 4),
        quantity=st.integers(1, 9000).map(lambda n: Decimal(n).scaleb(-3)) | small,
        unit_price=st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-4)),
        tax_rate=st.sampled_from([Decimal(0), Decimal("0.13")]),
        manual_discount=st.sampled_from([Decimal(0), Decimal("3.33")]),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each.key,
).map(tuple)
baskets = st.builds(
    Basket,
    lines=lines,
    prices_include_tax=st.booleans(),
    codes=st.just(frozenset({"X"})),
    manual_discount=st.sampled_from([Decimal(0), Decimal("7.77")]),
    rounding_step=st.sampled_from([Decimal(0), Decimal("0.1"), Decimal(1)]),
)
promotions = st.lists(
    st.builds(
        Promotion,
        id=st.integers(1, 999),
        kind=st.sampled_from(Kind),
        priority=st.integers(1, 3),
        group=st.sampled_from(["", "", "g", "h"]),
        stacking=st.sampled_from(Stacking),
        items=goods,
        min_amount=st.just(Decimal(0)) | money,
        off=offs,
        nth=st.integers(1, 3),
        buy_quantity=st.integers(0, 3).map(Decimal),
        get_quantity=st.none() | small,
        gets=st.none() | goods,
        repeats=st.booleans(),
        most=st.none() | st.integers(0, 3),
        parts=st.lists(st.builds(Part, items=goods, quantity=small), min_size=1, max_size=2).map(tuple),
        steps=st.lists(st.builds(Step, reach=money.filter(bool), off=offs), min_size=1, max_size=2).map(tuple),
        code=st.just("X"),
        cap=st.none() | money,
        budget=st.none() | money,
    ),
    max_size=5,
    unique_by=lambda each: each.id,
)


@settings(deadline=None)
@given(basket=baskets, given_=promotions, shuffled=st.randoms(use_true_random=False))
def test_any_order_adds_up_whatever_the_order_of_promotions_and_lines(basket, given_, shuffled) -> None:
    outcome = apply_promotions(basket, given_)
    assert outcome.total == sum(line.total for line in outcome.lines) == outcome.amount - outcome.discount
    for line in outcome.lines:
        assert line.amount - sum(each.amount for each in line.discounts) == line.total
        assert 0 <= line.total <= line.amount
        assert all(each.amount > 0 and each.amount == round(each.amount, 2) for each in line.discounts)
    for judged in outcome.trace:
        parts = [
            each.amount for line in outcome.lines for each in line.discounts if each.promotion_id == judged.promotion_id
        ]
        assert judged.amount == sum(parts)
        assert (judged.verdict == Verdict.APPLIED) == bool(parts)
    assert sorted(each.promotion_id for each in outcome.trace) == sorted(each.id for each in given_)
    other_lines, other = list(basket.lines), list(given_)
    shuffled.shuffle(other_lines)
    shuffled.shuffle(other)
    again = Basket(**{**vars(basket), "lines": tuple(other_lines)})
    assert apply_promotions(again, other) == outcome


@settings(deadline=None)
@given(basket=baskets, given_=promotions)
def test_caps_and_budgets_hold_with_tax_and_what_is_excluded_changes_nothing(basket, given_) -> None:
    outcome = apply_promotions(basket, given_)
    for judged, promotion in ((each, p) for each in outcome.trace for p in given_ if p.id == each.promotion_id):
        for most in (promotion.cap, promotion.budget):
            assert most is None or judged.saved <= most
    acting = [
        each
        for each in given_
        for judged in outcome.trace
        if judged.promotion_id == each.id and judged.verdict != Verdict.EXCLUDED
    ]
    assert apply_promotions(basket, acting).total == outcome.total


@settings(deadline=None)
@given(basket=baskets, given_=promotions)
def test_a_gift_on_the_order_changes_nothing_when_it_is_priced_again(basket, given_) -> None:
    outcome = apply_promotions(basket, given_)
    gift = BasketLine(100, 1, Decimal(5), Decimal(10), is_gift=True)
    assert apply_promotions(Basket(**{**vars(basket), "lines": (*basket.lines, gift)}), given_) == outcome


@given(
    cents=st.integers(0, 10**6),
    tax=st.integers(0, 50),
    quantity=st.integers(1, 60),
    cuts=st.lists(st.integers(1, 20), max_size=8),
)
def test_refunds_of_parts_are_exact_shares_and_together_the_line(
    cents: int, tax: int, quantity: int, cuts: list[int]
) -> None:
    gross = Decimal(cents).scaleb(-2)
    part_tax = Decimal(cents * tax // 100).scaleb(-2)
    whole = Share(gross - part_tax, part_tax, gross)
    back, given_back = Decimal(0), []
    for cut in cuts:
        piece = min(Decimal(cut), quantity - back)
        share = refund_share(whole, Decimal(quantity), back, piece)
        back += piece
        given_back.append(share)
        assert min(share.net, share.tax, share.gross) >= 0
        assert share.net + share.tax == share.gross
        so_far = sum(each.gross for each in given_back)
        assert Fraction(so_far) <= Fraction(gross) * Fraction(back) / quantity < Fraction(so_far) + Fraction(1, 100)
    given_back.append(refund_share(whole, Decimal(quantity), back, quantity - back))
    assert sum(each.gross for each in given_back) == gross
    assert sum(each.tax for each in given_back) == part_tax


def test_the_last_unit_takes_the_remainder_and_more_than_bought_is_refused() -> None:
    ten = Share(Decimal("8.85"), Decimal("1.15"), Decimal("10.00"))
    parts = [refund_share(ten, Decimal(3), Decimal(n), Decimal(1)) for n in range(3)]
    assert [str(each.gross) for each in parts] == ["3.33", "3.33", "3.34"]
    with pytest.raises(MoreThanBought):
        refund_share(ten, Decimal(3), Decimal(2), Decimal(2))


def past(order: int, variant: int, quantity: int, customer: int = 1) -> PastLine:
    """A line at 100 with 25 % tax included that cost 50."""
    price, rate, cost = Decimal(100), Decimal("0.25"), Decimal(50)
    return PastLine(order, 1, DAY, customer, 1, variant, variant, (), Decimal(quantity), price, rate, cost)


def tried(trying: Trying, *orders: PastLine) -> list[OrderEffect]:
    """What changed, of orders of one line each."""
    return [effect for line in orders if (effect := trying.take([line])) is not None]


def test_a_draft_tried_on_past_orders_shows_revenue_and_margin_before_tax() -> None:
    draft = Promotion(9, Kind.LADDER, since=date(2030, 1, 1), steps=(Step(Decimal(200), Off(amount=Decimal(50))),))
    trying = Trying(draft, [], {})
    effects = tried(trying, past(1, 1, 1), past(2, 1, 2), past(3, 2, 3))
    assert effects == [OrderEffect(2, Decimal(200), Decimal(150)), OrderEffect(3, Decimal(300), Decimal(250))]
    assert trying.orders == 3
    assert (trying.revenue, trying.margin) == ([480, 400], [180, 100])


def test_a_trial_leaves_live_promotions_in_place_and_uses_up_the_drafts_limits() -> None:
    live = Promotion(1, Kind.ITEM, off=Off(percent=Decimal(50)), group="g")
    draft = Promotion(2, Kind.ITEM, off=Off(percent=Decimal(60)), group="g", uses_per_customer=1)
    orders = [past(1, 1, 1), past(2, 1, 1), past(3, 1, 1, customer=2)]
    effects = tried(Trying(draft, [live], {}), *orders)
    assert [(each.order_id, each.before, each.after) for each in effects] == [(1, 50, 40), (3, 50, 40)]
    budget = Promotion(2, Kind.COUPON, code="X", off=Off(percent=Decimal(60)), budget=Decimal(70))
    assert [each.after for each in tried(Trying(budget, [], {}), *orders)] == [40, 90]


def test_a_trial_counts_gifts_at_their_cost() -> None:
    draft = Promotion(2, Kind.BUY_GET, adds_variant=7, off=Off(percent=Decimal(100)), get_quantity=Decimal(1))
    trying = Trying(draft, [], {7: Decimal(12)})
    tried(trying, past(1, 1, 1))
    assert (trying.revenue, trying.margin) == ([80, 80], [30, 18])
