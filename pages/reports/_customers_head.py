"""The four figures above the customers' analytics, each with its definition, and how fresh they are."""

import streamlit as st

from core.analytics.customers.cohorts import CONCENTRATION, REPEAT_RATE, concentrated, moved, repeated
from core.analytics.customers.lifetime import DEFINITION as WORTH
from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rules.overdue import DEFINITION as OVERDUE
from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.formats import compact_money, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.standing import agreement, clock_time
from pages._shared.text import _, listed, ngettext

NARROWEST = 150


def show_head(actor: Actor) -> None:
    """Who buys, who stopped, who is worth what, on how few it hangs."""
    again, late, spread = repeated(mirror(), actor), overdue(mirror(), actor), concentrated(mirror(), actor)
    kinds = {row.kind: row for row in moved(mirror(), actor)}
    st.caption(
        _("Until {at}; last 12 months unless said otherwise. Sales over the counter are left out.").format(
            at=clock_time(mirror().as_of)
        ),
        help=agreement(),
    )
    with st.grid(columns=4, min_column_width=NARROWEST):
        st.metric(
            _("Customers who buy"),
            quantity(again.customers),
            delta=_("{share} came back").format(share=percent(again.rate)),
            delta_color="off",
            delta_arrow="off",
            help=_(REPEAT_RATE),
            border=True,
            height="stretch",
        )
        st.metric(
            _("At risk"),
            compact_money(late.at_stake),
            delta=ngettext("{count} customer overdue", "{count} customers overdue", late.customers).format(
                count=quantity(late.customers)
            ),
            delta_color="off",
            delta_arrow="off",
            help=_(OVERDUE),
            border=True,
            height="stretch",
        )
        _worth(actor)
        st.metric(
            _("The largest tenth buys"),
            "–" if spread is None else percent(spread.top[1], 0),
            delta=_("{new} new, {gone} gone").format(new=kinds["new"].customers, gone=kinds["gone"].customers),
            delta_color="off",
            delta_arrow="off",
            help=_(CONCENTRATION),
            border=True,
            height="stretch",
        )


def _worth(actor: Actor) -> None:
    try:
        found = lifetime(mirror(), actor)
    except AppError as refusal:
        st.metric(_("Worth in 12 months"), "–", help=listed(refusal.sentence), border=True, height="stretch")
        return
    told = _(WORTH).format(months=found.months, rate=percent(found.yearly, 0))
    st.metric(
        _("Worth in 12 months"),
        compact_money(found.total),
        delta=f"{compact_money(found.low)} – {compact_money(found.high)}",
        delta_color="off",
        delta_arrow="off",
        help=f"**{money(found.total)}**  \n{told}",
        border=True,
        height="stretch",
    )
