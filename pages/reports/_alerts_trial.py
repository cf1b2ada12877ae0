"""A rule on the past twelve months: when it would have been raised, on a chart and as a list."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.analytics.alerts.looking import MOST_TRIED, Trial, tried
from core.analytics.alerts.rules import Line, Situation, Watched, together
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES
from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.board.figures.numbers import ACCENT, BAD, BAND, MUTED, Numbers, numbers_of
from pages._shared.charts import days_axis, figure, show
from pages._shared.formats import compact_money
from pages._shared.mirror import mirror
from pages._shared.tables import day_column, money_column, quantity_column, text_column
from pages._shared.text import _, listed, ngettext
from pages.reports._alerts_words import band_told, period_name, value_name

SHOWN = 200


def show_trial(actor: Actor, watched: Watched, key: str) -> None:
    """What the rule would have raised, before it is saved."""
    st.subheader(_("On the past 12 months"), anchor=False)
    try:
        with st.spinner(_("Trying the rule …")):
            trial = tried(mirror(), actor, watched)
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        return
    if not trial.lines:
        st.info(_("There are no figures to try the rule on."), icon=":material/search_off:")
        return
    _show_count(trial)
    line = _choose(watched, trial, key)
    mine = [each for each in trial.situations if each.first.key == line.key]
    show(_course(watched, trial, line, mine), f"{key}.course")
    if not any(trial.verdicts[line.key].values()):
        st.caption(_("Too little history to say what is usual: at least 6 like it are needed, around holidays 3."))
    if trial.situations:
        _show_list(watched, trial.situations)


def _show_count(trial: Trial) -> None:
    count = len(trial.situations)
    money = None
    for each in trial.situations:
        money = together(money, each.effect, is_balance=False)
    told = ngettext("It would have been raised {count} time.", "It would have been raised {count} times.", count)
    if not count:
        told = _("It would never have been raised.")
    words = [told.format(count=count)]
    if count:
        words.append(_("{count} a month on average.").format(count=f"{count / 12:.1f}"))
    if money:
        words.append(_("Together {amount} in money.").format(amount=compact_money(money)))
    st.markdown(f"**{words[0]}** {' '.join(words[1:])}")
    if trial.is_cut:
        st.caption(_("Tried on the {count} largest.").format(count=MOST_TRIED))


def _choose(watched: Watched, trial: Trial, key: str) -> Line:
    """The value to draw; those that would have been raised most often come first."""
    if not watched.by:
        return trial.lines[0]
    counts = {line.key: sum(each.first.key == line.key for each in trial.situations) for line in trial.lines}
    lines = sorted(trial.lines, key=lambda line: (-counts[line.key], line.name))
    keys = {line.key: line for line in lines}
    chosen = st.selectbox(
        _("Shown"),
        list(keys),
        format_func=lambda each: f"{value_name(watched.by, keys[each].name)} · {counts[each]}",
        key=f"{key}.shown.{watched.by}",
    )
    return keys[chosen]


def _course(watched: Watched, trial: Trial, line: Line, raised: Sequence[Situation]) -> go.Figure:
    numbers = numbers_of(watched.measure)
    days = list(trial.periods)
    verdicts = trial.verdicts[line.key]
    figures = [line.series.at(day) for day in days]
    told = [_told(watched, numbers, day, line, verdicts) for day in days]
    traces: list[Any] = _bands(days, verdicts)
    traces.append(
        go.Scatter(
            x=days,
            y=[None if each is None else float(each) for each in figures],
            mode="lines" if len(days) > 60 else "lines+markers",
            name=_(MEASURES[watched.measure].label),
            line={"color": ACCENT, "width": 2},
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    traces.append(
        go.Scatter(
            x=[each.first.period for each in raised],
            y=[float(each.first.verdict.figure) for each in raised],
            mode="markers",
            name=_("Raised"),
            marker={"color": BAD, "size": 11, "symbol": "diamond", "line": {"width": 1, "color": "#ffffff"}},
            customdata=[_told(watched, numbers, each.first.period, line, verdicts) for each in raised],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    bounds = [each for verdict in verdicts.values() if verdict is not None for each in (verdict.low, verdict.high)]
    axis = numbers.axis([*figures, *bounds])
    return figure(*traces, height=320, xaxis=days_axis([days[0], days[-1]]), yaxis=axis, hovermode="closest")


def _bands(days: Sequence[date], verdicts: Any) -> list[Any]:
    """Between what a figure may lie: a band of two bounds, or one line."""
    lows = [None if (each := verdicts[day]) is None or each.low is None else float(each.low) for day in days]
    highs = [None if (each := verdicts[day]) is None or each.high is None else float(each.high) for day in days]
    quiet = {"width": 1, "color": MUTED, "dash": "dot"}
    found: list[Any] = []
    if any(each is not None for each in lows):
        found.append(go.Scatter(x=list(days), y=lows, mode="lines", line=quiet, name=_("At least"), hoverinfo="skip"))
    if any(each is not None for each in highs):
        fill = {"fill": "tonexty", "fillcolor": BAND} if found else {}
        found.append(
            go.Scatter(x=list(days), y=highs, mode="lines", line=quiet, name=_("At most"), hoverinfo="skip", **fill)
        )
    return found


def _told(watched: Watched, numbers: Numbers, start: date, line: Line, verdicts: Any) -> str:
    lines = [f"<b>{period_name(watched.grain, start, start)}</b>", numbers.full(line.series.at(start))]
    verdict = verdicts[start]
    if verdict is None:
        return "<br>".join([*lines, _("not judged")])
    band = band_told(numbers, verdict.low, verdict.high)
    return "<br>".join([*lines, _("expected {amount}").format(amount=numbers.full(verdict.expected)), band])


def _show_list(watched: Watched, situations: Sequence[Situation]) -> None:
    newest = sorted(situations, key=lambda each: (each.first.period, each.first.key), reverse=True)[:SHOWN]
    numbers = numbers_of(watched.measure)
    columns: dict[str, list[Any]] = {"day": [each.first.period for each in newest]}
    config = {"day": day_column(_("Begins"), width=92, pinned=True)}
    if watched.by:
        columns["value"] = [value_name(watched.by, each.first.name) for each in newest]
        config["value"] = text_column(_(DIMENSIONS[watched.by].label), width=130)
    columns |= {
        "figure": [numbers.full(each.first.verdict.figure) for each in newest],
        "expected": [numbers.full(each.first.verdict.expected) for each in newest],
        "effect": [None if each.effect is None else float(each.effect) for each in newest],
        "periods": [each.periods for each in newest],
    }
    config |= {
        "figure": text_column(_("Figure"), width=110),
        "expected": text_column(_("Instead of"), width=110),
        "effect": money_column(_("In money"), width=110),
        "periods": quantity_column(_("Periods"), width=72),
    }
    st.dataframe(
        columns,
        hide_index=True,
        placeholder="",
        height="content" if len(newest) < 8 else 300,
        column_config=config,
        key=f"alerts.tried.{watched.measure}",
    )
