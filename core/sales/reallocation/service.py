"""Taking goods that are promised to other orders for one that lacks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.errors import AppError, InvalidInput, Refusals
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.sales.confirm import confirmed
from core.sales.fulfilment import begins_to_wait, waits_no_more
from core.sales.models import BusinessState, OrderLine, SalesOrder
from core.sales.nearness import near_to
from core.sales.orders import locked_order, origin_of
from core.sales.reallocation.errors import (
    CannotYield,
    LacksLess,
    NothingToTake,
    OrderOfSomebodyElse,
    YieldsForOther,
)
from core.sales.reallocation.models import Reallocation, ReallocationLine
from core.sales.reallocation.rules import Reason, Yield
from core.sales.reallocation.standing import Standing, standing_of
from core.sales.sources import remember_sources
from core.security.models import User
from core.security.permissions import P
from core.stock.allocation import Sources
from core.stock.ledger import Line, reserve_more, storage_of
from core.stock.promises import give_up
from core.stock.shelves import shelves_everywhere
from core.stock.short import names_of
from core.work.command import command
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class Take:
    """So much of what is promised to a line of another order, for the reasons that were shown."""

    line_id: int
    quantity: Decimal
    reasons: tuple[Reason, ...]


@command(P.ORDER_CONFIRM)
def take_from_orders(uow: UnitOfWork, order_id: int, *, takes: Sequence[Take]) -> int:
    """Promise goods of other orders to one that lacks them; those wait for goods then. A draft is confirmed by it.

    Goods of orders of other sellers are taken by who may set the rules of fulfilment. Refuses, naming each
    order, what it cannot give or was not shown any more, more than is lacking, and what `confirm_order` refuses.
    """
    takes = [take for take in takes if take.quantity]
    if any(take.quantity < ZERO or not fits(take.quantity, QUANTITY_PLACES) for take in takes):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    order, givers = _locked(uow, order_id, takes)
    if not takes:
        raise NothingToTake(number=order.number)
    standing = standing_of(uow, order)
    names = {variant_id: sku for variant_id, sku, _ in names_of(uow, _variants(uow, takes))}
    found = _agreed(order, givers, standing, takes, names)
    if standing is None:
        raise NothingToTake(number=order.number)
    _refuse_strangers(uow, [standing.orders[each.holding.claim.order_id] for each, _ in found])
    gone = _give(uow, standing, found)
    row = uow.add(Reallocation(order_id=order.id, created_at=uow.now, created_by=uow.actor.id))
    uow.session.add_all(
        ReallocationLine(
            reallocation_id=row.id,
            from_order_id=each.holding.claim.order_id,
            variant_id=each.holding.variant_id,
            quantity=quantity,
            reasons=",".join(each.reasons),
        )
        for each, quantity in found
    )
    is_draft = order.business_state == BusinessState.DRAFT
    facts = confirmed(uow, order.id)[1] if is_draft else _promise(uow, standing, gone)
    uow.audit(
        "orders.reallocated",
        row,
        number=order.number,
        goods=", ".join(
            f"{quantity.normalize():f} × {names[each.holding.variant_id]} "
            f"({standing.orders[each.holding.claim.order_id].number})"
            for each, quantity in found
        ),
        confirmed=is_draft,
        **facts,
    )
    return row.id


def _locked(uow: UnitOfWork, order_id: int, takes: Sequence[Take]) -> tuple[SalesOrder, dict[int, SalesOrder]]:
    """The order and those that give (by line), locked in the order of their ids, then the goods of them all."""
    of_line = {
        line_id: giver_id
        for line_id, giver_id in uow.session.execute(
            select(OrderLine.id, OrderLine.order_id).where(OrderLine.id.in_([take.line_id for take in takes]))
        )
    }
    orders = {each: locked_order(uow, each) for each in sorted({order_id, *of_line.values()})}
    order = orders[order_id]
    wanted = select(OrderLine.variant_id).where(OrderLine.order_id == order_id)
    variants = set(uow.session.scalars(wanted)) | _variants(uow, takes)
    shelves_everywhere(uow, storage_of(uow, order.warehouse_id), variants)
    return order, {line_id: orders[giver_id] for line_id, giver_id in of_line.items()}


def _variants(uow: UnitOfWork, takes: Sequence[Take]) -> set[int]:
    lines = [take.line_id for take in takes]
    return set(uow.session.scalars(select(OrderLine.variant_id).where(OrderLine.id.in_(lines))))


def _agreed(
    order: SalesOrder,
    givers: dict[int, SalesOrder],
    standing: Standing | None,
    takes: Sequence[Take],
    names: dict[int, str],
) -> list[tuple[Yield, Decimal]]:
    """What is taken, as it stands now; refuses what is not so any more."""
    can = {each.holding.line_id: each for each in standing.yields} if standing else {}
    problems: list[AppError] = []
    asked: dict[int, Decimal] = {}
    found = []
    for take in takes:
        now = can.get(take.line_id)
        if take.line_id not in givers or now is None or take.quantity > now.most:
            giver = givers.get(take.line_id, order)
            sku = names.get(now.holding.variant_id, "") if now else ", ".join(names.values())
            left = now.most if now else ZERO
            problems.append(CannotYield(number=giver.number, sku=sku, left=left, asked=take.quantity))
            continue
        if now.reasons != take.reasons:
            problems.append(YieldsForOther(number=givers[take.line_id].number))
        asked[now.holding.variant_id] = asked.get(now.holding.variant_id, ZERO) + take.quantity
        found.append((now, take.quantity))
    for variant_id, quantity in asked.items():
        lacks = standing.missing.get(variant_id, ZERO) if standing else ZERO
        if quantity > lacks:
            problems.append(LacksLess(number=order.number, sku=names[variant_id], lacks=lacks, asked=quantity))
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return found


def _refuse_strangers(uow: UnitOfWork, givers: Sequence[SalesOrder]) -> None:
    if uow.actor.may(P.STOCK_POLICY):
        return
    strange = [each for each in givers if (each.sales_rep_id or each.created_by) != uow.actor.id]
    if strange:
        owner = uow.session.get(User, strange[0].sales_rep_id or strange[0].created_by or 0)
        raise OrderOfSomebodyElse(number=strange[0].number, owner=owner.name if owner else "–")


def _give(uow: UnitOfWork, standing: Standing, found: Sequence[tuple[Yield, Decimal]]) -> dict[int, Decimal]:
    """Free what the others give, of each what goes first; how much of each variant that is."""
    gone: dict[int, Decimal] = {}
    by_order: dict[int, dict[int, Decimal]] = {}
    for each, quantity in found:
        holding, left = each.holding, quantity
        gone[holding.variant_id] = gone.get(holding.variant_id, ZERO) + quantity
        freed = by_order.setdefault(holding.claim.order_id, {})
        for part in sorted(standing.parts[holding.line_id], key=lambda part: (part.shelf.turn, part.move_id)):
            if left > ZERO:
                freed[part.move_id] = min(part.quantity, left)
                left -= freed[part.move_id]
    for giver_id in sorted(by_order):
        giver = standing.orders[giver_id]
        give_up(uow, by_order[giver_id], origin_of(giver))
        begins_to_wait(uow, giver)
    return gone


def _promise(uow: UnitOfWork, standing: Standing, gone: dict[int, Decimal]) -> dict[str, Decimal]:
    """Promise what was given to the lines that lack it, in their order."""
    left, lines = dict(gone), []
    still_open = ZERO
    for line_id, variant_id, quantity in standing.open_lines:
        part = min(quantity, left.get(variant_id, ZERO))
        left[variant_id] = left.get(variant_id, ZERO) - part
        still_open += quantity - part
        if part > ZERO:
            lines.append(Line(variant_id, part, line_id))
    order, terms = standing.order, standing.terms
    storage = storage_of(uow, order.warehouse_id)
    told: list[Sources] | None = [] if terms.other_warehouses else None
    how: dict[str, Any] = {"least": terms.least, "everywhere": terms.other_warehouses, "told": told}
    how["near"] = near_to(uow, order)
    reserve_more(uow, storage, lines, origin_of(order), **how)
    remember_sources(uow, order, told)
    if still_open == ZERO:
        waits_no_more(uow, order)
    return {"still_open": still_open}
