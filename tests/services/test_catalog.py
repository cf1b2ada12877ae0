"""Products: entered, changed, retired, deleted, and created by the thousand."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.errors import AppError, InvalidInput, NotFound, StaleVersion
from core.catalog.errors import BarcodeTaken, ProductHasHistory, RetailBelowLowest, SkuTaken
from core.catalog.models import ProductKind, ProductStatus, Variant
from core.catalog.queries import ProductCard, product_card
from core.catalog.rules import ProductDraft, ProductEntry
from core.catalog.service import (
    add_product,
    delete_product,
    edit_product,
    ensure_products,
    reactivate_product,
    retire_product,
)
from core.security.actor import SYSTEM
from core.stock.models import StockLevel
from core.work.models import Change
from core.work.store import Store
from tests.traces import everything, refusal_of

MUG = ProductEntry(
    sku=" Mug-01 ",
    name="红色 马克杯",
    unit="个",
    tax_rate=Decimal("0.13"),
    purchase_price=Decimal("4.1234"),
    retail_price=Decimal("19.9"),
    wholesale_price=Decimal(15),
    lowest_price=Decimal(12),
    barcodes=("6901234567892", " 690-a", "6901234567892"),
    tags=("gift", "Gift", "新品"),
)


def card(store: Store, variant_id: int) -> ProductCard:
    with store.viewing(SYSTEM) as view:
        return product_card(view, variant_id)


def refused(store: Store, refusal: type[AppError], command: Any, *args: Any, **kwargs: Any) -> str:
    """The sentence of a refusal that changed nothing."""
    return refusal_of(store, refusal, store.run, SYSTEM, command, None, *args, **kwargs).sentence


def test_a_product_is_kept_as_typed_but_tidied(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)

    kept = card(any_store, mug)
    assert (kept.sku, kept.name, kept.unit, kept.version) == ("Mug-01", "红色 马克杯", "个", 1)
    assert (kept.purchase_price, kept.retail_price, kept.lowest_price) == (
        Decimal("4.1234"),
        Decimal("19.9"),
        Decimal(12),
    )
    assert kept.barcodes == ("690-A", "6901234567892")
    assert kept.tags == ("gift", "新品")
    assert kept.status is ProductStatus.ACTIVE


def test_two_products_never_share_a_code_whatever_its_case(any_store: Store) -> None:
    any_store.run(SYSTEM, add_product, None, MUG)

    sentence = refused(any_store, SkuTaken, add_product, ProductEntry(sku="MUG-01", name="Cup"))

    assert sentence == "The code Mug-01 already belongs to 红色 马克杯. Choose another code."


def test_two_products_never_share_a_barcode(any_store: Store) -> None:
    any_store.run(SYSTEM, add_product, None, MUG)

    sentence = refused(any_store, BarcodeTaken, add_product, ProductEntry(sku="C", name="Cup", barcodes=("690-A",)))

    assert sentence == (
        "The barcode 690-A already belongs to Mug-01 红色 马克杯. Remove it there first, or leave it out here."
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sku": "  "}, "Code: must not be empty. Enter it and try again."),
        ({"name": ""}, "Product name: must not be empty. Enter it and try again."),
        ({"name": "x" * 201}, "Product name: is too long."),
        ({"retail_price": Decimal("-0.01")}, "Retail price: must not be negative."),
        ({"wholesale_price": Decimal("NaN")}, "Wholesale price: must not be negative."),
        ({"purchase_price": Decimal("0.00001")}, "Purchase price: has too many decimals; use at most four."),
        ({"retail_price": Decimal("1e18")}, "Retail price: is too large. Enter a smaller number."),
        ({"tax_rate": Decimal(13)}, "Tax rate: must lie between 0 % and 100 %."),
    ],
)
def test_a_product_that_cannot_be_is_refused_with_its_field(store: Store, wrong: dict[str, Any], sentence: str) -> None:
    assert refused(store, InvalidInput, add_product, replace(MUG, **wrong)) == sentence


def test_a_retail_price_below_the_lowest_price_is_refused(store: Store) -> None:
    sentence = refused(store, RetailBelowLowest, add_product, replace(MUG, retail_price=Decimal("11.5")))

    assert sentence == "The retail price 11.5 is below the lowest price 12. Raise it or lower the lowest price."


def test_an_edit_changes_everything_and_says_before_and_after(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)

    now: dict[str, Any] = {"retail_price": Decimal(21), "purchase_price": None}
    now |= {"barcodes": ("690-A", "77"), "tags": ("gift", "cup")}
    any_store.run(SYSTEM, edit_product, None, mug, replace(MUG, **now), version=1)

    kept = card(any_store, mug)
    assert (kept.version, kept.retail_price, kept.purchase_price) == (2, Decimal(21), Decimal("4.1234"))
    assert (kept.barcodes, kept.tags) == (("690-A", "77"), ("cup", "gift"))
    with any_store.viewing(SYSTEM) as view:
        entry = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "product.edited")).one()
        search_text = view.session.scalars(select(Variant.search_text)).one()
    assert entry.facts["variant"]["retail_price"] == ["19.9", "21"]
    assert entry.facts["barcodes"] == [["690-A", "6901234567892"], ["690-A", "77"]]
    assert entry.facts["tags"] == [["gift", "新品"], ["cup", "gift"]]
    assert search_text.startswith("mug-01 690-a 77 红色 马克杯 hsmkb")


def test_an_edit_of_what_somebody_else_changed_meanwhile_is_refused(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)
    any_store.run(SYSTEM, edit_product, None, mug, replace(MUG, retail_price=Decimal(30)), version=1)

    refused(any_store, StaleVersion, edit_product, mug, replace(MUG, retail_price=Decimal(40)), version=1)

    assert card(any_store, mug).retail_price == Decimal(30)


def test_a_product_may_keep_its_own_code_and_barcodes_but_not_take_others(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)
    cup = any_store.run(SYSTEM, add_product, None, ProductEntry(sku="CUP", name="Cup", barcodes=("55",)))

    any_store.run(SYSTEM, edit_product, None, mug, replace(MUG, sku="MUG-01"), version=1)
    refused(any_store, SkuTaken, edit_product, cup, ProductEntry(sku="mug-01", name="Cup"), version=1)
    refused(any_store, BarcodeTaken, edit_product, mug, replace(MUG, barcodes=("55",)), version=2)

    assert card(any_store, cup).barcodes == ("55",)


def test_of_two_people_adding_one_code_at_the_same_moment_one_is_refused(any_store: Store) -> None:
    def add(name: str) -> str:
        try:
            any_store.run(SYSTEM, add_product, None, ProductEntry(sku="MUG", name=name))
        except SkuTaken:
            return "refused"
        return "added"

    with ThreadPoolExecutor(8) as threads:
        outcomes = sorted(threads.map(add, map(str, range(8))))

    assert outcomes == ["added"] + ["refused"] * 7
    assert [len(everything(any_store)[name]) for name in ("product", "variant")] == [1, 1]


def test_of_two_people_saving_one_product_at_the_same_moment_one_is_refused(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)

    def save(retail: int) -> str:
        try:
            any_store.run(SYSTEM, edit_product, None, mug, replace(MUG, retail_price=Decimal(retail)), version=1)
        except StaleVersion:
            return "refused"
        return "saved"

    with ThreadPoolExecutor(8) as threads:
        outcomes = sorted(threads.map(save, range(20, 28)))

    assert outcomes == ["refused"] * 7 + ["saved"]
    assert card(any_store, mug).version == 2


def test_retiring_is_undone_by_reactivating(store: Store) -> None:
    mug = store.run(SYSTEM, add_product, None, MUG)

    store.run(SYSTEM, retire_product, None, mug)
    assert card(store, mug).status is ProductStatus.RETIRED
    store.run(SYSTEM, reactivate_product, None, mug)
    assert card(store, mug).status is ProductStatus.ACTIVE


def test_a_product_entered_by_mistake_is_deleted_whole(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)

    any_store.run(SYSTEM, delete_product, None, mug)

    assert [len(everything(any_store)[name]) for name in ("product", "variant", "barcode")] == [0, 0, 0]
    with pytest.raises(NotFound), any_store.viewing(SYSTEM) as view:
        product_card(view, mug)


def test_a_product_with_history_is_not_deleted(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)
    with any_store.working(SYSTEM) as uow:
        uow.add(StockLevel(variant_id=mug, location_id=1, on_hand=Decimal(0), reserved=Decimal(0)))
        uow.audit("test.arranged", None)

    sentence = refused(any_store, ProductHasHistory, delete_product, mug)

    assert sentence == (
        "Mug-01 红色 马克杯 cannot be deleted: orders, returns or stock movements refer to it. "
        "Retire it instead; it then no longer appears in order entry."
    )
    assert card(any_store, mug).barcodes == ("690-A", "6901234567892")


def test_many_products_are_created_at_once_and_only_where_missing(any_store: Store) -> None:
    mug = any_store.run(SYSTEM, add_product, None, MUG)
    drafts = [
        ProductDraft("MUG-01", "Other name"),
        ProductDraft("85123A", "White heart", category=("Home", "Hearts"), retail_price=Decimal("2.55")),
        ProductDraft("85123a", "white heart"),
        ProductDraft("POST", "", kind=ProductKind.SERVICE, category=("Home",)),
    ]

    with any_store.working(SYSTEM) as uow:
        made = ensure_products(uow, drafts)
        again = ensure_products(uow, drafts)
        uow.audit("test.arranged", None)

    assert made == again
    assert set(made) == {"MUG-01", "85123A", "85123a", "POST"}
    assert made["MUG-01"] == mug
    assert made["85123a"] == made["85123A"]
    heart, post = card(any_store, made["85123A"]), card(any_store, made["POST"])
    assert (heart.name, heart.category, heart.retail_price) == ("White heart", "Home / Hearts", Decimal("2.55"))
    assert (post.name, post.kind, post.category, post.status) == ("POST", ProductKind.SERVICE, "Home", "active")
    with any_store.viewing(SYSTEM) as view:
        fed = view.session.execute(select(Change.first_id, Change.last_id).where(Change.entity == "product")).all()
    assert [tuple(each) for each in fed] == [
        (card(any_store, mug).product_id,) * 2,
        (heart.product_id, post.product_id),
    ]
