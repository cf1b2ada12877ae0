"""The filters of the order list and how they stand in the address, so that a view can be shared as a link."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.queries import OrderFilter

E = TypeVar("E", bound=StrEnum)
WORDS = ("q", "state", "payment", "shipment", "channel", "customer", "since", "until", "to_ship", "page")


def read_address() -> None:
    """Fill the widgets from the address when it was opened or followed, not when the widgets wrote it."""
    state = st.session_state
    asked = {name: st.query_params.get_all(name) for name in WORDS if name in st.query_params}
    if "id" in st.query_params:  # the browser's Back, from an order: the address is the order's
        asked = state.get("orders.address") or {}
    if state.get("orders.address") == asked and "orders.text" in state:
        return
    state["orders.text"] = _first(asked, "q")
    state["orders.business"] = _members(BusinessState, asked.get("state", ()))
    state["orders.payment"] = _members(PaymentState, asked.get("payment", ()))
    state["orders.shipment"] = _members(Progress, asked.get("shipment", ()))
    state["orders.channel"] = _number(_first(asked, "channel"))
    state["orders.customer"] = _number(_first(asked, "customer"))
    state["orders.to_ship"] = _first(asked, "to_ship") == "1"
    since, until = _day(_first(asked, "since")), _day(_first(asked, "until"))
    state["orders.days"] = tuple(each for each in (since, until and until - timedelta(days=1)) if each)
    state["orders.opened"] = state.get("orders.opened", 0) + 1
    state["orders.page"] = _number(_first(asked, "page")) or 1
    state["orders.address"] = asked


def address_of(wanted: OrderFilter, page: int = 1) -> dict[str, list[str]]:
    """The words of an address that shows this filter; what does not filter is left out."""
    words = {
        "q": [wanted.text] if wanted.text else [],
        "state": [each.value for each in wanted.business],
        "payment": [each.value for each in wanted.payment],
        "shipment": [each.value for each in wanted.shipment],
        "channel": [str(wanted.channel_id)] if wanted.channel_id else [],
        "customer": [str(wanted.customer_id)] if wanted.customer_id else [],
        "since": [wanted.since.isoformat()] if wanted.since else [],
        "until": [wanted.until.isoformat()] if wanted.until else [],
        "to_ship": ["1"] if wanted.to_ship else [],
        "page": [str(page)] if page > 1 else [],
    }
    return {name: word for name, word in words.items() if word}


def write_address(wanted: OrderFilter, page: int) -> None:
    """Put the filter into the address."""
    shown = address_of(wanted, page)
    if st.session_state.get("orders.address") != shown or "id" in st.query_params:
        st.session_state["orders.address"] = shown
        st.query_params.from_dict(shown)


def last_address() -> dict[str, list[str]]:
    """The words of the address that shows the list as it was left."""
    return st.session_state.get("orders.address") or {}


def chosen_filter() -> OrderFilter:
    """What the widgets say."""
    state = st.session_state
    days = tuple(state.get(days_key()) or ())
    return OrderFilter(
        text=state.get("orders.text") or "",
        business=tuple(state.get("orders.business") or ()),
        payment=tuple(state.get("orders.payment") or ()),
        shipment=tuple(state.get("orders.shipment") or ()),
        channel_id=state.get("orders.channel"),
        customer_id=state.get("orders.customer"),
        since=days[0] if days else None,
        until=days[-1] + timedelta(days=1) if days else None,
        to_ship=bool(state.get("orders.to_ship")),
    )


def days_key() -> str:
    """The key of the picker of days: a picker of its own for each address that was followed."""
    return f"orders.days.{st.session_state['orders.opened']}"


def page_key(wanted: OrderFilter) -> tuple[str, int]:
    """The key of the page picker and its first page: each filter begins at 1, unless the address says otherwise."""
    state = st.session_state
    key = f"orders.page.{state['orders.opened']}.{hash(wanted)}"
    return key, state.setdefault(f"{key}.start", state.pop("orders.page", 1))


def clear_filter() -> None:
    """Show all orders again."""
    st.session_state["orders.address"] = None
    st.query_params.clear()


def _first(asked: Mapping[str, list[str]], name: str) -> str:
    return asked.get(name, [""])[0]


def _members(kind: type[E], words: Iterable[str]) -> list[E]:
    known = {each.value for each in kind}
    return [kind(word) for word in words if word in known]


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 19 else None


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(word)
    except ValueError:
        return None
