"""On the stock card: where the goods lie, carrying them to another place, and naming the lots they are."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.catalog.models import Tracking
from core.catalog.tracking import tracking_of
from core.security.actor import Actor
from core.stock.expiry import LotDates
from core.stock.ledger import Line
from core.stock.lies import LiesRow, goods_lie
from core.stock.lots import name_lots
from core.stock.models import LOCATION_KIND_LABELS
from core.stock.moves import LotEntry
from core.stock.tree import carry_goods, places
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, form_key, reading
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import _
from pages.stock._words import place_name


def show_lies(actor: Actor, variant_id: int, warehouse_id: int | None) -> None:
    """Places and lots with what they hold, and what this person may do about it."""
    with reading() as view:
        rows = [row for row in goods_lie(view, variant_id) if warehouse_id in (None, row.warehouse_id)]
        tracking = tracking_of(view, [variant_id])[variant_id].tracking
    if not rows:
        return
    unnamed = [row for row in rows if tracking != Tracking.NONE and row.lot_id is None and row.on_hand > 0]
    with st.expander(_("Where it lies"), icon=":material/shelves:", key="card.lies"):
        _table(rows)
        if unnamed:
            st.caption(_("Lots are kept of this product, and some of its goods have none yet. Name them here."))
        with st.container(horizontal=True):
            if may(actor, carry_goods):
                with st.popover(_("Carry to another place"), icon=":material/moving:", width="content"):
                    _carry_form(variant_id, [row for row in rows if row.free > 0])
            if unnamed and may(actor, name_lots):
                with st.popover(_("Name the lots"), icon=":material/label:", width="content"):
                    _name_form(variant_id, unnamed)


def _table(rows: Sequence[LiesRow]) -> None:
    counts = quantity_places([row.on_hand for row in rows])
    columns = {
        "warehouse": [row.warehouse for row in rows],
        "place": [place_name(row.place) for row in rows],
        "kind": [_(LOCATION_KIND_LABELS[row.kind]) for row in rows],
        "lot": [row.lot for row in rows],
        "on_hand": [float(row.on_hand) for row in rows],
        "reserved": [float(row.reserved) for row in rows],
    }
    if not any(columns["lot"]):
        del columns["lot"]
    st.dataframe(
        columns,
        key="card.lies.rows",
        hide_index=True,
        height="content" if len(rows) < 15 else 440,
        column_config={
            "warehouse": text_column(_("Warehouse"), width=90),
            "place": text_column(_("Place"), width=100),
            "kind": text_column(_("Kind"), width=90),
            "lot": text_column(_("Lot"), width=96),
            "on_hand": quantity_column(_("On hand"), counts, width=66),
            "reserved": quantity_column(_("Reserved"), counts, width=66),
        },
    )


def _said(row: LiesRow) -> str:
    words = [row.warehouse, place_name(row.place), row.lot, quantity(row.free)]
    return " · ".join(word for word in words if word)


def _carry_form(variant_id: int, rows: Sequence[LiesRow]) -> None:
    if not rows:
        st.caption(_("All of it is promised to orders; what is promised stays where it is."))
        return
    source: LiesRow = st.selectbox(_("From"), rows, format_func=_said, key=f"card.carry.from.{variant_id}")
    with reading() as view:
        targets = {
            row.id: place_name(row.name)
            for row in places(view, source.warehouse_id)
            if row.is_leaf and row.is_active and row.id != source.location_id
        }
    if not targets:
        st.caption(_("This warehouse has no other place. Places are added at Warehouses, Places."))
        return
    with st.form("card.carry", border=False):
        target = st.selectbox(
            _("To"), list(targets), format_func=lambda each: targets.get(each, ""), key=f"card.carry.to.{variant_id}"
        )
        count = st.number_input(
            _("Quantity"), min_value=0.0, value=0.0, step=1.0, key=f"card.carry.count.{source.location_id}"
        )
        pressed = st.form_submit_button(_("Carry"), type="primary", key="card.carry.save")
    if pressed:
        exact = quantity_typed(count)
        act(
            carry_goods,
            from_id=source.location_id,
            to_id=target,
            lines=[Line(variant_id, exact, lot_id=source.lot_id or 0)],
            done=_("{count} carried to {place}.").format(count=quantity(exact), place=targets[target]),
            key=form_key(f"card.carry.{variant_id}"),
        )


def _name_form(variant_id: int, rows: Sequence[LiesRow]) -> None:
    row: LiesRow = st.selectbox(
        _("Place"),
        rows,
        format_func=lambda each: f"{each.warehouse} · {place_name(each.place)} · {quantity(each.on_hand)}",
        key=f"card.name.at.{variant_id}",
    )
    with st.form("card.name", border=False):
        typed = st.data_editor(
            pd.DataFrame(
                {
                    "number": pd.Series([], dtype="str"),
                    "made_on": pd.Series([], dtype="object"),
                    "expiry_on": pd.Series([], dtype="object"),
                    "quantity": pd.Series([], dtype="float"),
                }
            ),
            num_rows="dynamic",
            hide_index=True,
            key=f"card.name.rows.{row.location_id}.{row.on_hand}",
            column_config={
                "number": st.column_config.TextColumn(_("Lot"), max_chars=64, required=True),
                "made_on": st.column_config.DateColumn(_("Made on"), format="YYYY-MM-DD"),
                "expiry_on": st.column_config.DateColumn(_("Good until"), format="YYYY-MM-DD"),
                "quantity": st.column_config.NumberColumn(_("Quantity"), min_value=0.0, step=0.001, required=True),
            },
        )
        pressed = st.form_submit_button(_("Name the lots"), type="primary", key="card.name.save")
    if pressed:
        lots: dict[LotEntry, Decimal] = defaultdict(Decimal)
        for each in typed.to_dict("records"):
            dates = LotDates(made_on=_day(each["made_on"]), expiry_on=_day(each["expiry_on"]))
            lots[LotEntry(str(each["number"] or ""), dates)] += quantity_typed(each["quantity"])
        act(
            name_lots,
            location_id=row.location_id,
            variant_id=variant_id,
            lots=dict(lots),
            done=_("The lots were named."),
            key=form_key(f"card.name.{variant_id}"),
        )


def _day(typed: Any) -> date | None:
    return None if pd.isna(typed) else pd.Timestamp(typed).date()
