"""The team's panels: figures, the pace line, people with landing and fair index, mix, discount habits."""

from datetime import date
from decimal import Decimal

import pandas as pd
import plotly.graph_objects as go

from core.analytics.layer.dimensions import Grain
from core.analytics.layer.terms import Unit
from core.analytics.team.reached import discounts, mix
from core.analytics.team.standing import Standing, TeamStanding, standing
from core.base.exact import ZERO
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P
from core.team.models import COUNTED, WITHOUT_CATEGORY, Metric
from core.team.queries import sees_metric
from core.team.rules import ATTAINMENT, LANDING, NEEDED, PACE, Pace
from pages._shared.board.board import Card, Drawn, Scene
from pages._shared.board.clicks import Kind, marked
from pages._shared.board.figures.numbers import FAINT, MONEY, Numbers
from pages._shared.board.figures.shares import stacked
from pages._shared.board.panels import ranking
from pages._shared.charts import PALETTE, days_axis, figure, plain_axis
from pages._shared.filters import Look
from pages._shared.formats import day, percent
from pages._shared.mirror import mirror
from pages._shared.screen import reading
from pages._shared.tables import money_column, percent_column, quantity_column, text_column
from pages._shared.text import _
from pages.reports._customers_head import Told

MOST_CATEGORIES = 7
# Below the first level of a panel: whom a salesperson sold to, and what.
DEEPER = ranking("deeper", N_("Who bought"), "customer", "product")


def months_of(look: Look) -> tuple[date, date]:
    """The whole months of the days looked at: targets are of months."""
    last = look.window.last_day.replace(day=1)
    return look.window.since.replace(day=1), Grain.MONTH.next(last)


def metric_of(look: Look) -> Metric:
    """The metric looked at."""
    return Metric(look.options.get("metric", Metric.NET_SALES))


def numbers_of(look: Look) -> Numbers:
    """How its figures are written."""
    return Numbers(Unit.COUNT if metric_of(look) in COUNTED else Unit.MONEY)


def standing_of(look: Look) -> TeamStanding:
    """Where everybody is; of one main category where exactly one is picked and the metric has it."""
    metric, (since, until) = metric_of(look), months_of(look)
    picked = look.picked("top_category")
    category_id = int(picked[0]) if len(picked) == 1 and metric not in WITHOUT_CATEGORY else None
    with reading() as view:
        return standing(mirror(), view, metric, since, until, category_id)


def shown_pace(found: TeamStanding, look: Look) -> Pace:
    """The company's pace; that of one person who alone is picked."""
    picked = look.picked("sales_rep")
    alone = [row.pace for row in found.people if picked == (str(row.user_id),)]
    return alone[0] if alone else found.company.pace


def level_of(row: Standing) -> str:
    """The highest of the three levels that was reached."""
    if row.pace.target == 0 or row.pace.reached < row.pace.target:
        return "–"
    if row.pace.reached >= row.challenge:
        return _("Challenge")
    return _("Stretch") if row.pace.reached >= row.stretch else _("Target")


def adds_up(look: Look, dimension: str) -> bool:
    """Whether the orders of the days looked at are what was reached: net sales of whole months, and no other filter.

    Below the first level the marks are net sales of the days, which always are their orders.
    """
    if dimension not in ("", "sales_rep"):
        return True
    others = set(look.where) | set(look.without) - {"sales_rep"}
    is_narrowed = bool(others - {"sales_rep", "top_category"}) or "top_category" in look.without
    is_one_line = len(look.picked("top_category")) <= 1
    return metric_of(look) == Metric.NET_SALES and look.window.since.day == 1 and is_one_line and not is_narrowed


def adds_up_whole(look: Look, dimension: str) -> bool:
    """The same of what is always told of all categories and metrics."""
    if dimension != "sales_rep":
        return True
    return look.window.since.day == 1 and set(look.where) | set(look.without) <= {"sales_rep"}


def figures(_actor: Actor, look: Look) -> list[Card]:
    """Attainment, pace, landing and what a day needs, each with its definition."""
    with reading() as view:
        if not sees_metric(view, metric_of(look)):
            return []
    found = standing_of(look)
    pace, numbers = shown_pace(found, look), numbers_of(look)
    reached = _("{reached} of {target}").format(reached=numbers.short(pace.reached), target=numbers.short(pace.target))
    over = _("{over} of {days} working days over").format(over=pace.days_over, days=pace.days)
    missing = _("{gap} missing").format(gap=numbers.short(pace.gap))
    return [
        _card("attainment", N_("Attainment"), ATTAINMENT, Unit.RATE, pace.attainment, reached),
        _card("pace", N_("Pace"), PACE, Unit.RATE, pace.pace, over),
        _card("landing", N_("Lands at"), LANDING, numbers.unit, pace.landing, interval(pace, numbers)),
        _card("needed", N_("Needed a day"), NEEDED, numbers.unit, pace.needed_a_day, missing),
    ]


def _card(name: str, label: str, sentence: str, unit: Unit, amount: Decimal | None, note: str) -> Card:
    return Card(Told(name, label, sentence, unit), amount, None, [], note=note)  # type: ignore[arg-type]


def interval(pace: Pace, numbers: Numbers) -> str:
    """Between what a landing lies."""
    return "–" if pace.low is None else f"{numbers.short(pace.low)} – {numbers.short(pace.high)}"


def line(scene: Scene) -> Drawn:
    """What was reached day by day beside what the target asks for, and where it lands."""
    found, numbers = standing_of(scene.look), numbers_of(scene.look)
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
    notes = [_("{since} to {last}, whole months.").format(since=day(found.since), last=day(days[-1]))]
    if not found.announced:
        notes.append(_("The days off of this year are not announced yet; Monday to Friday count as working days."))
    if not pace.target:
        notes.append(_("No targets are planned for these months."))
    if not scene.actor.may(P.TEAM_READ):
        notes.append(_("You see yourself and the team's total."))
    chart = figure(*traces, height=300, xaxis=days_axis(days), yaxis=numbers.axis(highest))
    return Drawn(chart, " ".join(notes))


def who_is_where(scene: Scene) -> Drawn:
    """Attainment of each person; the mark is where the working days say one should be."""
    if scene.dimension != "sales_rep":
        return DEEPER.draw(scene)
    found = standing_of(scene.look)
    rows = sorted(
        (row for row in found.people if row.pace.attainment is not None),
        key=lambda row: row.pace.attainment or ZERO,
    )
    if not rows:
        return Drawn(note=_("Nobody has a target in these months."))
    numbers = numbers_of(scene.look)
    due = [float(row.pace.expected / row.pace.target) for row in rows]
    ids = [[str(row.user_id)] for row in rows]
    places = list(range(len(rows)))
    bars = go.Bar(
        x=[float(row.pace.attainment or 0) for row in rows],
        y=places,
        orientation="h",
        name=_("Attainment"),
        text=[percent(row.pace.attainment) for row in rows],
        textposition="inside",
        insidetextanchor="start",
        marker={
            "color": [PALETTE[0] if (row.pace.pace or 1) >= 1 else PALETTE[1] for row in rows],
            "opacity": [1.0 if scene.counts(str(row.user_id)) else FAINT for row in rows],
        },
        customdata=ids,
        hovertext=[f"{row.name}: {numbers.full(row.pace.reached)} / {numbers.full(row.pace.target)}" for row in rows],
        hoverinfo="text",
        showlegend=False,
    )
    marks = go.Scatter(
        x=due,
        y=places,
        mode="markers",
        name=_("Where the working days are"),
        marker={"symbol": "line-ns-open", "size": 22, "color": PALETTE[3], "line": {"width": 3}},
        hoverinfo="skip",
    )
    chart = figure(
        bars,
        marks,
        height=max(180, 46 * len(rows) + 60),
        xaxis=plain_axis(tickformat=".0%", rangemode="tozero"),
        yaxis=plain_axis(automargin=True, tickvals=places, ticktext=[row.name for row in rows]),
    )
    named = {str(row.user_id): f"{row.name} · {numbers.full(row.pace.reached)}" for row in rows}
    return Drawn(marked(chart, Kind.BARS), marks=named)


def people(scene: Scene) -> Drawn:
    """Everybody in figures, who reached most first."""
    if scene.dimension != "sales_rep":
        return DEEPER.draw(scene)
    found, numbers = standing_of(scene.look), numbers_of(scene.look)
    rows = list(found.people)
    amounts = money_column if numbers.is_money else quantity_column
    frame = pd.DataFrame(
        {
            "name": [row.name for row in rows],
            "reached": [float(row.pace.reached) for row in rows],
            "target": [float(row.pace.target) if row.pace.target else None for row in rows],
            "attainment": [_float(row.pace.attainment) for row in rows],
            "pace": [_float(row.pace.pace) for row in rows],
            "level": [level_of(row) for row in rows],
            "fair": [_float(row.fair) for row in rows],
            "landing": [_float(row.pace.landing) for row in rows],
            "interval": [interval(row.pace, numbers) for row in rows],
            "needed": [
                float(row.pace.needed_a_day) if row.pace.needed_a_day and row.pace.target else None for row in rows
            ],
            "before": [float(row.before) for row in rows],
        }
    )
    columns = {
        "name": text_column(_("Salesperson"), width=100, pinned=True),
        "reached": amounts(_("Reached"), width=115),
        "target": amounts(_("Target"), width=115),
        "attainment": percent_column(_("Attainment"), width=90),
        "pace": percent_column(_("Pace"), width=80),
        "level": text_column(_("Level"), width=84),
        "fair": quantity_column(_("Fair index"), 1, width=90),
        "landing": amounts(_("Lands at"), width=115),
        "interval": text_column(_("Interval"), width=150),
        "needed": amounts(_("Needed a day"), width=110),
        "before": amounts(_("Last year, whole months"), width=140),
    }
    ids = [str(row.user_id) for row in rows]
    named = {each: f"{row.name} · {numbers.full(row.pace.reached)}" for each, row in zip(ids, rows, strict=True)}
    return Drawn(table=frame, columns=columns, labels=ids, marks=named)


def _float(figure_: Decimal | None) -> float | None:
    return None if figure_ is None else float(figure_)


def mix_of_each(scene: Scene) -> Drawn:
    """What each person's sales consist of."""
    found = standing_of(scene.look)
    rows = [row for row in mix(mirror(), scene.actor, found.metric, found.since, found.until) if row.amount > 0]
    names = {row.user_id: row.name for row in found.people if scene.look.counts("sales_rep", str(row.user_id))}
    rows = [row for row in rows if row.user_id in names]
    totals: dict[int, Decimal] = {}
    for row in rows:
        totals[row.category_id] = totals.get(row.category_id, ZERO) + row.amount
    called = {row.category_id: row.category for row in rows}
    leading = sorted(totals, key=lambda each: (-totals[each], called[each]))[:MOST_CATEGORIES]
    people_ = [user_id for user_id in names if any(row.user_id == user_id for row in rows)]
    if not people_:
        return Drawn(note=_("Nothing was sold in these months."))
    wholes = {user: sum((row.amount for row in rows if row.user_id == user), ZERO) for user in people_}
    parts = []
    for category in (*leading, None):
        amounts = [
            sum(
                (
                    row.amount
                    for row in rows
                    if row.user_id == user
                    and (row.category_id == category if category is not None else row.category_id not in leading)
                ),
                ZERO,
            )
            / wholes[user]
            for user in people_
        ]
        if any(amounts):
            label = "" if category is None else str(category)
            parts.append((label, _("All others") if category is None else called[category] or _("None"), amounts))
    chart = stacked([names[user] for user in people_], parts, scene.counts, as_share=False, numbers=Numbers(Unit.RATE))
    marks = {str(category): f"{called[category] or _('None')} · {MONEY.full(totals[category])}" for category in leading}
    return Drawn(chart, marks=marks)


def discount_habits(scene: Scene) -> Drawn:
    """How much everybody gives away."""
    if scene.dimension != "sales_rep":
        return DEEPER.draw(scene)
    found = standing_of(scene.look)
    names = {row.user_id: row.name for row in found.people}
    rows = [row for row in discounts(mirror(), scene.actor, found.since, found.until) if row.user_id in names]
    if not rows:
        return Drawn(note=_("Nothing was sold in these months."))
    frame = pd.DataFrame(
        {
            "name": [names[row.user_id] for row in rows],
            "rate": [_float(row.rate) for row in rows],
            "discount": [float(row.discount) for row in rows],
            "listed": [float(row.listed) for row in rows],
        }
    )
    columns = {
        "name": text_column(_("Salesperson"), width=90, pinned=True),
        "rate": percent_column(_("Discount rate"), width=100),
        "discount": money_column(_("Discounts"), width=115),
        "listed": money_column(_("At list price"), width=125),
    }
    note = ""
    if scene.actor.may(P.TEAM_READ):
        given, listed = (sum((getattr(row, name) for row in rows), ZERO) for name in ("discount", "listed"))
        rate = percent(given / listed, 2) if listed else "–"
        note = _("All together {rate}; {since} to {last}.").format(
            rate=rate, since=day(found.since), last=day(found.lines[-1].day if found.lines else found.since)
        )
    ids = [str(row.user_id) for row in rows]
    named = {each: f"{names[row.user_id]} · {MONEY.full(row.discount)}" for each, row in zip(ids, rows, strict=True)}
    return Drawn(note=note, table=frame, columns=columns, labels=ids, marks=named)
