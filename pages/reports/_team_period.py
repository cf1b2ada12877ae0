"""What targets are planned for: a metric, and a main category or all."""

import streamlit as st

from core.catalog.queries import category_tree
from core.team.models import METRIC_LABELS, WITHOUT_CATEGORY, Metric
from core.team.queries import sees_metric
from core.work.store import View
from pages._shared.text import _


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
