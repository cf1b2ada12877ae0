"""What a finding is, what its sentence says, and how findings are ranked: pure rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.analytics.layer.terms import Unit
from core.base.exact import QUANTITY_PLACES, ZERO, round_to
from core.base.i18n import N_

LEAD_DAYS = 14
"""So many days pass until goods ordered today can be sold."""
CHANGE_DAYS = 30
"""Whole days that are held against as many before them."""
MOST_FALLS, MOST_RISES = 3, 1
MOST_OF_A_KIND, MOST_SHOWN = 5, 12
GROWN_TWOFOLD = 2

Fact = str | int | date | Decimal


class Kind(StrEnum):
    """What is the matter."""

    BEHIND = "behind"
    FELL = "fell"
    ROSE = "rose"
    RUNS_OUT = "runs_out"
    DEAD = "dead"
    OVER_STOCK = "over_stock"
    EXPIRES = "expires"
    STOPPED = "stopped"
    UNPAID = "unpaid"
    LATE = "late"


KIND_LABELS = {
    Kind.BEHIND: N_("Behind target"),
    Kind.FELL: N_("Sells less"),
    Kind.ROSE: N_("Sells more"),
    Kind.RUNS_OUT: N_("Runs out"),
    Kind.DEAD: N_("Does not sell"),
    Kind.OVER_STOCK: N_("Lasts too long"),
    Kind.EXPIRES: N_("Expires unsold"),
    Kind.STOPPED: N_("Stopped buying"),
    Kind.UNPAID: N_("Overdue money"),
    Kind.LATE: N_("Leaves late"),
}
DEFINITIONS = {
    Kind.BEHIND: N_(
        "The target's part for the working days that are over, less the net sales of the month so far. Money: what is "
        "missing."
    ),
    Kind.FELL: N_(
        "Net sales of a category in the last 30 whole days, less those of the 30 days before. The reasons are the "
        "product and the customer that fell most in it. Money: how much less."
    ),
    Kind.ROSE: N_(
        "Net sales of a category in the last 30 whole days, less those of the 30 days before. The reasons are the "
        "product and the customer that rose most in it. Money: how much more."
    ),
    Kind.RUNS_OUT: N_(
        "New products and those for sale: available goods of all warehouses, with those on their way between them, "
        "divided by the quantity sold a day since the first of the month three months ago, returns taken off. Money: "
        "what is not sold in 14 days, until goods ordered today can be here; at the average net price, or at list "
        "price for who may not see sales."
    ),
    Kind.DEAD: N_(
        "In stock, nothing shipped for 180 days, and nothing received for 30. Money: what keeping it has cost since it "
        "was last shipped or received, a year at most, at the company's yearly rate."
    ),
    Kind.OVER_STOCK: N_(
        "Lasts for more than a year at the pace of 180 days. Money: what keeping it has cost since it was last shipped "
        "or received, a year at most, at the company's yearly rate."
    ),
    Kind.EXPIRES: N_(
        "What is left of a lot when it has to leave the shelf, sold first expired, first out, at the pace of the last "
        "90 days; looked up every five minutes. Money: its cost, or its list price for who may not see costs."
    ),
    Kind.STOPPED: N_(
        "Customers who have let twice their usual pause pass without an order, and whom nobody is to call yet. Money: "
        "what they bought in the year before their last order."
    ),
    Kind.UNPAID: N_("What a customer should have paid by today and has not. Money: all of it that is overdue."),
    Kind.LATE: N_(
        "Confirmed orders that were to leave by yesterday and have not left whole. Money: what of them has not left, "
        "with tax."
    ),
}
UNITS = {
    "amount": Unit.MONEY,
    "value": Unit.MONEY,
    "expected": Unit.MONEY,
    "target": Unit.MONEY,
    "landing": Unit.MONEY,
    "product_amount": Unit.MONEY,
    "customer_amount": Unit.MONEY,
    "share": Unit.RATE,
}
"""What the facts of sentences count; others are quantities, days or names."""


@dataclass(frozen=True)
class Finding:
    """One finding: its sentence with facts to be written into it, the money, and what it is about.

    `about` are ids by what they are of. `subject` names it among those of its kind, so that it can be put aside.
    """

    kind: Kind
    subject: str
    amount: Decimal
    sentence: str
    facts: Mapping[str, Fact]
    about: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return self.kind.value, self.subject

    @property
    def is_good(self) -> bool:
        """Whether it is no risk."""
        return self.kind is Kind.ROSE


@dataclass(frozen=True)
class Group:
    """All findings of a kind: the dearest of them, how many there are and their money together."""

    kind: Kind
    rows: tuple[Finding, ...]
    count: int
    amount: Decimal


@dataclass(frozen=True)
class PutAside:
    """A finding that somebody does not want to see until a day, and its money at that time."""

    kind: str
    subject: str
    until: date
    amount: Decimal


def group_of(kind: Kind, found: Iterable[Finding], most: int = 50) -> Group:
    """Findings of a kind, the dearest first."""
    rows = sorted((each for each in found if each.amount > 0), key=lambda each: (-each.amount, each.subject))
    return Group(kind, tuple(rows[:most]), len(rows), sum((row.amount for row in rows), ZERO))


def is_aside(finding: Finding, aside: Mapping[tuple[str, str], PutAside], today: date) -> bool:
    """Whether a finding is put aside today; it comes back before its day when its money has doubled."""
    kept = aside.get(finding.key)
    return kept is not None and today < kept.until and finding.amount < kept.amount * GROWN_TWOFOLD


def ranked(
    groups: Iterable[Group],
    aside: Mapping[tuple[str, str], PutAside],
    today: date,
    kinds: Collection[Kind] = (),
) -> list[Finding]:
    """What to show, the most money first.

    A few of each kind; all that are kept of the kinds that were asked for.
    """
    found: list[Finding] = []
    for group in groups:
        if kinds and group.kind not in kinds:
            continue
        awake = [row for row in group.rows if not is_aside(row, aside, today)]
        found += awake if kinds else awake[:MOST_OF_A_KIND]
    found.sort(key=lambda row: (-row.amount, row.kind, row.subject))
    return found if kinds else found[:MOST_SHOWN]


@dataclass(frozen=True)
class Cover:
    """How long goods last: whole days, what is missing until new ones can be here, and what that is worth."""

    days: int
    missing: Decimal
    lost: Decimal


def cover(available: Decimal, sold: Decimal, days: int, net: Decimal, lead: int = LEAD_DAYS) -> Cover | None:
    """The cover of goods of which so much was sold for so much in so many days; None where nothing was sold.

    What is missing is what would be sold in the days until new goods can be here, less what is available.
    """
    if sold <= 0 or days <= 0:
        return None
    there = max(available, ZERO)
    missing = max(sold * lead / days - there, ZERO)
    return Cover(
        days=int(there * days // sold),
        missing=round_to(missing, QUANTITY_PLACES),
        lost=round_to(missing * max(net, ZERO) / sold),
    )


@dataclass(frozen=True)
class Part:
    """What one member of a dimension sold, before and now."""

    key: int
    name: str
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        """By how much it changed."""
        return self.now - self.before


def driver(parts: Sequence[Part], *, falls: bool) -> Part | None:
    """The part that pulled most in a direction; None where none did."""
    sign = -1 if falls else 1
    best = max(parts, key=lambda part: (sign * part.change, -part.key), default=None)
    return best if best is not None and sign * best.change > 0 else None
