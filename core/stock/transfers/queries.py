"""Reads of transfers: the list, one whole, what is on the way to each warehouse, and how long it takes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from core.base.clock import business_day
from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.db.cards import card_of
from core.security.models import User
from core.security.permissions import P
from core.stock.costs.periods import CloseCheck, register_close_check
from core.stock.costs.plan import Timed
from core.stock.models import Location, LocationKind, StockLevel, Warehouse
from core.stock.transfers.models import LossParty, StepKind, Transfer, TransferLine, TransferState, TransferStep
from core.stock.transfers.progress import Progress, on_the_way, progress_of
from core.work.command import Scope, query

LOOKED_AT = 20
"""So many of the latest transfers between two warehouses say how long the next one takes."""


@dataclass(frozen=True)
class TransferRow:
    """A transfer in a list; `expected_on` while it is on the way and earlier ones say how long it takes."""

    id: int
    number: str
    state: TransferState
    source: str
    target: str
    lines: int
    on_the_way: Decimal
    lost: Decimal
    created_at: datetime
    shipped_at: datetime | None
    expected_on: date | None


@dataclass(frozen=True)
class TransferLineRow:
    """A product of a transfer: asked for, and what became of it."""

    variant_id: int
    sku: str
    name: str
    unit: str
    asked: Decimal
    shipped: Decimal
    arrived: Decimal
    lost: Decimal
    on_the_way: Decimal


@dataclass(frozen=True)
class TransferStepRow:
    """A step of a transfer."""

    id: int
    kind: StepKind
    at: datetime
    by: str
    is_undone: bool
    is_direct: bool
    responsible: LossParty | None
    responsible_name: str
    reason: str


@dataclass(frozen=True)
class TransferCard:
    """A transfer whole. `days` is how many the way usually takes, None where nobody knows yet."""

    id: int
    number: str
    state: TransferState
    source_id: int
    source: str
    target_id: int
    target: str
    note: str
    created_at: datetime
    created_by: str
    shipped_at: datetime | None
    days: Decimal | None
    expected_on: date | None
    lines: tuple[TransferLineRow, ...]
    steps: tuple[TransferStepRow, ...]

    @property
    def can_undo(self) -> bool:
        """Whether a step of it stands."""
        return any(not step.is_undone for step in self.steps)


@query(P.STOCK_READ)
def transfers(
    scope: Timed,
    *,
    state: TransferState | None = None,
    warehouse_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[TransferRow]:
    """Transfers, newest first; of a warehouse those that leave it and those that come."""
    source, target = aliased(Warehouse), aliased(Warehouse)
    found = scope.session.execute(
        select(Transfer, source.name, target.name)
        .join(source, source.id == Transfer.source_id)
        .join(target, target.id == Transfer.target_id)
        .where(*_conditions(state, warehouse_id))
        .options(selectinload(Transfer.lines), selectinload(Transfer.steps))
        .order_by(Transfer.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    progress = progress_of(scope.session, [transfer.id for transfer, _, _ in found])
    days: dict[tuple[int, int], Decimal | None] = {}
    rows = []
    for transfer, source_name, target_name in found:
        way = (transfer.source_id, transfer.target_id)
        if transfer.state is TransferState.SHIPPED and way not in days:
            days[way] = _days(scope.session, *way)
        shipped_at = _shipped_at(transfer)
        products = progress[transfer.id].values()
        rows.append(
            TransferRow(
                id=transfer.id,
                number=transfer.number,
                state=transfer.state,
                source=source_name,
                target=target_name,
                lines=len(transfer.lines),
                on_the_way=sum((each.on_the_way for each in products), ZERO),
                lost=sum((each.lost for each in products), ZERO),
                created_at=transfer.created_at,
                shipped_at=shipped_at,
                expected_on=_expected(scope, transfer, shipped_at, days.get(way)),
            )
        )
    return rows


@query(P.STOCK_READ)
def count_transfers(scope: Scope, *, state: TransferState | None = None, warehouse_id: int | None = None) -> int:
    """How many transfers `transfers` goes through."""
    counted = select(func.count()).select_from(Transfer).where(*_conditions(state, warehouse_id))
    return int(scope.session.scalars(counted).one())


@query(P.STOCK_READ)
def transfer_card(scope: Timed, transfer_id: int) -> TransferCard:
    """One transfer with its lines and steps; `NotFound` where there is none."""
    source, target = aliased(Warehouse), aliased(Warehouse)
    found = scope.session.execute(
        select(Transfer, source.name, target.name, func.coalesce(User.name, ""))
        .join(source, source.id == Transfer.source_id)
        .join(target, target.id == Transfer.target_id)
        .outerjoin(User, User.id == Transfer.created_by)
        .where(Transfer.id == transfer_id)
        .options(selectinload(Transfer.steps))
    ).first()
    if found is None:
        raise NotFound(what=N_("The transfer"))
    transfer, source_name, target_name, created_by = found
    days = _days(scope.session, transfer.source_id, transfer.target_id)
    shipped_at = _shipped_at(transfer)
    return card_of(
        TransferCard,
        transfer,
        source=source_name,
        target=target_name,
        created_by=created_by,
        shipped_at=shipped_at,
        days=days,
        expected_on=_expected(scope, transfer, shipped_at, days),
        lines=tuple(_lines(scope.session, transfer_id)),
        steps=tuple(_steps(scope.session, transfer_id)),
    )


@query(P.STOCK_READ)
def transfer_numbers(scope: Scope, ids: Iterable[int]) -> dict[int, str]:
    """The numbers of these transfers."""
    found = scope.session.execute(select(Transfer.id, Transfer.number).where(Transfer.id.in_(list(ids))))
    return {transfer_id: number for transfer_id, number in found}


@query(P.STOCK_READ)
def coming(
    scope: Scope, *, variant_ids: Iterable[int] | None = None, warehouse_id: int | None = None
) -> dict[tuple[int, int], Decimal]:
    """What is on the way to each warehouse: (variant, warehouse) → quantity."""
    wanted = (
        select(StockLevel.variant_id, Location.warehouse_id, func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .where(Location.kind == LocationKind.TRANSIT, StockLevel.on_hand != ZERO)
        .group_by(StockLevel.variant_id, Location.warehouse_id)
    )
    if variant_ids is not None:
        wanted = wanted.where(StockLevel.variant_id.in_(list(variant_ids)))
    if warehouse_id is not None:
        wanted = wanted.where(Location.warehouse_id == warehouse_id)
    return {
        (variant_id, house_id): quantity
        for variant_id, house_id, quantity in scope.session.execute(wanted)
        if house_id is not None
    }


def arrivals(
    scope: Timed, variant_ids: Collection[int], warehouse_id: int | None = None
) -> list[tuple[int, date, Decimal, str]]:
    """What of products is on the way to a warehouse or to any, where it is known for when.

    Product, day, quantity and the number of the transfer.
    """
    carrying = select(TransferLine.transfer_id).where(TransferLine.variant_id.in_(variant_ids))
    wanted = (
        select(Transfer)
        .where(Transfer.state == TransferState.SHIPPED, Transfer.id.in_(carrying))
        .options(selectinload(Transfer.steps))
        .order_by(Transfer.id)
    )
    if warehouse_id is not None:
        wanted = wanted.where(Transfer.target_id == warehouse_id)
    under_way = scope.session.scalars(wanted).all()
    left = on_the_way(scope.session, [transfer.id for transfer in under_way])
    days = {
        ends: _days(scope.session, *ends)
        for ends in {(transfer.source_id, transfer.target_id) for transfer in under_way}
    }
    found = []
    for transfer in under_way:
        usual = days[transfer.source_id, transfer.target_id]
        expected_on = _expected(scope, transfer, _shipped_at(transfer), usual)
        for variant_id in variant_ids if expected_on is not None else ():
            quantity = left[transfer.id].get(variant_id, ZERO)
            if quantity and expected_on is not None:
                found.append((variant_id, expected_on, quantity, transfer.number))
    return found


@query(P.STOCK_READ)
def transit_days(scope: Scope, source_id: int, target_id: int) -> Decimal | None:
    """How many days goods are usually on the way: the median of the latest transfers; None before the first."""
    return _days(scope.session, source_id, target_id)


def _conditions(state: TransferState | None, warehouse_id: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(Transfer.state == state)
    if warehouse_id is not None:
        conditions.append((Transfer.source_id == warehouse_id) | (Transfer.target_id == warehouse_id))
    return conditions


def _shipped_at(transfer: Transfer) -> datetime | None:
    return next((step.at for step in transfer.steps if step.undone_at is None), None)


def _expected(scope: Timed, transfer: Transfer, shipped_at: datetime | None, days: Decimal | None) -> date | None:
    if transfer.state is not TransferState.SHIPPED or shipped_at is None or days is None:
        return None
    return business_day(shipped_at + timedelta(days=float(days)), scope.settings.timezone)


def _days(session: Session, source_id: int, target_id: int) -> Decimal | None:
    """From leaving to the last arrival, of transfers that ended."""
    standing = (TransferStep.transfer_id == Transfer.id) & TransferStep.undone_at.is_(None)
    arrived = func.max(TransferStep.at).filter(TransferStep.kind == StepKind.ARRIVE)
    found = session.execute(
        select(func.min(TransferStep.at), arrived)
        .join(Transfer, standing)
        .where(
            Transfer.source_id == source_id,
            Transfer.target_id == target_id,
            Transfer.state == TransferState.CLOSED,
        )
        .group_by(Transfer.id)
        .having(arrived.is_not(None), func.count().filter(TransferStep.is_direct) == 0)
        .order_by(Transfer.id.desc())
        .limit(LOOKED_AT)
    ).all()
    if not found:
        return None
    seconds = median(int((reached - left).total_seconds()) for left, reached in found)
    return Decimal(round(seconds * 10 / 86_400)) / 10


def _lines(session: Session, transfer_id: int) -> Iterable[TransferLineRow]:
    progress = progress_of(session, [transfer_id])[transfer_id]
    found = session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit, TransferLine.quantity)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TransferLine.transfer_id == transfer_id)
        .order_by(TransferLine.id)
    )
    for variant_id, sku, name, unit, asked in found:
        of = progress.get(variant_id, Progress())
        yield TransferLineRow(variant_id, sku, name, unit, asked, of.shipped, of.arrived, of.lost, of.on_the_way)


def _steps(session: Session, transfer_id: int) -> Iterable[TransferStepRow]:
    found = session.execute(
        select(TransferStep, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == TransferStep.created_by)
        .where(TransferStep.transfer_id == transfer_id)
        .order_by(TransferStep.id)
    )
    for step, by in found:
        yield TransferStepRow(
            id=step.id,
            kind=step.kind,
            at=step.at,
            by=by,
            is_undone=step.undone_at is not None,
            is_direct=step.is_direct,
            responsible=step.responsible,
            responsible_name=step.responsible_name,
            reason=step.reason,
        )


def _not_received(session: Session, until: datetime) -> int:
    left = select(TransferStep.transfer_id).where(
        TransferStep.kind == StepKind.SHIP, TransferStep.undone_at.is_(None), TransferStep.at <= until
    )
    wanted = select(func.count()).select_from(Transfer).where(Transfer.state == TransferState.SHIPPED)
    return session.scalar(wanted.where(Transfer.id.in_(left))) or 0


register_close_check(CloseCheck("not_received", N_("Transfers that left and did not arrive in full"), _not_received))
