"""The red banner that stands on every screen of an administrator while no fresh backup is proven."""

import streamlit as st

from core.ops.backups.queries import last_proven
from core.security.actor import Actor
from core.work.command import may
from pages._shared.company import store
from pages._shared.formats import moment
from pages._shared.screen import link
from pages._shared.text import _


def show_backup_warning(actor: Actor) -> None:
    """Nothing while all is well, and nothing to who could not do anything about it."""
    if not may(actor, last_proven):
        return
    with store().viewing(actor) as view:
        proven_at, is_overdue, is_paused = last_proven(view)
    if not is_overdue and not is_paused:
        return
    with st.container(key="backup_warning"):
        if is_overdue:
            since = _(
                "The last backup that was proven is of {moment}: whatever came later would be lost with this machine."
            )
            never = _("No backup was ever proven here: everything would be lost with this machine.")
            st.error(since.format(moment=moment(proven_at)) if proven_at else never, icon=":material/backup:")
        if is_paused:
            st.warning(
                _("Backups are not sent elsewhere since this installation was restored."),
                icon=":material/pause_circle:",
            )
        link("admin/backups")
