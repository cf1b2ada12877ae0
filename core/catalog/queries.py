"""Reads of the catalogue: finding products, one product in full, the category tree, tags."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, null, or_, select, union
from sqlalchemy.orm import aliased, joinedload, selectinload

from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.search import folded, one_line
from core.catalog.models import (
    FOR_SALE,
    Barcode,
    Category,
    Product,
    ProductKind,
    ProductStatus,
    Tag,
    Variant,
    VariantWord,
    product_tag,
)
from core.catalog.rules import barcode_of
from core.db.words import matching
from core.fields.models import Subject
from core.fields.rules import Values
from core.fields.values import Wanted, having, values_of
from core.security.permissions import P
from core.work.command import Scope, query

PAGE = 50
SUGGESTIONS = 8
PATH_SIGN = " / "


@dataclass(frozen=True)
class VariantRow:
    """A product in a list. `purchase_price` is None for those who may not see costs.

    `is_exact`: what was typed is its code or one of its barcodes. `buildable` is for who lists kits with stock.
    """

    variant_id: int
    product_id: int
    sku: str
    name: str
    category: str
    brand: str
    kind: ProductKind
    status: ProductStatus
    unit: str
    tax_rate: Decimal
    retail_price: Decimal
    wholesale_price: Decimal
    lowest_price: Decimal
    purchase_price: Decimal | None
    is_exact: bool
    model: str = ""
    specification: str = ""
    weight: Decimal | None = None
    buildable: Decimal | None = None

    @property
    def label(self) -> str:
        """Code and name, as lists to choose from show them."""
        return f"{self.sku}  {self.name}"


@dataclass(frozen=True)
class ProductCard:
    """Everything about one product. `purchase_price` is None for those who may not see costs."""

    variant_id: int
    product_id: int
    version: int
    sku: str
    name: str
    category_id: int | None
    category: str
    brand: str
    kind: ProductKind
    status: ProductStatus
    unit: str
    tax_rate: Decimal
    retail_price: Decimal
    wholesale_price: Decimal
    lowest_price: Decimal
    purchase_price: Decimal | None
    barcodes: tuple[str, ...]
    tags: tuple[str, ...]
    note: str
    created_at: datetime
    model: str
    specification: str
    weight: Decimal | None
    custom: Values


@dataclass(frozen=True)
class CategoryRow:
    """A node of the category tree; `path` names it from the top, `products` counts those in it and below it."""

    id: int
    parent_id: int | None
    name: str
    path: str
    depth: int
    products: int


@query(P.PRODUCT_READ)
def find_products(
    scope: Scope,
    text: str = "",
    *,
    category_id: int | None = None,
    tag: str | None = None,
    status: ProductStatus | Collection[ProductStatus] | None = FOR_SALE,
    custom: Sequence[Wanted] = (),
    limit: int = PAGE,
    offset: int = 0,
) -> list[VariantRow]:
    """Products by code, name, pinyin, initials or barcode, in a category with all below it.

    An exact code or barcode comes first, then beginnings of code and name, then the rest. Of a text that
    very many products have, only so many are gone through.
    """
    rank = _rank(text)
    chosen = _matching(_rows(scope, rank), text, category_id, tag, status, custom).limit(limit).offset(offset)
    if folded(text):
        chosen = chosen.order_by(rank)
    chosen = chosen.order_by(func.lower(Variant.sku))
    return [_row(found) for found in scope.session.execute(chosen)]


@query(P.PRODUCT_READ)
def count_products(
    scope: Scope,
    text: str = "",
    *,
    category_id: int | None = None,
    tag: str | None = None,
    status: ProductStatus | Collection[ProductStatus] | None = FOR_SALE,
    custom: Sequence[Wanted] = (),
    most: int | None = None,
) -> int:
    """How many products `find_products` would go through, counted no further than `most`."""
    counted = _matching(select(Variant.id).join(Product), text, category_id, tag, status, custom).limit(most)
    return int(scope.session.scalars(select(func.count()).select_from(counted.subquery())).one())


@query(P.PRODUCT_READ)
def resolve_typed(scope: Scope, text: str, *, limit: int = SUGGESTIONS) -> list[VariantRow]:
    """What somebody at order entry or a scanner means: products on sale, the likeliest first; none for nothing."""
    if not folded(text):
        return []
    return find_products(scope, text, limit=limit)


@query(P.PRODUCT_READ)
def find_variant(scope: Scope, typed: str) -> VariantRow | None:
    """The product whose code, whatever its case, or barcode this is, retired ones included."""
    rank = _rank(typed)
    exact = _rows(scope, rank).where(Variant.id.in_(_exactly(typed))).order_by(func.lower(Variant.sku))
    found = scope.session.execute(exact).first()
    return None if found is None else _row(found)


@query(P.PRODUCT_READ)
def get_products(scope: Scope, variant_ids: Sequence[int]) -> dict[int, VariantRow]:
    """The rows of these products, retired ones included."""
    chosen = _rows(scope, _rank("")).where(Variant.id.in_(variant_ids))
    return {row.variant_id: row for row in map(_row, scope.session.execute(chosen))}


@query(P.PRODUCT_READ)
def product_card(scope: Scope, variant_id: int) -> ProductCard:
    """One product in full; `NotFound` where it is not there."""
    variant = scope.session.scalars(
        select(Variant)
        .where(Variant.id == variant_id)
        .options(joinedload(Variant.product, innerjoin=True).selectinload(Product.tags), selectinload(Variant.barcodes))
    ).one_or_none()
    if variant is None:
        raise NotFound(what=N_("The product"))
    product = variant.product
    return ProductCard(
        variant_id=variant.id,
        product_id=product.id,
        version=product.version,
        sku=variant.sku,
        name=product.name,
        category_id=product.category_id,
        category=_paths(scope).get(product.category_id or 0, ""),
        brand=product.brand,
        kind=product.kind,
        status=product.status,
        unit=product.unit,
        tax_rate=product.tax_rate,
        retail_price=variant.retail_price,
        wholesale_price=variant.wholesale_price,
        lowest_price=variant.lowest_price,
        purchase_price=variant.purchase_price if scope.actor.may(P.COST_READ) else None,
        barcodes=tuple(sorted(each.code for each in variant.barcodes)),
        tags=tuple(sorted(each.name for each in product.tags)),
        note=product.note,
        created_at=product.created_at,
        model=product.model,
        specification=product.specification,
        weight=product.weight,
        custom=values_of(scope, Subject.PRODUCT, [product.id])[product.id],
    )


@query(P.PRODUCT_READ)
def category_tree(scope: Scope) -> list[CategoryRow]:
    """All categories from the top, each right before those below it, sisters by name."""
    counts = dict(
        scope.session.execute(
            select(Product.category_id, func.count())
            .where(Product.category_id.is_not(None))
            .group_by(Product.category_id)
        ).all()
    )
    below: dict[int | None, list[tuple[int, str]]] = {}
    for category_id, parent_id, name in scope.session.execute(
        select(Category.id, Category.parent_id, Category.name).order_by(Category.name)
    ):
        below.setdefault(parent_id, []).append((category_id, name))
    rows: list[CategoryRow] = []

    def walk(parent_id: int | None, above: tuple[str, ...]) -> int:
        branch = 0
        for category_id, name in below.get(parent_id, []):
            path, place = (*above, name), len(rows)
            rows.append(CategoryRow(category_id, parent_id, name, PATH_SIGN.join(path), len(above), 0))
            products = counts.get(category_id, 0) + walk(category_id, path)
            rows[place] = replace(rows[place], products=products)
            branch += products
        return branch

    walk(None, ())
    return rows


@query(P.PRODUCT_READ)
def tags(scope: Scope) -> list[str]:
    """All tags on products, by name."""
    return list(scope.session.scalars(select(Tag.name).order_by(Tag.name)))


def _rows(scope: Scope, rank: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    cost: Any = Variant.purchase_price if scope.actor.may(P.COST_READ) else null()
    return (
        select(
            Variant.id,
            Product.id,
            Variant.sku,
            Product.name,
            func.coalesce(Category.name, ""),
            Product.brand,
            Product.kind,
            Product.status,
            Product.unit,
            Product.tax_rate,
            Variant.retail_price,
            Variant.wholesale_price,
            Variant.lowest_price,
            cost,
            rank,
            Product.model,
            Product.specification,
            Product.weight,
        )
        .select_from(Variant)
        .join(Product)
        .outerjoin(Category)
    )


def _row(found: Any) -> VariantRow:
    columns: list[Any] = [*found[:-4], found[-4] == 0, *found[-3:]]
    return VariantRow(*columns)


def _rank(text: str) -> ColumnElement[int]:
    """0 for an exact code or barcode, 1 and 2 for beginnings of code and name, 3 for the rest."""
    typed = folded(text)
    if not typed:
        return case((Variant.id.is_(None), 0), else_=3)
    return case(
        (Variant.id.in_(_exactly(text)), 0),
        (func.lower(Variant.sku).startswith(typed, autoescape=True), 1),
        (
            or_(
                func.lower(Product.name).startswith(typed, autoescape=True),
                Variant.initials.startswith(typed, autoescape=True),
            ),
            2,
        ),
        else_=3,
    )


def _exactly(text: str) -> CompoundSelect[int]:
    """Ids by code or barcode; each has an index of its own, which one condition with an "or" would not use."""
    return union(*_by_codes(text))


def _by_codes(text: str) -> list[Select[int]]:
    coded, scanned = aliased(Variant), aliased(Barcode)
    return [
        select(coded.id).where(func.lower(coded.sku) == func.lower(one_line(text))),
        select(scanned.variant_id).where(scanned.code == barcode_of(text)),
    ]


def _matching(
    chosen: Select[*tuple[Any, ...]],
    text: str,
    category_id: int | None,
    tag: str | None,
    status: ProductStatus | Collection[ProductStatus] | None,
    custom: Sequence[Wanted],
) -> Select[*tuple[Any, ...]]:
    words = matching(VariantWord, Variant, Variant.search_text, text)
    if words is not None:
        chosen = chosen.where(Variant.id.in_(union(words, *_by_codes(text))))
    if status is not None:
        chosen = chosen.where(Product.status.in_([status] if isinstance(status, ProductStatus) else list(status)))
    if category_id is not None:
        top = select(Category.id).where(Category.id == category_id).cte(recursive=True)
        chosen = chosen.where(
            Product.category_id.in_(
                select(top.union_all(select(Category.id).join(top, Category.parent_id == top.c.id)).c.id)
            )
        )
    if tag is not None:
        tagged = select(product_tag.c.product_id).join(Tag, Tag.id == product_tag.c.tag_id).where(Tag.name == tag)
        chosen = chosen.where(Product.id.in_(tagged))
    for passing in having(Subject.PRODUCT, custom):
        chosen = chosen.where(Product.id.in_(passing))
    return chosen


def _paths(scope: Scope) -> dict[int, str]:
    return {row.id: row.path for row in category_tree(scope)}
