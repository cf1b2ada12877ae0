"""A transfer that a link asks for: its form is filled in once, and then is what somebody types."""

from collections.abc import Collection

import streamlit as st

LONGEST = 2_000
TAKEN = "transfers.asked"


def take_asked(houses: Collection[int]) -> bool:
    """Fill in the form of a new transfer as the address says; whether it says anything that makes sense."""
    words = {name: st.query_params.get(name, "") for name in ("source", "target", "lines")}
    ends = [int(words[name]) for name in ("source", "target") if words[name].isdecimal() and len(words[name]) < 19]
    if len(set(ends)) < 2 or not set(ends) <= set(houses):
        return False
    if st.session_state.get(TAKEN) != words:
        st.session_state[TAKEN] = words
        st.session_state["transfers.source"], st.session_state["transfers.target"] = ends
        st.session_state["transfers.lines"] = words["lines"][:LONGEST]
    return True
