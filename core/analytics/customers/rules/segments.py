"""Segments by recency, frequency and money: rules as data, in words, each customer in exactly one."""

from dataclasses import dataclass
from enum import StrEnum

from core.base.i18n import N_

HIGH = 4
"""A score of four or five is high: the upper two fifths."""

NEW_DAYS = 90


class Segment(StrEnum):
    """The segments, the most valuable first."""

    CHAMPION = "champion"
    DEVELOP = "develop"
    KEEP = "keep"
    WIN_BACK = "win_back"
    REGULAR = "regular"
    OCCASIONAL = "occasional"
    FADING = "fading"
    ASLEEP = "asleep"
    NEW = "new"
    LOST = "lost"


@dataclass(frozen=True)
class Scores:
    """Quintiles of one customer, 1 to 5: how recent, how often, how much. None: nothing ordered in the window."""

    recency: int
    frequency: int
    money: int


@dataclass(frozen=True)
class SegmentRule:
    """A segment's name, its rule in words, and what to do; high is None where the score does not matter."""

    segment: Segment
    name: str
    rule: str
    advice: str
    is_recent: bool | None = None
    is_frequent: bool | None = None
    is_large: bool | None = None

    def fits(self, scores: Scores) -> bool:
        """Whether these scores are as the rule says."""
        found = (scores.recency >= HIGH, scores.frequency >= HIGH, scores.money >= HIGH)
        wanted = (self.is_recent, self.is_frequent, self.is_large)
        return all(want is None or want == is_so for want, is_so in zip(wanted, found, strict=True))


RULES = (
    SegmentRule(
        Segment.LOST,
        N_("Lost customers"),
        N_("No order within the last 12 months."),
        N_("Ask the largest of them why; leave the others to a campaign."),
    ),
    SegmentRule(
        Segment.NEW,
        N_("New"),
        N_("First order within the last 90 days, and no second day with an order yet."),
        N_("Call after the delivery and offer what goes with it."),
    ),
    SegmentRule(
        Segment.CHAMPION,
        N_("Champions"),
        N_("Recent, often and much: all three scores are 4 or 5."),
        N_("Keep their prices and their stock safe; ask them before you change anything."),
        True,
        True,
        True,
    ),
    SegmentRule(
        Segment.DEVELOP,
        N_("Big, not often"),
        N_("Recent and much (4 or 5), but not often (1 to 3)."),
        N_("Find out what else they need and who else they buy from."),
        True,
        False,
        True,
    ),
    SegmentRule(
        Segment.KEEP,
        N_("Valuable, getting quiet"),
        N_("Often and much (4 or 5), but not recently (1 to 3)."),
        N_("Call this week: this is the money most easily kept."),
        False,
        True,
        True,
    ),
    SegmentRule(
        Segment.WIN_BACK,
        N_("Big, gone quiet"),
        N_("Much (4 or 5), but neither recently nor often (1 to 3)."),
        N_("Visit or make an offer for what they last bought."),
        False,
        False,
        True,
    ),
    SegmentRule(
        Segment.REGULAR,
        N_("Regulars, small"),
        N_("Recent and often (4 or 5), but not much (1 to 3)."),
        N_("Offer larger packs and what others buy with it."),
        True,
        True,
        False,
    ),
    SegmentRule(
        Segment.OCCASIONAL,
        N_("Occasional"),
        N_("Recent (4 or 5), but neither often nor much (1 to 3)."),
        N_("Give a reason to come back: the next best product."),
        True,
        False,
        False,
    ),
    SegmentRule(
        Segment.FADING,
        N_("Fading regulars"),
        N_("Often (4 or 5), but neither recently nor much (1 to 3)."),
        N_("Remind them of what they usually order."),
        False,
        True,
        False,
    ),
    SegmentRule(
        Segment.ASLEEP,
        N_("Asleep"),
        N_("Neither recently, nor often, nor much: all three scores are 1 to 3."),
        N_("A cheap reminder; no sales calls."),
        False,
        False,
        False,
    ),
)
RULE_OF = {rule.segment: rule for rule in RULES}
_SCORED = tuple(rule for rule in RULES if rule.segment not in (Segment.LOST, Segment.NEW))

DEFINITION = N_(
    "RFM over the last 12 months: days since the last order, number of orders, net sales less returns. Each is "
    "scored 1 to 5 by the share of customers who lie strictly below; equal figures get equal scores. "
    "Every customer who ever ordered is in exactly one segment."
)


def score(below: int, customers: int) -> int:
    """The quintile of somebody below whom so many of the customers lie."""
    return 1 + 5 * below // customers


def segment_of(scores: Scores | None, *, is_new: bool) -> Segment:
    """The one segment; None for who ordered nothing in the window."""
    if scores is None:
        return Segment.LOST
    if is_new:
        return Segment.NEW
    return next(rule.segment for rule in _SCORED if rule.fits(scores))
