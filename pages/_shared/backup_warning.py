"""The red banner that stands on every screen of an administrator while no fresh backup is proven."""

import streamlit as st

from core.ops.backups.queries import last_proven
from core.security.actor import Actor
from core.work.command import may
from pages._shared.company import store
from pages._shared.formats import moment
from pages._shared.screen import link
from pages._shared.screens import screen_of
from pages._shared.text import _


def show_backup_warning(actor: Actor, address: str) -> None:
    """Nothing while all is well, to who could not do anything about it, and on the screen that says it all itself."""
    if address == screen_of("admin/backups").url_path or not may(actor, last_proven):
        return
    with store().viewing(actor) as view:
        now = last_proven(view)
    if not now.is_overdue and not now.is_paused:
        return
    with st.container(key="backup_warning"):
        if now.is_under_way:
            st.info(_("A backup is being made and proven; the last one is too old."), icon=":material/backup:")
        elif now.is_overdue:
            since = _(
                "The last backup that was proven is of {moment}: whatever came later would be lost with this machine."
            )
            never = _("No backup was ever proven here: everything would be lost with this machine.")
            said = since.format(moment=moment(now.proven_at)) if now.proven_at else never
            st.error(said, icon=":material/backup:")
        if now.is_paused:
            st.warning(
                _("Backups are not sent elsewhere since this installation was restored."),
                icon=":material/pause_circle:",
            )
        link("admin/backups")
