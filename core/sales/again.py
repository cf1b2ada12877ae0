"""Ordering again: the copy of an order as a draft of today, and what became different meanwhile."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import FOR_SALE
from core.sales.amend_errors import NothingToCopy
from core.sales.draft import LineDraft, create_order
from core.sales.kits import bought
from core.sales.memory import prices_on
from core.sales.models import SOLD_STATES, SalesOrder
from core.security.permissions import P
from core.stock.models import Warehouse
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class RepricedRow:
    """A product whose price is another one today."""

    sku: str
    name: str
    before: Decimal
    today: Decimal


@dataclass(frozen=True)
class CopyCard:
    """What a copied draft differs in from the order it was copied from."""

    source_id: int
    source: str
    retired: tuple[str, ...]
    repriced: tuple[RepricedRow, ...]


@command(P.ORDER_EDIT)
def copy_order(uow: UnitOfWork, order_id: int) -> int:
    """A draft with the products, kits and quantities of an order at today's prices; retired ones are left out.

    Gifts are those of today's promotions. Where the order's warehouse was closed, the goods come from the
    first one that is open. Refuses where none of its products is for sale any more.
    """
    source = uow.session.get(SalesOrder, order_id)
    if source is None:
        raise NotFound(what=N_("The order"))
    lines = bought(uow.session, order_id)
    on_sale = [line for line in lines if line.status in FOR_SALE]
    quantities: dict[int, Decimal] = {}
    for line in on_sale:
        quantities[line.variant_id] = quantities.get(line.variant_id, ZERO) + line.quantity
    today = prices_on(uow, uow.today, source.customer_id, list(quantities.items()), source.channel_id)
    retired = [f"{line.sku} {line.name}" for line in lines if line.status not in FOR_SALE]
    repriced = [
        {"sku": line.sku, "name": line.name, "before": line.unit_price, "today": today[line.variant_id]}
        for line in on_sale
        if line.unit_price != today[line.variant_id]
    ]
    if not quantities:
        raise NothingToCopy
    return create_order(
        uow,
        customer_id=source.customer_id,
        channel_id=source.channel_id,
        warehouse_id=_open_warehouse(uow, source.warehouse_id),
        region=source.region,
        lines=[LineDraft(variant_id, quantity) for variant_id, quantity in quantities.items()],
        copied={"copied_from": source.number, "copied_id": source.id, "retired": retired, "repriced": repriced},
    )


@query(P.ORDER_READ)
def copied_from(scope: Scope, order_id: int) -> CopyCard | None:
    """What an order was copied from, and what was different by then; None where it was entered afresh."""
    facts = scope.session.scalar(
        select(AuditEntry.facts)
        .where(
            AuditEntry.subject_type == SalesOrder.__tablename__,
            AuditEntry.subject_id == order_id,
            AuditEntry.tag == "order.created",
        )
        .limit(1)
    )
    if facts is None or "copied_from" not in facts:
        return None
    repriced = tuple(
        RepricedRow(row["sku"], row["name"], Decimal(row["before"]), Decimal(row["today"])) for row in facts["repriced"]
    )
    return CopyCard(facts["copied_id"], facts["copied_from"], tuple(facts["retired"]), repriced)


@query(P.ORDER_READ)
def last_order_of(scope: Scope, customer_id: int) -> tuple[int, str] | None:
    """Id and number of the newest order that this customer really placed."""
    found = scope.session.execute(
        select(SalesOrder.id, SalesOrder.number)
        .where(SalesOrder.customer_id == customer_id, SalesOrder.business_state.in_(SOLD_STATES))
        .order_by(SalesOrder.ordered_on.desc(), SalesOrder.id.desc())
        .limit(1)
    ).first()
    return None if found is None else (found.id, found.number)


def _open_warehouse(uow: UnitOfWork, warehouse_id: int) -> int:
    is_open = uow.session.scalar(select(Warehouse.is_active).where(Warehouse.id == warehouse_id))
    first = select(Warehouse.id).where(Warehouse.is_active).order_by(Warehouse.id).limit(1)
    return warehouse_id if is_open else (uow.session.scalar(first) or warehouse_id)
