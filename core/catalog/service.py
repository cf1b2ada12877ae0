"""Adding, changing, retiring and deleting products; creating many of them for an import."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import NotFound, StaleVersion
from core.base.i18n import N_
from core.base.search import folded, initials_of, one_line, search_text_of
from core.catalog.categories import ensure_categories
from core.catalog.errors import BarcodeTaken, KitStaysKit, ProductHasHistory, ProductInKit, SkuTaken
from core.catalog.models import (
    Barcode,
    Category,
    KitPart,
    Product,
    ProductKind,
    ProductStatus,
    Tag,
    Variant,
    VariantWord,
)
from core.catalog.rules import LENGTHS, ProductDraft, ProductEntry, checked
from core.db.words import index_again, index_words
from core.fields.models import Subject
from core.fields.values import checked_custom, texts_of, write_values
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork, changes_of


@command(P.PRODUCT_EDIT)
def add_product(uow: UnitOfWork, entry: ProductEntry) -> int:
    """Add a product with its one variant; the variant's id. Refuses a code or barcode that is taken."""
    entry = checked(entry)
    _refuse_taken(uow, entry, variant_id=None)
    product = Product(created_at=uow.now, status=ProductStatus.ACTIVE, tags=_tags(uow, entry.tags))
    variant = Variant(product=product)
    product.variants = [variant]
    custom = {} if entry.custom is None else checked_custom(uow, Subject.PRODUCT, entry.custom)
    _fill(product, variant, entry, [each for each in custom.values() if isinstance(each, str)])
    variant.barcodes = [Barcode(code=code) for code in entry.barcodes]
    try:
        with uow.session.begin_nested():
            uow.add(product)
    except IntegrityError as error:
        raise SkuTaken(sku=entry.sku, name=N_("another product")) from error
    index_words(uow.session, VariantWord, [(variant.id, variant.search_text)])
    facts: dict[str, Any] = {"custom": write_values(uow, Subject.PRODUCT, product.id, custom)} if custom else {}
    uow.audit("product.added", product, sku=variant.sku, name=product.name, **facts)
    return variant.id


@command(P.PRODUCT_EDIT)
def edit_product(uow: UnitOfWork, variant_id: int, entry: ProductEntry, *, version: int) -> int:
    """Change a product. Refuses when somebody else changed it since `version` was read.

    What is a kit stays one, and what is none never becomes one.
    """
    variant = get_variant(uow, variant_id)
    product = variant.product
    if product.version != version:
        raise StaleVersion(what=f"{variant.sku} {product.name}")
    entry = checked(entry)
    if entry.kind != product.kind and ProductKind.KIT in {entry.kind, product.kind}:
        raise KitStaysKit(sku=variant.sku, name=product.name)
    _refuse_taken(uow, entry, variant_id=variant.id)
    before = {"barcodes": sorted(each.code for each in variant.barcodes), "tags": sorted(t.name for t in product.tags)}
    product.tags = _tags(uow, entry.tags)
    kept = {each.code: each for each in variant.barcodes}
    found_by = variant.search_text
    variant.barcodes = [kept.get(code) or Barcode(code=code) for code in entry.barcodes]
    if entry.custom is None:
        custom, words = {}, texts_of(uow, Subject.PRODUCT, product.id)
    else:
        kept_values = checked_custom(uow, Subject.PRODUCT, entry.custom)
        words = [each for each in kept_values.values() if isinstance(each, str)]
        custom = write_values(uow, Subject.PRODUCT, product.id, kept_values)
    _fill(product, variant, entry, words)
    flag_modified(product, "created_at")  # a change of the variant alone is a new version of the product, too
    after = {"barcodes": sorted(entry.barcodes), "tags": sorted(entry.tags)}
    listed: dict[str, Any] = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if custom:
        listed["custom"] = custom
    uow.audit("product.edited", product, sku=variant.sku, variant=changes_of(variant), **listed)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise SkuTaken(sku=entry.sku, name=N_("another product")) from error
    if variant.search_text != found_by:
        index_again(uow.session, VariantWord, variant.id, variant.search_text)
    return variant.id


@command(P.PRODUCT_EDIT)
def retire_product(uow: UnitOfWork, variant_id: int) -> int:
    """Stop selling a product; it stays in every document and report. Doing it twice is no harm."""
    return _set_status(uow, variant_id, ProductStatus.RETIRED, "product.retired")


@command(P.PRODUCT_EDIT)
def reactivate_product(uow: UnitOfWork, variant_id: int) -> int:
    """Sell a retired product again."""
    return _set_status(uow, variant_id, ProductStatus.ACTIVE, "product.reactivated")


@command(P.PRODUCT_EDIT)
def set_status(uow: UnitOfWork, variant_id: int, status: ProductStatus) -> int:
    """Say where a product is in its life; nothing but this changes it. Doing it twice is no harm."""
    return _set_status(uow, variant_id, status, "product.status_set")


@command(P.PRODUCT_EDIT)
def delete_product(uow: UnitOfWork, variant_id: int) -> int:
    """Delete a product entered by mistake. Refuses once any document, stock move or kit refers to it."""
    variant = get_variant(uow, variant_id)
    product = variant.product
    sku, name = variant.sku, product.name
    kit = uow.session.scalar(
        select(Variant.sku).join(KitPart, KitPart.kit_id == Variant.id).where(KitPart.variant_id == variant_id).limit(1)
    )
    if kit is not None:
        raise ProductInKit(sku=sku, name=name, kit=kit)
    try:
        with uow.session.begin_nested():
            uow.session.delete(variant)
            uow.session.flush()
            uow.session.delete(product)
            uow.session.flush()
    except IntegrityError as error:
        raise ProductHasHistory(sku=sku, name=name) from error
    uow.audit("product.deleted", product, sku=sku, name=name)
    return variant_id


def get_variant(uow: UnitOfWork, variant_id: int) -> Variant:
    """A variant with its product, barcodes and tags, locked until the end of the transaction."""
    variant = uow.session.scalars(
        select(Variant)
        .where(Variant.id == variant_id)
        .options(joinedload(Variant.product, innerjoin=True).selectinload(Product.tags), selectinload(Variant.barcodes))
        .with_for_update()
    ).one_or_none()
    if variant is None:
        raise NotFound(what=N_("The product"))
    return variant


def ensure_products(uow: UnitOfWork, drafts: Sequence[ProductDraft]) -> dict[str, int]:
    """Create what is missing, with its categories; each draft's sku, as written, with its variant's id.

    Codes are the same product whatever their case; of several drafts of one code the first counts.
    Products that exist stay as they are. The caller writes the audit entry.
    """
    known = {folded(sku): each for sku, each in uow.session.execute(select(Variant.sku, Variant.id))}
    missing: dict[str, ProductDraft] = {}
    for draft in drafts:
        if folded(draft.sku) not in known:
            missing.setdefault(folded(draft.sku), draft)
    new = list(missing.values())
    category_ids = ensure_categories(uow, [draft.category for draft in new])
    product_ids = uow.insert_many(
        Product,
        [
            {
                "name": _cut(draft.name or draft.sku, "name"),
                "category_id": category_ids[draft.category],
                "brand": _cut(draft.brand, "brand"),
                "kind": draft.kind,
                "unit": _cut(draft.unit, "unit"),
                "tax_rate": draft.tax_rate,
                "created_at": uow.now,
            }
            for draft in new
        ],
    )
    rows: list[dict[str, Any]] = [
        {
            "product_id": product_id,
            "sku": _cut(draft.sku, "sku"),
            "retail_price": draft.retail_price,
            "purchase_price": draft.purchase_price,
            "initials": initials_of(_cut(draft.name or draft.sku, "name")),
            "search_text": search_text_of(_cut(draft.name or draft.sku, "name"), [draft.sku]),
        }
        for product_id, draft in zip(product_ids, new, strict=True)
    ]
    variant_ids = uow.insert_many(Variant, rows)
    index_words(
        uow.session, VariantWord, [(each, row["search_text"]) for each, row in zip(variant_ids, rows, strict=True)]
    )
    for product_id in product_ids:
        uow.touch(Product, product_id)
    known.update(zip(missing, variant_ids, strict=True))
    return {draft.sku: known[folded(draft.sku)] for draft in drafts}


def _fill(product: Product, variant: Variant, entry: ProductEntry, words: Sequence[str]) -> None:
    product.name = entry.name
    product.category_id = entry.category_id
    product.brand = entry.brand
    product.model = entry.model
    product.specification = entry.specification
    product.weight = entry.weight
    product.kind = entry.kind
    product.unit = entry.unit
    product.tax_rate = entry.tax_rate
    product.note = entry.note
    variant.sku = entry.sku
    variant.retail_price = entry.retail_price
    variant.wholesale_price = entry.wholesale_price
    variant.lowest_price = entry.lowest_price
    if entry.purchase_price is not None:
        variant.purchase_price = entry.purchase_price
    variant.initials = initials_of(entry.name)
    variant.search_text = search_text_of(entry.name, [entry.sku, *entry.barcodes, *filter(None, [entry.model]), *words])


def _set_status(uow: UnitOfWork, variant_id: int, status: ProductStatus, tag: str) -> int:
    variant = get_variant(uow, variant_id)
    variant.product.status = status
    uow.audit(tag, variant.product, sku=variant.sku)
    return variant.id


def _refuse_taken(uow: UnitOfWork, entry: ProductEntry, variant_id: int | None) -> None:
    others = (
        select(Variant.sku, Product.name)
        .join(Product)
        .where(func.lower(Variant.sku) == func.lower(entry.sku), Variant.id.is_distinct_from(variant_id))
    )
    taken = uow.session.execute(others).first()
    if taken is not None:
        raise SkuTaken(sku=taken.sku, name=taken.name)
    holders = (
        select(Barcode.code, Variant.sku, Product.name)
        .join(Variant, Barcode.variant_id == Variant.id)
        .join(Product)
        .where(Barcode.code.in_(entry.barcodes), Variant.id.is_distinct_from(variant_id))
        .order_by(Barcode.code)
    )
    held = uow.session.execute(holders).first()
    if held is not None:
        raise BarcodeTaken(code=held.code, sku=held.sku, name=held.name)
    if entry.category_id is not None and uow.session.get(Category, entry.category_id) is None:
        raise NotFound(what=N_("The category"))


def _tags(uow: UnitOfWork, names: Iterable[str]) -> list[Tag]:
    """The tags of these names; new ones are created on the fly, spelled as first typed."""
    known = {folded(tag.name): tag for tag in uow.session.scalars(select(Tag))}
    return [known.get(folded(name)) or uow.add(Tag(name=name)) for name in names]


def _cut(text: str, name: str) -> str:
    return one_line(text)[: LENGTHS[name]].strip()
