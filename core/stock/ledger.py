"""The ledger: the only place that writes stock moves and keeps the levels with them.

Every function locks the levels it decides by in the order of their keys, so that two documents over
the same products wait for each other instead of deadlocking, and lists everything that is short.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import bindparam, select, update

from core.base.errors import AppError, NotFound, Refusals
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.db.upsert import upsert
from core.stock.errors import NotEnoughStock
from core.stock.models import CUSTOMER, Location, MoveState, StockLevel, StockMove, Warehouse
from core.work.unit import UnitOfWork, table_of

_LEVEL = table_of(StockLevel)
_TAKE = (
    update(_LEVEL)
    .where(_LEVEL.c.id == bindparam("level"))
    .values(on_hand=_LEVEL.c.on_hand + bindparam("on_hand_change"), reserved=_LEVEL.c.reserved + bindparam("promised"))
)


@dataclass(frozen=True)
class Line:
    """A quantity of a variant, for a document's line where it has one."""

    variant_id: int
    quantity: Decimal
    line_id: int | None = None


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
    location = uow.session.scalar(select(Location.id).where(Location.warehouse_id == warehouse_id))
    if location is None:
        raise NotFound(what=N_("The warehouse"))
    return location


def reserve(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Promise all lines, or refuse naming every variant that is short."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _refuse_short(uow, location_id, levels, _by_variant(lines))
    _write(uow, lines, location_id, CUSTOMER, MoveState.RESERVED, origin)
    _change(uow, levels, reserved=_by_variant(lines))


def release(uow: UnitOfWork, location_id: int, origin: Origin) -> None:
    """Take back whatever is still promised to the document."""
    moves = _reserved_moves(uow, origin)
    levels = _locked(uow, location_id, [move.variant_id for move in moves])
    promised: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        move.state = MoveState.CANCELLED
        promised[move.variant_id] -= move.quantity
    _change(uow, levels, reserved=promised)


def take_reserved(uow: UnitOfWork, location_id: int, quantities: Mapping[int, Decimal], origin: Origin) -> None:
    """Let promised goods leave: so much of each line (line id → quantity), splitting reservations as needed."""
    moves = {move.origin_line_id: move for move in _reserved_moves(uow, origin)}
    leaving = [Line(moves[line_id].variant_id, quantity, line_id) for line_id, quantity in quantities.items()]
    levels = _locked(uow, location_id, [line.variant_id for line in leaving])
    partial = []
    for line in leaving:
        move = moves[line.line_id]
        if line.quantity < move.quantity:
            move.quantity -= line.quantity
            partial.append(line)
        else:
            move.state, move.at = MoveState.DONE, uow.now
    _write(uow, partial, location_id, CUSTOMER, MoveState.DONE, origin)
    out = {variant_id: -quantity for variant_id, quantity in _by_variant(leaving).items()}
    _change(uow, levels, on_hand=out, reserved=out)


def put_back(uow: UnitOfWork, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Undo a departure: the goods are on the shelf again and promised again to the same lines."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _write(uow, lines, CUSTOMER, location_id, MoveState.DONE, origin)
    open_moves = {move.origin_line_id: move for move in _reserved_moves(uow, origin)}
    for line in lines:
        if line.line_id in open_moves:
            open_moves[line.line_id].quantity += line.quantity
    fresh = [line for line in lines if line.line_id not in open_moves]
    _write(uow, fresh, location_id, CUSTOMER, MoveState.RESERVED, origin)
    back = _by_variant(lines)
    _change(uow, levels, on_hand=back, reserved=back)


def bring_in(uow: UnitOfWork, source_id: int, location_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Put goods on the shelf, from a location outside our storage."""
    _write(uow, lines, source_id, location_id, MoveState.DONE, origin)
    add = upsert(uow.session, StockLevel)
    add = add.on_conflict_do_update(
        index_elements=["variant_id", "location_id"], set_={"on_hand": StockLevel.on_hand + add.excluded.on_hand}
    )
    rows = [
        {"variant_id": variant_id, "location_id": location_id, "on_hand": quantity, "reserved": ZERO}
        for variant_id, quantity in sorted(_by_variant(lines).items())
    ]
    uow.session.connection().execute(add, rows)


def take_out(uow: UnitOfWork, location_id: int, target_id: int, lines: Sequence[Line], origin: Origin) -> None:
    """Take unpromised goods off the shelf, or refuse naming every variant that is short."""
    levels = _locked(uow, location_id, [line.variant_id for line in lines])
    _refuse_short(uow, location_id, levels, _by_variant(lines))
    _write(uow, lines, location_id, target_id, MoveState.DONE, origin)
    _change(uow, levels, on_hand={variant_id: -quantity for variant_id, quantity in _by_variant(lines).items()})


def on_hand_locked(uow: UnitOfWork, location_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What is on the shelf now, locked until the transaction ends; variants never seen are zero."""
    variant_ids = list(variant_ids)
    levels = _locked(uow, location_id, variant_ids)
    return {variant_id: levels[variant_id].on_hand if variant_id in levels else ZERO for variant_id in variant_ids}


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
    warehouse = uow.session.scalar(
        select(Warehouse.name).join(Location, Location.warehouse_id == Warehouse.id).where(Location.id == location_id)
    )
    named = uow.session.execute(
        select(Variant.id, Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(short))
        .order_by(Variant.sku)
    )
    problems: list[AppError] = [
        NotEnoughStock(
            sku=sku,
            name=name,
            warehouse=warehouse,
            available=available.get(variant_id, ZERO),
            asked=asked[variant_id],
        )
        for variant_id, sku, name in named
    ]
    raise Refusals(problems) if len(problems) > 1 else problems[0]


def _write(
    uow: UnitOfWork, lines: Iterable[Line], source_id: int, target_id: int, state: MoveState, origin: Origin
) -> None:
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
                "at": uow.now,
            }
            for line in lines
        ],
    )
    for move_id in ids:
        uow.touch(StockMove, move_id)


def _change(
    uow: UnitOfWork,
    levels: dict[int, _Level],
    on_hand: Mapping[int, Decimal] | None = None,
    reserved: Mapping[int, Decimal] | None = None,
) -> None:
    on_hand, reserved = on_hand or {}, reserved or {}
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
