"""Prices on orders: from the lists, explained on the line, and tax rounded as the order says."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.base.tax import TaxRounding
from core.pricing.lists import PriceRuleEntry, withdraw_price_list
from core.pricing.rules.prices import Audience, Target
from core.sales.draft import LineDraft, add_line, change_line, create_order, remove_line
from core.sales.errors import BelowFloor
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_customer, a_price_list, a_product, a_warehouse
from tests.conftest import NOON

REP = Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))


def order(uow: UnitOfWork, *lines: LineDraft) -> int:
    """A draft of a customer of its own."""
    customer, channel, warehouse = a_customer(uow), a_channel(uow), a_warehouse(uow)
    return create_order(uow, customer_id=customer.id, channel_id=channel, warehouse_id=warehouse, lines=lines)


def line(store: Store) -> OrderLine:
    """The only line there is."""
    with store.viewing(SYSTEM) as view:
        return view.session.scalars(select(OrderLine)).one()


def test_a_line_takes_the_price_of_the_list_and_keeps_why(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, retail_price=10)
        ninth = PriceRuleEntry(price=Decimal(9))
        tens = PriceRuleEntry(Target.VARIANT, mug.id, price=Decimal(8), min_quantity=Decimal(10))
        listed = a_price_list(uow, ninth, tens, name="Retail")
        made = order(uow, LineDraft(mug.id, Decimal(2)))
    first = line(any_store)
    assert (first.unit_price, first.gross_amount) == (9, 18)
    assert (first.price_trace["list"], first.price_trace["usual"]) == ("Retail", "10")
    assert [each["judgement"] for each in first.price_trace["tried"]] == ["too_few", "won"]
    any_store.run(SYSTEM, add_line, None, made, LineDraft(mug.id, Decimal(8)))
    assert (line(any_store).quantity, line(any_store).unit_price, line(any_store).gross_amount) == (10, 8, 80)
    any_store.run(SYSTEM, change_line, None, made, first.id, quantity=Decimal(3), unit_price=Decimal(8))
    assert (line(any_store).unit_price, line(any_store).gross_amount) == (9, 27)
    any_store.run(SYSTEM, withdraw_price_list, None, listed)
    assert line(any_store).unit_price == 9


def test_a_price_by_hand_stays_when_the_quantity_changes_and_says_so(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, retail_price=10)
        a_price_list(uow, PriceRuleEntry(price=Decimal(8), min_quantity=Decimal(10)))
        made = order(uow, LineDraft(mug.id, Decimal(2), Decimal("9.50")))
    kept = line(store)
    assert kept.price_trace == {"price": "9.5", "usual": "10", "entered": True}
    store.run(SYSTEM, change_line, None, made, kept.id, quantity=Decimal(20), unit_price=Decimal("9.50"))
    assert (line(store).unit_price, line(store).price_trace["entered"]) == (Decimal("9.50"), True)
    store.run(SYSTEM, change_line, None, made, kept.id, quantity=Decimal(20), unit_price=Decimal(7))
    assert line(store).price_trace == {"price": "7", "usual": "10", "entered": True}


def test_without_a_list_the_usual_price_stays_frozen_on_the_line(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, retail_price=10, wholesale_price=Decimal(7))
        made = order(uow, LineDraft(mug.id, Decimal(2)))
        mug.wholesale_price = Decimal(6)
    kept = line(store)
    assert (kept.unit_price, kept.price_trace) == (
        7,
        {"price": "7", "usual": "7", "rule": None, "list": None, "tried": []},
    )
    store.run(SYSTEM, change_line, None, made, kept.id, quantity=Decimal(3), unit_price=Decimal(7))
    assert line(store).unit_price == 7


def test_a_list_does_not_open_the_floor_to_those_who_may_not_go_below_it(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, retail_price=10, lowest_price=Decimal(9))
        customer = a_customer(uow)
        a_price_list(uow, PriceRuleEntry(price=Decimal(8)), audience=Audience.CUSTOMER, audience_id=customer.id)
        head = {"customer_id": customer.id, "channel_id": a_channel(uow), "warehouse_id": a_warehouse(uow)}
    with pytest.raises(BelowFloor):
        store.run(REP, create_order, None, **head, lines=[LineDraft(mug.id, Decimal(1))])
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SalesOrder.id)).all() == []


@pytest.mark.parametrize(("rounds", "net"), [(TaxRounding.LINE, "29.80"), (TaxRounding.DOCUMENT, "29.75")])
def test_an_order_keeps_the_rounding_it_was_made_with(sqlite_settings: Settings, rounds: TaxRounding, net: str) -> None:
    store = Store(sqlite_settings.model_copy(update={"tax_rounding": rounds}), FixedClock(NOON))
    other = next(each for each in TaxRounding if each != rounds)
    with store.working(SYSTEM) as uow:
        mugs = [a_product(uow, retail_price="3.60", tax_rate=Decimal("0.21")) for _ in range(11)]
        made = order(uow, *(LineDraft(mug.id, Decimal(1)) for mug in mugs[:10]))
    changed = Store(sqlite_settings.model_copy(update={"tax_rounding": other}), FixedClock(NOON))
    extra = changed.run(SYSTEM, add_line, None, made, LineDraft(mugs[10].id, Decimal(1)))
    changed.run(SYSTEM, remove_line, None, made, extra)
    with changed.viewing(SYSTEM) as view:
        head = view.session.scalars(select(SalesOrder)).one()
        lines = view.session.scalars(select(OrderLine)).all()
        assert (head.tax_rounding, head.net_amount, head.gross_amount) == (rounds, Decimal(net), 36)
        assert sum(each.net_amount for each in lines) == head.net_amount
        assert sum(each.tax_amount for each in lines) == head.tax_amount == 36 - Decimal(net)
    store.engine.dispose()
    changed.engine.dispose()
