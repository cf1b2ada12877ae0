"""Which orders give goods that are promised to them to another: pure rules over how strong their claims are.

Orders that do not need the goods yet, of a lower class, unpaid or later ones can give; of a higher class
none does. The lower class gives first, then who paid less, then who does not need them yet, then the
later one. Orders that have been shipped in part, and older ones that are paid in full, give after all others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.base.exact import ZERO
from core.base.i18n import N_
from core.sales.models import PaymentState


class Reason(StrEnum):
    """What speaks for it that an order gives goods."""

    LOWER_CLASS = "lower_class"
    UNPAID = "unpaid"
    NOT_NEEDED = "not_needed"
    LATER = "later"
    TOOK = "took"


REASON_LABELS = {
    Reason.LOWER_CLASS: N_("its customer comes later in the order of priority"),
    Reason.UNPAID: N_("nobody has paid anything for it"),
    Reason.NOT_NEEDED: N_("it cannot leave yet: it is on hold, or waits for other goods to leave as a whole"),
    Reason.LATER: N_("it was confirmed later"),
    Reason.TOOK: N_("it took these goods from this order"),
}
_PAID = {PaymentState.NONE: 0, PaymentState.PARTIAL: 1, PaymentState.FULL: 2, PaymentState.OVER: 2}


@dataclass(frozen=True)
class Claim:
    """How strong the claim of an order on goods is; priority 0 goes first. A draft was never confirmed."""

    order_id: int
    priority: int
    payment: PaymentState
    confirmed_at: datetime | None
    is_shipped: bool = False
    is_needed: bool = True
    back_orders: bool = True
    ship_by: date | None = None

    @property
    def is_paid(self) -> bool:
        """Whether all of it is paid."""
        return _PAID[self.payment] == 2

    def is_before(self, other: "Claim") -> bool:
        """Whether it was confirmed before another; before a draft every order was."""
        if self.confirmed_at is None or other.confirmed_at is None:
            return other.confirmed_at is None
        return (self.confirmed_at, self.order_id) < (other.confirmed_at, other.order_id)

    def comes_before(self, other: "Claim") -> bool:
        """Whether goods that arrive go to it first: by class, what is paid, what leaves first, then the oldest."""
        if (self.priority, not self.is_paid) != (other.priority, not other.is_paid):
            return (self.priority, not self.is_paid) < (other.priority, not other.is_paid)
        if self.ship_by and other.ship_by and self.ship_by != other.ship_by:
            return self.ship_by < other.ship_by
        return self.is_before(other)


@dataclass(frozen=True)
class Holding:
    """A line that goods are promised to which another order could use; `took` of them came from that one."""

    claim: Claim
    line_id: int
    variant_id: int
    held: Decimal
    took: Decimal = ZERO


@dataclass(frozen=True)
class Yield:
    """A line that can give: at most how much, how much is proposed, and why."""

    holding: Holding
    reasons: tuple[Reason, ...]
    most: Decimal
    gives: Decimal


@dataclass(frozen=True)
class Waiter:
    """So much that an order still waits for."""

    claim: Claim
    quantity: Decimal


def reasons(holding: Holding, taker: Claim) -> tuple[Reason, ...]:
    """What speaks for it that an order gives goods to another."""
    claim = holding.claim
    said = {
        Reason.LOWER_CLASS: claim.priority > taker.priority,
        Reason.UNPAID: claim.payment == PaymentState.NONE,
        Reason.NOT_NEEDED: not claim.is_needed,
        Reason.LATER: taker.is_before(claim),
        Reason.TOOK: holding.took > ZERO,
    }
    return tuple(reason for reason, holds in said.items() if holds)


def most(holding: Holding, taker: Claim) -> Decimal:
    """How much a line can give: all it has, where its order may wait; what it took, whatever its rule says."""
    claim = holding.claim
    speaks = set(reasons(holding, taker)) - {Reason.TOOK}
    if claim.back_orders and claim.priority >= taker.priority and speaks:
        return holding.held
    return min(holding.held, holding.took)


def in_turn(holdings: Iterable[Holding], taker: Claim) -> list[Holding]:
    """Who gives first."""

    def turn(holding: Holding) -> tuple[bool, int, int, bool, float, int, int]:
        claim = holding.claim
        is_last = claim.is_shipped or (claim.is_paid and claim.is_before(taker))
        since = claim.confirmed_at.timestamp() if claim.confirmed_at else 0.0
        return is_last, -claim.priority, _PAID[claim.payment], claim.is_needed, -since, -claim.order_id, holding.line_id

    return sorted(holdings, key=turn)


def propose(missing: Mapping[int, Decimal], holdings: Sequence[Holding], taker: Claim) -> list[Yield]:
    """Everybody who can give, in turn, and of the first as much as is missing (variant → quantity)."""
    left = dict(missing)
    found = []
    for holding in in_turn(holdings, taker):
        at_most = most(holding, taker)
        if at_most <= ZERO:
            continue
        gives = min(at_most, left.get(holding.variant_id, ZERO))
        left[holding.variant_id] = left.get(holding.variant_id, ZERO) - gives
        found.append(Yield(holding, reasons(holding, taker), at_most, gives))
    return found


def waits_until(
    claim: Claim, quantity: Decimal, others: Iterable[Waiter], arrivals: Sequence[tuple[date, Decimal]]
) -> date | None:
    """The day on which enough is expected for an order and all that come before it; None where no day is known."""
    needed = quantity + sum((each.quantity for each in others if each.claim.comes_before(claim)), ZERO)
    for on, comes in sorted(arrivals):
        needed -= comes
        if needed <= ZERO:
            return on
    return None
