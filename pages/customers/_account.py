"""The account of a customer on its card: what it owes, how far it may go, its terms, and what to do about it."""

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.receivables.models import CREDIT_STAGE_LABELS, TERMS_LABELS, CreditStage, TermsKind
from core.receivables.rules import BUCKET_LABELS, PLAN_LABELS, Bucket
from core.receivables.terms import InstalmentEntry, TermsEntry, add_charge, set_terms
from core.sales.money.ageing import ageing, planned_receipts
from core.sales.money.plans import plan_customer_receipts
from core.sales.money.queries import AccountCard, account_card
from core.sales.money.statements import draw_statement
from core.sales.pay import receive_payment, refund_balance
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import money, percent
from pages._shared.screen import act, form_key, link, reading
from pages._shared.text import N_, _
from pages.customers._charges import show_charges
from pages.receivables._forms import refund_form
from pages.receivables._remind import show_history
from pages.sales._goodwill import show_goodwill_on_account

RECEIVABLE = N_("Shipped, less returned and paid, with charges. Below zero: orders were paid ahead.")
OPEN_ORDERS = N_("Confirmed and not shipped yet.")
BALANCE = N_("Money that belongs to no order yet.")
EXPOSURE = N_("Receivable + open orders − balance: what the credit limit is compared with.")
DAYS = N_("After shipment, or after the end of its month; for the rest after a deposit.")


def show_account(actor: Actor, customer_id: int) -> None:
    """Figures, the bar of the limit, ages, and the forms that this person may use; nothing without the right."""
    if not may(actor, account_card):
        return
    with reading() as view:
        card = account_card(view, customer_id)
        aged = ageing(view, customer_id=customer_id)
        planned = [row for row in planned_receipts(view, customer_id=customer_id) if row.order_id is None]
    account = card.account
    with st.container(border=True, key="customer.account"):
        with st.container(horizontal=True, gap="medium"):
            st.metric(_("Receivable"), money(account.receivable), width="content", help=_(RECEIVABLE))
            st.metric(_("Open orders"), money(account.open_orders), width="content", help=_(OPEN_ORDERS))
            st.metric(_("Free balance"), money(account.balance), width="content", help=_(BALANCE))
            st.metric(_("Exposure"), money(account.exposure), width="content", help=_(EXPOSURE))
        _limit_bar(card)
        st.caption(_terms_words(card))
        if aged:
            with st.container(horizontal=True, gap="medium"):
                for bucket in Bucket:
                    if aged[0].buckets[bucket]:
                        st.metric(_(BUCKET_LABELS[bucket]), money(aged[0].buckets[bucket]), width="content")
        for row in planned:
            words = f"{row.planned_on} · {money(row.amount)} · {_(PLAN_LABELS[row.state])}"
            st.markdown(f":material/event: {words}" + (f" :gray[{money(row.open)}]" if row.open else ""))
        with st.container(horizontal=True):
            if may(actor, receive_payment):
                link("receivables/payments", _("Take a payment"), customer=customer_id)
            if may(actor, draw_statement):
                link("receivables/statements", _("Draw statement"), customer=customer_id)
                link("receivables/reminders", _("Remind"), customer=customer_id)
            if may(actor, set_terms):
                with st.popover(_("Terms and limit"), icon=":material/handshake:", width="content"):
                    _terms_form(customer_id, card)
            if may(actor, add_charge):
                with st.popover(_("Charge"), icon=":material/add_card:", width="content"):
                    _charge_form(customer_id)
                with st.popover(_("Receipt plan"), icon=":material/event:", width="content"):
                    entries = plan_form(f"customer.plan.{customer_id}", planned)
                    if entries is not None:
                        act(
                            plan_customer_receipts,
                            customer_id,
                            entries,
                            done=_("The receipt plan was saved."),
                            key=form_key(f"customer.plan.{customer_id}"),
                        )
            show_goodwill_on_account(actor, customer_id)
            if account.balance > 0 and may(actor, refund_balance):
                with st.popover(_("Refund"), icon=":material/undo:", width="content"):
                    typed = refund_form(f"customer.refund.{customer_id}", account.balance)
                    if typed is not None:
                        act(
                            refund_balance,
                            customer_id,
                            **typed,
                            done=_("{amount} refunded.").format(amount=money(typed["amount"])),
                            key=form_key(f"customer.refund.{customer_id}"),
                        )
        show_charges(actor, customer_id)
        show_history(customer_id)


def plan_form(key: str, planned: list[Any]) -> tuple[InstalmentEntry, ...] | None:
    """The instalments as a table to type into; what was typed once the button was pressed."""
    with st.form(key, border=False):
        typed = st.data_editor(
            pd.DataFrame(
                {
                    "on": pd.Series([row.planned_on for row in planned], dtype="object"),
                    "amount": pd.Series([float(row.amount) for row in planned], dtype="float"),
                    "note": pd.Series([row.note for row in planned], dtype="str"),
                }
            ),
            num_rows="dynamic",
            hide_index=True,
            key=f"{key}.rows",
            column_config={
                "on": st.column_config.DateColumn(_("Planned on"), format="YYYY-MM-DD", required=True),
                "amount": st.column_config.NumberColumn(_("Amount"), min_value=0.01, format="%.2f", required=True),
                "note": st.column_config.TextColumn(_("Note")),
            },
        )
        pressed = st.form_submit_button(_("Save"), type="primary", key=f"{key}.save")
    if not pressed:
        return None
    kept = [row for row in typed.to_dict("records") if pd.notna(row["on"]) and pd.notna(row["amount"])]
    return tuple(
        InstalmentEntry(
            pd.Timestamp(row["on"]).date(),
            Decimal(str(row["amount"])),
            row["note"] if isinstance(row["note"], str) else "",
        )
        for row in kept
    )


def _limit_bar(card: AccountCard) -> None:
    limit, exposure = card.account.terms.credit_limit, card.account.exposure
    if limit is None:
        st.caption(_("No credit limit."))
        return
    share = float(min(max(exposure / limit, Decimal(0)), Decimal(1))) if limit else 1.0
    words = _("{exposure} of {limit} used, {free} left").format(
        exposure=money(exposure), limit=money(limit), free=money(card.free)
    )
    st.progress(share, text=f":red[{words}]" if exposure > limit else words)


def _terms_words(card: AccountCard) -> str:
    terms = card.account.terms
    words = [_(TERMS_LABELS[terms.kind])]
    if terms.kind == TermsKind.DEPOSIT:
        words.append(percent(terms.deposit_rate))
    if terms.kind not in (TermsKind.PREPAID, TermsKind.ON_SHIPMENT):
        words.append(_("{days} days").format(days=terms.days))
    if terms.overdue_days is not None:
        words.append(_("no new orders when overdue for more than {days} days").format(days=terms.overdue_days))
    if terms.credit_limit is not None or terms.overdue_days is not None:
        words.append(_("checked: {stage}").format(stage=_(CREDIT_STAGE_LABELS[terms.stage])))
    return " · ".join(words)


def _terms_form(customer_id: int, card: AccountCard) -> None:
    terms = card.account.terms
    key = f"customer.terms.{customer_id}.{card.terms_version}"
    with st.form(key, border=False):
        kind = st.selectbox(
            _("Terms of payment"),
            list(TermsKind),
            index=list(TermsKind).index(terms.kind),
            format_func=lambda each: _(TERMS_LABELS[each]),
            key=f"{key}.kind",
        )
        days = st.number_input(
            _("Number of days"), value=terms.days, min_value=0, max_value=3650, step=1, key=f"{key}.days", help=_(DAYS)
        )
        share = st.number_input(
            _("Deposit, %"),
            value=float(terms.deposit_rate * 100),
            min_value=0.0,
            max_value=100.0,
            step=1.0,
            format="%.2f",
            key=f"{key}.deposit",
        )
        limit = st.number_input(
            _("Credit limit"),
            value=None if terms.credit_limit is None else float(terms.credit_limit),
            min_value=0.0,
            step=1000.0,
            format="%.2f",
            key=f"{key}.limit",
            placeholder=_("No limit"),
        )
        overdue = st.number_input(
            _("Overdue days"),
            value=terms.overdue_days,
            min_value=0,
            max_value=3650,
            step=1,
            key=f"{key}.overdue",
            placeholder=_("Not checked"),
        )
        stage = st.selectbox(
            _("Credit is checked"),
            list(CreditStage),
            index=list(CreditStage).index(terms.stage),
            format_func=lambda each: _(CREDIT_STAGE_LABELS[each]),
            key=f"{key}.stage",
        )
        pressed = st.form_submit_button(_("Save"), type="primary", key=f"{key}.save")
    if pressed:
        entry = TermsEntry(
            kind=kind,
            days=int(days),
            deposit_rate=Decimal(str(share)) / 100,
            credit_limit=None if limit is None else Decimal(str(limit)),
            overdue_days=None if overdue is None else int(overdue),
            stage=stage,
        )
        act(set_terms, customer_id, entry, version=card.terms_version, done=_("The terms were saved."))


def _charge_form(customer_id: int) -> None:
    key = f"customer.charge.{customer_id}"
    with st.form(key, border=False):
        amount = st.number_input(_("Amount"), value=0.0, min_value=0.0, step=1.0, format="%.2f", key=f"{key}.amount")
        note = st.text_input(_("What for?"), key=f"{key}.note", max_chars=200, placeholder=_("Freight, packing …"))
        pressed = st.form_submit_button(_("Add charge"), type="primary", key=f"{key}.save")
    if pressed:
        exact = Decimal(str(amount))
        act(
            add_charge,
            customer_id,
            amount=exact,
            note=note,
            done=_("{amount} charged.").format(amount=money(exact)),
            key=form_key(key),
        )
