"""Which grade is earned, and when a lower one is proposed."""

from datetime import date
from decimal import Decimal

import pytest

from core.care.rules import GradeRule, Judgement, Measured, Standing, earned, judged, meets

TODAY = date(2026, 3, 18)
BEST = GradeRule(1, 1, Decimal(100), 4, Decimal("0.2"), 30, grace_days=60, least_potential=Decimal(500))
GOOD = GradeRule(2, 2, Decimal(50), grace_days=30)
PLAIN = GradeRule(3, 3)
RULES = (PLAIN, BEST, GOOD)
FULL = Measured(7, Decimal(100), 4, margin=Decimal("0.2"), payment_days=Decimal(30), potential=Decimal(500))


@pytest.mark.parametrize(
    ("change", "is_met"),
    [
        ({}, True),
        ({"net": Decimal("99.99")}, False),
        ({"orders": 3}, False),
        ({"margin": Decimal("0.19")}, False),
        ({"payment_days": Decimal("30.1")}, False),
        ({"potential": Decimal("499.99")}, False),
        ({"margin": None, "payment_days": None, "potential": None}, True),
    ],
)
def test_every_condition_counts_and_what_is_not_known_is_not_held_against_anybody(change, is_met: bool) -> None:
    assert meets(BEST, Measured(**{**FULL.__dict__, **change})) == is_met


def test_the_best_grade_that_is_earned_counts() -> None:
    assert earned(RULES, FULL) == BEST
    assert earned(RULES, Measured(7, Decimal(60), 1)) == GOOD
    assert earned(RULES, Measured(7, Decimal(1), 1)) == PLAIN
    assert earned((BEST,), Measured(7, Decimal(1), 1)) is None


@pytest.mark.parametrize(
    ("net", "standing", "said"),
    [
        (100, None, Judgement(1, None)),
        (100, Standing(2), Judgement(1, None)),
        (100, Standing(1, date(2026, 3, 1)), Judgement(None, None)),
        (60, Standing(1), Judgement(None, TODAY)),
        (60, Standing(1, date(2026, 1, 18)), Judgement(None, date(2026, 1, 18))),
        (60, Standing(1, date(2026, 1, 17)), Judgement(2, date(2026, 1, 17))),
        (10, Standing(99), Judgement(3, None)),
    ],
)
def test_better_at_once_lower_after_the_days_of_grace(net: int, standing, said: Judgement) -> None:
    measured = Measured(7, Decimal(net), 4, margin=Decimal("0.2"), payment_days=Decimal(30), potential=Decimal(500))
    assert judged(RULES, measured, standing, TODAY) == said
