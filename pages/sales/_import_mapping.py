"""Which column is which: a list to choose from for each field, filled with the guesses."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.base.errors import AppError
from core.exchange.fields import FIELDS, Columns, column_names, guess_columns, match_columns
from core.exchange.sheet import Sheet
from pages._shared.text import _, escaped

SHOWN_ROWS = 20
USUAL = ("order_number", "ordered_at", "sku", "quantity", "unit_price", "amount", "customer_code", "product_name")
HEIGHT = 260


def choose_columns(sheet: Sheet, remembered: Mapping[str, str]) -> Columns | None:
    """The columns as chosen; None, with the reason on the screen, while something is missing."""
    guessed = guess_columns(sheet.header, remembered)
    chosen: dict[str, str] = {}
    names = column_names(sheet.header)
    choices: list[int | None] = [None, *range(len(sheet.header))]
    rare = [name for name in FIELDS if name not in USUAL]
    for place, fields in ((st.container(), USUAL), (st.expander(_("More columns")), rare)):
        with place:
            for start in range(0, len(fields), 4):
                for box, name in zip(st.columns(4), fields[start : start + 4], strict=False):
                    at = box.selectbox(
                        _(FIELDS[name].label) + (" \\*" if FIELDS[name].is_required else ""),
                        choices,
                        index=choices.index(guessed.get(name)),
                        format_func=lambda at: _("not in the file") if at is None else _named(sheet, at),
                        key=f"import.map.{sheet.hash[:12]}.{sheet.title}.{name}",
                    )
                    chosen[name] = "" if at is None else names[at]
    try:
        return match_columns(sheet.header, chosen)
    except AppError as refusal:
        st.warning(escaped(refusal.sentence), icon=":material/view_column:")
        return None


def show_preview(sheet: Sheet, columns: Columns) -> None:
    """The first rows of the file, under the names of our fields."""
    frame = pd.DataFrame({_(FIELDS[name].label): sheet.column(at)[:SHOWN_ROWS] for name, at in columns.items()})
    frame.index = pd.Index(sheet.lines[:SHOWN_ROWS], name=_("Line"))
    st.dataframe(frame, key="import.preview", width="stretch", height=HEIGHT)


def _named(sheet: Sheet, at: int) -> str:
    return column_names(sheet.header)[at] if sheet.header[at] else _("column {count}").format(count=at + 1)
