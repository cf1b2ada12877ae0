"""Custom fields on the screens: defined, typed, merged, and found by."""

from decimal import Decimal

from core.catalog.queries import product_card
from core.fields.models import FieldKind, Subject
from core.fields.queries import all_fields
from core.fields.rules import FieldEntry
from core.fields.service import add_field
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_product
from tests.pages.app import open_app, visit


def test_an_administrator_defines_a_field_and_a_name_that_is_missing_is_refused(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/fields")
    app.selectbox(key="fields.new.0.kind").set_value(FieldKind.NUMBER).run()
    app.text_input(key="fields.new.0.unit").set_value("ml")
    app.button(key="fields.new.save").click().run()
    assert [each.value for each in app.error] == ["Field name\\: enter a name of at most 40 characters."]
    assert app.text_input(key="fields.new.0.unit").value == "ml"
    app.text_input(key="fields.new.0.name").set_value("Volume")
    app.number_input(key="fields.new.0.decimals").set_value(1)
    app.button(key="fields.new.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        (row,) = all_fields(view)
    assert (row.label, row.kind, row.decimals, row.subject) == ("Volume (ml)", "number", 1, "product")


def test_values_are_typed_merged_with_somebody_elses_and_narrow_the_list(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        origin = add_field(uow, FieldEntry(Subject.PRODUCT, "Origin", FieldKind.TEXT))
        volume = add_field(uow, FieldEntry(Subject.PRODUCT, "Volume", FieldKind.NUMBER, "ml", 1))
        mug = a_product(uow, sku="MUG").id
        a_product(uow, sku="CUP")
    app = visit(open_app(store, Role.BUYER), "catalog/product", id=str(mug))
    other = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(mug))
    other.number_input(key=f"product.{mug}.1.custom.{volume}").set_value(330.5)
    other.text_input(key=f"product.{mug}.1.custom.{origin}").set_value("Jingdezhen")
    other.button(key=f"product.{mug}.1.save").click().run()
    assert not other.exception
    app.text_input(key=f"product.{mug}.1.custom.{origin}").set_value("Dehua")
    app.text_input(key=f"product.{mug}.1.model").set_value("M-1")
    app.button(key=f"product.{mug}.1.save").click().run()
    radio = app.radio(key=f"merging.product.{mug}.2.custom.{origin}")
    assert radio.options == ["Yours: Dehua", "Now: Jingdezhen"]
    app.button(key=f"merging.product.{mug}.2.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        card = product_card(view, mug)
    assert (card.model, card.custom) == ("M-1", ((origin, "Dehua"), (volume, Decimal("330.5"))))

    app = visit(app, "catalog/products")
    app.selectbox(key="products.custom.field").set_value(origin).run()
    app.text_input(key=f"products.custom.{origin}.text").set_value("hua").run()
    assert not app.exception
    assert list(app.dataframe[0].value["sku"]) == ["MUG"]
