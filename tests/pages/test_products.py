"""The screens of products and categories: finding, adding, changing, and refusals in words."""

from decimal import Decimal

import pytest

from core.catalog.queries import category_tree, find_products, product_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_product
from tests.pages.app import open_app, visit

FIRST = "product.0.0"


@pytest.fixture
def mug(store: Store) -> int:
    """A mug and a cup on the shelf; the mug's id."""
    with store.working(SYSTEM) as uow:
        a_product(uow, sku="CUP", name="Cup")
        return a_product(
            uow, sku="MUG", name="红色马克杯", barcodes=("6901234567892",), purchase_price=Decimal(4), tags=("gift",)
        ).id


@pytest.mark.parametrize("typed", ["mug", "hsmkb", "6901234567892", "马克"])
def test_typing_finds_products_by_code_pinyin_barcode_and_name(store: Store, mug: int, typed: str) -> None:
    app = open_app(store, Role.SALES, "catalog/products")

    app.text_input(key="products.search").set_value(typed).run()

    assert not app.exception
    assert app.dataframe[0].value["sku"].tolist() == ["MUG"]
    assert "purchase_price" not in app.dataframe[0].value.columns


def test_a_scanned_code_shows_the_product_in_full_at_once(store: Store, mug: int) -> None:
    app = open_app(store, Role.BUYER, "catalog/products")

    app.text_input(key="products.search").set_value("6901234567892").run()

    assert "#### 红色马克杯" in [each.value for each in app.markdown]
    assert app.dataframe[0].value["purchase_price"].tolist() == [4.0]


def test_a_buyer_adds_a_product(store: Store) -> None:
    app = open_app(store, Role.BUYER, "catalog/product")
    assert app.title[0].value == "New product"

    app.text_input(key=f"{FIRST}.first").set_value("TEA-1")
    app.text_input(key=f"{FIRST}.name").set_value("龙井茶")
    app.number_input(key=f"{FIRST}.retail").set_value(19.99)
    app.number_input(key=f"{FIRST}.purchase").set_value(8.5)
    app.button(key=f"{FIRST}.save").click().run()

    assert not app.exception
    assert app.title[0].value == "龙井茶"
    with store.viewing(SYSTEM) as view:
        tea = find_products(view, "tea-1")[0]
    assert (tea.retail_price, tea.purchase_price, tea.tax_rate) == (Decimal("19.99"), Decimal("8.5"), Decimal("0.13"))


def test_a_code_that_is_taken_is_refused_in_words_and_what_was_typed_stays(store: Store, mug: int) -> None:
    app = open_app(store, Role.BUYER, "catalog/product")

    app.text_input(key=f"{FIRST}.first").set_value("mug")
    app.text_input(key=f"{FIRST}.name").set_value("Other mug")
    app.button(key=f"{FIRST}.save").click().run()

    assert [each.value for each in app.error] == ["The code MUG already belongs to 红色马克杯. Choose another code."]
    assert app.text_input(key=f"{FIRST}.name").value == "Other mug"


def test_an_edit_after_somebody_elses_is_merged_with_it(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.BUYER), "catalog/product", id=str(mug))
    other = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(mug))
    other.number_input(key=f"product.{mug}.1.retail").set_value(12.0)
    other.text_input(key=f"product.{mug}.1.brand").set_value("Kiln")
    other.button(key=f"product.{mug}.1.save").click().run()
    assert not other.error

    app.number_input(key=f"product.{mug}.1.retail").set_value(13.0)
    app.text_area(key=f"product.{mug}.1.note").set_value("hand made")
    app.button(key=f"product.{mug}.1.save").click().run()
    assert not app.error
    with store.viewing(SYSTEM) as view:
        assert (product_card(view, mug).version, product_card(view, mug).note) == (2, "")
    assert app.radio(key=f"merging.product.{mug}.2.retail_price").options == ["Yours: ¥13.00", "Now: ¥12.00"]
    app.button(key=f"merging.product.{mug}.2.save").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        card = product_card(view, mug)
    assert (card.version, card.retail_price, card.brand, card.note) == (3, Decimal(13), "Kiln", "hand made")
    assert card.tags == ("gift",)
    assert app.text_input(key=f"product.{mug}.3.brand").value == "Kiln"


def test_somebody_who_changes_it_again_during_the_merge_is_merged_too(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.BUYER), "catalog/product", id=str(mug))
    other = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(mug))
    other.text_input(key=f"product.{mug}.1.brand").set_value("Kiln")
    other.button(key=f"product.{mug}.1.save").click().run()
    app.text_area(key=f"product.{mug}.1.note").set_value("hand made")
    app.button(key=f"product.{mug}.1.save").click().run()
    other.number_input(key=f"product.{mug}.2.retail").set_value(14.0)
    other.button(key=f"product.{mug}.2.save").click().run()

    app.button(key=f"merging.product.{mug}.2.save").click().run()
    app.button(key=f"merging.product.{mug}.3.save").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        card = product_card(view, mug)
    assert (card.version, card.retail_price, card.brand, card.note) == (4, Decimal(14), "Kiln", "hand made")


def test_a_product_is_retired_and_deleted_from_its_screen(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(mug))

    app.button(key="product.retire").click().run()
    with store.viewing(SYSTEM) as view:
        assert [row.sku for row in find_products(view)] == ["CUP"]
    app.button(key="product.delete").click().run()

    assert not app.exception
    assert app.title[0].value == "Products"
    with store.viewing(SYSTEM) as view:
        assert [row.sku for row in find_products(view, status=None)] == ["CUP"]


def test_sales_sees_a_product_without_its_cost_and_without_a_form(store: Store, mug: int) -> None:
    app = visit(open_app(store, Role.SALES), "catalog/product", id=str(mug))

    assert not app.exception
    assert "#### 红色马克杯" in [each.value for each in app.markdown]
    assert not any("Purchase price" in each.value for each in app.markdown)
    assert len(app.text_input) == 0


def test_a_link_to_a_product_that_is_gone_says_so(store: Store) -> None:
    app = visit(open_app(store, Role.SALES), "catalog/product", id="99")

    assert [each.value for each in app.error] == [
        "The product was not found. It may have been deleted; go back to the list and open it again."
    ]


def test_a_category_is_added_and_its_twin_refused(store: Store) -> None:
    app = open_app(store, Role.BUYER, "catalog/categories")

    for _ in range(2):
        app.text_input(key="categories.new.name").set_value("Home")
        app.button(key="categories.new.save").click().run()

    assert [each.value for each in app.error] == [
        "There is already a category Home at this place. Choose another name."
    ]
    with store.viewing(SYSTEM) as view:
        assert [row.path for row in category_tree(view)] == ["Home"]
