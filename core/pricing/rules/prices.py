"""Which price list rule decides: every candidate, why it won or lost, and two of equal rank found when saved."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from typing import Any

from core.base.exact import PRICE_PLACES, ZERO, round_ratio
from core.base.i18n import N_
from core.pricing.errors import FormulaFails
from core.pricing.rules.formula import Values, parse_formula

USUAL_PRIORITY = 100


class Audience(StrEnum):
    """Whom a list is for, from the widest to the narrowest."""

    EVERYONE = "everyone"
    CHANNEL = "channel"
    TAG = "tag"
    CUSTOMER = "customer"


class Target(StrEnum):
    """What a rule is for, from the widest to the narrowest."""

    ALL = "all"
    CATEGORY = "category"
    PRODUCT = "product"
    VARIANT = "variant"


class Judgement(StrEnum):
    """What became of a candidate rule."""

    WON = "won"
    OUTRANKED = "outranked"
    NOT_FOR_CUSTOMER = "not_for_customer"
    NOT_FOR_PRODUCT = "not_for_product"
    NOT_YET = "not_yet"
    OVER = "over"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NO_PRICE = "no_price"


class Criterion(StrEnum):
    """What one rule is above another by; compared in this order."""

    LIST_PRIORITY = "list_priority"
    AUDIENCE = "audience"
    PRIORITY = "priority"
    TARGET = "target"
    NEARNESS = "nearness"
    QUANTITY = "quantity"
    PERIOD = "period"
    AGE = "age"


AUDIENCE_LABELS = {
    Audience.EVERYONE: N_("All customers"),
    Audience.CHANNEL: N_("A channel"),
    Audience.TAG: N_("Customers with a tag"),
    Audience.CUSTOMER: N_("One customer"),
}
TARGET_LABELS = {
    Target.ALL: N_("All products"),
    Target.CATEGORY: N_("A category"),
    Target.PRODUCT: N_("A product"),
    Target.VARIANT: N_("A variant"),
}
JUDGEMENT_LABELS = {
    Judgement.WON: N_("This price was taken."),
    Judgement.OUTRANKED: N_("Another rule comes first."),
    Judgement.NOT_FOR_CUSTOMER: N_("Is for other customers."),
    Judgement.NOT_FOR_PRODUCT: N_("Is for other products."),
    Judgement.NOT_YET: N_("Has not begun yet."),
    Judgement.OVER: N_("Is over."),
    Judgement.TOO_FEW: N_("The quantity is too small."),
    Judgement.TOO_MANY: N_("The quantity is too large."),
    Judgement.NO_PRICE: N_("Gives no price for this product."),
}
CRITERION_LABELS = {
    Criterion.LIST_PRIORITY: N_("Its list has a higher priority."),
    Criterion.AUDIENCE: N_("Its list is closer to this customer."),
    Criterion.PRIORITY: N_("It has a higher priority."),
    Criterion.TARGET: N_("It is closer to this product."),
    Criterion.NEARNESS: N_("Its category is closer to this product."),
    Criterion.QUANTITY: N_("It begins at a larger quantity."),
    Criterion.PERIOD: N_("It is for a limited time."),
    Criterion.AGE: N_("It was entered earlier."),
}
_AUDIENCE_RANK = {audience: -n for n, audience in enumerate(Audience)}
_TARGET_RANK = {target: -n for n, target in enumerate(Target)}


@dataclass(frozen=True)
class PriceRule:
    """A rule of a price list, with what it takes over from its list.

    Priority 1 comes before 2. `price` is for `per_quantity` stock units; a formula is for one. The period
    is that of rule and list together; `until` is the first day on which it no longer holds. Quantities are
    absolute and in the stock unit; `max_quantity` still belongs to the rule.
    """

    id: int
    list_id: int = 0
    list_name: str = ""
    list_priority: int = USUAL_PRIORITY
    audience: Audience = Audience.EVERYONE
    audience_id: int | None = None
    target: Target = Target.ALL
    target_id: int | None = None
    min_quantity: Decimal = ZERO
    max_quantity: Decimal | None = None
    since: date | None = None
    until: date | None = None
    priority: int = USUAL_PRIORITY
    price: Decimal | None = None
    per_quantity: Decimal = Decimal(1)
    formula: str = ""


@dataclass(frozen=True)
class Asked:
    """What a price is asked for: a quantity of a variant in the stock unit, by a customer, on a day.

    `categories` begins with the product's own and ends at the top. Without a price list, `usual` is paid.
    """

    variant_id: int
    product_id: int = 0
    categories: tuple[int, ...] = ()
    quantity: Decimal | None = None
    customer_id: int | None = None
    tags: frozenset[int] = frozenset()
    channel_id: int | None = None
    on: date = date.min
    usual: Decimal = ZERO
    known: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A candidate rule: what became of it, what it would have cost, and by what the winner was above it."""

    rule_id: int
    list_id: int
    list_name: str
    judgement: Judgement
    price: Decimal | None = None
    by: Criterion | None = None


@dataclass(frozen=True)
class Resolved:
    """A price for one stock unit, exact and rounded, and how it came about. Without a winner it is the usual one."""

    exact: Fraction
    winner: PriceRule | None
    usual: Decimal
    trace: tuple[Judged, ...] = ()

    @property
    def unit_price(self) -> Decimal:
        """The price of one stock unit as documents keep it."""
        return round_ratio(self.exact, PRICE_PLACES)

    def price_for(self, factor: Fraction) -> Decimal:
        """The price of a unit that is so many stock units, rounded once."""
        return round_ratio(self.exact * factor, PRICE_PLACES)

    def facts(self) -> dict[str, Any]:
        """The explanation as documents keep it: plain, and without the formulas, which may tell costs."""
        return {
            "price": _plain(self.unit_price),
            "usual": _plain(self.usual),
            "rule": self.winner.id if self.winner else None,
            "list": self.winner.list_name if self.winner else None,
            "tried": [
                {
                    "rule": each.rule_id,
                    "list": each.list_name,
                    "judgement": each.judgement.value,
                    "price": None if each.price is None else _plain(each.price),
                    "by": each.by.value if each.by else None,
                }
                for each in self.trace
            ],
        }


_Rank = tuple[int, int, int, int, int, Decimal, bool, int]


def resolve(asked: Asked, rules: Iterable[PriceRule]) -> Resolved:
    """The price of the highest rule that fits; the order in which the rules are given does not matter.

    Compared one after the other: the list's priority, whom the list is for, the rule's priority, what the rule
    is for, how near its category is, the larger quantity, a period with an end.
    """
    judged: list[tuple[_Rank, PriceRule, Judgement, Fraction | None]] = []
    for rule in rules:
        judgement = _misfit(asked, rule)
        exact = _price_of(asked, rule) if judgement is None else None
        if judgement is None and exact is None:
            judgement = Judgement.NO_PRICE
        judged.append((_rank(asked, rule), rule, judgement or Judgement.WON, exact))
    judged.sort(key=lambda each: each[0])
    fitting = [(rank, rule, exact) for rank, rule, judgement, exact in judged if judgement == Judgement.WON]
    if not fitting:
        trace = tuple(_told(rule, judgement) for _, rule, judgement, _ in judged)
        return Resolved(Fraction(asked.usual), None, asked.usual, trace)
    best, winner, price = fitting[0]
    trace = tuple(
        _told(rule, judgement)
        if exact is None
        else _told(rule, Judgement.WON, exact)
        if rule is winner
        else _told(rule, Judgement.OUTRANKED, exact, _difference(best, rank))
        for rank, rule, judgement, exact in judged
    )
    return Resolved(price or Fraction(), winner, asked.usual, trace)


def equal_rules(rules: Sequence[PriceRule]) -> list[tuple[PriceRule, PriceRule]]:
    """The pairs that could both be first for the same customer, product, quantity and day."""
    alike: dict[tuple[Any, ...], list[PriceRule]] = defaultdict(list)
    for rule in rules:
        target_id = None if rule.target == Target.ALL else rule.target_id
        rank = (rule.list_priority, rule.audience, rule.priority, rule.target, target_id)
        alike[*rank, rule.min_quantity, rule.until is None].append(rule)
    return [
        pair for same in alike.values() for pair in combinations(sorted(same, key=lambda r: r.id), 2) if _meet(*pair)
    ]


def _misfit(asked: Asked, rule: PriceRule) -> Judgement | None:
    if not _is_for_customer(asked, rule):
        return Judgement.NOT_FOR_CUSTOMER
    if not _is_for_product(asked, rule):
        return Judgement.NOT_FOR_PRODUCT
    if rule.since is not None and asked.on < rule.since:
        return Judgement.NOT_YET
    if rule.until is not None and asked.on >= rule.until:
        return Judgement.OVER
    quantity = abs(asked.quantity or ZERO)
    if quantity < rule.min_quantity:
        return Judgement.TOO_FEW
    if rule.max_quantity is not None and quantity > rule.max_quantity:
        return Judgement.TOO_MANY
    return None


def _is_for_customer(asked: Asked, rule: PriceRule) -> bool:
    if rule.audience == Audience.EVERYONE:
        return True
    if rule.audience == Audience.TAG:
        return rule.audience_id in asked.tags
    wanted = asked.channel_id if rule.audience == Audience.CHANNEL else asked.customer_id
    return wanted is not None and wanted == rule.audience_id


def _is_for_product(asked: Asked, rule: PriceRule) -> bool:
    if rule.target == Target.ALL:
        return True
    if rule.target == Target.CATEGORY:
        return rule.target_id in asked.categories
    return rule.target_id == (asked.variant_id if rule.target == Target.VARIANT else asked.product_id)


def _price_of(asked: Asked, rule: PriceRule) -> Fraction | None:
    if rule.price is not None:
        return Fraction(rule.price) / Fraction(rule.per_quantity)
    try:
        exact = parse_formula(rule.formula).result(asked.known)
    except FormulaFails:
        return None
    return exact if exact >= 0 else None


def _rank(asked: Asked, rule: PriceRule) -> _Rank:
    near = rule.target == Target.CATEGORY and rule.target_id in asked.categories
    return (
        rule.list_priority,
        _AUDIENCE_RANK[rule.audience],
        rule.priority,
        _TARGET_RANK[rule.target],
        asked.categories.index(rule.target_id or 0) if near else 0,
        -rule.min_quantity,
        rule.until is None,
        rule.id,
    )


def _difference(best: _Rank, other: _Rank) -> Criterion:
    return next(criterion for criterion, a, b in zip(Criterion, best, other, strict=True) if a != b)


def _told(rule: PriceRule, judgement: Judgement, exact: Fraction | None = None, by: Criterion | None = None) -> Judged:
    price = None if exact is None else round_ratio(exact, PRICE_PLACES)
    return Judged(rule.id, rule.list_id, rule.list_name, judgement, price, by)


def _meet(one: PriceRule, other: PriceRule) -> bool:
    if one.audience in {Audience.CUSTOMER, Audience.CHANNEL} and one.audience_id != other.audience_id:
        return False
    starts = [rule.since for rule in (one, other) if rule.since is not None]
    ends = [rule.until for rule in (one, other) if rule.until is not None]
    return not starts or not ends or max(starts) < min(ends)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
