"""The dates of a lot and the one rule of what they mean; everything that asks whether goods are still good asks here.

A lot is good through its day of expiry and not on the next. Goods without a date never expire.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from core.base.i18n import N_


class Freshness(StrEnum):
    """Whether the goods of a lot may be promised to somebody."""

    GOOD = "good"
    TOO_SHORT = "too_short"
    EXPIRED = "expired"
    BLOCKED = "blocked"


FRESHNESS_LABELS = {
    Freshness.GOOD: N_("Good"),
    Freshness.TOO_SHORT: N_("Too little life left for this customer"),
    Freshness.EXPIRED: N_("Expired"),
    Freshness.BLOCKED: N_("Blocked"),
}


@dataclass(frozen=True)
class LotDates:
    """When the goods of a lot were made, until when they are best, are to be sold or removed, and are good."""

    made_on: date | None = None
    best_before_on: date | None = None
    removal_on: date | None = None
    expiry_on: date | None = None

    @property
    def goes_by(self) -> tuple[date, date] | None:
        """The dates that say which lot goes first: its removal, then its expiry; None where it has neither."""
        first = self.removal_on or self.expiry_on
        return None if first is None else (first, self.expiry_on or date.max)


@dataclass(frozen=True)
class ShelfLife:
    """How long goods of a product last; best before and removal lie so many days before the expiry."""

    days: int | None = None
    best_before_days: int = 0
    removal_days: int = 0


@dataclass(frozen=True)
class LeastLife:
    """What a customer wants to be left of the life of goods: a share of it, or days. None of both: anything good."""

    share: Decimal | None = None
    days: int | None = None


ANY_LIFE = LeastLife()


def is_expired(expiry_on: date | None, today: date) -> bool:
    """Whether the day of expiry is over."""
    return expiry_on is not None and expiry_on < today


def not_expired(expiry_on: InstrumentedAttribute[date | None], today: date) -> ColumnElement[bool]:
    """`is_expired`, the other way round, for a statement."""
    return or_(expiry_on.is_(None), expiry_on >= today)


def freshness(dates: LotDates, is_blocked: bool, today: date, least: LeastLife = ANY_LIFE) -> Freshness:
    """What may be done with a lot today, for somebody who wants so much life left."""
    if is_blocked:
        return Freshness.BLOCKED
    if is_expired(dates.expiry_on, today):
        return Freshness.EXPIRED
    return Freshness.GOOD if _lasts(dates, today, least) else Freshness.TOO_SHORT


def filled(dates: LotDates, life: ShelfLife) -> LotDates:
    """The dates with those that follow from the others: expiry is made + shelf life, the rest lies before it."""
    if life.days is not None:
        if dates.expiry_on is None and dates.made_on is not None:
            dates = replace(dates, expiry_on=dates.made_on + timedelta(life.days))
        elif dates.made_on is None and dates.expiry_on is not None:
            dates = replace(dates, made_on=dates.expiry_on - timedelta(life.days))
    if dates.expiry_on is not None:
        best = dates.best_before_on or dates.expiry_on - timedelta(life.best_before_days)
        removal = dates.removal_on or dates.expiry_on - timedelta(life.removal_days)
        dates = replace(dates, best_before_on=best, removal_on=removal)
    return dates


def in_sequence(dates: LotDates) -> bool:
    """Whether a lot was made before it is best before, to be removed and expired."""
    last = dates.expiry_on or date.max
    made = dates.made_on or date.min
    return all(made <= (each or made) <= last for each in (dates.best_before_on, dates.removal_on)) and made <= last


def _lasts(dates: LotDates, today: date, least: LeastLife) -> bool:
    """Goods whose life is not known have not enough of it left for who asks for a share."""
    if dates.expiry_on is None:
        return True
    left = (dates.expiry_on - today).days
    if least.days is not None and left < least.days:
        return False
    if least.share is None:
        return True
    if dates.made_on is None:
        return False
    return left >= least.share * (dates.expiry_on - dates.made_on).days
