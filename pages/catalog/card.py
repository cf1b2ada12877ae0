"""One product as it is shown beside a list."""

import streamlit as st

from core.catalog.models import PRODUCT_KIND_LABELS, PRODUCT_STATUS_LABELS, ProductStatus
from core.catalog.queries import ProductCard
from pages._shared.facts import show_facts
from pages._shared.formats import percent, price
from pages._shared.records import show_badges
from pages._shared.screen import link
from pages._shared.text import _, escaped


def show_card(card: ProductCard, *, can_edit: bool) -> None:
    """Name, state, prices and codes of a product, and the way to its own screen."""
    with st.container(border=True, gap="small"):
        st.markdown(f"#### {escaped(card.name)}")
        show_state(card)
        st.metric(_("Retail price"), price(card.retail_price))
        show_facts(
            {
                _("Wholesale price"): price(card.wholesale_price),
                _("Lowest price"): price(card.lowest_price),
                _("Purchase price"): "" if card.purchase_price is None else price(card.purchase_price),
                _("Code"): card.sku,
                _("Barcodes"): ", ".join(card.barcodes),
                _("Category"): card.category,
                _("Brand"): card.brand,
                _("Unit"): card.unit,
                _("Tax rate"): percent(card.tax_rate),
                _("Note"): card.note,
            }
        )
        link("catalog/product", _("Edit product") if can_edit else _("Open product"), id=card.variant_id)


def show_state(card: ProductCard) -> None:
    """Status, kind and tags."""
    show_badges(
        _(PRODUCT_STATUS_LABELS[card.status]),
        _(PRODUCT_KIND_LABELS[card.kind]),
        card.tags,
        is_active=card.status is ProductStatus.ACTIVE,
    )
