"""The tables of the store as the mirror reads them: columns, filters, and what ranges of ids are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

from core.catalog.models import Category, Product, Tag, Variant, product_tag
from core.customers.models import Channel, Customer, CustomerKind, CustomerTag, customer_tagging
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    OrderLine,
    ReturnLine,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)
from core.security.models import User
from core.stock.costs.models import CostAdjustmentLine, CostEntry
from core.stock.models import Location, MoveState, StockMove, Warehouse

Range = tuple[int, int]
KINDS = dict(enumerate(CustomerKind, 1))
"""Kinds of customers by the numbers they have in the mirror."""


class epoch(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it stands for
    """Whole seconds of a moment since 1970, on either database."""

    inherit_cache = True
    type = BigInteger()


@compiles(epoch, "sqlite")
def _epoch_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kw)}) AS INTEGER)"


@compiles(epoch, "postgresql")
def _epoch_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **kw)})) AS BIGINT)"


@dataclass(frozen=True)
class Stream:
    """One table of the store as the mirror reads it: columns in order, and the id that ranges are over.

    No column is ever NULL, because ADBC guesses a column's type from its first rows.
    """

    name: str
    entity: str
    key: InstrumentedAttribute[Any] | ColumnElement[int]
    columns: tuple[ColumnElement[Any], ...]
    where: ColumnElement[bool] | None = None

    def statement(self, ranges: Sequence[Range] | None = None) -> Select[Any]:
        """The rows of these ranges, or all, in the order of their ids."""
        rows = select(*self.columns)
        if self.where is not None:
            rows = rows.where(self.where)
        if ranges is not None:
            single = [first for first, last in ranges if first == last]
            parts: list[ColumnElement[bool]] = [self.key.between(first, last) for first, last in ranges if first < last]
            if single:
                parts.append(self.key.in_(single))
            rows = rows.where(or_(*parts))
        return rows

    @property
    def schema(self) -> pa.Schema:
        """Names and Arrow types of the columns."""
        kinds = [pa.string() if isinstance(column.type, String) else pa.int64() for column in self.columns]
        return pa.schema(list(zip((column.key for column in self.columns), kinds, strict=True)))


def _number(column: Any, name: str) -> ColumnElement[int]:
    return type_coerce(column, BigInteger()).label(name)


def _number_or_0(column: Any, name: str) -> ColumnElement[int]:
    return func.coalesce(type_coerce(column, BigInteger()), 0).label(name)


def _word(column: Any, name: str) -> ColumnElement[str]:
    return func.coalesce(cast(column, String), "").label(name)


def _of_document(kind: type[SalesOrder | SalesReturn], day: Any, at: Any) -> tuple[ColumnElement[Any], ...]:
    """What orders and returns have in common: number, moment, and what they are sold by."""
    return (
        _number(kind.id, "document_id"),
        _word(kind.number, "number"),
        _word(day, "day"),
        epoch(at).label("epoch"),
        _number(kind.channel_id, "channel_id"),
        _number(kind.warehouse_id, "warehouse_id"),
        _number(kind.customer_id, "customer_id"),
        _word(kind.region, "region"),
        _number_or_0(kind.sales_rep_id, "sales_rep_id"),
    )


def _of_line(kind: type[OrderLine | ReturnLine], document: Any) -> tuple[ColumnElement[Any], ...]:
    """What the lines of orders and returns have in common: goods, quantity and money."""
    return (
        _number(document, "document_id"),
        _number(kind.id, "line_id"),
        _number(kind.variant_id, "variant_id"),
        _number(kind.quantity, "quantity"),
        _number(kind.net_amount, "net"),
        _number(kind.tax_amount, "tax"),
        _number(kind.gross_amount, "gross"),
        _number(kind.beyond_cents, "beyond"),
    )


SOLD_AT = select(OrderLine.unit_cost).where(OrderLine.id == ReturnLine.order_line_id).correlate(ReturnLine)
"""What a unit of a line that came back cost when it was sold."""


def unit_cost(column: Any, otherwise: Any = None) -> ColumnElement[int]:
    """What a unit of a line cost, 8 decimals; -1 where nobody knows."""
    known = [type_coerce(column, BigInteger())]
    if otherwise is not None:
        known.append(type_coerce(otherwise.scalar_subquery(), BigInteger()))
    return func.coalesce(*known, -1)


def _of_tagging(tagging: Table, tagged: str) -> tuple[ColumnElement[Any], ...]:
    """What is tagged, and the tag."""
    return (_number(tagging.c[tagged], tagged), _number(tagging.c.tag_id, "tag_id"))


def _of_origin(kind: Any, document: Any, line: Any) -> tuple[ColumnElement[Any], ...]:
    """The document that a row comes from, as the store names it."""
    return _word(kind, "origin_type"), _number(document, "document_id"), _number_or_0(line, "line_id")


def _of_entry(cause: Any) -> tuple[ColumnElement[Any], ...]:
    """What entries of cost have in common, whatever caused them."""
    return (
        _number(CostEntry.id, "entry_id"),
        _number(cause, "cause_id"),
        _word(CostEntry.booked_on, "day"),
        _number(CostEntry.variant_id, "variant_id"),
        _number_or_0(CostEntry.warehouse_id, "pool_id"),
        _word(CostEntry.kind, "kind"),
        _number(CostEntry.quantity, "quantity"),
        _number(CostEntry.amount, "amount"),
    )


_RECEIVED_IN = (
    select(Location.warehouse_id)
    .join(StockMove, StockMove.target_id == Location.id)
    .where(StockMove.id == CostAdjustmentLine.move_id)
    .scalar_subquery()
)
_BY_METHOD = CostEntry.method_id.is_not(None)

STREAMS = {
    stream.name: stream
    for stream in (
        Stream(
            "src_order",
            "sales_order",
            SalesOrder.id,
            (
                *_of_document(SalesOrder, SalesOrder.ordered_on, SalesOrder.ordered_at),
                _word(SalesOrder.ship_by, "ship_by"),
            ),
            SalesOrder.business_state.in_(SOLD_STATES),
        ),
        Stream(
            "src_order_line",
            "sales_order",
            OrderLine.order_id,
            (
                *_of_line(OrderLine, OrderLine.order_id),
                _number(OrderLine.discount_amount, "discount"),
                unit_cost(OrderLine.unit_cost).label("unit_cost"),
            ),
        ),
        Stream(
            "src_shipped",
            "sales_order",
            Shipment.order_id,
            (
                _number(ShipmentLine.order_line_id, "line_id"),
                _word(Shipment.shipped_on, "shipped_on"),
                _number(ShipmentLine.quantity, "quantity"),
            ),
            and_(
                ShipmentLine.shipment_id == Shipment.id,
                Shipment.cancelled_at.is_(None),
                Shipment.shipped_on.is_not(None),
            ),
        ),
        Stream(
            "src_return",
            "sales_return",
            SalesReturn.id,
            _of_document(SalesReturn, SalesReturn.returned_on, SalesReturn.returned_at),
            SalesReturn.state.in_(CAME_BACK),
        ),
        Stream(
            "src_return_line",
            "sales_return",
            ReturnLine.return_id,
            (*_of_line(ReturnLine, ReturnLine.return_id), unit_cost(ReturnLine.unit_cost, SOLD_AT).label("unit_cost")),
        ),
        Stream(
            "src_move",
            "stock_move",
            StockMove.id,
            (
                _number(StockMove.id, "move_id"),
                epoch(StockMove.at).label("epoch"),
                _number(StockMove.variant_id, "variant_id"),
                _number(StockMove.source_id, "source_id"),
                _number(StockMove.target_id, "target_id"),
                _number(StockMove.quantity, "quantity"),
                _number_or_0(StockMove.lot_id, "lot_id"),
                cast(StockMove.undoes, Integer).label("undoes"),
                *_of_origin(StockMove.origin_type, StockMove.origin_id, StockMove.origin_line_id),
            ),
            StockMove.state == MoveState.DONE,
        ),
        # What a move cost is known with the move; the other entries with what caused them.
        Stream(
            "src_entry", "stock_move", CostEntry.move_id, _of_entry(CostEntry.move_id), CostEntry.move_id.is_not(None)
        ),
        Stream(
            "src_entry_adjusted",
            "cost_adjustment_line",
            CostEntry.adjustment_line_id,
            (
                *_of_entry(CostEntry.adjustment_line_id),
                _number_or_0(func.coalesce(CostAdjustmentLine.warehouse_id, _RECEIVED_IN), "warehouse_id"),
                _number(CostAdjustmentLine.adjustment_id, "document_id"),
            ),
            CostEntry.adjustment_line_id == CostAdjustmentLine.id,
        ),
        Stream("src_entry_method", "cost_method", CostEntry.method_id, _of_entry(CostEntry.method_id), _BY_METHOD),
        Stream(
            "src_payment",
            "payment",
            Payment.id,
            (
                _number(Payment.id, "payment_id"),
                _word(Payment.number, "number"),
                _word(Payment.received_on, "day"),
                _number(Payment.customer_id, "customer_id"),
                _number_or_0(Customer.channel_id, "channel_id"),
                _word(Customer.region, "region"),
                _number_or_0(Customer.owner_id, "sales_rep_id"),
                _number(Payment.amount, "amount"),
            ),
            Customer.id == Payment.customer_id,
        ),
        Stream(
            "src_allocation",
            "payment",
            Allocation.payment_id,
            (
                _number(Allocation.payment_id, "payment_id"),
                _number(SalesOrder.id, "document_id"),
                _number(SalesOrder.customer_id, "customer_id"),
                _number(SalesOrder.channel_id, "channel_id"),
                _number(SalesOrder.warehouse_id, "warehouse_id"),
                _word(SalesOrder.region, "region"),
                _number_or_0(SalesOrder.sales_rep_id, "sales_rep_id"),
                _number(Allocation.amount, "amount"),
            ),
            and_(Allocation.document_type == ORDER, SalesOrder.id == Allocation.document_id),
        ),
        Stream(
            "src_product",
            "product",
            Product.id,
            (
                _number(Product.id, "id"),
                _word(Product.name, "name"),
                _number_or_0(Product.category_id, "category_id"),
                _word(Product.brand, "brand"),
            ),
        ),
        Stream(
            "src_variant",
            "product",
            Variant.product_id,
            (_number(Variant.id, "id"), _number(Variant.product_id, "product_id"), _word(Variant.sku, "name")),
        ),
        Stream(
            "src_customer",
            "customer",
            Customer.id,
            (
                _number(Customer.id, "id"),
                _word(Customer.name, "name"),
                _word(Customer.code, "code"),
                case(*((Customer.kind == kind, number) for number, kind in KINDS.items()), else_=0).label("kind_id"),
            ),
        ),
        Stream(
            "src_product_tag",
            "product",
            product_tag.c.product_id,
            (*_of_tagging(product_tag, "product_id"), _word(Tag.name, "name")),
            Tag.id == product_tag.c.tag_id,
        ),
        Stream(
            "src_customer_tag",
            "customer",
            customer_tagging.c.customer_id,
            (*_of_tagging(customer_tagging, "customer_id"), _word(CustomerTag.name, "name")),
            CustomerTag.id == customer_tagging.c.tag_id,
        ),
        Stream(
            "src_category",
            "category",
            Category.id,
            (_number(Category.id, "id"), _number_or_0(Category.parent_id, "parent_id"), _word(Category.name, "name")),
        ),
        Stream("src_channel", "channel", Channel.id, (_number(Channel.id, "id"), _word(Channel.name, "name"))),
        Stream(
            "src_warehouse",
            "warehouse",
            Warehouse.id,
            (_number(Warehouse.id, "id"), _word(Warehouse.name, "name"), _word(Warehouse.code, "code")),
        ),
        Stream(
            "src_user",
            "app_user",
            User.id,
            (_number(User.id, "id"), _word(User.name, "name"), _word(User.username, "code")),
        ),
        Stream(
            "src_location",
            "location",
            Location.id,
            (
                _number(Location.id, "id"),
                _number_or_0(Location.warehouse_id, "warehouse_id"),
                _word(Location.kind, "kind"),
            ),
        ),
    )
}
