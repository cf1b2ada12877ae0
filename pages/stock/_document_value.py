"""What the goods of a stock document are worth, for who may see costs."""

import streamlit as st

from core.base.exact import ZERO
from core.stock.costs.queries import document_cost
from core.stock.document_queries import DocumentCard
from core.stock.models import DocumentKind
from core.stock.prices import receipt_prices
from pages._shared.formats import money, percent, price, quantity
from pages._shared.screen import reading
from pages._shared.tables import money_column, price_column, quantity_column, quantity_places, text_column
from pages._shared.text import _


def show_value(document: DocumentCard) -> None:
    """The value of a document with its later corrections, and the prices on the supplier's paper."""
    with reading() as view:
        costs = document_cost(view, "stock_document", document.id)
        priced = receipt_prices(view, document.id) if document.kind is DocumentKind.RECEIPT else []
    if not costs:
        return
    with st.container(border=True, key="document.value"):
        st.metric(_("Value"), money(sum(costs.values(), ZERO)))
        if priced and document.reverses_id is None:
            names = {line.variant_id: line.name for line in document.lines}
            with_tax = _("Price with tax") if document.prices_include_tax else _("Price without tax")
            places = quantity_places([line.quantity for line in priced])
            st.dataframe(
                {
                    "name": [names.get(line.variant_id, "") for line in priced],
                    "quantity": [float(line.quantity) for line in priced],
                    "price": ["" if line.unit_price is None else price(line.unit_price) for line in priced],
                    "rate": ["" if line.tax_rate is None else percent(line.tax_rate) for line in priced],
                    "cost": [None if line.unit_cost is None else float(line.unit_cost) for line in priced],
                    "value": [float(costs.get(line.move_id, ZERO)) for line in priced],
                },
                key=f"document.value.{document.id}",
                hide_index=True,
                height="content" if len(priced) < 12 else 440,
                placeholder="",
                column_config={
                    "name": text_column(_("Product name"), width=160),
                    "quantity": quantity_column(_("Quantity"), places, width=66),
                    "price": text_column(with_tax, width=96),
                    "rate": text_column(_("Tax"), width=56),
                    "cost": price_column(_("Unit cost"), width=76),
                    "value": money_column(_("Value"), width=90),
                },
            )
            st.caption(
                _("{count} lines. The value holds landed costs and corrections that came later.").format(
                    count=quantity(len(priced))
                )
            )
