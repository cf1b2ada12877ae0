"""Who does without a coupon is drawn by lot and stays drawn; the uplift and its interval are exact."""

from decimal import Decimal

from core.pricing.rules.holdout import Spent, Uplift, is_held_out, uplift_of

D = Decimal


def spent(*amounts: int, nothing: int = 0) -> Spent:
    each = [D(amount) for amount in amounts]
    return Spent(len(each) + nothing, len(each), sum(each, D(0)), sum((amount * amount for amount in each), D(0)))


def test_the_same_customers_do_without_each_time_and_others_of_another_coupon() -> None:
    drawn = [each for each in range(1, 1001) if is_held_out(7, each, D("0.2"))]
    assert drawn == [each for each in range(1, 1001) if is_held_out(7, each, D("0.2"))]
    assert len(drawn) == 200
    assert drawn != [each for each in range(1, 1001) if is_held_out(8, each, D("0.2"))]
    assert set(drawn) < {each for each in range(1, 1001) if is_held_out(7, each, D("0.5"))}
    assert not any(is_held_out(7, each, D(0)) for each in range(1000))


def test_the_uplift_is_the_difference_of_the_means_with_an_interval_of_1_96_standard_errors() -> None:
    offered, without = spent(*[12, 18] * 15), spent(*[8, 12] * 10, nothing=20)
    # Means 15 and 5; variances 270 / 29 and 1080 / 39 (2080 less 200 × 200 / 40); errors 0.3103448 and 0.6923077.
    assert uplift_of(offered, without) == Uplift(D("10.00"), D("8.04"), D("11.96"), D("2.0000"))


def test_too_few_customers_or_buyers_tell_nothing() -> None:
    enough = spent(*[10] * 10, nothing=20)
    assert uplift_of(enough, enough) == Uplift(D("0.00"), D("-2.43"), D("2.43"), D("0.0000"))
    assert uplift_of(spent(*[10] * 9, nothing=21), enough) is None
    assert uplift_of(enough, spent(*[10] * 10, nothing=19)) is None
    assert uplift_of(Spent(), Spent()) is None
