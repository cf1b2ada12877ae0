"""Promising goods to documents and taking promises back: nothing leaves here, and nothing is promised twice."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.base.exact import ZERO
from core.stock.allocation import (
    Allocated,
    Asked,
    Near,
    Pick,
    Shelf,
    Sources,
    Wish,
    allocate,
    available,
    explain_parcels,
    in_turn,
)
from core.stock.errors import NotEnoughStock
from core.stock.expiry import ANY_LIFE, LeastLife
from core.stock.models import CUSTOMER, Location, LocationKind, MoveState, StockMove
from core.stock.moves import Line, Origin, Part, by_variant, place_of_move, reserved_moves, summed, write_moves
from core.stock.negative import may_go_below
from core.stock.shelves import Place, by_place, change, let_below, shelves_at, shelves_everywhere, shelves_of_warehouse
from core.stock.short import refuse
from core.work.unit import UnitOfWork


def reserve(
    uow: UnitOfWork,
    location_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    least: LeastLife = ANY_LIFE,
    everywhere: bool = False,
    partly: bool = False,
    told: list[Sources] | None = None,
    near: Near | None = None,
) -> dict[int | None, Decimal]:
    """Promise all lines from the warehouse of a location, first expired first, or refuse naming all that is short.

    `everywhere` asks other warehouses too: as few as can be, the own one alone before others, among as few the
    nearest as `near` says. `partly` promises what there is; what is open then is returned by line. Why goods
    come from which warehouses is added to `told`.
    """
    picks, missing = _found(uow, location_id, lines, least, everywhere=everywhere, partly=partly, told=told, near=near)
    _promise(uow, picks, origin, {})
    return missing


def reserve_more(
    uow: UnitOfWork,
    location_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    least: LeastLife = ANY_LIFE,
    everywhere: bool = False,
    partly: bool = False,
    told: list[Sources] | None = None,
    near: Near | None = None,
) -> dict[int | None, Decimal]:
    """`reserve` for lines that may have promises already."""
    picks, missing = _found(uow, location_id, lines, least, everywhere=everywhere, partly=partly, told=told, near=near)
    _promise(uow, picks, origin, _by_key(reserved_moves(uow, origin)))
    return missing


def reserve_less(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:  # noqa: ARG001
    """Take back so much of what is promised to each of these lines; they have at least that."""
    moves = reserved_moves(uow, origin)
    shelves = _shelves_of(uow, moves)
    change(uow, shelves, reserved=_taken_back(moves, shelves, [(line.line_id, line.quantity) for line in lines]))


def release(uow: UnitOfWork, location_id: int, origin: Origin) -> None:  # noqa: ARG001
    """Take back whatever is still promised to the document."""
    moves = reserved_moves(uow, origin)
    shelves = _shelves_of(uow, moves)
    for move in moves:
        move.state = MoveState.CANCELLED
    change(uow, shelves, reserved=summed(((place_of_move(each), each.quantity) for each in moves), -1))


def give_up(uow: UnitOfWork, parts: Mapping[int, Decimal], origin: Origin) -> None:
    """Take back so much of each of these promises of a document (move → quantity), which have at least that."""
    moves = [move for move in reserved_moves(uow, origin) if move.id in parts]
    shelves = _shelves_of(uow, moves)
    for move in moves:
        if parts[move.id] == move.quantity:
            move.state = MoveState.CANCELLED
        else:
            move.quantity -= parts[move.id]
    change(uow, shelves, reserved=summed(((place_of_move(each), parts[each.id]) for each in moves), -1))


def change_reserved(uow: UnitOfWork, location_id: int, changes: Sequence[Line], origin: Origin) -> None:
    """Promise more to lines or less (negative quantities), all together or, naming what is short, not at all."""
    moves = reserved_moves(uow, origin)
    net: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for line in changes:
        net[line.variant_id, line.line_id] += line.quantity
    shelves = shelves_of_warehouse(uow, location_id, {line.variant_id for line in changes})
    known = by_place(shelves)
    shelves += by_place(_shelves_of(uow, [move for move in moves if place_of_move(move) not in known])).values()
    less = [(key, -quantity) for key, quantity in net.items() if quantity < ZERO]
    freed: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for (variant_id, line_id), quantity in less:
        own = [move for move in moves if move.variant_id == variant_id]
        for place, part in _taken_back(own, shelves, [(line_id, quantity)]).items():
            freed[place] += part
    for place, part in freed.items():
        by_place(shelves)[place].reserved += part
    more = [Line(variant_id, quantity, line_id) for (variant_id, line_id), quantity in net.items() if quantity > ZERO]
    found = allocate(_asked(sorted(more, key=lambda line: line.line_id or 0)), shelves, Wish(uow.today))
    picks = found.picks + _below(uow, location_id, shelves, found, more)
    change(uow, shelves, reserved=freed)
    standing = [move for move in moves if move.state == MoveState.RESERVED]
    _promise(uow, picks, origin, _by_key(standing))


def choose_lots(uow: UnitOfWork, location_id: int, chosen: Mapping[int, Mapping[int, Decimal]], origin: Origin) -> None:
    """Let lines be promised these lots (line id → lot id → quantity) in place of others that they had.

    Refuses what is not free of a lot; whether a lot may leave is asked when it does.
    """
    moves = [move for move in reserved_moves(uow, origin) if move.origin_line_id in chosen]
    shelves = shelves_of_warehouse(uow, location_id, {move.variant_id for move in moves})
    known = by_place(shelves)
    shelves += by_place(_shelves_of(uow, [move for move in moves if place_of_move(move) not in known])).values()
    freed: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    asked: list[Asked] = []
    for line_id, lots in chosen.items():
        own = [move for move in moves if move.origin_line_id == line_id]
        more, spare = dict(lots), list[tuple[StockMove, Decimal]]()
        for move in own:
            kept = min(more.get(move.lot_id or 0, ZERO), move.quantity)
            more[move.lot_id or 0] = more.get(move.lot_id or 0, ZERO) - kept
            spare.append((move, move.quantity - kept))
        asked += [Asked(own[0].variant_id, part, line_id, lot_id, as_is=True) for lot_id, part in more.items() if part]
        wanted = sum(more.values(), ZERO)
        for move, excess in spare:
            part = min(excess, wanted)
            wanted -= part
            freed[place_of_move(move)] -= part
            if part == move.quantity:
                move.state = MoveState.CANCELLED
            else:
                move.quantity -= part
    for place, part in freed.items():
        by_place(shelves)[place].reserved += part
    found = allocate(asked, shelves, Wish(uow.today))
    if found.missing:
        lines = [Line(each.variant_id, each.quantity, lot_id=each.lot_id) for each, _ in found.missing]
        had = {each.variant_id: each.quantity - short for each, short in found.missing}
        refuse_short(uow, location_id, had, lines)
    change(uow, shelves, reserved=freed)
    _promise(uow, found.picks, origin, _by_key(move for move in moves if move.state == MoveState.RESERVED))


def refuse_short(uow: UnitOfWork, location_id: int, had: dict[int, Decimal], lines: Collection[Line]) -> None:
    """Refuse lines of which there was so much, naming each variant that was asked for in vain."""
    asked = by_variant(lines)
    short = {each: max(had.get(each, ZERO), ZERO) for each in asked if asked[each] > max(had.get(each, ZERO), ZERO)}
    refuse(uow, location_id, NotEnoughStock, short, asked)


def _found(
    uow: UnitOfWork,
    location_id: int,
    lines: Sequence[Line],
    least: LeastLife,
    *,
    everywhere: bool,
    partly: bool,
    told: list[Sources] | None,
    near: Near | None,
) -> tuple[list[Pick], dict[int | None, Decimal]]:
    variants = {line.variant_id for line in lines}
    wish = Wish(uow.today, least)
    if everywhere:
        shelves = _fewest(shelves_everywhere(uow, location_id, variants), lines, wish, told, near)
    else:
        shelves = shelves_of_warehouse(uow, location_id, variants)
    found = allocate(_asked(lines), shelves, wish)
    if partly:
        return found.picks, {asked.line_id: quantity for asked, quantity in found.missing}
    return found.picks + _below(uow, location_id, shelves, found, lines, least), {}


def _fewest(
    shelves: list[Shelf], lines: Sequence[Line], wish: Wish, told: list[Sources] | None, near: Near | None
) -> list[Shelf]:
    """Those of the warehouses that goods are to come from; all of them where together they have not enough."""
    own = next((shelf.warehouse_id for shelf in shelves if shelf.is_own), 0)
    stocks = {
        warehouse_id: available([shelf for shelf in shelves if shelf.warehouse_id == warehouse_id], wish)
        for warehouse_id in {shelf.warehouse_id for shelf in shelves}
    }

    def turn(variant_id: int, warehouse_id: int) -> tuple[Any, ...]:
        there = [each for each in shelves if (each.variant_id, each.warehouse_id) == (variant_id, warehouse_id)]
        return min((shelf.turn[:2] for shelf in in_turn(there, wish) if shelf.free > ZERO), default=(True, ()))

    found = explain_parcels(by_variant(lines), stocks, own, near, turn)
    if told is not None:
        told.append(found)
    return [shelf for shelf in shelves if not found.chosen or shelf.warehouse_id in found.chosen]


def _below(
    uow: UnitOfWork,
    location_id: int,
    shelves: Sequence[Shelf],
    found: Allocated,
    lines: Sequence[Line],
    least: LeastLife = ANY_LIFE,
) -> list[Pick]:
    """What is missing, taken below nothing where a rule lets it; refused otherwise."""
    if not found.missing:
        return []
    missing = {asked.variant_id for asked, _ in found.missing}
    allowed = below_allowed(uow, location_id, missing)
    if missing - allowed or any(asked.lot_id is not None for asked, _ in found.missing):
        had = available(shelves, Wish(uow.today, least))
        for line in lines:
            if line.lot_id is not None:
                had[line.variant_id] = min(
                    had[line.variant_id],
                    sum((each.free for each in shelves if each.lot_id == line.lot_id), ZERO),
                )
        refused = [line for line in lines if line.variant_id in missing - allowed or line.lot_id is not None]
        refuse_short(uow, location_id, had, refused)
    places = {Place(variant_id, location_id) for variant_id in missing}
    let = by_place(let_below(uow, places))
    return [Pick(asked, let[Place(asked.variant_id, location_id)], quantity) for asked, quantity in found.missing]


def below_allowed(uow: UnitOfWork, location_id: int, variant_ids: Collection[int]) -> set[int]:
    """Which of these may go below nothing at a location: only storage ever does."""
    location = uow.session.get(Location, location_id)
    if location is None or location.warehouse_id is None or location.kind != LocationKind.STORAGE:
        return set()
    return may_go_below(uow, location.warehouse_id, variant_ids)


def _promise(
    uow: UnitOfWork,
    picks: Iterable[Pick],
    origin: Origin,
    there: dict[tuple[int | None, Place], StockMove],
) -> None:
    """Write what is picked as promises, into the moves that are there already for the same line and place."""
    shelves: dict[int, Shelf] = {}
    parts: dict[tuple[int | None, Place], Part] = {}
    promised: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for pick in picks:
        shelf, asked = pick.shelf, pick.asked
        place = Place(shelf.variant_id, shelf.location_id, shelf.lot_id or 0)
        shelves[shelf.id] = shelf
        promised[place] += pick.quantity
        key = (asked.line_id, place)
        if key in there:
            there[key].quantity += pick.quantity
            continue
        quantity = pick.quantity + (parts[key].line.quantity if key in parts else ZERO)
        line = Line(asked.variant_id, quantity, asked.line_id, lot_id=shelf.lot_id)
        parts[key] = Part(line, shelf.location_id, CUSTOMER)
    write_moves(uow, parts.values(), MoveState.RESERVED, origin)
    change(uow, shelves.values(), reserved=promised)


def _taken_back(
    moves: Sequence[StockMove], shelves: Sequence[Shelf], less: Iterable[tuple[int | None, Decimal]]
) -> dict[Place, Decimal]:
    """Shorten the promises of lines, those first that were made for last; how levels change by that."""
    turns = {place: shelf.turn for place, shelf in by_place(shelves).items()}
    freed: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for line_id, quantity in less:
        own = [move for move in moves if move.origin_line_id == line_id and move.state == MoveState.RESERVED]
        for move in sorted(own, key=lambda each: (turns[place_of_move(each)], each.id), reverse=True):
            part = min(quantity, move.quantity)
            if part <= ZERO:
                break
            if part == move.quantity:
                move.state = MoveState.CANCELLED
            else:
                move.quantity -= part
            freed[place_of_move(move)] -= part
            quantity -= part
    return freed


def _asked(lines: Iterable[Line]) -> list[Asked]:
    return [Asked(line.variant_id, line.quantity, line.line_id, line.lot_id) for line in lines]


def _by_key(moves: Iterable[StockMove]) -> dict[tuple[int | None, Place], StockMove]:
    return {(move.origin_line_id, place_of_move(move)): move for move in moves}


def _shelves_of(uow: UnitOfWork, moves: Sequence[StockMove]) -> list[Shelf]:
    if not moves:
        return []
    wanted = {place_of_move(move) for move in moves}
    found = shelves_at(uow, {each.location_id for each in wanted}, {each.variant_id for each in wanted})
    return [shelf for place, shelf in by_place(found).items() if place in wanted]
