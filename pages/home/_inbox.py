"""The inbox: notices as sentences, each with the way to what it is about."""

import streamlit as st

from core.notify.choices import choose_notice
from core.notify.events import EVENTS, Event
from core.notify.inbox import NoticeRow, mark_read, mark_unread, my_notices
from core.notify.words import said
from core.security.permissions import P
from pages._shared.formats import compact_money, day, language, moment
from pages._shared.screen import act, act_in_callback, current_actor, goto, may_open, reading, store
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped

SHOWN = 100
ICONS = {
    P.PRICE_OVERRIDE: ":material/price_check:",
    P.CREDIT_APPROVE: ":material/credit_score:",
    P.STATEMENT_EDIT: ":material/request_quote:",
    P.CARE_HANDLE: ":material/call:",
    P.SALES_ANALYSE: ":material/monitoring:",
    P.STOCK_MOVE: ":material/warehouse:",
    P.COUNT_APPROVE: ":material/checklist:",
    P.ORDER_IMPORT: ":material/upload_file:",
    P.SYSTEM_OPERATE: ":material/health_and_safety:",
}


def icon_of(event: Event) -> str:
    """The sign of a kind of notice."""
    return ICONS.get(event.permission, ":material/receipt_long:")


def sentence_of(row: NoticeRow) -> str:
    """A notice in the language of the session."""
    return said(row.event, row.facts, language=language(), currency=store().settings.currency).sentence


def show_inbox() -> None:
    """Notices that are open, or all of the last three months; by kind."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with_read = st.toggle(_("Show read and settled ones"), key="notices.all")
        with reading() as view:
            rows = my_notices(view, only_open=not with_read, limit=SHOWN)
        if any(row.is_open for row in rows):
            st.button(
                _("Mark all as read"),
                key="notices.read_all",
                icon=":material/done_all:",
                on_click=act_in_callback,
                args=(mark_read,),
                kwargs={"done": _("All notices are read.")},
            )
    kinds = list(dict.fromkeys(row.event.name for row in rows))
    if len(kinds) > 1:
        chosen = st.pills(
            _("Kinds"),
            kinds,
            selection_mode="multi",
            format_func=lambda name: _(EVENTS[name].label),
            key="notices.kinds",
            label_visibility="collapsed",
        )
        rows = [row for row in rows if not chosen or row.event.name in chosen]
    if not rows:
        nothing_here(_("Nothing new. What needs you appears here by itself."))
    for row in rows:
        show_notice(row)
    if len(rows) == SHOWN:
        st.caption(_("The newest {count}.").format(count=SHOWN))


def show_notice(row: NoticeRow) -> None:
    """One notice with what can be done about it."""
    key = f"notice.{row.id}"
    with st.container(border=True, key=key):
        # Columns, because they stand below each other on a phone.
        words, ways = st.columns([5, 2], vertical_alignment="center", gap="small")
        with words, st.container(gap=None, key=f"{key}.said"):
            label = escaped(_(row.event.label))
            title = f"**{label}**" if row.is_open else f":gray[{label}]"
            if row.amount:
                title = f"{title} · {escaped(compact_money(row.amount))}"
            st.markdown(f"{icon_of(row.event)} {title}")
            st.markdown(escaped(sentence_of(row)))
            due = "" if row.due_on is None else " · " + _("due {day}").format(day=day(row.due_on))
            state = " · " + _("settled") if row.settled_at else ""
            st.caption(escaped(f"{moment(row.created_at)}{due}{state}"))
        with ways, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
            _buttons(row, key)


def _buttons(row: NoticeRow, key: str) -> None:
    actor = current_actor()
    if (
        actor is not None
        and may_open(actor, row.event.path)
        and st.button(_("Go there"), key=f"{key}.open", icon=":material/arrow_forward:")
    ):
        act(mark_read, [row.id], rerun=False)
        goto(row.event.path, **row.query)
    is_read = row.read_at is not None
    st.button(
        "",
        key=f"{key}.read",
        icon=":material/mark_email_unread:" if is_read else ":material/check:",
        help=_("Mark as unread") if is_read else _("Mark as read"),
        type="tertiary",
        on_click=act_in_callback,
        args=(mark_unread if is_read else mark_read, [row.id]),
    )
    st.button(
        "",
        key=f"{key}.mute",
        icon=":material/notifications_off:",
        help=_("Mute this kind"),
        type="tertiary",
        on_click=act_in_callback,
        args=(choose_notice, row.event.name),
        kwargs={
            "in_app": False,
            "by_mail": False,
            "done": _("Muted. It can be heard again under “What I hear of”."),
        },
    )
