"""A new import, step by step: channel and file, columns, check, booking."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.base.errors import AppError
from core.customers.rules import channel_name
from core.exchange.errands import Errand, begin_check, begin_import, begin_look, checked, head_of
from core.exchange.errors import AmbiguousDates
from core.exchange.problems import Problem
from core.exchange.queries import channel_names, remembered_mapping
from core.exchange.sheet import Sheet
from core.exchange.values import DAY_FIRST, MONTH_FIRST
from core.security.actor import Actor
from pages._shared.formats import quantity
from pages._shared.screen import reading, store
from pages._shared.text import _, escaped, ngettext
from pages.sales._import_errand import watch, watch_import
from pages.sales._import_mapping import choose_columns, show_preview
from pages.sales._import_receipt import show_problems, show_receipt

FORMATS = ["csv", "txt", "xlsx", "xls", "ods"]
CHECKED = "import.checked"
LOOKED = "import.looked"
TITLES = "import.titles"
UNCLEAR = "import.unclear"
WATCHED = "import.watched"


def show_import(actor: Actor) -> None:
    """The way from a file to its booking; the work on the file is done by a process of its own."""
    channel, is_history, upload = _ask_for_file()
    sheet = _looked(actor, upload) if upload else None
    if upload is None or sheet is None:
        return
    with reading() as view:
        remembered = remembered_mapping(view, channel)
    st.subheader(_("Which column is which?"), anchor=False)
    columns = choose_columns(sheet, remembered)
    if columns is None:
        return
    show_preview(sheet, columns)
    asked = (upload.file_id, sheet.title, tuple(sorted(columns.items())), channel, is_history)
    dates = _dates(asked)
    wish = {"columns": columns, "dates": dates, "channel": channel, "is_history": is_history, "title": sheet.title}
    if st.button(_("Check the file"), key="import.check", icon=":material/fact_check:"):
        _check(actor, upload, wish, (*asked, dates))
    if CHECKED in st.session_state and st.session_state[CHECKED][0] == (*asked, dates):
        _show_checked(actor, upload, wish)


def _ask_for_file() -> tuple[str, bool, UploadedFile | None]:
    with reading() as view:
        channels = channel_names(view)
    left, right = st.columns([2, 3])
    channel = left.selectbox(
        _("Channel"),
        channels,
        index=None,
        accept_new_options=True,
        placeholder=_("Choose one or type a new name"),
        key="import.channel",
    )
    meaning = left.radio(
        _("These orders are"),
        ["history", "open"],
        format_func=lambda each: _("Past orders") if each == "history" else _("Orders to fulfil"),
        captions=[
            _("They count in sales as shipped and paid; today's stock stays as it is."),
            _("They are confirmed and reserve stock; what cannot be reserved is refused."),
        ],
        key="import.meaning",
    )
    upload = right.file_uploader(_("File with orders (CSV or Excel)"), type=FORMATS, key="import.file")
    if upload is None or not channel:
        st.info(_("Choose the channel and a file. Nothing is booked before you have seen the result."))
        return "", False, None
    try:
        return channel_name(channel), meaning == "history", upload
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return "", False, None


def _looked(actor: Actor, upload: UploadedFile) -> Sheet | None:
    """The head of the file or of the sheet chosen; None, with the reason on the screen, where it is no table."""
    known, found = st.session_state.get(LOOKED, ((), None))
    file_id, _titles, first = st.session_state.get(TITLES, ("", [], ""))
    title = st.session_state.get(f"import.sheet.{upload.file_id}", "")
    if file_id == upload.file_id and title == first:
        title = ""
    asked = ("look", upload.file_id, title)
    if known != asked:
        errand = _watched(asked, lambda: begin_look(store(), actor, upload.getvalue(), upload.name, title))
        watch(errand, _("Reading the file"))
        try:
            found = head_of(errand)
        except AppError as refusal:
            found = refusal.sentence
        if isinstance(found, Sheet) and file_id != upload.file_id:
            st.session_state[TITLES] = (upload.file_id, found.titles, found.title)
        st.session_state[LOOKED] = (asked, found)
    _choose_sheet(upload)
    if isinstance(found, Sheet):
        return found
    st.error(escaped(str(found)))
    return None


def _choose_sheet(upload: UploadedFile) -> None:
    """The sheets of a workbook that has several: the one read first is the likeliest."""
    file_id, titles, first = st.session_state.get(TITLES, ("", [], ""))
    if file_id == upload.file_id and len(titles) > 1:
        st.selectbox(
            _("Sheet of the workbook"), titles, index=titles.index(first), key=f"import.sheet.{upload.file_id}"
        )


def _check(actor: Actor, upload: UploadedFile, wish: Mapping[str, Any], asked: Sequence[Any]) -> None:
    """Have every row checked, and remember what would be booked; the same errand goes on after a rerun."""
    errand = _watched(("check", *asked), lambda: begin_check(store(), actor, upload.getvalue(), upload.name, **wish))
    watch(errand, _("Checking every row"))
    try:
        st.session_state[CHECKED] = (asked, *checked(errand), uuid.uuid4().hex)
    except AmbiguousDates as unclear:
        st.session_state[UNCLEAR] = (asked[:-1], str(unclear.facts["example"]))
        st.rerun()
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _watched(asked: Sequence[Any], begin: Callable[[], Errand]) -> Errand:
    """What this session has done with its file: begun once, and given up for something else."""
    known, errand = st.session_state.get(WATCHED, ((), None))
    if errand is None or known != asked or errand.has_ended:
        if errand is not None:
            errand.stop()
        errand = begin()
        st.session_state[WATCHED] = (asked, errand)
    return errand


def _dates(asked: Sequence[Any]) -> str | None:
    """The order of day and month, asked for where nobody can tell it from the file."""
    unclear, example = st.session_state.get(UNCLEAR, ((), ""))
    if unclear != asked:
        return None
    return st.radio(
        _("How are dates such as {example} written?").format(example=escaped(example)),
        [DAY_FIRST, MONTH_FIRST],
        format_func=lambda each: _("day first") if each == DAY_FIRST else _("month first"),
        index=None,
        horizontal=True,
        key="import.dates",
    )


def _show_checked(actor: Actor, upload: UploadedFile, wish: Mapping[str, Any]) -> None:
    receipt: Mapping[str, Any]
    problems: Sequence[Problem]
    _asked, receipt, problems, key = st.session_state[CHECKED]
    st.subheader(_("What would be booked"), anchor=False)
    show_receipt(receipt)
    show_problems(problems, upload.name)
    if not receipt["booked"]:
        st.info(_("There is nothing new to book in this file."))
        return
    if not st.button(_what_to_book(receipt), type="primary", key="import.apply", icon=":material/done_all:"):
        return
    try:
        errand = begin_import(store(), actor, upload.getvalue(), upload.name, **wish, key=key)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    del st.session_state[CHECKED]
    watch_import(errand)
    st.rerun()


def _what_to_book(receipt: Mapping[str, Any]) -> str:
    if not receipt["orders"] and not receipt["returns"]:
        added = ngettext("Add {lines} line to earlier orders", "Add {lines} lines to earlier orders", receipt["booked"])
        return added.format(lines=quantity(receipt["booked"]))
    orders = ngettext("{orders} order", "{orders} orders", receipt["orders"]).format(orders=quantity(receipt["orders"]))
    returns = ngettext("{returns} return", "{returns} returns", receipt["returns"]).format(
        returns=quantity(receipt["returns"])
    )
    if receipt["orders"] and receipt["returns"]:
        return _("Book {orders} and {returns}").format(orders=orders, returns=returns)
    return _("Book {documents}").format(documents=orders if receipt["orders"] else returns)
