"""Fields and forms that several screens share: exact numbers, and the version a form was opened with."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import QUANTITY_PLACES, RATE_PLACES, fits, round_to
from pages._shared.screen import act, form_key

_SHOWN = "form_shown."


def opened_version(form: str, row_id: int, version: int) -> int:
    """The version that the form on this screen was opened with, until it is carried out or left.

    Give the form's first field the key that `first_field` says: Streamlit forgets it when the
    screen is left, and with it the version.
    """
    place = _place(form, row_id)
    opened = st.session_state.get(place)
    if opened is None or first_field(form, row_id, opened) not in st.session_state:
        opened = st.session_state[place] = version
    return int(opened)


def first_field(form: str, row_id: int, version: int) -> str:
    """The key of the first field of a form opened with this version."""
    return f"{form}.{row_id}.{version}.first"


def forget_version(form: str, row_id: int) -> None:
    """The form was carried out: show what is on record now."""
    st.session_state.pop(_place(form, row_id), None)


def opened_facts(form: str, row_id: int, facts: dict[str, Any], field: str) -> None:
    """Remember what a form showed when it was opened, until it is carried out or left.

    `field` is the key of one of its fields: Streamlit forgets it when the screen is left.
    """
    place = _place(form, row_id)
    if place not in st.session_state or field not in st.session_state:
        st.session_state[place] = facts


def save_seen(form: str, row_id: int, command: Callable[..., Any], *args: Any, done: str, **kwargs: Any) -> None:
    """Carry out a command that refuses where something is no longer what the form showed when it was opened."""
    seen = st.session_state.pop(_place(form, row_id), None)
    act(command, *args, done=done, seen=seen, **kwargs)
    st.session_state[_place(form, row_id)] = seen  # refused: the form stays as it is


def quantity_typed(number: float | None) -> Decimal:
    """The quantity that was typed into a field or a table; none is zero."""
    return round_to(Decimal(str(number or 0)), QUANTITY_PLACES)


def share_typed(percent: float) -> Decimal:
    """The share that was typed in per cent."""
    return round_to(Decimal(str(percent)) / 100, RATE_PLACES)


def decimal_input(label: str, amount: Decimal, *, key: str, most: float = 1e10, help: str | None = None) -> Decimal:
    """A number that is not negative, exact to four decimals."""
    places = 2 if fits(amount, 2) else 4
    typed = st.number_input(
        label, min_value=0.0, max_value=most, value=float(amount), step=0.01, format=f"%.{places}f", key=key, help=help
    )
    return Decimal(str(typed or 0.0))


def empty_when_done(form: str, *fields: str) -> None:
    """Empty these fields once the form of this `form_key` was carried out; what was refused stays in them."""
    key, place = form_key(form), _SHOWN + form
    if st.session_state.get(place, key) != key:
        for field in fields:
            st.session_state[field] = ""
    st.session_state[place] = key


def _place(form: str, row_id: int) -> str:
    return f"form_version.{form}.{row_id}"
