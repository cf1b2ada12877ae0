"""Evening out stock between warehouses: the plan with its reasons, drafting its transfers, and taking them back."""

import streamlit as st

from core.analytics.stock.cover import balancing_plan
from core.stock.cover.drafting import balancings, draft_balancing
from core.work.command import may
from pages._shared.formats import quantity
from pages._shared.mirror import mirror
from pages._shared.records import filter_box
from pages._shared.screen import link, open_screen, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, ngettext
from pages.reports._balancing import ask_to_draft, plan_columns, plan_frame, show_drafted, told

actor = open_screen(__file__)
with st.container(horizontal=True):
    link("reports/stock", section="over")
    link("reports/cover")
    link("stock/transfers")
if not mirror().is_ready:
    st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
    st.stop()
with reading() as view:
    in_packs = st.toggle(
        _("Whole packs only"),
        key="balancing.packs",
        help=_("Of products with a larger unit, only whole ones of the smallest of these go."),
    )
    plan = balancing_plan(mirror(), view, in_packs=in_packs)
    runs = balancings(view)
ways = sorted({(line.giver.warehouse_id, line.taker.warehouse_id) for line in plan.lines})
names = {way: f"{plan.houses[way[0]]} → {plan.houses[way[1]]}" for way in ways}
st.caption(
    _(
        "A warehouse with less than half of its weeks of cover gets what it lacks from those with more than theirs, "
        "over the least kilometres; none gives what it needs itself. What is promised does not count as there, and "
        "transfers that were asked for count as if they had left."
    )
)
if plan.lines:
    only = filter_box(_("Way"), names, _("All ways"), key="balancing.way", width=280)
    shown = [line for line in plan.lines if only in (None, (line.giver.warehouse_id, line.taker.warehouse_id))]
    lines = ngettext("{count} line", "{count} lines", len(shown)).format(count=quantity(len(shown)))
    transports = len({(line.giver.warehouse_id, line.taker.warehouse_id) for line in shown})
    goes = ngettext("{lines} on {count} transport", "{lines} on {count} transports", transports)
    st.markdown(goes.format(lines=lines, count=transports) + told(shown))
    st.dataframe(
        plan_frame(shown, plan.houses), hide_index=True, key="balancing.plan", height=460, column_config=plan_columns()
    )
    if may(actor, draft_balancing):
        ask_to_draft(shown, transports)
else:
    nothing_here(_("No warehouse lacks what another has too much of."))
show_drafted(actor, runs)
