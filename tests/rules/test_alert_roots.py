"""One alert for one cause: what follows from what among alerts of the same days."""

from decimal import Decimal

from core.analytics.alerts.roots import Slice, roots


def a_slice(number: int, effect: int | None, measure: str = "net_sales", *, is_low: bool = True, **kept: str) -> Slice:
    filters = {name: frozenset(labels.split()) for name, labels in kept.items()}
    return Slice(number, measure, is_low, None if effect is None else Decimal(effect), filters, {})


def test_parts_follow_from_a_whole_that_fell_everywhere() -> None:
    whole, east, west = a_slice(1, 1000), a_slice(2, 500, region="East"), a_slice(3, 450, region="West")
    assert roots([whole, east, west]) == {2: 1, 3: 1}


def test_a_whole_follows_from_the_part_that_makes_up_most_of_it_and_other_parts_stay() -> None:
    whole, east, west = a_slice(1, 1000), a_slice(2, 600, region="East"), a_slice(3, 200, region="West")
    assert roots([whole, east, west]) == {1: 2}


def test_a_chain_ends_at_its_first_cause() -> None:
    company, east = a_slice(1, 1000), a_slice(2, 900, region="East")
    shop = a_slice(3, 800, region="East", channel="Shop")
    assert roots([company, east, shop]) == {1: 3, 2: 3}
    small = a_slice(3, 100, region="East", channel="Shop")
    assert roots([a_slice(1, 5000), a_slice(2, 900, region="East"), small]) == {2: 1, 3: 1}


def test_the_same_figure_under_two_rules_is_one_alert() -> None:
    assert roots([a_slice(1, 10), a_slice(2, 40), a_slice(3, None)]) == {1: 2, 3: 2}


def test_what_rose_other_measures_and_parts_of_other_wholes_stay_by_themselves() -> None:
    others = [
        a_slice(1, 100, is_low=False),
        a_slice(2, 100),
        a_slice(3, 100, "orders"),
        a_slice(4, 30, "stock_value", warehouse="A"),
    ]
    assert roots(others) == {}
    web = Slice(5, "orders", True, Decimal(60), {}, {"channel": frozenset({"Web"})})
    shop, online = a_slice(6, 20, "orders", channel="Shop"), a_slice(7, 25, "orders", channel="Web")
    assert roots([web, shop, online]) == {6: 5}
