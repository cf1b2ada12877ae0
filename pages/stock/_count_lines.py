"""The lines of a stocktake: what was found beside what was expected, for those who may see it."""

from collections.abc import Sequence

import streamlit as st

from core.security.actor import Actor
from core.security.permissions import P
from core.stock.counts.accuracy import variance_history
from core.stock.counts.models import REASON_LABELS, UNPOSTED, CountState, DifferenceReason
from core.stock.counts.queries import CountCard, CountLineRow, Only, stock_count_lines
from core.stock.counts.review import accept_differences, ask_recount
from core.stock.counts.rules import OBSTACLE_LABELS
from core.work.command import may
from pages._shared.formats import local_time, quantity
from pages._shared.records import SHORT_LIST, page_of, search_box, show_pages
from pages._shared.screen import act, reading
from pages._shared.tables import (
    moment_column,
    money_column,
    nothing_here,
    quantity_column,
    quantity_places,
    text_column,
)
from pages._shared.text import _, escaped, ngettext
from pages.stock._names import row_height

PAGE = 200


def show_lines(actor: Actor, count: CountCard) -> None:
    """Find lines, look at them, have chosen ones counted again or accepted."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="count.bar"):
        typed = search_box(_("Search"), _("Code, name, pinyin or barcode"), key="count.search", width=260)
        only = _kind(count)
    with reading() as view:
        found = stock_count_lines(view, count.id, text=typed, only=only)
    page = page_of(f"count.page.{only}", len(found), PAGE)
    rows = found[page.offset : page.offset + PAGE]
    if not rows:
        nothing_here(_("No lines of this kind."))
        return
    chosen = _table(actor, count, rows, f"{typed}.{only}.{page.number}")
    said = ngettext("{count} line", "{count} lines", len(found)).format(count=quantity(len(found)))
    show_pages(page, said)
    if count.state in UNPOSTED and may(actor, ask_recount):
        _steps(count, chosen)
    if len(chosen) == 1:
        _history(chosen[0])


def _kind(count: CountCard) -> Only | None:
    kinds: dict[Only | None, str] = {None: _("All"), Only.LEFT: _("Not counted")}
    if count.sees_expected:
        kinds[Only.DIFFERENT] = _("Differences")
        if count.state in UNPOSTED:
            kinds[Only.STUCK] = _("To be settled")
    first = Only.DIFFERENT if count.sees_expected and count.state is not CountState.OPEN else None
    picked: Only | None = st.segmented_control(
        _("Lines"),
        list(kinds),
        format_func=lambda each: kinds[each],
        default=first,
        required=True,
        key=f"count.only.{count.state.value}",
        label_visibility="collapsed",
    )
    return picked


def _table(actor: Actor, count: CountCard, rows: Sequence[CountLineRow], key: str) -> list[CountLineRow]:
    places = quantity_places(
        [each for row in rows for each in (row.counted, row.expected, row.snapshot) if each is not None]
    )

    def numbers(name: str) -> list[float | None]:
        return [None if getattr(row, name) is None else float(getattr(row, name)) for row in rows]

    columns = {
        "sku": [row.sku for row in rows],
        "name": [row.name for row in rows],
        "counted": numbers("counted"),
        "by": [row.counted_by for row in rows],
        "at": [None if row.counted_at is None else local_time(row.counted_at) for row in rows],
    }
    if count.sees_expected:
        words = [
            _(REASON_LABELS[row.reason]) if row.reason else _(OBSTACLE_LABELS[row.obstacle]) if row.obstacle else ""
            for row in rows
        ]
        columns = {
            "sku": columns["sku"],
            "expected": numbers("expected"),
            "counted": columns["counted"],
            "difference": numbers("difference"),
            "name": columns["name"],
            "amount": numbers("amount"),
            "state": words,
            "of": numbers("of_tolerance"),
            "snapshot": numbers("snapshot"),
            "moved": numbers("moved"),
            "earlier": numbers("earlier_difference"),
            "abc": [row.abc_class.value.upper() for row in rows],
            "by": columns["by"],
            "at": columns["at"],
        }
        if not actor.may(P.COST_READ):
            del columns["amount"]
        if count.state not in UNPOSTED:
            del columns["of"]
    picked = st.dataframe(
        columns,
        key=f"count.table.{count.id}.{key}",
        hide_index=True,
        height="content" if len(rows) < SHORT_LIST else 520,
        row_height=row_height([row.name for row in rows]),
        on_select="rerun",
        selection_mode="multi-row",
        placeholder="",
        column_config={
            "sku": text_column(_("Code"), width=64),
            "name": text_column(_("Product name"), width=140),
            "expected": quantity_column(
                _("Expected"), places, width=72, help=_("On hand less what moved since: what should have been there.")
            ),
            "counted": quantity_column(_("Counted"), places, width=66),
            "difference": quantity_column(_("Difference"), places, width=76),
            "amount": money_column(_("Value"), width=84),
            "state": text_column(_("To do"), width=110),
            "of": st.column_config.NumberColumn(_("× tolerance"), format="%.2f", width=84),
            "snapshot": quantity_column(_("When planned"), places, width=96),
            "moved": quantity_column(_("Moved since"), places, width=92),
            "earlier": quantity_column(_("Off before"), places, width=80),
            "abc": text_column(_("Class"), width=50),
            "by": text_column(_("Counted by"), width=90),
            "at": moment_column(_("Counted at"), width=118),
        },
    )
    return [rows[place] for place in picked["selection"]["rows"] if place < len(rows)]


def _steps(count: CountCard, chosen: Sequence[CountLineRow]) -> None:
    """What can be done with the chosen lines, or with all that were counted."""
    ids = [row.id for row in chosen]
    with st.container(horizontal=True, vertical_alignment="bottom", key="count.choices"):
        label = (
            ngettext("Count {count} line again", "Count {count} lines again", len(ids)).format(count=len(ids))
            if ids
            else _("Count all again")
        )
        again = st.button(label, key="count.again", icon=":material/replay:")
        if count.state is CountState.REVIEW:
            reason = st.selectbox(
                _("Reason"),
                list(DifferenceReason),
                index=None,
                format_func=lambda each: _(REASON_LABELS[each]),
                placeholder=_("Choose one"),
                key="count.reason",
                width=240,
            )
            accepted = st.button(
                _("Accept the differences"),
                key="count.accept",
                icon=":material/done_all:",
                disabled=not ids or not reason,
            )
            if accepted and reason is not None:
                said = ngettext("{count} difference was accepted.", "{count} differences were accepted.", len(ids))
                act(accept_differences, count.id, ids, reason=reason, done=said.format(count=len(ids)))
    if again:
        act(ask_recount, count.id, ids or None, done=_("A second person can count them now."))
    if not ids:
        st.caption(_("Choose lines to have them counted again or to accept their differences."))


def _history(line: CountLineRow) -> None:
    """What earlier stocktakes found of the chosen product."""
    with reading() as view:
        found = variance_history(view, line.variant_id)
    if not found:
        return
    st.markdown("**" + _("Earlier counts of {name}").format(name=escaped(line.name)) + "**")
    places = quantity_places([each for row in found for each in (row.expected, row.counted)])
    st.dataframe(
        {
            "number": [row.number for row in found],
            "at": [local_time(row.counted_at) for row in found],
            "expected": [float(row.expected) for row in found],
            "counted": [float(row.counted) for row in found],
            "difference": [float(row.difference) for row in found],
            "reason": [_(REASON_LABELS[row.reason]) if row.reason else "" for row in found],
            "by": [row.counted_by for row in found],
        },
        key=f"count.history.{line.variant_id}",
        hide_index=True,
        height="content",
        column_config={
            "number": text_column(_("Number"), width=116),
            "at": moment_column(_("Counted at"), width=118),
            "expected": quantity_column(_("Expected"), places, width=72),
            "counted": quantity_column(_("Counted"), places, width=66),
            "difference": quantity_column(_("Difference"), places, width=76),
            "reason": text_column(_("Reason"), width=120),
            "by": text_column(_("Counted by"), width=90),
        },
    )
