"""What to write to the customer about an order, to be copied into WeChat or anywhere else."""

import streamlit as st

from core.base.i18n import LANGUAGES
from core.sales.queries import OrderCard
from core.sales.texts import (
    OCCASION_LABELS,
    PLACES,
    Occasion,
    customer_text,
    occasions_of,
    order_texts,
    set_order_text,
)
from core.work.command import may
from pages._shared.formats import language
from pages._shared.screen import act, current_actor, reading
from pages._shared.text import _


def show_customer_text(order: OrderCard) -> None:
    """The text for what the order came to last, or another one; the company's words for who may choose them."""
    with st.popover(
        _("Text for the customer"), icon=":material/chat:", key="order.text", width="content", on_change="rerun"
    ) as opened:
        if opened.open:
            _show(order)


def _show(order: OrderCard) -> None:
    fitting = occasions_of(order)
    occasion = st.selectbox(
        _("Occasion"), fitting, format_func=lambda each: _(OCCASION_LABELS[each]), key=f"order.text.{order.id}.occasion"
    )
    spoken = st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=language(),
        required=True,
        key=f"order.text.{order.id}.language",
        label_visibility="collapsed",
    )
    with reading() as view:
        text = customer_text(view, order.id, occasion, spoken or language())
        kept = {row.language: row for row in order_texts(view, occasion)}[spoken or language()]
    st.code(text, language=None, wrap_lines=True)
    st.caption(_("Copy it with the button in its corner."))
    actor = current_actor()
    if actor is not None and may(actor, set_order_text):
        _show_words(occasion, kept.language, kept.words, is_own=kept.is_own)


def _show_words(occasion: Occasion, spoken: str, words: str, *, is_own: bool) -> None:
    key = f"order.text.{occasion}.{spoken}"
    with st.expander(_("Words of the company"), icon=":material/edit:", key=f"{key}.box"):
        typed = st.text_area(_("Text"), value=words, height=160, max_chars=1000, key=f"{key}.words.{hash(words)}")
        st.caption(" ".join("{" + place + "}" for place in PLACES))
        with st.container(horizontal=True):
            if st.button(_("Save"), type="primary", key=f"{key}.save"):
                act(set_order_text, occasion, spoken, typed, done=_("The text is used from now on."))
            if is_own and st.button(_("The usual words again"), key=f"{key}.usual"):
                act(set_order_text, occasion, spoken, "", done=_("The usual words are used again."))
