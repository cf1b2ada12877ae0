"""Money of one order beyond its payments: when it is due, what must be there first, exceptions, refunds, plan."""

from decimal import Decimal

import streamlit as st

from core.receivables.models import APPROVAL_LABELS, ApprovalKind
from core.receivables.rules import PLAN_LABELS, needed_before
from core.sales.ask import ask_approval
from core.sales.asked import must_ask
from core.sales.models import BusinessState, Progress
from core.sales.money.ageing import owed_rows, planned_receipts
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.money.plans import plan_order_receipts
from core.sales.money.queries import account_card, approvals_of
from core.sales.pay import keep_surplus, refund_order
from core.sales.queries import OrderCard
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, moment, money
from pages._shared.screen import act, act_in_callback, form_key, reading
from pages._shared.text import _, escaped
from pages.customers._account import plan_form
from pages.receivables._forms import refund_form
from pages.sales._approvals import ask_for_exception


def show_money(actor: Actor, order: OrderCard) -> None:
    """What this person may see and do about the money of the order; nothing without the right to see payments."""
    if not may(actor, account_card) or order.business == BusinessState.CANCELLED:
        return
    with reading() as view:
        account = account_card(view, order.customer_id).account
        owed = [row for row in owed_rows(view, order.customer_id) if row.document == ("sales_order", order.id)]
        approvals = approvals_of(view, order.id)
        planned = planned_receipts(view, order_id=order.id)
        asks = must_ask(view, order.id, ApprovalKind.CREDIT)
        now = view.now
    for row in owed:
        late = _("{days} days late").format(days=row.days_late) if row.days_late else ""
        words = _("{amount} due on {day}").format(amount=money(row.open), day=day(row.due_on))
        st.markdown(f":material/schedule: {words}" + (f" :red[{late}]" if late else ""))
    if order.can_move and order.shipment != Progress.FULL:
        missing = needed_before(account.terms, order.gross_amount, order.gross_amount)
        missing -= order.paid_amount + order.returned_amount
        if missing > 0:
            st.markdown(
                ":material/lock: "
                + _("{missing} must be paid before all of it may be shipped.").format(missing=money(missing))
            )
    for row in planned:
        words = " · ".join(filter(None, [day(row.planned_on), money(row.amount), _(PLAN_LABELS[row.state]), row.note]))
        st.markdown(f":material/event: {escaped(words)}")
    for approval in approvals:
        if approval.kind == ApprovalKind.PRICE:
            continue
        state = (
            _("used {at}").format(at=moment(approval.used_at))
            if approval.used_at
            else _("expired")
            if approval.expires_at <= now
            else _("until {at}").format(at=moment(approval.expires_at))
        )
        words = [_(APPROVAL_LABELS[approval.kind]), money(approval.amount), approval.created_by, approval.reason, state]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/verified_user: {escaped(' · '.join(filter(None, words)))}", width="content")
            is_live = approval.used_at is None and approval.expires_at > now
            if is_live and may(actor, withdraw_approval):
                st.button(
                    _("Withdraw"),
                    key=f"money.approval.{approval.id}",
                    type="tertiary",
                    on_click=_withdraw,
                    args=(approval.id,),
                )
    with st.container(horizontal=True):
        if order.surplus and may(actor, keep_surplus):
            st.button(
                _("Keep {amount} as the customer's balance").format(amount=money(order.surplus)),
                key="money.surplus",
                icon=":material/savings:",
                on_click=_keep,
                args=(order.id,),
            )
        if order.paid_amount > 0 and may(actor, refund_order):
            with st.popover(_("Refund"), icon=":material/undo:", width="content"):
                typed = refund_form(f"money.refund.{order.id}", order.paid_amount)
                if typed is not None:
                    act(
                        refund_order,
                        order.id,
                        **typed,
                        done=_("{amount} refunded.").format(amount=money(typed["amount"])),
                        key=form_key(f"money.refund.{order.id}"),
                    )
        if order.unpaid > 0 and may(actor, plan_order_receipts):
            with st.popover(_("Receipt plan"), icon=":material/event:", width="content"):
                entries = plan_form(f"money.plan.{order.id}", list(planned))
                if entries is not None:
                    act(
                        plan_order_receipts,
                        order.id,
                        entries,
                        done=_("The receipt plan was saved."),
                        key=form_key(f"money.plan.{order.id}"),
                    )
        is_going = order.business in (BusinessState.DRAFT, BusinessState.CONFIRMED)
        if is_going and not asks:
            with st.popover(_("Approve an exception"), icon=":material/verified_user:", width="content"):
                _approval_form(order)
        elif is_going and may(actor, ask_approval):
            ask_for_exception(order)


def _approval_form(order: OrderCard) -> None:
    key = f"money.approve.{order.id}"
    with st.form(key, border=False):
        kind = st.selectbox(
            _("Exception"),
            [ApprovalKind.CREDIT, ApprovalKind.PREPAYMENT],
            format_func=lambda each: _(APPROVAL_LABELS[each]),
            key=f"{key}.kind",
        )
        amount = st.number_input(
            _("The order is worth at most"),
            value=float(order.gross_amount),
            min_value=0.0,
            step=100.0,
            format="%.2f",
            key=f"{key}.amount",
        )
        days = st.number_input(_("Valid for days"), value=1, min_value=1, max_value=90, step=1, key=f"{key}.days")
        reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
        st.caption(_("It lets this order pass once and is recorded with your name."))
        pressed = st.form_submit_button(_("Approve"), type="primary", key=f"{key}.submit")
    if pressed:
        act(
            approve_exception,
            order.id,
            kind=kind,
            amount=Decimal(str(amount)),
            days=int(days),
            reason=reason,
            done=_("The exception is approved."),
            key=form_key(key),
        )


def _keep(order_id: int) -> None:
    act_in_callback(keep_surplus, order_id, done=_("It is the customer's balance now and can pay other orders."))


def _withdraw(approval_id: int) -> None:
    act_in_callback(withdraw_approval, approval_id, done=_("The approval is withdrawn."))
