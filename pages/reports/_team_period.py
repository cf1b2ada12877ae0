"""What the team's screen looks at: metric, months and category, kept in the address."""

from dataclasses import dataclass
from datetime import date

import streamlit as st

from core.analytics.layer.dimensions import add_months
from core.analytics.layer.terms import Unit
from core.catalog.queries import category_tree
from core.team.models import COUNTED, METRIC_LABELS, WITHOUT_CATEGORY, Metric
from core.team.queries import sees_metric
from core.work.store import View
from pages._shared.board.figures.numbers import Numbers
from pages._shared.text import N_, _

PERIODS = {
    "month": N_("This month"),
    "last_month": N_("Last month"),
    "quarter": N_("This quarter"),
    "last_quarter": N_("Last quarter"),
    "year": N_("This year"),
    "last_year": N_("Last year"),
}


@dataclass(frozen=True)
class Asked:
    """A metric of some months, of one main category or of all."""

    metric: Metric
    since: date
    until: date
    category_id: int | None

    @property
    def numbers(self) -> Numbers:
        """How its figures are written."""
        return Numbers(Unit.COUNT if self.metric in COUNTED else Unit.MONEY)


def months_of(period: str, today: date) -> tuple[date, date]:
    """The first day of a period and the day after its last."""
    start = today.replace(day=1)
    length = 1
    if "quarter" in period:
        start, length = start.replace(month=(today.month - 1) // 3 * 3 + 1), 3
    if "year" in period:
        start, length = start.replace(month=1), 12
    if period.startswith("last"):
        start = add_months(start, -length)
    return start, add_months(start, length)


def choose_metric(view: View, key: str) -> Metric:
    """The metric to look at, among those that may be seen."""
    metrics = [metric for metric in Metric if sees_metric(view, metric)]
    wanted = st.query_params.get("metric", "")
    chosen = st.segmented_control(
        _("Metric"),
        metrics,
        format_func=lambda each: _(METRIC_LABELS[each]),
        default=Metric(wanted) if wanted in metrics else metrics[0],
        key=f"{key}.metric",
        label_visibility="collapsed",
        required=True,
    )
    st.query_params["metric"] = chosen.value
    return chosen


def choose_category(view: View, metric: Metric, key: str) -> int | None:
    """A main category, None for all; not asked where the metric has none."""
    if metric in WITHOUT_CATEGORY:
        return None
    names = {row.id: row.name for row in category_tree(view) if row.parent_id is None}
    chosen = st.selectbox(
        _("Category"),
        [None, *names],
        format_func=lambda each: _("All categories") if each is None else names[each],
        key=f"{key}.category.{metric}",
        label_visibility="collapsed",
        width=180,
    )
    return int(chosen) if chosen is not None else None


def choose_period(view: View, key: str) -> tuple[date, date]:
    """The months to look at."""
    wanted = st.query_params.get("period", "month")
    chosen = st.selectbox(
        _("Period"),
        list(PERIODS),
        index=list(PERIODS).index(wanted) if wanted in PERIODS else 0,
        format_func=lambda each: _(PERIODS[each]),
        key=f"{key}.period",
        label_visibility="collapsed",
        width=150,
    )
    st.query_params["period"] = chosen
    return months_of(chosen, view.today)
