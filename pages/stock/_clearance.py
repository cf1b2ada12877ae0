"""On a goods receipt: what is being cleared, and so should hardly come in again."""

import streamlit as st

from core.catalog.models import ProductStatus
from core.catalog.queries import get_products
from core.stock.drafts import MovementDraftCard
from core.stock.models import DocumentKind
from pages._shared.screen import reading
from pages._shared.text import _, escaped


def warn_of_clearance(draft: MovementDraftCard) -> None:
    """Say which products of a receipt are on clearance or retired; it can be booked all the same."""
    if draft.kind is not DocumentKind.RECEIPT:
        return
    with reading() as view:
        products = get_products(view, list(draft.quantities))
    fading = {ProductStatus.CLEARANCE, ProductStatus.RETIRED}
    named = [row.label for row in products.values() if row.status in fading]
    if named:
        st.warning(
            _("On clearance or retired: {products}. Receive it all the same?").format(
                products=escaped(", ".join(named))
            )
        )
