"""Labels with what stands there, as a card lists them."""

from collections.abc import Mapping

import streamlit as st

from pages._shared.text import escaped


def show_facts(facts: Mapping[str, str]) -> None:
    """One line for each label that has something to say."""
    lines = [f":gray[{label}]\u2002{escaped(words)}" for label, words in facts.items() if words]
    st.markdown("  \n".join(line.replace("\n", " ") for line in lines))
