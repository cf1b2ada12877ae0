"""A list over the full width and, once one of its rows is chosen, that row in full beside it.

On a narrow screen the card stands above the list, where it is seen.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

# Streamlit stacks columns in their order on narrow screens; the card would lie below the whole list.
_STYLE = """<style>
@media (max-width: 640px) { [data-testid="stColumn"]:has(.st-key-beside_card) { order: -1; } }
</style>"""


def list_and_card(table: str, rows: Sequence[Any], usual: int | None = None) -> tuple[Any, Any, Any | None]:
    """The place of the list, the place of the card, and the row that is chosen.

    `table` is the key of the `st.dataframe` that will stand in the list; `usual` the row that it begins with.
    """
    state = st.session_state.get(table)
    picked = state["selection"]["rows"] if state else [] if usual is None else [usual]
    chosen = rows[picked[0]] if picked and picked[0] < len(rows) else None
    st.html(_STYLE)
    if chosen is None:
        (left,) = st.columns(1)
        return left, None, None
    left, right = st.columns([2, 1], gap="medium")
    return left, right.container(key="beside_card"), chosen
