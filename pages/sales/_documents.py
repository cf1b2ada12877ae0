"""The documents of an order, each one click away, and where its goods and its money went."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.base.exact import ZERO
from core.receivables.queries import PaymentRow
from core.sales.links import (
    OrderMoveRow,
    OrderReturnRow,
    ShipmentCard,
    moves_of_order,
    returns_of,
    shipment_cards,
)
from core.sales.models import ReturnState
from core.sales.queries import OrderCard
from core.security.actor import Actor
from core.stock.models import MoveState
from core.work.command import may
from pages._shared.charts import PALETTE
from pages._shared.formats import day, moment, money, quantity
from pages._shared.screen import link, may_open, reading
from pages._shared.text import N_, _, escaped, ngettext
from pages.sales._labels import units_said
from pages.sales._sankey import Stream, show_streams

WAITS, GOOD, LOST = PALETTE[10], PALETTE[4], PALETTE[3]
OUTSIDE = {
    "supplier": N_("Supplier"),
    "customer": N_("Customer"),
    "loss": N_("Loss"),
    "history": N_("Before the books began"),
}


def show_documents(actor: Actor, order: OrderCard, payments: Sequence[PaymentRow] | None) -> None:
    """Pictures of goods and money, and the list of documents; nothing is read before it is opened."""
    title = _("Documents, goods and money")
    box = st.expander(title, icon=":material/account_tree:", key="order.links", on_change="rerun")
    with box:
        if not box.open:
            return
        with reading() as view:
            shipments = shipment_cards(view, order.id)
            returns = returns_of(view, order.id)
            moves = moves_of_order(view, order.id) if may(actor, moves_of_order) else []
        with st.grid(min_column_width=300):
            with st.container():
                st.markdown("**" + _("Goods, in units") + "**")
                _goods(order, shipments)
            if payments is not None:
                with st.container():
                    st.markdown("**" + _("Payment") + "**")
                    _money(order, payments)
        _list(shipments, returns, payments or (), moves)
        if moves and may_open(actor, "stock/card"):
            _show_moves(moves)


def _goods(order: OrderCard, shipments: Sequence[ShipmentCard]) -> None:
    ordered = sum((line.quantity for line in order.lines), ZERO)
    left = sum((line.unshipped for line in order.lines), ZERO)
    returned = sum((line.returned for line in order.lines), ZERO)
    shipped = [(card.number, card.quantity) for card in shipments if card.cancelled_at is None and card.quantity]
    if not shipped and ordered > left:
        shipped = [(_("Shipped"), ordered - left)]
    begin, with_customer, back = _("Ordered"), _("With the customer"), _("Came back")
    streams = [Stream(begin, number, units, PALETTE[0]) for number, units in shipped]
    kept = ordered - left - returned
    for number, units in shipped:
        stays = min(units, kept)
        kept -= stays
        streams.append(Stream(number, with_customer, stays, GOOD, 1, 2))
        streams.append(Stream(number, back, units - stays, LOST, 1, 2))
    streams.append(Stream(begin, _("Still to go"), left, WAITS, until=2 if shipped else 1))
    show_streams(streams, quantity, _("Goods, in units"))


def _money(order: OrderCard, payments: Sequence[PaymentRow]) -> None:
    """What came in pays what is owed, less what came back; what was given back went out of the newest money."""
    total, over, back = _("Total"), _("Paid too much"), _("Given back")
    came = [row for row in payments if not (row.is_reversal or row.is_reversed)]
    given = -sum((row.amount for row in came if row.amount < ZERO), ZERO)
    gone: dict[int, Decimal] = {}
    for row in sorted(came, key=lambda each: -each.id):
        gone[row.id] = max(min(row.amount, given), ZERO)
        given -= gone[row.id]
    streams, remaining = [], order.gross_amount - order.returned_amount
    for row in came:
        kept = max(row.amount, ZERO) - gone[row.id]
        settles = min(kept, remaining)
        remaining -= settles
        streams.append(Stream(row.number, total, settles, PALETTE[0], until=2))
        streams.append(Stream(row.number, over, kept - settles, LOST, until=2))
        streams.append(Stream(row.number, back, gone[row.id], LOST, until=2))
    streams.append(Stream(_("Open"), total, remaining, WAITS, until=2))
    show_streams(streams, money, _("Payment"))


def _list(
    shipments: Sequence[ShipmentCard],
    returns: Sequence[OrderReturnRow],
    payments: Sequence[PaymentRow],
    moves: Sequence[OrderMoveRow],
) -> None:
    for card in shipments:
        crossed = " :gray-badge[" + _("Undone") + "]" if card.cancelled_at else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link("sales/shipment", card.number, id=card.id)
            st.markdown(f"{units_said(card.quantity)} · {moment(card.shipped_at)}{crossed}", width="content")
    for row in returns:
        state = "" if row.state != ReturnState.CANCELLED else " :gray-badge[" + _("Cancelled") + "]"
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link("sales/take_back", row.number, id=row.id)
            st.markdown(f"{money(row.gross_amount)} · {moment(row.returned_at)}{state}", width="content")
    for payment in payments:
        gone = " :gray-badge[" + _("Reversed") + "]" if payment.is_reversed else ""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link("receivables/payment", payment.number, id=payment.id)
            st.markdown(f"{money(payment.amount)} · {day(payment.received_on)}{gone}", width="content")
    if not (shipments or returns or payments):
        st.caption(_("Nothing has been shipped, returned or paid yet."))
    if moves:
        waiting = sum((row.quantity for row in moves if row.state == MoveState.RESERVED), ZERO)
        counted = ngettext("{count} stock move", "{count} stock moves", len(moves)).format(count=len(moves))
        st.caption(counted + " · " + _("{count} units reserved").format(count=quantity(waiting)))


def _show_moves(moves: Sequence[OrderMoveRow]) -> None:
    """Each move with the way to the stock card of its product, which leads back to the order."""
    for row in moves:
        word = _("Reserved") if row.state == MoveState.RESERVED else moment(row.at)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            link("stock/card", escaped(f"{row.sku} {row.name}"), id=row.variant_id)
            ends = f"{_place(row.source)} → {_place(row.target)}"
            st.markdown(f"{quantity(row.quantity)} {escaped(row.unit)} · {ends} · :gray[{word}]", width="content")


def _place(name: str) -> str:
    return escaped(_(OUTSIDE[name]) if name in OUTSIDE else name)
