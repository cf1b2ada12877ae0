"""What a coupon brought: who could have it beside who does without."""

from datetime import timedelta

import streamlit as st

from core.sales.coupon_effect import EffectCard, GroupRow, coupon_effect
from pages._shared.formats import day, money, percent, quantity
from pages._shared.screen import reading
from pages._shared.tables import money_column, quantity_column, text_column
from pages._shared.text import _


def effect_panel(promotion_id: int) -> None:
    """Both groups and the uplift; nothing where nobody does without the coupon."""
    with reading() as view:
        card = coupon_effect(view, promotion_id)
    if card is None:
        return
    st.subheader(_("What the coupon brought"), anchor=False)
    st.markdown(_uplift(card))
    rows = {_("Could have it"): card.offered, _("Do without"): card.without}
    frame: dict[str, list[object]] = {
        "group": list(rows),
        "customers": [row.spent.customers for row in rows.values()],
        "buyers": [row.spent.buyers for row in rows.values()],
        "redeemed": [row.redeemed for row in rows.values()],
        "net": [float(row.spent.total) for row in rows.values()],
        "mean": [float(row.spent.mean) for row in rows.values()],
    }
    if all(row.margin is not None for row in rows.values()):
        frame["margin"] = [_number(row) for row in rows.values()]
    st.dataframe(
        frame,
        key="promotion.effect.table",
        hide_index=True,
        height="content",
        column_config={
            "group": text_column(_("Customers"), width=120),
            "customers": quantity_column(_("How many"), width=80),
            "buyers": quantity_column(_("Bought"), width=80),
            "redeemed": quantity_column(_("Used it"), width=80),
            "net": money_column(_("Net sales"), width=110),
            "mean": money_column(_("Each"), width=90),
            "margin": money_column(_("Margin"), width=110),
        },
    )
    told = _("{since} to {until}: customers who were there before, net of tax, before returns, at the costs of today.")
    st.caption(told.format(since=day(card.since), until=day(card.until - timedelta(days=1))))


def _uplift(card: EffectCard) -> str:
    found = card.uplift
    if found is None:
        return ":material/hourglass_top: " + _(
            "Not enough yet: each group needs 30 customers, 10 of whom bought. So far {offered} and {without} bought."
        ).format(offered=quantity(card.offered.spent.buyers), without=quantity(card.without.spent.buyers))
    share = f" ({percent(found.share)})" if found.share is not None else ""
    icon = ":material/trending_up:" if found.low > 0 else ":material/trending_flat:"
    told = _("Uplift {amount} for each customer{share}; with 95 % certainty between {low} and {high}.")
    if found.low <= 0 <= found.high:
        told = _("Uplift {amount} for each customer{share}, which may be chance: with 95 % certainty {low} to {high}.")
    words = told.format(amount=f"**{money(found.amount)}**", share=share, low=money(found.low), high=money(found.high))
    return f"{icon} {words}"


def _number(row: GroupRow) -> float:
    return float(row.margin or 0)
