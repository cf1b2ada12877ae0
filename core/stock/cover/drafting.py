"""Drafting the transfers of a balancing together, and taking those back that have not left."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, tuple_

from core.base.errors import AppError, NotFound, Refusals
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.security.models import User
from core.security.permissions import P
from core.stock.cover.errors import BalancingHasLeft, BalancingUndone, GiverShort, NothingToBalance
from core.stock.cover.models import BalancingRun, BalancingTransfer
from core.stock.ledger import Line
from core.stock.models import Location, Lot, StockLevel, Warehouse
from core.stock.shelves import for_sale
from core.stock.transfers.models import Transfer, TransferLine, TransferState
from core.stock.transfers.service import cancel_transfer, request_transfer
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

Spot = tuple[int, int]
"""A variant in a warehouse."""


@dataclass(frozen=True)
class BalancingLine:
    """So much of a variant from one warehouse to another; the giver is to keep `keeps`."""

    variant_id: int
    source_id: int
    target_id: int
    quantity: Decimal
    keeps: Decimal


@dataclass(frozen=True)
class DraftedRow:
    """A transfer of a balancing, and what became of it."""

    transfer_id: int
    number: str
    state: TransferState


@dataclass(frozen=True)
class BalancingRow:
    """Transfers that were drafted together; they can be undone while one of them is still a draft."""

    id: int
    created_at: datetime
    by: str
    is_undone: bool
    transfers: tuple[DraftedRow, ...]

    @property
    def can_be_undone(self) -> bool:
        """Whether one of them has not left."""
        return not self.is_undone and any(each.state is TransferState.REQUESTED for each in self.transfers)


@command(P.STOCK_MOVE)
def draft_balancing(uow: UnitOfWork, lines: Sequence[BalancingLine], *, note: str = "") -> int:
    """Ask for one transfer for each pair of warehouses. Nothing moves until somebody ships them.

    Refuses everything where a giver would be left with less than it is to keep, with what is there now.
    """
    if not lines:
        raise NothingToBalance
    for house in sorted({each.source_id for each in lines}):
        if uow.session.get(Warehouse, house, with_for_update=True) is None:
            raise NotFound(what=N_("The warehouse"))
    _refuse_short(uow, lines)
    pairs: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for each in lines:
        pairs[each.source_id, each.target_id].append(Line(each.variant_id, each.quantity))
    run = uow.add(BalancingRun(note=note.strip()[:200], created_at=uow.now, created_by=uow.actor.id))
    for (source, target), asked in sorted(pairs.items()):
        made = request_transfer(uow, source_id=source, target_id=target, lines=asked, note=note)
        uow.add(BalancingTransfer(run_id=run.id, transfer_id=made))
    uow.audit("balancing.drafted", run, transfers=len(pairs), lines=len(lines))
    return run.id


@command(P.STOCK_MOVE)
def undo_balancing(uow: UnitOfWork, run_id: int, *, reason: str) -> int:
    """Cancel the transfers of a balancing that are still drafts; how many. What has left stays."""
    run = uow.session.get(BalancingRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(what=N_("The balancing"))
    if run.undone_at is not None:
        raise BalancingUndone
    drafts = uow.session.scalars(
        select(Transfer.id)
        .join(BalancingTransfer, BalancingTransfer.transfer_id == Transfer.id)
        .where(BalancingTransfer.run_id == run_id, Transfer.state == TransferState.REQUESTED)
        .order_by(Transfer.id)
    ).all()
    if not drafts:
        raise BalancingHasLeft
    for transfer_id in drafts:
        cancel_transfer(uow, transfer_id, reason=reason)
    run.undone_at, run.undone_by = uow.now, uow.actor.id
    uow.audit("balancing.undone", run, transfers=len(drafts), reason=reason.strip())
    return len(drafts)


@query(P.STOCK_READ)
def balancings(scope: Scope, *, limit: int = 10) -> list[BalancingRow]:
    """The latest balancings with their transfers, the newest first."""
    runs = scope.session.execute(
        select(BalancingRun, User.name)
        .outerjoin(User, User.id == BalancingRun.created_by)
        .order_by(BalancingRun.id.desc())
        .limit(limit)
    ).all()
    drafted: dict[int, list[DraftedRow]] = defaultdict(list)
    rows = scope.session.execute(
        select(BalancingTransfer.run_id, Transfer.id, Transfer.number, Transfer.state)
        .join(Transfer, Transfer.id == BalancingTransfer.transfer_id)
        .where(BalancingTransfer.run_id.in_([run.id for run, _ in runs]))
        .order_by(Transfer.id)
    )
    for run_id, transfer_id, number, state in rows:
        drafted[run_id].append(DraftedRow(transfer_id, number, state))
    return [
        BalancingRow(run.id, run.created_at, name or "", run.undone_at is not None, tuple(drafted[run.id]))
        for run, name in runs
    ]


@query(P.STOCK_READ)
def promised(scope: Scope) -> dict[Spot, Decimal]:
    """What is promised to customers of the goods on the shelves for sale."""
    rows = scope.session.execute(
        select(StockLevel.variant_id, Location.warehouse_id, func.sum(StockLevel.reserved))
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.reserved > ZERO, for_sale(scope.today))
        .group_by(StockLevel.variant_id, Location.warehouse_id)
    )
    return {(variant, house or 0): quantity for variant, house, quantity in rows}


@query(P.STOCK_READ)
def drafted(scope: Scope) -> dict[tuple[int, int, int], Decimal]:
    """What transfers that have not left ask for, by variant, giver and receiver."""
    rows = scope.session.execute(
        select(TransferLine.variant_id, Transfer.source_id, Transfer.target_id, func.sum(TransferLine.quantity))
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .where(Transfer.state == TransferState.REQUESTED)
        .group_by(TransferLine.variant_id, Transfer.source_id, Transfer.target_id)
    )
    return {(variant, source, target): quantity for variant, source, target, quantity in rows}


def _refuse_short(uow: UnitOfWork, lines: Sequence[BalancingLine]) -> None:
    asked: dict[Spot, Decimal] = defaultdict(Decimal)
    keeps: dict[Spot, Decimal] = defaultdict(Decimal)
    for each in lines:
        spot = (each.variant_id, each.source_id)
        asked[spot] += each.quantity
        keeps[spot] = max(keeps[spot], each.keeps)
    free = _available(uow, asked)
    for (variant, source, _target), quantity in drafted(uow).items():
        if (variant, source) in asked:
            free[variant, source] = free.get((variant, source), ZERO) - quantity
    short = {spot for spot, quantity in asked.items() if free.get(spot, ZERO) - quantity < keeps[spot]}
    if not short:
        return
    named = uow.session.execute(
        select(Variant.id, Warehouse.id, Variant.sku, Product.name, Warehouse.name)
        .join(Product, Product.id == Variant.product_id)
        .join(Warehouse, Warehouse.id.in_({house for _, house in short}))
        .where(Variant.id.in_({variant for variant, _ in short}))
        .order_by(Variant.sku, Warehouse.code)
    )
    problems: list[AppError] = [
        GiverShort(
            warehouse=house,
            sku=sku,
            name=name,
            most=max(free.get((variant, house_id), ZERO) - keeps[variant, house_id], ZERO),
            asked=asked[variant, house_id],
        )
        for variant, house_id, sku, name, house in named
        if (variant, house_id) in short
    ]
    if not problems:
        raise NotFound(what=N_("The product"))
    raise problems[0] if len(problems) == 1 else Refusals(problems)


def _available(scope: Scope, spots: Collection[Spot]) -> dict[Spot, Decimal]:
    rows = scope.session.execute(
        select(
            StockLevel.variant_id, Location.warehouse_id, func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved)
        )
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(for_sale(scope.today), tuple_(StockLevel.variant_id, Location.warehouse_id).in_(sorted(spots)))
        .group_by(StockLevel.variant_id, Location.warehouse_id)
    )
    return {(variant, house or 0): on_hand - reserved for variant, house, on_hand, reserved in rows}
