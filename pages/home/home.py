"""The first screen after signing in: key figures, what needs one first, what waits, and what one can do next."""

from datetime import timedelta

import streamlit as st

from core.sales.models import SOLD_STATES, BusinessState, PaymentState
from core.sales.queries import OrderFilter, count_orders, find_orders
from core.stock.drafts import my_movement_drafts
from core.stock.models import DOCUMENT_KIND_LABELS
from core.stock.queries import warehouses
from core.stock.service import add_warehouse
from core.work.command import may
from pages._shared.formats import day, moment, money, quantity
from pages._shared.mirror import is_opened
from pages._shared.preferring import shows
from pages._shared.screen import link, open_screen, reading, screens_of
from pages._shared.text import _, escaped, ngettext
from pages.home._overview import show_overview
from pages.home._pinned import show_pinned
from pages.home._todo import show_todo
from pages.reports._explorer_pins import show_pinned_views
from pages.sales._filters import address_of
from pages.sales._wished import lateness

SHOWN = 6
AMOUNT = 122
OVERVIEW_HEIGHT = 420
DRAWN = "home.drawn"
OPEN = (BusinessState.CONFIRMED,)

actor = open_screen(__file__)

st.markdown(_("Welcome, {name}.").format(name=escaped(actor.name)))

if may(actor, add_warehouse):
    with reading() as view:
        is_new = not warehouses(view)
    if is_new:
        with st.container(border=True):
            st.markdown(
                _("**First steps.** Add a warehouse, then the products you sell, then receive what is on the shelf.")
            )
            with st.container(horizontal=True):
                for path in ("stock/warehouses", "catalog/products", "stock/movements", "sales/import_orders"):
                    link(path)

show_pinned_views(actor)
show_todo(actor)
# Filled last, so that nothing else waits for it; the page keeps its place free.
overview = None
if is_opened() and shows("overview"):
    overview = st.container() if st.session_state.get(DRAWN) else st.skeleton(OVERVIEW_HEIGHT)
    st.session_state[DRAWN] = True

show_pinned(actor)

if may(actor, count_orders) and any(map(shows, ("numbers", "waiting", "newest"))):
    with reading() as view:
        tomorrow = view.today + timedelta(days=1)
        to_ship = OrderFilter(to_ship=True)
        cards = [
            (_("Orders today"), OrderFilter(business=SOLD_STATES, since=view.today, until=tomorrow)),
            (_("Waiting to be shipped"), to_ship),
            (_("Waiting to be paid"), OrderFilter(business=OPEN, payment=(PaymentState.NONE, PaymentState.PARTIAL))),
            (_("Drafts to confirm"), OrderFilter(business=(BusinessState.DRAFT,))),
        ]
        counts = [count_orders(view, wanted) for _label, wanted in cards]
        waiting = find_orders(view, to_ship, limit=SHOWN)
        today = view.today
        newest = find_orders(view, OrderFilter(), limit=SHOWN)
    with st.grid(columns=4, min_column_width=165):
        for (label, wanted), count in zip(cards, counts, strict=True) if shows("numbers") else ():
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.metric(label, quantity(count))
                link("sales/orders", _("Show"), **address_of(wanted))
    with st.grid(min_column_width=330):
        for where, heading, rows in (
            ("waiting", _("To be shipped first"), waiting),
            ("newest", _("Newest orders"), newest),
        ):
            if rows and shows(where):
                with st.container(border=True, gap="xsmall", height="stretch"):
                    st.markdown(f"**{heading}**")
                    for row in rows:
                        with st.container(
                            horizontal=True,
                            vertical_alignment="center",
                            gap="xsmall",
                            key=f"home.row.{where}.{row.id}",
                        ):
                            link("sales/order", escaped(row.customer), id=row.id)
                            if where == "waiting":
                                colour = "red" if lateness(row.ship_by, today) else "gray"
                                st.markdown(f":{colour}[{day(row.ship_by)}]", width="content")
                            else:
                                st.markdown(f":gray[{day(row.ordered_on)}]", width="content")
                            st.markdown(money(row.gross_amount), width=AMOUNT, text_alignment="right")

if may(actor, my_movement_drafts) and shows("sheets"):
    with reading() as view:
        sheets = my_movement_drafts(view, limit=SHOWN)
    if sheets:
        with st.container(border=True, gap="xsmall"):
            heading = _("My half-entered stock sheets")
            st.markdown(f"**{heading}**")
            for sheet in sheets:
                with st.container(
                    horizontal=True, vertical_alignment="center", gap="xsmall", key=f"home.sheet.{sheet.id}"
                ):
                    lines = ngettext("{count} line", "{count} lines", sheet.lines).format(count=sheet.lines)
                    label = f"{_(DOCUMENT_KIND_LABELS[sheet.kind])} · {sheet.warehouse} · {lines}"
                    link("stock/movements", escaped(label), draft=sheet.id)
                    st.markdown(f":gray[{moment(sheet.created_at)}]", width="content")

menu = [screen for screen in screens_of(actor) if not screen.hidden and screen.section and shows("menu")]
with st.grid(min_column_width=200):
    for section in dict.fromkeys(screen.section for screen in menu):
        with st.container(border=True, gap="xsmall", height="stretch"):
            st.markdown(f"**{_(section)}**")
            for screen in menu:
                if screen.section == section:
                    link(screen.path)

if overview is not None:
    show_overview(overview)
