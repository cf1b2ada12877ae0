"""Which view is looked at: default, last look, one's own, the team's; keeping, naming, deleting, pinning them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.analytics.explorer.errors import ViewGone
from core.analytics.explorer.queries import ViewRow, default_view, get_view, last_look, views
from core.analytics.explorer.service import (
    DESCRIPTION_LENGTH,
    NAME_LENGTH,
    change_view,
    choose_default_view,
    delete_view,
    keep_last_look,
    pin_view,
    rename_view,
    restore_view,
    save_team_view,
    save_view,
    unpin_view,
)
from core.security.actor import Actor
from core.work.command import may
from core.work.store import View
from pages._shared.board import moving
from pages._shared.company import store
from pages._shared.filters import Look
from pages._shared.formats import moment
from pages._shared.screen import act_in_callback, form_key, reading
from pages._shared.text import N_, _, escaped
from pages.reports._explorer_board import BOARD, LAST, NAME, SOURCE, look_of_words, words_of_look
from pages.reports._explorer_share import show_sharing

DEFAULT, MINE, TEAM = "default", "mine", "team"
SOURCES = {
    DEFAULT: N_("Default"),
    LAST: N_("My last look"),
    MINE: N_("My views"),
    TEAM: N_("Team views"),
}
DELETED = f"{NAME}.deleted"
KEPT = f"{NAME}.kept"


def show_views(actor: Actor, look: Look) -> None:
    """The switch with reset, and what can be done with the view that is open."""
    with reading() as view:
        rows = views(view)
        gone = views(view, deleted=True)
    opened = next((row for row in rows if str(row.id) == look.options.get(SOURCE)), None)
    source = _source(look, opened)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{NAME}.views"):
        listed = _switch(source, st.session_state.get(f"{NAME}.list", source))
        if listed in (MINE, TEAM):
            _choose_view([row for row in rows if row.is_team == (listed == TEAM)], opened, listed)
        st.button(
            _("Reset"), icon=":material/restart_alt:", type="tertiary", key=f"{NAME}.restart", on_click=_start_again
        )
        with st.popover(_("Save"), icon=":material/bookmark_add:", key=f"{NAME}.save"):
            _saving(actor, look, opened)
        show_sharing()
        if opened:
            _pin(opened)
            with st.popover(_("This view"), icon=":material/tune:", key=f"{NAME}.view"):
                _managing(opened)
    _told(look, opened)
    if deleted := [row for row in gone if row.id == st.session_state.get(DELETED)]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("{name} is deleted.").format(name=escaped(deleted[0].name)), width="content")
            st.button(_("Undo"), type="tertiary", key=f"{NAME}.restore", on_click=_restore, args=(deleted[0],))


def arrive(view: View, words: Mapping[str, Any]) -> Look:
    """What somebody sees who comes with this address: without any words, their default view."""
    source = words.get(SOURCE, [""])[0]
    if set(words) == {SOURCE} and source.isdigit():
        return look_of_words(get_view(view, int(source)).words, view.today).turning(SOURCE, source)
    if words:
        return look_of_words(words, view.today)
    chosen = default_view(view)
    return look_of_words({} if chosen is None else chosen.words, view.today)


def remember_look(actor: Actor, look: Look) -> None:
    """Keep what is looked at as one's last look, once it is another one than what one came to."""
    words = words_of_look(look)
    kept = st.session_state.setdefault(KEPT, words)
    if kept != words:
        st.session_state[KEPT] = words
        store().run(actor, keep_last_look, None, words)


def _source(look: Look, opened: ViewRow | None) -> str:
    if opened is not None:
        return TEAM if opened.is_team else MINE
    return LAST if look.options.get(SOURCE) == LAST else DEFAULT


def _switch(source: str, listed: str) -> str:
    """The list that is open. Each state has a key of its own: a late word about another one turns nothing.

    A browser also tells of what it was shown, as if it had been chosen just now; that turns nothing either.
    """
    shown = listed if listed in (MINE, TEAM) else source
    key = f"{NAME}.switch.{shown}"
    st.session_state[key] = shown
    st.segmented_control(
        _("View"),
        list(SOURCES),
        required=True,
        format_func=lambda each: _(SOURCES[each]),
        key=key,
        label_visibility="collapsed",
        wrap=True,
        on_change=_turn_to,
        args=(key, shown),
    )
    return shown


def _turn_to(key: str, shown: str) -> None:
    """Default and last look open at once; of the lists one chooses first."""
    chosen = st.session_state[key]
    if chosen == shown:
        return
    st.session_state[f"{NAME}.list"] = chosen
    if chosen in (MINE, TEAM):
        moving.redraw(BOARD, "views")
    with reading() as view:
        if chosen == LAST:
            look = look_of_words(last_look(view) or {}, view.today).turning(SOURCE, LAST)
        else:
            look = arrive(view, {})
    moving.change(BOARD, look)


def _choose_view(rows: list[ViewRow], opened: ViewRow | None, listed: str) -> None:
    if not rows:
        st.caption(
            _("You have kept no view yet.") if listed == MINE else _("The team has no view yet."), width="content"
        )
        return
    key = f"{NAME}.open.{listed}.{opened.id if opened else 0}"
    st.session_state[key] = opened.id if opened and opened in rows else None
    named = {row.id: row for row in rows}
    st.selectbox(
        _("View"),
        list(named),
        index=None,
        format_func=lambda each: named[each].name,
        key=key,
        placeholder=_("Choose a view"),
        label_visibility="collapsed",
        on_change=_open,
        args=(key, opened.id if opened else None),
        width=240,
    )


def _open(key: str, shown: int | None) -> None:
    if st.session_state[key] in (None, shown):
        return
    with reading() as view:
        row = get_view(view, st.session_state[key])
        look = look_of_words(row.words, view.today).turning(SOURCE, str(row.id))
    st.session_state.pop(f"{NAME}.list", None)
    moving.change(BOARD, look)


def _start_again() -> None:
    """As the view was kept; without one, as it usually is."""
    look = moving.look_of(BOARD)
    source = look.options.get(SOURCE, "")
    st.session_state.pop(f"{NAME}.list", None)
    with reading() as view:
        try:
            fresh = look_of_words(get_view(view, int(source)).words, view.today) if source.isdigit() else None
        except ViewGone:
            fresh = None
        fresh = fresh.turning(SOURCE, source) if fresh else arrive(view, {})
    moving.change(BOARD, fresh)


def _told(look: Look, opened: ViewRow | None) -> None:
    """What is open, whose it is, and whether it was changed since."""
    if opened is None:
        return
    said = [escaped(opened.name)]
    if opened.is_team:
        said.append(_("by {name}").format(name=escaped(opened.owner)))
    if opened.description:
        said.append(escaped(opened.description))
    is_changed = _changed(look, opened)
    st.caption(" · ".join([*said, _("changed, not saved")] if is_changed else said))


def _changed(look: Look, row: ViewRow) -> bool:
    kept = look_of_words(row.words, look.window.last_day)
    plain = replace(look, window=kept.window, options={**look.options})
    return words_of_look(plain) != words_of_look(kept) or (
        look.period is kept.period and look.period.value == "custom" and look.window != kept.window
    )


def _saving(actor: Actor, look: Look, opened: ViewRow | None) -> None:
    if opened and opened.is_editable:
        st.button(
            _("Save the changes into {name}").format(name=escaped(opened.name)),
            icon=":material/save:",
            key=f"{NAME}.save.into",
            disabled=not _changed(look, opened),
            on_click=_save_into,
            args=(opened,),
        )
    with st.form(f"{NAME}.save.new", border=False, clear_on_submit=True):
        st.text_input(_("View name"), max_chars=NAME_LENGTH, key=f"{NAME}.save.name")
        st.text_input(_("Description"), max_chars=DESCRIPTION_LENGTH, key=f"{NAME}.save.told")
        if may(actor, save_team_view):
            st.toggle(_("For the whole team"), key=f"{NAME}.save.team")
        st.form_submit_button(
            _("Save as a new view"),
            type="primary",
            key=f"{NAME}.save.go",
            on_click=_save,
            args=(form_key(f"{NAME}.save"),),
        )


def _save(key: str) -> None:
    state, look = st.session_state, moving.look_of(BOARD)
    command = save_team_view if state.get(f"{NAME}.save.team") else save_view
    made = act_in_callback(
        command,
        state[f"{NAME}.save.name"],
        words_of_look(look),
        description=state[f"{NAME}.save.told"],
        key=key,
        done=_("The view is saved."),
    )
    if made is not None:
        state.pop(f"{NAME}.list", None)
        moving.change(BOARD, look.turning(SOURCE, str(made)))
    moving.redraw(BOARD, "views")


def _save_into(row: ViewRow) -> None:
    _do(change_view, row.id, words_of_look(moving.look_of(BOARD)), done=_("The changes are saved."))


def _pin(row: ViewRow) -> None:
    st.button(
        _("Take down from home") if row.is_pinned else _("Pin on home"),
        icon=":material/keep_off:" if row.is_pinned else ":material/keep:",
        type="tertiary",
        key=f"{NAME}.pin",
        on_click=_do,
        args=(unpin_view if row.is_pinned else pin_view, row.id),
        kwargs={"done": "" if row.is_pinned else _("The view stands on your home now.")},
    )


def _managing(row: ViewRow) -> None:
    st.caption(_("Changed {time}").format(time=moment(row.changed_at)))
    st.button(
        _("Not my default any more") if row.is_default else _("Make it my default"),
        icon=":material/star:",
        key=f"{NAME}.default",
        on_click=_do,
        args=(choose_default_view, None if row.is_default else row.id),
    )
    if not row.is_editable:
        st.caption(_("Only its owner, or somebody who may publish views, can rename or delete it."))
        return
    with st.form(f"{NAME}.rename", border=False):
        name = f"{NAME}.rename.name.{row.id}"
        told = f"{NAME}.rename.told.{row.id}"
        st.text_input(_("View name"), value=row.name, max_chars=NAME_LENGTH, key=name)
        st.text_input(_("Description"), value=row.description, max_chars=DESCRIPTION_LENGTH, key=told)
        st.form_submit_button(_("Rename"), key=f"{NAME}.rename.go", on_click=_rename, args=(row.id, name, told))
    st.button(_("Delete"), icon=":material/delete:", key=f"{NAME}.delete", on_click=_delete, args=(row,))


def _rename(view_id: int, name: str, told: str) -> None:
    state = st.session_state
    _do(rename_view, view_id, name=state[name], description=state[told], done=_("The view is renamed."))


def _delete(row: ViewRow) -> None:
    if act_in_callback(delete_view, row.id) is not None:
        st.session_state[DELETED] = row.id
        moving.change(BOARD, moving.look_of(BOARD).turning(SOURCE, ""))
    moving.redraw(BOARD, "views")


def _restore(row: ViewRow) -> None:
    if act_in_callback(restore_view, row.id) is not None:
        st.session_state.pop(DELETED, None)
        moving.change(BOARD, moving.look_of(BOARD).turning(SOURCE, str(row.id)))
    moving.redraw(BOARD, "views")


def _do(command: Any, *args: Any, **kwargs: Any) -> None:
    act_in_callback(command, *args, **kwargs)
    moving.redraw(BOARD, "views")
