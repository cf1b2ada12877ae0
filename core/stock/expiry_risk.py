"""What of dated goods cannot be sold in time given how fast they sell, and what to do about it.

Goods go first expired, first out, within each warehouse. A warehouse sells so much a day as it did on average
over the last 90 days: what went to customers less what came back, divided by 90. No session, no clock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.base.exact import ZERO
from core.base.i18n import N_
from core.stock.expiry import LotDates, is_expired

WINDOW = 90
WHOLE, THOUSANDTH = Decimal(1), Decimal("0.001")


class Bucket(StrEnum):
    """When goods expire."""

    EXPIRED = "expired"
    IN_30 = "in_30"
    IN_60 = "in_60"
    IN_90 = "in_90"
    LATER = "later"


BUCKET_LABELS = {
    Bucket.EXPIRED: N_("Expired"),
    Bucket.IN_30: N_("Within 30 days"),
    Bucket.IN_60: N_("Within 60 days"),
    Bucket.IN_90: N_("Within 90 days"),
    Bucket.LATER: N_("Later or never"),
}
_ENDS = ((30, Bucket.IN_30), (60, Bucket.IN_60), (90, Bucket.IN_90))


class Remedy(StrEnum):
    """What can be done with goods that are not sold in time."""

    TRANSFER = "transfer"
    MARK_DOWN = "mark_down"
    RETURN = "return"


@dataclass(frozen=True)
class Held:
    """So much of a lot in a warehouse, and the days from today on which it can be sold; None: always, 0: never."""

    lot_id: int
    warehouse_id: int
    quantity: Decimal
    days: int | None


@dataclass(frozen=True)
class Advice:
    """What to do with how much; goods that are carried over go to a warehouse."""

    remedy: Remedy
    quantity: Decimal
    warehouse_id: int | None = None


@dataclass(frozen=True)
class Outlook:
    """How much of a lot in a warehouse is not sold in time, and what to do about it, if anything."""

    unsold: Decimal
    advice: tuple[Advice, ...] = ()


def bucket_of(expiry_on: date | None, today: date) -> Bucket:
    """Where goods with this last day stand: those of today are not expired yet."""
    if is_expired(expiry_on, today):
        return Bucket.EXPIRED
    if expiry_on is not None:
        left = (expiry_on - today).days
        for most, bucket in _ENDS:
            if left <= most:
                return bucket
    return Bucket.LATER


def days_to_sell(dates: LotDates, is_blocked: bool, today: date) -> int | None:
    """On how many days from today on goods can be sold: up to the day before their removal, or their last day."""
    if is_blocked or is_expired(dates.expiry_on, today):
        return 0
    if dates.removal_on is not None:
        return max((dates.removal_on - today).days, 0)
    return None if dates.expiry_on is None else (dates.expiry_on - today).days + 1


def unsold(lots: Iterable[Held], net: Decimal) -> dict[int, Decimal]:
    """How much of each lot of a product in one warehouse is not sold in time, given what it sold in 90 days."""
    held = sorted(lots, key=_turn)
    return {each.lot_id: each.quantity - sold for each, sold in _sold(held, net, _step(held))}


def outlooks(
    lots: Sequence[Held], net: Mapping[int, Decimal], returnable: Collection[int]
) -> dict[tuple[int, int], Outlook]:
    """What becomes of a product's lots, by warehouse and lot; `net` is what each warehouse sold in 90 days.

    What is not sold in time goes to the warehouse that sells most of it beside its own goods. Of the rest:
    what sells, but too slowly, is marked down; what does not sell goes back to its supplier where one is
    named (`returnable` lots), and is marked down otherwise. Nothing helps goods that may not be sold at all.
    """
    shelves: dict[int, list[Held]] = {warehouse_id: [] for warehouse_id in net}
    for each in lots:
        shelves.setdefault(each.warehouse_id, []).append(each)
    sells = {warehouse_id: max(net.get(warehouse_id, ZERO), ZERO) for warehouse_id in shelves}
    left = {place: unsold(held, sells[place]) for place, held in shelves.items()}
    found: dict[tuple[int, int], Outlook] = {}
    for each in sorted(lots, key=_turn):
        over = left[each.warehouse_id][each.lot_id]
        advice: list[Advice] = []
        rest = over
        if over and each.days:
            target, spare = _best(shelves, sells, each)
            if target is not None and (carried := min(spare, over)):
                advice.append(Advice(Remedy.TRANSFER, carried, target))
                shelves[target].append(replace(each, warehouse_id=target, quantity=carried))
                rest -= carried
        if rest:
            advice += _of_the_rest(each, rest, sells[each.warehouse_id], each.lot_id in returnable)
        found[each.warehouse_id, each.lot_id] = Outlook(over, tuple(advice))
    return found


def _of_the_rest(lot: Held, rest: Decimal, net: Decimal, is_returnable: bool) -> list[Advice]:
    if is_returnable and not (net and lot.days):
        return [Advice(Remedy.RETURN, rest)]
    return [Advice(Remedy.MARK_DOWN, rest)] if lot.days else []


def _best(shelves: Mapping[int, list[Held]], sells: Mapping[int, Decimal], lot: Held) -> tuple[int | None, Decimal]:
    """The other warehouse that can sell most of a lot in time without its own goods selling less."""
    spare = {
        place: _spare(held, sells[place], lot) for place, held in sorted(shelves.items()) if place != lot.warehouse_id
    }
    best = max(spare, key=lambda place: spare[place], default=None)
    return best, ZERO if best is None else spare[best]


def _spare(shelf: Sequence[Held], net: Decimal, lot: Held) -> Decimal:
    held = sorted(shelf, key=_turn)
    step = _step([*held, lot])
    sold = _sold(held, net, step)
    until = lot.days or 0
    ends = {until, *(each.days for each in held if each.days is not None and each.days > until)}
    room = [
        _could_sell(net, end, step)
        - sum((count for each, count in sold if each.days is not None and each.days <= end), ZERO)
        for end in ends
    ]
    return max(min(room), ZERO)


def _sold(held: Sequence[Held], net: Decimal, step: Decimal) -> list[tuple[Held, Decimal]]:
    used, found = ZERO, []
    for each in held:
        if each.days is None:
            found.append((each, each.quantity))
            continue
        count = min(each.quantity, max(_could_sell(net, each.days, step) - used, ZERO))
        used += count
        found.append((each, count))
    return found


def _could_sell(net: Decimal, days: int, step: Decimal) -> Decimal:
    return max(net, ZERO) * days // (WINDOW * step) * step


def _step(held: Iterable[Held]) -> Decimal:
    """Pieces are sold whole."""
    return WHOLE if all(not each.quantity % WHOLE for each in held) else THOUSANDTH


def _turn(lot: Held) -> tuple[bool, int, int]:
    return lot.days is None, lot.days or 0, lot.lot_id
