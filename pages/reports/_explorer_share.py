"""Sharing by link: making and withdrawing links, who opened them, and what somebody sees who comes through one."""

import secrets
from dataclasses import dataclass, replace

import streamlit as st

from core.analytics.explorer.links import LONGEST_DAYS, make_view_link, open_view_link, revoke_view_link
from core.analytics.explorer.queries import LinkedView, LinkRow, link_openings, linked_view, view_links
from core.analytics.explorer.service import NAME_LENGTH
from core.base.errors import AppError
from core.work.store import View
from pages._shared.board import asking, labels, moving
from pages._shared.company import store
from pages._shared.filters import Look
from pages._shared.formats import day, moment
from pages._shared.periods import ONE_DAY
from pages._shared.screen import act_in_callback, reading
from pages._shared.screens import screen_of
from pages._shared.text import _, escaped, ngettext
from pages.reports._explorer_board import BOARD, LINK, NAME, look_of_words, words_of_look

USUAL_DAYS = 30
SHOWN = 20
MADE = f"{NAME}.link.made"
OPENED = f"{NAME}.link.opened"


@dataclass(frozen=True)
class Frozen:
    """What a link shows: who made it, and the look that nothing may be wider than."""

    link: LinkedView
    look: Look


def frozen_of(view: View, look: Look) -> Frozen | None:
    """What the link in the address freezes; None without one. `ViewLinkInvalid` where it does not work."""
    token = look.options.get(LINK)
    if not token:
        return None
    link = linked_view(view, token)
    said = {name: texts[0] for name, texts in link.words.items() if texts}
    kept = look_of_words(link.words, view.today)
    window = look_of_words({"period": "custom", "since": said["since"], "until": said["until"]}, view.today).window
    return Frozen(link, replace(kept, window=window))


def bounded(view: View, look: Look) -> Look:
    """What is asked: the look, within what its link freezes."""
    frozen = frozen_of(view, look)
    return look if frozen is None else look.within(frozen.look)


def come_through(view: View, look: Look) -> Look:
    """The look of somebody who just came through a link: its shape and nothing else, and the opening on record."""
    token = look.options[LINK]
    frozen = frozen_of(view, look)
    if frozen is not None and st.session_state.get(OPENED) != token:
        store().run(view.actor, open_view_link, None, token)
        st.session_state[OPENED] = token
    shape = frozen.look.options if frozen else {}
    return replace(look, options={**shape, **look.options})


def show_frozen(frozen: Frozen) -> None:
    """Whose link it is, and what cannot be changed."""
    look = frozen.look
    words = [f"{day(look.window.since)} – {day(look.window.last_day)}"]
    with reading() as view:
        for dimension, _label, called, is_out in asking.chips(view.actor, look):
            text = f"{labels.title_of(dimension)}: {called}"
            words.append(_("not {filter}").format(filter=text) if is_out else text)
    said = _("{name}, shared by {maker}. Fixed: {words}. You may filter further.").format(
        name=frozen.link.name, maker=frozen.link.made_by, words=" · ".join(words)
    )
    st.info(escaped(said), icon=":material/lock:")


def show_sharing() -> None:
    """Make a link to what is looked at; the links there are, with who opened them."""
    with st.popover(_("Share a link"), icon=":material/link:", key=f"{NAME}.share"):
        if made := st.session_state.get(MADE):
            st.caption(_("Copy the link now; it is not shown again."))
            st.code(made, language=None, wrap_lines=True)
        st.caption(
            _(
                "Whoever opens it signs in, sees these filters and days and cannot loosen them, and sees only figures "
                "that they may see."
            )
        )
        with st.form(f"{NAME}.link", border=False):
            st.text_input(_("Link name"), max_chars=NAME_LENGTH, key=f"{NAME}.link.name")
            st.number_input(
                _("Valid for days (0: until withdrawn)"), 0, LONGEST_DAYS, USUAL_DAYS, key=f"{NAME}.link.days"
            )
            st.form_submit_button(_("Make a link"), type="primary", key=f"{NAME}.link.go", on_click=_make)
        with reading() as view:
            rows = view_links(view)
        for row in rows[:SHOWN]:
            _show_link(row)


def _make() -> None:
    token = secrets.token_urlsafe(32)
    with reading() as view:
        look = bounded(view, moving.look_of(BOARD))
    words = words_of_look(look)
    words |= {"since": [look.window.since.isoformat()], "until": [(look.window.until - ONE_DAY).isoformat()]}
    made = act_in_callback(
        make_view_link,
        token,
        name=st.session_state[f"{NAME}.link.name"],
        words=words,
        days=st.session_state[f"{NAME}.link.days"] or None,
        done=_("The link is made."),
    )
    if made is not None:
        st.session_state[MADE] = f"{_address()}?{LINK}={token}"
    moving.redraw(BOARD, "views")


def _address() -> str:
    """Where the explorer is, as this browser came to it."""
    address = (st.context.url or "").partition("?")[0].rstrip("/")
    here = screen_of(f"reports/{NAME}").url_path
    return address if address.endswith(f"/{here}") else f"{address}/{here}"


def _show_link(row: LinkRow) -> None:
    ends = _("until {time}").format(time=moment(row.expires_at)) if row.expires_at else _("until withdrawn")
    state = ends if row.is_live else _("withdrawn") if row.revoked_at else _("expired")
    opened = ngettext("opened {count} time", "opened {count} times", row.openings).format(count=row.openings)
    st.markdown(f"**{escaped(row.name)}** · {escaped(row.made_by)} · {state} · {opened}")
    with reading() as view:
        said = [f"{escaped(each.name)}, {moment(each.at)}" for each in link_openings(view, row.id)[:SHOWN]]
    if said:
        st.caption("  \n".join(said))
    if row.is_live:
        st.button(_("Withdraw"), type="tertiary", key=f"{NAME}.link.end.{row.id}", on_click=_end, args=(row.id,))


def _end(link_id: int) -> None:
    act_in_callback(revoke_view_link, link_id, done=_("The link is withdrawn."))
    st.session_state.pop(MADE, None)
    moving.redraw(BOARD, "views")


def refusal_of(look: Look) -> str:
    """Why the link in the address opens nothing; empty where it does, or where there is none."""
    try:
        with reading() as view:
            frozen_of(view, look)
    except AppError as refusal:
        return refusal.sentence
    return ""
