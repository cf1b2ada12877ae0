"""The category tree."""

import pytest

from core.base.errors import InvalidInput, NotFound
from core.catalog.categories import add_category, delete_category, move_category, rename_category
from core.catalog.errors import CategoryInUse, CategoryLoop, CategoryTaken
from core.catalog.queries import category_tree
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_product


def paths(store: Store) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.path for row in category_tree(view)]


def test_the_tree_is_listed_from_the_top_with_sisters_by_name(any_store: Store) -> None:
    home = any_store.run(SYSTEM, add_category, None, " Home ")
    kitchen = any_store.run(SYSTEM, add_category, None, "Kitchen", home)
    any_store.run(SYSTEM, add_category, None, "Bath", home)
    with any_store.working(SYSTEM) as uow:
        a_product(uow, category_id=kitchen)

    with any_store.viewing(SYSTEM) as view:
        tree = [(row.path, row.depth, row.products) for row in category_tree(view)]
    assert tree == [("Home", 0, 1), ("Home / Bath", 1, 0), ("Home / Kitchen", 1, 1)]


def test_a_category_moves_with_all_below_it_but_never_below_itself(any_store: Store) -> None:
    home = any_store.run(SYSTEM, add_category, None, "Home")
    kitchen = any_store.run(SYSTEM, add_category, None, "Kitchen", home)
    cups = any_store.run(SYSTEM, add_category, None, "Cups", kitchen)

    with pytest.raises(CategoryLoop):
        any_store.run(SYSTEM, move_category, None, home, cups)
    with pytest.raises(CategoryLoop):
        any_store.run(SYSTEM, move_category, None, home, home)
    assert paths(any_store) == ["Home", "Home / Kitchen", "Home / Kitchen / Cups"]

    any_store.run(SYSTEM, move_category, None, kitchen, None)
    assert paths(any_store) == ["Home", "Kitchen", "Kitchen / Cups"]


def test_sisters_need_different_names(store: Store) -> None:
    home = store.run(SYSTEM, add_category, None, "Home")
    garden = store.run(SYSTEM, add_category, None, "Garden")
    store.run(SYSTEM, add_category, None, "Home", garden)

    with pytest.raises(CategoryTaken):
        store.run(SYSTEM, add_category, None, "Home")
    with pytest.raises(CategoryTaken):
        store.run(SYSTEM, rename_category, None, garden, "Home")
    with pytest.raises(CategoryTaken):
        store.run(SYSTEM, move_category, None, home, garden)
    with pytest.raises(InvalidInput):
        store.run(SYSTEM, rename_category, None, home, "  ")
    with pytest.raises(NotFound):
        store.run(SYSTEM, add_category, None, "Cups", 99)

    assert paths(store) == ["Garden", "Garden / Home", "Home"]
    store.run(SYSTEM, rename_category, None, home, "House")
    assert paths(store) == ["Garden", "Garden / Home", "House"]


def test_only_an_empty_category_is_deleted(any_store: Store) -> None:
    home = any_store.run(SYSTEM, add_category, None, "Home")
    cups = any_store.run(SYSTEM, add_category, None, "Cups", home)

    with pytest.raises(CategoryInUse) as refusal:
        any_store.run(SYSTEM, delete_category, None, home)
    assert refusal.value.sentence == (
        "Home still holds products or subcategories. Move them to another category first."
    )
    assert paths(any_store) == ["Home", "Home / Cups"]

    any_store.run(SYSTEM, delete_category, None, cups)
    any_store.run(SYSTEM, delete_category, None, home)
    assert paths(any_store) == []
