"""Choosing goods for an offer: categories from the tree, products and variants by searching; and saying which."""

from collections.abc import Iterable, Mapping

import streamlit as st

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.queries import category_tree, find_variant, get_products
from core.pricing.queries import goods_names
from core.pricing.rules.prices import Target
from core.pricing.rules.promotions import EVERYTHING, Items
from core.work.store import View
from pages._shared.records import LONGEST_ID
from pages._shared.screen import reading
from pages._shared.text import _
from pages.pricing._pick import CATEGORY, PRODUCT, VARIANT, all_of, find_goods, ids_of, in_category, picked


class NoSuchCode(NotFound):
    """A code that was typed is no product's."""

    message = N_("There is no product with the code {code}. Check how it is written.")


def asked_goods() -> Items:
    """The goods that the address names, for a new offer."""
    asked = {name: st.query_params.get(name, "") for name in ("variant", "product", "category")}
    ids = {name: frozenset({int(word)}) for name, word in asked.items() if _is_id(word)}
    found = Items(*(ids.get(name, frozenset()) for name in asked))
    with reading() as view:
        paths = {row.id for row in category_tree(view)}
        known = known_goods(view, Items(found.variants, found.products))
    return Items(
        frozenset(each for each in found.variants if f"{VARIANT}{each}" in known),
        frozenset(each for each in found.products if f"{PRODUCT}{each}" in known),
        found.categories & paths,
    )


def items_boxes(key: str, items: Items, words: str) -> Items:
    """Categories, whole products and single variants; without any, all."""
    with reading() as view:
        paths = {row.id: row.path for row in category_tree(view)}
        known = known_goods(view, Items(items.variants, items.products))
    left, right = st.columns(2)
    categories = left.multiselect(
        words,
        list(paths),
        default=[each for each in sorted(items.categories) if each in paths],
        format_func=lambda each: paths.get(each, ""),
        placeholder=_("All categories"),
        key=f"{key}.categories",
    )
    with right:
        chosen = picked(_("Products"), f"{key}.goods", known, find_goods, placeholder=_("All products"))
    if not categories and not chosen:
        return EVERYTHING
    return Items(ids_of(chosen, VARIANT), ids_of(chosen, PRODUCT), frozenset(categories))


def known_goods(view: View, items: Items) -> dict[str, str]:
    """What was chosen before, as the search names it."""
    named = {f"{VARIANT}{each}": name for each, name in goods_names(view, Target.VARIANT, items.variants).items()}
    products = goods_names(view, Target.PRODUCT, items.products)
    paths = {row.id: row.path for row in category_tree(view) if row.id in items.categories}
    named |= {f"{PRODUCT}{each}": all_of(name) for each, name in products.items()}
    return named | {f"{CATEGORY}{each}": in_category(path) for each, path in paths.items()}


def variant_of(view: View, code: str) -> int:
    """The product of this code or barcode; `NoSuchCode` where there is none."""
    found = find_variant(view, code)
    if found is None:
        raise NoSuchCode(code=code)
    return found.variant_id


def codes_of(view: View, variant_ids: Iterable[int]) -> Mapping[int, str]:
    """The codes of products, by their ids."""
    return {each: row.sku for each, row in get_products(view, sorted(variant_ids)).items()}


def items_words(items: Items, paths: Mapping[int, str], codes: Mapping[int, str], products: Mapping[int, str]) -> str:
    """The goods in words."""
    if items == EVERYTHING:
        return _("all products")
    named = [paths.get(each, str(each)) for each in sorted(items.categories)]
    named += [codes.get(each, str(each)) for each in sorted(items.variants)]
    named += [all_of(products.get(each, str(each))) for each in sorted(items.products)]
    return ", ".join(named)


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= LONGEST_ID
