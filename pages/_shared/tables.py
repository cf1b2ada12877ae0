"""Tables: rows of a query as a frame, and columns that show cents exactly and numbers to the right.

Decimals travel as floats, which are exact to the cent below 90 trillion; what is shown is rounded
by the column's format, and nothing is calculated from it.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from pages._shared.formats import local_time, symbol
from pages._shared.screen import link
from pages._shared.text import _


def table(rows: Sequence[Any], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Frozen rows as a frame for `st.dataframe`: its columns are these fields, in this order."""
    if columns is None:
        kind = type(rows[0]) if rows else None
        columns = [field.name for field in fields(kind)] if kind is not None and is_dataclass(kind) else []
    return pd.DataFrame({name: [_cell(getattr(row, name)) for row in rows] for name in columns}, columns=list(columns))


def text_column(label: str, **more: Any) -> Any:
    """A column of text."""
    return st.column_config.TextColumn(label, **more)


def money_column(label: str, sign: bool = False, **more: Any) -> Any:
    """Amounts, to the cent and to the right."""
    return st.column_config.NumberColumn(label, format=f"{symbol() if sign else ''}%,.2f", alignment="right", **more)


def price_column(label: str, **more: Any) -> Any:
    """Prices of one unit, to the right."""
    return st.column_config.NumberColumn(label, format="%,.2f", alignment="right", **more)


def quantity_column(label: str, places: int = 0, **more: Any) -> Any:
    """Quantities, to the right; whole ones unless `places` says otherwise."""
    return st.column_config.NumberColumn(label, format=f"%,.{places}f", alignment="right", **more)


def quantity_places(quantities: Sequence[Decimal | None]) -> int:
    """How many decimals these quantities need, so that none is shown rounded."""
    return (
        max((-int(each.normalize().as_tuple().exponent) for each in quantities if each), default=0)
        if any(each is not None and each != each.to_integral_value() for each in quantities)
        else 0
    )


def percent_column(label: str, **more: Any) -> Any:
    """Ratios as per cent, to the right."""
    return st.column_config.NumberColumn(label, format="percent", alignment="right", **more)


def day_column(label: str, **more: Any) -> Any:
    """Calendar days."""
    return st.column_config.DateColumn(label, format="YYYY-MM-DD", **more)


def moment_column(label: str, **more: Any) -> Any:
    """Moments in the company's time zone, to the minute."""
    return st.column_config.DatetimeColumn(label, format="YYYY-MM-DD HH:mm", **more)


def nothing_here(sentence: str, action: str = "", path: str = "", **query: str) -> None:
    """Say kindly that there is nothing yet and, given an action and a screen, lead there."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f":material/inbox: {sentence}", text_alignment="center")
        if action and path:
            link(path, action, **query)


def choice_table(
    rows: Sequence[Any], columns: Any, *, key: str, short: int = 15, height: int = 600, **more: Any
) -> Any:
    """These columns of the rows as a table; the row that was clicked, None before.

    Fewer rows than `short` are shown whole, more of them in this height.
    """
    picked = st.dataframe(
        columns,
        key=key,
        hide_index=True,
        height="content" if len(rows) < short else height,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="",
        **more,
    )
    return chosen_row(picked, rows)


def chosen_row(event: Any, rows: Sequence[Any]) -> Any | None:
    """The row picked in a `st.dataframe` that lets choose one row, or one cell of it; None once it is gone."""
    chosen = event["selection"] if event else {}
    picked = [*chosen.get("rows", ()), *(place for place, _column in chosen.get("cells", ()))]
    return rows[picked[0]] if picked and picked[0] < len(rows) else None


def yes_no(truth: bool) -> str:
    """Yes or no, as a word."""
    return _("Yes") if truth else _("No")


def _cell(fact: Any) -> Any:
    if isinstance(fact, Decimal):
        return float(fact)
    if isinstance(fact, datetime):
        return local_time(fact)
    return fact
