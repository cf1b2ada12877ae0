"""The documents of an order, each one click away, and where its goods and its money went."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import plotly.graph_objects as go
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
from pages._shared.charts import PALETTE, figure, show
from pages._shared.formats import day, moment, money, quantity
from pages._shared.screen import link, may_open, reading
from pages._shared.text import N_, _, escaped, ngettext

NODE, LINK = 14, 0.35
OPEN, LOST = PALETTE[10], PALETTE[3]
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
                st.markdown(f"**{_('Goods, in units')}**")
                _goods(order, shipments)
            if payments is not None:
                with st.container():
                    st.markdown(f"**{_('Money')}**")
                    _money(order, payments)
        _list(shipments, returns, payments or (), moves)
        if moves and may_open(actor, "stock/card"):
            _show_moves(moves)


def _goods(order: OrderCard, shipments: Sequence[ShipmentCard]) -> None:
    ordered = sum((line.quantity for line in order.lines), ZERO)
    left = sum((line.unshipped for line in order.lines), ZERO)
    returned = sum((line.returned for line in order.lines), ZERO)
    kept = ordered - left - returned
    shipped = [(card.number, card.quantity) for card in shipments if card.cancelled_at is None and card.quantity]
    if not shipped and ordered > left:
        shipped = [(_("Shipped"), ordered - left)]
    begin, with_customer, back, waits = _("Ordered"), _("With the customer"), _("Came back"), _("Still to go")
    flows = [(begin, number, units, PALETTE[0]) for number, units in shipped]
    remaining = kept
    for number, units in shipped:
        stays = min(units, remaining)
        remaining -= stays
        flows += [(number, with_customer, stays, PALETTE[4]), (number, back, units - stays, LOST)]
    flows.append((begin, waits, left, OPEN))
    _sankey(flows, "order.links.goods", quantity)


def _money(order: OrderCard, payments: Sequence[PaymentRow]) -> None:
    begin, waits, over = _("Total"), _("Open"), _("Paid too much")
    came = [row for row in payments if not row.is_reversal and not row.is_reversed]
    flows = []
    remaining = order.gross_amount
    for row in came:
        settles = min(row.amount, remaining)
        remaining -= settles
        flows.append((begin, row.number, settles, PALETTE[0]))
        if row.amount > settles:
            flows.append((over, row.number, row.amount - settles, LOST))
    flows.append((begin, waits, max(order.gross_amount - sum((row.amount for row in came), ZERO), ZERO), OPEN))
    _sankey(flows, "order.links.money", money)


def _sankey(flows: Sequence[tuple[str, str, Decimal, str]], key: str, shown: Callable[[Decimal], str]) -> None:
    """Flows from place to place: where from, where to, how much, in which colour."""
    flows = [flow for flow in flows if flow[2] > ZERO]
    if not flows:
        st.caption(_("Nothing yet."))
        return
    names = list(dict.fromkeys(name for flow in flows for name in flow[:2]))
    totals = {
        name: max(
            sum((size for source, _t, size, _c in flows if source == name), ZERO),
            sum((size for _s, target, size, _c in flows if target == name), ZERO),
        )
        for name in names
    }
    labels = [f"{name} {shown(totals[name])}" for name in names]
    trace = go.Sankey(
        arrangement="snap",
        node={"label": labels, "pad": 22, "thickness": NODE, "color": PALETTE[10], "line": {"width": 0}},
        link={
            "source": [names.index(source) for source, *_rest in flows],
            "target": [names.index(target) for _source, target, *_rest in flows],
            "value": [float(size) for *_ends, size, _colour in flows],
            "color": [_faded(colour) for *_rest, colour in flows],
        },
        textfont={"size": 12},
        hoverinfo="none",
    )
    show(figure(trace, height=90 + 36 * len(names)), key=key)


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {LINK})"


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
            units = _("{count} units").format(count=quantity(card.quantity))
            st.markdown(f"{units} · {moment(card.shipped_at)}{crossed}", width="content")
    for row in returns:
        state = "" if row.state != ReturnState.CANCELLED else " :gray-badge[" + _("Cancelled") + "]"
        st.markdown(
            f":material/assignment_return: **{row.number}** · {money(row.gross_amount)}"
            f" · {moment(row.returned_at)}{state}"
        )
    for payment in payments:
        gone = " :gray-badge[" + _("Reversed") + "]" if payment.is_reversed else ""
        st.markdown(
            f":material/payments: **{payment.number}** · {money(payment.amount)} · {day(payment.received_on)}{gone}"
        )
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
