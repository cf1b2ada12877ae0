"""Telling customers that a lot is called back: whom, what, and who took their phone numbers along."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.catalog.service import get_variant
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.errors import NobodyToCall
from core.sales.recall_contacts import export_recall, filled_message, recall_contacts
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse
from tests.pages.app import a_user
from tests.services.test_lots import a_lot, a_tracked
from tests.traces import everything


@pytest.fixture
def lot(any_store: Store) -> int:
    """A lot of which one customer got four and another three with two orders; one of it is still here."""
    with any_store.working(SYSTEM) as uow:
        house, milk = a_warehouse(uow), a_tracked(uow)
        lot = a_lot(uow, house, milk, "A", 8, 9)
        variant = get_variant(uow, milk)
        lotus = a_customer(uow, "Lotus", phone="13812345678").id
        bamboo = a_customer(uow, "Bamboo", phone="13987654321").id
        for customer, count in ((lotus, 4), (bamboo, 1), (bamboo, 2)):
            order = create_order(
                uow,
                customer_id=customer,
                channel_id=a_channel(uow),
                warehouse_id=house,
                lines=[LineDraft(variant.id, Decimal(count))],
            )
            ship_order(uow, confirm_order(uow, order))
    return lot


def actor(store: Store, role: Role) -> Actor:
    roles = frozenset({role})
    return Actor(a_user(store, role, username=role.value), role.value, roles, permissions_of(roles))


def exported(store: Store) -> list[dict[str, object]]:
    with store.viewing(SYSTEM) as view:
        tagged = select(AuditEntry.facts).where(AuditEntry.tag == "recall.exported").order_by(AuditEntry.id)
        return [dict(each) for each in view.session.scalars(tagged)]


def test_each_customer_stands_once_with_all_they_got(any_store: Store, lot: int) -> None:
    with any_store.viewing(SYSTEM) as view:
        rows = recall_contacts(view, lot)
    assert [(row.customer, row.quantity, row.lots, row.orders) for row in rows] == [
        ("Lotus", Decimal(4), ("A",), ("SO-2026-00001",)),
        ("Bamboo", Decimal(3), ("A",), ("SO-2026-00002", "SO-2026-00003")),
    ]


def test_phones_are_full_only_for_who_may_call_and_the_list_is_recorded(any_store: Store, lot: int) -> None:
    for role, phone, kept in (
        (Role.WAREHOUSE, "138****5678", "masked"),
        (Role.SERVICE, "13812345678", "full"),
        (Role.SALES, "138****5678", "masked"),
    ):
        asking = actor(any_store, role)
        with any_store.viewing(asking) as view:
            assert recall_contacts(view, lot)[0].phone == "138****5678"
            assert recall_contacts(view, lot, in_full=True)[0].phone == phone
        any_store.run(asking, export_recall, None, lot)
        assert exported(any_store)[-1]["phones"] == kept
    assert len(exported(any_store)) == 3


def test_nobody_to_call_is_refused_and_not_recorded(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        lot = a_lot(uow, a_warehouse(uow), a_tracked(uow), "A", 8, 9)
    before = everything(any_store)
    with pytest.raises(NobodyToCall):
        any_store.run(SYSTEM, export_recall, None, lot)
    assert everything(any_store) == before


def test_a_message_keeps_what_somebody_typed_and_says_what_is_not_known() -> None:
    facts = {"customer": "Lotus", "quantity": "4 box", "lot": "A"}
    said = filled_message("{customer}: {quantity} of {lot}, {made} {x} 100%", facts)
    assert said == "Lotus: 4 box of A, – {x} 100%"
