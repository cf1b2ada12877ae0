"""Clicks on the bars of the dashboard, each taken once, however quickly they come and slowly the panels follow.

Streamlit's own selection loses clicks: a chart is another widget as soon as its figures change, so a click
on what is still to be seen belongs to nobody, and of two clicks on one chart only the last is told.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

_mount = st.components.v2.component(
    "salesbook_clicks", html="<div hidden></div>", js=(Path(__file__).parent / "clicks.js").read_text("utf-8")
)
Click = tuple[str, str]


def listen_to_clicks(key: str, take: Callable[[list[Click]], None]) -> None:
    """Hand on the clicks on `clickable` charts: the dimension and the label of each bar, in their order."""
    _mount(
        key=key,
        data={"taken": st.session_state.get(f"{key}.taken", 0)},
        on_clicks_change=lambda: _take(key, take),
        width="content",
        height="content",
    )


def clickable(chart: go.Figure, dimension: str) -> go.Figure:
    """The same chart; its bars carry their label as custom data."""
    return chart.update_layout(meta={"dimension": dimension})


def _take(key: str, take: Callable[[list[Click]], None]) -> None:
    taken = st.session_state.get(f"{key}.taken", 0)
    found = [(at, click) for at, click in _clicks(st.session_state[key].get("clicks")) if at > taken]
    if found:
        st.session_state[f"{key}.taken"] = max(at for at, _click in found)
        take([click for _at, click in found])


def _clicks(sent: Any) -> Iterator[tuple[float, Click]]:
    for click in sent or []:
        at = click.get("at")
        if isinstance(at, int | float):
            yield at, (str(click.get("dimension", "")), str(click.get("label", "")))
