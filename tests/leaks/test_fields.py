"""Who sees phones masked and no addresses finds them nowhere, loses none by saving, and looks at one on record."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.errors import AppError
from core.customers.models import Address, Contact, Customer
from core.customers.queries import customer_card, find_customers, similar_customers
from core.customers.reveal import LONGEST_PURPOSE, NotRevealed, reveal_customer, revealed_customer
from core.customers.rules import CustomerEntry
from core.customers.service import edit_customer
from core.sales.queries import find_orders
from core.sales.search import OrderFilter
from core.security.actor import SYSTEM
from core.security.shows import Shows, Sight, covered, searchable
from tests.leaks.company import TYPED, Company, of_masked_fields, told
from tests.leaks.walk import heard
from tests.refusals import Calls, assert_each_refused


@pytest.fixture(scope="module")
def company(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company, of which somebody sees phones masked and no addresses."""
    made = of_masked_fields(demo, tmp_path_factory.mktemp("fields") / "salesbook.db")
    yield made
    made.store.engine.dispose()


@pytest.mark.parametrize(
    ("name", "text", "sight", "seen"),
    [
        ("phone", "13812345678", Sight.MASKED, "138****5678"),
        ("phone", "5551234", Sight.MASKED, "****34"),
        ("phone", "13812345678", Sight.HIDDEN, ""),
        ("phone", "13812345678", Sight.OPEN, "13812345678"),
        ("phone", "", Sight.MASKED, ""),
        ("email", "fang@example.com", Sight.MASKED, "f***@example.com"),
        ("email", "fang", Sight.MASKED, "***"),
        ("name", "13812345678", Sight.MASKED, "13812345678"),
    ],
)
def test_a_phone_is_masked_in_its_middle(name: str, text: str, sight: Sight, seen: str) -> None:
    assert covered(name, text, Shows(phone=sight)) == seen


def test_an_address_is_masked_after_its_beginning() -> None:
    assert covered("street", "南京西路 1266 号", Shows(address=Sight.MASKED)) == "南京****"


def test_numbers_are_not_looked_for_where_phones_are_masked() -> None:
    hidden = Shows(phone=Sight.MASKED)
    assert searchable("Lotus 138-1234", hidden) == "Lotus"
    assert searchable("C0012", hidden) == "C0012"
    assert searchable("1381234", Shows()) == "1381234"
    assert "138" not in searchable("1381234", hidden)


def test_no_answer_of_any_query_holds_a_phone_or_an_address(company: Company) -> None:
    said = heard(company.store, company.actor, TYPED)
    found = [(each.query, each.arguments, marks) for each in said if (marks := company.marks(each.said))]
    assert not found, told(found)


def test_a_phone_finds_nobody(company: Company) -> None:
    with company.store.viewing(SYSTEM) as view:
        first = find_customers(view, "1390000", limit=1)[0]
        assert find_orders(view, OrderFilter(text="1390000"))
    with company.store.viewing(company.actor) as view:
        assert find_customers(view, "1390000") == []
        assert find_customers(view, first.phone) == []
        assert find_orders(view, OrderFilter(text="1390000")) == []
        assert similar_customers(view, "Nobody of that name", first.phone) == []
        assert [row.id for row in find_customers(view, first.code)][:1] == [first.id]


def test_saving_a_form_with_masks_in_it_keeps_what_is_stored(company: Company) -> None:
    with company.store.viewing(SYSTEM) as view:
        with_both = select(Contact.customer_id).join(Address, Address.customer_id == Contact.customer_id)
        customer_id = view.session.scalar(with_both.group_by(Contact.customer_id).having(func.count() == 1))
        assert customer_id is not None
        before = customer_card(view, customer_id)
    with company.store.viewing(company.actor) as view:
        card = customer_card(view, customer_id)
    assert (card.phone, card.addresses[0].street) == (covered("phone", before.phone, company.actor.shows), "")
    entry = CustomerEntry(
        name="Another name",
        code=card.code,
        kind=card.kind,
        region=card.region,
        phone=card.phone,
        owner_id=card.owner_id,
        contacts=card.contacts,
        addresses=card.addresses,
    )
    company.store.run(company.actor, edit_customer, None, customer_id, entry, version=card.version)
    with company.store.viewing(SYSTEM) as view:
        after = customer_card(view, customer_id)
    assert after.name == "Another name"
    assert (after.phone, after.contacts, after.addresses) == (before.phone, before.contacts, before.addresses)


def test_one_customer_is_shown_for_a_purpose_that_is_recorded(company: Company) -> None:
    with company.store.viewing(company.actor) as view:
        customer_id = view.session.scalar(select(func.min(Customer.id)))
        with pytest.raises(NotRevealed):
            revealed_customer(view, customer_id)
    assert customer_id is not None
    company.store.run(company.actor, reveal_customer, None, customer_id, purpose="Delivery  tomorrow")
    with company.store.viewing(company.actor) as view:
        assert revealed_customer(view, customer_id).numbers[0] == f"1390000{customer_id:04d}"
        entry = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "customer.revealed")).one()
    assert (entry.actor_id, entry.subject_id, entry.facts) == (
        company.actor.id,
        customer_id,
        {"purpose": "Delivery tomorrow"},
    )
    with company.store.viewing(SYSTEM) as view, pytest.raises(AppError):
        revealed_customer(view, customer_id)


def test_no_look_without_a_purpose(company: Company) -> None:
    calls: Calls = [
        (reveal_customer, (1,), {"purpose": " "}),
        (reveal_customer, (1,), {"purpose": "x" * (LONGEST_PURPOSE + 1)}),
        (reveal_customer, (0,), {"purpose": "Delivery"}),
    ]
    assert_each_refused(company.store, calls)
