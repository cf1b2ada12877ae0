"""Asking for a price below the lowest one, or another exception; what became of it; and answering."""

from decimal import Decimal

import streamlit as st

from core.receivables.models import APPROVAL_LABELS, ApprovalKind
from core.sales.approval_models import REQUEST_STATE_LABELS, RequestState
from core.sales.ask import approve_prices, ask_approval, decline_approval
from core.sales.asked import RequestRow, asked_for, must_ask, requests_of
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.queries import OrderCard
from core.work.command import may
from pages._shared.formats import moment, money, price, quantity
from pages._shared.screen import act, act_in_callback, current_actor, form_key, link, reading
from pages._shared.text import _, escaped
from pages.sales._kits import place_of

COLOURS = {
    RequestState.OPEN: "blue",
    RequestState.APPROVED: "green",
    RequestState.DECLINED: "red",
    RequestState.LAPSED: "gray",
}


def show_requests(order: OrderCard) -> None:
    """What was asked for on an order, and the answers."""
    with reading() as view:
        rows, actor, now = requests_of(view, order.id), view.actor, view.now
        mine = {row.id for row in asked_for(view)}
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"request.{row.id}"):
            st.badge(_(REQUEST_STATE_LABELS[row.state]), color=COLOURS[row.state])
            st.markdown(_told(row), width="content")
            if row.approval_id and row.used_at:
                st.caption(_("used {at}").format(at=moment(row.used_at)))
            elif row.expires_at and row.expires_at <= now:
                st.caption(_("expired"))
            elif row.expires_at:
                st.caption(_("until {at}").format(at=moment(row.expires_at)))
                if row.kind == ApprovalKind.PRICE and may(actor, approve_prices) and may(actor, withdraw_approval):
                    st.button(
                        _("Withdraw"),
                        key=f"request.withdraw.{row.id}",
                        type="tertiary",
                        on_click=act_in_callback,
                        args=(withdraw_approval, row.approval_id),
                        kwargs={"done": _("The approval is withdrawn.")},
                    )
            if row.id in mine:
                _answer(row)


def ask_for_price(order: OrderCard) -> None:
    """On a draft, for who may not set such prices: ask for prices below the lowest one, with the reason."""
    actor = current_actor()
    lines = [sold for sold in order.sold if not sold.is_gift]
    if actor is None or not lines:
        return
    with reading() as view:
        if not must_ask(view, order.id, ApprovalKind.PRICE):
            return
    with st.popover(_("Ask for a lower price"), icon=":material/price_check:", key="order.ask_price"):
        key = f"order.ask_price.{order.id}.{order.version}"
        with st.form(key, border=False):
            st.markdown("**" + _("Price asked for") + "**")
            typed = {
                place_of(line): st.number_input(
                    f"{line.sku} · {price(line.unit_price)}",
                    value=None,
                    min_value=0.0,
                    step=0.01,
                    placeholder=_("as it is"),
                    key=f"{key}.price.{place_of(line)}",
                )
                for line in lines
            }
            reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
            st.caption(_("Whoever may set prices answers; a yes puts the price on the line."))
            pressed = st.form_submit_button(_("Ask"), type="primary", key=f"{key}.submit")
        if pressed:
            asked = {place: Decimal(str(each)) for place, each in typed.items() if each is not None}
            act(
                ask_approval,
                order.id,
                kind=ApprovalKind.PRICE,
                reason=reason,
                prices={place: each for place, each in asked.items() if place > 0},
                kit_prices={-place: each for place, each in asked.items() if place < 0},
                done=_("Asked. The answer will stand on this order."),
                key=form_key(key),
            )


def ask_for_exception(order: OrderCard) -> None:
    """For who may not grant one: ask for credit beyond the limit, or for goods before the money."""
    key = f"money.ask.{order.id}"
    with (
        st.popover(_("Ask for an exception"), icon=":material/contact_support:", width="content"),
        st.form(key, border=False),
    ):
        kind = st.selectbox(
            _("Exception"),
            [ApprovalKind.CREDIT, ApprovalKind.PREPAYMENT],
            format_func=lambda each: _(APPROVAL_LABELS[each]),
            key=f"{key}.kind",
        )
        reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
        pressed = st.form_submit_button(_("Ask"), type="primary", key=f"{key}.submit")
    if pressed:
        done = _("Asked. The answer will stand on this order.")
        act(ask_approval, order.id, kind=kind, reason=reason, done=done, key=form_key(key))


def show_asked(row: RequestRow) -> None:
    """What waits for an answer of whoever may give it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"asked.{row.id}"):
        st.badge(_("Approval asked for"), icon=":material/how_to_reg:")
        link("sales/order", f"{row.number} {escaped(row.customer)}", id=row.order_id)
        st.markdown(_told(row), width="content")
        st.markdown(f":gray[{moment(row.asked_at)}]", width="content")
        _answer(row)


def _answer(row: RequestRow) -> None:
    is_price = row.kind == ApprovalKind.PRICE
    with st.popover(_("Answer"), icon=":material/how_to_reg:", key=f"answer.{row.id}"):
        st.caption(_("The order comes to {amount}.").format(amount=money(row.gross_amount)))
        days = st.number_input(_("Valid for days"), 1, 90, 1, key=f"answer.{row.id}.days")
        words = st.text_input(_("Answer in words"), max_chars=200, key=f"answer.{row.id}.words")
        with st.container(horizontal=True):
            yes = st.button(_("Approve"), key=f"answer.{row.id}.yes", type="primary", icon=":material/check:")
            no = st.button(_("Decline"), key=f"answer.{row.id}.no", icon=":material/close:")
    if yes and is_price:
        done = _("The prices are on {number}.").format(number=row.number)
        act(approve_prices, row.id, days=int(days), answer=words, done=done)
    elif yes:
        act(
            approve_exception,
            row.order_id,
            kind=row.kind,
            amount=row.gross_amount,
            reason=row.reason,
            days=int(days),
            answer=words,
            done=_("The exception is approved."),
        )
    elif no:
        act(decline_approval, row.id, reason=words, done=_("Declined; the reason stands on the order."))


def _told(row: RequestRow) -> str:
    wishes = [
        _("{sku} × {quantity} at {price} instead of {before} (lowest {lowest})").format(
            sku=escaped(each.sku),
            quantity=quantity(each.quantity),
            price=price(each.price),
            before=price(each.before),
            lowest=price(each.lowest),
        )
        for each in row.wishes
    ]
    told = wishes or [_(APPROVAL_LABELS[row.kind])]
    answer = f"{row.answered_by}: {row.answer}".strip(": ") if row.answered_by or row.answer else ""
    asked = f"{row.asked_by}: {row.reason}" if row.asked_by else row.reason
    return " · ".join([*told, f":gray[{escaped(asked)}]", *([f"→ {escaped(answer)}"] if answer else [])])
