"""How figures stand: from when they are, whether they agree with the documents, and what is wrong where they do not."""

from datetime import datetime, timedelta
from decimal import Decimal

import streamlit as st

from pages._shared.company import store
from pages._shared.formats import local_time, moment, money, quantity
from pages._shared.mirror import mirror
from pages._shared.text import _, escaped, ngettext

LATE = timedelta(minutes=1)


def show_standing() -> bool:
    """Say above figures why there are none, or why they are not of now; whether there are any."""
    kept = mirror()
    trouble = kept.trouble
    if not kept.is_ready:
        if trouble is None:
            st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
        else:
            st.error(escaped(trouble.sentence), icon=":material/sync_problem:")
        return False
    since = _("These figures are of {time}; nothing done since is in them.").format(time=moment(kept.as_of))
    if trouble is not None:
        st.error(f"{escaped(trouble.sentence)} {since}", icon=":material/sync_problem:")
    elif store().clock.now() - kept.as_of > LATE:
        st.warning(since, icon=":material/schedule:")
    return True


def standing() -> list[str]:
    """From when figures are, and whether they agree with the documents: for the hint of a figure."""
    return [
        _("As of {time}, updates by itself").format(time=clock_time(mirror().as_of)),
        agreement(),
    ]


def agreement() -> str:
    """What came of comparing the figures with the documents."""
    checked = mirror().checked
    if checked is None:
        return _("Not compared with the documents yet")
    if not checked.found:
        return _("Compared with the documents at {time}: all agree").format(time=moment(checked.at))
    count = len(checked.found)
    return ngettext(
        "Compared with the documents at {time}: {count} difference; the figures are prepared again",
        "Compared with the documents at {time}: {count} differences; the figures are prepared again",
        count,
    ).format(time=moment(checked.at), count=quantity(count))


def unrounded_note(amount: Decimal | None, unrounded: Decimal | None) -> str:
    """That net sales are the sum of lines in cents, and what they would be rounded once; empty where it is the same."""
    if amount is None or unrounded is None or amount == unrounded:
        return ""
    return _(
        "Net sales here are the sum of lines in whole cents, {amount}. Imported lines taken as exactly as their files "
        "say them, and rounded once: {unrounded}."
    ).format(amount=money(amount), unrounded=money(unrounded))


def clock_time(at: datetime) -> str:
    """A moment on the company's wall clock, to the second."""
    return f"{local_time(at):%H:%M:%S}"
