"""The link of a statement for its customer, as address and QR code, and what was answered through it."""

import secrets
from io import BytesIO
from urllib.parse import urlsplit

import segno
import streamlit as st

from core.receivables.statement_models import StatementState
from core.sales.money.link_queries import AnswerRow, answers_of_statement, link_of_statement
from core.sales.money.statement_links import LONGEST_DAYS, make_statement_link, withdraw_statement_link
from core.sales.money.statement_queries import StatementRow
from core.work.command import may
from pages._shared.formats import moment
from pages._shared.linked import PATH
from pages._shared.screen import act, current_actor, reading
from pages._shared.text import _, escaped

USUAL_DAYS = 30
MADE = "statement.link.made"


def show_link(row: StatementRow) -> None:
    """The link with its buttons, and the answers; nothing where there is neither and none can be made."""
    with reading() as view:
        link, answers = link_of_statement(view, row.id), answers_of_statement(view, row.id)
    actor = current_actor()
    can = actor is not None and may(actor, make_statement_link)
    for answer in answers:
        _show_answer(answer)
    if link is None and not (can and row.state == StatementState.SENT):
        return
    with st.container(border=True, key="statement.link"):
        title = _("Link for the customer")
        st.markdown(f":material/qr_code_2: **{title}**")
        if link is not None and link.works:
            st.caption(_("Works until {at}.").format(at=moment(link.expires_at)))
            _show_address(row.id)
        elif link is not None:
            ended = _("Withdrawn {at}.") if link.withdrawn_at else _("Expired {at}.")
            st.caption(ended.format(at=moment(link.withdrawn_at or link.expires_at)))
        else:
            st.caption(
                _("The customer sees this statement only, without signing in, and confirms it or disputes lines.")
            )
        if can:
            _show_buttons(row, is_live=link is not None and link.works)


def _show_buttons(row: StatementRow, *, is_live: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if row.state == StatementState.SENT:
            days = st.number_input(
                _("Valid for days"),
                value=USUAL_DAYS,
                min_value=1,
                max_value=LONGEST_DAYS,
                key="statement.link.days",
                width=140,
            )
            label = _("New link, the old one ends") if is_live else _("Make a link")
            if st.button(label, key="statement.link.make", icon=":material/link:"):
                token = secrets.token_urlsafe(32)
                if act(make_statement_link, row.id, token, days=int(days), rerun=False) is not None:
                    st.session_state[MADE] = (row.id, token)
                    st.rerun()
        if is_live and st.button(_("Withdraw the link"), key="statement.link.withdraw"):
            act(withdraw_statement_link, row.id, done=_("The link was withdrawn."))


def _show_address(statement_id: int) -> None:
    """The address, which is known only here and now: the database keeps no token."""
    made_for, token = st.session_state.get(MADE, (None, ""))
    if made_for != statement_id:
        st.caption(_("The address is shown only when it is made. Where it is lost, make a new one."))
        return
    address = _site() + PATH.format(token=token)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(_qr(address), width=180)
        with st.container():
            st.code(address, language=None, wrap_lines=True)
            st.caption(_("Copy it now, or let the customer scan it: it is not shown again."))


def _show_answer(answer: AnswerRow) -> None:
    words = _("Confirmed through the link by {name}") if answer.is_agreed else _("Disputed through the link by {name}")
    sentence = f"{escaped(words.format(name=answer.name))} · {escaped(moment(answer.answered_at))}"
    listed = "\n".join(f"- {escaped(each.document)}: {escaped(each.words)}" for each in answer.objections)
    shown = f"{sentence}\n\n{listed}" if listed else sentence
    if answer.is_agreed:
        st.success(shown, icon=":material/verified:")
    else:
        st.warning(shown, icon=":material/report:")


def _site() -> str:
    """Where this browser found us; a proxy in front of us needs no setting."""
    found = urlsplit(st.context.url or "")
    return f"{found.scheme}://{found.netloc}" if found.netloc else ""


def _qr(address: str) -> bytes:
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=6, border=3)
    return picture.getvalue()
