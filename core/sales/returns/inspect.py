"""Inspecting what came back: sold again, sold as second quality, or thrown away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.attachments.photos import Photo
from core.attachments.service import keep_photos
from core.base.errors import AppError, Refusals, reason_given
from core.base.exact import ZERO
from core.sales.models import ReturnKind, ReturnLine, ReturnState, SalesReturn
from core.sales.returns.documents import Opened, opened, settle_if_done, sku_of, stocked_of
from core.sales.returns.errors import CameWithImport, NoSuchLine, SplitDoesNotAddUp
from core.sales.returns.receive import refuse_claim, standing
from core.sales.returns.rules import RETURN_FLOW
from core.security.permissions import P
from core.stock.costs.moments import is_open
from core.stock.ledger import Line, bring_in, shift, storage_of, take_out
from core.stock.models import LOSS, Location, LocationKind, MoveState, StockMove
from core.stock.places import place_of
from core.work.command import command
from core.work.unit import UnitOfWork

Lots = dict[int | None, dict[int | None, Decimal]]


@dataclass(frozen=True)
class Finding:
    """What becomes of a line that came back; the three add up to what arrived."""

    restock: Decimal = ZERO
    second: Decimal = ZERO
    scrap: Decimal = ZERO
    note: str = ""


@command(P.RETURN_RECEIVE)
def inspect_return(
    uow: UnitOfWork,
    return_id: int,
    *,
    findings: Mapping[int, Finding] | None = None,
    photos: Sequence[Photo] = (),
) -> None:
    """Sort what came back (return line id → finding): on the shelf, second quality, or to loss.

    Without findings everything is sold again. The credit of the customer does not depend on it.
    """
    found = opened(uow, return_id)
    document = found.document
    _refuse_imported(found)
    refuse_claim(document)
    RETURN_FLOW.take("inspect", document)
    sort_out(uow, found, findings)
    kept = keep_photos(uow, SalesReturn.__tablename__, document.id, document.number, photos)
    uow.audit(
        "return.inspected",
        document,
        number=document.number,
        **kept,
        restocked=sum((line.restocked_quantity for line in found.lines), ZERO),
        second=sum((line.second_quantity for line in found.lines), ZERO),
        scrapped=sum((line.scrapped_quantity for line in found.lines), ZERO),
    )


def sort_out(uow: UnitOfWork, found: Opened, findings: Mapping[int, Finding] | None) -> None:
    """Bring what waits in quarantine to where the findings say."""
    document = found.document
    document.inspected_at = uow.now
    _write(uow, found, findings)
    stocked = stocked_of(uow, found.lines)
    goods = [line for line in found.lines if line.id in stocked]
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    held = _lots(uow, found, LocationKind.QUARANTINE)
    if restocked := _lines(goods, "restocked_quantity", held):
        shift(uow, quarantine, storage_of(uow, document.warehouse_id), restocked, found.origin)
    if second := _lines(goods, "second_quantity", held):
        place = place_of(uow, document.warehouse_id, LocationKind.SECOND_QUALITY)
        shift(uow, quarantine, place, second, found.origin)
    if scrapped := _lines(goods, "scrapped_quantity", held):
        take_out(uow, quarantine, LOSS, scrapped, found.origin)
    settle_if_done(uow, found)


@command(P.RETURN_RECEIVE)
def undo_inspection(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """Put everything back into quarantine; refused where it is promised or gone meanwhile.

    Goods that are delivered once more were never inspected under that document.
    """
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    _refuse_imported(found)
    if document.kind == ReturnKind.REDELIVERY:
        RETURN_FLOW.next_state("undo_inspection", ReturnState.CANCELLED, document.number)
    refuse_claim(document)
    RETURN_FLOW.take("undo_inspection", document)
    put_together(uow, found)
    uow.audit("return.inspection_undone", document, number=document.number, reason=reason)


def put_together(uow: UnitOfWork, found: Opened) -> None:
    """Bring back into quarantine what was sorted out of it."""
    document = found.document
    document.inspected_at = None
    stocked = stocked_of(uow, found.lines)
    goods = [line for line in found.lines if line.id in stocked]
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    if restocked := _lines(goods, "restocked_quantity", _lots(uow, found, LocationKind.STORAGE)):
        shift(uow, storage_of(uow, document.warehouse_id), quarantine, restocked, found.origin, anywhere=True)
    if second := _lines(goods, "second_quantity", _lots(uow, found, LocationKind.SECOND_QUALITY)):
        shift(uow, place_of(uow, document.warehouse_id, LocationKind.SECOND_QUALITY), quarantine, second, found.origin)
    for move in standing(uow, found, quarantine, LOSS):
        undoes = is_open(uow, move.at)
        line = Line(move.variant_id, move.quantity, move.origin_line_id, returns_id=move.id, lot_id=move.lot_id)
        at = move.at if undoes else uow.now
        bring_in(uow, LOSS, quarantine, [line], found.origin, at=at, undoes=undoes)
    for back in found.lines:
        back.restocked_quantity = back.second_quantity = back.scrapped_quantity = ZERO
        back.inspection_note = ""


def _write(uow: UnitOfWork, found: Opened, findings: Mapping[int, Finding] | None) -> None:
    if findings is None:
        findings = {line.id: Finding(restock=line.quantity) for line in found.lines}
    if set(findings) - {line.id for line in found.lines}:
        raise NoSuchLine(number=found.document.number)
    problems: list[AppError] = []
    for line in found.lines:
        finding = findings.get(line.id, Finding())
        parts = (finding.restock, finding.second, finding.scrap)
        if any(part < ZERO for part in parts) or sum(parts, ZERO) != line.quantity:
            sku = sku_of(uow, line.variant_id)
            problems.append(SplitDoesNotAddUp(sku=sku, split=sum(parts, ZERO), quantity=line.quantity))
            continue
        line.restocked_quantity, line.second_quantity, line.scrapped_quantity = parts
        line.inspection_note = finding.note.strip()[:200]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _lines(lines: list[ReturnLine], column: str, held: Lots) -> list[Line]:
    """So much of each line as the column says, as the lots that it came as; takes it off what is held."""
    found = []
    for line in lines:
        left = getattr(line, column)
        lots = held.get(line.id, {})
        for lot_id, quantity in lots.items():
            part = min(left, quantity)
            if part > ZERO:
                found.append(Line(line.variant_id, part, line.id, lot_id=lot_id or 0))
                lots[lot_id] -= part
                left -= part
        if left > ZERO:
            found.append(Line(line.variant_id, left, line.id))
    return found


def _lots(uow: UnitOfWork, found: Opened, kind: LocationKind) -> Lots:
    """What of which lot the return has brought to places of a kind, by line."""
    source, target = aliased(Location), aliased(Location)
    uow.session.flush()
    moves = uow.session.execute(
        select(StockMove.origin_line_id, StockMove.lot_id, StockMove.quantity, source.kind, target.kind)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(
            StockMove.origin_type == found.origin.kind,
            StockMove.origin_id == found.origin.id,
            StockMove.state == MoveState.DONE,
        )
        .order_by(StockMove.id)
    )
    held: Lots = {}
    for line_id, lot_id, quantity, left, reached in moves:
        lots = held.setdefault(line_id, {})
        lots[lot_id] = lots.get(lot_id, ZERO) + quantity * ((reached == kind) - (left == kind))
    return held


def _refuse_imported(found: Opened) -> None:
    if found.document.requested_at is None:
        raise CameWithImport(number=found.document.number)
