"""Telling customers that goods are called back: whom to reach, what to write, and who took the list along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.customers.models import Customer
from core.sales.errors import NobodyToCall
from core.sales.recall import RecallRow, recall
from core.security.permissions import P
from core.stock.models import Lot
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

TEMPLATE = N_(
    "Dear {customer}, we are calling back {product}, lot {lot} (made on {made}, good until {expiry}). "
    "You received {quantity} of it with {orders}. Please do not sell or use these goods any more and get in "
    "touch with us: we take them back."
)
PLACES = ("customer", "product", "lot", "made", "expiry", "quantity", "orders")


@dataclass(frozen=True)
class ContactRow:
    """A customer who has goods of a lot: how to reach them, and what they got with which orders."""

    customer_id: int
    customer: str
    phone: str
    lots: tuple[str, ...]
    orders: tuple[str, ...]
    quantity: Decimal
    shipped_at: datetime


def filled_message(template: str, facts: Mapping[str, str]) -> str:
    """A message with what is known in its places; other braces stay as somebody typed them."""
    for place in PLACES:
        template = template.replace("{" + place + "}", facts.get(place, "–") or "–")
    return template


@query(P.ORDER_READ)
def recall_contacts(scope: Scope, lot_id: int, *, in_full: bool = False) -> list[ContactRow]:
    """Who has goods of a lot, one row for each customer.

    Phones are masked, but `in_full` for those who may call customers for a recall: `export_recall` records it.
    """
    rows: dict[int, list[RecallRow]] = {}
    for row in recall(scope, lot_id):
        rows.setdefault(row.customer_id, []).append(row)
    phones: dict[int, str] = {}
    if in_full and scope.actor.may(P.RECALL_CONTACT):
        found = scope.session.execute(select(Customer.id, Customer.phone).where(Customer.id.in_(rows)))
        phones = {customer_id: phone for customer_id, phone in found}
    return [
        ContactRow(
            customer_id=customer_id,
            customer=own[0].customer,
            phone=phones.get(customer_id, own[0].phone),
            lots=tuple(dict.fromkeys(row.lot for row in own)),
            orders=tuple(dict.fromkeys(row.order for row in own)),
            quantity=sum((row.quantity for row in own), ZERO),
            shipped_at=min(row.shipped_at for row in own),
        )
        for customer_id, own in rows.items()
    ]


@command(P.ORDER_READ, recent=True)
def export_recall(uow: UnitOfWork, lot_id: int) -> None:
    """Record that who asks takes the contact list of a recall along. Refuses where nobody has the goods."""
    lot = uow.session.get(Lot, lot_id)
    if lot is None:
        raise NotFound(what=N_("The lot"))
    rows = recall_contacts(uow, lot_id)
    if not rows:
        raise NobodyToCall(lot=lot.number)
    is_masked = not uow.actor.may(P.RECALL_CONTACT)
    uow.audit("recall.exported", lot, lot=lot.number, customers=len(rows), phones="masked" if is_masked else "full")
