"""Whose order is entered: one's own drafts, the customer, and from where it is served."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.accounts.queries import people
from core.base.errors import AppError
from core.customers.models import CUSTOMER_KIND_LABELS, CustomerKind
from core.customers.queries import channels, find_customers
from core.customers.rules import CustomerEntry, walk_in_code
from core.customers.service import add_customer
from core.sales.draft import create_order, edit_order
from core.sales.entry import last_choices, my_draft, my_drafts, order_defaults, recent_customers, walk_in_channel
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, order_card
from core.stock.queries import warehouses
from core.work.command import may
from core.work.store import View
from pages._shared.company import store
from pages._shared.formats import money
from pages._shared.screen import SignedOut, act, act_in_callback, current_actor, form_key, link, reading, show_messages
from pages._shared.text import _, escaped, ngettext
from pages._shared.typeline import Candidate, Entry, Question, focus, say, typeline
from pages.sales._labels import customer_candidate
from pages.sales._wished import show_wished

ORDER = "new_order.order"
QUESTION = "new_order.question"
CONFIRMED = "new_order.confirmed"
CHANGING = "new_order.changing_customer"
MOVED = "new_order.moved"
CUSTOMER_LINE = "new_order.customer"
PRODUCT_LINE = "new_order.product"
FRESH = 0


def current_draft(view: View) -> OrderCard | None:
    """The draft being worked on; after a reload the latest of one's own, None where a new one begins."""
    if ORDER not in st.session_state:
        st.session_state[ORDER] = my_draft(view) or FRESH
    if st.session_state[ORDER] == FRESH:
        return None
    card = order_card(view, st.session_state[ORDER])
    if card.business != BusinessState.DRAFT:
        st.session_state[ORDER] = FRESH
        return None
    return card


def show_confirmed() -> None:
    """After confirming: which order it became, and the way to it."""
    if confirmed := st.session_state.get(CONFIRMED):
        order_id, number = confirmed
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(":green[:material/check_circle:] " + _("**{number}** is confirmed.").format(number=number))
            link("sales/order", _("Open the order"), id=order_id)


def choose_draft(order: OrderCard) -> None:
    """Go on with another of one's own drafts, or begin a new one."""
    with reading() as view:
        drafts = my_drafts(view)
    others = [draft for draft in drafts if draft.id != order.id]
    if others:
        with st.popover(_("My drafts ({count})").format(count=len(drafts)), icon=":material/drafts:"):
            for draft in others:
                st.button(
                    f"{draft.number} · {escaped(draft.customer)} · {money(draft.gross_amount)}",
                    key=f"new_order.draft.{draft.id}",
                    width="stretch",
                    on_click=turn_to,
                    args=(draft.id,),
                )
    st.button(_("New order"), key="new_order.fresh", icon=":material/add:", on_click=turn_to, args=(FRESH,))


@st.fragment(key="new_order.start")
def choose_customer(order: OrderCard | None) -> None:
    """Type who orders; a draft begins with the customer."""
    show_messages()
    with reading() as view:
        habit = last_choices(view) if order is None else None
        can_add = may(view.actor, add_customer)
    hint = _("Enter alone takes {customer} again.").format(customer=habit.customer) if habit else ""
    typeline(
        CUSTOMER_LINE,
        label=_("Who orders?"),
        placeholder=_("Name, pinyin, code or phone"),
        hint=hint,
        suggest=_customers,
        take=lambda entry: _take_customer(entry, order),
        question=st.session_state.get(QUESTION),
        repeat=habit.customer_id if habit else None,
    )
    with st.container(horizontal=True):
        if can_add:
            st.button(
                _("Walk-in customer"),
                key="new_order.walk_in",
                icon=":material/directions_walk:",
                on_click=_take_walk_in,
                args=(order,),
            )
            with st.popover(_("New customer"), icon=":material/person_add:", key="new_order.add"):
                _add_customer(order)
        if order is not None:
            st.button(
                _("Keep {customer}").format(customer=escaped(order.customer)),
                key="new_order.keep",
                on_click=_stop_changing,
            )
    _offer_recent(order)
    if order is None:
        _offer_drafts()
    if st.session_state.pop(MOVED, False):
        st.rerun()


def show_head(order: OrderCard) -> None:
    """Who orders and from where it is served, in two lines; the rest can be changed behind a button."""
    served = [order.channel, order.warehouse, order.sales_rep, order.region]
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.markdown(f"**{escaped(order.customer)}**  \n:gray[{escaped(' · '.join(filter(None, served)))}]")
            show_wished(order)
            if order.note:
                st.caption(f":material/sticky_note_2: {escaped(order.note)}")
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            st.markdown(f":gray[{order.number}]", width="content")
            with st.popover(_("Change"), icon=":material/tune:", key="new_order.change"):
                _head_form(order)
            choose_draft(order)


def turn_to(order_id: int) -> None:
    """Work on this draft from here on; `FRESH` begins a new one."""
    st.session_state[ORDER] = order_id
    st.session_state.pop(QUESTION, None)
    for line in (PRODUCT_LINE, CUSTOMER_LINE):
        st.session_state.pop(f"{line}.said", None)
        focus(line)
    st.session_state[MOVED] = True


def run(command: Callable[..., Any], key: str | None, *args: Any, **kwargs: Any) -> Any:
    """Carry out a command as who is signed in; the refusal is for the caller to tell."""
    actor = current_actor()
    if actor is None:
        raise SignedOut
    return store().run(actor, command, key, *args, **kwargs)


def _offer_recent(order: OrderCard | None) -> None:
    with reading() as view:
        recent = [row for row in recent_customers(view) if order is None or row.id != order.customer_id]
    if recent:
        st.caption(_("Recent customers"))
        with st.container(horizontal=True, gap="xsmall"):
            for row in recent:
                st.button(
                    escaped(row.name), key=f"new_order.recent.{row.id}", on_click=_pick_customer, args=(row.id, order)
                )


def _offer_drafts() -> None:
    with reading() as view:
        drafts = my_drafts(view)
    if drafts:
        st.subheader(_("My drafts"), anchor=False)
        with st.grid(min_column_width=260):
            for draft in drafts:
                with st.container(border=True, height="stretch", gap="small"):
                    lines = ngettext("{count} line", "{count} lines", draft.lines).format(count=draft.lines)
                    st.markdown(f"**{escaped(draft.customer)}**  \n:gray[{draft.number} · {lines}]")
                    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                        st.markdown(f"**{money(draft.gross_amount)}**", width="content")
                        st.button(_("Continue"), key=f"new_order.draft.{draft.id}", on_click=turn_to, args=(draft.id,))


def _pick_customer(customer_id: int, order: OrderCard | None) -> None:
    st.session_state.pop(QUESTION, None)
    if order is None and st.session_state.get(ORDER):
        return  # the second half of a double click
    try:
        _set_customer(customer_id, order, None)
    except AppError as refusal:
        say(CUSTOMER_LINE, refusal.sentence, "bad")


def _take_walk_in(order: OrderCard | None) -> None:
    """A sale over the counter: the channel's one customer for everybody who gives no name."""
    try:
        with reading() as view:
            channel_id = order.channel_id if order else walk_in_channel(view)
            known = [row for row in find_customers(view, walk_in_code(channel_id), limit=1) if row.is_exact]
            names = {channel.id: channel.name for channel in channels(view)}
        if known:
            customer_id = known[0].id
        else:
            name = _("Walk-in customer, {channel}").format(channel=names[channel_id])
            entry = CustomerEntry(
                name=name, code=walk_in_code(channel_id), kind=CustomerKind.PERSON, channel_id=channel_id
            )
            customer_id = run(add_customer, None, entry)
    except AppError as refusal:
        say(CUSTOMER_LINE, refusal.sentence, "bad")
    else:
        _pick_customer(customer_id, order)


def _customers(typed: str) -> list[Candidate]:
    with reading() as view:
        return [customer_candidate(row) for row in find_customers(view, typed, limit=8)]


def _take_customer(entry: Entry, order: OrderCard | None) -> None:
    st.session_state.pop(QUESTION, None)
    if entry.is_dropped:
        return
    customer_id = entry.choice
    if customer_id is None:
        with reading() as view:
            rows = find_customers(view, entry.text, limit=8)
        rows = [row for row in rows if row.is_exact] or rows
        if len(rows) > 1:
            title = _("Which customer is “{typed}”? Type its number, then Enter.").format(typed=entry.text)
            st.session_state[QUESTION] = Question(entry.text, title, tuple(customer_candidate(row) for row in rows))
            return
        if not rows:
            sentence = _("No customer matches “{typed}”. Check the spelling, or add a new customer.")
            say(CUSTOMER_LINE, sentence.format(typed=entry.text), "bad")
            st.session_state["new_order.new_customer.name"] = entry.text
            return
        customer_id = rows[0].id
    try:
        _set_customer(customer_id, order, entry.id)
    except AppError as refusal:
        say(CUSTOMER_LINE, refusal.sentence, "bad")


def _set_customer(customer_id: int, order: OrderCard | None, key: str | None) -> None:
    if order is None:
        with reading() as view:
            channel_id, warehouse_id = order_defaults(view, customer_id)
        st.session_state[ORDER] = run(
            create_order, key, customer_id=customer_id, channel_id=channel_id, warehouse_id=warehouse_id
        )
    else:
        run(edit_order, key, order.id, **{**_head_of(order), "customer_id": customer_id})
    st.session_state.pop(CONFIRMED, None)
    _stop_changing()
    st.session_state[MOVED] = True
    focus(PRODUCT_LINE)


def _add_customer(order: OrderCard | None) -> None:
    with st.form("new_order.new_customer", border=False):
        name = st.text_input(_("Customer name"), key="new_order.new_customer.name")
        kind = st.segmented_control(
            _("Kind"),
            list(CustomerKind),
            format_func=lambda each: _(CUSTOMER_KIND_LABELS[each]),
            default=CustomerKind.COMPANY,
            required=True,
            key="new_order.new_customer.kind",
        )
        phone = st.text_input(_("Phone"), key="new_order.new_customer.phone")
        region = st.text_input(_("Region"), key="new_order.new_customer.region")
        pressed = st.form_submit_button(_("Add and begin"), type="primary", key="new_order.new_customer.add")
    if pressed:
        entry = CustomerEntry(name=name, kind=kind, phone=phone, region=region)
        customer_id = act(add_customer, entry, key=form_key("new_order.new_customer"), rerun=False)
        if customer_id is not None:
            try:
                _set_customer(customer_id, order, None)
            except AppError as refusal:
                st.error(escaped(refusal.sentence))


def _head_form(order: OrderCard) -> None:
    with reading() as view:
        channel_names = {channel.id: channel.name for channel in channels(view)}
        warehouse_names = {warehouse.id: warehouse.name for warehouse in warehouses(view)}
        names = {person.id: person.name for person in people(view)}
    warehouse_names.setdefault(order.warehouse_id, order.warehouse)
    if order.sales_rep_id is not None:
        names.setdefault(order.sales_rep_id, order.sales_rep)
    prefix = f"new_order.head.{order.id}"
    for field, label, known, chosen in (
        ("channel_id", _("Channel"), channel_names, order.channel_id),
        ("warehouse_id", _("Warehouse"), warehouse_names, order.warehouse_id),
        ("sales_rep_id", _("Sales representative"), names, order.sales_rep_id),
    ):
        st.selectbox(
            label,
            list(known),
            index=list(known).index(chosen) if chosen in known else None,
            format_func=known.__getitem__,
            key=f"{prefix}.{field}",
            placeholder=_("Choose"),
            on_change=_save_head,
            args=(order, field, f"{prefix}.{field}"),
        )
    st.date_input(
        _("Wished-for day"),
        order.wanted_on,
        key=f"{prefix}.wanted_on",
        format="YYYY-MM-DD",
        help=_("When the customer wants the goods to leave; empty: as soon as the rules say."),
        on_change=_save_head,
        args=(order, "wanted_on", f"{prefix}.wanted_on"),
    )
    for field, label, written in (("region", _("Region"), order.region), ("note", _("Note"), order.note)):
        st.text_input(
            label,
            written,
            key=f"{prefix}.{field}",
            on_change=_save_head,
            args=(order, field, f"{prefix}.{field}"),
        )
    st.button(_("Another customer"), key="new_order.another", icon=":material/person_search:", on_click=_begin_changing)


def _save_head(order: OrderCard, field: str, key: str) -> None:
    act_in_callback(edit_order, order.id, **{**_head_of(order), field: st.session_state[key]})


def _head_of(order: OrderCard) -> dict[str, Any]:
    return {
        "customer_id": order.customer_id,
        "channel_id": order.channel_id,
        "warehouse_id": order.warehouse_id,
        "sales_rep_id": order.sales_rep_id,
        "region": order.region,
        "note": order.note,
        "wanted_on": order.wanted_on,
    }


def _begin_changing() -> None:
    st.session_state[CHANGING] = True
    focus(CUSTOMER_LINE)


def _stop_changing() -> None:
    st.session_state.pop(CHANGING, None)
    st.session_state[MOVED] = True
    focus(PRODUCT_LINE)
