"""Promotions on an order: its coupons, and why each line costs what it does."""

import streamlit as st

from core.pricing.rules.promotions import VERDICT_LABELS, Verdict
from core.sales.kits import KitRow
from core.sales.offers import apply_again, drop_coupon, use_coupon
from core.sales.queries import LineRow, OrderCard
from pages._shared.formats import money, price, quantity
from pages._shared.screen import act_in_callback
from pages._shared.text import _, escaped
from pages.pricing._why import offer_words, price_words

SHORT = 8
CODE = "new_order.coupon"


def offer_coupons(order: OrderCard) -> None:
    """On a draft: enter and remove coupons, and have the promotions of today applied again."""
    offers = order.offers or {}
    with st.popover(_("Promotions"), icon=":material/redeem:", key="new_order.offers"):
        for code in offers.get("codes", ()):
            refused = offers.get("refused", {}).get(code)
            with st.container(horizontal=True, vertical_alignment="center"):
                told = f" · :orange[{_(VERDICT_LABELS[Verdict(refused)])}]" if refused else ""
                st.markdown(f":material/confirmation_number: **{escaped(code)}**{told}", width="content")
                st.button(
                    _("Remove"),
                    key=f"new_order.coupon.drop.{code}",
                    type="tertiary",
                    on_click=_drop,
                    args=(order.id, code),
                )
        st.text_input(
            _("Coupon code"),
            key=CODE,
            max_chars=40,
            on_change=_use,
            args=(order.id,),
            placeholder=_("Type it, then Enter"),
        )
        for words in offer_words(None, offers):
            st.markdown(words)
        if not offers.get("tried"):
            st.caption(_("No promotion is running for this order."))
        st.button(
            _("Apply the promotions again"),
            key="new_order.offers.again",
            icon=":material/refresh:",
            on_click=act_in_callback,
            args=(apply_again, order.id),
            kwargs={"done": _("The promotions of today were applied.")},
        )


def show_price_reasons(order: OrderCard, key: str) -> None:
    """Each line with every rule and promotion that was looked at, and why it won or lost."""
    if not order.lines:
        return
    with st.expander(_("Why this price?"), icon=":material/help:", key=f"{key}.why_price"):
        lines = order.sold
        if len(lines) > SHORT:
            chosen = st.selectbox(
                _("Line"), lines, format_func=lambda line: f"{line.sku} {line.name}", key=f"{key}.why_price.line"
            )
            lines = (chosen,)
        for line in lines:
            _show(line, order)


def _show(line: LineRow | KitRow, order: OrderCard) -> None:
    told = [f"{quantity(line.quantity)} × {price(line.unit_price)}"]
    if line.offered:
        told.append(_("promotions take off {amount}").format(amount=money(line.offered)))
    if line.by_hand:
        told.append(_("{amount} granted by hand").format(amount=money(line.by_hand)))
    words = price_words(line.price_trace)
    if not (line.price_trace or {}).get("entered") and not line.is_gift:
        words += offer_words(line.price_trace, order.offers)
    head = f"**{escaped(line.sku)} {escaped(line.name)}** :gray[{escaped(' · '.join(told))}]"
    st.markdown("  \n".join([head, *words]))


def _use(order_id: int) -> None:
    code = st.session_state[CODE].strip()
    if code:
        act_in_callback(use_coupon, order_id, code, done=_("The coupon is on the order."))
        st.session_state[CODE] = ""


def _drop(order_id: int, code: str) -> None:
    act_in_callback(drop_coupon, order_id, code)
