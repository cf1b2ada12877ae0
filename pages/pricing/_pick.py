"""Choosing things of which there are too many to list: type a part of the name, then choose."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.catalog.queries import category_tree, find_products
from core.customers.queries import find_customers
from core.work.store import View
from pages._shared.screen import reading
from pages._shared.text import _

FOUND = 20
VARIANT, PRODUCT, CATEGORY = "v", "p", "c"


def picked(
    label: str,
    key: str,
    known: Mapping[str, str],
    search: Callable[[View, str], Mapping[str, str]],
    *,
    placeholder: str,
    most: int | None = None,
) -> list[str]:
    """What is chosen: what was known, less what is taken off, and more of what a search finds."""
    names: dict[str, str] = st.session_state.setdefault(f"{key}.names", dict(known))
    typed = st.text_input(
        _("Search: {label}").format(label=label),
        key=f"{key}.search",
        placeholder=_("Code, name, pinyin or barcode"),
        icon=":material/search:",
    ).strip()
    found: Mapping[str, str] = {}
    if typed:
        with reading() as view:
            found = search(view, typed)
        names |= found
        if not found:
            st.caption(_("Nothing is called “{typed}”.").format(typed=typed))
    chosen: list[str] = st.session_state.get(key, list(known))
    chosen_now: list[str] = st.multiselect(
        label,
        [*chosen, *(each for each in found if each not in chosen)],
        default=list(known),
        format_func=lambda each: names.get(each, each),
        max_selections=most,
        placeholder=_("Choose from what was found") if found else placeholder,
        key=key,
    )
    return chosen_now


def find_goods(view: View, typed: str) -> dict[str, str]:
    """Variants, and the products they belong to as a whole."""
    rows = find_products(view, typed, limit=FOUND)
    found = {f"{PRODUCT}{row.product_id}": all_of(row.name) for row in rows}
    return {f"{VARIANT}{row.variant_id}": f"{row.sku} {row.name}" for row in rows} | found


def find_variants(view: View, typed: str) -> dict[str, str]:
    """Variants alone."""
    return {each: name for each, name in find_goods(view, typed).items() if each.startswith(VARIANT)}


def find_goods_and_categories(view: View, typed: str) -> dict[str, str]:
    """Variants, whole products and categories."""
    paths = {row.id: row.path for row in category_tree(view) if typed.lower() in row.path.lower()}
    return find_goods(view, typed) | {f"{CATEGORY}{each}": in_category(path) for each, path in paths.items()}


def find_people(view: View, typed: str) -> dict[str, str]:
    """Customers."""
    return {str(row.id): f"{row.code} {row.name}" for row in find_customers(view, typed, limit=FOUND)}


def all_of(name: str) -> str:
    """A product with all its variants, in words."""
    return _("{name}, all variants").format(name=name)


def in_category(path: str) -> str:
    """All goods of a category, in words."""
    return _("Category {path}").format(path=path)


def ids_of(chosen: list[str], kind: str) -> frozenset[int]:
    """The ids of what was chosen of a kind."""
    return frozenset(int(each[1:]) for each in chosen if each.startswith(kind))
