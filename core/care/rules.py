"""Which grade a customer has earned, and when one that is no longer earned is proposed to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class GradeRule:
    """What a grade needs; None asks for nothing. The lowest rank is the best grade."""

    grade_id: int
    rank: int
    least_net: Decimal | None = None
    least_orders: int | None = None
    least_margin: Decimal | None = None
    most_payment_days: int | None = None
    grace_days: int = 0
    least_potential: Decimal | None = None


@dataclass(frozen=True)
class Measured:
    """What a customer did in the last 12 months; None where it is not known."""

    customer_id: int
    net: Decimal
    orders: int
    segment: str = ""
    margin: Decimal | None = None
    payment_days: Decimal | None = None
    potential: Decimal | None = None

    def facts(self) -> dict[str, Any]:
        """As they are kept with a proposal."""
        return {
            "net": str(self.net),
            "orders": self.orders,
            "segment": self.segment,
            "margin": None if self.margin is None else str(self.margin),
            "payment_days": None if self.payment_days is None else str(self.payment_days),
            "potential": None if self.potential is None else str(self.potential),
        }


@dataclass(frozen=True)
class Standing:
    """The grade a customer has, and since when it has not been earned any more."""

    grade_id: int
    missed_since: date | None = None


@dataclass(frozen=True)
class Judgement:
    """The grade to propose (None: leave it), and since when the present one is missed."""

    propose: int | None
    missed_since: date | None


def meets(rule: GradeRule, measured: Measured) -> bool:
    """Whether a customer has earned a grade. What is not known is not held against the customer."""
    return (
        (rule.least_net is None or measured.net >= rule.least_net)
        and (rule.least_orders is None or measured.orders >= rule.least_orders)
        and (rule.least_margin is None or measured.margin is None or measured.margin >= rule.least_margin)
        and (rule.least_potential is None or measured.potential is None or measured.potential >= rule.least_potential)
        and (
            rule.most_payment_days is None
            or measured.payment_days is None
            or measured.payment_days <= rule.most_payment_days
        )
    )


def earned(rules: Sequence[GradeRule], measured: Measured) -> GradeRule | None:
    """The best grade that a customer has earned; None where none is."""
    return next((rule for rule in sorted(rules, key=lambda rule: rule.rank) if meets(rule, measured)), None)


def judged(rules: Sequence[GradeRule], measured: Measured, standing: Standing | None, today: date) -> Judgement:
    """What to propose: a better grade at once, a lower one only after the days of grace of the present one."""
    best = earned(rules, measured)
    present = None if standing is None else next((rule for rule in rules if rule.grade_id == standing.grade_id), None)
    if present is None or standing is None:
        return Judgement(None if best is None else best.grade_id, None)
    if best is None or best.rank == present.rank:
        return Judgement(None, None if best is not None else standing.missed_since or today)
    if best.rank < present.rank:
        return Judgement(best.grade_id, None)
    missed = standing.missed_since or today
    is_over = (today - missed).days >= present.grace_days
    return Judgement(best.grade_id if is_over else None, missed)
