"""Who sees a part sees nothing of the rest, whatever is asked, and commands find nothing there either."""

import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.measures import MEASURES
from core.analytics.mirror.limited import seen_by
from core.analytics.mirror.mirror import Mirror
from core.base.errors import AppError, NotFound
from core.customers.models import Customer
from core.customers.queries import find_customers
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, deactivate_customer
from core.sales.close import cancel_order
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.stock.models import Warehouse
from core.stock.transfers.service import request_transfer
from core.work.command import COMMANDS, QUERIES
from core.work.guard import CUSTOMERS, WAREHOUSES, PastTheGuard, guarded, unlimited
from core.work.naming import IN_ROOM, MEANINGS, SEEN_BY_ALL
from tests.fences.permissions import matrix
from tests.leaks.company import TYPED, Company, of_own_customers, of_own_warehouse, told
from tests.leaks.walk import heard

LEAST_THAT_SHOW, LEAST_ASKED = 20, 10


@pytest.fixture(scope="module", params=["customers", "warehouses"])
def company(demo: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The company, of which somebody sees own customers or an own warehouse."""
    make = of_own_customers if request.param == "customers" else of_own_warehouse
    made = make(demo, tmp_path_factory.mktemp(request.param) / "salesbook.db")
    yield made
    made.store.engine.dispose()


@pytest.fixture(scope="module")
def mirror(company: Company) -> Iterator[Mirror]:
    """The mirror of the company."""
    with Mirror(company.store, "test") as opened:
        opened.refresh_now()
        yield opened


def test_no_answer_of_any_query_and_no_refusal_holds_what_is_not_seen(company: Company, mirror: Mirror) -> None:
    mine = seen_by(mirror, company.actor.sees)
    said = heard(company.store, company.actor, TYPED, mine)
    found = [(each.query, each.arguments, marks) for each in said if (marks := company.marks(each.said))]
    assert not found, told(found)


def test_the_same_questions_show_it_to_who_sees_all(company: Company) -> None:
    if company.actor.sees.owners is None:
        return
    shown = {each.query for each in heard(company.store, SYSTEM, TYPED) if company.marks(each.said)}
    assert len(shown) >= LEAST_THAT_SHOW, "the walk no longer reaches what it is to guard"


def test_no_figure_by_anything_nor_its_documents_tell_of_what_is_not_seen(company: Company, mirror: Mirror) -> None:
    dimension = "customer" if company.actor.sees.owners is not None else "warehouse"
    asked = 0
    for measure in MEASURES:
        try:
            part = answer(mirror, company.actor, Ask((measure,), by=(dimension,)))
        except AppError:
            continue
        asked += 1
        assert not company.marks(repr(part.rows)), measure
    assert asked > LEAST_ASKED
    behind = documents_behind(mirror, company.actor, Ask(("net_sales",)), limit=500)
    assert not company.marks(repr(behind))


def test_the_part_of_the_figures_is_that_of_the_documents(company: Company, mirror: Mirror) -> None:
    with company.store.viewing(company.actor) as view:
        mine = set(view.session.scalars(select(SalesOrder.number)))
    shown = documents_behind(mirror, company.actor, Ask(("net_sales",)), limit=1000)
    orders = {row.number for row in shown.rows if row.number.startswith("SO-")}
    assert orders
    assert orders <= mine
    assert shown.total == answer(mirror, company.actor, Ask(("net_sales",))).totals[0]
    by_month = answer(mirror, company.actor, Ask(("net_sales",), by=("month",)))
    assert sum(row[-1] for row in by_month.rows) == shown.total


def test_what_is_remembered_for_one_is_not_shown_to_another(company: Company, mirror: Mirror) -> None:
    ask = Ask(("net_sales", "orders"))
    whole = answer(mirror, SYSTEM, ask)
    part = answer(mirror, company.actor, ask)
    assert part.totals < whole.totals
    assert answer(mirror, SYSTEM, ask).totals == whole.totals


def test_a_command_finds_nothing_where_its_actor_sees_nothing(company: Company) -> None:
    with company.store.viewing(SYSTEM) as view:
        order = view.session.scalar(select(SalesOrder.id).where(SalesOrder.number.in_(company.numbers)))
        houses = view.session.scalars(select(Warehouse.id).order_by(Warehouse.id.desc())).all()
        customer = view.session.scalar(select(Customer.id).where(Customer.name.startswith("HIDDEN")))
    with pytest.raises(NotFound):
        company.store.run(company.actor, cancel_order, None, order, reason="a test")
    if customer is not None:
        with pytest.raises(NotFound):
            company.store.run(company.actor, deactivate_customer, None, customer)
    else:
        with pytest.raises(NotFound):
            company.store.run(
                company.actor, request_transfer, None, source_id=houses[0], target_id=houses[-1], lines=()
            )


def test_a_customer_that_who_sees_own_ones_enters_is_their_own(company: Company) -> None:
    if company.actor.sees.owners is None:
        return
    made = company.store.run(company.actor, add_customer, None, CustomerEntry(name="Fresh Ltd"))
    with company.store.viewing(company.actor) as view:
        assert [row.id for row in find_customers(view, "Fresh")] == [made]


def test_statements_past_the_orm_are_caught_and_one_door_is_open(company: Company) -> None:
    if company.actor.sees.owners is None:
        return
    table = Customer.__table__
    other = aliased(Customer)
    with company.store.viewing(company.actor) as view:
        with pytest.raises(PastTheGuard):
            view.session.execute(select(table.c.name))
        seen = set(view.session.scalars(select(other.id)))
        assert seen == set(view.session.scalars(select(Customer.id)))
        hidden = view.session.scalar(select(SalesOrder.id))
        assert hidden is not None
        with unlimited(view.session, "a test of the door"):
            assert len(view.session.execute(select(table.c.name)).all()) > len(seen)


def test_what_is_seen_with_a_customer_or_a_warehouse_follows_from_the_tables() -> None:
    matrix()
    assert {"sales_order", "order_line", "payment", "statement_line", "follow_up"} <= set(guarded(CUSTOMERS))
    assert {"stock_level", "stock_move", "stock_count_line", "sales_order"} <= set(guarded(WAREHOUSES))
    assert "product" not in guarded(CUSTOMERS)


def test_every_word_for_an_id_has_a_meaning() -> None:
    """A parameter that names a row: either what it means is known, or everybody sees such rows."""
    matrix()
    known = {*MEANINGS, *SEEN_BY_ALL, *(word for _room, word in IN_ROOM)}
    unknown = {
        f"{each.name}: {word}"
        for each in (*COMMANDS.values(), *QUERIES.values())
        if each.function.__module__.startswith("core.")
        for word in typing.get_type_hints(each.function)
        if word.endswith(("_id", "_ids")) and word not in known
    }
    assert not unknown, "say in core/work/naming.py what it means"
