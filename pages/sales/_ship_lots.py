"""In the form that ships an order: the lots that are proposed, first expired first, to be changed by hand."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.sales.recall import LotChoice
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.expiry import FRESHNESS_LABELS, Freshness
from pages._shared.forms import quantity_typed
from pages._shared.tables import day_column, quantity_column, quantity_places, text_column
from pages._shared.text import _

Lots = dict[int, dict[int, Decimal]]


def lots_box(actor: Actor, order_id: int, version: int, choices: Sequence[LotChoice]) -> tuple[Lots, bool]:
    """What was typed in place of the proposal (line → lot → quantity), and whether expired lots may go too."""
    if not choices:
        return {}, False
    places = quantity_places([choice.most for choice in choices])
    st.markdown(
        "**" + _("Lots") + "** · " + _("those that expire first are proposed; type other quantities to change it.")
    )
    typed = st.data_editor(
        pd.DataFrame(
            {
                "sku": [choice.sku for choice in choices],
                "lot": [choice.lot.number for choice in choices],
                "expiry": pd.Series([choice.lot.expiry_on for choice in choices], dtype="object"),
                "why": [_why(choices, choice) for choice in choices],
                "most": [float(choice.most) for choice in choices],
                "leaving": [float(choice.proposed) for choice in choices],
            }
        ),
        key=f"order.{order_id}.ship.lots.{version}",
        hide_index=True,
        num_rows="fixed",
        disabled=["sku", "lot", "expiry", "why", "most"],
        column_config={
            "sku": text_column(_("Code"), width=70),
            "lot": text_column(_("Lot"), width=90),
            "expiry": day_column(_("Good until"), width=88),
            "why": text_column(_("Why"), width=130),
            "most": quantity_column(_("At most"), places, width=64),
            "leaving": quantity_column(_("Ships now"), places, width=72, min_value=0.0, step=0.001, required=True),
        },
    )
    expired = [choice for choice in choices if choice.lot.freshness is Freshness.EXPIRED]
    may_go = False
    if expired and actor.may(P.LOT_SHIP_EXPIRED):
        may_go = st.checkbox(_("Expired lots may go too"), key=f"order.{order_id}.ship.expired")
    lots: Lots = {}
    changed = set()
    for choice, count in zip(choices, typed["leaving"].tolist(), strict=True):
        exact = quantity_typed(count)
        if exact != choice.proposed:
            changed.add(choice.order_line_id)
        if exact:
            lots.setdefault(choice.order_line_id, {})[choice.lot.lot_id] = exact
    return {line_id: lots.get(line_id, {}) for line_id in changed}, may_go


def leaving_of(lots: Lots) -> dict[int, Decimal]:
    """How much leaves of the lines whose lots were typed."""
    return {line_id: sum(named.values(), ZERO) for line_id, named in lots.items()}


def _why(choices: Sequence[LotChoice], choice: LotChoice) -> str:
    """Why a lot is proposed, or is not."""
    if choice.lot.freshness is not Freshness.GOOD:
        return _(FRESHNESS_LABELS[choice.lot.freshness])
    if not choice.proposed:
        return _("Others go first")
    same = [each for each in choices if each.order_line_id == choice.order_line_id and each.proposed]
    if choice.lot.dates.goes_by is None:
        return _("Has no dates")
    return _("Expires first") if same[0] is choice else _("Expires next")
