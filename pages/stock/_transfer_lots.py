"""In the form that ships a transfer: the lots that are proposed, to be changed by hand."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.stock.expiry import FRESHNESS_LABELS, Freshness
from core.stock.transfers.lots import TransferLotRow
from pages._shared.forms import quantity_typed
from pages._shared.tables import day_column, quantity_column, quantity_places, text_column
from pages._shared.text import _


def lots_box(rows: Sequence[TransferLotRow], key: str) -> dict[int, dict[int, Decimal]]:
    """What was typed in place of the proposal (product → lot → quantity); products left as they are do not appear."""
    places = quantity_places([row.free for row in rows] + [row.proposed for row in rows])
    st.markdown(
        "**"
        + _("Lots")
        + "** · "
        + _("those asked for, then those that expire first, are proposed; type other quantities to change it.")
    )
    typed = st.data_editor(
        pd.DataFrame(
            {
                "sku": [row.sku for row in rows],
                "lot": [row.number for row in rows],
                "expiry": pd.Series([row.expiry_on for row in rows], dtype="object"),
                "state": [
                    "" if row.freshness is Freshness.GOOD else _(FRESHNESS_LABELS[row.freshness]) for row in rows
                ],
                "free": [float(row.free) for row in rows],
                "leaving": [float(row.proposed) for row in rows],
            }
        ),
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["sku", "lot", "expiry", "state", "free"],
        column_config={
            "sku": text_column(_("Code"), width=70),
            "lot": text_column(_("Lot"), width=90),
            "expiry": day_column(_("Good until"), width=88),
            "state": text_column(_("State"), width=70),
            "free": quantity_column(_("At most"), places, width=64),
            "leaving": quantity_column(_("Shipped"), places, width=72, min_value=0.0, step=0.001, required=True),
        },
    )
    counts = [quantity_typed(count) for count in typed["leaving"].tolist()]
    changed = {row.variant_id for row, count in zip(rows, counts, strict=True) if count != row.proposed}
    lots: dict[int, dict[int, Decimal]] = {variant_id: {} for variant_id in changed}
    for row, count in zip(rows, counts, strict=True):
        if row.variant_id in changed and count:
            lots[row.variant_id][row.lot_id] = count
    return lots
