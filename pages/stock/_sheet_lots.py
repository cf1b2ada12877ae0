"""On the sheet of a receipt, issue or count: the lots or serial numbers of each tracked line."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.catalog.models import Tracking
from core.catalog.queries import get_products
from core.catalog.tracking import tracking_of
from core.stock.drafts import DraftLot, MovementDraftCard, name_movement_lots
from core.stock.models import DocumentKind
from pages._shared.formats import quantity
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, reading
from pages._shared.tables import day_column, quantity_column, text_column
from pages._shared.text import _, escaped
from pages.stock._draft import redraw

COLUMNS = ("number", "quantity", "made_on", "expiry_on")


def show_lots(draft: MovementDraftCard) -> None:
    """For each tracked product on the sheet, a table of its lots; the line becomes what they add up to."""
    with reading() as view:
        tracked = {
            variant_id: row.tracking
            for variant_id, row in tracking_of(view, list(draft.quantities)).items()
            if row.tracking is not Tracking.NONE
        }
        products = get_products(view, list(tracked))
    for variant_id, tracking in tracked.items():
        lots = draft.lots.get(variant_id, ())
        left = draft.quantities[variant_id] - sum((lot.quantity for lot in lots), ZERO)
        title = _("Serial numbers of {name}") if tracking is Tracking.SERIAL else _("Lots of {name}")
        label = title.format(name=escaped(products[variant_id].name))
        if left:
            label += " · :orange[" + _("{count} without a lot").format(count=quantity(left)) + "]"
        with st.expander(label, icon=":material/qr_code_2:", expanded=bool(left), key=f"lots.of.{variant_id}"):
            _edit(draft, variant_id, lots, tracking)


def _edit(draft: MovementDraftCard, variant_id: int, lots: Sequence[DraftLot], tracking: Tracking) -> None:
    prefix = f"movements.lots.{draft.id}.{variant_id}.{len(lots)}"
    with st.form(prefix, border=False):
        if tracking is Tracking.SERIAL:
            typed = st.text_area(
                _("One number on each line; scan one after the other"),
                value="\n".join(lot.number for lot in lots),
                height=140,
                key=f"{prefix}.serials",
            )
            entered = [DraftLot(number.strip(), Decimal(1)) for number in typed.splitlines() if number.strip()]
        else:
            rows = pd.DataFrame(
                {
                    "number": [lot.number for lot in lots],
                    "quantity": [float(lot.quantity) for lot in lots],
                    "made_on": pd.Series([lot.made_on for lot in lots], dtype="object"),
                    "expiry_on": pd.Series([lot.expiry_on for lot in lots], dtype="object"),
                },
                columns=list(COLUMNS),
            )
            columns = {
                "number": text_column(_("Lot"), required=True, max_chars=64),
                "quantity": quantity_column(_("Quantity"), required=True, min_value=0.0, step=0.001),
            }
            if draft.kind is DocumentKind.RECEIPT:
                columns |= {
                    "made_on": day_column(_("Made on")),
                    "expiry_on": day_column(_("Good until"), help=_("Left empty, it follows from the shelf life.")),
                }
            edited = st.data_editor(
                rows[list(columns)],
                key=f"{prefix}.rows",
                hide_index=True,
                num_rows="dynamic",
                column_config=columns,
            )
            entered = [_lot(row) for row in edited.to_dict("records") if row.get("number")]
        saved = st.form_submit_button(_("Keep the lots"), key=f"{prefix}.save")
    if saved:
        redraw()
        act(name_movement_lots, draft.id, variant_id, entered, done=_("The lots were kept."))


def _lot(row: dict[str, Any]) -> DraftLot:
    count = row.get("quantity")
    counted = ZERO if count is None or pd.isna(count) else quantity_typed(count)
    return DraftLot(str(row["number"]).strip(), counted, _day(row.get("made_on")), _day(row.get("expiry_on")))


def _day(cell: Any) -> date | None:
    return None if cell is None or pd.isna(cell) else pd.Timestamp(cell).date()
