"""The ledger: goods that leave, come, come back or change their place, and the levels kept with them.

Every function locks the levels it decides by in the order of their places (`shelves`), so that two
documents over the same products wait for each other instead of deadlocking, and lists everything
that is short. Promises are made in `promises`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from core.base.errors import AppError, Refusals
from core.base.exact import ZERO
from core.stock.allocation import Allocated, Asked, Shelf, Wish, allocate
from core.stock.errors import LotBlocked, LotExpired, LotMissing, NotEnoughPromised
from core.stock.expiry import Freshness, freshness
from core.stock.models import CUSTOMER, SUPPLIER, MoveState, StockMove
from core.stock.moves import (
    Line,
    LotEntry,
    Origin,
    Part,
    departures,
    place_of_move,
    post,
    priced,
    reserved_moves,
    summed,
    write_moves,
)
from core.stock.places import place_of, storage_of
from core.stock.promises import (
    below_allowed,
    change_reserved,
    choose_lots,
    refuse_short,
    release,
    reserve,
    reserve_less,
    reserve_more,
)
from core.stock.shelves import Place, by_place, change, let_below, put, shelves_at, shelves_of_warehouse
from core.stock.short import changes_since, names_of, numbers_of, refuse_short_then
from core.work.unit import UnitOfWork

__all__ = [
    "Line",
    "LotEntry",
    "Origin",
    "Taken",
    "bring_in",
    "change_reserved",
    "choose_lots",
    "held_then",
    "on_hand_locked",
    "on_hand_then",
    "place_of",
    "put_back",
    "release",
    "reserve",
    "reserve_less",
    "reserve_more",
    "shift",
    "storage_of",
    "take_out",
    "take_reserved",
]


@dataclass(frozen=True)
class Taken:
    """A move that let promised goods go: so much of a line, of this lot."""

    move_id: int
    line_id: int | None
    lot_id: int | None
    quantity: Decimal


def take_reserved(
    uow: UnitOfWork,
    location_id: int,  # noqa: ARG001 - goods leave from where they are promised
    quantities: Mapping[int, Decimal],
    origin: Origin,
    *,
    lots: Mapping[int, Mapping[int, Decimal]] | None = None,
    expired_too: bool = False,
) -> list[Taken]:
    """Let promised goods leave: so much of each line (line id → quantity), splitting reservations as needed.

    `lots` names how much of which lot (line id → lot id → quantity) the line is promised is to go.

    Refuses tracked goods whose lot nobody named, blocked lots, and expired ones unless they are to go too.
    """
    moves = reserved_moves(uow, origin)
    shelves = shelves_at(uow, {move.source_id for move in moves}, {move.variant_id for move in moves})
    there = by_place(shelves)
    leaving = _leaving(moves, there, quantities, lots or {})
    _refuse_bad_lots(uow, [there[place_of_move(move)] for move, _ in leaving], expired_too=expired_too)
    whole, split = [], []
    for move, quantity in leaving:
        line = Line(move.variant_id, quantity, move.origin_line_id, lot_id=move.lot_id)
        part = Part(line, move.source_id, CUSTOMER)
        if quantity < move.quantity:
            move.quantity -= quantity
            split.append(part)
        else:
            move.state, move.at = MoveState.DONE, uow.now
            whole.append((move.id, part))
    done = [*whole, *zip(write_moves(uow, split, MoveState.DONE, origin), split, strict=True)]
    post(uow, done, warehouses={each.location_id: each.warehouse_id for each in shelves if each.warehouse_id})
    out = summed(((part.left, part.line.quantity) for _, part in done), -1)
    change(uow, shelves, on_hand=out, reserved=out)
    return [Taken(move_id, part.line.line_id, part.line.lot_id, part.line.quantity) for move_id, part in done]


def put_back(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Undo a departure: the goods are on the shelf again, where they were, and promised again to the same lines."""
    parts = departures(uow, lines, origin, location_id)
    shelves = shelves_at(uow, {part.target_id for part in parts}, {part.line.variant_id for part in parts})
    ids = write_moves(uow, parts, MoveState.DONE, origin)
    post(uow, list(zip(ids, parts, strict=True)))
    back = summed((part.reached, part.line.quantity) for part in parts)
    open_ = {(move.origin_line_id, place_of_move(move)): move for move in reserved_moves(uow, origin)}
    fresh: dict[tuple[int | None, Place], Part] = {}
    for part in parts:
        key = (part.line.line_id, part.reached)
        if key in open_:
            open_[key].quantity += part.line.quantity
            continue
        before = fresh[key].line.quantity if key in fresh else ZERO
        line = replace(part.line, quantity=part.line.quantity + before, returns_id=None)
        fresh[key] = Part(line, part.target_id, CUSTOMER)
    write_moves(uow, fresh.values(), MoveState.RESERVED, origin)
    change(uow, shelves, on_hand=back, reserved=back)


def bring_in(
    uow: UnitOfWork,
    source_id: int,
    location_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    at: datetime | None = None,
    undoes: bool = False,
) -> None:
    """Put goods on the shelf, from a location outside our warehouses.

    Goods of a supplier that do not say what they cost are taken at their purchase price.
    """
    if source_id == SUPPLIER:
        lines = priced(uow, lines)
    parts = [Part(line, source_id, location_id) for line in lines]
    ids = write_moves(uow, parts, MoveState.DONE, origin, at, undoes=undoes)
    put(uow, summed((part.reached, part.line.quantity) for part in parts))
    post(uow, list(zip(ids, parts, strict=True)), at, undoes=undoes)


def take_out(
    uow: UnitOfWork,
    location_id: int,
    target_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    at: datetime | None = None,
    undoes: bool = False,
    anywhere: bool = False,
) -> None:
    """Take unpromised goods off the shelf, or refuse naming every variant that is or since then was short.

    Goods whose lot is not named go first expired first; `anywhere` in the warehouse, or at this place alone.
    """
    variants = {line.variant_id for line in lines}
    shelves = shelves_of_warehouse(uow, location_id, variants) if anywhere else shelves_at(uow, [location_id], variants)
    parts, below = _parts(uow, shelves, location_id, target_id, lines)
    _refuse_past(uow, shelves, parts, at, below)
    ids = write_moves(uow, parts, MoveState.DONE, origin, at, undoes=undoes)
    post(uow, list(zip(ids, parts, strict=True)), at, undoes=undoes)
    change(uow, shelves, on_hand=summed(((part.left, part.line.quantity) for part in parts), -1))


def shift(
    uow: UnitOfWork,
    source_id: int,
    target_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    at: datetime | None = None,
    undoes: bool = False,
    anywhere: bool = False,
) -> list[Line]:
    """Carry unpromised goods from one place of ours to another, or refuse naming every variant that is short.

    Goods are taken as `take_out` takes them. What was carried comes back, each line with its lot (0: none).
    """
    variants = {line.variant_id for line in lines}
    if anywhere:
        locked = shelves_of_warehouse(uow, source_id, variants, also=(target_id,))
        shelves = [shelf for shelf in locked if shelf.location_id != target_id]
    else:
        locked = shelves_at(uow, (source_id, target_id), variants)
        shelves = [shelf for shelf in locked if shelf.location_id == source_id]
    parts, below = _parts(uow, shelves, source_id, target_id, lines, below=False)
    _refuse_past(uow, shelves, parts, at, below)
    ids = write_moves(uow, parts, MoveState.DONE, origin, at, undoes=undoes)
    change(uow, shelves, on_hand=summed(((part.left, part.line.quantity) for part in parts), -1))
    put(uow, summed((part.reached, part.line.quantity) for part in parts))
    post(uow, list(zip(ids, parts, strict=True)), at, undoes=undoes)
    return [replace(part.line, lot_id=part.line.lot_id or 0) for part in parts]


def on_hand_locked(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What is at a place now, of all lots, locked until the transaction ends; variants never seen are zero."""
    held = dict.fromkeys(variant_ids, ZERO)
    for shelf in shelves_at(uow, [location_id], held):
        held[shelf.variant_id] += shelf.on_hand
    return held


def on_hand_then(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int], at: datetime) -> dict[int, Decimal]:
    """What was at a place at a moment, of all lots, locked as it is now."""
    held = dict.fromkeys(variant_ids, ZERO)
    for place, quantity in held_then(uow, location_id, held, at).items():
        held[place.variant_id] += quantity
    return held


def held_then(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int], at: datetime) -> dict[Place, Decimal]:
    """What was at a place at a moment, lot by lot, locked as it is now."""
    variants = set(variant_ids)
    held: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for place, shelf in by_place(shelves_at(uow, [location_id], variants)).items():
        held[place] = shelf.on_hand
    if at < uow.now:
        for place, _, came in changes_since(uow, [location_id], variants, at):
            held[place] -= came
    return held


def _leaving(
    moves: Sequence[StockMove],
    there: Mapping[Place, Shelf],
    quantities: Mapping[int, Decimal],
    lots: Mapping[int, Mapping[int, Decimal]],
) -> list[tuple[StockMove, Decimal]]:
    """Which promises are kept, first expired first; refuses lines that are promised less than is to leave."""
    leaving, short, asked = [], {}, {}
    for line_id, quantity in quantities.items():
        own = [move for move in moves if move.origin_line_id == line_id]
        left = quantity
        named = dict(lots.get(line_id, ()))
        for move in own if len(own) == 1 else sorted(own, key=lambda each: there[place_of_move(each)].turn):
            part = min(left, move.quantity)
            if named:
                part = min(part, named.get(move.lot_id or 0, ZERO))
                named[move.lot_id or 0] = named.get(move.lot_id or 0, ZERO) - part
            if part > ZERO:
                leaving.append((move, part))
                left -= part
        if left:
            short[line_id], asked[line_id] = quantity - left, quantity
    if short:
        problems: list[AppError] = [
            NotEnoughPromised(line_id=line_id, promised=promised, asked=asked[line_id])
            for line_id, promised in short.items()
        ]
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return leaving


def _refuse_bad_lots(uow: UnitOfWork, shelves: Sequence[Shelf], *, expired_too: bool) -> None:
    unnamed = {each.variant_id for each in shelves if each.is_tracked and each.lot_id is None}
    judged = {
        each.lot_id: (each.variant_id, freshness(each.dates, each.is_blocked, uow.today), each.dates.expiry_on)
        for each in shelves
        if each.lot_id is not None
    }
    bad = {
        lot_id: found
        for lot_id, found in judged.items()
        if found[1] is Freshness.BLOCKED or (found[1] is Freshness.EXPIRED and not expired_too)
    }
    if not unnamed and not bad:
        return
    names = {variant_id: sku for variant_id, sku, _ in names_of(uow, {*unnamed, *(each[0] for each in bad.values())})}
    numbers = numbers_of(uow, [lot_id for lot_id in bad if lot_id is not None])
    problems: list[AppError] = [LotMissing(sku=names[variant_id]) for variant_id in sorted(unnamed)]
    for lot_id, (variant_id, found, expiry_on) in bad.items():
        facts = {"sku": names[variant_id], "lot": numbers[lot_id or 0]}
        if found is Freshness.BLOCKED:
            problems.append(LotBlocked(**facts))
        else:
            problems.append(LotExpired(**facts, expiry_on=expiry_on))
    raise Refusals(problems) if len(problems) > 1 else problems[0]


def _parts(
    uow: UnitOfWork,
    shelves: list[Shelf],
    location_id: int,
    target_id: int,
    lines: Sequence[Line],
    *,
    below: bool = True,
) -> tuple[list[Part], set[int]]:
    """Where lines are taken from, and what of them goes below nothing; levels that do are added to the shelves."""
    parts: list[Part] = []
    found = Allocated()
    short: set[int] = set()
    of_variant: dict[int, list[Shelf]] = defaultdict(list)
    for shelf in shelves:
        of_variant[shelf.variant_id].append(shelf)
    for index, line in enumerate(lines):
        found_one = allocate(
            [Asked(line.variant_id, line.quantity, index, line.lot_id, as_is=line.lot_id is not None)],
            of_variant[line.variant_id],
            Wish(uow.today),
        )
        for pick in found_one.picks:
            pick.shelf.on_hand -= pick.quantity
            part = replace(line, quantity=pick.quantity, lot_id=pick.shelf.lot_id)
            parts.append(Part(part, pick.shelf.location_id, target_id))
        found.missing += found_one.missing
    there = by_place(shelves)
    for each in parts:
        there[each.left].on_hand += each.line.quantity
    if found.missing:
        short = {asked.variant_id for asked, _ in found.missing}
        allowed = below_allowed(uow, location_id, short) if below else set()
        if short - allowed:
            had: dict[int, Decimal] = defaultdict(lambda: ZERO)
            for each in parts:
                had[each.line.variant_id] += each.line.quantity
            refuse_short(uow, location_id, had, [line for line in lines if line.variant_id in short - allowed])
        let = by_place(let_below(uow, {Place(variant_id, location_id) for variant_id in short}))
        shelves += [shelf for place, shelf in let.items() if place not in there]
        for asked, quantity in found.missing:
            line = lines[asked.line_id or 0]
            parts.append(Part(replace(line, quantity=quantity, lot_id=None), location_id, target_id))
    return parts, short


def _refuse_past(
    uow: UnitOfWork, shelves: Sequence[Shelf], parts: Sequence[Part], at: datetime | None, below: set[int]
) -> None:
    """Refuse what would have left less than nothing at any moment since then; but not what may go below."""
    past: dict[Place, datetime] = {}
    for part in parts:
        moment = part.line.at or at or uow.now
        if moment < uow.now and part.line.variant_id not in below:
            past[part.left] = min(moment, past.get(part.left, moment))
    if past:
        on_hand = {place: shelf.on_hand for place, shelf in by_place(shelves).items()}
        refuse_short_then(uow, on_hand, summed((part.left, part.line.quantity) for part in parts), past)
