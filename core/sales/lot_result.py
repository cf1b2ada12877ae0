"""What became of the goods of a lot, what they cost, and what they brought in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO, round_to
from core.base.i18n import N_
from core.sales.models import OrderLine, SalesOrder, SalesReturn
from core.security.permissions import P
from core.stock.costs.models import CostAdjustmentLine, CostBalance, CostEntry
from core.stock.costs.rules.events import EntryKind
from core.stock.models import DocumentKind, Location, LocationKind, Lot, MoveState, StockDocument, StockLevel, StockMove
from core.work.command import Scope, query


class Fate(StrEnum):
    """What became of goods of a lot. What came in less all others is here."""

    BOUGHT = "bought"
    OTHER_LOTS = "other_lots"
    SOLD = "sold"
    ISSUED = "issued"
    SCRAPPED = "scrapped"
    LOST = "lost"
    RETURNED = "returned"
    HERE = "here"


FATE_LABELS = {
    Fate.BOUGHT: N_("Bought in"),
    Fate.OTHER_LOTS: N_("From or to other lots"),
    Fate.SOLD: N_("Sold"),
    Fate.ISSUED: N_("Issued without an order"),
    Fate.SCRAPPED: N_("Thrown away"),
    Fate.LOST: N_("Lost, less found"),
    Fate.RETURNED: N_("Returned to the supplier"),
    Fate.HERE: N_("Still here"),
}
CAME_IN = (Fate.BOUGHT, Fate.OTHER_LOTS)
_DOCUMENT_FATES = {
    (LocationKind.SUPPLIER, DocumentKind.SUPPLIER_RETURN): Fate.RETURNED,
    (LocationKind.LOSS, DocumentKind.SCRAP): Fate.SCRAPPED,
}


@dataclass(frozen=True)
class FateRow:
    """So much of a lot met this fate, and what it cost; less where more was undone or found than the other way."""

    fate: Fate
    quantity: Decimal = ZERO
    cost: Decimal = ZERO


@dataclass(frozen=True)
class LotResult:
    """The profit and loss of a lot; amounts to the cent.

    Bought and from other lots = sold + issued + scrapped + lost + returned + here: in quantity, and in
    cost together with `landed` on the one side and `evened` on the other. `evened` is what goods that share
    one cost took over from each other, what revaluations changed, and cents.
    """

    rows: tuple[FateRow, ...]
    landed: Decimal
    evened: Decimal
    net: Decimal
    discount: Decimal

    def of(self, fate: Fate) -> FateRow:
        """The row of a fate."""
        return next(row for row in self.rows if row.fate is fate)

    @property
    def profit(self) -> Decimal:
        """Net sales less what the goods sold, scrapped and lost cost."""
        return self.net - sum((self.of(each).cost for each in (Fate.SOLD, Fate.SCRAPPED, Fate.LOST)), ZERO)


@dataclass(frozen=True)
class _Move:
    id: int
    fate: Fate
    quantity: Decimal
    origin_type: str
    origin_line_id: int | None
    returns_id: int | None


@query(P.COST_READ)
def lot_result(scope: Scope, lot_id: int) -> LotResult:
    """What became of a lot, in quantity and money; `NotFound` where there is none."""
    lot = scope.session.get(Lot, lot_id)
    if lot is None:
        raise NotFound(what=N_("The lot"))
    moves = _moves(scope, lot_id)
    costs = _costs(scope, lot_id)
    sums: dict[Fate, list[Decimal]] = {fate: [ZERO, ZERO] for fate in Fate}
    for move in moves:
        total = sums[move.fate]
        total[0] += move.quantity
        total[1] += costs.get(move.id, ZERO) if move.fate in CAME_IN else -costs.get(move.id, ZERO)
    added, expensed = _landed(scope, [move.id for move in moves if move.fate is Fate.BOUGHT])
    sums[Fate.SOLD][1] += expensed
    sums[Fate.HERE] = list(_here(scope, lot))
    rows = tuple(FateRow(fate, quantity, round_to(cost)) for fate, (quantity, cost) in sums.items())
    landed = round_to(added)
    came = landed + sum((row.cost for row in rows if row.fate in CAME_IN), ZERO)
    evened = came - sum((row.cost for row in rows if row.fate not in CAME_IN), ZERO)
    net, discount = _revenue(scope, [move for move in moves if move.fate is Fate.SOLD])
    return LotResult(rows, landed, evened, net, discount)


def shares(amount: Decimal, whole: Decimal, parts: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """The share of each part (its key and quantity) of an amount for a whole quantity, to the cent.

    Parts that make the whole have all of it, however they follow each other.
    """
    found: dict[int, Decimal] = {}
    before, given = ZERO, ZERO
    for key, quantity in parts:
        before += quantity
        upto = round_to(amount * before / whole)
        found[key], given = upto - given, upto
    return found


def _moves(scope: Scope, lot_id: int) -> list[_Move]:
    """Every move by which goods of a lot came to us or left us, above zero where they met their fate."""
    source, target = aliased(Location), aliased(Location)
    found = scope.session.execute(
        select(
            StockMove.id,
            StockMove.quantity,
            StockMove.origin_type,
            StockMove.origin_line_id,
            StockMove.returns_id,
            source.kind,
            source.warehouse_id,
            target.kind,
            target.warehouse_id,
            StockDocument.kind,
        )
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .outerjoin(
            StockDocument,
            (StockDocument.id == StockMove.origin_id) & (StockMove.origin_type == StockDocument.__tablename__),
        )
        .where(StockMove.lot_id == lot_id, StockMove.state == MoveState.DONE)
        .order_by(StockMove.id)
    )
    moves = []
    for row in map(tuple[Any, ...], found):
        move_id, quantity, origin, line_id, returns_id, left, left_house, reached, reached_house, document = row
        if (left_house is None) == (reached_house is None):
            continue
        came = left_house is None
        fate = _fate(left if came else reached, came, origin, document)
        signed = quantity if came == (fate in CAME_IN) else -quantity
        moves.append(_Move(move_id, fate, signed, origin, line_id, returns_id))
    return moves


def _fate(outside: LocationKind, came: bool, origin: str, document: DocumentKind | None) -> Fate:
    if document is not None and (outside, document) in _DOCUMENT_FATES:
        return _DOCUMENT_FATES[outside, document]
    if outside is LocationKind.RELABEL:
        return Fate.OTHER_LOTS
    if outside is LocationKind.CUSTOMER:
        return Fate.SOLD if document is None else Fate.ISSUED
    if outside is LocationKind.LOSS:
        return Fate.SCRAPPED if origin == SalesReturn.__tablename__ else Fate.LOST
    return Fate.BOUGHT if came or document is DocumentKind.RECEIPT else Fate.RETURNED


def _costs(scope: Scope, lot_id: int) -> dict[int, Decimal]:
    found = scope.session.execute(
        select(CostEntry.move_id, func.sum(CostEntry.amount))
        .join(StockMove, StockMove.id == CostEntry.move_id)
        .where(StockMove.lot_id == lot_id, CostEntry.kind != EntryKind.EXPENSED)
        .group_by(CostEntry.move_id)
    )
    return {move_id: amount for move_id, amount in found if move_id is not None}


def _landed(scope: Scope, move_ids: Collection[int]) -> tuple[Decimal, Decimal]:
    """What was added to the cost of receipts later, and how much of it for goods that had left by then."""
    by_kind: dict[EntryKind, Decimal] = defaultdict(lambda: ZERO)
    for kind, amount in scope.session.execute(
        select(CostEntry.kind, func.sum(CostEntry.amount))
        .join(CostAdjustmentLine, CostAdjustmentLine.id == CostEntry.adjustment_line_id)
        .where(CostAdjustmentLine.move_id.in_(move_ids))
        .group_by(CostEntry.kind)
    ):
        by_kind[kind] += amount
    return sum(by_kind.values(), ZERO), by_kind[EntryKind.EXPENSED]


def _here(scope: Scope, lot: Lot) -> tuple[Decimal, Decimal]:
    """How much is here, and what it is worth: of the lot's own cost, or its share of the cost of all."""
    held = scope.session.execute(
        select(Location.warehouse_id, func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.lot_id == lot.id, Location.warehouse_id.is_not(None))
        .group_by(Location.warehouse_id)
    ).all()
    pools = scope.session.scalars(select(CostBalance).where(CostBalance.variant_id == lot.variant_id)).all()
    own = [pool for pool in pools if pool.lot_id == lot.id]
    quantity = sum((each for _, each in held), ZERO)
    if own:
        return quantity, sum((pool.amount for pool in own), ZERO)
    shared = {pool.warehouse_id: pool for pool in pools if pool.lot_id is None}
    worth = ZERO
    for warehouse_id, count in held:
        pool = shared.get(warehouse_id, shared.get(None))
        if pool is not None:
            worth += count * (pool.amount / pool.quantity if pool.quantity > ZERO else pool.last_cost)
    return quantity, worth


def _revenue(scope: Scope, moves: Collection[_Move]) -> tuple[Decimal, Decimal]:
    """Net sales and discount of what was sold and did not come back: its share of the order lines."""
    out = {move.id: move for move in moves if move.quantity > ZERO and move.origin_type == SalesOrder.__tablename__}
    back: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for move in _back_of(moves, out):
        back[move.returns_id or 0] -= move.quantity
    line_ids = {move.origin_line_id for move in out.values() if move.origin_line_id is not None}
    lines = {line.id: line for line in scope.session.scalars(select(OrderLine).where(OrderLine.id.in_(line_ids)))}
    sent = _sent(scope, lines)
    nets = {each: shares(line.net_amount, line.quantity, sent[each]) for each, line in lines.items()}
    discounts = {each: shares(line.discount_amount, line.quantity, sent[each]) for each, line in lines.items()}
    net = discount = ZERO
    for move in out.values():
        if move.origin_line_id in lines:
            left = move.quantity - back[move.id]
            net += round_to(nets[move.origin_line_id][move.id] * left / move.quantity)
            discount += round_to(discounts[move.origin_line_id][move.id] * left / move.quantity)
    return net, discount


def _back_of(moves: Iterable[_Move], out: Mapping[int, _Move]) -> list[_Move]:
    """What came back, by the shipment it left with; what was taken back again hangs on the same one."""
    by_id = {move.id: move for move in moves}
    found = []
    for move in moves:
        first = move
        while first.returns_id in by_id:
            first = by_id[first.returns_id]
        if first.id != move.id and first.id in out:
            found.append(replace(move, returns_id=first.id))
    return found


def _sent(scope: Scope, lines: Mapping[int, OrderLine]) -> dict[int, list[tuple[int, Decimal]]]:
    """Every shipment of these lines that stands first: those that were undone share the goods of later ones."""
    sent: dict[int, list[tuple[int, Decimal]]] = {line_id: [] for line_id in lines}
    undone: list[tuple[int, int, Decimal]] = []
    kept: list[tuple[int, int, Decimal]] = []
    undo = aliased(StockMove)
    is_undone = select(undo.id).where(undo.returns_id == StockMove.id, undo.undoes).exists()
    for move_id, line_id, quantity, gone in scope.session.execute(
        select(StockMove.id, StockMove.origin_line_id, StockMove.quantity, is_undone)
        .join(Location, Location.id == StockMove.target_id)
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id.in_({line.order_id for line in lines.values()}),
            StockMove.state == MoveState.DONE,
            Location.kind == LocationKind.CUSTOMER,
        )
        .order_by(StockMove.id)
    ):
        if line_id in sent:
            (undone if gone else kept).append((line_id, move_id, quantity))
    for line_id, move_id, quantity in [*kept, *undone]:
        sent[line_id].append((move_id, quantity))
    return sent
