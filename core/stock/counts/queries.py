"""Reads of stocktakes. Who must not see what is expected is not sent it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO, round_to
from core.base.i18n import N_
from core.catalog.models import Barcode, Category, Product, Variant, VariantWord
from core.db.cards import card_of
from core.db.words import matching
from core.security.models import User
from core.security.permissions import P
from core.stock.counts.accuracy import GROSS, RIGHT
from core.stock.counts.expected import expected_of, level_of_line
from core.stock.counts.models import (
    UNPOSTED,
    AbcClass,
    CountScope,
    CountState,
    DifferenceReason,
    StockCount,
    StockCountLine,
)
from core.stock.counts.rules import Finding, Obstacle, Tolerance, obstacle, read
from core.stock.models import Lot, StockLevel, Warehouse
from core.work.command import Scope, query


class Only(StrEnum):
    """Which lines of a stocktake to read."""

    LEFT = "left"
    DIFFERENT = "different"
    STUCK = "stuck"


@dataclass(frozen=True)
class CountRow:
    """A stocktake in a list. Once posted: `right` of its `counted` lines were as expected, `amount` is what
    the others were off by, too much and too little added up; None without the right to see costs.
    """

    id: int
    number: str
    state: CountState
    warehouse: str
    scope: CountScope
    category: str
    abc_class: AbcClass | None
    opened_at: datetime
    opened_by: str
    lines: int
    counted: int
    right: int | None
    amount: Decimal | None


@dataclass(frozen=True)
class CountCard:
    """A stocktake in full. `sees_expected`: whether who asks may know what should be there."""

    id: int
    number: str
    state: CountState
    warehouse_id: int
    warehouse: str
    scope: CountScope
    category: str
    abc_class: AbcClass | None
    is_frozen: bool
    is_blind: bool
    is_double: bool
    tolerances: dict[AbcClass, Tolerance]
    note: str
    reason: str
    opened_at: datetime
    opened_by: str
    expires_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    lines: int
    counted: int
    recounts: int
    sees_expected: bool


@dataclass(frozen=True)
class CountLineRow:
    """A line of a stocktake. What is expected, and what follows from it, is None for those who must not see it.

    `moved` is what came and went between opening and counting; `amount` is None without the right to see costs.
    """

    id: int
    variant_id: int
    sku: str
    name: str
    unit: str
    abc_class: AbcClass
    round: int
    counted: Decimal | None
    counted_at: datetime | None
    counted_by: str
    snapshot: Decimal | None
    moved: Decimal | None
    expected: Decimal | None
    difference: Decimal | None
    amount: Decimal | None
    earlier_difference: Decimal | None
    of_tolerance: Decimal | None
    obstacle: Obstacle | None
    reason: DifferenceReason | None
    lot: str = ""


@dataclass(frozen=True)
class SheetRow:
    """A line to count or just counted; nothing about it says what is expected."""

    variant_id: int
    sku: str
    name: str
    unit: str
    barcode: str
    round: int
    counted: Decimal | None
    counted_at: datetime | None
    is_mine: bool
    lot_id: int | None
    lot: str
    line_id: int


@query(P.COUNT_READ)
def stock_counts(
    scope: Scope,
    *,
    is_unposted: bool | None = None,
    warehouse_id: int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[CountRow]:
    """Stocktakes, the newest first."""
    chosen = select(StockCount.id).where(*_conditions(is_unposted, warehouse_id))
    chosen = chosen.order_by(StockCount.id.desc()).limit(limit).offset(offset)
    found = scope.session.execute(
        select(
            StockCount,
            Warehouse.name,
            func.coalesce(Category.name, ""),
            func.coalesce(User.name, ""),
            func.count(StockCountLine.id),
            func.count(StockCountLine.counted),
            RIGHT,
            GROSS,
        )
        .join(Warehouse, Warehouse.id == StockCount.warehouse_id)
        .outerjoin(Category, Category.id == StockCount.category_id)
        .outerjoin(User, User.id == StockCount.opened_by)
        .outerjoin(StockCountLine, StockCountLine.count_id == StockCount.id)
        .where(StockCount.id.in_(chosen.subquery().select()))
        .group_by(StockCount.id, Warehouse.name, Category.name, User.name)
        .order_by(StockCount.id.desc())
    )
    sees_costs = scope.actor.may(P.COST_READ)
    return [
        CountRow(
            id=count.id,
            number=count.number,
            state=count.state,
            warehouse=warehouse,
            scope=count.scope,
            category=category,
            abc_class=count.abc_class,
            opened_at=count.opened_at,
            opened_by=opened_by,
            lines=lines,
            counted=counted,
            right=right if _is_settled(count.state) else None,
            amount=round_to(gross or ZERO) if _is_settled(count.state) and sees_costs else None,
        )
        for count, warehouse, category, opened_by, lines, counted, right, gross in found
    ]


@query(P.COUNT_READ)
def count_stock_counts(scope: Scope, *, is_unposted: bool | None = None, warehouse_id: int | None = None) -> int:
    """How many stocktakes `stock_counts` goes through."""
    counted = select(func.count()).select_from(StockCount).where(*_conditions(is_unposted, warehouse_id))
    return int(scope.session.scalars(counted).one())


@query(P.COUNT_READ)
def stock_count_numbers(scope: Scope, count_ids: list[int]) -> dict[int, str]:
    """The numbers of these stocktakes."""
    rows = scope.session.execute(select(StockCount.id, StockCount.number).where(StockCount.id.in_(count_ids)))
    return {count_id: number for count_id, number in rows}


@query(P.COUNT_READ)
def stock_count_card(scope: Scope, count_id: int) -> CountCard:
    """One stocktake; `NotFound` where there is none."""
    opened, closed = aliased(User), aliased(User)
    found = scope.session.execute(
        select(
            StockCount,
            Warehouse.name,
            func.coalesce(Category.name, ""),
            func.coalesce(opened.name, ""),
            func.coalesce(closed.name, ""),
        )
        .join(Warehouse, Warehouse.id == StockCount.warehouse_id)
        .outerjoin(Category, Category.id == StockCount.category_id)
        .outerjoin(opened, opened.id == StockCount.opened_by)
        .outerjoin(closed, closed.id == StockCount.closed_by)
        .where(StockCount.id == count_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The stocktake"))
    count, warehouse, category, opened_by, closed_by = found
    lines, counted, recounts = scope.session.execute(
        select(
            func.count(),
            func.count(StockCountLine.counted),
            func.sum(case((StockCountLine.counted.is_(None) & (StockCountLine.round > 1), 1), else_=0)),
        ).where(StockCountLine.count_id == count_id)
    ).one()
    return card_of(
        CountCard,
        count,
        warehouse=warehouse,
        category=category,
        tolerances=read(count.tolerances),
        opened_by=opened_by,
        closed_by=closed_by,
        lines=lines,
        counted=counted,
        recounts=recounts or 0,
        sees_expected=_sees_expected(scope, count),
    )


@query(P.COUNT_READ)
def stock_count_lines(scope: Scope, count_id: int, *, text: str = "", only: Only | None = None) -> list[CountLineRow]:
    """The lines of this kind by code; differences by what they are worth.

    Who must not see what is expected cannot ask for lines by their difference either.
    """
    count = scope.session.get(StockCount, count_id)
    if count is None:
        raise NotFound(what=N_("The stocktake"))
    if only in {Only.DIFFERENT, Only.STUCK} and not _sees_expected(scope, count):
        scope.actor.require(P.COUNT_APPROVE)
    wanted = _lines(count)
    words = matching(VariantWord, Variant, Variant.search_text, text)
    if words is not None:
        wanted = wanted.where(Variant.id.in_(words))
    if only is Only.LEFT:
        wanted = wanted.where(StockCountLine.counted.is_(None))
    elif only is not None:
        wanted = wanted.where(or_(StockCountLine.counted.is_not(None), StockCountLine.round > 1))
    rows = [_row(scope, count, found) for found in map(tuple[Any, ...], scope.session.execute(wanted))]
    if only is Only.DIFFERENT:
        rows = sorted((each for each in rows if each.difference), key=_worth, reverse=True)
    elif only is Only.STUCK:
        rows = [each for each in rows if each.obstacle is not None]
    return rows


@query(P.COUNT_ENTER)
def sheet_lines(
    scope: Scope, count_id: int, *, text: str = "", is_left: bool = True, limit: int | None = None
) -> list[SheetRow]:
    """What is on the count sheet, by code: all, or only what is left to count for who asks."""
    wanted = _sheet(scope, count_id).order_by(func.lower(Variant.sku), StockCountLine.id).limit(limit)
    words = matching(VariantWord, Variant, Variant.search_text, text)
    if words is not None:
        wanted = wanted.where(Variant.id.in_(words))
    if is_left:
        is_own = (StockCountLine.round > 1) & (StockCountLine.earlier_by == scope.actor.id)
        wanted = wanted.where(StockCountLine.counted.is_(None), ~func.coalesce(is_own, False))
    return [SheetRow(*row) for row in map(tuple[Any, ...], scope.session.execute(wanted))]


@query(P.COUNT_ENTER)
def my_counts(scope: Scope, count_id: int, *, limit: int = 30) -> list[SheetRow]:
    """What who asks counted last."""
    mine = _sheet(scope, count_id).where(
        StockCountLine.counted.is_not(None), StockCountLine.counted_by == scope.actor.id
    )
    mine = mine.order_by(StockCountLine.counted_at.desc(), StockCountLine.id.desc()).limit(limit)
    return [SheetRow(*row) for row in map(tuple[Any, ...], scope.session.execute(mine))]


def _conditions(is_unposted: bool | None, warehouse_id: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if is_unposted is not None:
        conditions.append(StockCount.state.in_(UNPOSTED) if is_unposted else StockCount.state.not_in(UNPOSTED))
    if warehouse_id is not None:
        conditions.append(StockCount.warehouse_id == warehouse_id)
    return conditions


def _is_settled(state: CountState) -> bool:
    return state in {CountState.POSTED, CountState.REVERSED}


def _sees_expected(scope: Scope, count: StockCount) -> bool:
    return not count.is_blind or _is_settled(count.state) or scope.actor.may(P.COUNT_APPROVE)


def _lines(count: StockCount) -> Select[*tuple[Any, ...]]:
    since, expected = expected_of(count.location_id, count.id)
    return (
        select(StockCountLine, expected, Variant.sku, Product.name, Product.unit, func.coalesce(User.name, ""))
        .add_columns(func.coalesce(Lot.number, ""))
        .join(Variant, Variant.id == StockCountLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == StockCountLine.counted_by)
        .outerjoin(Lot, Lot.id == StockCountLine.lot_id)
        .outerjoin(StockLevel, level_of_line(count.location_id))
        .outerjoin(since, since.c.line_id == StockCountLine.id)
        .where(StockCountLine.count_id == count.id)
        .order_by(func.lower(Variant.sku), StockCountLine.id)
    )


def _row(scope: Scope, count: StockCount, found: tuple[Any, ...]) -> CountLineRow:
    line, expected, sku, name, unit, counted_by, lot = found
    sees = _sees_expected(scope, count)
    expected = line.expected if line.expected is not None else expected
    finding = Finding(
        line.counted,
        expected,
        line.unit_cost,
        line.abc_class,
        line.round,
        line.earlier_difference,
        line.reason is not None,
    )
    tolerances = read(count.tolerances)
    stuck = obstacle(finding, tolerances, is_double=count.is_double) if count.state in UNPOSTED else None
    is_off = sees and line.counted is not None
    used = tolerances[line.abc_class].used(finding.difference, expected, line.unit_cost)
    return CountLineRow(
        id=line.id,
        variant_id=line.variant_id,
        sku=sku,
        name=name,
        unit=unit,
        abc_class=line.abc_class,
        round=line.round,
        counted=line.counted,
        counted_at=line.counted_at,
        counted_by=counted_by,
        snapshot=line.snapshot if sees else None,
        moved=expected - line.snapshot if sees else None,
        expected=expected if sees else None,
        difference=finding.difference if is_off else None,
        amount=round_to(finding.difference * line.unit_cost) if is_off and scope.actor.may(P.COST_READ) else None,
        earlier_difference=line.earlier_difference if sees else None,
        of_tolerance=max((each for each in used if each is not None), default=None) if is_off else None,
        obstacle=stuck if sees or stuck is not Obstacle.OVER else None,
        reason=line.reason,
        lot=lot,
    )


def _worth(row: CountLineRow) -> tuple[Decimal, Decimal]:
    return abs(row.amount or ZERO), abs(row.difference or ZERO)


def _sheet(scope: Scope, count_id: int) -> Select[*tuple[Any, ...]]:
    codes = select(func.min(Barcode.code)).where(Barcode.variant_id == Variant.id).scalar_subquery()
    return (
        select(
            StockCountLine.variant_id,
            Variant.sku,
            Product.name,
            Product.unit,
            func.coalesce(codes, ""),
            StockCountLine.round,
            StockCountLine.counted,
            StockCountLine.counted_at,
            func.coalesce(StockCountLine.counted_by == scope.actor.id, False),
        )
        .add_columns(StockCountLine.lot_id, func.coalesce(Lot.number, ""), StockCountLine.id)
        .outerjoin(Lot, Lot.id == StockCountLine.lot_id)
        .join(Variant, Variant.id == StockCountLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockCountLine.count_id == count_id)
    )
