"""Messages on their way, gone or failed: where to, how often tried, why not; failed ones are tried again."""

from datetime import timedelta

import streamlit as st

from core.notify.channels import PostRow, give_up_post, posts, retry_post
from core.notify.models import POST_STATE_LABELS, PostState
from core.notify.sending import PROBLEMS, Problem
from pages._shared.screen import act_in_callback, reading, show_messages
from pages._shared.tables import choice_table, moment_column, nothing_here, quantity_column, table, text_column
from pages._shared.text import _, escaped

LOOK_AGAIN = timedelta(seconds=5)
SHOWN = 100


@st.fragment(run_every=LOOK_AGAIN)
def show_outgoing() -> None:
    """The newest messages; looked at again every five seconds."""
    show_messages()
    states = st.pills(
        _("State"),
        list(PostState),
        selection_mode="multi",
        format_func=lambda each: _(POST_STATE_LABELS[each]),
        key="outgoing.states",
        label_visibility="collapsed",
    )
    with reading() as view:
        rows = posts(view, states=states, limit=SHOWN)
    if not rows:
        nothing_here(_("No messages here."))
        return
    frame = table(rows, ["target", "notices", "attempts", "due_at", "sent_at"])
    frame.insert(1, "state", [_(POST_STATE_LABELS[row.state]) for row in rows])
    frame["problem"] = [_told(row) for row in rows]
    frame["uid"] = [f"#{row.uid[:8]}" for row in rows]
    chosen = choice_table(
        rows,
        frame,
        key="outgoing.table",
        column_config={
            "target": text_column(_("Recipient")),
            "state": text_column(_("State"), width=90),
            "notices": quantity_column(_("Notices"), width=70),
            "attempts": quantity_column(_("Attempts"), width=70),
            "due_at": moment_column(_("Due")),
            "sent_at": moment_column(_("Sent")),
            "problem": text_column(_("Problem"), width="large"),
            "uid": text_column(_("Mark"), width=90, help=_("Stands below the message, the same at every attempt.")),
        },
    )
    if chosen is None:
        st.caption(_("Choose a message to see its problem whole, and to try a failed one again."))
        return
    if chosen.problem:
        st.warning(escaped(_told(chosen)), icon=":material/warning:")
    if chosen.state is PostState.FAILED:
        with st.container(horizontal=True):
            for command, word, icon, done in (
                (retry_post, _("Try again"), "replay", _("The message is tried again.")),
                (give_up_post, _("Give up"), "close", _("The message is given up; its notices stay in the inboxes.")),
            ):
                st.button(
                    word,
                    key=f"outgoing.{icon}",
                    icon=f":material/{icon}:",
                    on_click=act_in_callback,
                    args=(command, chosen.id),
                    kwargs={"done": done},
                )


def _told(row: PostRow) -> str:
    if not row.problem:
        return ""
    return f"{_(PROBLEMS[Problem(row.problem)])} {row.answer}".strip()
