"""Inspecting what came back: sold again, sold as second quality, or thrown away."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.base.errors import AppError, Refusals, reason_given
from core.base.exact import ZERO
from core.sales.models import ReturnLine
from core.sales.returns.documents import Opened, opened, settle_if_done, sku_of, stocked_of
from core.sales.returns.errors import CameWithImport, NoSuchLine, SplitDoesNotAddUp
from core.sales.returns.receive import standing
from core.sales.returns.rules import RETURN_FLOW
from core.security.permissions import P
from core.stock.costs.moments import is_open
from core.stock.ledger import Line, bring_in, shift, storage_of, take_out
from core.stock.models import LOSS, LocationKind
from core.stock.places import place_of
from core.work.command import command
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class Finding:
    """What becomes of a line that came back; the three add up to what arrived."""

    restock: Decimal = ZERO
    second: Decimal = ZERO
    scrap: Decimal = ZERO
    note: str = ""


@command(P.RETURN_RECEIVE)
def inspect_return(uow: UnitOfWork, return_id: int, *, findings: Mapping[int, Finding] | None = None) -> None:
    """Sort what came back (return line id → finding): on the shelf, second quality, or to loss.

    Without findings everything is sold again. The credit of the customer does not depend on it.
    """
    found = opened(uow, return_id)
    document = found.document
    _refuse_imported(found)
    RETURN_FLOW.take("inspect", document)
    document.inspected_at = uow.now
    _write(uow, found, findings)
    stocked = stocked_of(uow, found.lines)
    goods = [line for line in found.lines if line.id in stocked]
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    if restocked := _lines(goods, "restocked_quantity"):
        shift(uow, quarantine, storage_of(uow, document.warehouse_id), restocked, found.origin)
    if second := _lines(goods, "second_quantity"):
        place = place_of(uow, document.warehouse_id, LocationKind.SECOND_QUALITY)
        shift(uow, quarantine, place, second, found.origin)
    if scrapped := _lines(goods, "scrapped_quantity"):
        take_out(uow, quarantine, LOSS, scrapped, found.origin)
    settle_if_done(uow, found)
    uow.audit(
        "return.inspected",
        document,
        number=document.number,
        restocked=sum((line.restocked_quantity for line in found.lines), ZERO),
        second=sum((line.second_quantity for line in found.lines), ZERO),
        scrapped=sum((line.scrapped_quantity for line in found.lines), ZERO),
    )


@command(P.RETURN_RECEIVE)
def undo_inspection(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """Put everything back into quarantine; refused where it is promised or gone meanwhile."""
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    _refuse_imported(found)
    RETURN_FLOW.take("undo_inspection", document)
    document.inspected_at = None
    stocked = stocked_of(uow, found.lines)
    goods = [line for line in found.lines if line.id in stocked]
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    if restocked := _lines(goods, "restocked_quantity"):
        shift(uow, storage_of(uow, document.warehouse_id), quarantine, restocked, found.origin)
    if second := _lines(goods, "second_quantity"):
        shift(uow, place_of(uow, document.warehouse_id, LocationKind.SECOND_QUALITY), quarantine, second, found.origin)
    for move in standing(uow, found, quarantine, LOSS):
        undoes = is_open(uow, move.at)
        line = Line(move.variant_id, move.quantity, move.origin_line_id, returns_id=move.id)
        at = move.at if undoes else uow.now
        bring_in(uow, LOSS, quarantine, [line], found.origin, at=at, undoes=undoes)
    for back in found.lines:
        back.restocked_quantity = back.second_quantity = back.scrapped_quantity = ZERO
        back.inspection_note = ""
    uow.audit("return.inspection_undone", document, number=document.number, reason=reason)


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


def _lines(lines: list[ReturnLine], column: str) -> list[Line]:
    return [Line(line.variant_id, getattr(line, column), line.id) for line in lines if getattr(line, column) > ZERO]


def _refuse_imported(found: Opened) -> None:
    if found.document.requested_at is None:
        raise CameWithImport(number=found.document.number)
