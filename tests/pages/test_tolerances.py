"""Screens of tolerances, substitutes and promise dates."""

from decimal import Decimal

import pytest

from core.catalog.categories import add_category
from core.catalog.substitutes import set_substitutes, substitutes_of
from core.sales.confirm import confirm_order
from core.sales.fulfilment import fulfilment_rules, set_fulfilment_rule
from core.sales.models import Progress
from core.sales.queries import OrderCard, order_card
from core.sales.tolerance import category_tolerances
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from pages.sales._entry_head import ORDER
from tests.builders import a_draft, a_product, a_warehouse, goods
from tests.pages.app import open_app, visit

HALF, TENTH = Decimal("0.05"), Decimal("0.1")


@pytest.fixture
def draft(store: Store) -> int:
    """An order of ten ropes, of which there are 9.5; cord may take their place, and there are twenty of it."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        rope, cord = goods(uow, house, "9.5", sku="ROPE", name="Rope"), goods(uow, house, 20, sku="CORD", name="Cord")
        set_substitutes(uow, rope.id, [cord.id])
        return a_draft(uow, house, [(rope, 10)])


def the_order(store: Store, order: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order)


def test_a_manager_sets_tolerances_for_everybody_and_for_a_category(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        category = add_category(uow, "Ropes")
    app = visit(open_app(store, Role.MANAGER), "stock/rules")
    app.number_input(key="rules.0.under").set_value(5.0)
    app.number_input(key="rules.0.over").set_value(10.0)
    app.button(key="rules.0.save").click().run()
    app.selectbox(key="rules.tolerance.category").set_value(category)
    app.number_input(key="rules.tolerance.over").set_value(5.0)
    app.button(key="rules.tolerance.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        (rule,) = fulfilment_rules(view)
        assert (rule.under_share, rule.over_share) == (HALF, TENTH)
        assert [(row.category, row.under_share, row.over_share) for row in category_tolerances(view)] == [
            ("Ropes", None, HALF)
        ]
    app.button(key=f"rules.tolerance.{category}").click().run()
    with store.viewing(SYSTEM) as view:
        assert category_tolerances(view) == []


def test_what_is_reserved_is_proposed_and_the_rest_closed_within_the_tolerance(store: Store, draft: int) -> None:
    with store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, back_orders=True, under_share=HALF)
        confirm_order(uow, draft)
    app = visit(open_app(store, Role.WAREHOUSE), "sales/order", id=str(draft))
    assert list(app.dataframe[0].value["leaves"]) == ["Unknown"]
    assert any("1 line waits for goods" in each.value for each in app.markdown)
    app.button(key="order.ship").click().run()
    app.button(key="order.ship.submit").click().run()
    assert not app.exception
    order = the_order(store, draft)
    assert (order.shipment, order.lines[0].quantity) == (Progress.FULL, Decimal("9.5"))
    (shown,) = (each.value for each in app.dataframe if "shipped" in each.value)
    assert shown[["ordered", "quantity", "shipped"]].values.tolist() == [[10, 9.5, 9.5]]
    said = [each.value for each in app.markdown]
    assert any("0.5 more were ordered and closed within the tolerance" in each for each in said)


def test_a_line_can_leave_now_or_once_goods_are_expected(store: Store, draft: int) -> None:
    with store.working(SYSTEM) as uow:
        rope = order_card(uow, draft).lines[0].variant_id
        receive_goods(uow, warehouse_id=1, lines=[Line(rope, Decimal(1))])
        confirm_order(uow, draft)
    app = visit(open_app(store, Role.SALES), "sales/order", id=str(draft))
    assert list(app.dataframe[0].value["leaves"]) == ["Now"]


def test_one_press_replaces_what_is_missing_by_a_substitute(store: Store, draft: int) -> None:
    app = open_app(store, Role.SALES)
    app.session_state[ORDER] = draft
    visit(app, "sales/new_order")
    line = the_order(store, draft).lines[0]
    with store.viewing(SYSTEM) as view:
        (cord,) = substitutes_of(view, [line.variant_id])[line.variant_id]
    assert any("0.5 of 10 missing" in each.value for each in app.markdown)
    app.button(key=f"order.short.{line.id}.{cord.variant_id}.part").click().run()
    assert not app.exception
    assert [(each.sku, each.quantity) for each in the_order(store, draft).lines] == [
        ("ROPE", Decimal("9.5")),
        ("CORD", Decimal("0.5")),
    ]


def test_substitutes_are_kept_on_the_card_of_a_product(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug, cup, jar = (a_product(uow, sku=sku, name=sku.title()).id for sku in ("MUG", "CUP", "JAR"))
    app = visit(open_app(store, Role.BUYER), "catalog/product", id=str(mug))
    for place, (word, other) in enumerate((("CUP", cup), ("JAR", jar))):
        app.text_input(key=f"substitutes.{mug}.word.{place}").set_value(word).run()
        assert not app.exception
        app.selectbox(key=f"substitutes.{mug}.other.{place}").set_value(other).run()
        app.button(key=f"substitutes.{mug}.add").click().run()
    assert not app.exception
    assert _skus(store, mug) == ["CUP", "JAR"]
    app.button(key=f"substitutes.{mug}.{jar}.:material/arrow_upward:").click().run()
    assert _skus(store, mug) == ["JAR", "CUP"]
    app.button(key=f"substitutes.{mug}.{jar}.:material/delete:").click().run()
    assert _skus(store, mug) == ["CUP"]


def _skus(store: Store, variant_id: int) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.sku for row in substitutes_of(view, [variant_id]).get(variant_id, [])]
