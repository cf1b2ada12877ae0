"""One transfer: what it carries, the steps it took, and the next one."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.base.exact import ZERO
from core.stock.transfers.lots import transfer_lots
from core.stock.transfers.models import (
    LOSS_PARTY_LABELS,
    STEP_KIND_LABELS,
    TRANSFER_STATE_LABELS,
    LossParty,
    TransferState,
)
from core.stock.transfers.queries import TransferLineRow, transfer_card
from core.stock.transfers.service import (
    cancel_transfer,
    close_with_loss,
    receive_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.command import may
from pages._shared.facts import show_facts
from pages._shared.formats import day, local_time, moment, quantity
from pages._shared.forms import quantity_typed
from pages._shared.photos import choose_photos, refuse_photos, show_photos
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import nothing_here, quantity_column, quantity_places, table, text_column
from pages._shared.text import _, escaped
from pages.stock._names import row_height
from pages.stock._transfer_lots import lots_box

COLORS = {
    TransferState.REQUESTED: "orange",
    TransferState.SHIPPED: "blue",
    TransferState.CLOSED: "green",
    TransferState.CANCELLED: "gray",
}


def quantities_box(
    lines: Sequence[TransferLineRow], most: Sequence[Decimal], label: str, key: str
) -> dict[int, Decimal]:
    """A table to correct quantities in, which begin at the most there are."""
    typed = st.data_editor(
        {
            "sku": [line.sku for line in lines],
            "name": [line.name for line in lines],
            "count": [float(each) for each in most],
            "unit": [line.unit for line in lines],
        },
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["sku", "name", "unit"],
        row_height=row_height([line.name for line in lines]),
        column_config={
            "sku": text_column(_("Code"), width=80),
            "name": text_column(_("Product name"), width=170),
            "count": quantity_column(label, quantity_places(most), width=90, min_value=0.0, step=0.001),
            "unit": text_column(_("Unit"), width=44),
        },
    )
    counts = [quantity_typed(each) for each in typed["count"]]
    return {line.variant_id: count for line, count in zip(lines, counts, strict=True)}


actor = open_screen(__file__)
link("stock/transfers", _("All transfers"))

with reading() as view:
    transfer = asked_card(view, transfer_card)
    today = local_time(view.now).date()
    waits = transfer is not None and transfer.state is TransferState.REQUESTED
    lots = transfer_lots(view, transfer.id) if transfer is not None and waits else []
if transfer is None:
    nothing_here(_("Choose a transfer from the list."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", key="transfer.head"):
    st.subheader(transfer.number, anchor=False, width="content")
    st.badge(_(TRANSFER_STATE_LABELS[transfer.state]), color=COLORS[transfer.state])

with st.container(border=True):
    show_facts(
        {
            _("From"): transfer.source,
            _("To"): transfer.target,
            _("Requested"): moment(transfer.created_at) + (f" · {transfer.created_by}" if transfer.created_by else ""),
            _("Shipped"): moment(transfer.shipped_at) if transfer.shipped_at else "",
            _("Expected on"): day(transfer.expected_on) if transfer.expected_on else "",
            _("Days on the way, usually"): quantity(transfer.days) if transfer.days is not None else "",
            _("Note"): transfer.note,
        }
    )

names = ("on_the_way", "asked", "shipped", "arrived", "lost")
places = quantity_places([getattr(line, name) for line in transfer.lines for name in names])
labels = (_("On the way"), _("Requested"), _("Shipped"), _("Arrived"), _("Lost"))
st.dataframe(
    table(transfer.lines, ["sku", "name", *names, "unit"]),
    key=f"transfer.lines.{transfer.id}",
    hide_index=True,
    height="content" if len(transfer.lines) < 15 else 480,
    row_height=row_height([line.name for line in transfer.lines]),
    column_config={
        "sku": text_column(_("Code"), width=70),
        "name": text_column(_("Product name"), width=150),
        **{name: quantity_column(label, places, width=66) for name, label in zip(names, labels, strict=True)},
        "unit": text_column(_("Unit"), width=44),
    },
)

asked_for = [lot for lot in lots if lot.asked]
if asked_for:
    words = [f"{lot.number} × {quantity(lot.asked)}" for lot in asked_for]
    named = _("Lots asked for: {lots}").format(lots="; ".join(words))
    st.caption(f":material/qr_code_2: {escaped(named)}")

for step in transfer.steps:
    words = [f"**{_(STEP_KIND_LABELS[step.kind])}**", escaped(moment(step.at))]
    if step.by:
        words.append(escaped(step.by))
    if step.responsible is not None:
        owner = step.responsible_name or _(LOSS_PARTY_LABELS[step.responsible])
        if step.responsible_name and step.responsible is not LossParty.SOMEBODY:
            owner = f"{_(LOSS_PARTY_LABELS[step.responsible])} ({step.responsible_name})"
        words.append(_("answers for it: {owner}").format(owner=escaped(owner)))
    if step.reason:
        words.append(escaped(step.reason))
    said = " · ".join(words)
    st.markdown(_(":gray[~~{said}~~ taken back]").format(said=said) if step.is_undone else said)

show_photos(actor, "stock_transfer", transfer.id, adds=transfer.state is not TransferState.SHIPPED)

if not may(actor, ship_transfer):
    st.stop()

form = f"transfer.{transfer.id}.{len(transfer.steps)}.{transfer.state}"
if transfer.state in {TransferState.REQUESTED, TransferState.SHIPPED}:
    leaves = transfer.state is TransferState.REQUESTED
    open_lines = [line for line in transfer.lines if leaves or line.on_the_way]
    most = [line.asked if leaves else line.on_the_way for line in open_lines]
    photos = [] if leaves else choose_photos(f"{form}.photos")
    with st.form(form):
        st.markdown(
            "**"
            + (_("What leaves {warehouse}?") if leaves else _("What arrived in {warehouse}?")).format(
                warehouse=escaped(transfer.source if leaves else transfer.target)
            )
            + "**"
        )
        counts = quantities_box(open_lines, most, _("Shipped") if leaves else _("Arrived"), f"{form}.counts")
        chosen = lots_box(lots, f"{form}.lots") if leaves and lots else {}
        on = st.date_input(_("Day"), value=today, max_value=today, key=f"{form}.day", width=180)
        pressed = st.form_submit_button(
            _("Ship") if leaves else _("Put on the shelf"), type="primary", key=f"{form}.save", icon=":material/check:"
        )
    if pressed and photos is None:
        refuse_photos()
    elif pressed:
        by_lot = {variant_id: sum(of.values(), ZERO) for variant_id, of in chosen.items()}
        act(
            ship_transfer if leaves else receive_transfer,
            transfer.id,
            quantities=counts | by_lot,
            **({"lots": chosen} if chosen else {}),
            **({"photos": photos} if photos else {}),
            at=None if on == today else on,
            done=_("{number} is on the way.").format(number=transfer.number)
            if leaves
            else _("What arrived is on the shelf."),
            key=form_key(form),
        )

with st.container(horizontal=True, key="transfer.more"):
    if transfer.state is TransferState.SHIPPED:
        with st.popover(_("Close with a loss"), icon=":material/report:", key="transfer.lose"):
            evidence = choose_photos(f"{form}.lose.photos")
            with st.form(f"{form}.lose", border=False):
                st.caption(_("What is still on the way is written off."))
                party = st.selectbox(
                    _("Who answers for it"),
                    list(LossParty),
                    format_func=lambda each: _(LOSS_PARTY_LABELS[each]),
                    key=f"{form}.party",
                )
                name = st.text_input(_("Name"), max_chars=80, key=f"{form}.owner")
                reason = st.text_input(_("Reason"), max_chars=200, key=f"{form}.reason")
                lost = st.form_submit_button(_("Write off"), type="primary", key=f"{form}.lose.save")
            if lost and evidence is None:
                refuse_photos()
            elif lost:
                act(
                    close_with_loss,
                    transfer.id,
                    responsible=party,
                    responsible_name=name,
                    reason=reason,
                    photos=evidence or (),
                    done=_("{number} was closed with a loss.").format(number=transfer.number),
                    key=form_key(f"{form}.lose"),
                )
    if transfer.can_undo:
        with st.popover(_("Take the last step back"), icon=":material/undo:", key="transfer.undo"):
            with st.form(f"{form}.undo", border=False):
                reason = st.text_input(_("Reason"), max_chars=200, key=f"{form}.undo.reason")
                undone = st.form_submit_button(_("Take back"), type="primary", key=f"{form}.undo.save")
            if undone:
                act(undo_transfer_step, transfer.id, reason=reason, done=_("The step was taken back."))
    if transfer.state is TransferState.REQUESTED:
        with st.popover(_("Cancel the transfer"), icon=":material/close:", key="transfer.cancel"):
            with st.form(f"{form}.cancel", border=False):
                reason = st.text_input(_("Reason"), max_chars=200, key=f"{form}.cancel.reason")
                dropped = st.form_submit_button(_("Cancel the transfer"), type="primary", key=f"{form}.cancel.save")
            if dropped:
                act(cancel_transfer, transfer.id, reason=reason, done=_("The transfer was cancelled."))
