"""Reads of amendments: what one changes in lines, money and stock, and what speaks against it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased, selectinload

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.models import Product, ProductKind, Variant
from core.db.cards import card_of
from core.sales.amend_lines import is_stale, products_in, products_of, refusals
from core.sales.amend_models import AmendmentLine, AmendmentState, OrderAmendment
from core.sales.amend_rows import change_of, kit_change_of
from core.sales.amend_rules import Change, LineChange, needs_reason, totals
from core.sales.entry import available_in
from core.sales.models import SalesOrder, Shipment
from core.sales.rules import ORDER_FLOW, Amounts, Axes, LineProgress, derive_axes
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class ChangedLineRow:
    """A line before and after."""

    order_line_id: int | None
    variant_id: int
    line_number: int
    sku: str
    name: str
    unit: str
    change: LineChange

    @property
    def kind(self) -> Change:
        """What happens to the line."""
        return self.change.kind

    @property
    def difference(self) -> Decimal:
        """How much more the line comes to afterwards, with tax."""
        before = self.change.before.amounts.gross if self.change.before else ZERO
        return (self.change.after.amounts.gross if self.change.after else ZERO) - before


@dataclass(frozen=True)
class ChangedKitRow(ChangedLineRow):
    """A kit before and after, with its parts; `id` is that of the row in the amendment."""

    id: int
    kit_id: int | None
    parts: tuple[ChangedLineRow, ...]


@dataclass(frozen=True)
class StockChangeRow:
    """How much more or less of a product is promised, and how much there is to promise."""

    variant_id: int
    sku: str
    name: str
    unit: str
    change: Decimal
    available: Decimal

    @property
    def missing(self) -> Decimal:
        """What cannot be promised at this moment."""
        return max(self.change - self.available, ZERO)


@dataclass(frozen=True)
class AmendmentCard:
    """One amendment whole. `problems` and `stock` are looked up while it is open.

    `lines` are all of the order; in `sold` kits stand in the place of theirs.
    """

    id: int
    number: str
    order_id: int
    state: AmendmentState
    revision: int | None
    reason: str
    note_before: str
    note_after: str | None
    wanted_before: date | None
    wanted_after: date | None
    declined_because: str
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str
    version: int
    lines: tuple[ChangedLineRow, ...]
    sold: tuple[ChangedLineRow, ...]
    before: Amounts
    after: Amounts
    needs_reason: bool
    is_stale: bool
    problems: tuple[AppError, ...]
    stock: tuple[StockChangeRow, ...]
    axes_before: Axes | None
    axes_after: Axes | None
    paid: Decimal
    shipment: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits to be accepted or declined."""
        return self.state == AmendmentState.REQUESTED

    @property
    def changed(self) -> tuple[ChangedLineRow, ...]:
        """The lines and kits that do not stay as they are."""
        return tuple(sold for sold in self.sold if sold.kind != Change.KEPT)

    @property
    def can_accept(self) -> bool:
        """Whether nothing speaks against it as things stand."""
        has_reason = bool(self.reason) or not self.needs_reason
        is_short = any(row.missing for row in self.stock)
        return self.is_open and has_reason and not (self.is_stale or self.problems or is_short)


@query(P.ORDER_READ)
def amendments_of(scope: Scope, order_id: int) -> list[AmendmentCard]:
    """The amendments of an order, newest first; the open one with what it would mean now."""
    requester, decider = aliased(User), aliased(User)
    found = scope.session.execute(
        select(OrderAmendment, requester.name, decider.name, Shipment.number)
        .outerjoin(Shipment, Shipment.id == OrderAmendment.shipment_id)
        .outerjoin(requester, requester.id == OrderAmendment.requested_by)
        .outerjoin(decider, decider.id == OrderAmendment.decided_by)
        .where(OrderAmendment.order_id == order_id)
        .options(selectinload(OrderAmendment.kits), selectinload(OrderAmendment.lines).selectinload(AmendmentLine.kit))
        .order_by(OrderAmendment.id.desc())
    ).all()
    return [_card(scope, amendment, asked or "", decided or "", of or "") for amendment, asked, decided, of in found]


def _card(scope: Scope, amendment: OrderAmendment, requested_by: str, decided_by: str, shipment: str) -> AmendmentCard:
    named = _named(scope, amendment)
    rows = [_line(line, named[line.variant_id]) for line in amendment.lines]
    sold = list(_sold(amendment, rows, named))
    changes = [row.change for row in rows]
    before, after = totals(changes)
    is_open = amendment.state == AmendmentState.REQUESTED
    order = scope.session.scalars(
        select(SalesOrder).where(SalesOrder.id == amendment.order_id).options(selectinload(SalesOrder.lines))
    ).one()
    paid = order.paid_amount
    return card_of(
        AmendmentCard,
        amendment,
        order_id=order.id,
        requested_by=requested_by,
        decided_by=decided_by,
        shipment=shipment,
        lines=tuple(rows),
        sold=tuple(sold),
        before=before,
        after=after,
        needs_reason=needs_reason([*changes, *(row.change for row in sold)]),
        is_stale=is_open and _has_moved_on(order, amendment),
        problems=tuple(_problems(scope, amendment)) if is_open else (),
        stock=tuple(_stock(scope, order, amendment, rows)) if is_open else (),
        axes_before=derive_axes(_progress(changes, was=True), before.gross, paid, order.returned_amount)
        if is_open
        else None,
        axes_after=derive_axes(_progress(changes, was=False), after.gross, paid, order.returned_amount)
        if is_open
        else None,
        paid=paid,
    )


def _has_moved_on(order: SalesOrder, amendment: OrderAmendment) -> bool:
    return not ORDER_FLOW.allows("amend", order.business_state) or is_stale(order, amendment)


def _problems(scope: Scope, amendment: OrderAmendment) -> list[AppError]:
    products = products_in(scope.session, amendment)
    return refusals(scope.session, scope.actor, amendment, products)


def _progress(changes: list[LineChange], *, was: bool) -> list[LineProgress]:
    found = []
    for change in changes:
        terms = change.before if was else change.after
        if terms is not None:
            found.append(LineProgress(terms.quantity, change.shipped, change.returned))
    return found


def _named(scope: Scope, amendment: OrderAmendment) -> dict[int, Any]:
    variants = {*(row.variant_id for row in amendment.lines), *(kit.variant_id for kit in amendment.kits)}
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variants))
    )
    return {row.id: row for row in found}


def _line(line: AmendmentLine, named: Any) -> ChangedLineRow:
    return ChangedLineRow(
        order_line_id=line.order_line_id,
        variant_id=line.variant_id,
        line_number=line.line_number,
        sku=named.sku,
        name=named.name,
        unit=named.unit,
        change=change_of(line),
    )


def _sold(
    amendment: OrderAmendment, rows: Sequence[ChangedLineRow], named: Mapping[int, Any]
) -> Iterator[ChangedLineRow]:
    """Lines of no kit, and each kit in the place of its lines."""
    pairs = list(zip(amendment.lines, rows, strict=True))
    told = set()
    for line, row in pairs:
        kit = line.kit
        if kit is None:
            yield row
        elif kit.id not in told:
            told.add(kit.id)
            mine = [(each, its) for each, its in pairs if each.kit is kit]
            its = named[kit.variant_id]
            yield ChangedKitRow(
                order_line_id=None,
                variant_id=kit.variant_id,
                line_number=line.line_number,
                sku=its.sku,
                name=its.name,
                unit=its.unit,
                change=kit_change_of(kit, [each for each, _its in mine]),
                id=kit.id,
                kit_id=kit.order_kit_id,
                parts=tuple(its for _each, its in mine),
            )


def _stock(
    scope: Scope, order: SalesOrder, amendment: OrderAmendment, rows: list[ChangedLineRow]
) -> list[StockChangeRow]:
    """What more or less is promised of each stocked product."""
    facts = products_of(scope.session, [row.variant_id for row in amendment.lines])
    changes: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for row in rows:
        if facts[row.variant_id].kind == ProductKind.STOCKED:
            changes[row.variant_id] += row.change.promised
    changes = {variant_id: change for variant_id, change in changes.items() if change != ZERO}
    if not changes:
        return []
    here = available_in(scope, order.warehouse_id, changes)
    units = {row.variant_id: row for row in rows}
    return sorted(
        (
            StockChangeRow(
                variant_id, units[variant_id].sku, units[variant_id].name, units[variant_id].unit, change, available
            )
            for variant_id, change in changes.items()
            for available in [here.get(variant_id, ZERO)]
        ),
        key=lambda row: row.sku,
    )
