"""Promotions: what each kind takes off, how they stack and exclude each other, and that all of it adds up."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.tax import Tax, Taxable, TaxPolicy, tax_document
from core.pricing.rules.basket import apply_promotions
from core.pricing.rules.promotions import (
    Basket,
    BasketLine,
    Choice,
    Items,
    Kind,
    Off,
    Outcome,
    Part,
    Promotion,
    Stacking,
    Step,
    Usage,
    Verdict,
)

TODAY = date(2026, 3, 18)
A, B, C = 1, 2, 3


def amount(number: str | int | None) -> Decimal:
    """A number as prices need it."""
    return Decimal(number or 0)


def percent(number: str | int) -> Off:
    """So many percent off."""
    return Off(percent=amount(number))


def less(number: str | int) -> Off:
    """So much money off."""
    return Off(amount=amount(number))


def at(number: str | int) -> Off:
    """Down to a price."""
    return Off(price=amount(number))


def only(*variants: int) -> Items:
    """These variants."""
    return Items(variants=frozenset(variants))


def basket(*lines: tuple, **fields) -> Basket:
    """Lines of (variant, quantity, price)."""
    made = [
        BasketLine(n, variant, amount(quantity), amount(price)) for n, (variant, quantity, price) in enumerate(lines, 1)
    ]
    return Basket(tuple(made), on=TODAY, **fields)


def totals(outcome: Outcome) -> list[str]:
    """What is left of each line."""
    return [str(line.total) for line in outcome.lines]


def verdicts(outcome: Outcome) -> dict[int, Verdict]:
    """What became of each promotion."""
    return {each.promotion_id: each.verdict for each in outcome.trace}


def test_ladders_take_the_highest_rung_and_every_so_much_repeats() -> None:
    ladder = Promotion(1, Kind.LADDER, steps=(Step(amount(100), less(10)), Step(amount(300), less(50))))
    every = Promotion(1, Kind.LADDER, steps=(Step(amount(100), less(10)),), repeats=True)
    for price, rung, often in (
        ("99.99", "0", "0"),
        (100, "10", "10"),
        (299, "10", "20"),
        (300, "50", "30"),
        (950, "50", "90"),
    ):
        assert apply_promotions(basket((A, 1, price)), [ladder]).discount == amount(rung)
        assert apply_promotions(basket((A, 1, price)), [every]).discount == amount(often)
    assert apply_promotions(basket((A, 1, 950)), [replace(every, most=4)]).discount == 40
    short = apply_promotions(basket((A, 1, 80)), [ladder]).trace[0]
    assert (short.verdict, short.missing) == (Verdict.TOO_LITTLE, 20)
    pieces = Promotion(1, Kind.LADDER, steps=(Step(amount(3), percent(10)),), by_quantity=True)
    assert apply_promotions(basket((A, 2, 50), (B, 1, 50)), [pieces]).discount == 15
    assert apply_promotions(basket((A, 2, 50)), [pieces]).trace[0].missing == 1


def test_a_reduction_of_the_order_is_spread_by_largest_remainder_then_the_largest_line_then_the_first() -> None:
    ten = Promotion(1, Kind.LADDER, steps=(Step(amount(0), less(10)),))
    assert totals(apply_promotions(basket((A, 1, 30), (B, 1, 30), (C, 1, 30)), [ten])) == ["26.66", "26.67", "26.67"]
    one = Promotion(1, Kind.LADDER, steps=(Step(amount(0), less("0.01")),))
    assert totals(apply_promotions(basket((A, 1, 10), (B, 1, 30)), [one])) == ["10.00", "29.99"]


def test_every_second_piece_is_half_price_the_dearest_first() -> None:
    half = Promotion(1, Kind.NTH, nth=2, off=percent(50))
    assert apply_promotions(basket((A, 1, 100), (B, 2, 60), (C, 1, 40)), [half]).discount == 50
    assert apply_promotions(basket((A, 3, 100)), [half]).discount == 50
    assert apply_promotions(basket((A, 4, 100)), [half]).discount == 100
    assert apply_promotions(basket((A, 4, 100)), [replace(half, most=1)]).discount == 50
    assert apply_promotions(basket((A, 1, 100)), [half]).trace[0].verdict == Verdict.TOO_FEW
    assert apply_promotions(basket((A, "1.9", 100)), [half]).discount == 0
    third = Promotion(1, Kind.NTH, nth=3, off=at(1))
    assert apply_promotions(basket((A, 7, 10)), [third]).discount == 18


@pytest.mark.parametrize(("pieces", "free"), [(2, 0), (3, 1), (4, 1), (5, 1), (6, 2), (8, 2), (9, 3)])
def test_of_the_same_goods_a_piece_is_bought_or_free_never_both(pieces: int, free: int) -> None:
    offer = Promotion(1, Kind.BUY_GET, buy_quantity=amount(2), get_quantity=amount(1), off=percent(100), repeats=True)
    assert apply_promotions(basket((A, pieces, 10)), [offer]).discount == free * 10
    split = basket((A, 1, 10), (A, pieces - 1, 10))
    assert apply_promotions(split, [offer]).discount == free * 10


def test_an_offer_that_may_not_be_used_gives_nothing() -> None:
    offer = Promotion(1, Kind.BUY_GET, buy_quantity=amount(1), get_quantity=amount(1), off=percent(100), repeats=True)
    for never in (replace(offer, most=0), replace(offer, most=0, adds_variant=B)):
        outcome = apply_promotions(basket((A, 4, 10)), [never])
        assert (outcome.total, outcome.gifts, verdicts(outcome)[1] == Verdict.APPLIED) == (40, (), False)


def test_the_cheapest_pieces_are_free_and_goods_bought_beside_them_count_first() -> None:
    offer = Promotion(1, Kind.BUY_GET, buy_quantity=amount(2), get_quantity=amount(1), off=percent(100))
    assert totals(apply_promotions(basket((A, 2, 30), (B, 1, 10)), [offer])) == ["60.00", "0.00"]
    beside = replace(offer, items=only(A, B), gets=only(B, C), repeats=True, get_quantity=amount(2))
    assert apply_promotions(basket((A, 2, 30), (B, 1, 10), (C, 1, 20)), [beside]).discount == 30


def test_an_order_from_an_amount_on_gets_a_product_free() -> None:
    offer = Promotion(1, Kind.BUY_GET, min_order=amount(100), gets=only(B), off=percent(100))
    orders = [basket((A, 4, 20), (B, 2, 20)), basket((A, 2, 20), (B, 2, 20))]
    assert [apply_promotions(each, []).total for each in orders] == [120, 80]
    assert [apply_promotions(each, [offer]).total for each in orders] == [80, 80]


def test_buying_one_product_reduces_another() -> None:
    offer = Promotion(1, Kind.BUY_GET, items=only(A), min_amount=amount(200), gets=only(B), off=percent(10))
    assert totals(apply_promotions(basket((A, 1, 100), (B, 1, 100)), [offer])) == ["100.00", "100.00"]
    assert totals(apply_promotions(basket((A, 2, 100), (B, 1, 100)), [offer])) == ["200.00", "90.00"]


def test_a_free_item_is_added_at_its_price() -> None:
    offer = Promotion(1, Kind.BUY_GET, min_quantity=amount(5), adds_variant=B, get_quantity=amount(1), off=at(10))
    enough, few = (apply_promotions(basket((A, pieces, 100)), [offer]) for pieces in (5, 2))
    assert [(each.variant_id, each.quantity, each.unit_price) for each in enough.gifts] == [(B, 1, 10)]
    assert (few.gifts, few.trace[0].verdict, few.trace[0].missing) == ((), Verdict.TOO_FEW, 3)


def test_a_bundle_costs_its_price_as_often_as_it_is_whole() -> None:
    pair = Promotion(1, Kind.BUNDLE, parts=(Part(only(A), amount(1)), Part(only(B), amount(2))), off=at(100))
    outcome = apply_promotions(basket((A, 3, 80), (B, 5, 30)), [pair])
    assert totals(outcome) == ["194.29", "115.71"]
    assert outcome.discount == 80
    assert apply_promotions(basket((A, 3, 80), (B, 5, 30)), [replace(pair, most=1)]).discount == 40
    assert apply_promotions(basket((A, 1, 10), (B, 2, 30)), [pair]).trace[0].verdict == Verdict.NOTHING_OFF
    short = apply_promotions(basket((A, 1, 80), (B, 1, 30)), [pair]).trace[0]
    assert (short.verdict, short.missing) == (Verdict.TOO_FEW, 1)
    any_three = Promotion(1, Kind.BUNDLE, parts=(Part(only(A, B, C), amount(3)),), off=at(99))
    assert apply_promotions(basket((A, 1, 20), (B, 2, 50), (C, 1, 40)), [any_three]).total == 119


@pytest.mark.parametrize(("off", "expected"), [(percent(10), 110), (less(110), 110)])
def test_a_discount_counts_from_the_customers_price(off: Off, expected: int) -> None:
    outcome = apply_promotions(basket((A, 1, 1100)), [Promotion(1, Kind.ITEM, off=off)])
    assert (outcome.discount, outcome.total) == (expected, 990)


def test_a_percentage_and_an_amount_add_up() -> None:
    both = [Promotion(1, Kind.ITEM, off=percent(10)), Promotion(2, Kind.ITEM, off=less(100))]
    outcome = apply_promotions(basket((A, 1, 1000)), both)
    assert (outcome.discount, outcome.total) == (200, 800)


def test_discounts_add_up_or_reduce_what_is_left() -> None:
    twenty = Promotion(1, Kind.ITEM, priority=1, off=percent(20))
    ten = Promotion(2, Kind.ITEM, priority=2, off=percent(10))
    reduced = replace(ten, stacking=Stacking.ON_REDUCED)
    four = [replace(twenty, min_quantity=amount(4)), replace(ten, min_quantity=amount(4))]
    trials = [([twenty, ten], 1), ([twenty, reduced], 1), (four, 1), (four, 5)]
    percents = [apply_promotions(basket((A, n, 1000)), each).discount / (10 * n) for each, n in trials]
    assert percents == [30, 28, 0, 30]


def test_a_range_of_quantity_is_in_the_stock_unit() -> None:
    offer = Promotion(1, Kind.ITEM, min_quantity=amount(5), max_quantity=amount(7), off=percent("17.5"))
    box = apply_promotions(basket((A, 5, 20)), [offer])
    two = apply_promotions(basket((A, 10, 20)), [offer])
    assert (box.discount, box.total) == (Decimal("17.50"), Decimal("82.50"))
    assert (two.discount, two.trace[0].verdict) == (0, Verdict.TOO_MANY)


def test_a_promotion_is_for_its_customers_and_not_for_returns() -> None:
    offer = Promotion(1, Kind.ITEM, customers=frozenset({1}), off=percent(10))
    other, back, sale = (
        apply_promotions(basket((A, 1, 1000), **fields), [offer])
        for fields in ({"customer_id": 2}, {"customer_id": 1, "is_return": True}, {"customer_id": 1})
    )
    assert [other.total, back.total, sale.total] == [1000, 1000, 900]
    assert verdicts(other) == {1: Verdict.NOT_FOR_CUSTOMER}
    assert verdicts(back) == {1: Verdict.NOT_FOR_RETURNS}


def test_what_is_not_for_now_or_used_up_says_so() -> None:
    base = Promotion(1, Kind.ITEM, off=percent(10))
    used = {1: Usage(total=5, by_customer=2, spent=amount(100))}
    trials = {
        Verdict.NOT_YET: replace(base, since=TODAY + timedelta(1)),
        Verdict.OVER: replace(base, until=TODAY),
        Verdict.NOT_FOR_CUSTOMER: replace(base, channels=frozenset({9})),
        Verdict.NO_ITEMS: replace(base, items=only(B)),
        Verdict.NO_CODE: replace(base, kind=Kind.COUPON, code="SPRING"),
        Verdict.USED_UP: replace(base, total_uses=5),
    }
    for verdict, promotion in trials.items():
        assert verdicts(apply_promotions(basket((A, 1, 10)), [promotion], used)) == {1: verdict}
    for promotion in (replace(base, uses_per_customer=2), replace(base, budget=amount(100))):
        assert verdicts(apply_promotions(basket((A, 1, 10)), [promotion], used)) == {1: Verdict.USED_UP}
    assert apply_promotions(basket((A, 1, 10)), [replace(base, total_uses=6, uses_per_customer=3)], used).discount == 1
    assert apply_promotions(basket((A, 1, 10)), [replace(base, budget=amount("100.40"))], used).discount == amount(
        "0.40"
    )


def test_a_coupon_acts_after_the_ladder_and_only_with_its_code() -> None:
    coupon = Promotion(1, Kind.COUPON, code="SPRING", min_amount=amount(200), off=percent(10), cap=amount(15))
    ladder = Promotion(2, Kind.LADDER, steps=(Step(amount(200), less(50)),))
    codes = frozenset({"SPRING"})
    assert apply_promotions(basket((A, 1, 240), codes=codes), [coupon, ladder]).discount == 50
    assert apply_promotions(basket((A, 1, 250), codes=codes), [coupon, ladder]).discount == 65
    assert apply_promotions(basket((A, 1, 250), codes=codes), [replace(coupon, cap=None), ladder]).discount == 70


def test_of_an_exclusion_group_the_customers_best_acts() -> None:
    ladder = Promotion(1, Kind.LADDER, priority=1, group="spring", steps=(Step(amount(300), less(50)),))
    fifth = Promotion(2, Kind.ITEM, priority=2, group="spring", off=percent(20))
    tenth = Promotion(3, Kind.ITEM, priority=3, group="spring", items=only(B), off=percent(30))
    small, large = basket((A, 1, 100), (B, 1, 100)), basket((A, 1, 200), (B, 1, 200))
    assert totals(apply_promotions(small, [ladder, fifth, tenth])) == ["80.00", "70.00"]
    dear = replace(ladder, steps=(Step(amount(300), less(150)),))
    chosen = apply_promotions(large, [dear, fifth, tenth])
    assert (chosen.discount, verdicts(chosen)) == (
        150,
        {1: Verdict.APPLIED, 2: Verdict.EXCLUDED, 3: Verdict.EXCLUDED},
    )
    first = apply_promotions(large, [ladder, fifth, tenth], choose=Choice.PRIORITY)
    assert (first.discount, verdicts(first)[1]) == (50, Verdict.APPLIED)
    assert apply_promotions(small, [ladder, fifth, tenth], choose=Choice.PRIORITY).discount == 50


def test_a_gift_competes_with_what_it_is_worth() -> None:
    gift = Promotion(1, Kind.BUY_GET, group="g", adds_variant=B, off=percent(100), get_quantity=amount(1))
    off = Promotion(2, Kind.LADDER, group="g", steps=(Step(amount(0), less(20)),))
    for worth, gifts, discount in ((30, 1, 0), (10, 0, 20)):
        outcome = apply_promotions(basket((A, 1, 100), worth={B: amount(worth)}), [gift, off])
        assert (len(outcome.gifts), outcome.discount) == (gifts, discount)


def test_hand_and_rounding_come_last() -> None:
    line = BasketLine(1, A, amount(1), amount("99.99"), manual_discount=amount("0.50"))
    whole = Basket((line, BasketLine(2, B, amount(1), amount(50))), manual_discount=amount(10), rounding_step=amount(1))
    outcome = apply_promotions(whole, [])
    assert outcome.total == 139
    assert [[(each.stage, each.amount) for each in line.discounts] for line in outcome.lines] == [
        [(6, Decimal("0.50")), (6, Decimal("6.66")), (7, Decimal("0.33"))],
        [(6, Decimal("3.34")), (7, Decimal("0.16"))],
    ]
    assert apply_promotions(replace(whole, manual_discount=amount(1000)), []).total == 0


def taxed(outcome: Outcome, rates: dict[int, str]) -> tuple[Decimal, Decimal]:
    """Net and gross of an order whose taxes come on top."""
    lines = [Taxable(line.total, (Tax("", amount(rates[line.key])),)) for line in outcome.lines]
    document = tax_document(lines, TaxPolicy(prices_include_tax=False))
    return document.net, document.gross


def test_a_discount_carries_the_tax_of_what_it_discounts_and_a_cap_counts_it() -> None:
    cabinet, drawer, rates = 1, 2, {1: "0.15", 2: "0"}
    fifth = Promotion(1, Kind.ITEM, items=only(cabinet), min_order=amount(320), off=percent(20))
    third_free = Promotion(
        2, Kind.BUY_GET, items=only(cabinet), buy_quantity=amount(3), adds_variant=cabinet,
        get_quantity=amount(1), off=percent(100), repeats=True,
    )  # fmt: skip

    def order(cabinets: int, drawers: int = 0) -> Basket:
        lines = [BasketLine(1, cabinet, amount(cabinets), amount(320), tax_rate=amount("0.15"))]
        if drawers:
            lines.append(BasketLine(2, drawer, amount(drawers), amount(25)))
        return Basket(tuple(lines), on=TODAY, prices_include_tax=False)

    capped = replace(fifth, cap=amount(200))
    trials = [
        (order(1), [fifth]),
        (order(1, 10), [fifth]),
        (order(8, 10), [fifth, third_free]),
        (order(8, 10), [capped, third_free]),
    ]
    outcomes = [apply_promotions(each, promotions) for each, promotions in trials]
    figures = [taxed(outcome, rates) for outcome in outcomes]
    assert [gross for _, gross in figures] == [amount("294.40"), amount("544.40"), amount("2605.20"), amount("2994.00")]
    assert figures[-1][0] == amount("2636.09")
    assert [gift.quantity for gift in outcomes[2].gifts] == [2]
    assert outcomes[3].trace[0].saved == 200
