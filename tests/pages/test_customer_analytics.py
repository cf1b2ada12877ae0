"""Customers' analytics on the screens: from a segment to a list, to a call, to what came of it; and grades."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.analytics.customers.rules.segments import Segment
from core.analytics.customers.scored import NUMBER_OF
from core.care.models import Outcome
from core.care.queries import customer_lists, follow_ups, grade_of, proposals
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.mirror import close_mirror, mirror
from tests.analytics.buying import Till
from tests.builders import a_product
from tests.pages.app import open_app, visit

TODAY = date(2026, 3, 18)


@pytest.fixture
def shop(store: Store) -> Iterator[Store]:
    """Twelve customers: one buys much every ten days, one did until January, ten bought once."""
    with store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        good, quiet, *others = till.customers(12)
        for number in range(10):
            till.sell(good, TODAY - timedelta(days=10 * number), [thing], 500)
            till.sell(quiet, TODAY - timedelta(days=60 + 10 * number), [thing], 300)
        for number, each in enumerate(others):
            till.sell(each, TODAY - timedelta(days=100 + number), [thing], 20)
        uow.audit("test.lived", None)
    yield store
    close_mirror()


def opened(store: Store, role: Role = Role.MANAGER, path: str = "reports/customers", **query: str):
    app = open_app(store, role)
    mirror().wait_until_fresh()
    app = visit(app, path, **query)
    assert not app.exception
    return app


def test_the_head_answers_and_every_panel_opens(shop: Store) -> None:
    app = opened(shop)
    assert [(each.label, each.value) for each in app.metric][:5] == [
        ("Net sales", "¥8.2K"),
        ("Customers", "12"),
        ("Average order", "¥273.33"),
        ("Repeat rate", "16.7%"),
        ("At risk", "¥3.2K"),
    ]
    for section in ("overdue", "worth", "cohorts", "concentration", "next"):
        app.segmented_control(key="customer_board.open").set_value(section).run()
        assert not app.exception, section


def test_every_panel_follows_the_chips_and_goes_down_to_the_orders(shop: Store) -> None:
    champion = str(NUMBER_OF[Segment.CHAMPION])
    app = opened(shop, segment=champion)
    assert [each.value for each in app.metric][:2] == ["¥8K", "2"]
    assert [frame.value["name"].tolist() for frame in app.dataframe][1] == ["Buyer 0", "Buyer 1"]
    # The panel that is filtered by keeps all of its own marks.
    assert app.dataframe[0].value["customers"].sum() == 12

    app.button(key="customer_board.down.segments").click().run()
    app.button(key="customer_board.orders.segments").click().run()
    assert not app.exception
    assert app.metric[-1].value == "¥8,000.00"
    assert len(app.dataframe[-1].value) == 20


def test_filters_of_customers_are_reset_and_undone_and_stand_in_the_address(shop: Store) -> None:
    champion = str(NUMBER_OF[Segment.CHAMPION])
    app = opened(shop, segment=champion)
    app.button(key="customer_board.reset").click().run()
    app.button(key="customer_board.take_back").click().run()
    assert app.query_params["segment"] == champion


def test_overdue_customers_are_kept_handed_over_called_and_the_call_is_undone(shop: Store) -> None:
    app = opened(shop, section="overdue")
    assert app.dataframe[0].value["name"].tolist()[0] == "Buyer 1"
    app.text_input(key="customers.late.name").set_value("Quiet ones").run()
    app.button(key="customers.late.keep.do").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        (kept,) = customer_lists(view)
    assert (kept.name, kept.rule) == ("Quiet ones", "overdue")

    app = visit(app, "customers/calls")
    app.session_state[f"calls.list.{kept.id}"] = True
    app.run()
    owner = app.selectbox(key=f"calls.owner.{kept.id}")
    owner.select_index(1).run()
    app.button(key=f"calls.hand.do.{kept.id}").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        tasks = follow_ups(view)
    assert len(tasks) == kept.members
    app.selectbox(key=f"task.outcome.{tasks[0].id}").set_value(Outcome.ORDERED).run()
    app.button(key=f"task.save.{tasks[0].id}").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        assert customer_lists(view)[0].ordered == 1
    app.selectbox(key="calls.reopen").select_index(0).run()
    app.button(key="calls.reopen.do").click().run()
    app.session_state[f"calls.list.{kept.id}"] = True
    app.run()
    app.button(key=f"calls.back.{kept.id}").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        assert follow_ups(view) == []


def test_a_list_that_was_put_away_is_found_and_brought_back(shop: Store) -> None:
    app = opened(shop, section="overdue")
    app.text_input(key="customers.late.name").set_value("Quiet ones").run()
    app.button(key="customers.late.keep.do").click().run()
    with shop.viewing(SYSTEM) as view:
        (kept,) = customer_lists(view)

    app = visit(app, "customers/calls")
    app.session_state[f"calls.list.{kept.id}"] = True
    app.run()
    app.button(key=f"calls.archive_list.{kept.id}").click().run()
    assert [box.label for box in app.expander if box.label.startswith("Quiet ones")] == []
    app.toggle(key="calls.archived").set_value(True).run()
    app.session_state[f"calls.list.{kept.id}"] = True
    app.run()
    app.button(key=f"calls.restore_list.{kept.id}").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        assert [row.name for row in customer_lists(view)] == ["Quiet ones"]


def test_a_grade_is_set_proposed_and_accepted(shop: Store) -> None:
    app = opened(shop, path="customers/grades")
    app.text_input(key="grade.0.0.name").set_value("Gold")
    app.number_input(key="grade.0.0.net").set_value(1000.0)
    app.button[[each.label for each in app.button].index("Save")].click().run()
    assert not app.exception
    app.button(key="grades.propose").click().run()
    with shop.viewing(SYSTEM) as view:
        rows = proposals(view)
        assert [row.figures["net"] for row in rows] == ["5000.00", "3000.00"]
    app.button(key="grades.answer.True").click().run()
    assert not app.exception
    with shop.viewing(SYSTEM) as view:
        assert grade_of(view, rows[0].customer_id) == ("Gold", TODAY)
    app = visit(app, "customers/customer", id=str(rows[0].customer_id))
    app.session_state["customer.analysed"] = True
    app.run()
    assert not app.exception
    assert any("Grade **Gold** since" in each.value for each in app.markdown)
    assert any("Purchase rhythm" in each.value and "10 days" in each.value for each in app.markdown)


def test_an_empty_shop_and_one_without_rights_get_a_sentence(store: Store) -> None:
    app = opened(store)
    assert any("Nobody has ordered yet." in each.value for each in app.caption)
    app.segmented_control(key="customer_board.open").set_value("worth").run()
    assert any("No customer has bought twice yet." in each.value for each in app.caption)
    close_mirror()
    app = open_app(store, Role.WAREHOUSE)
    with pytest.raises(ValueError, match="customers"):
        visit(app, "reports/customers")


def test_amounts_on_the_screen_are_exact(shop: Store) -> None:
    app = opened(shop)
    assert app.dataframe[0].value["net"].sum() == float(Decimal(8200))
