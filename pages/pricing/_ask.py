"""Asking what a customer pays for a product today, and why."""

from decimal import Decimal

import streamlit as st

from core.catalog.queries import resolve_typed
from core.customers.models import CustomerKind
from core.customers.queries import find_customers
from core.pricing.queries import explain_price
from core.sales.rules import usual_price
from pages._shared.formats import price
from pages._shared.forms import decimal_input
from pages._shared.screen import reading
from pages._shared.text import _
from pages.pricing._why import judged

MOST = 20


def ask_panel() -> None:
    """A product, a quantity, a customer: the price, and every rule that was looked at."""
    left, middle, right = st.columns([2, 1, 2])
    text = left.text_input(
        _("Product"),
        key="price_ask.product",
        type="search",
        live="200ms",
        placeholder=_("Code, name, pinyin or barcode"),
    )
    with middle:
        count = decimal_input(_("Quantity"), Decimal(1), key="price_ask.quantity")
    who = right.text_input(
        _("Customer"),
        key="price_ask.customer",
        type="search",
        live="200ms",
        placeholder=_("Name, pinyin, code or phone"),
    )
    if not text.strip():
        return
    with reading() as view:
        products = {row.variant_id: row for row in resolve_typed(view, text)}
        customers = {row.id: row for row in find_customers(view, who, limit=MOST)} if who.strip() else {}
    if not products:
        st.caption(_("No product matches."))
        return
    left, right = st.columns(2)
    variant_id = left.selectbox(
        _("Which product?"),
        list(products),
        format_func=lambda each: products[each].label if each in products else "",
        key=f"price_ask.product.{text}",
    )
    customer_id = right.selectbox(
        _("Which one?"),
        list(customers),
        format_func=lambda each: customers[each].label if each in customers else "",
        placeholder=_("Any customer"),
        key=f"price_ask.customer.{who}",
    )
    product = products[variant_id]
    customer = customers.get(customer_id)
    kind = customer.kind if customer else CustomerKind.PERSON
    with reading() as view:
        card = explain_price(
            view,
            variant_id,
            quantity=count or Decimal(1),
            customer_id=customer_id,
            channel_id=customer.channel_id if customer else None,
            on=view.today,
            usual=usual_price(kind, product.retail_price, product.wholesale_price),
        )
    st.metric(product.label, price(card.unit_price))
    for each in card.candidates:
        st.markdown(judged(each.list_name, each.judgement, each.by, each.price))
    if card.list_name is None:
        st.markdown(
            _("The usual price of this customer, {price}: no price list decides.").format(price=price(card.usual_price))
        )
