"""The category tree: adding, renaming, moving and deleting its nodes."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.merge import refuse_changed
from core.base.search import one_line
from core.catalog.errors import CategoryInUse, CategoryLoop, CategoryTaken
from core.catalog.models import Category
from core.catalog.rules import CATEGORY_LENGTH, category_name
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

Path = tuple[str, ...]


@command(P.PRODUCT_EDIT)
def add_category(uow: UnitOfWork, name: str, parent_id: int | None = None) -> int:
    """Add a category below another one or at the top. Refuses a name its sisters have."""
    tree = _locked_tree(uow)
    if parent_id is not None and parent_id not in tree:
        raise NotFound(what=N_("The category"))
    name = category_name(name)
    _refuse_twin(tree, name, parent_id, but=None)
    category = uow.add(Category(name=name, parent_id=parent_id))
    uow.audit("category.added", category, name=name)
    return category.id


@command(P.PRODUCT_EDIT)
def rename_category(uow: UnitOfWork, category_id: int, name: str, *, seen: Mapping[str, Any] | None = None) -> int:
    """Give a category another name. Refuses a name its sisters have, and one that is no longer what was `seen`."""
    tree = _locked_tree(uow)
    category = _found(tree, category_id)
    refuse_changed(category.name, {"name": category.name}, seen)
    name = category_name(name)
    _refuse_twin(tree, name, category.parent_id, but=category_id)
    category.name = name
    uow.audit("category.renamed", category)
    return category_id


@command(P.PRODUCT_EDIT)
def move_category(uow: UnitOfWork, category_id: int, parent_id: int | None) -> int:
    """Hang a category, with all below it, under another one or at the top. Refuses a loop."""
    tree = _locked_tree(uow)
    category = _found(tree, category_id)
    above = parent_id
    while above is not None:
        if above == category_id:
            raise CategoryLoop(name=category.name)
        above = _found(tree, above).parent_id
    _refuse_twin(tree, category.name, parent_id, but=category_id)
    category.parent_id = parent_id
    uow.audit("category.moved", category, name=category.name)
    return category_id


@command(P.PRODUCT_EDIT)
def delete_category(uow: UnitOfWork, category_id: int) -> None:
    """Delete an empty category. Refuses while products or subcategories are in it."""
    category = _found(_locked_tree(uow), category_id)
    name = category.name
    try:
        with uow.session.begin_nested():
            uow.session.delete(category)
            uow.session.flush()
    except IntegrityError as error:
        raise CategoryInUse(name=name) from error
    uow.audit("category.deleted", category, name=name)


def ensure_categories(uow: UnitOfWork, paths: Iterable[Path]) -> dict[Path, int | None]:
    """Create the nodes that are missing on these paths; each path with the id of its end."""
    tree = {(each.parent_id, each.name): each.id for each in uow.session.scalars(select(Category))}
    ends: dict[Path, int | None] = {}
    for path in paths:
        if path in ends:
            continue
        parent_id: int | None = None
        for name in (one_line(each)[:CATEGORY_LENGTH].strip() for each in path):
            if not name:
                continue
            node = (parent_id, name)
            if node not in tree:
                tree[node] = uow.add(Category(parent_id=parent_id, name=name)).id
            parent_id = tree[node]
        ends[path] = parent_id
    return ends


def _locked_tree(uow: UnitOfWork) -> dict[int, Category]:
    """All categories: a loop or a twin can only be ruled out while nobody else moves one."""
    return {each.id: each for each in uow.session.scalars(select(Category).order_by(Category.id).with_for_update())}


def _found(tree: dict[int, Category], category_id: int) -> Category:
    if category_id not in tree:
        raise NotFound(what=N_("The category"))
    return tree[category_id]


def _refuse_twin(tree: dict[int, Category], name: str, parent_id: int | None, but: int | None) -> None:
    for each in tree.values():
        if each.id != but and each.parent_id == parent_id and each.name == name:
            raise CategoryTaken(name=name)
