"""Team: who is where against the target, where it lands, how fairly, with which mix and discounts."""

import streamlit as st

from core.analytics.team.standing import standing
from core.base.errors import AppError
from core.security.permissions import P
from pages._shared.formats import day
from pages._shared.mirror import mirror
from pages._shared.screen import link, open_screen, reading
from pages._shared.standing import agreement, clock_time, show_standing
from pages._shared.text import _, listed
from pages.reports._team_panels import (
    show_discounts,
    show_figures,
    show_line,
    show_mix,
    show_people,
    show_ranking,
)
from pages.reports._team_period import Asked, choose_category, choose_metric, choose_period

actor = open_screen(__file__)
if not show_standing():
    st.stop()

try:
    with reading() as view:
        metric = choose_metric(view, "team")
        with st.container(horizontal=True, vertical_alignment="center"):
            since, until = choose_period(view, "team")
            asked = Asked(metric, since, until, choose_category(view, metric, "team"))
            link("reports/targets", _("Plan targets"), metric=metric.value)
        found = standing(mirror(), view, metric, since, until, asked.category_id)
    st.caption(
        _("{since} to {last}, as of {at}.").format(
            since=day(since), last=day(found.lines[-1].day), at=clock_time(mirror().as_of)
        )
        + ("" if actor.may(P.TEAM_READ) else " " + _("You see yourself and the team's total.")),
        help=agreement(),
    )
    if not found.announced:
        st.info(_("The days off of this year are not announced yet; Monday to Friday count as working days."))
    if not found.company.pace.target:
        st.info(_("No targets are planned for these months."), icon=":material/flag:")
    show_figures(found, asked.numbers)
    first, second = st.columns([3, 2], gap="medium")
    with first:
        show_line(found, asked.numbers)
    with second:
        show_ranking(found)
    show_people(found, asked.numbers)
    first, second = st.columns(2, gap="medium")
    with first:
        show_mix(actor, found, asked)
    with second:
        show_discounts(actor, found, asked)
except AppError as refusal:
    st.error(listed(refusal.sentence))
