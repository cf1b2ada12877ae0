"""What needs a second person: each duty switched on or off, with those who can be that person."""

from collections.abc import Sequence

import streamlit as st

from core.accounts.duties import duties, set_duties
from core.accounts.duty_models import APPROVERS, DUTY_LABELS, Duty
from core.accounts.roles import RoleRow
from pages._shared.screen import act, reading
from pages._shared.text import _, escaped


def show_duties(rows: Sequence[RoleRow]) -> None:
    """Toggles, and saving them once they differ from what is kept."""
    with reading() as view:
        kept = duties(view)
    st.caption(_("What somebody began is approved by somebody else, whatever their roles allow. It holds at once."))
    wanted = {duty for duty in Duty if _toggle(duty, rows, is_on=duty in kept)}
    if wanted != kept and st.button(_("Save"), key="duties.save", type="primary"):
        act(set_duties, wanted, seen=kept, done=_("What needs a second person was changed."))


def _toggle(duty: Duty, rows: Sequence[RoleRow], *, is_on: bool) -> bool:
    wanted = st.toggle(_(DUTY_LABELS[duty]), value=is_on, key=f"duties.{duty}.{is_on}")
    people = sorted({name for row in rows if APPROVERS[duty] in row.permissions for name in row.people})
    st.caption(_("May do it: {names}").format(names=escaped(", ".join(people)) or "–"))
    if wanted and len(people) < 2:
        st.warning(
            _("There is no second person: what they begin themselves, nobody can approve."), icon=":material/warning:"
        )
    return wanted
