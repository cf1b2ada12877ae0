"""Price lists: who pays what, why, and what may not be saved."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.catalog.categories import add_category
from core.customers.models import CustomerTag
from core.pricing.errors import EqualRules, FormulaUnclear, ListNameTaken, NothingPromised
from core.pricing.lists import (
    PriceListEntry,
    PriceRuleEntry,
    add_price_list,
    add_price_rule,
    add_price_rules,
    edit_price_list,
    edit_price_rule,
    publish_price_list,
    remove_price_rule,
    withdraw_price_list,
)
from core.pricing.models import OfferState, PriceList, PriceListRule
from core.pricing.queries import explain_price, price_list_rules, price_lists
from core.pricing.resolve import Wanted, resolve_prices
from core.pricing.rules.prices import Audience, Criterion, Judgement, Target
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_price_list, a_product

TODAY = date(2026, 3, 18)
SALES = Actor(None, "rep", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))


def costing(price: int | str, **fields) -> PriceRuleEntry:
    """A rule with a price."""
    return PriceRuleEntry(price=Decimal(price), **fields)


def price(scope, variant, quantity: int = 1, customer=None, channel: int | None = None, on: date = TODAY) -> Decimal:
    """What a product costs."""
    customer_id = None if customer is None else customer.id
    return explain_price(
        scope, variant.id, quantity=Decimal(quantity), customer_id=customer_id, channel_id=channel, on=on
    ).unit_price


def test_the_list_nearest_to_the_customer_decides(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, retail_price=10)
        lotus, other = a_customer(uow, "Lotus", tags=("VIP",)), a_customer(uow, "Other")
        web = a_channel(uow, "Web")
        vip = uow.session.scalars(select(CustomerTag.id)).one()
        a_price_list(uow, costing(9))
        a_price_list(uow, costing(8), audience=Audience.CHANNEL, audience_id=web)
        a_price_list(uow, costing(7), audience=Audience.TAG, audience_id=vip)
        dear = a_price_list(uow, costing(11), audience=Audience.CUSTOMER, audience_id=lotus.id)
    with any_store.viewing(SYSTEM) as view:
        assert price(view, mug) == 9
        assert price(view, mug, customer=other, channel=web) == 8
        assert price(view, mug, customer=lotus, channel=web) == 11
    any_store.run(SYSTEM, withdraw_price_list, None, dear)
    with any_store.viewing(SYSTEM) as view:
        assert price(view, mug, customer=lotus, channel=web) == 7
        rows = [(row.audience, row.target, row.state, row.rules) for row in price_lists(view)]
        assert (Audience.CUSTOMER, "Lotus", OfferState.WITHDRAWN, 1) in rows


def test_category_product_quantity_and_days_decide_within_a_list(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        top = add_category(uow, "Kitchen")
        cups = add_category(uow, "Cups", top)
        mug, pan = a_product(uow, category_id=cups), a_product(uow, category_id=top)
        lamp = a_product(uow)
        a_price_list(
            uow,
            PriceRuleEntry(Target.CATEGORY, top, formula="list_price * 0.9"),
            PriceRuleEntry(Target.CATEGORY, cups, formula="list_price * 0.8"),
            PriceRuleEntry(Target.CATEGORY, cups, formula="list_price * 0.7", min_quantity=Decimal(10)),
            costing(1, target=Target.VARIANT, target_id=pan.id, since=TODAY, until=TODAY + timedelta(1)),
        )
    with any_store.viewing(SYSTEM) as view:
        assert [price(view, mug, n) for n in (1, 10, -10)] == [8, 7, 7]
        assert [price(view, pan, on=TODAY + timedelta(n)) for n in (-1, 0, 1)] == [9, 1, 9]
        assert price(view, lamp) == 10
        kept = resolve_prices(
            view,
            [Wanted(each.id, each.product_id, cups, Decimal(1), Decimal(10), Decimal(10)) for each in (mug, pan)],
            customer_id=None,
            channel_id=None,
            on=TODAY,
        )
        assert [each.unit_price for each in kept] == [8, 1]


def test_a_price_explains_itself_and_tells_no_cost_to_whom_it_is_hidden(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, purchase_price=Decimal(4))
        a_price_list(
            uow, PriceRuleEntry(formula="cost * 2"), PriceRuleEntry(formula="list_price", priority=200), name="Cost"
        )
        a_price_list(uow, costing(6, since=TODAY + timedelta(1)), name="Tomorrow", priority=50)
    asked = {"quantity": Decimal(1), "customer_id": None, "channel_id": None, "on": TODAY}
    with store.viewing(SYSTEM) as view:
        card = explain_price(view, mug.id, **asked)
        assert (card.unit_price, card.usual_price, card.list_name) == (8, 10, "Cost")
        told = [(row.list_name, row.judgement, row.by, row.price, row.formula) for row in card.candidates]
        assert told == [
            ("Cost", Judgement.WON, None, 8, "cost * 2"),
            ("Tomorrow", Judgement.NOT_YET, None, None, ""),
            ("Cost", Judgement.OUTRANKED, Criterion.PRIORITY, 10, "list_price"),
        ]
    with store.viewing(SALES) as view:
        assert [row.formula for row in explain_price(view, mug.id, **asked).candidates] == [None, "", "list_price"]
        listed = next(row.id for row in price_lists(view) if row.name == "Cost")
        assert [row.formula for row in price_list_rules(view, listed)] == [None, "list_price"]


def test_two_rules_of_equal_rank_are_refused_when_saved_and_when_published(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG")
        own = {"target": Target.VARIANT, "target_id": mug.id}
        first = a_price_list(uow, costing(9, **own), costing(8, **own, min_quantity=Decimal(5)), name="First")
        draft = add_price_list(uow, PriceListEntry("Second"))
        add_price_rule(uow, draft, costing(7, **own))
        summer = add_price_rule(uow, draft, costing(6, **own, until=date(2026, 9, 1)))
    refused = [
        (add_price_rule, (first, costing(5, **own))),
        (add_price_rules, (first, [costing(5), costing(4)])),
        (edit_price_rule, (summer, costing(5, **own))),
        (publish_price_list, (draft,)),
    ]
    for command, arguments in refused:
        with pytest.raises(EqualRules, match="MUG|\\*"):
            any_store.run(SYSTEM, command, None, *arguments)
    with any_store.viewing(SYSTEM) as view:
        assert price(view, mug) == 9
        assert view.session.scalar(select(PriceList.state).where(PriceList.id == draft)) == OfferState.DRAFT
        assert len(view.session.scalars(select(PriceListRule.id)).all()) == 4
    version = 3
    any_store.run(SYSTEM, edit_price_list, None, draft, PriceListEntry("Second", priority=99), version=version)
    any_store.run(SYSTEM, publish_price_list, None, draft)
    with any_store.viewing(SYSTEM) as view:
        assert price(view, mug) == 6
    any_store.run(SYSTEM, remove_price_rule, None, summer)
    with any_store.viewing(SYSTEM) as view:
        assert price(view, mug) == 7
    with pytest.raises(EqualRules):
        any_store.run(SYSTEM, edit_price_list, None, draft, PriceListEntry("Second"), version=version + 3)


@pytest.mark.parametrize(
    ("refusal", "entry"),
    [
        (InvalidInput, PriceRuleEntry()),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), formula="list_price")),
        (FormulaUnclear, PriceRuleEntry(formula="open('x')")),
        (InvalidInput, PriceRuleEntry(price=Decimal("-1"))),
        (InvalidInput, PriceRuleEntry(price=Decimal("0.00001"))),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), target=Target.VARIANT)),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), min_quantity=Decimal(5), max_quantity=Decimal(4))),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), per_quantity=Decimal(0))),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), since=TODAY, until=TODAY)),
        (InvalidInput, PriceRuleEntry(price=Decimal(1), priority=0)),
        (NotFound, PriceRuleEntry(price=Decimal(1), target=Target.VARIANT, target_id=999)),
    ],
)
def test_a_rule_that_says_nothing_or_too_much_is_refused(store: Store, refusal: type, entry: PriceRuleEntry) -> None:
    listed = store.run(SYSTEM, add_price_list, None, PriceListEntry("List"))
    with pytest.raises(refusal):
        store.run(SYSTEM, add_price_rule, None, listed, entry)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(PriceListRule.id)).all() == []


def test_lists_need_a_name_of_their_own_something_to_say_and_the_version_that_was_read(store: Store) -> None:
    listed = store.run(SYSTEM, add_price_list, None, PriceListEntry("Retail"))
    refused = [
        (ListNameTaken, add_price_list, (PriceListEntry(" retail "),), {}),
        (InvalidInput, add_price_list, (PriceListEntry(""),), {}),
        (InvalidInput, add_price_list, (PriceListEntry("X", audience=Audience.TAG),), {}),
        (NothingPromised, publish_price_list, (listed,), {}),
        (StaleVersion, edit_price_list, (listed, PriceListEntry("Other")), {"version": 9}),
        (NotFound, publish_price_list, (99,), {}),
    ]
    for refusal, command, arguments, named in refused:
        with pytest.raises(refusal):
            store.run(SYSTEM, command, None, *arguments, **named)
    with store.viewing(SYSTEM) as view:
        assert [(row.name, row.state) for row in price_lists(view)] == [("Retail", OfferState.DRAFT)]
