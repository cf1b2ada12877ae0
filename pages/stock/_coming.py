"""On the stock card: the days to come, planning goods, and what there was at a past moment."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import streamlit as st

from core.security.actor import Actor
from core.stock.as_of import stock_then
from core.stock.projected import end_planned, plan_goods, projected_stock
from core.stock.queries import warehouses
from core.work.command import may
from pages._shared.formats import day, quantity
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, form_key, reading, store
from pages._shared.tables import day_column, quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped
from pages.stock._words import COMING


def show_coming(actor: Actor, variant_id: int, warehouse_id: int | None) -> None:
    """Stock in the days to come, and a form to plan goods."""
    with reading() as view:
        _on_hand, rows = projected_stock(view, variant_id, warehouse_id=warehouse_id)
        houses = {house.id: house.name for house in warehouses(view)}
        today = view.today
    with st.expander(_("The days to come"), icon=":material/trending_up:", key="card.coming"):
        st.caption(_(COMING))
        if rows:
            places = quantity_places([row.change for row in rows])
            st.dataframe(
                {
                    "on": [row.on for row in rows],
                    "change": [float(row.change) for row in rows],
                    "after": [float(row.after) for row in rows],
                    "can_promise": [float(row.can_promise) for row in rows],
                    "note": [row.note or ("" if row.planned_id else _("Promised to orders")) for row in rows],
                },
                key="card.coming.rows",
                hide_index=True,
                height="content",
                column_config={
                    "on": day_column(_("Day"), width=88),
                    "change": quantity_column(_("In or out"), places, width=64),
                    "after": quantity_column(_("Afterwards"), places, width=70),
                    "can_promise": quantity_column(
                        _("Can be promised"), places, width=80, help=_("The least there will be from that day on.")
                    ),
                    "note": text_column(_("Note"), width=130),
                },
            )
        if not may(actor, plan_goods) or not houses:
            return
        planned = [row for row in rows if row.planned_id is not None]
        if planned:
            ended = st.selectbox(
                _("Came, left, or will not"),
                planned,
                index=None,
                format_func=lambda row: f"{day(row.on)} · {quantity(row.change)} {row.note}",
                placeholder=_("Choose what to strike out"),
                key=f"card.coming.end.{variant_id}.{len(planned)}",
            )
            if ended is not None:
                act(end_planned, ended.planned_id, done=_("It was struck out."))
        with st.form("card.plan", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
            ways = {True: _("Comes"), False: _("Leaves")}
            way = st.selectbox(_("Direction"), list(ways), format_func=lambda each: ways[each], key="card.plan.way")
            house = st.selectbox(
                _("Warehouse"), list(houses), format_func=lambda each: houses[each], key="card.plan.house"
            )
            count = st.number_input(_("Quantity"), min_value=0.0, step=1.0, key=f"card.plan.count.{len(rows)}")
            on = st.date_input(_("Day"), value=today, min_value=today, format="YYYY-MM-DD", key="card.plan.on")
            note = st.text_input(_("Note"), max_chars=200, key=f"card.plan.note.{len(rows)}")
            if st.form_submit_button(_("Plan"), key="card.plan.save"):
                act(
                    plan_goods,
                    variant_id=variant_id,
                    warehouse_id=house,
                    quantity=quantity_typed(count),
                    is_incoming=way,
                    planned_on=on,
                    note=note,
                    done=_("It is planned."),
                    key=form_key(f"card.plan.{variant_id}"),
                )


def show_then(variant_id: int) -> None:
    """What there was of a product at a moment that is chosen."""
    with st.popover(_("Stock at a past moment"), icon=":material/history:"):
        with reading() as view:
            now = view.now.astimezone(ZoneInfo(store().settings.timezone))
        on = st.date_input(_("Day"), value=now.date(), max_value=now.date(), format="YYYY-MM-DD", key="card.then.day")
        at = st.time_input(_("Time"), value=time(23, 59), step=60, key="card.then.time")
        moment = datetime.combine(on, at, now.tzinfo).replace(second=59)
        with reading() as view:
            rows = stock_then(view, moment, variant_id=variant_id)
        if not rows:
            st.caption(_("There was nothing."))
        for row in rows:
            st.markdown(f"{escaped(row.warehouse)}: **{quantity(row.on_hand)}** {escaped(row.unit)}")
