"""Writing stock moves and giving them their cost: what every movement of goods has in common."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.catalog.models import Variant
from core.stock.allocation import NO_DATES
from core.stock.costs.load import Moved
from core.stock.costs.posting import post_moves
from core.stock.counts.frozen import refuse_frozen
from core.stock.expiry import LotDates
from core.stock.models import CUSTOMER, Location, MoveState, StockMove
from core.stock.shelves import Place
from core.work.unit import UnitOfWork, table_of

_LOCATION = table_of(Location)
_ENDS = select(_LOCATION.c.id, _LOCATION.c.warehouse_id).where(_LOCATION.c.id.in_(bindparam("ends", expanding=True)))


@dataclass(frozen=True)
class LotEntry:
    """A lot as it stands on the goods: its number, and the dates that are written there."""

    number: str
    dates: LotDates = NO_DATES


@dataclass(frozen=True)
class Line:
    """A quantity of a variant, for a document's line where it has one, of a lot where it is named.

    Goods that come in name a new lot by its number (`lot`), known ones by their key.
    Goods that come in may say what one costs, goods that come back or go back which move they return.
    A line with a moment of its own counts from then. Of goods that leave, lot 0 means those without a lot.
    """

    variant_id: int
    quantity: Decimal
    line_id: int | None = None
    unit_cost: Decimal | None = None
    returns_id: int | None = None
    lot_id: int | None = None
    lot: LotEntry | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Origin:
    """The document that causes moves, such as `Origin("sales_order", 1042)`."""

    kind: str
    id: int


@dataclass(frozen=True)
class Part:
    """A line, or a part of it, on its way from one location to another."""

    line: Line
    source_id: int
    target_id: int

    @property
    def left(self) -> Place:
        """Where it leaves."""
        return Place(self.line.variant_id, self.source_id, self.line.lot_id or 0)

    @property
    def reached(self) -> Place:
        """Where it arrives."""
        return Place(self.line.variant_id, self.target_id, self.line.lot_id or 0)


def by_variant(lines: Iterable[Line]) -> dict[int, Decimal]:
    """How much of each variant these lines are."""
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        sums[line.variant_id] += line.quantity
    return sums


def summed(parts: Iterable[tuple[Place, Decimal]], sign: int = 1) -> dict[Place, Decimal]:
    """Quantities by place."""
    sums: dict[Place, Decimal] = defaultdict(lambda: ZERO)
    for place, quantity in parts:
        sums[place] += sign * quantity
    return sums


def write_moves(
    uow: UnitOfWork,
    parts: Iterable[Part],
    state: MoveState,
    origin: Origin,
    at: datetime | None = None,
    *,
    undoes: bool = False,
) -> list[int]:
    """Write a move for each part; their ids in the order of the parts."""
    ids = uow.insert_many(
        StockMove,
        [
            {
                "variant_id": part.line.variant_id,
                "quantity": part.line.quantity,
                "source_id": part.source_id,
                "target_id": part.target_id,
                "state": state,
                "origin_type": origin.kind,
                "origin_id": origin.id,
                "origin_line_id": part.line.line_id,
                "at": part.line.at or at or uow.now,
                "recorded_at": uow.now,
                "unit_cost": part.line.unit_cost,
                "returns_id": part.line.returns_id,
                "undoes": undoes,
                "lot_id": part.line.lot_id or None,
            }
            for part in parts
        ],
    )
    for move_id in ids:
        uow.touch(StockMove, move_id)
    return ids


def post(
    uow: UnitOfWork,
    done: Sequence[tuple[int, Part]],
    at: datetime | None = None,
    *,
    undoes: bool = False,
    warehouses: Mapping[int, int] | None = None,
) -> None:
    """Give moves that are done their cost; refuse those of goods that are counted and must not move.

    `warehouses` spares a look where the locations' are known.
    """
    refuse_frozen(uow, {(end, part.line.variant_id) for _, part in done for end in (part.source_id, part.target_id)})
    if warehouses is None:
        ends = sorted({end for _, part in done for end in (part.source_id, part.target_id)})
        warehouses = {
            each: warehouse_id for each, warehouse_id in uow.session.connection().execute(_ENDS, {"ends": ends})
        }
    moves = [
        Moved(
            id=move_id,
            variant_id=part.line.variant_id,
            quantity=part.line.quantity,
            source_id=part.source_id,
            at=part.line.at or at or uow.now,
            leaves=warehouses.get(part.source_id),
            reaches=warehouses.get(part.target_id),
            unit_cost=part.line.unit_cost,
            returns_id=part.line.returns_id,
            undoes=undoes,
            lot_id=part.line.lot_id or None,
        )
        for move_id, part in done
    ]
    post_moves(uow, moves)


_PROMISED = (
    select(StockMove)
    .where(
        StockMove.origin_type == bindparam("kind"),
        StockMove.origin_id == bindparam("document"),
        StockMove.state == MoveState.RESERVED,
    )
    .order_by(StockMove.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def reserved_moves(uow: UnitOfWork, origin: Origin) -> Sequence[StockMove]:
    """What is still promised to a document, locked."""
    uow.session.flush()
    return uow.session.scalars(_PROMISED, {"kind": origin.kind, "document": origin.id}).all()


def place_of_move(move: StockMove) -> Place:
    """Where the goods of a move leave."""
    return Place(move.variant_id, move.source_id, move.lot_id or 0)


def priced(uow: UnitOfWork, lines: Sequence[Line]) -> Sequence[Line]:
    """The lines with the purchase price where they do not say what one costs."""
    missing = {line.variant_id for line in lines if line.unit_cost is None}
    if not missing:
        return lines
    found = uow.session.execute(select(Variant.id, Variant.purchase_price).where(Variant.id.in_(missing)))
    prices = {variant_id: price for variant_id, price in found}
    return [
        line if line.unit_cost is not None else replace(line, unit_cost=prices.get(line.variant_id)) for line in lines
    ]


def departures(uow: UnitOfWork, lines: Sequence[Line], origin: Origin, otherwise: int) -> list[Part]:
    """Goods of a document on their way back: to where they left from, as the lots that they were.

    A line that names the move it returns is that; another is the newest departure of that quantity, or
    else the newest of its line, that are not back yet. What nothing is found for goes to `otherwise`.
    """
    back = aliased(StockMove)
    found = uow.session.execute(
        select(StockMove)
        .where(
            StockMove.origin_type == origin.kind,
            StockMove.origin_id == origin.id,
            StockMove.state == MoveState.DONE,
            StockMove.target_id == CUSTOMER,
            ~exists().where(back.returns_id == StockMove.id),
        )
        .order_by(StockMove.at.desc(), StockMove.id.desc())
    ).scalars()
    open_ = {move.id: move for move in found}
    parts = []
    for line in lines:
        own = [move for move in open_.values() if move.origin_line_id == line.line_id]
        for move in _returned(line, own):
            del open_[move.id]
            goods = replace(line, quantity=move.quantity, returns_id=move.id, lot_id=move.lot_id)
            parts.append(Part(goods, CUSTOMER, move.source_id))
            line = replace(line, quantity=line.quantity - move.quantity)
        if line.quantity:
            parts.append(Part(line, CUSTOMER, otherwise))
    return parts


def _returned(line: Line, own: Sequence[StockMove]) -> list[StockMove]:
    if line.returns_id is not None:
        return [move for move in own if move.id == line.returns_id]
    same = [move for move in own if move.quantity == line.quantity][:1]
    if same:
        return same
    some, left = [], line.quantity
    for move in own:
        if move.quantity <= left:
            some.append(move)
            left -= move.quantity
    return [] if left else some
