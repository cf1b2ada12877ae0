"""The profit and loss of a lot, for who may see costs."""

import streamlit as st

from core.base.exact import ZERO
from core.sales.lot_result import CAME_IN, FATE_LABELS, Fate, lot_result
from pages._shared.formats import money
from pages._shared.screen import reading
from pages._shared.tables import money_column, quantity_column, quantity_places, text_column
from pages._shared.text import _

_ALWAYS = (Fate.BOUGHT, Fate.SOLD, Fate.SCRAPPED, Fate.LOST, Fate.RETURNED, Fate.HERE)


def show_result(lot_id: int) -> None:
    """What became of the goods, what they cost, and what they brought in."""
    with reading() as view:
        found = lot_result(view, lot_id)
    st.markdown("**" + _("Profit and loss of the lot") + "**")
    with st.container(horizontal=True, key="lot.result"):
        for label, amount, told in (
            (_("Sold, net"), found.net, _("The share of what was sold and kept in the net amount of its order lines.")),
            (_("Discount given"), found.discount, _("The share in the discount of its order lines.")),
            (_("Cost of goods sold"), found.of(Fate.SOLD).cost, _("What the goods sold and kept cost.")),
            (
                _("Profit so far"),
                found.profit,
                _("Sold, net − cost of goods sold − thrown away − lost. What is still here is not counted."),
            ),
        ):
            st.metric(label, money(amount), help=told, width=150)
    rows = [row for row in found.rows if row.fate in _ALWAYS or row.quantity or row.cost]
    names = [("+ " if row.fate in CAME_IN else "− ") + _(FATE_LABELS[row.fate]) for row in rows]
    counts: list[float | None] = [float(row.quantity) for row in rows]
    costs = [float(row.cost) for row in rows]
    if found.landed:
        names.insert(1, "+ " + _("Landed cost"))
        counts.insert(1, None)
        costs.insert(1, float(found.landed))
    if found.evened != ZERO:
        names.append("− " + _("Evened out with other goods"))
        counts.append(None)
        costs.append(float(found.evened))
    st.dataframe(
        {"fate": names, "quantity": counts, "cost": costs},
        key="lot.result.rows",
        hide_index=True,
        height="content",
        placeholder="",
        column_config={
            "fate": text_column(_("Where it went"), width=170),
            "quantity": quantity_column(_("Quantity"), quantity_places([row.quantity for row in rows]), width=76),
            "cost": money_column(
                _("Cost"),
                width=96,
                help=_(
                    "What came in (+) = what left and what is here (−), in quantity and in cost. Where lots share one "
                    "cost, revaluations changed it, or cents were rounded, the rest is evened out."
                ),
            ),
        },
    )
