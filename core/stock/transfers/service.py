"""Requesting, shipping and receiving transfers, losses on the way, and taking each step back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.attachments.photos import Photo
from core.attachments.service import keep_photos
from core.attachments.subjects import Subject, SubjectKind, register_subject
from core.base.clock import business_day
from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.costs.moments import business_moment, is_open
from core.stock.ledger import Line, Origin, bring_in, shift, storage_of, take_out
from core.stock.lots import existing_lots
from core.stock.models import LOSS, LocationKind, MoveState, StockMove
from core.stock.moves import by_variant
from core.stock.places import keep_shelves, place_of
from core.stock.service import open_warehouse, refuse_bad_lines
from core.stock.transfers.errors import (
    ArrivesBeforeItLeft,
    LossWithoutOwner,
    MoreOfLotsThanLeaves,
    MoreThanOnTheWay,
    NothingToUndo,
    NotInTransfer,
    SameWarehouse,
    TransferNotThere,
)
from core.stock.transfers.lots import leaving, named_lots
from core.stock.transfers.models import (
    TRANSFER_STATE_LABELS,
    LossParty,
    StepKind,
    Transfer,
    TransferLine,
    TransferLot,
    TransferState,
    TransferStep,
)
from core.stock.transfers.progress import ORIGIN, lots_on_the_way, on_the_way
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.STOCK_MOVE)
def request_transfer(uow: UnitOfWork, *, source_id: int, target_id: int, lines: Sequence[Line], note: str = "") -> int:
    """Ask for goods of another warehouse, of certain lots where lines name them. Nothing moves or is promised."""
    lines = existing_lots(uow, lines)
    transfer = _new(uow, source_id, target_id, lines, note)
    uow.audit("transfer.requested", transfer, number=transfer.number, lines=_facts(lines))
    return transfer.id


@command(P.STOCK_MOVE)
def ship_transfer(
    uow: UnitOfWork,
    transfer_id: int,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    lots: Mapping[int, Mapping[int, Decimal]] | None = None,
    at: date | datetime | None = None,
) -> int:
    """Let the goods leave: all that was asked for, or so much of each product.

    They are of the lots in `lots` (product → lot → quantity), of products that are not there of those that were
    asked for; the rest goes first expired first. On the way goods belong to the warehouse that they go to, and
    nobody can sell them. Refuses lots of which there is not so much, or that add up to more than leaves.
    """
    transfer = _transfer(uow, transfer_id, TransferState.REQUESTED)
    moment = business_moment(uow, at)
    asked = {line.variant_id: line.quantity for line in transfer.lines}
    if quantities is not None:
        _refuse_strangers(uow, transfer, quantities)
        asked = {variant_id: quantity for variant_id, quantity in quantities.items() if quantity}
    lines = existing_lots(uow, leaving(transfer, asked, lots or {}))
    refuse_bad_lines(uow, lines)
    _refuse_too_many_lots(uow, asked, lots or {})
    step = _step(uow, transfer, StepKind.SHIP, moment)
    source, transit = _ends(uow, transfer)
    shift(uow, source, transit, _of(step, lines), Origin(ORIGIN, transfer.id), at=moment, anywhere=True)
    keep_shelves(uow, storage_of(uow, transfer.target_id), asked)
    transfer.state = TransferState.SHIPPED
    uow.audit("transfer.shipped", transfer, number=transfer.number, lines=_facts(lines))
    return step.id


@command(P.STOCK_MOVE)
def carry_over(
    uow: UnitOfWork,
    *,
    source_id: int,
    target_id: int,
    lines: Sequence[Line],
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Transfer goods at once: they leave one warehouse and arrive in the other in one step.

    A line that names its lot carries that lot; others go first expired first.
    """
    moment = business_moment(uow, at)
    lines = existing_lots(uow, lines)
    transfer = _new(uow, source_id, target_id, lines, note)
    step = _step(uow, transfer, StepKind.ARRIVE, moment, is_direct=True)
    source, transit = _ends(uow, transfer)
    origin = Origin(ORIGIN, transfer.id)
    carried = shift(uow, source, transit, _of(step, lines), origin, at=moment, anywhere=True)
    shift(uow, transit, storage_of(uow, target_id), carried, origin, at=moment)
    transfer.state = TransferState.CLOSED
    uow.audit("transfer.carried_over", transfer, number=transfer.number, lines=_facts(lines))
    return transfer.id


@command(P.STOCK_MOVE)
def receive_transfer(
    uow: UnitOfWork,
    transfer_id: int,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    at: date | datetime | None = None,
    photos: Sequence[Photo] = (),
) -> int:
    """Put goods that arrived on the shelf: all that is on the way, or so much of each product.

    The transfer is done when nothing of it is on the way any more.
    """
    transfer = _transfer(uow, transfer_id, TransferState.SHIPPED)
    moment = business_moment(uow, at)
    left = on_the_way(uow.session, [transfer.id])[transfer.id]
    came = left if quantities is None else {each: quantity for each, quantity in quantities.items() if quantity}
    lines = [Line(variant_id, quantity) for variant_id, quantity in came.items()]
    refuse_bad_lines(uow, lines)
    _refuse_more(uow, transfer, came, left)
    shipped_at = next(step.at for step in transfer.steps if step.undone_at is None)
    if moment < shipped_at:
        raise ArrivesBeforeItLeft(number=transfer.number, left=business_day(shipped_at, uow.settings.timezone))
    step = _step(uow, transfer, StepKind.ARRIVE, moment)
    _, transit = _ends(uow, transfer)
    shelf, arrived = storage_of(uow, transfer.target_id), _of_lots(uow, transfer, _of(step, lines))
    shift(uow, transit, shelf, arrived, Origin(ORIGIN, transfer.id), at=moment)
    if came == left:
        transfer.state = TransferState.CLOSED
    kept = keep_photos(uow, ORIGIN, transfer.id, transfer.number, photos)
    uow.audit("transfer.received", transfer, number=transfer.number, lines=_facts(lines), **kept)
    return step.id


@command(P.STOCK_MOVE)
def close_with_loss(
    uow: UnitOfWork,
    transfer_id: int,
    *,
    responsible: LossParty,
    responsible_name: str = "",
    reason: str,
    photos: Sequence[Photo] = (),
) -> int:
    """Write off what is still on the way, on the account of somebody, and be done with the transfer."""
    reason, name = reason_given(reason), responsible_name.strip()
    if responsible is LossParty.SOMEBODY and not name:
        raise LossWithoutOwner
    if len(name) > 80:
        raise InvalidInput(field=N_("Who answers for it"), reason=N_("is too long."))
    transfer = _transfer(uow, transfer_id, TransferState.SHIPPED)
    left = on_the_way(uow.session, [transfer.id])[transfer.id]
    lines = [Line(variant_id, quantity) for variant_id, quantity in left.items()]
    step = _step(uow, transfer, StepKind.LOSE, uow.now)
    step.responsible, step.responsible_name, step.reason = responsible, name, reason
    _, transit = _ends(uow, transfer)
    take_out(uow, transit, LOSS, _of_lots(uow, transfer, _of(step, lines)), Origin(ORIGIN, transfer.id))
    transfer.state = TransferState.CLOSED
    kept = keep_photos(uow, ORIGIN, transfer.id, transfer.number, photos)
    uow.audit(
        "transfer.lost",
        transfer,
        number=transfer.number,
        lines=_facts(lines),
        responsible=responsible,
        responsible_name=name,
        reason=reason,
        **kept,
    )
    return step.id


@command(P.STOCK_MOVE)
def undo_transfer_step(uow: UnitOfWork, transfer_id: int, *, reason: str) -> int:
    """Take the newest step back: refused where the goods that arrived are gone or promised meanwhile.

    While its period is open it counts as if it had never been; once closed, the goods go back today.
    """
    reason = reason_given(reason)
    transfer = _transfer(uow, transfer_id, *TransferState)
    standing = [step for step in transfer.steps if step.undone_at is None]
    if not standing:
        raise NothingToUndo(number=transfer.number)
    open_warehouse(uow, transfer.source_id)
    open_warehouse(uow, transfer.target_id)
    step = standing[-1]
    undoes = is_open(uow, step.at)
    origin = Origin(ORIGIN, transfer.id)
    groups: dict[tuple[int, int, datetime], list[Line]] = {}
    for move in _moves(uow, transfer, step):
        back = Line(move.variant_id, move.quantity, step.id, returns_id=move.id, lot_id=move.lot_id or 0)
        groups.setdefault((move.source_id, move.target_id, move.at), []).append(back)
    for (source, target, moved_at), lines in groups.items():
        at = moved_at if undoes else uow.now
        if target == LOSS:
            bring_in(uow, LOSS, source, lines, origin, at=at, undoes=undoes)
        else:
            shift(uow, target, source, lines, origin, at=at, undoes=undoes)
    step.undone_at, step.undone_by = uow.now, uow.actor.id
    transfer.state = TransferState.SHIPPED if len(standing) > 1 else TransferState.REQUESTED
    uow.audit("transfer.step_undone", transfer, number=transfer.number, step=step.kind, reason=reason)
    return step.id


@command(P.STOCK_MOVE)
def cancel_transfer(uow: UnitOfWork, transfer_id: int, *, reason: str) -> int:
    """Drop a transfer that has not left; one that has is taken back first."""
    reason = reason_given(reason)
    transfer = _transfer(uow, transfer_id, TransferState.REQUESTED)
    transfer.state = TransferState.CANCELLED
    uow.audit("transfer.cancelled", transfer, number=transfer.number, reason=reason)
    return transfer.id


def _new(uow: UnitOfWork, source_id: int, target_id: int, lines: Sequence[Line], note: str) -> Transfer:
    if source_id == target_id:
        raise SameWarehouse
    asked: dict[int, Decimal] = {}
    for line in lines:
        asked[line.variant_id] = asked.get(line.variant_id, ZERO) + line.quantity
    refuse_bad_lines(uow, lines)
    if len(note.strip()) > 500:
        raise InvalidInput(field=N_("Note"), reason=N_("is too long."))
    transfer = uow.add(
        Transfer(
            number=uow.number("TR"),
            source_id=open_warehouse(uow, source_id),
            target_id=open_warehouse(uow, target_id),
            state=TransferState.REQUESTED,
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    for variant_id, quantity in asked.items():
        uow.add(TransferLine(transfer_id=transfer.id, variant_id=variant_id, quantity=quantity))
    for (variant_id, lot_id), quantity in named_lots(lines).items():
        uow.add(TransferLot(transfer_id=transfer.id, variant_id=variant_id, lot_id=lot_id, quantity=quantity))
    return transfer


def _transfer(uow: UnitOfWork, transfer_id: int, *states: TransferState) -> Transfer:
    transfer = uow.session.scalars(
        select(Transfer)
        .where(Transfer.id == transfer_id)
        .options(selectinload(Transfer.lines), selectinload(Transfer.lots), selectinload(Transfer.steps))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if transfer is None:
        raise NotFound(what=N_("The transfer"))
    if transfer.state not in states:
        raise TransferNotThere(number=transfer.number, state=TRANSFER_STATE_LABELS[transfer.state])
    return transfer


def _ends(uow: UnitOfWork, transfer: Transfer) -> tuple[int, int]:
    """The shelf that goods leave, and the place where they are on the way."""
    open_warehouse(uow, transfer.source_id)
    open_warehouse(uow, transfer.target_id)
    return storage_of(uow, transfer.source_id), place_of(uow, transfer.target_id, LocationKind.TRANSIT)


def _step(
    uow: UnitOfWork, transfer: Transfer, kind: StepKind, at: datetime, *, is_direct: bool = False
) -> TransferStep:
    return uow.add(
        TransferStep(
            transfer_id=transfer.id,
            kind=kind,
            at=at,
            is_direct=is_direct,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )


def _of(step: TransferStep, lines: Sequence[Line]) -> list[Line]:
    return [Line(line.variant_id, line.quantity, step.id, lot_id=line.lot_id) for line in lines]


def _of_lots(uow: UnitOfWork, transfer: Transfer, lines: Sequence[Line]) -> list[Line]:
    """The lines as the lots of them that are on the way."""
    left = lots_on_the_way(uow.session, transfer.id)
    found = []
    for line in lines:
        for lot_id, quantity in left.get(line.variant_id, ()):
            part = min(line.quantity, quantity)
            if part > ZERO:
                found.append(replace(line, quantity=part, lot_id=lot_id or 0))
                line = replace(line, quantity=line.quantity - part)
        if line.quantity > ZERO:
            found.append(line)
    return found


def _moves(uow: UnitOfWork, transfer: Transfer, step: TransferStep) -> Sequence[StockMove]:
    return uow.session.scalars(
        select(StockMove)
        .where(
            StockMove.origin_type == ORIGIN,
            StockMove.origin_id == transfer.id,
            StockMove.origin_line_id == step.id,
            StockMove.state == MoveState.DONE,
            StockMove.returns_id.is_(None),
        )
        .order_by(StockMove.id.desc())
    ).all()


def _refuse_strangers(uow: UnitOfWork, transfer: Transfer, quantities: Mapping[int, Decimal]) -> None:
    strangers = set(quantities) - {line.variant_id for line in transfer.lines}
    if strangers:
        named = _named(uow, strangers)
        _refuse([NotInTransfer(number=transfer.number, sku=sku, name=name) for sku, name in named.values()])


def _refuse_too_many_lots(
    uow: UnitOfWork, asked: Mapping[int, Decimal], lots: Mapping[int, Mapping[int, Decimal]]
) -> None:
    named = {variant_id: sum(of.values(), ZERO) for variant_id, of in lots.items()}
    more = [variant_id for variant_id, quantity in named.items() if quantity > asked.get(variant_id, ZERO)]
    if more:
        _refuse(
            [
                MoreOfLotsThanLeaves(sku=sku, name=name, quantity=asked.get(each, ZERO), named=named[each])
                for each, (sku, name) in _named(uow, more).items()
            ]
        )


def _refuse_more(uow: UnitOfWork, transfer: Transfer, came: Mapping[int, Decimal], left: Mapping[int, Decimal]) -> None:
    more = [variant_id for variant_id, quantity in came.items() if quantity > left.get(variant_id, ZERO)]
    if more:
        facts = {"number": transfer.number}
        _refuse(
            [
                MoreThanOnTheWay(**facts, sku=sku, name=name, left=left.get(each, ZERO), asked=came[each])
                for each, (sku, name) in _named(uow, more).items()
            ]
        )


def _refuse(problems: list[AppError]) -> NoReturn:
    if not problems:
        raise NotFound(what=N_("The product"))
    raise Refusals(problems) if len(problems) > 1 else problems[0]


def _named(uow: UnitOfWork, variant_ids: Sequence[int] | set[int]) -> dict[int, tuple[str, str]]:
    found = uow.session.execute(
        select(Variant.id, Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
        .order_by(Variant.sku)
    )
    return {variant_id: (sku, name) for variant_id, sku, name in found}


def _with_photos(uow: UnitOfWork, transfer_id: int) -> Subject:
    transfer = _transfer(uow, transfer_id, *TransferState)
    is_lost = any(step.kind is StepKind.LOSE and step.undone_at is None for step in transfer.steps)
    return Subject(transfer, transfer.number, is_lost)


def _facts(lines: Sequence[Line]) -> dict[int, Decimal]:
    return by_variant(lines)


register_subject(SubjectKind(ORIGIN, P.STOCK_READ, (P.STOCK_MOVE,), _with_photos))
