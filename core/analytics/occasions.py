"""The promotions that periods can be held against: those of the company, and the days on which everybody shops."""

from datetime import timedelta

from sqlalchemy import select

from core.analytics.layer.calendar import SHOPPING, Occasion, shopping_days
from core.pricing.models import OfferState, PromotionOffer
from core.security.permissions import P
from core.work.command import Scope, query

YEARS = 4
LONGEST = timedelta(days=120)
"""A promotion that runs longer is a price and no occasion."""


@query(P.SALES_ANALYSE)
def occasions(scope: Scope) -> list[Occasion]:
    """What has begun in the last years, the newest first; promotions with both days that are no drafts."""
    today = scope.today
    found = [shopping_days(each, today.year - back) for each in SHOPPING for back in range(-1, YEARS)]
    rows = scope.session.execute(
        select(PromotionOffer.name, PromotionOffer.since, PromotionOffer.until).where(
            PromotionOffer.state != OfferState.DRAFT,
            PromotionOffer.since.is_not(None),
            PromotionOffer.until.is_not(None),
        )
    )
    for name, since, until in rows:
        if since is not None and until is not None and until - since <= LONGEST:
            found.append(Occasion(name, since, until, since))
    return sorted(
        (each for each in found if each.since <= today), key=lambda each: (each.peak, each.name), reverse=True
    )


def usual_counterpart(occasion: Occasion, known: list[Occasion]) -> Occasion | None:
    """The same festival a year before; of a promotion the last one before it that is called alike, else any before."""
    if occasion.shopping:
        before = [each for each in known if each.shopping == occasion.shopping and each.since < occasion.since]
    else:
        before = [each for each in known if not each.shopping and each.since < occasion.since]
        before = [each for each in before if _plain(each.name) == _plain(occasion.name)] or before
    return max(before, key=lambda each: each.since, default=None)


def _plain(name: str) -> str:
    return "".join(letter for letter in name if not letter.isdigit() and letter not in "年 -/.").lower()
