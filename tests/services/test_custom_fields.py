"""Custom fields of products and customers: defined, kept exactly, found by, exported, audited."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.errors import AppError, InvalidInput, StaleVersion
from core.catalog.queries import count_products, find_products, product_card
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product, delete_product, edit_product
from core.customers.queries import customer_card, find_customers
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, edit_customer
from core.db.cards import card_of
from core.exchange.product_file import product_file
from core.fields.errors import ChoiceInUse, FieldHasValues, FieldNameTaken
from core.fields.models import FieldKind, Subject
from core.fields.queries import all_fields, custom_fields
from core.fields.rules import FieldEntry, FieldRow
from core.fields.service import add_field, delete_field, edit_field
from core.fields.values import Wanted
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.traces import everything

D = Decimal
KINDS = (
    FieldEntry(Subject.PRODUCT, "产地", FieldKind.TEXT),
    FieldEntry(Subject.PRODUCT, "Volume", FieldKind.NUMBER, unit="ml", decimals=2),
    FieldEntry(Subject.PRODUCT, "Grade", FieldKind.CHOICE, choices=("A", "B")),
    FieldEntry(Subject.PRODUCT, "Certified on", FieldKind.DATE),
    FieldEntry(Subject.PRODUCT, "Fragile", FieldKind.YES_NO),
)


def defined(store: Store, *entries: FieldEntry) -> list[FieldRow]:
    with store.working(SYSTEM) as uow:
        made = [add_field(uow, entry) for entry in entries]
    with store.viewing(SYSTEM) as view:
        rows = {row.id: row for row in all_fields(view)}
    return [rows[each] for each in made]


def refuses(store: Store, kind: type[AppError], command, *args, **words) -> str:
    before = everything(store)
    with pytest.raises(kind) as refusal:
        store.run(SYSTEM, command, None, *args, **words)
    assert everything(store) == before
    return str(refusal.value)


def a_cup(store: Store, fields: list[FieldRow], sku: str = "CUP", volume: str = "330.25", grade: str = "A") -> int:
    text, number, choice, day, yes = fields
    grades = {name: each for each, name in choice.choices.items()}
    values = ((text.id, "景德镇"), (number.id, D(volume)), (choice.id, grades[grade]), (day.id, date(2026, 3, 1)))
    entry = ProductEntry(sku, "Cup", model="JX-5", specification="12 pcs", weight=D("0.355"))
    return store.run(SYSTEM, add_product, None, replace(entry, custom=(*values, (yes.id, True))))


def test_values_of_every_kind_are_kept_exactly_and_come_back(any_store: Store) -> None:
    fields = defined(any_store, *KINDS)
    cup = a_cup(any_store, fields)
    with any_store.viewing(SYSTEM) as view:
        card = product_card(view, cup)
    assert (card.model, card.specification, card.weight) == ("JX-5", "12 pcs", D("0.355"))
    grade = next(iter(fields[2].choices))
    assert [value for _field, value in card.custom] == ["景德镇", D("330.25"), grade, date(2026, 3, 1), True]
    entry = replace(card_of(ProductEntry, card), name="Big cup", custom=None)
    any_store.run(SYSTEM, edit_product, None, cup, entry, version=card.version)
    with any_store.viewing(SYSTEM) as view:
        again = product_card(view, cup)
        assert again.custom == card.custom
        assert [row.variant_id for row in find_products(view, "jingdezhen")] == [cup]
        assert [row.variant_id for row in find_products(view, "JX-5")] == [cup]


def test_a_change_is_recorded_before_and_after_and_what_is_emptied_is_gone(any_store: Store) -> None:
    fields = defined(any_store, *KINDS)
    cup = a_cup(any_store, fields)
    with any_store.viewing(SYSTEM) as view:
        card = product_card(view, cup)
    second = [each for each, name in fields[2].choices.items() if name == "B"][0]
    entry = replace(card_of(ProductEntry, card), custom=((fields[1].id, D("330.3")), (fields[2].id, second)))
    any_store.run(SYSTEM, edit_product, None, cup, entry, version=card.version)
    with any_store.viewing(SYSTEM) as view:
        assert product_card(view, cup).custom == ((fields[1].id, D("330.3")), (fields[2].id, second))
        facts = view.session.scalars(select(AuditEntry.facts).order_by(AuditEntry.id.desc())).first()
        assert find_products(view, "jingdezhen") == []
    assert facts is not None
    assert facts["custom"] == {
        "产地": ["景德镇", None],
        "Volume": ["330.25", "330.3"],
        "Grade": ["A", "B"],
        "Certified on": ["2026-03-01", None],
        "Fragile": [True, None],
    }


def test_lists_are_narrowed_by_a_field_and_exported_with_it(any_store: Store) -> None:
    fields = defined(any_store, *KINDS)
    first, second = a_cup(any_store, fields), a_cup(any_store, fields, "BIG", "500", "B")
    text, number, choice, day, yes = fields
    grades = {name: each for each, name in choice.choices.items()}
    for wanted, found in (
        (Wanted(text.id, FieldKind.TEXT, "德"), [second, first]),
        (Wanted(text.id, FieldKind.TEXT, "%"), []),
        (Wanted(number.id, FieldKind.NUMBER, since=D("330.26")), [second]),
        (Wanted(number.id, FieldKind.NUMBER, since=D(1), until=D("330.25")), [first]),
        (Wanted(choice.id, FieldKind.CHOICE, grades["B"]), [second]),
        (Wanted(day.id, FieldKind.DATE, until=date(2026, 2, 28)), []),
        (Wanted(yes.id, FieldKind.YES_NO, True), [second, first]),
        (Wanted(yes.id, FieldKind.YES_NO, False), []),
    ):
        with any_store.viewing(SYSTEM) as view:
            assert [row.variant_id for row in find_products(view, custom=[wanted])] == found
            assert count_products(view, custom=[wanted]) == len(found)
    with any_store.viewing(SYSTEM) as view:
        lines = list(csv.DictReader(product_file(view).decode("utf-8-sig").splitlines()))
    assert [
        (line["Code"], line["Model"], line["Weight (kg)"], line["产地"], line["Volume (ml)"], line["Grade"])
        for line in lines
    ] == [("BIG", "JX-5", "0.355", "景德镇", "500.00", "B"), ("CUP", "JX-5", "0.355", "景德镇", "330.25", "A")]


def test_what_does_not_fit_is_refused_in_words_and_changes_nothing(any_store: Store) -> None:
    needed = replace(KINDS[0], is_required=True)
    text, number = defined(any_store, needed, KINDS[1])
    cup = ProductEntry("CUP", "Cup")
    assert "产地" in refuses(any_store, InvalidInput, add_product, replace(cup, custom=()))
    for value in (D("1.234"), D(10) ** 13, "1", True):
        wrong = replace(cup, custom=((text.id, "x"), (number.id, value)))
        assert "Volume" in refuses(any_store, InvalidInput, add_product, wrong)
    refuses(any_store, InvalidInput, add_product, replace(cup, custom=((text.id, "x"), (99, "x"))))
    refuses(any_store, InvalidInput, add_product, replace(cup, custom=((text.id, "x" * 201),)))
    any_store.run(SYSTEM, add_product, None, replace(cup, custom=((text.id, "x"),)))


def test_a_field_with_values_is_taken_out_of_use_and_comes_back_with_them(any_store: Store) -> None:
    fields = defined(any_store, *KINDS)
    cup = a_cup(any_store, fields)
    choice = fields[2]
    assert "1" in refuses(any_store, FieldHasValues, delete_field, choice.id)
    refuses(any_store, ChoiceInUse, edit_field, choice.id, replace(KINDS[2], choices=("B",)))
    refuses(any_store, InvalidInput, edit_field, fields[1].id, replace(KINDS[1], decimals=1))
    refuses(any_store, InvalidInput, edit_field, choice.id, KINDS[0])
    refuses(any_store, FieldNameTaken, edit_field, choice.id, replace(KINDS[2], name="volume"))
    stale = {"entry": replace(KINDS[2], choices=("A",))}
    refuses(any_store, StaleVersion, edit_field, choice.id, KINDS[2], seen=stale)
    any_store.run(SYSTEM, edit_field, None, choice.id, replace(KINDS[2], is_active=False))
    with any_store.viewing(SYSTEM) as view:
        card = product_card(view, cup)
        assert choice.id not in dict(card.custom)
        assert "Grade" not in [row.name for row in custom_fields(view, Subject.PRODUCT)]
    any_store.run(SYSTEM, edit_product, None, cup, card_of(ProductEntry, card), version=card.version)
    any_store.run(SYSTEM, edit_field, None, choice.id, replace(KINDS[2], name="Class", choices=("C", "A")))
    with any_store.viewing(SYSTEM) as view:
        kept = dict(product_card(view, cup).custom)[choice.id]
        row = next(row for row in custom_fields(view, Subject.PRODUCT) if row.id == choice.id)
    assert (row.name, [*row.choices.values()], row.choices[int(str(kept))]) == ("Class", ["C", "A"], "A")
    any_store.run(SYSTEM, delete_product, None, cup)
    any_store.run(SYSTEM, delete_field, None, choice.id)


def test_customers_have_fields_of_their_own(any_store: Store) -> None:
    (field,) = defined(any_store, FieldEntry(Subject.CUSTOMER, "Licence", FieldKind.TEXT))
    defined(any_store, FieldEntry(Subject.PRODUCT, "Licence", FieldKind.TEXT))
    entry = CustomerEntry("Lotus", custom=((field.id, "L-77"),))
    lotus = any_store.run(SYSTEM, add_customer, None, entry)
    any_store.run(SYSTEM, add_customer, None, CustomerEntry("Teahouse"))
    with any_store.viewing(SYSTEM) as view:
        card = customer_card(view, lotus)
        assert card.custom == ((field.id, "L-77"),)
        wanted = [Wanted(field.id, FieldKind.TEXT, "l-7")]
        assert [row.id for row in find_customers(view, custom=wanted)] == [lotus]
        assert [row.id for row in find_customers(view, "L-77")] == [lotus]
    kept = replace(card_of(CustomerEntry, card), custom=None, region="Suzhou")
    any_store.run(SYSTEM, edit_customer, None, lotus, kept, version=card.version)
    with any_store.viewing(SYSTEM) as view:
        assert customer_card(view, lotus).custom == card.custom
        assert [row.id for row in find_customers(view, "L-77")] == [lotus]
