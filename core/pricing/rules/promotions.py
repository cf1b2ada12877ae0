"""Promotions as data: what they are for, what they take off, how they stack and how often they may be used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.base.exact import ZERO, round_to
from core.base.i18n import N_

USUAL_PRIORITY = 100


class Kind(StrEnum):
    """What a promotion does."""

    ITEM = "item"
    NTH = "nth"
    BUY_GET = "buy_get"
    BUNDLE = "bundle"
    LADDER = "ladder"
    COUPON = "coupon"


class Stacking(StrEnum):
    """What a promotion is computed on where others of its stage went before."""

    ADD_UP = "add_up"
    ON_REDUCED = "on_reduced"


class Choice(StrEnum):
    """Which promotion of an exclusion group is taken."""

    BEST = "best"
    PRIORITY = "priority"


class Verdict(StrEnum):
    """What became of a promotion."""

    APPLIED = "applied"
    EXCLUDED = "excluded"
    NOT_FOR_RETURNS = "not_for_returns"
    NOT_FOR_CUSTOMER = "not_for_customer"
    NOT_YET = "not_yet"
    OVER = "over"
    NO_CODE = "no_code"
    HELD_OUT = "held_out"
    USED_UP = "used_up"
    NO_ITEMS = "no_items"
    TOO_LITTLE = "too_little"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    NOTHING_OFF = "nothing_off"


KIND_LABELS = {
    Kind.ITEM: N_("Item discount"),
    Kind.NTH: N_("Every nth piece"),
    Kind.BUY_GET: N_("Buy and get"),
    Kind.BUNDLE: N_("Bundle price"),
    Kind.LADDER: N_("Reduction from an amount"),
    Kind.COUPON: N_("Coupon"),
}
STACKING_LABELS = {
    Stacking.ADD_UP: N_("Discounts add up"),
    Stacking.ON_REDUCED: N_("On the reduced price"),
}
VERDICT_LABELS = {
    Verdict.APPLIED: N_("Was applied."),
    Verdict.EXCLUDED: N_("Another one of its group is better for the customer."),
    Verdict.NOT_FOR_RETURNS: N_("Does not count for returns."),
    Verdict.NOT_FOR_CUSTOMER: N_("Is for other customers."),
    Verdict.NOT_YET: N_("Has not begun yet."),
    Verdict.OVER: N_("Is over."),
    Verdict.NO_CODE: N_("Needs its coupon."),
    Verdict.HELD_OUT: N_("This customer belongs to the group that does without it, so that its effect can be told."),
    Verdict.USED_UP: N_("Has been used as often as it may be."),
    Verdict.NO_ITEMS: N_("None of its products is on the order."),
    Verdict.TOO_LITTLE: N_("The amount is too small."),
    Verdict.TOO_FEW: N_("The quantity is too small."),
    Verdict.TOO_MANY: N_("The quantity is too large."),
    Verdict.NOTHING_OFF: N_("There is nothing it could take off."),
}
STAGES = {Kind.ITEM: 2, Kind.NTH: 3, Kind.BUY_GET: 3, Kind.BUNDLE: 3, Kind.LADDER: 4, Kind.COUPON: 5}
"""The order in which promotions act: 1 is the customer's price, 6 what is granted by hand, 7 the rounding."""

MANUAL_STAGE, ROUNDING_STAGE = 6, 7


@dataclass(frozen=True)
class Items:
    """Which products; without any, all."""

    variants: frozenset[int] = frozenset()
    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()


EVERYTHING = Items()


@dataclass(frozen=True)
class Off:
    """What is taken off: a percentage, an amount, or all above a price. Exactly one of them."""

    percent: Decimal | None = None
    amount: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True)
class Step:
    """A rung of a ladder: from this amount (or quantity) on, so much is taken off."""

    reach: Decimal
    off: Off


@dataclass(frozen=True)
class Part:
    """What a bundle needs of some products."""

    items: Items
    quantity: Decimal


@dataclass(frozen=True)
class Promotion:
    """A promotion. Fields that its kind does not use stay as they are here.

    Everywhere: only for these customers, customer tags and channels (none: all), from `since` and before
    `until`; `items` is what its conditions look at; `min_amount`, `min_quantity` and `max_quantity` are
    about all of them together, `min_order` about the whole order, as entered. `cap` and `budget` count
    what the customer saves, tax included.

    - item: `off` each of the items.
    - nth: `off` every `nth` piece, dearest first.
    - buy_get: for `buy_quantity` of the items (or from `min_amount` or `min_order` on), `get_quantity` of
      `gets` (none: all there are) have `off`, cheapest first; `adds_variant` is put on the order for it.
      With `repeats`, as often as it was bought, at most `most` times.
    - bundle: its parts together cost `off.price`.
    - ladder: the highest of `steps` that is reached, on the amount or (`by_quantity`) the quantity of the
      items; with `repeats` its one step counts for every so much, at most `most` times.
    - coupon: `off` the items once, where `code` is given. A share `held_out` of the customers does without.
    """

    id: int
    kind: Kind
    name: str = ""
    priority: int = USUAL_PRIORITY
    group: str = ""
    stacking: Stacking = Stacking.ADD_UP
    customers: frozenset[int] = frozenset()
    tags: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    since: date | None = None
    until: date | None = None
    items: Items = EVERYTHING
    min_amount: Decimal = ZERO
    min_order: Decimal = ZERO
    min_quantity: Decimal = ZERO
    max_quantity: Decimal | None = None
    off: Off = Off()
    nth: int = 0
    buy_quantity: Decimal = ZERO
    get_quantity: Decimal | None = None
    gets: Items | None = None
    adds_variant: int | None = None
    repeats: bool = False
    most: int | None = None
    parts: tuple[Part, ...] = ()
    steps: tuple[Step, ...] = ()
    by_quantity: bool = False
    code: str = ""
    cap: Decimal | None = None
    total_uses: int | None = None
    uses_per_customer: int | None = None
    budget: Decimal | None = None
    held_out: Decimal = ZERO


@dataclass(frozen=True)
class Usage:
    """How often a promotion was used so far, in all and by this customer, and what it cost."""

    total: int = 0
    by_customer: int = 0
    spent: Decimal = ZERO


@dataclass(frozen=True)
class BasketLine:
    """A line before promotions: a quantity in the stock unit at the customer's price.

    `key` is the line's place and settles what is equal. A gift that a promotion put there counts for nothing.
    """

    key: int
    variant_id: int
    quantity: Decimal
    unit_price: Decimal
    product_id: int = 0
    categories: tuple[int, ...] = ()
    tax_rate: Decimal = ZERO
    manual_discount: Decimal = ZERO
    is_gift: bool = False

    @property
    def amount(self) -> Decimal:
        """The amount before any discount."""
        return round_to(self.quantity * self.unit_price)


@dataclass(frozen=True)
class Basket:
    """An order as promotions see it.

    `worth` holds the ordinary price of products that may be added as gifts, so that they can be compared.
    `rounding_step` rounds what is to be paid down to whole steps (抹零).
    """

    lines: tuple[BasketLine, ...]
    on: date = date.min
    customer_id: int | None = None
    tags: frozenset[int] = frozenset()
    channel_id: int | None = None
    codes: frozenset[str] = frozenset()
    prices_include_tax: bool = True
    is_return: bool = False
    manual_discount: Decimal = ZERO
    rounding_step: Decimal = ZERO
    worth: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Gift:
    """What a promotion puts on the order."""

    promotion_id: int
    variant_id: int
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True)
class Discount:
    """What one promotion (or hand, or rounding) takes off one line."""

    stage: int
    promotion_id: int | None
    amount: Decimal


@dataclass(frozen=True)
class PricedLine:
    """A line after promotions: `amount - discounts = total`, never below zero."""

    key: int
    amount: Decimal
    discounts: tuple[Discount, ...]
    total: Decimal

    @property
    def discount(self) -> Decimal:
        """All that is taken off."""
        return self.amount - self.total


@dataclass(frozen=True)
class Judged:
    """What became of a promotion: how much it took off, with tax, or how much more it would have needed."""

    promotion_id: int
    name: str
    stage: int
    verdict: Verdict
    amount: Decimal = ZERO
    saved: Decimal = ZERO
    missing: Decimal = ZERO


@dataclass(frozen=True)
class Outcome:
    """An order after promotions, and what became of each; the lines stand in the order of their keys."""

    lines: tuple[PricedLine, ...]
    gifts: tuple[Gift, ...]
    trace: tuple[Judged, ...]
    amount: Decimal
    total: Decimal

    @property
    def discount(self) -> Decimal:
        """All that is taken off the order."""
        return self.amount - self.total
