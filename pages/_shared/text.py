"""Texts for screens: the words of `core.base.i18n` in the language of this browser session."""

import re

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.base import i18n
from core.base.i18n import N_, match_language

LANGUAGE = "session.language"
PICKED = "session.picked"
_MARKDOWN = re.compile(r"[\\`*_{}\[\]()<>#+!|~$:]")

__all__ = ["LANGUAGE", "PICKED", "N_", "_", "escaped", "listed", "ngettext", "session_language", "speak"]


def session_language() -> str:
    """The language of this browser session: what its user picked, else what the browser asks for."""
    return st.session_state.get(LANGUAGE) or match_language(st.context.locale)


def speak() -> None:
    """Make core answer in the language of this session; fragments and callbacks run in other threads."""
    if get_script_run_ctx(suppress_warning=True) is not None:
        i18n.use_language(session_language())


def _(text: str) -> str:
    """The text in the language of this session."""
    speak()
    return i18n._(text)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The singular or plural text in the language of this session."""
    speak()
    return i18n.ngettext(singular, plural, count)


def escaped(text: str) -> str:
    """What somebody typed, so that Streamlit's markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def listed(sentences: str) -> str:
    """The sentence of a refusal as markdown; where it has several lines, a list of them."""
    lines = [escaped(line) for line in sentences.splitlines()]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
