"""From a finding to its rows, and to what one can do about it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import streamlit as st

from core.analytics.findings.ordering import Order, to_order
from core.analytics.findings.rules import Finding, Kind
from core.analytics.findings.whose import whose
from core.base.errors import AppError
from core.base.exact import round_to
from core.care.follow_ups import add_follow_up
from core.pricing.rules.promotions import Kind as Offer
from core.security.permissions import P
from core.stock.drafts import begin_movement
from core.stock.models import DocumentKind
from core.stock.queries import warehouses
from core.work.command import may
from core.work.store import View
from pages._shared.formats import percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import act, act_in_callback, form_key, goto, link, may_open, reading
from pages._shared.text import _, listed

SEARCH = "levels.search"


def show_evidence(view: View, finding: Finding) -> None:
    """The rows that the money of a finding is of."""
    about, facts = finding.about, finding.facts
    match finding.kind:
        case Kind.BEHIND:
            link("reports/team", _("Team"), metric="net_sales", period="month")
        case Kind.FELL | Kind.ROSE:
            seller = whose(view.actor)
            mine = {} if seller is None else {"sales_rep": str(seller)}
            days = {"period": "custom", "since": str(facts["since"]), "until": str(facts["last"])}
            link("reports/sales", _("Show sales"), **days, compare="previous", category=about["category"], **mine)
        case Kind.RUNS_OUT:
            link("stock/levels", _("Show stock"), **{SEARCH: str(facts["name"])})
        case Kind.DEAD | Kind.OVER_STOCK if may_open(view.actor, "reports/stock"):
            link("reports/stock", _("Show stock"), section="slow", product=about["product"])
        case Kind.DEAD | Kind.OVER_STOCK:
            link("stock/levels", _("Show stock"), **{SEARCH: str(facts["name"])})
        case Kind.EXPIRES:
            link("stock/lot", _("Open lot"), id=about["lot"])
        case Kind.STOPPED | Kind.UNPAID:
            link("customers/customer", _("Open customer"), id=about["customer"])
        case Kind.LATE:
            link("sales/orders", _("All to ship"), to_ship="1")


def show_action(view: View, finding: Finding, key: str) -> None:
    """What can be done about it, with the form filled in as far as it is known."""
    about = finding.about
    match finding.kind:
        case Kind.BEHIND:
            link("reports/customers", _("Who should order"), view="overdue")
        case Kind.FELL:
            if may_open(view.actor, "pricing/promotion"):
                link("pricing/promotion", _("New promotion"), kind=Offer.ITEM.value, category=about["category"])
            elif "customer" in about:
                link("customers/customer", _("Open customer"), id=about["customer"])
        case Kind.RUNS_OUT:
            _receive(view, finding, key)
        case Kind.DEAD | Kind.OVER_STOCK:
            _sell_off(view, finding, product=about["product"])
        case Kind.EXPIRES if "target" in about and view.actor.may(P.STOCK_MOVE):
            lines = f"{finding.facts['sku']}\t{_plain(finding.facts['carried'])} #{finding.facts['lot']}"
            link("stock/transfers", _("Transfer"), source=about["warehouse"], target=about["target"], lines=lines)
        case Kind.EXPIRES:
            _sell_off(view, finding, variant=about["variant"])
        case Kind.STOPPED:
            _call(view, finding, key)
        case Kind.UNPAID:
            link("receivables/reminders", _("Remind"), customer=about["customer"])
        case Kind.LATE:
            link("sales/order", _("Open order"), id=about["order"])


def _sell_off(view: View, finding: Finding, **goods: int) -> None:
    if may_open(view.actor, "pricing/promotion"):
        link("pricing/promotion", _("New promotion"), kind=Offer.ITEM.value, **goods)
    elif view.actor.may(P.PRODUCT_EDIT) and "variant" in finding.about:
        link("catalog/product", _("Change the price"), id=finding.about["variant"])


def _call(view: View, finding: Finding, key: str) -> None:
    """A task for who looks after the customer, filled in."""
    if not may(view.actor, add_follow_up):
        return
    with st.popover(_("Arrange a call"), icon=":material/call:", key=f"{key}.call"):
        subject = st.text_input(
            _("What for"),
            value=_("Has not ordered for {days} days").format(days=finding.facts["days"]),
            max_chars=200,
            key=f"{key}.call.subject",
        )
        due = st.date_input(
            _("Until"), value=view.today + timedelta(days=3), min_value=view.today, key=f"{key}.call.due"
        )
        st.caption(_("Who looks after the customer calls; without anybody, you do."))
        st.button(
            _("Save"),
            type="primary",
            key=f"{key}.call.save",
            on_click=act_in_callback,
            args=(add_follow_up, finding.about["customer"]),
            kwargs={
                "subject": subject,
                "due_on": due,
                "key": form_key(f"{key}.call"),
                "done": _("The task stands under Follow-up."),
            },
        )


def _receive(view: View, finding: Finding, key: str) -> None:
    """A receipt of what is missing, kept as a draft to go on with."""
    houses = warehouses(view)
    if not may(view.actor, begin_movement) or not houses:
        return
    if st.button(
        _("Begin a receipt"),
        key=f"{key}.receive",
        icon=":material/add_box:",
        help=_(
            "What is to be ordered is put on a new sheet of goods to receive, by the service level and the review days "
            "of the product's class; nothing is booked yet."
        ),
    ):
        lines: list[Any] = []
        told = ""
        try:
            with reading() as now:
                wanted = to_order(mirror(), now, finding.about["product"], Decimal(str(finding.facts["available"])))
            lines, told = wanted.lines, _order_told(finding, wanted)
        except AppError as refusal:
            st.error(listed(refusal.sentence))
        draft = act(
            begin_movement,
            kind=DocumentKind.RECEIPT,
            warehouse_id=houses[0].id,
            lines=lines,
            key=form_key(f"{key}.receive"),
            done=told,
            rerun=False,
        )
        if draft is not None:
            goto("stock/movements", draft=draft)


def _order_told(finding: Finding, wanted: Order) -> str:
    """Why so much is on the sheet."""
    return _(
        "{quantity} of {name}: up to {level}, at {pace} a day for {days} days ({lead} until goods are here, {review} "
        "until the next look) and {safety} in reserve for a service level of {service}, less {available} available."
    ).format(
        quantity=quantity(wanted.quantity),
        name=finding.facts["name"],
        level=quantity(round_to(wanted.level.whole, 1)),
        pace=quantity(round_to(wanted.level.pace, 1)),
        days=wanted.level.days,
        review=wanted.review_days,
        safety=quantity(round_to(wanted.level.safety, 1)),
        service=percent(wanted.service_level),
        lead=wanted.level.days - wanted.review_days,
        available=quantity(Decimal(str(finding.facts["available"]))),
    )


def _plain(fact: Any) -> str:
    return f"{Decimal(str(fact)).normalize():f}"
