"""Browsers on which somebody is signed in, and user names and addresses that are closed."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.accounts.attempts import ClosedDoor, reopen_sign_in
from core.accounts.queries import SessionRow
from pages._shared.browsers import browser_name
from pages._shared.formats import moment
from pages._shared.screen import act
from pages._shared.text import _, escaped

# Beside it there is room for a button, on a phone too.
SESSION_WIDTH = 210


def show_sessions(sessions: Sequence[SessionRow], key: str, end: Callable[[SessionRow], None]) -> None:
    """Each browser with a button that signs it out; this one has a mark instead."""
    for session in sessions:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            facts = [
                _("since {begun}, last seen {seen}").format(
                    begun=escaped(moment(session.created_at)), seen=escaped(moment(session.seen_at))
                )
            ]
            if session.address:
                facts.append(_("from {address}").format(address=escaped(session.address)))
            st.markdown(
                f"**{escaped(browser_name(session.user_agent))}**  \n:gray[{' · '.join(facts)}]", width=SESSION_WIDTH
            )
            if session.is_this:
                st.badge(_("This browser"), color="green")
            elif st.button(_("Sign out"), key=f"{key}.end.{session.id}"):
                end(session)


def show_closed_doors(doors: Sequence[ClosedDoor]) -> None:
    """What too many failures have closed, each with a button that opens it."""
    if not doors:
        return
    with st.container(border=True, key="users.closed"):
        st.subheader(_("Closed after failed sign-ins"), anchor=False)
        for n, door in enumerate(doors):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                called = (
                    _("User name {name}").format(name=escaped(door.username))
                    if door.username
                    else _("Address {address}").format(address=escaped(door.address))
                )
                said = _("{count} failures, closed until {time}").format(
                    count=door.failures, time=escaped(moment(door.opens_at))
                )
                st.markdown(f"{called}  \n:gray[{said}]", width=SESSION_WIDTH)
                if st.button(_("Open again"), key=f"users.reopen.{n}"):
                    act(
                        reopen_sign_in,
                        username=door.username,
                        address=door.address,
                        done=_("Sign-in is open again."),
                    )
