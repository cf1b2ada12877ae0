"""The conditions of a rule being set: when a figure speaks, and what else must hold at the same time."""

from decimal import Decimal

import streamlit as st

from core.analytics.alerts.looking import watchable
from core.analytics.alerts.models import FIGURE_PLACES, Condition
from core.analytics.alerts.rules import COMPARISONS, Further, Watched
from core.analytics.alerts.service import MOST_MORE
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain
from core.analytics.layer.measures import MEASURES, Unit
from core.base.exact import round_to
from core.security.actor import Actor
from pages._shared.formats import symbol
from pages._shared.text import _
from pages.reports._alerts_words import COMPARED, SIDES, condition_label, is_rate

USUAL_BOUNDS = {Condition.THRESHOLD: 1000.0, Condition.CHANGE: 20.0, Condition.UNUSUAL: 3.5}


def choose_condition(key: str, now: Watched | Further | None, measure: str, grain: Grain) -> Further:
    """When a figure speaks: the condition, its side, its bound, and what it is compared with."""
    condition = st.segmented_control(
        _("Raised when the figure shows"),
        list(Condition),
        default=Condition.THRESHOLD if now is None else now.condition,
        required=True,
        format_func=condition_label,
        key=f"{key}.condition",
    )
    sides = list(SIDES[condition])
    direction = st.selectbox(
        _("Side"),
        sides,
        index=sides.index(now.direction) if now is not None and now.direction in sides else 0,
        format_func=lambda each: _(SIDES[condition][each]),
        key=f"{key}.side.{condition}",
    )
    bound, is_part, compare = _bound(key, now, measure, condition, grain)
    return Further(measure, condition, direction, bound, is_part, compare)


def choose_more(actor: Actor, key: str, now: Watched, by: str, grain: Grain) -> tuple[tuple[Further, ...], bool]:
    """Further conditions, and whether one of all is enough."""
    numbers = st.session_state.setdefault(f"{key}.more", list(range(len(now.more))))
    offered = [
        name
        for name, measure in MEASURES.items()
        if measure.permissions <= actor.permissions and (not by or by in watchable(name))
    ]
    further = []
    for number in numbers:
        with st.container(border=True, key=f"{key}.more.{number}"):
            before = now.more[number] if number < len(now.more) else None
            measure = st.selectbox(
                _("And the figure"),
                offered,
                index=offered.index(before.measure) if before is not None and before.measure in offered else 0,
                format_func=lambda name: _(MEASURES[name].label),
                key=f"{key}.more.{number}.measure",
            )
            further.append(choose_condition(f"{key}.more.{number}", before, measure, grain))
            st.button(
                _("Remove condition"),
                icon=":material/close:",
                type="tertiary",
                key=f"{key}.more.{number}.remove",
                on_click=numbers.remove,
                args=(number,),
            )
    if len(numbers) < MOST_MORE:
        st.button(
            _("Add a condition"),
            icon=":material/add:",
            type="tertiary",
            key=f"{key}.more.add",
            on_click=lambda: numbers.append(max((*numbers, len(now.more) - 1), default=-1) + 1),
        )
    if not further:
        return (), False
    is_any = st.segmented_control(
        _("Raised when"),
        [False, True],
        default=now.is_any,
        required=True,
        format_func=lambda each: _("One condition holds") if each else _("All conditions hold"),
        key=f"{key}.any",
    )
    return tuple(further), is_any


def _bound(
    key: str, now: Watched | Further | None, measure: str, condition: Condition, grain: Grain
) -> tuple[Decimal, bool, Compare | None]:
    kept = now if now is not None and now.condition is condition and now.measure == measure else None
    compare, is_part = None, False
    if condition is Condition.CHANGE:
        offered = [each for each in COMPARISONS if grain is not Grain.MONTH or each is not Compare.SPRING_FESTIVAL]
        compare = st.selectbox(
            _("Compared with"),
            offered,
            index=offered.index(now.compare) if now is not None and now.compare in offered else 0,
            format_func=lambda each: _(COMPARED[each]),
            key=f"{key}.compare.{grain.is_months}",
        )
        is_part = st.segmented_control(
            _("Change in"),
            [True, False],
            default=True if kept is None else kept.is_part,
            required=True,
            format_func=lambda part: _("Per cent") if part else _("The figure's own unit"),
            key=f"{key}.part",
        )
    in_percent = is_part or (is_rate(measure) and condition is not Condition.UNUSUAL)
    factor = 100 if in_percent else 1
    label = _("Bound, %") if in_percent else _("Bound")
    if condition is Condition.UNUSUAL:
        label = _("Bound, times the usual spread")
    elif MEASURES[measure].unit is Unit.MONEY and not is_part:
        label = _("Bound, {sign}").format(sign=symbol())
    typed = st.number_input(
        label,
        min_value=-1e12 if condition is Condition.THRESHOLD else 0.0,
        max_value=1e12,
        value=USUAL_BOUNDS[condition] if kept is None or is_part != kept.is_part else float(kept.bound * factor),
        step=0.5 if condition is Condition.UNUSUAL else 1.0,
        key=f"{key}.bound.{condition}.{in_percent}",
        help=_(
            "Usual is the middle of the last 12 like it: the same weekday, without holidays; days around Spring "
            "Festival are held against the same days of other years, other days off against each other. 3.5 is a "
            "good start; a larger number raises fewer alerts."
        )
        if condition is Condition.UNUSUAL
        else None,
    )
    return round_to(Decimal(str(typed)) / factor, FIGURE_PLACES), is_part, compare
