"""What must always be true of stock, orders and payments, each in one statement over the whole table."""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

import core.ops.cost_checks
import core.ops.count_checks
import core.ops.document_checks
import core.ops.kit_checks
import core.ops.money_checks
import core.ops.return_checks
import core.ops.seals
import core.ops.waiting_checks  # noqa: F401 - they belong to the same list
from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.db.model import Base
from core.db.types import Exact
from core.ops.derived import DERIVED, STORED, compared, of_row, set_right
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.receivables.models import Allocation, Payment
from core.sales.models import (
    CAME_BACK,
    BusinessState,
    OrderLine,
    PaymentState,
    ReturnKind,
    ReturnLine,
    SalesOrder,
    SalesReturn,
)
from core.sales.rules import LineProgress, derive_axes
from core.stock.models import Location, LocationKind, MoveState, StockLevel, StockMove
from core.work.unit import UnitOfWork

NO_QUANTITY = literal_column("0", Exact(QUANTITY_PLACES))
NO_AMOUNT = literal_column("0", Exact(AMOUNT_PLACES))
AXES = ("payment_state", "shipment_state", "return_state")
NOTHING_OWED = (BusinessState.DRAFT, BusinessState.CANCELLED)


def _levels(scope: Checking) -> list[Difference]:
    found = []
    for row in scope.session.execute(_levels_that_differ()).mappings():
        key = (row["variant_id"], row["location_id"], row["lot_id"])
        for column in ("on_hand", "reserved"):
            stored, derived = row[STORED + column], row[DERIVED + column]
            if stored != derived:
                found.append(Difference("stock_levels", "stock_level", row["level_id"], column, stored, derived, key))
    return found


def _levels_that_differ() -> Select[Any]:
    done, reserved = StockMove.state == MoveState.DONE, StockMove.state == MoveState.RESERVED
    columns = ("stored_on_hand", "stored_reserved", "derived_on_hand", "derived_reserved")
    kept = select(
        StockLevel.variant_id,
        StockLevel.location_id,
        func.coalesce(StockLevel.lot_id, 0).label("lot_id"),
        StockLevel.id.label("level_id"),
        StockLevel.on_hand.label("stored_on_hand"),
        StockLevel.reserved.label("stored_reserved"),
        NO_QUANTITY.label("derived_on_hand"),
        NO_QUANTITY.label("derived_reserved"),
    )
    nothing = (null(), NO_QUANTITY, NO_QUANTITY)
    lot = func.coalesce(StockMove.lot_id, 0)
    arrived = select(StockMove.variant_id, StockMove.target_id, lot, *nothing, StockMove.quantity, NO_QUANTITY)
    arrived = arrived.where(done)
    left = select(
        StockMove.variant_id,
        StockMove.source_id,
        lot,
        *nothing,
        case((done, -StockMove.quantity), else_=NO_QUANTITY),
        case((reserved, StockMove.quantity), else_=NO_QUANTITY),
    ).where(or_(done, reserved))
    ends = union_all(kept, arrived, left).subquery()
    sums = {name: func.sum(ends.c[name]) for name in columns}
    return (
        select(
            ends.c.variant_id,
            ends.c.location_id,
            ends.c.lot_id,
            func.max(ends.c.level_id).label("level_id"),
            *(total.label(name) for name, total in sums.items()),
        )
        .join(Location, Location.id == ends.c.location_id)
        .where(Location.warehouse_id.is_not(None))
        .group_by(ends.c.variant_id, ends.c.location_id, ends.c.lot_id)
        .having(
            or_(
                sums["stored_on_hand"] != sums["derived_on_hand"],
                sums["stored_reserved"] != sums["derived_reserved"],
            )
        )
        .order_by(ends.c.variant_id, ends.c.location_id, ends.c.lot_id)
    )


def _set_levels_right(uow: UnitOfWork, differences: list[Difference]) -> None:
    missing: dict[tuple[int, ...], dict[str, Any]] = {}
    for found in differences:
        if found.row_id is None:
            variant_id, location_id, lot_id = found.key
            row = {"variant_id": variant_id, "location_id": location_id, "lot_id": lot_id or None}
            row |= {"on_hand": 0, "reserved": 0, "may_go_below": False}
            missing.setdefault(found.key, row)[found.column] = found.derived
    for level_id in uow.insert_many(StockLevel, list(missing.values())):
        uow.touch(StockLevel, level_id)
    set_right(StockLevel)(uow, differences)


def _totals(document: type[Base], line: type[Base], belongs_to: InstrumentedAttribute[int]) -> Select[Any]:
    """Documents whose amounts are not the sum of their lines'."""
    columns = ("net_amount", "tax_amount", "gross_amount")
    sums = (
        select(belongs_to.label("document_id"), *(func.sum(getattr(line, name)).label(name) for name in columns))
        .group_by(belongs_to)
        .subquery()
    )
    stored = {name: getattr(document, name) for name in columns}
    derived = {name: func.coalesce(sums.c[name], NO_AMOUNT, type_=Exact(AMOUNT_PLACES)) for name in columns}
    key: Any = document.id  # type: ignore[attr-defined]
    return (
        select(
            key.label("id"),
            *(stored[name].label(STORED + name) for name in columns),
            *(derived[name].label(DERIVED + name) for name in columns),
        )
        .outerjoin(sums, sums.c.document_id == key)
        .where(or_(*(stored[name] != derived[name] for name in columns)))
        .order_by(key)
    )


def _against(
    stored: InstrumentedAttribute[Any], key: InstrumentedAttribute[int], sums: Any, places: int
) -> Select[Any]:
    """Rows whose column is not the `total` that a subquery has for their `key`; no row there means nothing."""
    derived = func.coalesce(sums.c.total, literal_column("0", Exact(places)), type_=Exact(places))
    return (
        select(key.label("id"), stored.label(STORED + stored.key), derived.label(DERIVED + stored.key))
        .outerjoin(sums, sums.c.key == key)
        .where(stored != derived)
        .order_by(key)
    )


def _shipped() -> Select[Any]:
    target = select(Location.id).where(Location.kind == LocationKind.CUSTOMER).scalar_subquery()
    towards = case((StockMove.target_id == target, StockMove.quantity), else_=-StockMove.quantity)
    moves = select(StockMove.origin_line_id.label("key"), towards.label("quantity")).where(
        StockMove.origin_type == "sales_order",
        StockMove.state == MoveState.DONE,
        or_(StockMove.target_id == target, StockMove.source_id == target),
    )
    # What is delivered once more counts as if it had not left before.
    again = (
        select(ReturnLine.order_line_id, ReturnLine.quantity)
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(SalesReturn.state.in_(CAME_BACK), SalesReturn.kind == ReturnKind.REDELIVERY)
    )
    both = union_all(moves, again).subquery()
    total = func.sum(both.c.quantity, type_=Exact(QUANTITY_PLACES)).label("total")
    moved = select(both.c.key, total).group_by(both.c.key).subquery()
    return (
        _against(OrderLine.shipped_quantity, OrderLine.id, moved, QUANTITY_PLACES)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, and_(Product.id == Variant.product_id, Product.kind == ProductKind.STOCKED))
    )


def _returned() -> Select[Any]:
    came_back = (
        select(ReturnLine.order_line_id.label("key"), func.sum(ReturnLine.quantity).label("total"))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(SalesReturn.state.in_(CAME_BACK), ReturnLine.order_line_id.is_not(None))
        .group_by(ReturnLine.order_line_id)
        .subquery()
    )
    return _against(OrderLine.returned_quantity, OrderLine.id, came_back, QUANTITY_PLACES)


def _returned_amounts() -> Select[Any]:
    came_back = (
        select(SalesReturn.order_id.label("key"), func.sum(SalesReturn.gross_amount).label("total"))
        .where(SalesReturn.state.in_(CAME_BACK), SalesReturn.order_id.is_not(None))
        .group_by(SalesReturn.order_id)
        .subquery()
    )
    return _against(SalesOrder.returned_amount, SalesOrder.id, came_back, AMOUNT_PLACES)


def _paid() -> Select[Any]:
    settled = (
        select(Allocation.document_id.label("key"), func.sum(Allocation.amount).label("total"))
        .where(Allocation.document_type == "sales_order")
        .group_by(Allocation.document_id)
        .subquery()
    )
    return _against(SalesOrder.paid_amount, SalesOrder.id, settled, AMOUNT_PLACES)


def _overspent(scope: Checking) -> list[Difference]:
    allocated = func.sum(Allocation.amount)
    statement = (
        select(Payment.id, Payment.amount, allocated)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .group_by(Payment.id, Payment.amount)
        .having(func.abs(allocated) > func.abs(Payment.amount))
        .order_by(Payment.id)
    )
    return [
        Difference("payments", "payment", payment_id, "amount", amount, used)
        for payment_id, amount, used in scope.session.execute(statement)
    ]


def _axes(scope: Checking) -> list[Difference]:
    lines = (
        select(
            OrderLine.order_id,
            func.sum(OrderLine.quantity).label("ordered"),
            func.sum(OrderLine.shipped_quantity).label("shipped"),
            func.sum(OrderLine.returned_quantity).label("returned"),
        )
        .group_by(OrderLine.order_id)
        .subquery()
    )
    stored = [getattr(SalesOrder, axis) for axis in AXES]
    sums = {
        name: func.coalesce(lines.c[name], NO_QUANTITY, type_=Exact(QUANTITY_PLACES))
        for name in ("ordered", "shipped", "returned")
    }
    unconfirmed = and_(SalesOrder.confirmed_at.is_(None), SalesOrder.business_state.in_(NOTHING_OWED))
    statement = (
        select(
            SalesOrder.id,
            SalesOrder.gross_amount,
            SalesOrder.paid_amount,
            SalesOrder.returned_amount,
            unconfirmed.label("unconfirmed"),
            *(quantity.label(name) for name, quantity in sums.items()),
            *stored,
        )
        .outerjoin(lines, lines.c.order_id == SalesOrder.id)
        .order_by(SalesOrder.id)
        .execution_options(yield_per=5_000)
    )
    found = []
    for order_id, gross, paid, credit, unconfirmed_now, *sums_and_states in scope.session.execute(statement):
        ordered, shipped, returned, *states = sums_and_states
        axes = derive_axes([LineProgress(ordered, shipped, returned)], gross, paid, credit)
        payment = PaymentState.NONE if unconfirmed_now else axes.payment
        derived = (payment, axes.shipment, axes.return_)
        row = dict(zip((STORED + axis for axis in AXES), states, strict=True))
        row |= dict(zip((DERIVED + axis for axis in AXES), derived, strict=True))
        found += of_row("order_states", SalesOrder, row | {"id": order_id})
    return found


def _business() -> Select[Any]:
    """Orders whose business state contradicts when they were confirmed and closed."""
    state = SalesOrder.business_state
    confirmed, closed = SalesOrder.confirmed_at.is_not(None), SalesOrder.closed_at.is_not(None)
    never = (BusinessState.CANCELLED, BusinessState.EXPIRED)
    shipped = exists().where(OrderLine.order_id == SalesOrder.id, OrderLine.shipped_quantity > 0)
    derived = case(
        (and_(not_(confirmed), not_(closed)), literal(BusinessState.DRAFT, state.type)),
        (and_(closed, not_(confirmed)), case((state.in_(never), state), else_=BusinessState.CANCELLED)),
        (
            closed,
            case(
                (state.in_((BusinessState.COMPLETED, *never)), state),
                (shipped, literal(BusinessState.COMPLETED, state.type)),
                else_=BusinessState.CANCELLED,
            ),
        ),
        else_=case((state.in_((BusinessState.CONFIRMED, BusinessState.ON_HOLD)), state), else_=BusinessState.CONFIRMED),
    )
    return (
        select(SalesOrder.id, state.label("stored_business_state"), derived.label("derived_business_state"))
        .where(state != derived)
        .order_by(SalesOrder.id)
    )


def _integrity(scope: Checking) -> list[Difference]:
    """SQLite's own checks of its file; PostgreSQL keeps its pages and keys by itself."""
    if scope.session.get_bind().dialect.name != "sqlite":
        return []
    found = [
        Difference("database", "database", None, "integrity", problem, "ok")
        for problem in scope.session.scalars(text("PRAGMA integrity_check(100)"))
        if problem != "ok"
    ]
    for table, row_id, parent, _key in scope.session.execute(text("PRAGMA foreign_key_check")):
        found.append(Difference("database", table, row_id, "foreign key", "nothing", parent))
    return found


register(
    SelfCheck("database", N_("The database file is whole, and every reference leads somewhere"), _integrity),
    SelfCheck("stock_levels", N_("On hand and reserved equal the ledger of moves"), _levels, _set_levels_right),
    SelfCheck(
        "order_amounts",
        N_("The amounts of an order are the sum of its lines"),
        compared("order_amounts", SalesOrder, _totals(SalesOrder, OrderLine, OrderLine.order_id)),
        set_right(SalesOrder),
    ),
    SelfCheck(
        "return_amounts",
        N_("The amounts of a return are the sum of its lines"),
        compared("return_amounts", SalesReturn, _totals(SalesReturn, ReturnLine, ReturnLine.return_id)),
        set_right(SalesReturn),
    ),
    SelfCheck(
        "shipped_quantities",
        N_("Shipped quantities equal what the ledger moved to customers"),
        compared("shipped_quantities", OrderLine, _shipped()),
        set_right(OrderLine),
    ),
    SelfCheck(
        "returned_quantities",
        N_("Returned quantities equal the lines of received returns"),
        compared("returned_quantities", OrderLine, _returned()),
        set_right(OrderLine),
    ),
    SelfCheck(
        "returned_amounts",
        N_("What an order got back equals its received returns"),
        compared("returned_amounts", SalesOrder, _returned_amounts()),
        set_right(SalesOrder),
    ),
    SelfCheck(
        "paid_amounts",
        N_("Paid amounts equal what payments settle"),
        compared("paid_amounts", SalesOrder, _paid()),
        set_right(SalesOrder),
    ),
    SelfCheck(
        "business_states",
        N_("The business state of an order follows from when it was confirmed and closed"),
        compared("business_states", SalesOrder, _business()),
        set_right(SalesOrder),
    ),
    SelfCheck("payments", N_("No payment settles more than its amount"), _overspent),
    SelfCheck(
        "order_states", N_("The states of an order follow from its lines and payments"), _axes, set_right(SalesOrder)
    ),
)
