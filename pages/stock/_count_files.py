"""The count sheet as a file: printed, filled in elsewhere, read back."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import streamlit as st

from core.base.errors import AppError
from core.exchange.count_sheet import printed_sheet, read_count_sheet, was_read, written_sheet
from core.security.actor import Actor
from core.stock.counts.enter import enter_counts
from core.stock.counts.queries import CountCard, sheet_lines
from core.work.command import may
from core.work.store import View
from pages._shared.company import store
from pages._shared.fetched import when_fetched
from pages._shared.screen import act, reading
from pages._shared.text import _, listed, ngettext

FORMATS = ["csv", "txt", "xlsx", "xls", "ods"]


def offer_files(actor: Actor, count: CountCard) -> None:
    """The sheet to take along, and the way back for what was written on it."""
    if not may(actor, enter_counts):
        return
    with st.expander(
        _("Sheet as a file"), icon=":material/description:", key="count.files", on_change="rerun"
    ) as files:
        if not files.open:
            return
        with st.container(horizontal=True):
            st.download_button(
                _("Sheet for a spreadsheet"),
                when_fetched(_written, count),
                file_name=f"{count.number}.csv",
                mime="text/csv",
                key="count.files.csv",
                icon=":material/download:",
                on_click="ignore",
            )
            st.download_button(
                _("Sheet to print"),
                when_fetched(_printed, count),
                file_name=f"{count.number}.html",
                mime="text/html",
                key="count.files.print",
                icon=":material/print:",
                on_click="ignore",
            )
        _read_back(count)


def _written(view: View, count: CountCard) -> bytes:
    return written_sheet(count.number, sheet_lines(view, count.id, is_left=False))


def _printed(view: View, count: CountCard) -> bytes:
    return printed_sheet(count.number, count.warehouse, sheet_lines(view, count.id, is_left=False))


def _read_back(count: CountCard) -> None:
    upload = st.file_uploader(_("A sheet that was filled in"), type=FORMATS, key=f"count.files.upload.{count.id}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        on = st.date_input(_("Counted on"), value=None, key="count.files.on", width=160)
        at = st.time_input(_("Counted at"), value=None, key="count.files.at", width=140)
        pressed = st.button(_("Read the sheet"), key="count.files.read", type="primary", disabled=upload is None)
    st.caption(
        _("Without a time, what is on the sheet counts as counted now. Rows without a quantity were not counted.")
    )
    if not pressed or upload is None:
        return
    moment = _moment(on, at)
    try:
        with reading() as view:
            found = read_count_sheet(view, count.id, upload.getvalue(), upload.name)
            key = found.key(count.id, view.actor.id, moment)
            is_known = was_read(view, key)
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        return
    if is_known:
        st.info(_("You read this sheet before. Nothing was changed; what was counted since stands as it is."))
        return
    said = ngettext("{count} line was read.", "{count} lines were read.", len(found)).format(count=len(found))
    act(enter_counts, count.id, found.quantities, lots=found.lots, at=moment, done=said, key=key)


def _moment(on: date | None, at: time | None) -> datetime | None:
    if on is None or at is None:
        return None
    return datetime.combine(on, at, ZoneInfo(store().settings.timezone))
