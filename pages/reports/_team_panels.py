"""The team's panels: figures, the pace line, people with landing and fair index, mix, discount habits."""

from decimal import Decimal

import plotly.graph_objects as go
import streamlit as st

from core.analytics.team.reached import discounts, mix
from core.analytics.team.standing import Standing, TeamStanding
from core.base.exact import ZERO
from core.security.actor import Actor
from core.security.permissions import P
from core.team.rules import ATTAINMENT, DISCOUNT_RATE, FAIR, LANDING, NEEDED, PACE, Pace
from pages._shared.board.figures.numbers import Numbers
from pages._shared.charts import PALETTE, days_axis, figure, plain_axis, show
from pages._shared.formats import day, money, percent
from pages._shared.mirror import mirror
from pages._shared.tables import money_column, nothing_here, percent_column, quantity_column, text_column
from pages._shared.text import _
from pages.reports._team_period import Asked

NARROWEST, MOST_CATEGORIES = 150, 7


def level_of(row: Standing) -> str:
    """The highest of the three levels that was reached."""
    if row.pace.target == 0 or row.pace.reached < row.pace.target:
        return "–"
    if row.pace.reached >= row.challenge:
        return _("Challenge")
    return _("Stretch") if row.pace.reached >= row.stretch else _("Target")


def show_figures(found: TeamStanding, numbers: Numbers) -> None:
    """Attainment, pace, landing and what a day needs, each with its definition."""
    pace = found.company.pace
    with st.grid(columns=4, min_column_width=NARROWEST):
        _figure(
            _("Attainment"),
            percent(pace.attainment),
            _("{reached} of {target}").format(reached=numbers.short(pace.reached), target=numbers.short(pace.target)),
            _(ATTAINMENT),
        )
        _figure(
            _("Pace"),
            percent(pace.pace),
            _("{over} of {days} working days over").format(over=pace.days_over, days=pace.days),
            _(PACE),
        )
        _figure(_("Lands at"), numbers.short(pace.landing), interval(pace, numbers), _(LANDING))
        _figure(
            _("Needed a day"),
            "–" if pace.needed_a_day is None else numbers.short(pace.needed_a_day),
            _("{gap} missing").format(gap=numbers.short(pace.gap)),
            _(NEEDED),
        )


def _figure(label: str, figure_: str, told: str, definition: str) -> None:
    st.metric(
        label, figure_, delta=told, delta_color="off", delta_arrow="off", help=definition, border=True, height="stretch"
    )


def interval(pace: Pace, numbers: Numbers) -> str:
    """Between what a landing lies."""
    return "–" if pace.low is None else f"{numbers.short(pace.low)} – {numbers.short(pace.high)}"


def show_line(found: TeamStanding, numbers: Numbers) -> None:
    """What was reached day by day beside what the target asks for, and where it lands."""
    st.subheader(_("On schedule?"), anchor=False, help=_(PACE))
    days = [line.day for line in found.lines]
    pace = found.company.pace
    came = [line for line in found.lines if line.reached is not None]
    asked = go.Scatter(
        x=days,
        y=[float(line.planned) for line in found.lines],
        mode="lines",
        name=_("Target, by working days"),
        line={"color": PALETTE[10], "width": 2, "dash": "dot"},
        customdata=[numbers.full(line.planned) for line in found.lines],
        hovertemplate="%{customdata}",
    )
    reached = go.Scatter(
        x=[line.day for line in came],
        y=[float(line.reached or 0) for line in came],
        mode="lines",
        name=_("Reached"),
        line={"color": PALETTE[0], "width": 3},
        customdata=[numbers.full(line.reached) for line in came],
        hovertemplate="%{customdata}",
    )
    traces = [asked, reached]
    if pace.landing is not None and came and came[-1].day < days[-1]:
        bounds = {}
        if pace.low is not None and pace.high is not None:
            bounds = {
                "type": "data",
                "symmetric": False,
                "array": [0, float(pace.high - pace.landing)],
                "arrayminus": [0, float(pace.landing - pace.low)],
            }
        traces.append(
            go.Scatter(
                x=[came[-1].day, days[-1]],
                y=[float(came[-1].reached or 0), float(pace.landing)],
                mode="lines+markers",
                name=_("Landing"),
                line={"color": PALETTE[1], "width": 2, "dash": "dash"},
                error_y=bounds or None,
                customdata=[numbers.full(came[-1].reached), numbers.full(pace.landing)],
                hovertemplate="%{customdata}",
            )
        )
    highest = [line.planned for line in found.lines] + [pace.reached, pace.high or pace.landing or ZERO]
    show(figure(*traces, height=300, xaxis=days_axis(days), yaxis=numbers.axis(highest)), "team.line")


def show_ranking(found: TeamStanding) -> None:
    """Attainment of each person; the mark is where the working days say one should be."""
    st.subheader(_("Who is where"), anchor=False, help=_(ATTAINMENT))
    rows = sorted(
        (row for row in found.people if row.pace.attainment is not None),
        key=lambda row: row.pace.attainment or ZERO,
    )
    if not rows:
        nothing_here(_("Nobody has a target in these months."))
        return
    due = [float(row.pace.expected / row.pace.target) for row in rows]
    bars = go.Bar(
        x=[float(row.pace.attainment or 0) for row in rows],
        y=[row.name for row in rows],
        orientation="h",
        name=_("Attainment"),
        text=[percent(row.pace.attainment) for row in rows],
        textposition="inside",
        insidetextanchor="start",
        marker={"color": [PALETTE[0] if (row.pace.pace or 1) >= 1 else PALETTE[1] for row in rows]},
        hoverinfo="skip",
        showlegend=False,
    )
    marks = go.Scatter(
        x=due,
        y=[row.name for row in rows],
        mode="markers",
        name=_("Where the working days are"),
        marker={"symbol": "line-ns-open", "size": 22, "color": PALETTE[3], "line": {"width": 3}},
        customdata=[percent(Decimal(str(each))) for each in due],
        hovertemplate="%{customdata}<extra></extra>",
    )
    chart = figure(
        bars,
        marks,
        height=max(180, 46 * len(rows) + 60),
        xaxis=plain_axis(tickformat=".0%", rangemode="tozero"),
        yaxis=plain_axis(automargin=True),
    )
    show(chart, "team.ranking")


def show_people(found: TeamStanding, numbers: Numbers) -> None:
    """Everybody in figures, who reached most first."""
    st.subheader(_("People"), anchor=False, help=_(FAIR))
    rows = list(found.people)
    amounts = money_column if numbers.is_money else quantity_column
    st.dataframe(
        {
            "name": [row.name for row in rows],
            "reached": [float(row.pace.reached) for row in rows],
            "target": [float(row.pace.target) if row.pace.target else None for row in rows],
            "attainment": [None if row.pace.attainment is None else float(row.pace.attainment) for row in rows],
            "pace": [None if row.pace.pace is None else float(row.pace.pace) for row in rows],
            "level": [level_of(row) for row in rows],
            "fair": [None if row.fair is None else float(row.fair) for row in rows],
            "landing": [None if row.pace.landing is None else float(row.pace.landing) for row in rows],
            "interval": [interval(row.pace, numbers) for row in rows],
            "needed": [
                float(row.pace.needed_a_day) if row.pace.needed_a_day and row.pace.target else None for row in rows
            ],
            "before": [float(row.before) for row in rows],
        },
        key="team.people",
        hide_index=True,
        height="content" if len(rows) < 15 else 500,
        placeholder="",
        column_config={
            "name": text_column(_("Salesperson"), width=100, pinned=True),
            "reached": amounts(_("Reached"), width=115),
            "target": amounts(_("Target"), width=115),
            "attainment": percent_column(_("Attainment"), width=90, help=_(ATTAINMENT)),
            "pace": percent_column(_("Pace"), width=80, help=_(PACE)),
            "level": text_column(_("Level"), width=84),
            "landing": amounts(_("Lands at"), width=115, help=_(LANDING)),
            "interval": text_column(_("Interval"), width=150),
            "needed": amounts(_("Needed a day"), width=110, help=_(NEEDED)),
            "fair": quantity_column(_("Fair index"), 1, width=90, help=_(FAIR)),
            "before": amounts(_("Last year, whole months"), width=140),
        },
    )


def show_mix(actor: Actor, found: TeamStanding, asked: Asked) -> None:
    """What each person's sales consist of."""
    st.subheader(_("Mix"), anchor=False)
    rows = mix(mirror(), actor, found.metric, asked.since, asked.until)
    names = {row.user_id: row.name for row in found.people}
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row.category] = totals.get(row.category, ZERO) + max(ZERO, row.amount)
    leading = sorted(totals, key=lambda each: (-totals[each], each))[:MOST_CATEGORIES]
    people = [user_id for user_id in names if any(row.user_id == user_id and row.amount > 0 for row in rows)][::-1]
    if not people:
        nothing_here(_("Nothing was sold in these months."))
        return
    of_person = {user: sum((max(ZERO, row.amount) for row in rows if row.user_id == user), ZERO) for user in people}
    traces = []
    for category in (*leading, ""):
        parts = [
            sum(
                (
                    max(ZERO, row.amount)
                    for row in rows
                    if row.user_id == user and (row.category == category if category else row.category not in leading)
                ),
                ZERO,
            )
            for user in people
        ]
        if any(parts):
            traces.append(
                go.Bar(
                    x=[float(part / of_person[user]) for part, user in zip(parts, people, strict=True)],
                    y=[names[user] for user in people],
                    orientation="h",
                    name=category or _("Others"),
                    customdata=[money(part) for part in parts],
                    hovertemplate="%{customdata} · %{x:.1%}",
                )
            )
    chart = figure(
        *traces,
        height=max(220, 46 * len(people) + 110),
        barmode="stack",
        xaxis=plain_axis(tickformat=".0%", range=[0, 1]),
        yaxis=plain_axis(automargin=True),
        showlegend=True,
    )
    show(chart, "team.mix")


def show_discounts(actor: Actor, found: TeamStanding, asked: Asked) -> None:
    """How much everybody gives away."""
    st.subheader(_("Discount habits"), anchor=False, help=_(DISCOUNT_RATE))
    names = {row.user_id: row.name for row in found.people}
    rows = [row for row in discounts(mirror(), actor, asked.since, asked.until) if row.user_id in names]
    if not rows:
        nothing_here(_("Nothing was sold in these months."))
        return
    st.dataframe(
        {
            "name": [names[row.user_id] for row in rows],
            "rate": [None if row.rate is None else float(row.rate) for row in rows],
            "discount": [float(row.discount) for row in rows],
            "listed": [float(row.listed) for row in rows],
        },
        key="team.discounts",
        hide_index=True,
        placeholder="",
        column_config={
            "name": text_column(_("Salesperson"), width=90, pinned=True),
            "rate": percent_column(_("Discount rate"), width=100, help=_(DISCOUNT_RATE)),
            "discount": money_column(_("Discounts"), width=115),
            "listed": money_column(_("At list price"), width=125),
        },
    )
    if actor.may(P.TEAM_READ):
        given, listed = (sum((getattr(row, name) for row in rows), ZERO) for name in ("discount", "listed"))
        whole = _("All together {rate}; {since} to {last}.")
        rate = percent(given / listed, 2) if listed else "–"
        last = found.lines[-1].day if found.lines else asked.since
        st.caption(whole.format(rate=rate, since=day(asked.since), last=day(last)))
