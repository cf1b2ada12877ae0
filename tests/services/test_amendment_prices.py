"""What amended lines cost: the lists give the price of what is new, what was agreed stays, tax is rounded as before."""

from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.base.tax import TaxRounding
from core.catalog.errors import ProductRetired
from core.catalog.service import retire_product
from core.pricing.lists import PriceRuleEntry
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.models import OrderLine
from core.sales.queries import order_card
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_price_list, a_product, a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.soundness import assert_sound
from tests.traces import refused


def amend(store: Store, order: int, *lines: LineWish) -> None:
    with store.viewing(SYSTEM) as view:
        seen = order_card(view, order).version
    asked = store.run(SYSTEM, request_amendment, None, order, lines=lines, reason="agreed", seen_version=seen)
    store.run(SYSTEM, accept_amendment, None, asked, version=1)


def test_new_lines_cost_what_the_lists_say_today_and_agreed_prices_stay(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug, cup = goods(uow, warehouse, 9, sku="MUG"), goods(uow, warehouse, 9, sku="CUP")
        order = a_sale(uow, warehouse, [(mug, 2)])
        a_price_list(uow, PriceRuleEntry(price=Decimal(7)), name="Autumn")
        line = order_card(uow, order).lines[0].id

    amend(any_store, order, LineWish(Decimal(3), line), LineWish(Decimal(1), variant_id=cup.id))

    with any_store.viewing(SYSTEM) as view:
        card = order_card(view, order)
        traces = [view.session.get_one(OrderLine, each.id).price_trace for each in card.lines]
    assert [(each.sku, each.quantity, each.unit_price) for each in card.lines] == [("MUG", 3, 10), ("CUP", 1, 7)]
    assert traces[1] is not None
    assert traces[1]["list"] == "Autumn"


def test_a_retired_product_is_not_put_on_an_order(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        old = a_product(uow, sku="OLD")
        order = a_sale(uow, warehouse, [(goods(uow, warehouse, 9), 2)])
        retire_product(uow, old.id)

    with refused(any_store, ProductRetired):
        amend(any_store, order, LineWish(Decimal(1), variant_id=old.id))


@pytest.mark.parametrize("database", ["sqlite_settings", "postgres_settings"])
def test_tax_rounded_over_the_document_adds_up_after_an_amendment(
    database: str, request: pytest.FixtureRequest, clock: FixedClock
) -> None:
    settings: Settings = request.getfixturevalue(database)
    policy = {"tax_rounding": TaxRounding.DOCUMENT, "prices_include_tax": False}
    store = Store(settings.model_copy(update=policy), FixedClock(NOON))
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        penny = {"retail_price": "0.33", "tax_rate": Decimal("0.13")}
        first, second, third = (goods(uow, warehouse, 9, **penny) for _n in range(3))
        order = a_sale(uow, warehouse, [(first, 1), (second, 1)])

    amend(store, order, LineWish(Decimal(1), variant_id=third.id))

    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
    assert (card.net_amount, card.tax_amount, card.gross_amount) == (
        Decimal("0.99"),
        Decimal("0.13"),
        Decimal("1.12"),
    )
    assert sum(each.tax_amount for each in card.lines) == card.tax_amount
    assert_sound(store)
    store.engine.dispose()
