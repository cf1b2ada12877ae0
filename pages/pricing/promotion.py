"""One promotion: its terms, trying it on past orders, going live, its coupons, ending it."""

from dataclasses import replace

import streamlit as st

from core.base.errors import AppError
from core.pricing.models import OfferState
from core.pricing.promotions import (
    add_promotion,
    copy_promotion,
    edit_promotion,
    publish_promotion,
    withdraw_promotion,
)
from core.pricing.queries import get_promotion
from core.pricing.rules.promotions import EVERYTHING, KIND_LABELS, Kind
from pages._shared.formats import money, quantity
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, goto, link, open_screen, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped, listed
from pages.pricing._coupons import coupon_panel
from pages.pricing._effect import effect_panel
from pages.pricing._goods import asked_goods
from pages.pricing._prefilled import prefill_key, prefilled
from pages.pricing._promotion_form import promotion_fields
from pages.pricing._promotion_words import promotion_words
from pages.pricing._trial import trial_panel
from pages.pricing._words import lasts, state_badge

open_screen(__file__, titled=False)
link("pricing/promotions", _("All promotions"))
with reading() as view:
    row = asked_card(view, get_promotion)
    today = view.today
    words = promotion_words(view, row.promotion) if row else []
asked = st.query_params.get("kind", "")
if row is None and asked not in list(Kind):
    nothing_here(_("Choose a promotion."), _("Promotions"), "pricing/promotions")
    st.stop()
if row is None:
    named = asked_goods()
    kept = prefilled(Kind(asked), st.query_params)
    kept = kept if named == EVERYTHING else replace(kept, items=named)
else:
    kept = row.promotion

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(escaped(kept.name) if row else _("New promotion"), anchor=False, width="content")
    if row:
        state_badge(row.state)
    st.badge(_(KIND_LABELS[kept.kind]), color="blue")
if row:
    st.markdown("  \n".join([*map(escaped, words), f":gray[{lasts(kept.since, kept.until)}]"]))
    if row.used_count:
        told = _("Used {count} times, {amount} saved by customers.")
        st.markdown(told.format(count=quantity(row.used_count), amount=money(row.spent)))
    with st.container(horizontal=True):
        if row.state != OfferState.PUBLISHED:
            if st.button(_("Go live"), type="primary", key="promotion.publish", icon=":material/campaign:"):
                act(publish_promotion, kept.id, done=_("{name} counts from now on.").format(name=escaped(kept.name)))
        elif st.button(_("End it"), key="promotion.withdraw", icon=":material/block:"):
            act(withdraw_promotion, kept.id, done=_("{name} counts no more.").format(name=escaped(kept.name)))
        with st.popover(_("Copy"), icon=":material/content_copy:", key="promotion.copy"):
            name = st.text_input(_("Name of the copy"), max_chars=80, key="promotion.copy.name")
            if st.button(_("Copy it"), key="promotion.copy.save"):
                made = act(copy_promotion, kept.id, name, key=form_key("promotion.copy"), rerun=False)
                if made is not None:
                    goto("pricing/promotion", id=made)

if row is None or row.state == OfferState.DRAFT:
    with st.container(border=True, key="promotion.form"):
        key = f"promotion.{kept.id}.{row.version if row else prefill_key(kept)}"
        try:
            typed, note = promotion_fields(key, kept, row.note if row else "")
        except AppError as refusal:
            st.error(listed(refusal.sentence))
            st.stop()
        if st.button(_("Save as draft"), type="secondary" if row else "primary", key="promotion.save"):
            if row:
                done = _("The promotion was saved.")
                act(edit_promotion, kept.id, typed, version=row.version, note=note, done=done)
            else:
                made = act(add_promotion, typed, note=note, key=form_key("promotion.new"), rerun=False)
                if made is not None:
                    goto("pricing/promotion", id=made)
if row and kept.kind == Kind.COUPON:
    st.subheader(_("Coupons"), anchor=False)
    coupon_panel(kept.id)
    effect_panel(kept.id)
if row:
    st.subheader(_("Try it on past orders"), anchor=False)
    trial_panel(kept.id, today)
