"""What the screens of records share: finding them in a list, one in full beside it, and the form of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from core.base.errors import NotFound
from core.work.store import View
from pages._shared.beside import list_and_card
from pages._shared.forms import forget_version
from pages._shared.merging import Merging, save_or_merge
from pages._shared.preferring import preferred, row_height
from pages._shared.screen import act, form_key, goto
from pages._shared.tables import table
from pages._shared.text import escaped

SHORT_LIST = 15
HEIGHT = 560
LONGEST_ID = 18
Named = TypeVar("Named")
Card = TypeVar("Card")


@dataclass(frozen=True)
class Page:
    """One page of a list; `offset` rows come before it."""

    key: str
    number: int
    pages: int
    offset: int


def asked_id() -> int | None:
    """The id in the address: None where there is none, 0 (which nothing has) where it is no id."""
    asked = st.query_params.get("id", "")
    if not asked:
        return None
    return int(asked) if asked.isdecimal() and len(asked) <= LONGEST_ID else 0


def asked_card(view: View, query: Callable[[View, int], Card], title: str = "") -> Card | None:
    """What the address asks for, None where it asks for nothing.

    What is gone is said, below the title if there is one yet to show, and the screen ends there.
    """
    asked = asked_id()
    if asked is None:
        return None
    try:
        return query(view, asked)
    except NotFound as missing:
        if title:
            st.title(title, anchor=False)
        st.error(missing.sentence)
        st.stop()


def search_box(label: str, placeholder: str, *, key: str, width: int, **more: Any) -> str:
    """Where one types what to find; it answers while typing and stands in the address."""
    return st.text_input(
        label,
        type="search",
        live="150ms",
        icon=":material/search:",
        placeholder=placeholder,
        key=key,
        width=width,
        bind="query-params",
        persist_state="session",
        **more,
    )


def filter_box(label: str, names: Mapping[Named, str], everything: str, *, key: str, width: int, **more: Any) -> Any:
    """One of these to narrow a list by; None for everything."""
    return st.selectbox(
        label,
        list(names),
        index=None,
        format_func=lambda each: names.get(each, ""),
        placeholder=everything,
        key=key,
        width=width,
        persist_state="session",
        **more,
    )


def page_of(key: str, count: int, size: int) -> Page:
    """The page of a list of so many rows that was chosen last, as far as there still is one."""
    pages = max(1, -(-count // size))
    number = min(st.session_state.get(key, 1), pages)
    return Page(key, number, pages, (number - 1) * size)


def show_pages(page: Page, said: str) -> None:
    """Below a list: how many there are and what choosing one does, and the way to the other pages."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(said)
        if page.pages > 1:
            st.pagination(page.pages, key=page.key, max_visible_pages=5, width=260, persist_state="session")


def show_list(
    rows: Sequence[Any], columns: Mapping[str, Any], narrow: int, page: Page, said: str, *, key: str, of: str
) -> tuple[Any, Any | None]:
    """The list, the place beside it, and the row that is chosen: at first one that was named exactly.

    `columns` are the fields to show and how, `of` is the list in the preferences of who looks; only the first
    `narrow` of them stay beside a card.
    """
    usual = 0 if rows[0].is_exact else None
    left, right, chosen = list_and_card(key, rows, usual)
    names = preferred(of, list(columns))
    with left:
        st.dataframe(
            table(rows, names),
            key=key,
            column_order=names if chosen is None else names[:narrow],
            hide_index=True,
            height="content" if len(rows) < SHORT_LIST else HEIGHT,
            on_select="rerun",
            selection_mode="single-row",
            selection_default={"selection": {"rows": [usual]}} if usual is not None else None,
            column_config=dict(columns),
            placeholder="",
            row_height=row_height(),
        )
        show_pages(page, said)
    return right, chosen


def show_badges(state: str, kind: str, tags: Sequence[str], *, is_active: bool) -> None:
    """State, kind and tags of a record."""
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(state, color="green" if is_active else "gray")
        st.badge(kind, color="blue")
        for tag in tags:
            st.badge(escaped(tag), color="violet")


def choice_box(
    label: str, names: Mapping[Named, str], chosen: Named | None, nothing: str, *, key: str, **more: Any
) -> Any:
    """A field that names one of these, or none."""
    return st.selectbox(
        label,
        list(names),
        index=list(names).index(chosen) if chosen in names else None,
        format_func=lambda each: names.get(each, ""),
        placeholder=nothing,
        key=key,
        **more,
    )


def words_box(label: str, known: Sequence[str], given: Sequence[str], placeholder: str, *, key: str) -> list[str]:
    """A field of several words, known ones and new ones."""
    return st.multiselect(label, known, default=list(given), accept_new_options=True, placeholder=placeholder, key=key)


def rows_box(rows: Sequence[Any], columns: Mapping[str, Any], *, key: str) -> list[dict[str, str]]:
    """A table to type into: these rows of words, and more below them."""
    typed = st.data_editor(
        pd.DataFrame([asdict(row) for row in rows], columns=list(columns), dtype="str"),
        num_rows="dynamic",
        hide_index=True,
        key=key,
        column_config=dict(columns),
        placeholder="",
    )
    return typed.fillna("").to_dict("records")


def save(
    screen: str,
    entry: Any,
    *,
    form: str,
    row_id: int,
    version: int,
    add: Callable[..., int],
    merging: Merging,
    done: str,
) -> None:
    """Add the record, or edit the one that was opened in this version, and show it as it is on record now.

    Where somebody else changed it meanwhile, `show_merging` has something to show.
    """
    key = form_key(f"{form}.{row_id}.{version}")
    if row_id:
        made = save_or_merge(merging, row_id, version, entry, done=done, key=key)
    else:
        made = act(add, entry, done=done, key=key, rerun=False)
    if made is not None:
        forget_version(form, row_id)
        goto(screen, id=made)
