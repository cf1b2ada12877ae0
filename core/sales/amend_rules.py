"""Pure rules of amendments: what a change of a line is, what it may be, what it means for stock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.base.errors import AppError, InvalidInput
from core.base.exact import AMOUNT_PLACES, PRICE_PLACES, QUANTITY_PLACES, ZERO, Rounding, fits
from core.base.flow import Flow
from core.base.i18n import N_
from core.catalog.errors import ProductRetired
from core.sales.amend_errors import BelowShipped, PriceSettled
from core.sales.amend_models import AMENDMENT_STATE_LABELS, AmendmentState
from core.sales.errors import BelowFloor
from core.sales.models import BusinessState
from core.sales.rules import NOTHING, Amounts, line_amounts

AMENDMENT_FLOW = Flow(
    "state",
    AMENDMENT_STATE_LABELS,
    ("edit", N_("Change the amendment"), {AmendmentState.REQUESTED}, AmendmentState.REQUESTED),
    ("accept", N_("Accept"), {AmendmentState.REQUESTED}, AmendmentState.ACCEPTED),
    ("decline", N_("Decline"), {AmendmentState.REQUESTED}, AmendmentState.DECLINED),
    ("undo", N_("Undo the amendment"), {AmendmentState.ACCEPTED}, AmendmentState.ACCEPTED),
)

REMEDIES = {
    BusinessState.DRAFT: N_("A draft is simply edited."),
    BusinessState.ON_HOLD: N_("Press “Resume” first, so that everybody sees that it goes on."),
    BusinessState.COMPLETED: N_("Press “Resume” first: a completed order is opened again before it changes."),
    BusinessState.CANCELLED: N_("Reopen it and edit the draft, or enter a new order."),
    BusinessState.EXPIRED: N_("Enter a new order; “Order again” copies this one."),
}
"""What to do with an order that cannot be amended where it stands."""


class Change(StrEnum):
    """What happens to a line."""

    KEPT = "kept"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


CHANGE_LABELS = {
    Change.KEPT: N_("As it was"),
    Change.CHANGED: N_("Changed"),
    Change.ADDED: N_("Added"),
    Change.REMOVED: N_("Taken off"),
}


@dataclass(frozen=True)
class Terms:
    """What a line says in one version of the order: the amounts are for the whole line, after discount."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    amounts: Amounts

    @property
    def said(self) -> tuple[Decimal, Decimal, Decimal]:
        """What was agreed; the amounts follow, with tax rounded over the whole document also from other lines."""
        return self.quantity, self.unit_price, self.discount

    @property
    def charged(self) -> Decimal:
        """What one unit costs after the discount."""
        return self.unit_price - self.discount / self.quantity

    def is_below(self, lowest: Decimal) -> bool:
        """Whether a unit is charged less than this, to the last decimal."""
        return self.unit_price * self.quantity - self.discount < lowest * self.quantity


@dataclass(frozen=True)
class LineChange:
    """A line before and after, and what was shipped and came back of it by then."""

    before: Terms | None
    after: Terms | None
    shipped: Decimal = ZERO
    returned: Decimal = ZERO

    @property
    def kind(self) -> Change:
        """What happens to the line."""
        if self.before is None:
            return Change.ADDED
        if self.after is None:
            return Change.REMOVED
        return Change.KEPT if self.before.said == self.after.said else Change.CHANGED

    @property
    def promised(self) -> Decimal:
        """How much more is promised to the line afterwards, or less."""
        before = self.before.quantity if self.before else ZERO
        return (self.after.quantity if self.after else ZERO) - before


def least_quantity(shipped: Decimal, returned: Decimal) -> Decimal:
    """The least that a line may be amended to: what has left.

    Goods that came back have left too. They are credited by their return; a line that also shrank by
    them would credit them twice.
    """
    return max(shipped, returned)


def terms(
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal,
    tax_rate: Decimal,
    *,
    prices_include_tax: bool,
    rounding: Rounding,
) -> Terms:
    """The terms of a line with its amounts; refuses numbers that no line can have."""
    if quantity <= ZERO or not fits(quantity, QUANTITY_PLACES):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    if unit_price < ZERO or not fits(unit_price, PRICE_PLACES):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter a price of zero or more with at most 4 decimals."))
    amounts = line_amounts(
        quantity, unit_price, discount, tax_rate, prices_include_tax=prices_include_tax, rounding=rounding
    )
    if discount < ZERO or not fits(discount, AMOUNT_PLACES) or amounts.gross < ZERO:
        raise InvalidInput(field=N_("Discount"), reason=N_("enter an amount from zero up to the amount of the line."))
    return Terms(quantity, unit_price, discount, amounts)


def settles_apart(change: LineChange) -> bool:
    """Whether goods of the line came back at a price that it would have no more."""
    before, after = change.before, change.after
    is_other = before and after and (before.unit_price, before.discount) != (after.unit_price, after.discount)
    return bool(change.returned and is_other)


def refusals_of(
    change: LineChange, *, sku: str, name: str, lowest: Decimal, is_retired: bool, may_override: bool
) -> list[AppError]:
    """Everything that speaks against this change of a line; nothing for a line that stays as it is.

    What was agreed before may stand: only what is new must keep to the lowest price, and less of a
    retired product may always be ordered.
    """
    before, after = change.before, change.after
    if change.kind == Change.KEPT:
        return []
    found: list[AppError] = []
    least = least_quantity(change.shipped, change.returned)
    if (after.quantity if after else ZERO) < least:
        found.append(BelowShipped(sku=sku, shipped=least, asked=after.quantity if after else ZERO))
    if after is None:
        return found
    is_more = before is None or after.quantity > before.quantity
    if is_retired and is_more:
        found.append(ProductRetired(sku=sku, name=name))
    if settles_apart(change):
        found.append(PriceSettled(sku=sku, returned=change.returned))
    is_cheaper = before is None or after.charged < before.charged
    if after.is_below(lowest) and (is_more or is_cheaper) and not may_override:
        found.append(BelowFloor(sku=sku, lowest=lowest, price=after.charged))
    return found


def needs_reason(changes: Iterable[LineChange]) -> bool:
    """Whether goods or money change, which nobody may do without saying why; a new note alone explains itself."""
    return any(change.kind != Change.KEPT for change in changes)


def totals(changes: Sequence[LineChange]) -> tuple[Amounts, Amounts]:
    """What the order comes to before and after."""
    before = sum((change.before.amounts for change in changes if change.before), NOTHING)
    return before, sum((change.after.amounts for change in changes if change.after), NOTHING)
