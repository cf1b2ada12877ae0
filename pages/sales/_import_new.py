"""A new import, step by step: channel and file, columns, check, receipt."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.base.errors import AppError
from core.customers.rules import channel_name
from core.exchange.errors import AmbiguousDates
from core.exchange.fields import Columns
from core.exchange.parse import OrderFile, parse_orders
from core.exchange.queries import batch_problems, channel_names, get_batch, remembered_mapping
from core.exchange.service import check_orders, import_orders
from core.exchange.sheet import Sheet, read_sheet
from core.exchange.values import DAY_FIRST, MONTH_FIRST
from pages._shared.formats import quantity
from pages._shared.screen import act, form_key, reading, store
from pages._shared.text import _, escaped
from pages.sales._import_mapping import choose_columns, show_preview
from pages.sales._import_receipt import show_problems, show_receipt

FORMATS = ["csv", "txt", "xlsx", "xls", "ods"]
CHECKED = "import.checked"
DONE = "import.done"


def show_import() -> None:
    """The way from a file to its receipt."""
    channel, is_history, sheet = _ask_for_file()
    if sheet is None:
        return
    with reading() as view:
        remembered = remembered_mapping(view, channel)
    st.subheader(_("Which column is which?"), anchor=False)
    columns = choose_columns(sheet, remembered)
    if columns is None:
        return
    show_preview(sheet, columns)
    file = _understood(sheet, columns)
    if file is None:
        return
    asked = (sheet.hash, tuple(sorted(columns.items())), st.session_state.get("import.dates"), channel, is_history)
    if st.button(_("Check the file"), key="import.check", icon=":material/fact_check:"):
        with st.spinner(_("Checking every row")), reading() as view:
            plan, receipt = check_orders(view, file, channel=channel, is_history=is_history)
        st.session_state[CHECKED] = (asked, receipt.facts(), plan.problems)
    if CHECKED in st.session_state and st.session_state[CHECKED][0] == asked:
        _show_checked(file, channel, is_history=is_history)


def show_done(batch_id: int) -> None:
    """The receipt of what was booked just now."""
    with reading() as view:
        batch = get_batch(view, batch_id)
        problems = batch_problems(view, batch_id)
    st.success(_("{file} is booked.").format(file=escaped(batch.file_name)), icon=":material/check_circle:")
    show_receipt(batch.receipt)
    show_problems(problems, batch.file_name)
    if st.button(_("Import another file"), key="import.again", icon=":material/upload_file:"):
        del st.session_state[DONE]
        st.rerun()


def _ask_for_file() -> tuple[str, bool, Sheet | None]:
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
        format_func=lambda each: _("past orders") if each == "history" else _("orders to fulfil"),
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
        with st.spinner(_("Reading the file")):
            return channel_name(channel), meaning == "history", _sheet(upload.getvalue(), upload.name)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return "", False, None


@st.cache_resource(max_entries=2, ttl=900, show_spinner=False)
def _sheet(content: bytes, name: str) -> Sheet:
    return read_sheet(content, name)


@st.cache_resource(max_entries=2, ttl=900, show_spinner=False, hash_funcs={Sheet: lambda sheet: sheet.hash})
def _parsed(sheet: Sheet, columns: Columns, dates: str | None) -> OrderFile:
    return parse_orders(sheet, columns, store().settings.timezone, dates)


def _understood(sheet: Sheet, columns: Columns) -> OrderFile | None:
    """The file's rows; asks for the order of day and month where nobody can tell it."""
    try:
        with st.spinner(_("Reading the rows")):
            return _parsed(sheet, columns, None)
    except AmbiguousDates as unclear:
        example = escaped(str(unclear.facts["example"]))
    dates = st.radio(
        _("How are dates such as {example} written?").format(example=example),
        [DAY_FIRST, MONTH_FIRST],
        format_func=lambda each: _("day first") if each == DAY_FIRST else _("month first"),
        index=None,
        horizontal=True,
        key="import.dates",
    )
    return _parsed(sheet, columns, dates) if dates else None


def _show_checked(file: OrderFile, channel: str, *, is_history: bool) -> None:
    _asked, receipt, problems = st.session_state[CHECKED]
    st.subheader(_("What would be booked"), anchor=False)
    show_receipt(receipt)
    show_problems(problems, file.name)
    if not receipt["booked"]:
        st.info(_("There is nothing new to book in this file."))
        return
    if not st.button(_what_to_book(receipt), type="primary", key="import.apply", icon=":material/done_all:"):
        return
    bar = st.progress(0.0, _("Booking"))
    batch_id = act(
        import_orders,
        file,
        channel=channel,
        is_history=is_history,
        told=lambda done, total, sentence: bar.progress(done / total if total else 1.0, sentence),
        key=form_key("import"),
        rerun=False,
    )
    if batch_id is not None:
        st.session_state[DONE] = batch_id
        del st.session_state[CHECKED]
        st.rerun()


def _what_to_book(receipt: Mapping[str, Any]) -> str:
    if not receipt["orders"] and not receipt["returns"]:
        return _("Add {lines} lines to earlier orders").format(lines=quantity(receipt["booked"]))
    return _("Book {orders} orders and {returns} returns").format(
        orders=quantity(receipt["orders"]), returns=quantity(receipt["returns"])
    )
