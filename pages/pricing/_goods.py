"""Choosing goods for an offer: categories from the tree, products by their codes."""

from collections.abc import Iterable, Mapping

import streamlit as st

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.queries import category_tree, find_variant, get_products
from core.pricing.rules.promotions import EVERYTHING, Items
from core.work.store import View
from pages._shared.screen import reading
from pages._shared.text import _


class NoSuchCode(NotFound):
    """A code that was typed is no product's."""

    message = N_("There is no product with the code {code}. Check how it is written.")


def items_boxes(key: str, items: Items, words: str) -> Items:
    """Categories and products; without any, all. Refuses codes that no product has."""
    with reading() as view:
        paths = {row.id: row.path for row in category_tree(view)}
        known = codes_of(view, items.variants)
    left, right = st.columns(2)
    categories = left.multiselect(
        words,
        list(paths),
        default=[each for each in sorted(items.categories) if each in paths],
        format_func=lambda each: paths.get(each, ""),
        placeholder=_("All categories"),
        key=f"{key}.categories",
    )
    typed = right.text_input(
        _("Products, by their codes"),
        value=" ".join(known.values()),
        placeholder=_("Codes or barcodes, with spaces between"),
        key=f"{key}.codes",
    )
    with reading() as view:
        variants = frozenset(variant_of(view, code) for code in typed.replace(",", " ").split())
    if not categories and not variants and not items.products:
        return EVERYTHING
    return Items(variants, items.products, frozenset(categories))


def variant_of(view: View, code: str) -> int:
    """The product of this code or barcode; `NoSuchCode` where there is none."""
    found = find_variant(view, code)
    if found is None:
        raise NoSuchCode(code=code)
    return found.variant_id


def codes_of(view: View, variant_ids: Iterable[int]) -> Mapping[int, str]:
    """The codes of products, by their ids."""
    return {each: row.sku for each, row in get_products(view, sorted(variant_ids)).items()}


def items_words(items: Items, paths: Mapping[int, str], codes: Mapping[int, str]) -> str:
    """The goods in words."""
    if items == EVERYTHING:
        return _("all products")
    named = [paths.get(each, str(each)) for each in sorted(items.categories)]
    named += [codes.get(each, str(each)) for each in sorted(items.variants)]
    named += [_("product {number}").format(number=each) for each in sorted(items.products)]
    return ", ".join(named)
