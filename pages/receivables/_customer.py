"""Choosing the customer that money or a statement is about."""

import streamlit as st

from core.base.errors import NotFound
from core.customers.queries import customer_card, find_customers
from pages._shared.screen import reading
from pages._shared.text import _, escaped

MOST = 20
LONGEST_ID = 18


def pick_customer(key: str) -> tuple[int, str] | None:
    """Id and name of the customer that was named in the address or chosen here."""
    asked = st.query_params.get("customer", "")
    if asked.isdecimal() and len(asked) <= LONGEST_ID:
        try:
            with reading() as view:
                card = customer_card(view, int(asked))
        except NotFound as missing:
            st.error(missing.sentence)
            return None
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{escaped(card.name)}** :gray[{escaped(card.code)}]", width="content")
            st.button(_("Another customer"), key=f"{key}.other", type="tertiary", on_click=_forget)
        return card.id, card.name
    text = st.text_input(
        _("Customer"),
        key=f"{key}.text",
        type="search",
        live="200ms",
        icon=":material/search:",
        placeholder=_("Name, pinyin, code or phone"),
    )
    if not text.strip():
        return None
    with reading() as view:
        found = find_customers(view, text, limit=MOST)
    names = {row.id: row.label for row in found}
    if not names:
        st.caption(_("No customer matches."))
        return None
    chosen = st.selectbox(
        _("Which one?"),
        list(names),
        format_func=lambda each: names.get(each, ""),
        key=f"{key}.chosen.{text}",
        label_visibility="collapsed",
    )
    return (chosen, next(row.name for row in found if row.id == chosen)) if chosen in names else None


def _forget() -> None:
    st.query_params.pop("customer", None)
