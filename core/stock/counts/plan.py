"""Planning a stocktake, giving it up, and giving up those that nobody finished."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Category, Product, ProductKind, Variant
from core.jobs.registry import job
from core.jobs.rhythm import minutes
from core.notify.events import COUNT_HANDED_IN
from core.notify.tell import settle
from core.security.permissions import P
from core.stock.costs.books import belongs_to
from core.stock.counts.errors import AlreadyBeingCounted, NothingToCount
from core.stock.counts.expected import Goods
from core.stock.counts.models import (
    COUNT_FLOW,
    UNPOSTED,
    AbcClass,
    CountScope,
    CountState,
    StockCount,
    StockCountLine,
)
from core.stock.counts.ranking import Appraisal, appraised, at_risk
from core.stock.counts.rules import DEFAULT_TOLERANCES, Tolerances, written
from core.stock.errors import WarehouseClosed
from core.stock.ledger import storage_of
from core.stock.models import Location, StockLevel, Warehouse
from core.work.command import command
from core.work.unit import UnitOfWork

LONGEST_HOURS = 24 * 90
OVERDUE = N_("Not finished in time")


@command(P.COUNT_PLAN)
def plan_count(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    scope: CountScope = CountScope.ALL,
    location_id: int | None = None,
    category_id: int | None = None,
    abc_class: AbcClass | None = None,
    most: int | None = None,
    is_frozen: bool = False,
    is_blind: bool = True,
    is_double: bool = False,
    cancel_after_hours: int | None = None,
    tolerances: Tolerances = DEFAULT_TOLERANCES,
    note: str = "",
) -> int:
    """Open a stocktake of what is on hand in a warehouse or at one of its locations.

    All of it, a category with those below, a class by value, or the `most` products at the greatest
    risk. Refuses what another open stocktake counts. Nothing moves by it.
    """
    warehouse = uow.session.get(Warehouse, warehouse_id)
    if warehouse is None:
        raise NotFound(what=N_("The warehouse"))
    if not warehouse.is_active:
        raise WarehouseClosed(warehouse=warehouse.name)
    place = _place(uow, warehouse_id, location_id)
    _check(cancel_after_hours, tolerances, most, note)
    known = appraised(uow.session, warehouse_id, uow.now)
    chosen = _chosen(uow, place, known, scope, category_id, abc_class, most)
    if not chosen:
        raise NothingToCount(warehouse=warehouse.name)
    _refuse_counted(uow, place, {variant_id for variant_id, _ in chosen})
    count = uow.add(
        StockCount(
            number=uow.number("ST"),
            state=CountState.OPEN,
            warehouse_id=warehouse_id,
            location_id=place,
            scope=scope,
            category_id=category_id if scope is CountScope.CATEGORY else None,
            abc_class=abc_class if scope is CountScope.ABC else None,
            is_frozen=is_frozen,
            is_blind=is_blind,
            is_double=is_double,
            tolerances=written(tolerances),
            note=note.strip(),
            opened_at=uow.now,
            opened_by=uow.actor.id,
            expires_at=None if cancel_after_hours is None else uow.now + timedelta(hours=cancel_after_hours),
        )
    )
    add_lines(uow, count.id, chosen, known)
    uow.audit("stock_count.planned", count, number=count.number, scope=scope, lines=len(chosen))
    return count.id


@command(P.COUNT_PLAN)
def cancel_count(uow: UnitOfWork, count_id: int, *, reason: str) -> None:
    """Give a stocktake up; what was counted stays to be read, and nothing moves."""
    _cancel(uow, locked_count(uow, count_id), reason_given(reason))


@job("stock.cancel_overdue_counts", N_("Give up stocktakes that were not finished in time"), every=minutes(15))
def cancel_overdue_counts(uow: UnitOfWork) -> None:
    """Cancel every stocktake that is not posted and past its time."""
    overdue = uow.session.scalars(
        select(StockCount)
        .where(StockCount.state.in_(UNPOSTED), StockCount.expires_at <= uow.now)
        .order_by(StockCount.id)
        .with_for_update()
    ).all()
    for count in overdue:
        _cancel(uow, count, OVERDUE)


def locked_count(uow: UnitOfWork, count_id: int, *, shared: bool = False) -> StockCount:
    """A stocktake that nobody else changes until the transaction ends; shared, others may count beside."""
    count = uow.session.scalars(
        select(StockCount)
        .where(StockCount.id == count_id)
        .with_for_update(read=shared)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if count is None:
        raise NotFound(what=N_("The stocktake"))
    return count


def add_lines(uow: UnitOfWork, count_id: int, on_hand: dict[Goods, Decimal], known: dict[int, Appraisal]) -> None:
    """Put products on a stocktake, lot by lot, with what is on hand of them now."""
    uow.write(
        StockCountLine,
        [
            {
                "count_id": count_id,
                "variant_id": variant_id,
                "lot_id": lot_id or None,
                "abc_class": known[variant_id].abc_class,
                "unit_cost": known[variant_id].unit_cost,
                "snapshot": quantity,
                "round": 1,
            }
            for (variant_id, lot_id), quantity in sorted(on_hand.items())
        ],
    )


def category_covers(uow: UnitOfWork, category_id: int, variant_ids: Iterable[int]) -> set[int]:
    """Those of these products that belong to a category or one below it."""
    return set(
        uow.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(list(variant_ids)), Product.category_id.in_(belongs_to(uow.session, category_id)))
        )
    )


def _place(uow: UnitOfWork, warehouse_id: int, location_id: int | None) -> int:
    place = storage_of(uow, warehouse_id) if location_id is None else location_id
    # Two plans at once: the second one waits here, and then sees what the first one counts.
    held = uow.session.scalars(
        select(Location).where(Location.id == place).with_for_update(key_share=True)
    ).one_or_none()
    if held is None or held.warehouse_id != warehouse_id:
        raise NotFound(what=N_("The location"))
    return place


def _chosen(
    uow: UnitOfWork,
    place: int,
    known: dict[int, Appraisal],
    scope: CountScope,
    category_id: int | None,
    abc_class: AbcClass | None,
    most: int | None,
) -> dict[Goods, Decimal]:
    wanted = (
        select(StockLevel.variant_id, func.coalesce(StockLevel.lot_id, 0), StockLevel.on_hand)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.location_id == place, StockLevel.on_hand != ZERO, Product.kind == ProductKind.STOCKED)
    )
    if scope is CountScope.CATEGORY:
        if category_id is None or uow.session.get(Category, category_id) is None:
            raise NotFound(what=N_("The category"))
        wanted = wanted.where(Product.category_id.in_(belongs_to(uow.session, category_id)))
    held = {(variant_id, lot_id): on_hand for variant_id, lot_id, on_hand in uow.session.execute(wanted)}
    if scope is CountScope.ABC:
        return {each: quantity for each, quantity in held.items() if known[each[0]].abc_class == abc_class}
    if scope is CountScope.CYCLE:
        costs = {each: appraisal.unit_cost for each, appraisal in known.items()}
        ranked = [each.variant_id for each in at_risk(uow.session, place, costs, uow.now) if each.risk]
        busy = _counted_elsewhere(uow, place)
        first = set([each for each in ranked if each not in busy][:most])
        return {each: quantity for each, quantity in held.items() if each[0] in first}
    return held


def _counted_elsewhere(uow: UnitOfWork, place: int) -> dict[int, str]:
    rows = uow.session.execute(
        select(StockCountLine.variant_id, StockCount.number)
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .where(StockCount.location_id == place, StockCount.state.in_(UNPOSTED))
    )
    return {variant_id: number for variant_id, number in rows}


def _refuse_counted(uow: UnitOfWork, place: int, chosen: Iterable[int]) -> None:
    busy = _counted_elsewhere(uow, place)
    counts: dict[str, int] = {}
    for variant_id in chosen:
        if variant_id in busy:
            counts[busy[variant_id]] = counts.get(busy[variant_id], 0) + 1
    problems: list[AppError] = [
        AlreadyBeingCounted(number=number, count=count) for number, count in sorted(counts.items())
    ]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _check(hours: int | None, tolerances: Tolerances, most: int | None, note: str) -> None:
    if hours is not None and not 1 <= hours <= LONGEST_HOURS:
        raise InvalidInput(field=N_("Give up after"), reason=N_("enter 1 to 2160 hours, or nothing."))
    if most is not None and most < 1:
        raise InvalidInput(field=N_("How many products"), reason=N_("enter at least 1."))
    if len(note) > 500:
        raise InvalidInput(field=N_("Note"), reason=N_("is too long."))
    limits = [each for letter in AbcClass for each in _limits(tolerances, letter) if each is not None]
    if any(not each.is_finite() or each < ZERO for each in limits):
        raise InvalidInput(field=N_("Tolerance"), reason=N_("enter numbers from zero up, or nothing for no limit."))


def _limits(tolerances: Tolerances, letter: AbcClass) -> tuple[Decimal | None, Decimal | None]:
    if letter not in tolerances:
        raise InvalidInput(field=N_("Tolerance"), reason=N_("enter a line for each class."))
    return tolerances[letter].share, tolerances[letter].amount


def _cancel(uow: UnitOfWork, count: StockCount, reason: str) -> None:
    COUNT_FLOW.take("cancel", count)
    settle(uow, COUNT_HANDED_IN, count.id)
    count.reason, count.closed_at, count.closed_by = reason, uow.now, uow.actor.id
    uow.audit("stock_count.cancelled", count, reason=reason)
