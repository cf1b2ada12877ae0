"""One statement of account: its lines, what becomes of it, and its files for the customer."""

from contextvars import copy_context

import streamlit as st

from core.exchange.statement_files import statement_page, statement_sums, statement_workbook
from core.receivables.rules import STATEMENT_FLOW
from core.receivables.statement_models import LINE_LABELS, STATEMENT_LABELS, StatementState
from core.sales.money.statement_queries import statement_card
from core.sales.money.statements import (
    cancel_statement,
    confirm_statement,
    dispute_statement,
    send_statement,
    settle_statement,
)
from core.work.command import may
from pages._shared.company import company_name
from pages._shared.formats import day, moment, money
from pages._shared.records import asked_card
from pages._shared.screen import act, link, open_screen, reading
from pages._shared.tables import choice_table, day_column, money_column, nothing_here, text_column
from pages._shared.text import _, escaped
from pages.receivables._forms import reason_form
from pages.receivables._link import show_link

COLOURS = {
    StatementState.DRAFT: "gray",
    StatementState.SENT: "blue",
    StatementState.CONFIRMED: "green",
    StatementState.DISPUTED: "orange",
    StatementState.SETTLED: "green",
    StatementState.CANCELLED: "red",
}
AT_ONCE = {"send": send_statement, "confirm": confirm_statement, "settle": settle_statement}

actor = open_screen(__file__)
link("receivables/statements", _("All statements"))
with reading() as view:
    card = asked_card(view, statement_card)
if card is None:
    nothing_here(_("Choose a statement from the list."), _("Statements"), "receivables/statements")
    st.stop()
row = card.row

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(row.number, anchor=False, width="content")
    st.badge(_(STATEMENT_LABELS[row.state]), color=COLOURS[row.state])
with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    link("customers/customer", escaped(row.customer), id=row.customer_id)
    told = [f"{day(row.since)} – {day(row.last_on)}"]
    told += [_("sent {at}").format(at=moment(card.sent_at))] if card.sent_at else []
    told += [_("answered {at}").format(at=moment(card.answered_at))] if card.answered_at else []
    st.markdown(f":gray[{escaped(' · '.join(told))}]", width="content")
if card.remark:
    st.caption(f":material/chat: {escaped(card.remark)}")
if card.note:
    st.caption(f":material/sticky_note_2: {escaped(card.note)}")

if may(actor, send_statement):
    with st.container(horizontal=True):
        for verb, command in AT_ONCE.items():
            step = STATEMENT_FLOW.steps[verb]
            if verb in card.steps and st.button(_(step.label), key=f"statement.{verb}", type="primary"):
                act(
                    command,
                    row.id,
                    done=_("{number}: {state}").format(number=row.number, state=_(STATEMENT_LABELS[step.target])),
                )
        for verb, command, word in (("dispute", dispute_statement, "remark"), ("cancel", cancel_statement, "reason")):
            step = STATEMENT_FLOW.steps[verb]
            if verb not in card.steps:
                continue
            with st.popover(_(step.label), key=f"statement.{verb}", width="content"):
                said = reason_form(f"statement.{verb}.{row.id}", _("What is wrong?"), _(step.label))
                if said is not None:
                    act(
                        command,
                        row.id,
                        **{word: said},
                        done=_("{number}: {state}").format(number=row.number, state=_(STATEMENT_LABELS[step.target])),
                    )

show_link(row)

with st.container(horizontal=True, gap="medium", key="statement.sums"):
    for label, amount in statement_sums(card):
        st.metric(label, money(amount), width="content")
chosen = choice_table(
    card.lines,
    {
        "on": [line.on for line in card.lines],
        "document": [line.document for line in card.lines],
        "amount": [float(line.amount) for line in card.lines],
        "balance": [float(line.balance) for line in card.lines],
        "kind": [_(LINE_LABELS[line.kind]) for line in card.lines],
        "order": [line.order for line in card.lines],
    },
    key=f"statement.lines.{row.id}",
    column_config={
        "on": day_column(_("Day"), width=92),
        "kind": text_column(_("Kind"), width=100),
        "document": text_column(_("Document"), width=120),
        "order": text_column(_("Order"), width=120),
        "amount": money_column(_("Amount"), width=100),
        "balance": money_column(_("Owed so far"), width=100),
    },
)
if chosen is not None:
    with st.container(horizontal=True):
        if chosen.order_id is not None:
            link("sales/order", chosen.order, id=chosen.order_id)
        if chosen.document_type == "payment":
            link("receivables/payment", chosen.document, id=chosen.document_id)
# The files are made when they are asked for, in another thread: it speaks the language of this one.
words, company = copy_context(), company_name()
with st.container(horizontal=True):
    st.download_button(
        _("Excel"),
        data=lambda: words.copy().run(statement_workbook, card, company),
        file_name=f"{row.number}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        icon=":material/table:",
        key="statement.excel",
        on_click="ignore",
    )
    st.download_button(
        _("Page to print"),
        data=lambda: words.copy().run(statement_page, card, company),
        file_name=f"{row.number}.html",
        mime="text/html",
        icon=":material/print:",
        key="statement.print",
        on_click="ignore",
    )
    link("receivables/payments", _("Take a payment"), customer=row.customer_id)
