"""One product as it is shown beside a list."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.catalog.models import PRODUCT_KIND_LABELS, PRODUCT_STATUS_LABELS, ProductKind, ProductStatus
from core.catalog.queries import ProductCard
from core.fields.rules import FieldRow
from pages._shared.custom import custom_facts
from pages._shared.facts import show_facts
from pages._shared.formats import percent, price, quantity
from pages._shared.screen import link
from pages._shared.text import _, escaped
from pages.catalog._kits import show_parts

STATUS_COLOURS = {
    ProductStatus.NEW: "blue",
    ProductStatus.ACTIVE: "green",
    ProductStatus.CLEARANCE: "orange",
    ProductStatus.RETIRED: "gray",
}


def show_card(card: ProductCard, more: Sequence[FieldRow], *, can_edit: bool) -> None:
    """Name, state, prices and codes of a product, and the way to its own screen."""
    is_kit = card.kind is ProductKind.KIT
    with st.container(border=True, gap="small"):
        st.markdown(f"#### {escaped(card.name)}")
        show_state(card)
        st.metric(_("Retail price"), price(card.retail_price))
        show_facts(
            {
                _("Wholesale price"): price(card.wholesale_price),
                _("Lowest price"): price(card.lowest_price),
                _("Purchase price"): "" if card.purchase_price is None or is_kit else price(card.purchase_price),
                _("Code"): card.sku,
                _("Barcodes"): ", ".join(card.barcodes),
                _("Category"): card.category,
                _("Brand"): card.brand,
                _("Model"): card.model,
                _("Specification"): card.specification,
                _("Weight (kg)"): "" if card.weight is None else quantity(card.weight),
                _("Unit"): card.unit,
                _("Tax rate"): percent(card.tax_rate),
                **custom_facts(more, card.custom),
                _("Note"): card.note,
            }
        )
        if is_kit:
            show_parts(card)
        link("catalog/product", _("Edit product") if can_edit else _("Open product"), id=card.variant_id)


def show_state(card: ProductCard) -> None:
    """Status, kind and tags."""
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(_(PRODUCT_STATUS_LABELS[card.status]), color=STATUS_COLOURS[card.status])
        st.badge(_(PRODUCT_KIND_LABELS[card.kind]), color="blue")
        for tag in card.tags:
            st.badge(escaped(tag), color="violet")


def status_column(label: str) -> Any:
    """A column that shows where products are in their lives as chips in their colours."""
    return st.column_config.MultiselectColumn(
        label,
        options=[status.value for status in ProductStatus],
        color=list(STATUS_COLOURS.values()),
        format_func=lambda word: _(PRODUCT_STATUS_LABELS[ProductStatus(word)]),
        width=84,
    )
