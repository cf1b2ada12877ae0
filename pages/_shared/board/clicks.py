"""Clicks on the marks of a board, each taken once, however quickly they come and slowly the panels follow.

Streamlit's own selection loses clicks: a chart is another widget as soon as its figures change, so a click
on what is still to be seen belongs to nobody, and of two clicks on one chart only the last is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st

_mount = st.components.v2.component(
    "salesbook_clicks", html="<div hidden></div>", js=(Path(__file__).parent / "clicks.js").read_text("utf-8")
)


class How(StrEnum):
    """What a click asks for: this mark, all but this mark, or what lies below it (a double click)."""

    ONLY = "only"
    NOT = "not"
    INTO = "into"


class Kind(StrEnum):
    """How the marks of a chart lie, so that the one below the pointer is found."""

    BARS = "bars"
    CELLS = "cells"
    POINTS = "points"
    AREAS = "areas"
    SLICES = "slices"
    STACKS = "stacks"


@dataclass(frozen=True)
class Click:
    """One click on one mark."""

    panel: str
    dimension: str
    label: str
    how: How = How.ONLY


def listen_to_clicks(key: str, take: Callable[[list[Click]], None]) -> None:
    """Hand on the clicks on `clickable` charts, in their order."""
    _mount(
        key=key,
        data={"taken": st.session_state.get(f"{key}.taken", 0)},
        on_clicks_change=lambda: _take(key, take),
        width="content",
        height="content",
    )


def clickable(chart: go.Figure, panel: str, dimension: str) -> go.Figure:
    """The same chart; its marks carry their label as custom data."""
    return chart.update_layout(meta={**(chart.layout.meta or {}), "panel": panel, "dimension": dimension})


def marked(chart: go.Figure, kind: Kind) -> go.Figure:
    """The same chart, saying how its marks lie; bars where it does not."""
    return chart.update_layout(meta={"kind": kind.value})


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
            how = click.get("how")
            words = [str(click.get(word, "")) for word in ("panel", "dimension", "label")]
            yield at, Click(*words, How(how) if how in list(How) else How.ONLY)
