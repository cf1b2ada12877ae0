"""Pure rules of shipments that are off: how much less or more than ordered may leave, and who says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import floor

from core.base.errors import InvalidInput
from core.base.exact import QUANTITY_PLACES, RATE_PLACES, ZERO, allocate, fits, round_to
from core.base.i18n import N_

_STEP = Decimal(1).scaleb(-QUANTITY_PLACES)


@dataclass(frozen=True)
class Tolerance:
    """Shares of what was ordered that may stay behind and still close the line, and that may leave on top."""

    under: Decimal = ZERO
    over: Decimal = ZERO

    def may_stay(self, ordered: Decimal) -> Decimal:
        """How much may stay behind for good."""
        return _part(ordered, self.under)

    def may_leave(self, ordered: Decimal) -> Decimal:
        """How much may leave in all."""
        return ordered + _part(ordered, self.over)


@dataclass(frozen=True)
class Room:
    """How far shipments of a line may be off: so much may stay behind, and so much may leave in all."""

    ordered: Decimal
    may_stay: Decimal
    may_leave: Decimal

    def closes(self, quantity: Decimal, shipped: Decimal) -> bool:
        """Whether a line of this quantity may be closed once so much has left."""
        return ZERO < shipped < quantity and quantity - shipped <= self.may_stay


def room_of(tolerance: Tolerance, ordered: Decimal, quantity: Decimal, *, is_again: bool) -> Room:
    """The room of a line that says `quantity` now, of which `ordered` was ordered.

    What is delivered once more was agreed on anew, so none of it stays behind.
    """
    may_stay = ZERO if is_again else max(tolerance.may_stay(ordered) - max(ordered - quantity, ZERO), ZERO)
    return Room(ordered, may_stay, max(tolerance.may_leave(ordered), quantity))


def kits_made(quantity: Decimal, parts: Iterable[tuple[Decimal, Decimal]]) -> list[Fraction]:
    """How many kits the goods of each part (in so many kits, gone) make, of a kit of this quantity."""
    return [Fraction(gone) / Fraction(inside) * Fraction(quantity) for inside, gone in parts]


def whole_kits(made: Sequence[Fraction]) -> Decimal | None:
    """How many whole kits have left; None where a part is more or less than they hold."""
    first = made[0]
    return Decimal(first.numerator) if first.denominator == 1 and set(made) == {first} else None


def part_room(room: Room, kits: Decimal, inside: Decimal) -> Room:
    """The room of a part of which so much is in so many kits: what whole kits of their room hold."""
    each = Fraction(inside) / Fraction(kits)

    def of(count: Decimal | int) -> Decimal:
        exact = Fraction(count) * each
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(_STEP, rounding=ROUND_FLOOR)

    return Room(of(room.ordered), of(floor(room.may_stay)), max(of(floor(room.may_leave)), inside))


Said = tuple[Decimal | None, Decimal | None]


def tolerance_that_counts(customer: Said, categories: Sequence[Said], company: Said) -> Tolerance:
    """The customer's own say counts first, then that of the nearest category (nearest first), then the company's.

    Less and more are looked up each by itself, so that a rule may speak of one of them alone.
    """
    said = (customer, *categories, company)
    return Tolerance(_first(under for under, _ in said), _first(over for _, over in said))


def checked_shares(*shares: Decimal | None) -> None:
    """Refuses what is no share from 0 to 100%."""
    for share in shares:
        if share is not None and not (ZERO <= share <= 1 and fits(share, RATE_PLACES)):
            raise InvalidInput(field=N_("Tolerance"), reason=N_("enter a share from 0 to 100%."))


def scaled_discount(discount: Decimal, ordered: Decimal, quantity: Decimal) -> Decimal:
    """The discount of a line of another quantity: a unit costs after it what a unit of the whole line costs."""
    return round_to(discount * quantity / ordered)


def scaled_parts(parts: Sequence[Decimal], discount: Decimal) -> list[Decimal]:
    """What each promotion and the hand took off, of a discount that became another; they add up to it."""
    return allocate(discount, parts) if sum(parts, ZERO) else list(parts)


@dataclass(frozen=True)
class Written:
    """What one amendment says of a line: by itself, as a shipment was off, or as somebody asked for it."""

    by_shipment: bool
    before: Decimal | None
    after: Decimal | None
    discount_before: Decimal | None = None
    discount_after: Decimal | None = None


@dataclass(frozen=True)
class Agreed:
    """What was ordered of a line, shipments that were off aside, and its discount then."""

    quantity: Decimal
    discount: Decimal


def agreed(quantity: Decimal, discount: Decimal, written: Iterable[Written]) -> Agreed:
    """What was ordered of a line that says `quantity` now; `written` are its amendments, oldest first.

    An amendment that somebody asked for is a new agreement: what shipments changed before it counts no more.
    """
    first, is_repriced = None, False
    for each in written:
        if each.by_shipment:
            first = first or (each if each.before != each.after else None)
        elif each.before != each.after:
            first, is_repriced = None, False
        elif each.discount_before != each.discount_after:
            is_repriced = True
    if first is None or first.before is None:
        return Agreed(quantity, discount)
    if is_repriced or first.discount_before is None:
        return Agreed(first.before, scaled_discount(discount, quantity, first.before))
    return Agreed(first.before, first.discount_before)


def _part(ordered: Decimal, share: Decimal) -> Decimal:
    return (ordered * share).quantize(_STEP, rounding=ROUND_FLOOR)


def _first(said: Iterable[Decimal | None]) -> Decimal:
    return next((share for share in said if share is not None), ZERO)
