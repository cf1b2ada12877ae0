"""Landed costs and corrected receipt prices: seen before they are made, and taken back."""

from decimal import Decimal

import streamlit as st

from core.base.errors import AppError
from core.base.exact import PRICE_PLACES, round_to
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, reverse_adjustment
from core.stock.costs.lists import cost_adjustments, count_adjustments, receipt_moves
from core.stock.costs.models import ADJUSTMENT_KIND_LABELS
from core.stock.costs.previews import landed_shares, preview_landed_cost, preview_receipt_price
from core.stock.costs.rules.landed import SPLIT_LABELS, SplitBy
from core.work.command import may
from pages._shared.formats import local_time, money, quantity
from pages._shared.forms import decimal_input
from pages._shared.records import page_of, show_pages
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import (
    moment_column,
    money_column,
    nothing_here,
    price_column,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, escaped, listed, ngettext
from pages.stock._effect import show_effect

PAGE = 50
OFFERED = 100

actor = open_screen(__file__)

if may(actor, add_landed_cost):
    with st.expander(_("Change what receipts cost"), icon=":material/edit:", key="changes.new"):
        typed = st.text_input(
            _("Search"), key="changes.search", placeholder=_("Code, name, pinyin or barcode"), width=280
        )
        with reading() as view:
            receipts = receipt_moves(view, text=typed, limit=OFFERED)
        if not receipts:
            nothing_here(_("No goods receipt matches."))
        else:
            picked = st.dataframe(
                {
                    "number": [row.number for row in receipts],
                    "at": [local_time(row.at) for row in receipts],
                    "supplier": [row.supplier for row in receipts],
                    "name": [f"{row.sku} {row.name}" for row in receipts],
                    "quantity": [float(row.quantity) for row in receipts],
                    "unit_cost": [float(row.unit_cost) for row in receipts],
                    "amount": [float(row.amount) for row in receipts],
                },
                key=f"changes.receipts.{typed}",
                hide_index=True,
                height="content" if len(receipts) < 8 else 300,
                on_select="rerun",
                selection_mode="multi-row",
                placeholder="",
                column_config={
                    "number": text_column(_("Number"), width=104),
                    "at": moment_column(_("When"), width=116),
                    "supplier": text_column(_("Supplier"), width=90),
                    "name": text_column(_("Product"), width=150),
                    "quantity": quantity_column(
                        _("Quantity"), quantity_places([row.quantity for row in receipts]), width=66
                    ),
                    "unit_cost": price_column(_("Unit cost"), width=76),
                    "amount": money_column(_("Value"), width=86),
                },
            )
            chosen = [receipts[each] for each in picked["selection"]["rows"] if each < len(receipts)]
            if not chosen:
                st.caption(_("Choose one or several lines of receipts."))
            else:
                kind = st.segmented_control(
                    _("What became known?"),
                    ["landed", "price"] if len(chosen) == 1 else ["landed"],
                    format_func=lambda each: (
                        _("Freight, duty and the like") if each == "landed" else _("Another price")
                    ),
                    default="landed",
                    required=True,
                    key=f"changes.kind.{len(chosen) == 1}",
                )
                reason = st.text_input(_("Reason"), max_chars=200, key="changes.reason")
                try:
                    if kind == "price":
                        receipt = chosen[0]
                        wanted = decimal_input(
                            _("Unit cost"), receipt.unit_cost, key=f"changes.price.{receipt.move_id}"
                        )
                        if wanted != receipt.unit_cost:
                            with reading() as view:
                                effect = preview_receipt_price(view, receipt.move_id, unit_cost=wanted)
                            show_effect(effect, "changes.effect")
                            if st.button(_("Correct the price"), type="primary", key="changes.price.save"):
                                act(
                                    correct_receipt_price,
                                    receipt.move_id,
                                    unit_cost=wanted,
                                    reason=reason,
                                    done=_("The price was corrected."),
                                    key=form_key("changes.price"),
                                )
                    else:
                        left, right = st.columns(2)
                        amount = left.number_input(
                            _("Amount"), value=0.0, step=0.01, format="%.2f", key="changes.amount"
                        )
                        split_by = right.selectbox(
                            _("Split by"),
                            list(SplitBy),
                            format_func=lambda each: _(SPLIT_LABELS[each]),
                            key="changes.split",
                        )
                        weights: dict[int, Decimal] | None = None
                        if split_by is SplitBy.WEIGHT:
                            entered = st.data_editor(
                                {"name": [f"{row.sku} {row.name}" for row in chosen], "kg": [0.0 for _row in chosen]},
                                key=f"changes.weights.{'.'.join(str(row.move_id) for row in chosen)}",
                                hide_index=True,
                                num_rows="fixed",
                                disabled=["name"],
                                column_config={
                                    "name": text_column(_("Product"), width=200),
                                    "kg": quantity_column(_("Weight of the line"), 3, width=120, min_value=0.0),
                                },
                            )
                            weights = {
                                row.move_id: Decimal(str(each or 0))
                                for row, each in zip(chosen, entered["kg"], strict=True)
                            }
                        spread = {
                            "amount": round_to(Decimal(str(amount)), PRICE_PLACES),
                            "move_ids": [row.move_id for row in chosen],
                            "split_by": split_by,
                            "weights": weights,
                        }
                        if amount:
                            with reading() as view:
                                effect = preview_landed_cost(view, **spread)
                                shares = landed_shares(view, **spread)
                            parts = [f"{row.sku} {money(shares[row.move_id])}" for row in chosen]
                            st.caption(escaped(" · ".join(parts)))
                            show_effect(effect, "changes.effect")
                            if st.button(_("Spread the cost"), type="primary", key="changes.landed.save"):
                                act(
                                    add_landed_cost,
                                    **spread,
                                    reason=reason,
                                    done=_("The cost was spread over the receipts."),
                                    key=form_key("changes.landed"),
                                )
                except AppError as refusal:
                    st.error(listed(refusal.sentence))

with reading() as view:
    count = count_adjustments(view)
    page = page_of("changes.page", count, PAGE)
    rows = cost_adjustments(view, limit=PAGE, offset=page.offset)
if not rows:
    nothing_here(_("No cost was changed yet."))
    st.stop()

picked = st.dataframe(
    {
        "number": [row.number for row in rows],
        "kind": [_(ADJUSTMENT_KIND_LABELS[row.kind]) for row in rows],
        "amount": [float(row.amount) if row.amount else None for row in rows],
        "products": [row.products for row in rows],
        "reason": [row.reason for row in rows],
        "at": [local_time(row.created_at) for row in rows],
        "by": [row.created_by for row in rows],
        "state": [_("Taken back") if row.is_reversed else _("Opposite") if row.reverses_id else "" for row in rows],
    },
    key=f"changes.table.{page.number}",
    hide_index=True,
    height="content" if len(rows) < 12 else 420,
    on_select="rerun",
    selection_mode="single-row",
    placeholder="",
    column_config={
        "number": text_column(_("Number"), width=104),
        "kind": text_column(_("Kind"), width=100),
        "amount": money_column(_("Amount"), width=86),
        "products": quantity_column(_("Products"), width=60),
        "reason": text_column(_("Reason"), width=140),
        "at": moment_column(_("When"), width=116),
        "by": text_column(_("Entered by"), width=80),
        "state": text_column(_("State"), width=76),
    },
)
counted = ngettext("{count} change", "{count} changes", count).format(count=quantity(count))
show_pages(page, counted + " · " + _("Choose a row to take it back."))
selected = picked["selection"]["rows"]
if selected and selected[0] < len(rows) and may(actor, reverse_adjustment):
    row = rows[selected[0]]
    if not row.can_reverse:
        st.caption(_("This one cannot be taken back. A revaluation is followed by another."))
    else:
        with st.form(f"changes.undo.{row.id}"):
            st.markdown("**" + _("Take {number} back").format(number=row.number) + "**")
            why = st.text_input(_("Reason"), max_chars=200, key=f"changes.undo.reason.{row.id}")
            pressed = st.form_submit_button(_("Take back"), type="primary", key=f"changes.undo.save.{row.id}")
        if pressed:
            act(
                reverse_adjustment,
                row.id,
                reason=why,
                done=_("{number} was taken back.").format(number=row.number),
                key=form_key(f"changes.undo.{row.id}"),
            )
