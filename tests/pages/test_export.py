"""Taking boards away: what stands on them, under their filters, and nothing that the reader may not see."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.analytics.export.leaving import Form
from core.analytics.export.workbook import workbook
from core.audit.models import AuditEntry
from core.catalog.categories import ensure_categories
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import P, Role
from core.work.store import Store
from pages._shared.board import leaving
from pages._shared.board.board import Board, Scene
from pages._shared.board.sheets import key_figures, sheet_of_panel
from pages._shared.company import use_store
from pages._shared.filters import Look
from pages._shared.mirror import close_mirror, mirror
from pages._shared.periods import Comparison, Period, window_of
from pages.reports._product_board import BOARD as PRODUCTS
from pages.reports._sales_board import BOARD as SALES
from pages.reports._stock_board import BOARD as STOCK
from tests.builders import a_sale, a_warehouse, goods
from tests.pages.app import open_app

# What the goods cost: no number that is sold, shipped or counted looks like it.
SECRET = Decimal("17.31")
COSTLY = {SECRET * count for count in range(1, 301)} | {Decimal("0.4230"), Decimal("0.2307"), Decimal("0.3589")}


@dataclass(frozen=True)
class Shop:
    """A shop that sold tea for 60 and 30, and cups for 45; all of it cost 17.31 a piece."""

    store: Store
    tea: int
    cups: int

    def look(self, **where: tuple[str, ...]) -> Look:
        with self.store.viewing(SYSTEM) as view:
            return Look(Period.TODAY, window_of(Period.TODAY, view.today), Comparison.PREVIOUS, where)


@pytest.fixture
def shop(store: Store) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        categories = ensure_categories(uow, [("Tea",), ("Cups",)])
        cost = {"purchase_price": SECRET}
        tea = goods(uow, home, 100, name="Oolong", category_id=categories[("Tea",)], retail_price=30, **cost)
        cup = goods(uow, home, 100, name="Cup", category_id=categories[("Cups",)], retail_price="22.50", **cost)
        a_sale(uow, home, [(tea, 2), (cup, 2)], channel="Web", region="East")
        a_sale(uow, home, [(tea, 1)], channel="Shop", region="West")
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store, categories[("Tea",)], categories[("Cups",)])
    close_mirror()


def an_actor(role: Role) -> Actor:
    return Actor(1, role.value, frozenset({role}), permissions_of(frozenset({role})))


def a_panel(board: Board, name: str, look: Look, actor: Actor = SYSTEM) -> Scene:
    return Scene(next(panel for panel in board.panels() if panel.name == name), actor, look)


def test_a_panel_leaves_under_all_filters_and_adds_up_to_the_key_figure(shop: Shop) -> None:
    look = shop.look(category=(str(shop.tea),))
    sheet = sheet_of_panel(a_panel(SALES, "channel", look))
    keys = key_figures(SALES, SYSTEM, look)

    assert sheet is not None
    assert keys is not None
    assert [field.title for field in sheet.fields] == [
        "Channel",
        "Net sales",
        "Net sales · Previous period",
        "Net sales · Growth",
    ]
    assert sheet.lines == [("Web", Decimal("60.00"), None, None), ("Shop", Decimal("30.00"), None, None)]
    assert sheet.totals[1] == keys.lines[0][1] == Decimal("90.00")
    assert leaving.filters_in_words(SYSTEM, look) == ("Category: Tea",)
    assert leaving.file_name("A/B:c", look) == f"A B c {look.window.since}_{look.window.since}"


def test_cells_of_a_heat_map_and_shares_are_pivots(shop: Shop) -> None:
    heat = sheet_of_panel(a_panel(SALES, "heat", shop.look()))
    shares = sheet_of_panel(a_panel(SALES, "shares", shop.look()))

    assert heat is not None
    assert shares is not None
    assert [field.group for field in heat.fields][-1] == [field.group for field in shares.fields][-1] == "Total"
    assert heat.totals[-1] == shares.totals[-1] == Decimal("135.00")
    assert [line[-1] for line in shares.lines] == [Decimal("90.00"), Decimal("45.00")]
    assert [field.is_sum for field in shares.fields] == [False, True, True]


def test_the_bridge_leaves_step_by_step(shop: Shop) -> None:
    sheet = sheet_of_panel(a_panel(SALES, "bridge", shop.look()))
    assert sheet is not None
    assert [line[:2] for line in sheet.lines][-1] == ("This period", Decimal("135.00"))


@pytest.mark.parametrize("role", [Role.SALES, Role.FINANCE])
@pytest.mark.parametrize("board", [SALES, PRODUCTS, STOCK], ids=lambda board: board.name)
def test_whoever_may_not_see_costs_finds_none_in_any_file(
    shop: Shop, role: Role, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every panel that the reader has goes into one workbook, and its cells are searched for what cost makes."""
    actor, look = an_actor(role), shop.look()
    monkeypatch.setattr("pages._shared.screen.current_actor", lambda: actor)
    sheets = [key_figures(board, actor, look)]
    sheets += [sheet_of_panel(Scene(panel, actor, look)) for panel in board.panels()]
    content = workbook(leaving_cover(), [sheet for sheet in sheets if sheet is not None]).content

    book = CalamineWorkbook.from_filelike(BytesIO(content))
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    numbers = {round(Decimal(str(cell)), 4) for cell in cells if isinstance(cell, float)}
    words = {cell for cell in cells if isinstance(cell, str)}
    sees = actor.may(P.COST_READ) and board is not SALES
    assert bool(numbers & COSTLY) == sees
    assert bool(words & {"Margin rate", "Stock value", "Turns", "Cost of goods sold"}) == sees


def leaving_cover() -> leaving.Cover:
    return leaving.Cover("x", "c", "m", mirror().as_of)


def fetch(app: AppTest, shop: Shop, form: Form, actor: Actor) -> bytes:
    sheet = sheet_of_panel(a_panel(SALES, "channel", shop.look(), actor))
    assert sheet is not None
    with shop.store.viewing(actor) as view:
        return leaving.fetched_file(view, form, leaving_cover(), (sheet,))


def test_what_is_fetched_is_recorded_and_only_then(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/sales")
    app.button(key="dashboard.export.category").click().run()
    assert not app.exception
    assert "2 lines · 1 table" in next(each.value for each in app.caption if "table" in each.value)

    def recorded() -> int:
        with shop.store.viewing(SYSTEM) as view:
            return len(view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "figures.exported")).all())

    assert recorded() == 0
    assert fetch(app, shop, Form.GBK, SYSTEM).decode("gbk").startswith("Channel,Net sales,")
    assert recorded() == 1


def test_a_session_whose_rights_are_gone_gets_nothing(shop: Shop) -> None:
    sheet = sheet_of_panel(a_panel(SALES, "channel", shop.look()))
    assert sheet is not None
    buyer = an_actor(Role.BUYER)
    with shop.store.viewing(buyer) as view, pytest.raises(NotAllowed):
        leaving.fetched_file(view, Form.CSV, leaving_cover(), (sheet,))


def test_all_that_stands_here_is_one_workbook(shop: Shop) -> None:
    app = open_app(shop.store, Role.MANAGER, "reports/sales")
    app.button(key="dashboard.export.category").click().run()
    app.segmented_control(key="dashboard.export.scope.category").set_value("all").run()
    assert not app.exception
    assert "7 tables" in next(each.value for each in app.caption if "tables" in each.value)
    assert app.segmented_control(key="dashboard.export.form").options == ["Excel"]


def test_a_large_file_is_made_before_it_is_fetched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "AT_ONCE", 1)
    app = open_app(shop.store, Role.MANAGER, "reports/sales")
    app.button(key="dashboard.export.category").click().run()
    assert [button.label for button in app.get("download_button")] == []

    app.button(key="dashboard.export.make").click().run()

    assert not app.exception
    assert len(app.get("download_button")) == 1
    with shop.store.viewing(SYSTEM) as view:
        (entry,) = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "figures.exported"))
    assert (entry.facts["what"], entry.facts["rows"], entry.facts["measures"][0]) == ("By category", 2, "Net sales")
