"""Closing the books: what to look at first, closing, and opening again."""

from datetime import date, timedelta

import streamlit as st

from core.stock.costs.periods import close_checklist, close_period, closed_periods, reopen_period
from core.work.command import may
from pages._shared.formats import day, local_time
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import day_column, moment_column, nothing_here, text_column
from pages._shared.text import _

actor = open_screen(__file__)

with reading() as view:
    today = local_time(view.now).date()
    closes = closed_periods(view)

yesterday = today - timedelta(days=1)
first = closes[0].closed_through + timedelta(days=1) if closes else None
if first is not None and first > yesterday:
    st.info(
        _("The books are closed through {day}. The next day can be closed when it is over.").format(
            day=day(closes[0].closed_through)
        )
    )
else:
    end_of_month = today.replace(day=1) - timedelta(days=1)
    usual = end_of_month if first is None or end_of_month >= first else yesterday
    with st.container(border=True, key="periods.new"):
        through = st.date_input(
            _("Close through"), value=usual, min_value=first, max_value=yesterday, key="periods.through", width=160
        )
        if isinstance(through, date):
            with reading() as view:
                checks = close_checklist(view, through=through, timezone=view.settings.timezone)
            for check in checks:
                if check.count:
                    st.markdown(f":orange[:material/warning:] {_(check.sentence)}: **{check.count}**")
                else:
                    st.markdown(f":green[:material/check_circle:] {_(check.sentence)}: 0")
            note = st.text_input(_("Note"), max_chars=200, key="periods.note")
            st.caption(_("Nothing up to the end of that day can change afterwards. What is known later counts later."))
            if st.button(_("Close the books"), type="primary", key="periods.save", icon=":material/lock:"):
                act(
                    close_period,
                    through=through,
                    note=note,
                    done=_("The books are closed through {day}.").format(day=day(through)),
                    key=form_key("periods"),
                )

if not closes:
    nothing_here(_("No period is closed yet."))
    st.stop()
st.dataframe(
    {
        "through": [each.closed_through for each in closes],
        "at": [local_time(each.created_at) for each in closes],
        "note": [_("Costs are kept since then") if each.is_opening else each.note for each in closes],
    },
    key="periods.table",
    hide_index=True,
    height="content" if len(closes) < 12 else 420,
    column_config={
        "through": day_column(_("Closed through"), width=110),
        "at": moment_column(_("When"), width=120),
        "note": text_column(_("Note"), width=240),
    },
)
newest = closes[0]
if may(actor, reopen_period) and not newest.is_opening:
    with st.popover(_("Reopen the newest period"), icon=":material/lock_open:", key="periods.reopen"):
        with st.form("periods.reopen.form", border=False):
            reason = st.text_input(_("Reason"), max_chars=200, key=f"periods.reason.{newest.id}")
            pressed = st.form_submit_button(_("Reopen"), type="primary", key=f"periods.reopen.{newest.id}")
        if pressed:
            act(reopen_period, newest.id, reason=reason, done=_("The period is open again."))
