"""The ledger: the only place that writes stock moves and keeps the levels with them.

Every function locks the levels it decides by in the order of their keys, so that two documents over
the same products wait for each other instead of deadlocking, and lists everything that is short.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Variant
from core.db.bulk import update_many
from core.db.upsert import upsert
from core.stock.costs.load import Moved
from core.stock.costs.posting import post_moves
from core.stock.counts.frozen import refuse_frozen
from core.stock.errors import NotEnoughStock
from core.stock.models import (
    CUSTOMER,
    SUPPLIER,
    Location,
    LocationKind,
    MoveState,
    StockLevel,
    StockMove,
)
from core.stock.short import changes_since, refuse, refuse_short_then
from core.work.unit import MANY, UnitOfWork, table_of

_LEVEL = table_of(StockLevel)
_LOCATION = table_of(Location)
_ENDS = select(_LOCATION.c.id, _LOCATION.c.warehouse_id).where(_LOCATION.c.id.in_(bindparam("ends", expanding=True)))
_TAKE = (
    update(_LEVEL)
    .where(_LEVEL.c.id == bindparam("level"))
    .values(on_hand=_LEVEL.c.on_hand + bindparam("on_hand_change"), reserved=_LEVEL.c.reserved + bindparam("promised"))
)


@dataclass(frozen=True)
class Line:
    """A quantity of a variant, for a document's line where it has one.

    Goods that come in may say what one costs, goods that come back or go back which move they return.
    A line with a moment of its own counts from then.
    """

    variant_id: int
    quantity: Decimal
    line_id: int | None = None
    unit_cost: Decimal | None = None
    returns_id: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Origin:
    """The document that causes moves, such as `Origin("sales_order", 1042)`."""

    kind: str
    id: int


@dataclass
class _Level:
    id: int
    on_hand: Decimal
    reserved: Decimal


def storage_of(uow: UnitOfWork, warehouse_id: int) -> int:
    """The storage location of a warehouse; `NotFound` where there is none."""
    location = uow.session.scalar(
        select(Location.id).where(Location.warehouse_id == warehouse_id, Location.kind == LocationKind.STORAGE)
    )
    if location is None:
        raise NotFound(what=N_("The warehouse"))
    return location


def reserve(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Promise all lines, or refuse naming every variant that is short."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _refuse_short(uow, location_id, levels, _by_variant(lines))
    _write(uow, lines, location_id, CUSTOMER, MoveState.RESERVED, origin)
    _change(uow, levels, reserved=_by_variant(lines))


def reserve_more(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Promise more to lines that may have promises already, or refuse naming every variant that is short."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _refuse_short(uow, location_id, levels, _by_variant(lines))
    _promise(uow, location_id, lines, origin)
    _change(uow, levels, reserved=_by_variant(lines))


def reserve_less(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Take back so much of what is promised to each of these lines; they have at least that."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    moves = {move.origin_line_id: move for move in _reserved_moves(uow, origin)}
    for line in lines:
        move = moves[line.line_id]
        if line.quantity < move.quantity:
            move.quantity -= line.quantity
        else:
            move.state = MoveState.CANCELLED
    _change(uow, levels, reserved={variant_id: -quantity for variant_id, quantity in _by_variant(lines).items()})


def release(uow: UnitOfWork, location_id: int, origin: Origin) -> None:
    """Take back whatever is still promised to the document."""
    moves = _reserved_moves(uow, origin)
    levels = _locked(uow, location_id, [move.variant_id for move in moves])
    promised: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        move.state = MoveState.CANCELLED
        promised[move.variant_id] -= move.quantity
    _change(uow, levels, reserved=promised)


def change_reserved(uow: UnitOfWork, location_id: int, changes: Sequence[Line], origin: Origin) -> None:
    """Promise more to lines or less (negative quantities), all together or, naming what is short, not at all."""
    net = _by_variant(changes)
    levels = _locked(uow, location_id, net)
    _refuse_short(uow, location_id, levels, {each: asked for each, asked in net.items() if asked > ZERO})
    moves = {(move.variant_id, move.origin_line_id): move for move in _reserved_moves(uow, origin)}
    # A new line may have got the id of one that has just gone: they are one reservation, or two products.
    more: dict[tuple[int, int | None], Decimal] = defaultdict(lambda: ZERO)
    for line in changes:
        more[line.variant_id, line.line_id] += line.quantity
    for key, quantity in more.items():
        if key in moves and moves[key].quantity + quantity == ZERO:
            moves[key].state = MoveState.CANCELLED
        elif key in moves:
            moves[key].quantity += quantity
    fresh = [Line(variant_id, more[variant_id, line_id], line_id) for variant_id, line_id in more.keys() - moves.keys()]
    _write(uow, sorted(fresh, key=lambda line: line.line_id or 0), location_id, CUSTOMER, MoveState.RESERVED, origin)
    _change(uow, levels, reserved=net)


def take_reserved(uow: UnitOfWork, location_id: int, quantities: Mapping[int, Decimal], origin: Origin) -> None:
    """Let promised goods leave: so much of each line (line id → quantity), splitting reservations as needed."""
    moves = {move.origin_line_id: move for move in _reserved_moves(uow, origin)}
    leaving = [Line(moves[line_id].variant_id, quantity, line_id) for line_id, quantity in quantities.items()]
    levels = _locked(uow, location_id, [line.variant_id for line in leaving])
    partial, whole = [], []
    for line in leaving:
        move = moves[line.line_id]
        if line.quantity < move.quantity:
            move.quantity -= line.quantity
            partial.append(line)
        else:
            move.state, move.at = MoveState.DONE, uow.now
            whole.append((move.id, line))
    ids = _write(uow, partial, location_id, CUSTOMER, MoveState.DONE, origin)
    _post(uow, [*whole, *zip(ids, partial, strict=True)], location_id, CUSTOMER)
    out = {variant_id: -quantity for variant_id, quantity in _by_variant(leaving).items()}
    _change(uow, levels, on_hand=out, reserved=out)


def put_back(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Undo a departure: the goods are on the shelf again and promised again to the same lines."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    lines = _returning(uow, lines, origin)
    ids = _write(uow, lines, CUSTOMER, location_id, MoveState.DONE, origin)
    _post(uow, list(zip(ids, lines, strict=True)), CUSTOMER, location_id)
    _promise(uow, location_id, lines, origin)
    back = _by_variant(lines)
    _change(uow, levels, on_hand=back, reserved=back)


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
    """Put goods on the shelf, from a location outside our storage.

    Goods of a supplier that do not say what they cost are taken at their purchase price.
    """
    if source_id == SUPPLIER:
        lines = _priced(uow, lines)
    ids = _write(uow, lines, source_id, location_id, MoveState.DONE, origin, at, undoes=undoes)
    _put(uow, location_id, lines)
    _post(uow, list(zip(ids, lines, strict=True)), source_id, location_id, at, undoes=undoes)


def take_out(
    uow: UnitOfWork,
    location_id: int,
    target_id: int,
    lines: Sequence[Line],
    origin: Origin,
    *,
    at: datetime | None = None,
    undoes: bool = False,
) -> None:
    """Take unpromised goods off the shelf, or refuse naming every variant that is or since then was short."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _refuse_short(uow, location_id, levels, _by_variant(lines))
    past = {line.variant_id: moment for line in lines if (moment := line.at or at) is not None and moment < uow.now}
    if past:
        now = {variant_id: level.on_hand for variant_id, level in levels.items()}
        refuse_short_then(uow, location_id, now, _by_variant(lines), past)
    ids = _write(uow, lines, location_id, target_id, MoveState.DONE, origin, at, undoes=undoes)
    _post(uow, list(zip(ids, lines, strict=True)), location_id, target_id, at, undoes=undoes)
    _change(uow, levels, on_hand={variant_id: -quantity for variant_id, quantity in _by_variant(lines).items()})


def shift(uow: UnitOfWork, source_id: int, target_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Carry unpromised goods from one place of ours to another, or refuse naming every variant that is short."""
    levels: dict[int, _Level] = {}
    for place in sorted((source_id, target_id)):
        found = _locked(uow, place, [line.variant_id for line in lines])
        levels = found if place == source_id else levels
    _refuse_short(uow, source_id, levels, _by_variant(lines))
    ids = _write(uow, lines, source_id, target_id, MoveState.DONE, origin)
    _change(uow, levels, on_hand={variant_id: -quantity for variant_id, quantity in _by_variant(lines).items()})
    _put(uow, target_id, lines)
    _post(uow, list(zip(ids, lines, strict=True)), source_id, target_id)


def on_hand_locked(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What is on the shelf now, locked until the transaction ends; variants never seen are zero."""
    variant_ids = list(variant_ids)
    levels = _locked(uow, location_id, variant_ids)
    return {variant_id: levels[variant_id].on_hand if variant_id in levels else ZERO for variant_id in variant_ids}


def on_hand_then(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int], at: datetime) -> dict[int, Decimal]:
    """What was on the shelf at a moment, locked as it is now."""
    levels = on_hand_locked(uow, location_id, variant_ids)
    if at >= uow.now:
        return levels
    for variant_id, _, change in changes_since(uow, location_id, levels, at):
        levels[variant_id] -= change
    return levels


def _promise(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    open_moves = {move.origin_line_id: move for move in _reserved_moves(uow, origin)}
    for line in lines:
        if line.line_id in open_moves:
            open_moves[line.line_id].quantity += line.quantity
    fresh = [line for line in lines if line.line_id not in open_moves]
    _write(uow, fresh, location_id, CUSTOMER, MoveState.RESERVED, origin)


def _put(uow: UnitOfWork, location_id: int, lines: Sequence[Line]) -> None:
    add = upsert(uow.session, StockLevel)
    add = add.on_conflict_do_update(
        index_elements=["variant_id", "location_id"], set_={"on_hand": StockLevel.on_hand + add.excluded.on_hand}
    )
    rows = [
        {"variant_id": variant_id, "location_id": location_id, "on_hand": quantity, "reserved": ZERO}
        for variant_id, quantity in sorted(_by_variant(lines).items())
    ]
    if rows:
        uow.session.connection().execute(add, rows)


def _locked(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int]) -> dict[int, _Level]:
    found = uow.session.execute(
        select(_LEVEL.c.variant_id, _LEVEL.c.id, _LEVEL.c.on_hand, _LEVEL.c.reserved)
        .where(_LEVEL.c.location_id == location_id, _LEVEL.c.variant_id.in_(set(variant_ids)))
        .order_by(_LEVEL.c.variant_id)
        .with_for_update()
    )
    return {variant_id: _Level(level, on_hand, reserved) for variant_id, level, on_hand, reserved in found}


def _by_variant(lines: Iterable[Line]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        sums[line.variant_id] += line.quantity
    return sums


def _refuse_short(uow: UnitOfWork, location_id: int, levels: dict[int, _Level], asked: dict[int, Decimal]) -> None:
    available = {variant_id: level.on_hand - level.reserved for variant_id, level in levels.items()}
    short = [variant_id for variant_id, quantity in asked.items() if quantity > available.get(variant_id, ZERO)]
    if not short:
        return
    refuse(uow, location_id, NotEnoughStock, {each: available.get(each, ZERO) for each in short}, asked)


def _priced(uow: UnitOfWork, lines: Sequence[Line]) -> Sequence[Line]:
    missing = {line.variant_id for line in lines if line.unit_cost is None}
    if not missing:
        return lines
    found = uow.session.execute(select(Variant.id, Variant.purchase_price).where(Variant.id.in_(missing)))
    prices = {variant_id: price for variant_id, price in found}
    return [
        line if line.unit_cost is not None else replace(line, unit_cost=prices.get(line.variant_id)) for line in lines
    ]


def _returning(uow: UnitOfWork, lines: Sequence[Line], origin: Origin) -> list[Line]:
    """The lines with the departures they take back: of each the newest of that quantity that is not back yet."""
    back = aliased(StockMove)
    departures = uow.session.execute(
        select(StockMove.id, StockMove.origin_line_id, StockMove.quantity)
        .where(
            StockMove.origin_type == origin.kind,
            StockMove.origin_id == origin.id,
            StockMove.state == MoveState.DONE,
            StockMove.target_id == CUSTOMER,
            ~exists().where(back.returns_id == StockMove.id),
        )
        .order_by(StockMove.at.desc(), StockMove.id.desc())
    ).all()
    found, used = [], set[int]()
    for line in lines:
        fitting = (
            move_id
            for move_id, line_id, quantity in departures
            if line_id == line.line_id and quantity == line.quantity and move_id not in used
        )
        move_id = next(fitting, None)
        if move_id is not None:
            used.add(move_id)
        found.append(replace(line, returns_id=move_id))
    return found


def _post(
    uow: UnitOfWork,
    done: Sequence[tuple[int, Line]],
    source_id: int,
    target_id: int,
    at: datetime | None = None,
    *,
    undoes: bool = False,
) -> None:
    """Give moves that are done their cost; refuse those of goods that are counted and must not move."""
    refuse_frozen(uow, [source_id, target_id], {line.variant_id for _, line in done})
    ends = uow.session.connection().execute(_ENDS, {"ends": [source_id, target_id]})
    warehouses = {location_id: warehouse_id for location_id, warehouse_id in ends}
    moves = [
        Moved(
            id=move_id,
            variant_id=line.variant_id,
            quantity=line.quantity,
            source_id=source_id,
            at=line.at or at or uow.now,
            leaves=warehouses[source_id],
            reaches=warehouses[target_id],
            unit_cost=line.unit_cost,
            returns_id=line.returns_id,
            undoes=undoes,
        )
        for move_id, line in done
    ]
    post_moves(uow, moves)


def _write(
    uow: UnitOfWork,
    lines: Iterable[Line],
    source_id: int,
    target_id: int,
    state: MoveState,
    origin: Origin,
    at: datetime | None = None,
    *,
    undoes: bool = False,
) -> list[int]:
    ids = uow.insert_many(
        StockMove,
        [
            {
                "variant_id": line.variant_id,
                "quantity": line.quantity,
                "source_id": source_id,
                "target_id": target_id,
                "state": state,
                "origin_type": origin.kind,
                "origin_id": origin.id,
                "origin_line_id": line.line_id,
                "at": line.at or at or uow.now,
                "recorded_at": uow.now,
                "unit_cost": line.unit_cost,
                "returns_id": line.returns_id,
                "undoes": undoes,
            }
            for line in lines
        ],
    )
    for move_id in ids:
        uow.touch(StockMove, move_id)
    return ids


def _change(
    uow: UnitOfWork,
    levels: dict[int, _Level],
    on_hand: Mapping[int, Decimal] | None = None,
    reserved: Mapping[int, Decimal] | None = None,
) -> None:
    on_hand, reserved = on_hand or {}, reserved or {}
    if len(levels) >= MANY:
        changed = [
            {
                "id": level.id,
                "on_hand": level.on_hand + on_hand.get(variant_id, ZERO),
                "reserved": level.reserved + reserved.get(variant_id, ZERO),
            }
            for variant_id, level in levels.items()
        ]
        update_many(uow.session, StockLevel, changed)
        return
    rows = [
        {
            "level": level.id,
            "on_hand_change": on_hand.get(variant_id, ZERO),
            "promised": reserved.get(variant_id, ZERO),
        }
        for variant_id, level in levels.items()
    ]
    if rows:
        uow.session.connection().execute(_TAKE, rows)


def _reserved_moves(uow: UnitOfWork, origin: Origin) -> Sequence[StockMove]:
    return uow.session.scalars(
        select(StockMove)
        .where(
            StockMove.origin_type == origin.kind,
            StockMove.origin_id == origin.id,
            StockMove.state == MoveState.RESERVED,
        )
        .order_by(StockMove.id)
    ).all()
