"""On the screen of a lot: making other lots of the product, entered twice, one with it."""

import streamlit as st

from core.stock.lot_queries import LotCard, lots_on_hand
from core.stock.lots import merge_lots
from pages._shared.formats import day, quantity
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _, escaped


def merge_form(lot: LotCard) -> None:
    """Choose what becomes part of this lot; says so where there is nothing to choose."""
    with reading() as view:
        found = lots_on_hand(view, variant_ids=[lot.variant_id], limit=500)
    others: dict[int, list[str]] = {}
    for row in found:
        if row.lot_id != lot.id:
            others.setdefault(row.lot_id, [row.number, day(row.expiry_on)]).append(quantity(row.on_hand))
    if not others:
        st.caption(_("No other lot of this product is here."))
        return
    st.markdown(
        _("All that is here of the lots you choose becomes {number}; of the dates the earliest hold.").format(
            number=f"**{escaped(lot.number)}**"
        )
    )
    with st.form("lot.merge", border=False):
        chosen = st.multiselect(
            _("Lots that are the same"),
            list(others),
            format_func=lambda each: " · ".join(word for word in others.get(each, ()) if word),
            placeholder=_("Choose lots"),
            key=f"lot.{lot.id}.merge",
        )
        if st.form_submit_button(_("Merge"), type="primary", key="lot.merge.save"):
            act(
                merge_lots,
                chosen,
                into=lot.id,
                done=_("The lots were merged."),
                key=form_key(f"lot.{lot.id}.merge"),
            )
