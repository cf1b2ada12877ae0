"""The coupons of a promotion: issuing codes, and how often each was used."""

import secrets

import streamlit as st

from core.pricing.promotions import issue_coupons, withdraw_coupon
from core.pricing.queries import CouponRow, coupons_of
from pages._shared.forms import empty_when_done
from pages._shared.screen import act, form_key, reading
from pages._shared.tables import chosen_row, day_column, quantity_column, text_column
from pages._shared.text import _
from pages.pricing._words import last_day

# Without signs that look alike when somebody reads them aloud.
SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH = 8
SHOWN = 200


def coupon_panel(promotion_id: int) -> None:
    """The codes of a promotion, and more of them."""
    with reading() as view:
        rows = coupons_of(view, promotion_id, limit=SHOWN)
    form = f"promotion.{promotion_id}.coupons"
    empty_when_done(form, f"{form}.codes")
    with st.form(form):
        codes = st.text_area(_("Codes, with spaces or new lines between"), key=f"{form}.codes", height=80)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            count = st.number_input(_("Or so many new ones"), min_value=0, max_value=1000, value=0, key=f"{form}.count")
            uses = st.number_input(
                _("Uses of each code"), value=1, min_value=1, placeholder=_("without end"), key=f"{form}.uses"
            )
            pressed = st.form_submit_button(_("Issue coupons"), type="primary", key=f"{form}.save")
    if pressed:
        asked = codes.split() + ["".join(secrets.choice(SIGNS) for _n in range(LENGTH)) for _each in range(int(count))]
        done = _("{count} coupons issued.").format(count=len(asked))
        act(issue_coupons, promotion_id, asked, most_uses=uses, done=done, key=form_key(form))
    if rows:
        _show(promotion_id, rows)


def _show(promotion_id: int, rows: list[CouponRow]) -> None:
    picked = st.dataframe(
        {
            "code": [row.code for row in rows],
            "used": [row.used_count for row in rows],
            "most": [row.most_uses for row in rows],
            "last": [last_day(row.until) for row in rows],
            "customer": [row.customer for row in rows],
            "state": [_("Withdrawn") if row.is_withdrawn else "" for row in rows],
        },
        key=f"promotion.{promotion_id}.coupons.table",
        hide_index=True,
        height="content" if len(rows) < 10 else 340,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "code": text_column(_("Coupon code"), width=140),
            "used": quantity_column(_("Used"), width=60),
            "most": quantity_column(_("Uses of each code"), width=110),
            "last": day_column(_("Last day"), width=92),
            "customer": text_column(_("Customer"), width=140),
            "state": text_column(_("State"), width=80),
        },
        placeholder="",
    )
    chosen = chosen_row(picked, rows)
    if chosen is not None and not chosen.is_withdrawn:
        if st.button(_("Withdraw {code}").format(code=chosen.code), key=f"promotion.coupon.withdraw.{chosen.code}"):
            act(withdraw_coupon, chosen.code, done=_("{code} counts no more.").format(code=chosen.code))
    elif len(rows) == SHOWN:
        st.caption(_("Only the newest {count} are shown.").format(count=SHOWN))
