"""One stocktake: how far it is, its lines, and every step from counting to posting."""

import streamlit as st

from core.stock.counts.accuracy import late_lines
from core.stock.counts.models import CountState
from core.stock.counts.plan import cancel_count
from core.stock.counts.posting import post_count, refit_count, reverse_count
from core.stock.counts.queries import stock_count_card
from core.stock.counts.review import resume_count, submit_count
from core.stock.late_entries import preview_late_count
from core.work.command import may
from pages._shared.facts import show_facts
from pages._shared.formats import moment, percent, quantity
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped, ngettext
from pages.stock._count_files import offer_files
from pages.stock._count_lines import show_lines
from pages.stock._count_words import COLORS, scope_words, state_word
from pages.stock._effect import say_late_effect

PREVIEWED = 500

actor = open_screen(__file__, titled=False)
link("stock/counts")

with reading() as view:
    count = asked_card(view, stock_count_card, _("Stocktake"))
    late = late_lines(view, count.id) if count is not None and may(actor, late_lines) else 0
if count is None:
    nothing_here(_("Choose a stocktake from the list."))
    st.stop()

is_open, is_reviewed = count.state is CountState.OPEN, count.state is CountState.REVIEW
with st.container(horizontal=True, vertical_alignment="center", key="count.head"):
    st.title(count.number, anchor=False, width="content")
    st.badge(state_word(count.state), color=COLORS[count.state])
    for is_so, word in (
        (count.is_blind, _("Blind")),
        (count.is_double, _("Counted twice")),
        (count.is_frozen, _("Goods frozen")),
    ):
        if is_so:
            st.badge(word, color="violet")

with st.container(border=True):
    show_facts(
        {
            _("Warehouse"): count.warehouse,
            _("What is counted"): scope_words(count.scope, count.category, count.abc_class),
            _("Planned"): f"{moment(count.opened_at)} · {count.opened_by}".strip(" ·"),
            _("Given up at"): moment(count.expires_at) if count.expires_at and (is_open or is_reviewed) else "",
            _("Finished"): f"{moment(count.closed_at)} · {count.closed_by}".strip(" ·") if count.closed_at else "",
            _("Reason"): _(count.reason) if count.reason else "",
            _("Note"): count.note,
        }
    )
    if is_open or is_reviewed:
        done = _("{counted} of {lines} lines counted").format(
            counted=quantity(count.counted), lines=quantity(count.lines)
        )
        waiting = ngettext("{count} to be counted again", "{count} to be counted again", count.recounts)
        st.progress(
            count.counted / count.lines if count.lines else 0.0,
            f"{done} ({percent(count.counted / count.lines if count.lines else 0)})"
            + (" · " + waiting.format(count=quantity(count.recounts)) if count.recounts else ""),
        )

# What a large stocktake changes takes a while to find out, so it is asked for.
if (is_reviewed and may(actor, post_count) and may(actor, preview_late_count)) and (
    count.counted <= PREVIEWED or st.button(_("What does posting change?"), key="count.preview")
):
    with reading() as view:
        effect = preview_late_count(view, count.id)
    if effect.issues or count.counted > PREVIEWED:
        say_late_effect(effect)

with st.container(horizontal=True, vertical_alignment="center", key="count.steps"):
    if is_open and may(actor, submit_count):
        link("stock/count_sheet", _("Count"), id=count.id)
        if st.button(_("Hand in"), key="count.submit", icon=":material/outbox:"):
            act(submit_count, count.id, done=_("{number} was handed in.").format(number=count.number))
    if is_reviewed and may(actor, resume_count) and st.button(_("Resume counting"), key="count.resume"):
        act(resume_count, count.id, done=_("Counting goes on."))
    if is_reviewed and may(actor, post_count):
        posted = st.button(_("Post"), key="count.post", type="primary", icon=":material/check:")
        if posted:
            bar = st.progress(0.0, _("Posting …"))
            act(
                post_count,
                count.id,
                told=lambda ready, total: bar.progress(ready / total if total else 1.0, _("Posting …")),
                done=_("{number} was posted.").format(number=count.number),
                key=form_key(f"count.post.{count.id}"),
            )
            bar.empty()
    if (is_open or is_reviewed) and may(actor, cancel_count):
        with (
            st.popover(_("Cancel"), icon=":material/close:", key="count.cancel"),
            st.form("count.cancelling", border=False),
        ):
            reason = st.text_input(_("Reason"), key=f"count.cancel.reason.{count.id}", max_chars=200)
            if st.form_submit_button(_("Cancel the stocktake"), type="primary", key="count.cancel.save"):
                act(
                    cancel_count, count.id, reason=reason, done=_("{number} was cancelled.").format(number=count.number)
                )
    if count.state is CountState.POSTED and may(actor, reverse_count):
        with (
            st.popover(_("Reverse"), icon=":material/undo:", key="count.undo"),
            st.form("count.reversing", border=False),
        ):
            st.caption(_("Opposite moves are made; the stocktake stays to be read."))
            reason = st.text_input(_("Reason"), key=f"count.undo.reason.{count.id}", max_chars=200)
            if st.form_submit_button(_("Reverse the stocktake"), type="primary", key="count.undo.save"):
                act(
                    reverse_count,
                    count.id,
                    reason=reason,
                    done=_("{number} was reversed.").format(number=escaped(count.number)),
                    key=form_key(f"count.undo.{count.id}"),
                )

if late:
    said = ngettext(
        "{count} line no longer holds: something was entered later for a time before it was counted.",
        "{count} lines no longer hold: something was entered later for a time before they were counted.",
        late,
    )
    st.warning(said.format(count=quantity(late)))
    if st.button(_("Follow the late entries"), key="count.refit", icon=":material/sync:"):
        act(refit_count, count.id, done=_("What was counted holds again."), key=form_key(f"count.refit.{count.id}"))

if is_open:
    offer_files(actor, count)
show_lines(actor, count)
