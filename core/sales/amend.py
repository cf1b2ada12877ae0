"""Amending a confirmed order: asked for, changed, then accepted or declined."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import NotFound, Refusals, StaleVersion, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.sales.amend_effect import take_effect
from core.sales.amend_errors import AmendmentOpen
from core.sales.amend_lines import (
    LineWish,
    draw_up,
    is_stale,
    products_in,
    promise,
    refusals,
    refuse_unamendable,
)
from core.sales.amend_models import AmendmentLine, AmendmentState, OrderAmendment
from core.sales.amend_rows import change_of, changes_in, said_of
from core.sales.amend_rules import AMENDMENT_FLOW, Change, needs_reason, totals
from core.sales.kit_amend import KitWish
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.money.worth import worth_now
from core.sales.orders import locked_order
from core.sales.wished import UNCHANGED, Wish
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

ORDER, AMENDMENT = N_("The order"), N_("The amendment")


@command(P.ORDER_EDIT)
def request_amendment(
    uow: UnitOfWork,
    order_id: int,
    *,
    lines: Sequence[LineWish],
    seen_version: int,
    kits: Sequence[KitWish] = (),
    note: str | None = None,
    wanted_on: Wish = UNCHANGED,
    reason: str = "",
) -> int:
    """Ask for a change of a confirmed order; nothing changes until it is accepted.

    `seen_version` is the version of the order it was drawn up on. Refuses a second open amendment,
    numbers that no line can have, and a change that changes nothing.
    """
    order = _amendable(uow, order_id, seen_version)
    earlier = uow.session.execute(
        select(OrderAmendment.number, OrderAmendment.state).where(OrderAmendment.order_id == order_id)
    ).all()
    for number, state in earlier:
        if state == AmendmentState.REQUESTED:
            raise AmendmentOpen(number=order.number, amendment=number)
    amendment = OrderAmendment(
        order_id=order.id,
        number=f"{order.number}/{len(earlier) + 1}",
        requested_at=uow.now,
        requested_by=uow.actor.id,
    )
    draw_up(uow, order, amendment, lines, note, kits, wanted_on)
    amendment.reason = reason.strip()
    uow.add(amendment)
    _record(uow, "order.amendment_requested", order, amendment)
    return amendment.id


@command(P.ORDER_EDIT)
def edit_amendment(
    uow: UnitOfWork,
    amendment_id: int,
    *,
    lines: Sequence[LineWish],
    version: int,
    seen_version: int,
    kits: Sequence[KitWish] = (),
    note: str | None = None,
    wanted_on: Wish = UNCHANGED,
    reason: str = "",
) -> int:
    """Draw an open amendment up anew, on the order as it stands now."""
    order_id = _order_of(uow, amendment_id)
    order = _amendable(uow, order_id, seen_version)
    amendment = _locked(uow, amendment_id, version)
    AMENDMENT_FLOW.take("edit", amendment)
    draw_up(uow, order, amendment, lines, note, kits, wanted_on)
    amendment.reason = reason.strip()
    # Whoever looked at it before must not accept it unseen, even where only its lines changed.
    flag_modified(amendment, "reason")
    uow.session.flush()
    _record(uow, "order.amendment_edited", order, amendment)
    return amendment.id


@command(P.ORDER_EDIT)
def request_undo(uow: UnitOfWork, amendment_id: int, *, seen_version: int, reason: str = "") -> int:
    """Ask for the opposite of an accepted amendment: its lines as they were before, everything else as it is."""
    done = _locked(uow, amendment_id)
    AMENDMENT_FLOW.take("undo", done)
    here = _still_there(uow, done)
    of_kits = select(OrderLine.id).where(OrderLine.order_id == done.order_id, OrderLine.kit_id.is_not(None))
    parts = set(uow.session.scalars(of_kits))
    wishes = []
    for row in done.lines:
        if row.kit is not None:
            continue
        change, line_id = change_of(row), row.order_line_id
        if change.kind == Change.ADDED and line_id in here:
            wishes.append(LineWish(ZERO, line_id))
        elif change.before is not None and change.kind != Change.KEPT:
            was = change.before
            is_here = change.kind == Change.CHANGED and line_id in here
            if is_here and line_id in parts:
                wishes.append(LineWish(was.quantity, line_id))
                continue
            place = LineWish(was.quantity, line_id) if is_here else LineWish(was.quantity, variant_id=row.variant_id)
            wishes.append(replace(place, unit_price=was.unit_price, discount=was.discount))
    note = done.note_before if done.note_after is not None else None
    kits = _kits_as_before(uow, done)
    day: Wish = done.wanted_before if done.wanted_before != done.wanted_after else UNCHANGED
    return request_amendment(
        uow,
        done.order_id,
        lines=wishes,
        kits=kits,
        seen_version=seen_version,
        note=note,
        wanted_on=day,
        reason=reason,
    )


@command(P.ORDER_CONFIRM)
def accept_amendment(uow: UnitOfWork, amendment_id: int, *, version: int) -> int:
    """Make the amendment the terms of the order: stock is promised or freed, or nothing changes at all.

    Refuses with everything that speaks against it, where the order or the amendment changed since it was
    drawn up, where the customer's credit does not reach, and where a statement holds what would change.
    Returns the id of the order.
    """
    order_id = _order_of(uow, amendment_id)
    order = locked_order(uow, order_id, with_lines=True)
    amendment = _locked(uow, amendment_id, version)
    AMENDMENT_FLOW.take("accept", amendment)
    refuse_unamendable(order)
    if is_stale(order, amendment):
        raise StaleVersion(what=ORDER)
    if needs_reason(changes_in(amendment)):
        reason_given(amendment.reason)
    products = products_in(uow.session, amendment)
    problems = refusals(uow.session, uow.actor, amendment, products)
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    before = worth_now(uow, order)
    amendment.revision = order.revision + 1
    amendment.decided_at, amendment.decided_by = uow.now, uow.actor.id
    take_effect(uow, order, amendment, before, lambda: promise(uow, order, amendment, products))
    _record(uow, "order.amended", order, amendment)
    return order.id


@command(P.ORDER_CONFIRM)
def decline_amendment(uow: UnitOfWork, amendment_id: int, *, version: int, reason: str) -> int:
    """Turn an open amendment down; the order stays as it is. Returns the id of the order."""
    reason = reason_given(reason)
    order = locked_order(uow, _order_of(uow, amendment_id))
    amendment = _locked(uow, amendment_id, version)
    AMENDMENT_FLOW.take("decline", amendment)
    amendment.declined_because = reason
    amendment.decided_at, amendment.decided_by = uow.now, uow.actor.id
    uow.audit("order.amendment_declined", order, amendment=amendment.number, reason=reason)
    return order.id


def _amendable(uow: UnitOfWork, order_id: int, seen_version: int) -> SalesOrder:
    order = locked_order(uow, order_id, with_lines=True)
    refuse_unamendable(order)
    if order.version != seen_version:
        raise StaleVersion(what=ORDER)
    return order


def _order_of(uow: UnitOfWork, amendment_id: int) -> int:
    order_id = uow.session.scalar(select(OrderAmendment.order_id).where(OrderAmendment.id == amendment_id))
    if order_id is None:
        raise NotFound(what=AMENDMENT)
    return order_id


def _kits_as_before(uow: UnitOfWork, done: OrderAmendment) -> list[KitWish]:
    """Kits as they were before an amendment, with what they held; those that it added are to go."""
    here = set(uow.session.scalars(select(OrderKit.id).where(OrderKit.order_id == done.order_id)))
    wishes = []
    for row in done.kits:
        is_here = row.after_quantity is not None and row.order_kit_id in here
        was = said_of((row.before_quantity, row.before_price, row.before_discount))
        if was is None:
            wishes += [KitWish(ZERO, row.order_kit_id)] if is_here else []
        elif was != said_of((row.after_quantity, row.after_price, row.after_discount)):
            quantity, unit_price, discount = was
            kit_id = row.order_kit_id if is_here else None
            wishes.append(KitWish(quantity, kit_id, unit_price, discount, like=row.id))
    return wishes


def _still_there(uow: UnitOfWork, done: OrderAmendment) -> set[int]:
    """The lines that this amendment left and that are on the order yet; ids alone do not tell, as they return."""
    left = {row.order_line_id: row.variant_id for row in done.lines if row.after_quantity is not None}
    lines = uow.session.execute(
        select(OrderLine.id, OrderLine.variant_id).where(OrderLine.order_id == done.order_id, OrderLine.id.in_(left))
    )
    taken_off = uow.session.scalars(
        select(AmendmentLine.order_line_id)
        .join(OrderAmendment, OrderAmendment.id == AmendmentLine.amendment_id)
        .where(OrderAmendment.order_id == done.order_id, OrderAmendment.revision > (done.revision or 0))
        .where(AmendmentLine.after_quantity.is_(None))
    )
    return {line_id for line_id, variant_id in lines if left[line_id] == variant_id} - set(taken_off)


def _locked(uow: UnitOfWork, amendment_id: int, version: int | None = None) -> OrderAmendment:
    """The amendment with its lines, locked; `StaleVersion` where it is not the one that was looked at."""
    amendment = uow.session.scalars(
        select(OrderAmendment)
        .where(OrderAmendment.id == amendment_id)
        .options(selectinload(OrderAmendment.kits), selectinload(OrderAmendment.lines).selectinload(AmendmentLine.kit))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if amendment is None:
        raise NotFound(what=AMENDMENT)
    if version is not None and amendment.version != version:
        raise StaleVersion(what=AMENDMENT)
    return amendment


def _record(uow: UnitOfWork, tag: str, order: SalesOrder, amendment: OrderAmendment) -> None:
    changes = [change_of(row) for row in amendment.lines]
    before, after = totals(changes)
    counted = {kind.value: sum(change.kind == kind for change in changes) for kind in Change}
    days: dict[str, Any] = {"wanted_before": amendment.wanted_before, "wanted_after": amendment.wanted_after}
    uow.audit(
        tag,
        order,
        amendment=amendment.number,
        reason=amendment.reason,
        gross_before=before.gross,
        gross_after=after.gross,
        lines=counted,
        **(days if amendment.wanted_before != amendment.wanted_after else {}),
    )
