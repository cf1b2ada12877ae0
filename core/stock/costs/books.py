"""The book of a variant: opened with its first move, locked by everything that changes its cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.catalog.models import Category, Product, Variant
from core.db.upsert import upsert
from core.stock.costs.models import CostBook, CostMethod, CostPolicy
from core.stock.costs.rules.events import Policy
from core.work.unit import UnitOfWork, table_of

DEFAULT = Policy()
_BOOK = table_of(CostBook)
_LOCK = (
    select(_BOOK.c.variant_id, _BOOK.c.method, _BOOK.c.per_warehouse, _BOOK.c.per_lot, _BOOK.c.first_cost)
    .where(_BOOK.c.variant_id.in_(bindparam("variants", expanding=True)))
    .order_by(_BOOK.c.variant_id)
    .with_for_update()
)


@dataclass(frozen=True)
class Book:
    """How a variant is valued now."""

    policy: Policy
    first_cost: Decimal


def locked_books(uow: UnitOfWork, variant_ids: Collection[int]) -> dict[int, Book]:
    """The books of these variants, locked in the order of their ids until the transaction ends."""
    locked = uow.session.connection().execute(_LOCK, {"variants": sorted(variant_ids)})
    return {
        variant_id: Book(Policy(method, per_warehouse, per_lot), first_cost)
        for variant_id, method, per_warehouse, per_lot, first_cost in locked
    }


def opened_books(uow: UnitOfWork, variant_ids: Collection[int]) -> dict[int, Book]:
    """The books of these variants, opened where there was none, locked."""
    known = set(uow.session.scalars(select(CostBook.variant_id).where(CostBook.variant_id.in_(variant_ids))))
    missing = sorted(set(variant_ids) - known)
    if missing:
        _open(uow, missing)
    return locked_books(uow, variant_ids)


def policies_of(session: Session, variant_ids: Collection[int], on: date) -> dict[int, tuple[Policy, int | None]]:
    """How variants are to be valued on a day, by the nearest category that says so, and the row that says so."""
    rules: dict[int | None, CostPolicy] = {}
    for rule in session.scalars(
        select(CostPolicy).where(CostPolicy.since_on <= on).order_by(CostPolicy.since_on, CostPolicy.id)
    ):
        rules[rule.category_id] = rule
    if not rules:
        return dict.fromkeys(variant_ids, (DEFAULT, None))
    parents = {each: parent for each, parent in session.execute(select(Category.id, Category.parent_id))}
    categories = session.execute(
        select(Variant.id, Product.category_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    found: dict[int, tuple[Policy, int | None]] = {}
    for variant_id, category_id in categories:
        while category_id is not None and category_id not in rules:
            category_id = parents.get(category_id)
        nearest = rules.get(category_id)
        if nearest is None:
            found[variant_id] = (DEFAULT, None)
        else:
            found[variant_id] = (Policy(nearest.method, nearest.per_warehouse, nearest.per_lot), nearest.id)
    return found


def _open(uow: UnitOfWork, variant_ids: Collection[int]) -> None:
    policies = policies_of(uow.session, variant_ids, uow.today)
    found = uow.session.execute(select(Variant.id, Variant.purchase_price).where(Variant.id.in_(variant_ids)))
    prices = {variant_id: price for variant_id, price in found}
    columns = {
        variant_id: {
            "variant_id": variant_id,
            "method": policy.method,
            "per_warehouse": policy.per_warehouse,
            "per_lot": policy.per_lot,
        }
        for variant_id, (policy, _) in policies.items()
    }
    books = [row | {"first_cost": prices[variant_id]} for variant_id, row in sorted(columns.items())]
    insert = upsert(uow.session, CostBook).on_conflict_do_nothing().returning(CostBook.variant_id)
    opened = set(uow.session.scalars(insert.values(books)))
    first = [
        row | {"at": None, "after_move_id": 0, "policy_id": policies[variant_id][1]}
        for variant_id, row in sorted(columns.items())
        if variant_id in opened
    ]
    uow.write(CostMethod, first)


def belongs_to(session: Session, category_id: int) -> set[int]:
    """A category and all below it."""
    parents = {each: parent for each, parent in session.execute(select(Category.id, Category.parent_id))}
    below = {category_id}
    grew = True
    while grew:
        more = {child for child, parent in parents.items() if parent in below} - below
        below |= more
        grew = bool(more)
    return below


def variants_below(session: Session, category_id: int | None) -> list[int]:
    """The variants with a book in a category and all below it; None means every one."""
    wanted = select(CostBook.variant_id).order_by(CostBook.variant_id)
    if category_id is not None:
        wanted = (
            wanted.join(Variant, Variant.id == CostBook.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Product.category_id.in_(belongs_to(session, category_id)))
        )
    return list(session.scalars(wanted))
