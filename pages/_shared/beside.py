"""A list with one of its rows in full beside it; on a narrow screen above it, where it is seen."""

from typing import Any

import streamlit as st

# Streamlit stacks columns in their order on narrow screens; the card would lie below the whole list.
_STYLE = """<style>
@media (max-width: 640px) { [data-testid="stColumn"]:has(.st-key-beside_card) { order: -1; } }
</style>"""


def list_and_card() -> tuple[Any, Any]:
    """The place of the list and the place of the card."""
    st.html(_STYLE)
    left, right = st.columns([2, 1], gap="medium")
    return left, right.container(key="beside_card")
