"""What dated goods are worth by when they expire, what is not sold in time, and what to do about it."""

from collections.abc import Mapping
from decimal import Decimal

import streamlit as st

from core.base.exact import ZERO
from core.stock.expiry_risk import BUCKET_LABELS, Advice, Bucket, Remedy
from core.stock.expiry_value import RiskRow, buckets, expiry_risks
from pages._shared.formats import quantity
from pages._shared.records import filter_box
from pages._shared.screen import goto, reading
from pages._shared.tables import choice_table, money_column, nothing_here, quantity_column, quantity_places, text_column
from pages._shared.text import N_, _, ngettext

MOST = 500
UNSOLD = N_(
    "Each lot is sold first expired, first out, at what its warehouse sold of the product in the last 90 days ÷ 90 "
    "a day (returns taken off), up to the day before its removal. What is left then is not sold in time."
)
ADVICE = N_(
    "Transfer: what another warehouse can sell in time beside its own goods. Mark down: it sells, but too slowly. "
    "Return: it does not sell, or may not be sold, and its receipt names a supplier."
)


def show_risk(houses: Mapping[int, str]) -> None:
    """The buckets, and the lots of which something is not sold in time, dearest first."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="lots.risk.bar"):
        warehouse_id = filter_box(
            _("Warehouse"), dict(houses), _("All warehouses"), key="lots.risk.warehouse", width=180
        )
        words = {bucket: _(label) for bucket, label in BUCKET_LABELS.items()}
        only: Bucket | None = filter_box(_("Expires"), words, _("At any time"), key="lots.risk.bucket", width=180)
    with reading() as view:
        rows = expiry_risks(view, warehouse_id=warehouse_id)
    if not rows:
        nothing_here(_("No lot matches. Lots are named when goods of a tracked product are received."))
        return
    _show_buckets(rows)
    stuck = [row for row in rows if row.outlook.unsold and only in {None, row.bucket}]
    if not stuck:
        st.success(_("Everything here is sold in time, as fast as it sells now."))
        return
    stuck.sort(key=lambda row: (-(row.unsold_value or ZERO), row.days or 0))
    _show_lots(stuck[:MOST], houses)
    counted = ngettext("{count} lot", "{count} lots", len(stuck)).format(count=quantity(len(stuck)))
    st.caption(counted + " · " + _("Choose a row to see the lot."))


def _show_buckets(rows: list[RiskRow]) -> None:
    found = buckets(rows)
    sees_costs = all(row.value is not None for row in rows)
    columns: dict[str, list[str] | list[int] | list[float]] = {
        "bucket": [_(BUCKET_LABELS[row.bucket]) for row in found],
        "quantity": [float(row.quantity) for row in found],
    }
    if sees_costs:
        columns["value"] = [float(row.value or 0) for row in found]
    columns["unsold"] = [float(row.unsold) for row in found]
    if sees_costs:
        columns["unsold_value"] = [float(row.unsold_value or 0) for row in found]
    columns["lots"] = [row.lots for row in found]
    places = quantity_places([row.quantity for row in found] + [row.unsold for row in found])
    st.dataframe(
        columns,
        key="lots.risk.buckets",
        hide_index=True,
        height="content",
        column_config={
            "bucket": text_column(_("Expires"), width=104),
            "lots": quantity_column(_("Lots"), width=48),
            "quantity": quantity_column(_("Quantity"), places, width=66),
            "value": money_column(_("Value"), width=80, help=_("Quantity × what one costs now.")),
            "unsold": quantity_column(_("Not sold in time"), places, width=106, help=_(UNSOLD)),
            "unsold_value": money_column(_("Value at risk"), width=86, help=_(UNSOLD)),
        },
    )


def _show_lots(rows: list[RiskRow], houses: Mapping[int, str]) -> None:
    sees_costs = all(row.unsold_value is not None for row in rows)
    counts: list[Decimal | None] = [row.quantity for row in rows] + [row.outlook.unsold for row in rows]
    places = quantity_places(counts)
    chosen = choice_table(
        rows,
        {
            "name": [row.name for row in rows],
            "left": [row.days for row in rows],
            "unsold": [float(row.outlook.unsold) for row in rows],
            "advice": ["; ".join(_said(each, row, houses) for each in row.outlook.advice) or "–" for row in rows],
            **({"value": [float(row.unsold_value or 0) for row in rows]} if sees_costs else {}),
            "number": [row.number for row in rows],
            "quantity": [float(row.quantity) for row in rows],
            "daily": [float(max(row.sold, ZERO) / 90) for row in rows],
            "warehouse": [row.warehouse for row in rows],
        },
        key=f"lots.risk.table.{len(rows)}",
        height=560,
        column_config={
            "number": text_column(_("Lot"), width=104),
            "name": text_column(_("Product name"), width=120),
            "left": quantity_column(_("Days left"), width=66),
            "quantity": quantity_column(_("Quantity"), places, width=66),
            "unsold": quantity_column(_("Not sold in time"), places, width=106, help=_(UNSOLD)),
            "value": money_column(_("Value at risk"), width=86, help=_(UNSOLD)),
            "advice": text_column(_("Suggestion"), width=220, help=_(ADVICE)),
            "daily": quantity_column(_("Sold a day"), 2, width=70, help=_("Of the product, from this warehouse.")),
            "warehouse": text_column(_("Warehouse"), width=80),
        },
    )
    if chosen is not None:
        goto("stock/lot", id=chosen.lot_id)


def _said(advice: Advice, row: RiskRow, houses: Mapping[int, str]) -> str:
    count = quantity(advice.quantity)
    if advice.remedy is Remedy.TRANSFER:
        return _("Transfer {count} to {warehouse}").format(
            count=count, warehouse=houses.get(advice.warehouse_id or 0, "–")
        )
    if advice.remedy is Remedy.RETURN:
        return _("Return {count} to {supplier}").format(count=count, supplier=row.supplier)
    return _("Mark down {count}").format(count=count)
