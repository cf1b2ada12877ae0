"""Planning targets: a table of months and people, a year split by last year, pasted tables, versions with undo."""

from datetime import date

import streamlit as st

from core.base.errors import AppError
from core.team.plans import plan_targets
from core.team.queries import planned_cells, sellers
from pages._shared.mirror import mirror
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.text import _, listed
from pages.reports._targets_edit import LEVELS, edit_level, read_cells, show_paste, show_split, show_versions
from pages.reports._team_period import choose_category, choose_metric

actor = open_screen(__file__)
link("reports/team")
with reading() as view:
    metric = choose_metric(view, "targets")
    with st.container(horizontal=True):
        year = st.selectbox(
            _("Year"),
            range(view.today.year + 1, view.today.year - 3, -1),
            index=1,
            key="targets.year",
            label_visibility="collapsed",
            width=110,
        )
        category_id = choose_category(view, metric, "targets")
    seen, now = planned_cells(view, metric, date(year, 1, 1), date(year + 1, 1, 1), category_id=category_id)
    people = sellers(view, also={user_id for _month, user_id in now if user_id is not None})

scope = f"targets.{metric}.{category_id}.{year}.{seen}"
cells = {**now, **st.session_state.get(f"{scope}.draft", {})}
names = {row.id: row.name for row in people}
try:
    if mirror().is_ready:
        show_split(scope, metric, year, category_id)
    show_paste(scope, {row.name: row.id for row in people}, year)
except AppError as refusal:
    st.error(listed(refusal.sentence))

tabs = st.tabs([_(label) for _name, label in LEVELS])
typed = {}
for tab, (level, _label) in zip(tabs, LEVELS, strict=True):
    with tab:
        typed[level] = edit_level(scope, level, cells, names, year, metric)
st.caption(
    _(
        "Empty: no target. Where its line is empty, the whole company counts as the sum of all people. "
        "An empty level is the one below it."
    )
)
with st.form(f"{scope}.save", border=False):
    reason = st.text_input(_("Reason"), max_chars=200, key=f"{scope}.reason", placeholder=_("Why these targets"))
    pressed = st.form_submit_button(_("Save as a new version"), type="primary", key=f"{scope}.go")
if pressed:
    act(
        plan_targets,
        metric,
        read_cells(typed, year),
        reason=reason,
        category_id=category_id,
        seen=seen,
        key=form_key(scope),
        done=_("The targets are in force."),
    )
show_versions(metric, category_id)
