"""All returns: finding them by words, state, kind and reason, and why goods come back."""

from datetime import timedelta

import plotly.graph_objects as go
import streamlit as st

from core.sales.models import RETURN_DOCUMENT_LABELS, RETURN_KIND_LABELS, ReturnKind, ReturnState
from core.sales.returns.queries import (
    ReturnFilter,
    count_returns,
    find_returns,
    return_reasons,
    return_reasons_counted,
)
from core.sales.returns.reasons import edit_return_reason
from core.work.command import may
from pages._shared.charts import compact_axis, figure, plain_axis, show
from pages._shared.formats import money, percent, quantity
from pages._shared.records import filter_box, page_of, search_box, show_pages
from pages._shared.screen import goto, open_screen, reading
from pages._shared.tables import (
    choice_table,
    day_column,
    money_column,
    nothing_here,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, ngettext
from pages.sales._return_labels import STATE_COLOURS, reason_words
from pages.sales._return_reasons import edit_reasons

PAGE = 50
PERIODS = (30, 90, 365)

actor = open_screen(__file__)

with st.container(horizontal=True, vertical_alignment="bottom"):
    typed = search_box(_("Search"), _("Number or customer"), key="returns.text", width=280)
    kind = filter_box(
        _("Kind"),
        {each: _(RETURN_KIND_LABELS[each]) for each in ReturnKind},
        _("All kinds"),
        key="returns.kind",
        width=170,
    )
    with reading() as view:
        named = [each.name for each in return_reasons(view, with_inactive=True)]
        today = view.today
    reason = filter_box(
        _("Reason"), {each: reason_words(each) for each in named}, _("All reasons"), key="returns.reason", width=200
    )
    days = st.segmented_control(
        _("Period"),
        PERIODS,
        default=PERIODS[1],
        format_func=lambda each: _("{count} days").format(count=each),
        key="returns.days",
        required=True,
    )
states = st.pills(
    _("State"),
    list(ReturnState),
    selection_mode="multi",
    format_func=lambda each: _(RETURN_DOCUMENT_LABELS[each]),
    key="returns.states",
    label_visibility="collapsed",
)

since, until = today - timedelta(days=days - 1), today + timedelta(days=1)
wanted = ReturnFilter(
    text=typed,
    states=tuple(states),
    kinds=(kind,) if kind else (),
    reason=reason or "",
    since=since,
    until=until,
)
with reading() as view:
    count = count_returns(view, wanted)
    page = page_of("returns.page", count, PAGE)
    rows = find_returns(view, wanted, limit=PAGE, offset=page.offset)
    reasons = return_reasons_counted(view, since=since, until=until)
    refused = return_reasons_counted(view, since=since, until=until, kinds=[ReturnKind.REFUSAL])
    claimed = return_reasons_counted(view, since=since, until=until, kinds=[ReturnKind.CLAIM])
    let_off = return_reasons_counted(view, since=since, until=until, kinds=[ReturnKind.GOODWILL])

total = sum(each.returns for each in reasons)
with st.container(horizontal=True, gap="small"):
    st.metric(_("Returns received"), quantity(total), border=True)
    st.metric(_("Returned amount"), money(sum((each.gross_amount for each in reasons), 0)), border=True)
    for counted, how_many, amount in (
        (refused, _("Deliveries refused"), _("Refused amount")),
        (claimed, _("Claims accepted"), _("Amount of claims")),
        (let_off, _("Goodwill given"), _("Amount of goodwill")),
    ):
        st.metric(how_many, quantity(sum(each.returns for each in counted)), border=True)
        st.metric(amount, money(sum((each.gross_amount for each in counted), 0)), border=True)

if reasons:
    names = [reason_words(each.reason) for each in reasons]
    counts = [each.returns for each in reasons]
    so_far = [sum(counts[: place + 1]) / total for place in range(len(counts))]
    bars = go.Bar(
        x=counts,
        y=names,
        orientation="h",
        text=[f"{counted} · {percent(part, 0)}" for counted, part in zip(counts, so_far, strict=True)],
        textposition="auto",
        customdata=[[money(each.gross_amount), quantity(each.quantity)] for each in reasons],
        hovertemplate="%{y}: %{x} · %{customdata[0]} · %{customdata[1]}<extra></extra>",
    )
    with st.container(border=True):
        heading = _("Why goods come back")
        st.markdown(f"**{heading}**")
        st.caption(_("Received returns of the period by reason, with the share of this reason and those above it."))
        axes = {
            "xaxis": compact_axis(counts, is_money=False, ticks=3),
            "yaxis": plain_axis(autorange="reversed", automargin=True),
        }
        show(figure(bars, height=60 + 34 * len(names), **axes), key=f"returns.pareto.{days}")

if not rows:
    if typed or kind or reason or states:
        nothing_here(_("No return matches. Take a filter away to see more."))
    else:
        nothing_here(
            _("Nothing came back in this period. A return is requested on the page of its order."),
            _("Orders"),
            "sales/orders",
        )
else:
    places = quantity_places([row.quantity for row in rows])
    chosen = choice_table(
        rows,
        {
            "number": [row.number for row in rows],
            "customer": [row.customer for row in rows],
            "state": [[row.state.value] for row in rows],
            "kind": [_(RETURN_KIND_LABELS[row.kind]) for row in rows],
            "gross_amount": [float(row.gross_amount) for row in rows],
            "refunded": [float(row.refunded) for row in rows],
            "quantity": [float(row.quantity) for row in rows],
            "reason": [reason_words(row.reason) for row in rows],
            "order": [row.order_number for row in rows],
            "returned_on": [row.returned_on for row in rows],
            "warehouse": [row.warehouse for row in rows],
        },
        key=f"returns.table.{hash(wanted)}.{page.number}",
        height=560,
        column_config={
            "number": text_column(_("Number"), pinned=True, width=118),
            "customer": text_column(_("Customer"), width=150),
            "state": st.column_config.MultiselectColumn(
                _("State"),
                options=[each.value for each in ReturnState],
                color=[STATE_COLOURS[each] for each in ReturnState],
                format_func=lambda word: _(RETURN_DOCUMENT_LABELS[ReturnState(word)]),
                width=84,
            ),
            "kind": text_column(_("Kind"), width=96),
            "gross_amount": money_column(_("Amount"), width=84),
            "refunded": money_column(_("Given back"), width=84),
            "quantity": quantity_column(_("Quantity"), places, width=66),
            "reason": text_column(_("Reason"), width=130),
            "order": text_column(_("Order"), width=118),
            "returned_on": day_column(_("Day"), width=92),
            "warehouse": text_column(_("Warehouse"), width=90),
        },
    )
    counted = ngettext("{count} return", "{count} returns", count).format(count=quantity(count))
    show_pages(page, counted + " · " + _("Choose a row to open it."))
    if chosen is not None:
        goto("sales/take_back", id=chosen.id)

if may(actor, edit_return_reason):
    with st.expander(_("Reasons to choose from"), icon=":material/list_alt:"):
        edit_reasons()
