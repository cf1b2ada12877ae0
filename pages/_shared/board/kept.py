"""Looks at a board kept under a name, by oneself or for the team, and hints at what one filters by again and again."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from core.accounts.habits import Hint, habit_hint, mark_hint
from core.accounts.preference_models import LONGEST_NAME
from core.accounts.preferences import LookRow, drop_look, keep_look, own_looks, publish_look, rename_look, team_looks
from core.base.i18n import N_
from core.work.command import may
from pages._shared.board import labels, moving
from pages._shared.board.board import DATES, Board
from pages._shared.filters import Look, address, from_address
from pages._shared.preferring import prefer, preferences
from pages._shared.screen import act_in_callback, reading, show_messages
from pages._shared.text import _, escaped

# The screen on which a board stands.
SCREENS = {
    "dashboard": "reports/sales",
    "products": "reports/products",
    "customer_board": "reports/customers",
    "stock_board": "reports/stock",
    "team": "reports/team",
}
DELETED = N_("View {name} is deleted.")


def show_kept(board: Board) -> None:
    """Views of one's own and of the team: open one, keep what is looked at, share, rename, delete."""

    @st.fragment(key=moving.part(board, "kept"))
    def body() -> None:
        show_messages()
        with reading() as view:
            looks, shared = own_looks(view, board.name), team_looks(view, board.name)
            may_share = may(view.actor, publish_look)
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.popover(_("Views"), icon=":material/bookmark:", type="tertiary", key=f"{board.name}.views"):
                _list(board, looks, shared, may_share=may_share)
            _hint(board)

    body()


def find_hint(board: Board) -> None:
    """On arriving: what is worth hinting at, which is enough for this month."""
    with reading() as view:
        hint = habit_hint(view, board.name)
    st.session_state[f"{board.name}.hint"] = hint
    if hint is not None:
        act_in_callback(mark_hint, board.name, hint.dimension, hint.label)


def words_of(look: Look) -> dict[str, list[str]]:
    """A look as it is kept."""
    return {name: [word] if isinstance(word, str) else word for name, word in address(look).items()}


def _list(board: Board, looks: list[LookRow], shared: list[LookRow], *, may_share: bool) -> None:
    key = f"{board.name}.views"
    for heading, rows in ((_("Team views"), shared), (_("My views"), looks)):
        if not rows:
            continue
        st.markdown(f"**{heading}**")
        for row in rows:
            _show_row(board, row, may_share=may_share)
    st.text_input(
        _("Name of the view"), max_chars=LONGEST_NAME, key=f"{key}.name", placeholder=_("What you look at now")
    )
    st.button(_("Keep this view"), icon=":material/bookmark_add:", key=f"{key}.keep", on_click=_keep, args=(board,))
    if looks:
        names = {row.id: row.name for row in looks}
        with st.expander(_("Rename")):
            st.selectbox(_("View"), list(names), format_func=lambda each: names.get(each, ""), key=f"{key}.renamed")
            st.text_input(_("New name"), max_chars=LONGEST_NAME, key=f"{key}.new_name")
            st.button(_("Rename"), key=f"{key}.rename", on_click=_rename, args=(board,))


def _show_row(board: Board, row: LookRow, *, may_share: bool) -> None:
    key = f"{board.name}.views"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"{key}.row.{row.id}"):
        st.button(
            escaped(row.name),
            type="tertiary",
            icon=":material/group:" if row.is_team else ":material/bookmark:",
            help=_("Kept by {name} for the team").format(name=row.owner) if row.owner else None,
            key=f"{key}.open.{row.id}",
            on_click=_open,
            args=(board, row.words),
        )
        if row.owner:
            return
        if may_share:
            st.button(
                "",
                type="tertiary",
                icon=":material/group_off:" if row.is_team else ":material/group_add:",
                help=_("For me alone again") if row.is_team else _("Share with the whole team"),
                width=36,
                key=f"{key}.share.{row.id}",
                on_click=act_in_callback,
                args=(publish_look, row.id, not row.is_team),
            )
        st.button(
            "",
            type="tertiary",
            icon=":material/delete:",
            help=_("Delete this view"),
            width=36,
            key=f"{key}.drop.{row.id}",
            on_click=_drop,
            args=(row,),
        )


def _hint(board: Board) -> None:
    hint: Hint | None = st.session_state.get(f"{board.name}.hint")
    if hint is None:
        return
    called = _called(board, hint)
    words = _("You filtered by {filter} {count} times this month. Keep it as a view?")
    st.caption(escaped(words.format(filter=called, count=hint.times)), width="content")
    key = f"{board.name}.hint"
    st.button(_("Keep"), type="tertiary", key=f"{key}.keep", on_click=_keep_hint, args=(board, hint, called))
    st.button(_("Not again"), type="tertiary", key=f"{key}.never", on_click=_never, args=(board, hint))
    st.button(_("No hints any more"), type="tertiary", key=f"{key}.off", on_click=_no_hints, args=(board,))


def _called(board: Board, hint: Hint) -> str:
    with reading() as view:
        actor = view.actor
    (name,) = labels.names(actor, moving.look_of(board), hint.dimension, [hint.label])
    return f"{labels.title_of(hint.dimension)}: {name}"


def _open(board: Board, words: Mapping[str, list[str]]) -> None:
    known = labels.words_of((*board.dimensions(), DATES))
    with reading() as view:
        look = from_address(words, view.today, known, board.options())
        sensible = labels.sensible(view.actor, look)
    moving.change(board, sensible)


def _keep(board: Board) -> None:
    key = f"{board.name}.views.name"
    name = st.session_state.get(key, "")
    made = act_in_callback(
        keep_look, board.name, name, words_of(moving.look_of(board)), done=_("View {name} is kept.").format(name=name)
    )
    if made is not None:
        st.session_state[key] = ""


def _rename(board: Board) -> None:
    key = f"{board.name}.views"
    act_in_callback(rename_look, st.session_state[f"{key}.renamed"], st.session_state[f"{key}.new_name"])


def _drop(row: LookRow) -> None:
    act_in_callback(drop_look, row.id, done=_(DELETED).format(name=row.name))


def _keep_hint(board: Board, hint: Hint, called: str) -> None:
    look = moving.look_of(board)
    wanted = replace(look.unfiltered(), options={}).picking(hint.dimension, [hint.label])
    name = called[:LONGEST_NAME]
    act_in_callback(keep_look, board.name, name, words_of(wanted), done=_("View {name} is kept.").format(name=name))
    st.session_state.pop(f"{board.name}.hint", None)


def _never(board: Board, hint: Hint) -> None:
    act_in_callback(mark_hint, board.name, hint.dimension, hint.label, never=True)
    st.session_state.pop(f"{board.name}.hint", None)


def _no_hints(board: Board) -> None:
    prefer(replace(preferences(), hints=False), done=_("No more hints. They can be switched on in My preferences."))
    st.session_state.pop(f"{board.name}.hint", None)
