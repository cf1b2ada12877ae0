"""Grades: their rules as a table, proposals that wait for an answer, and what a grade brings."""

from decimal import Decimal

import streamlit as st

from core.analytics.customers.grading import measured
from core.analytics.customers.rules.segments import RULE_OF, Segment
from core.care.grades import GradeEntry, answer_proposals, propose_grades, remove_grade, save_grade
from core.care.queries import GradeRow, ProposalRow, grades, proposals
from core.customers.queries import customer_tags
from core.security.permissions import P
from core.work.command import may
from pages._shared.formats import money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import money_column, nothing_here, percent_column, quantity_column, text_column
from pages._shared.text import _


def reason(row: ProposalRow) -> str:
    """The figures a proposal rests on, in words."""
    figures = row.figures
    parts = [
        _("{net} in {orders} orders of the last 12 months").format(
            net=money(Decimal(figures["net"])), orders=figures["orders"]
        )
    ]
    if figures.get("segment"):
        parts.append(_(RULE_OF[Segment(figures["segment"])].name))
    if figures.get("margin"):
        parts.append(_("margin {share}").format(share=percent(Decimal(figures["margin"]))))
    if figures.get("potential"):
        parts.append(_("{amount} expected in the next 12 months").format(amount=money(Decimal(figures["potential"]))))
    if figures.get("payment_days"):
        parts.append(_("pays after {days} days").format(days=quantity(Decimal(figures["payment_days"]))))
    return " · ".join(parts)


def edit_form(row: GradeRow | None, tags: list[str]) -> None:
    """A grade to type: what it needs and what it brings."""
    key = f"grade.{row.id if row else 0}.{row.version if row else 0}"
    with st.form(key, border=False):
        first, second, third = st.columns(3)
        name = first.text_input(_("Grade name"), value=row.name if row else "", max_chars=40, key=f"{key}.name")
        rank = second.number_input(_("Rank (1 is best)"), 1, 99, value=row.rank if row else 1, key=f"{key}.rank")
        grace = third.number_input(_("Days of grace"), 0, 3650, value=row.grace_days if row else 90, key=f"{key}.grace")
        net = first.number_input(
            _("Net sales at least"),
            min_value=0.0,
            value=None if row is None or row.least_net is None else float(row.least_net),
            key=f"{key}.net",
        )
        orders = second.number_input(
            _("Orders at least"), min_value=0, value=None if row is None else row.least_orders, key=f"{key}.orders"
        )
        days = third.number_input(
            _("Paid after at most (days)"),
            min_value=0,
            value=None if row is None else row.most_payment_days,
            key=f"{key}.days",
        )
        tag = first.selectbox(
            _("Tag it brings"),
            tags,
            index=tags.index(row.tag) if row is not None and row.tag in tags else None,
            accept_new_options=True,
            key=f"{key}.tag",
            help=_("Price lists meant for this tag hold for who has the grade."),
        )
        limit = second.number_input(
            _("Credit limit it brings"),
            min_value=0.0,
            value=None if row is None or row.credit_limit is None else float(row.credit_limit),
            key=f"{key}.limit",
        )
        potential = third.number_input(
            _("Expected next 12 months at least"),
            min_value=0.0,
            value=None if row is None or row.least_potential is None else float(row.least_potential),
            key=f"{key}.potential",
            help=_("By the model of customers' worth; only of customers who bought three times."),
        )
        least_margin = None if row is None else row.least_margin
        if actor.may(P.COST_READ):
            margin = first.number_input(
                _("Margin at least, %"),
                0.0,
                100.0,
                value=None if least_margin is None else float(least_margin * 100),
                key=f"{key}.margin",
            )
            least_margin = None if margin is None else Decimal(str(margin)) / 100
        service = second.text_input(
            _("Service it brings"),
            value=row.service if row else "",
            max_chars=80,
            key=f"{key}.service",
            placeholder=_("Ships the same day"),
        )
        pressed = st.form_submit_button(_("Save"), type="primary", key=f"{key}.save")
    if pressed:
        entry = GradeEntry(
            name=name,
            rank=int(rank),
            least_net=None if net is None else Decimal(str(net)),
            least_orders=None if orders is None else int(orders),
            most_payment_days=None if days is None else int(days),
            least_margin=least_margin,
            least_potential=None if potential is None else Decimal(str(potential)),
            service=service,
            grace_days=int(grace),
            tag=tag or "",
            credit_limit=None if limit is None else Decimal(str(limit)),
        )
        of_row = {"grade_id": row.id, "version": row.version} if row else {}
        act(save_grade, entry, **of_row, key=form_key(key), done=_("The grade is saved."))
    if row is not None and not row.customers and st.button(_("Remove"), key=f"{key}.remove", type="tertiary"):
        act(remove_grade, row.id, done=_("The grade is removed."))


actor = open_screen(__file__)
with reading() as view:
    rows, tags = grades(view), customer_tags(view)
    waiting = proposals(view) if may(actor, proposals) else []
link("customers/calls", _("Lists and calls"))

if not rows:
    nothing_here(_("There are no grades yet."))
else:
    st.dataframe(
        {
            "name": [row.name for row in rows],
            "customers": [row.customers for row in rows],
            "net": [None if row.least_net is None else float(row.least_net) for row in rows],
            "orders": [row.least_orders for row in rows],
            "days": [row.most_payment_days for row in rows],
            "potential": [None if row.least_potential is None else float(row.least_potential) for row in rows],
            "margin": [
                None if row.least_margin is None or not actor.may(P.COST_READ) else float(row.least_margin)
                for row in rows
            ],
            "grace": [row.grace_days for row in rows],
            "tag": [row.tag for row in rows],
            "limit": [None if row.credit_limit is None else float(row.credit_limit) for row in rows],
            "service": [row.service for row in rows],
        },
        key="grades.table",
        hide_index=True,
        placeholder="",
        column_config={
            "name": text_column(_("Grade"), width=100, pinned=True),
            "customers": quantity_column(_("Customers"), width=84),
            "net": money_column(_("Net sales at least"), width=120),
            "orders": quantity_column(_("Orders at least"), width=110),
            "days": quantity_column(_("Paid after at most (days)"), width=150),
            "potential": money_column(_("Expected next 12 months at least"), width=130),
            "margin": percent_column(_("Margin at least"), width=100),
            "grace": quantity_column(_("Days of grace"), width=100),
            "tag": text_column(_("Tag"), width=90),
            "limit": money_column(_("Credit limit"), width=110),
            "service": text_column(_("Service"), width=160),
        },
    )
    st.caption(
        _(
            "The best grade whose conditions are met in the last 12 months is proposed: a better one at once, a lower "
            "one after the days of grace. What is not known is not held against anybody. A person accepts."
        )
    )

if may(actor, save_grade):
    with st.expander(_("New grade"), icon=":material/add:"):
        edit_form(None, tags)
    for row in rows:
        with st.expander(_("Change {name}").format(name=row.name)):
            edit_form(row, tags)
    st.subheader(_("Proposals"), anchor=False)
    can_measure = bool(rows) and actor.may(P.SALES_ANALYSE) and mirror().is_ready
    if can_measure and st.button(_("Propose grades"), icon=":material/autorenew:", key="grades.propose"):
        with reading() as view:
            found = measured(mirror(), view)
        act(propose_grades, found, done=_("The grades are compared with what customers did."))
    if waiting:
        event = st.dataframe(
            {
                "customer": [row.customer for row in waiting],
                "from": [row.from_grade for row in waiting],
                "to": [("↑ " if row.is_better else "↓ ") + row.to_grade for row in waiting],
                "reason": [reason(row) for row in waiting],
            },
            key="grades.proposals",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            height="content" if len(waiting) < 12 else 420,
            column_config={
                "customer": text_column(_("Customer"), width=150),
                "from": text_column(_("Now"), width=80),
                "to": text_column(_("Proposed"), width=90),
                "reason": text_column(_("Reason"), width=380),
            },
        )
        picked = [waiting[at] for at in event["selection"]["rows"] if at < len(waiting)] or waiting
        answer = st.text_input(_("Note"), max_chars=200, key="grades.answer")
        with st.container(horizontal=True):
            for accept, label in ((True, _("Accept {count}")), (False, _("Decline {count}"))):
                if st.button(
                    label.format(count=len(picked)),
                    type="primary" if accept else "secondary",
                    key=f"grades.answer.{accept}",
                ):
                    act(
                        answer_proposals,
                        [row.id for row in picked],
                        accept=accept,
                        answer=answer,
                        done=_("The proposals are answered."),
                    )
        st.caption(_("Without a choice, all of them are meant."))
    else:
        st.caption(_("No proposal waits for an answer."))
