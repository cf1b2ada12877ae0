"""Price lists: which rule decides, what the trace says, and what formulas may say."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.unit_rules import product_units
from core.pricing.errors import FormulaFails, FormulaUnclear
from core.pricing.rules.formula import NAMES, parse_formula
from core.pricing.rules.prices import (
    Asked,
    Audience,
    Criterion,
    Judgement,
    PriceRule,
    Resolved,
    Target,
    equal_rules,
    resolve,
)

TODAY = date(2026, 3, 18)
PRODUCT, OTHER = 1, 2


def asked(variant: int = PRODUCT, quantity: int | str | None = None, list_price: str = "10", **fields) -> Asked:
    """So many of a product whose list price is 10."""
    amount = None if quantity is None else Decimal(quantity)
    known = {"list_price": Decimal(list_price)}
    return Asked(variant, variant, quantity=amount, on=TODAY, usual=Decimal(list_price), known=known, **fields)


def rule(number: int, formula: str = "", **fields) -> PriceRule:
    """A rule with this number as its priority too: the first that fits decides."""
    return PriceRule(number, priority=number, formula=formula, **{"list_name": "List"} | fields)


def on(variant: int) -> dict:
    """For this variant."""
    return {"target": Target.VARIANT, "target_id": variant}


def test_the_first_rule_that_fits_gives_the_price() -> None:
    ten = {"min_quantity": Decimal(10)}
    rules = [
        rule(1, "list_price*0.7", **on(PRODUCT), **ten),
        rule(2, "list_price*0.8", **on(PRODUCT)),
        rule(3, "list_price*0.5"),
    ]
    prices = [
        resolve(asked(PRODUCT, None), rules),
        resolve(asked(PRODUCT, 12), rules),
        resolve(asked(OTHER, None, "30"), rules),
        resolve(asked(OTHER, 2, "30"), rules),
    ]
    assert [str(each.unit_price) for each in prices] == ["8.0000", "7.0000", "15.0000", "15.0000"]


def test_a_break_looks_at_the_absolute_quantity_in_the_stock_unit() -> None:
    kilos = product_units("kg", [])
    ten = {"min_quantity": Decimal(10)}
    rules = [
        rule(1, "list_price*0.8", **on(OTHER), **ten),
        rule(2, "list_price*0.9", **ten),
        rule(3, "list_price*1.1", **on(OTHER)),
        rule(4, "list_price"),
    ]
    trials = [
        (PRODUCT, 1, "kg", 10),
        (PRODUCT, 1000, "g", 10),
        (OTHER, 1, "kg", 11),
        (PRODUCT, 10, "kg", 9),
        (PRODUCT, -10, "kg", 9),
        (PRODUCT, 10000, "g", 9),
        (OTHER, 10, "kg", 8),
        (OTHER, 10000, "g", 8),
    ]
    for variant, quantity, unit, expected in trials:
        stock = kilos.stock_quantity(Decimal(quantity), unit)
        assert resolve(asked(variant, stock), rules).unit_price == expected


def test_a_price_by_the_tonne_is_exact_by_the_kilogram() -> None:
    tonnes = product_units("t", [])
    rules = [rule(1, "list_price - 10", min_quantity=Decimal(3))]
    trials = [("2", "kg", "0.1"), ("2000", "kg", "0.1"), ("3500", "kg", "0.09"), ("2", "t", "100"), ("3", "t", "90")]
    for quantity, unit, expected in trials:
        found = resolve(asked(PRODUCT, tonnes.stock_quantity(Decimal(quantity), unit), "100"), rules)
        assert found.price_for(tonnes.find(unit).factor) == Decimal(expected)


def test_a_price_for_a_box_loses_nothing_when_a_box_is_sold() -> None:
    box = PriceRule(1, price=Decimal(100), per_quantity=Decimal(12))
    found = resolve(asked(PRODUCT, 12), [box])
    assert found.unit_price == Decimal("8.3333")
    assert found.price_for(Fraction(12)) == 100


def test_without_a_rule_the_usual_price_is_paid_and_the_trace_says_why() -> None:
    found = resolve(
        asked(PRODUCT, 2, tags=frozenset({7}), channel_id=3, customer_id=5),
        [
            rule(1, "list_price", audience=Audience.CUSTOMER, audience_id=6),
            rule(2, "list_price", audience=Audience.TAG, audience_id=8),
            rule(3, "list_price", audience=Audience.CHANNEL, audience_id=4),
            rule(4, "list_price", **on(OTHER)),
            rule(5, "list_price", since=TODAY + timedelta(1)),
            rule(6, "list_price", until=TODAY),
            rule(7, "list_price", min_quantity=Decimal(3)),
            rule(8, "list_price", max_quantity=Decimal(1)),
            rule(9, "cost * 2"),
            rule(10, "list_price - 11"),
        ],
    )
    assert found.winner is None
    assert found.unit_price == 10
    assert {each.rule_id: each.judgement for each in found.trace} == {
        1: Judgement.NOT_FOR_CUSTOMER,
        2: Judgement.NOT_FOR_CUSTOMER,
        3: Judgement.NOT_FOR_CUSTOMER,
        4: Judgement.NOT_FOR_PRODUCT,
        5: Judgement.NOT_YET,
        6: Judgement.OVER,
        7: Judgement.TOO_FEW,
        8: Judgement.TOO_MANY,
        9: Judgement.NO_PRICE,
        10: Judgement.NO_PRICE,
    }


def test_each_loser_names_what_the_winner_was_above_it_by() -> None:
    base = {"price": Decimal(1)}
    category = {"target": Target.CATEGORY, "target_id": 20}
    audience = {"audience": Audience.CUSTOMER, "audience_id": 5}
    winner = PriceRule(1, min_quantity=Decimal(5), until=date(2027, 1, 1), **base, **category, **audience)
    losers = {
        Criterion.LIST_PRIORITY: PriceRule(2, list_priority=101, **base, **category, **audience),
        Criterion.AUDIENCE: PriceRule(3, audience=Audience.TAG, audience_id=7, **base, **category),
        Criterion.PRIORITY: PriceRule(4, priority=101, **base, **category, **audience),
        Criterion.TARGET: PriceRule(5, **base, **audience),
        Criterion.NEARNESS: PriceRule(6, target=Target.CATEGORY, target_id=21, **base, **audience),
        Criterion.QUANTITY: PriceRule(7, min_quantity=Decimal(4), **base, **category, **audience),
        Criterion.PERIOD: PriceRule(8, min_quantity=Decimal(5), **base, **category, **audience),
    }
    found = resolve(
        asked(PRODUCT, 6, customer_id=5, tags=frozenset({7}), categories=(20, 21)), [*losers.values(), winner]
    )
    assert found.winner is winner
    assert {each.by: each.rule_id for each in found.trace if each.by} == {by: each.id for by, each in losers.items()}


def test_two_rules_that_could_both_be_first_are_found() -> None:
    def clash(one: dict, other: dict) -> bool:
        return bool(equal_rules([PriceRule(1, price=Decimal(1), **one), PriceRule(2, price=Decimal(2), **other)]))

    jan, feb, mar = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    vip, old = {"audience": Audience.TAG, "audience_id": 1}, {"audience": Audience.TAG, "audience_id": 2}
    shop, web = {"audience": Audience.CHANNEL, "audience_id": 1}, {"audience": Audience.CHANNEL, "audience_id": 2}
    assert clash({}, {})
    assert clash(vip, old)
    assert not clash(shop, web)
    assert clash(shop, shop)
    assert not clash({}, vip)
    assert not clash(on(1), on(2))
    assert not clash({"min_quantity": Decimal(5)}, {})
    assert clash({"max_quantity": Decimal(5)}, {})
    assert not clash({"since": jan, "until": feb}, {"since": feb, "until": mar})
    assert clash({"since": jan, "until": mar}, {"since": feb, "until": mar})
    assert not clash({"until": feb}, {})
    assert not clash({"list_priority": 1}, {})
    assert not clash({"priority": 1}, {})


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("list_price * 85%", "8.5"),
        ("max(cost * 1.2, lowest_price)", "7.2"),
        ("round(list_price * 0.333, 0.5)", "3.5"),
        ("-(2 - 3) * 4 / 8", "0.5"),
        ("LIST_PRICE-1", "9"),
        ("1 / 3 * 3", "1"),
        ("min(list_price, 5) + 5 % * 20", "6"),
    ],
)
def test_a_formula_is_computed_exactly(text: str, result: str) -> None:
    known = {"list_price": Decimal(10), "cost": Decimal(6), "lowest_price": Decimal(7)}
    assert parse_formula(text).result(known) == Fraction(result)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "list_price *",
        "price",
        "__import__('os')",
        "2 ** 3",
        "(1",
        "1 2",
        "min(1)",
        "round(1, 2, 3)",
        "1e9",
        "list_price.real",
    ]
    + ["(" * 30 + "1" + ")" * 30, "1+" * 150 + "1", "9" * 20],
)
def test_anything_beyond_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(FormulaUnclear):
        parse_formula(text)


def test_a_formula_without_what_it_names_gives_no_price() -> None:
    for text in ("cost * 2", "1 / (list_price - list_price)", "round(list_price, 0)"):
        with pytest.raises(FormulaFails):
            parse_formula(text).result({"list_price": Decimal(10), "cost": None})


days = st.none() | st.integers(0, 5).map(lambda n: TODAY + timedelta(n - 2))
rules = st.lists(
    st.builds(
        PriceRule,
        id=st.integers(1, 10**6),
        list_id=st.just(1),
        list_name=st.just("List"),
        list_priority=st.integers(1, 2),
        audience=st.sampled_from(Audience),
        audience_id=st.integers(1, 2),
        target=st.sampled_from(Target),
        target_id=st.integers(1, 2),
        min_quantity=st.integers(0, 3).map(Decimal),
        max_quantity=st.none() | st.integers(3, 5).map(Decimal),
        since=days,
        until=days,
        priority=st.integers(1, 2),
        price=st.none() | st.integers(0, 50).map(Decimal),
        formula=st.sampled_from(["list_price*0.9", "cost", "list_price-20"]),
    ),
    max_size=12,
    unique_by=lambda each: each.id,
)


@given(given=rules, shuffled=st.randoms(use_true_random=False), quantity=st.integers(-5, 5))
def test_the_order_of_rules_does_not_matter_and_the_winner_of_the_trace_is_the_price(given, shuffled, quantity) -> None:
    wanted = asked(1, quantity, tags=frozenset({1}), customer_id=1, channel_id=1, categories=(2, 1))
    found = resolve(wanted, given)
    other = list(given)
    shuffled.shuffle(other)
    assert resolve(wanted, other) == found
    assert found.unit_price >= 0
    assert sorted(each.rule_id for each in found.trace) == sorted(each.id for each in given)
    won = [each for each in found.trace if each.judgement == Judgement.WON]
    assert [(each.rule_id, each.price) for each in won] == (
        [(found.winner.id, found.unit_price)] if found.winner else []
    )
    assert resolve(wanted, [found.winner] if found.winner else []).exact == found.exact
    assert all(
        each.by not in {None, Criterion.AGE} for each in found.trace if each.judgement == Judgement.OUTRANKED
    ) or (equal_rules(given))


@given(text=st.text(alphabet="0123456789.+-*/%(), listprcoemaxu_", max_size=40))
def test_whatever_is_typed_is_a_formula_or_a_refusal(text: str) -> None:
    try:
        formula = parse_formula(text)
        formula.result(dict.fromkeys(NAMES, Decimal(7)))
    except (FormulaUnclear, FormulaFails):
        return
    assert formula.names <= set(NAMES)


def test_the_kept_explanation_is_plain_and_tells_no_formula() -> None:
    found: Resolved = resolve(asked(PRODUCT, 1), [rule(1, "list_price*0.9", list_name="VIP")])
    assert found.facts() == {
        "price": "9",
        "usual": "10",
        "rule": 1,
        "list": "VIP",
        "tried": [{"rule": 1, "list": "VIP", "judgement": "won", "price": "9", "by": None}],
    }
