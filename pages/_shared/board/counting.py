"""Counting what somebody filters a board by, for that person alone."""

import streamlit as st

from core.accounts.habits import count_picks
from pages._shared.board.board import DATES
from pages._shared.filters import Look
from pages._shared.preferring import preferences
from pages._shared.screen import act_in_callback


def count(board: str, before: Look, after: Look) -> None:
    """Count what was newly picked, at most once a visit; nothing where somebody wants no hints."""
    counted: set[tuple[str, str]] = st.session_state.setdefault(f"{board}.counted", set())
    picks = {(name, label) for name, chosen in after.where.items() for label in chosen if name != DATES}
    picks -= {(name, label) for name, chosen in before.where.items() for label in chosen}
    new = sorted(picks - counted)
    if new and preferences().hints:
        counted.update(new)
        act_in_callback(count_picks, board, new)
