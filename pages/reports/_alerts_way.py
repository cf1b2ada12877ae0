"""Ways between the parts of the alerts' screen: a link to the screen one is on would not keep its address."""

import streamlit as st


def way(label: str, key: str, icon: str, **words: str) -> None:
    """A button that opens another part of the screen, at the address it names."""
    st.button(label, key=key, icon=f":material/{icon}:", on_click=_go, kwargs=words)


def go(**words: str) -> None:
    """Open another part of the screen now."""
    _go(**words)
    st.rerun()


def _go(**words: str) -> None:
    st.query_params.from_dict(words)
