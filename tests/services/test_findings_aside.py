"""Putting findings aside and bringing them back; one customer handed to a caller."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.analytics.findings.aside import bring_finding_back, put_aside, put_finding_aside
from core.analytics.findings.models import FindingAside
from core.analytics.findings.rules import Kind, PutAside
from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import NotFound
from core.care.errors import AlreadyToCall
from core.care.follow_ups import add_follow_up
from core.care.queries import my_follow_ups
from core.customers.models import Customer
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten
from tests.services.test_team import a_seller

TODAY = date(2026, 3, 18)
ONE = (Kind.UNPAID, "7")


def aside(store: Store, actor: Actor) -> list[PutAside]:
    with store.viewing(actor) as view:
        return list(put_aside(view).values())


def test_everybody_puts_aside_for_themselves_and_it_ends_by_itself(any_store: Store, clock: FixedClock) -> None:
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    any_store.run(li, put_finding_aside, None, *ONE, days=7, amount=Decimal(70))
    kept = PutAside("unpaid", "7", date(2026, 3, 25), Decimal(70))
    assert (aside(any_store, li), aside(any_store, wu)) == ([kept], [])

    any_store.run(li, put_finding_aside, None, *ONE, days=1, amount=Decimal("80.50"))
    assert aside(any_store, li) == [PutAside("unpaid", "7", date(2026, 3, 19), Decimal("80.50"))]
    clock.moment += timedelta(days=1)
    assert aside(any_store, li) == []
    any_store.run(li, put_finding_aside, None, Kind.DEAD, "9", days=3, amount=Decimal(1))
    with any_store.viewing(SYSTEM) as view:
        assert [row.subject for row in view.session.scalars(select(FindingAside))] == ["9"]


def test_what_was_put_aside_is_brought_back_by_who_did_it(any_store: Store) -> None:
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    any_store.run(li, put_finding_aside, None, *ONE, days=7, amount=Decimal(70))
    with pytest.raises(NotFound):
        any_store.run(wu, bring_finding_back, None, *ONE)
    any_store.run(li, bring_finding_back, None, *ONE)
    assert aside(any_store, li) == []
    with any_store.viewing(SYSTEM) as view:
        told = [row.tag for row in view.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert told[-2:] == ["finding.put_aside", "finding.brought_back"]


def test_a_customer_is_called_by_who_looks_after_it_once_at_a_time(any_store: Store) -> None:
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    with any_store.working(SYSTEM) as uow:
        owned, orphan = a_customer(uow, "Ames"), a_customer(uow, "Bond")
        uow.session.get_one(Customer, owned.id).owner_id = li.id
        uow.audit("test.lived", None)
    due = TODAY + timedelta(days=2)
    any_store.run(wu, add_follow_up, None, owned.id, subject="Ask why", due_on=due)
    any_store.run(wu, add_follow_up, None, orphan.id, subject="Say hello", due_on=TODAY)
    with any_store.viewing(li) as view:
        assert [(row.customer, row.subject, row.due_on) for row in my_follow_ups(view)] == [("Ames", "Ask why", due)]
    with any_store.viewing(wu) as view:
        assert [(row.customer, row.subject, row.due_on) for row in my_follow_ups(view)] == [
            ("Bond", "Say hello", TODAY)
        ]
    with pytest.raises(AlreadyToCall):
        any_store.run(wu, add_follow_up, None, owned.id, subject="Again", due_on=due)
    service = frozenset({Role.SERVICE})
    with pytest.raises(NotAllowed):
        any_store.run(
            Actor(9, "S", service, permissions_of(service)), add_follow_up, None, orphan.id, subject="x", due_on=due
        )


def test_what_cannot_be_put_aside_or_called_is_refused_and_leaves_nothing(any_store: Store) -> None:
    li = a_seller(any_store, "li")
    with any_store.working(SYSTEM) as uow:
        orphan, owned = a_customer(uow, "Bond").id, a_customer(uow, "Ames").id
        uow.session.get_one(Customer, owned).owner_id = li.id
        uow.audit("test.lived", None)
    any_store.run(SYSTEM, add_follow_up, None, owned, subject="Call", due_on=TODAY)
    calls: Calls = [
        (put_finding_aside, ONE, {"days": 0, "amount": Decimal(1)}),
        (put_finding_aside, ONE, {"days": 91, "amount": Decimal(1)}),
        (put_finding_aside, (Kind.DEAD, ""), {"days": 1, "amount": Decimal(1)}),
        (put_finding_aside, (Kind.DEAD, "x" * 61), {"days": 1, "amount": Decimal(1)}),
        (put_finding_aside, ONE, {"days": 1, "amount": Decimal(-1)}),
        (put_finding_aside, ONE, {"days": 1, "amount": Decimal("0.001")}),
        (put_finding_aside, ONE, {"days": 1, "amount": Decimal(1)}),
        (bring_finding_back, ONE, {}),
        (add_follow_up, (999,), {"subject": "Call", "due_on": TODAY}),
        (add_follow_up, (orphan,), {"subject": "", "due_on": TODAY}),
        (add_follow_up, (orphan,), {"subject": "Call", "due_on": TODAY - timedelta(days=1)}),
        (add_follow_up, (orphan,), {"subject": "Call", "due_on": TODAY}),
        (add_follow_up, (orphan,), {"subject": "Call", "due_on": TODAY, "owner_id": 999}),
        (add_follow_up, (owned,), {"subject": "Call", "due_on": TODAY}),
    ]
    assert_each_refused(any_store, calls)
    assert_none_forgotten(calls, "core.analytics.findings.", but=set())
