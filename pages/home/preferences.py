"""My preferences: how screens look, what stands on home and in lists, kept views; taken along as a file."""

from dataclasses import replace

import streamlit as st

from core.accounts.habits import forget_habits
from core.accounts.preference_rules import (
    DENSITY_LABELS,
    MOST_PINNED,
    NUMBER_LABELS,
    THEME_LABELS,
    Density,
    NumberStyle,
    Theme,
)
from core.accounts.preferences import (
    drop_look,
    own_looks,
    preferences_file,
    reset_own_preferences,
    set_own_preferences,
    take_preferences,
)
from pages._shared.board.kept import DELETED
from pages._shared.board.kept import SCREENS as BOARDS
from pages._shared.fetched import when_fetched
from pages._shared.preferring import BLOCKS, LISTS, choices_of, columns_of, pinnable, preferences, read_again
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.text import _, escaped

actor = open_screen(__file__)
now = preferences()
screens = pinnable(actor)
with reading() as view:
    looks = [look for look in own_looks(view) if look.board in BOARDS]

with st.form("preferences", border=False):
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.subheader(_("Looks"), anchor=False)
        theme = st.radio(
            _("Theme"),
            list(Theme),
            index=list(Theme).index(now.theme),
            format_func=lambda each: _(THEME_LABELS[each]),
            horizontal=True,
            key="preferences.theme",
        )
        density = st.radio(
            _("Density"),
            list(Density),
            index=list(Density).index(now.density),
            format_func=lambda each: _(DENSITY_LABELS[each]),
            horizontal=True,
            key="preferences.density",
        )
        numbers = st.radio(
            _("Large figures"),
            list(NumberStyle),
            index=list(NumberStyle).index(now.numbers),
            format_func=lambda each: _(NUMBER_LABELS[each]),
            horizontal=True,
            key="preferences.numbers",
        )
        hints = st.toggle(
            _("Hints from my habits"),
            value=now.hints,
            help=_("Counts what you filter boards by, for you alone, and offers to keep what you do often."),
            key="preferences.hints",
        )
    with right, st.container(border=True, height="stretch"):
        st.subheader(_("Home"), anchor=False)
        pinned = st.multiselect(
            _("Pinned screens"),
            list(screens),
            default=[path for path in now.pinned if path in screens],
            format_func=screens.__getitem__,
            max_selections=MOST_PINNED,
            placeholder=_("None"),
            key="preferences.pinned",
        )
        shown = st.multiselect(
            _("Blocks on home"),
            list(BLOCKS),
            default=[block for block in BLOCKS if block not in now.hidden_blocks],
            format_func=lambda block: _(BLOCKS[block]),
            placeholder=_("None"),
            key="preferences.blocks",
        )
    with st.container(border=True):
        st.subheader(_("Columns of lists"), anchor=False)
        st.caption(_("In the order they are named; without any, the usual ones."))
        columns = {}
        for name, title in LISTS.items():
            labels = columns_of(actor, name)
            columns[name] = tuple(
                st.multiselect(
                    _(title),
                    list(labels),
                    default=[column for column in now.columns.get(name, ()) if column in labels],
                    format_func=lambda column, labels=labels: _(labels[column]),
                    placeholder=_("The usual ones"),
                    key=f"preferences.columns.{name}",
                )
            )
    is_saved = st.form_submit_button(_("Save"), type="primary", key="preferences.save")

if is_saved:
    read_again()
    changed = replace(
        now,
        theme=theme,
        density=density,
        numbers=numbers,
        hints=hints,
        pinned=tuple(pinned),
        hidden_blocks=tuple(block for block in BLOCKS if block not in shown),
        columns={name: chosen for name, chosen in columns.items() if chosen},
    )
    act(set_own_preferences, changed, done=_("Your preferences are saved."), key=form_key("preferences"))

with st.container(border=True):
    st.subheader(_("My views"), anchor=False)
    if not looks:
        st.caption(_("Views are kept on the boards, under **Views**, and in the explorer, under **Save**."))
    for look in looks:
        with st.container(
            horizontal=True, vertical_alignment="center", gap="xsmall", key=f"preferences.view.{look.id}"
        ):
            link(BOARDS[look.board], escaped(look.name), **look.words)
            if st.button(_("Delete"), type="tertiary", key=f"preferences.drop.{look.id}"):
                act(drop_look, look.id, done=_(DELETED).format(name=escaped(look.name)))

with st.container(border=True):
    st.subheader(_("Take along"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            _("Save as a file"),
            when_fetched(preferences_file),
            file_name="salesbook-preferences.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="preferences.file",
        )
        if st.button(_("The usual ones again"), icon=":material/restart_alt:", key="preferences.reset"):
            read_again()
            act(reset_own_preferences, done=_("Your preferences are the usual ones again. Views stay."))
        if st.button(_("Forget my habits"), icon=":material/ink_eraser:", key="preferences.forget"):
            act(forget_habits, done=_("What was counted is forgotten."))
    brought = st.file_uploader(_("Bring in a file"), type=["json"], key="preferences.brought")
    if brought is not None and st.button(_("Bring in"), type="primary", key="preferences.take"):
        read_again()
        act(
            take_preferences,
            brought.getvalue(),
            choices_of(actor),
            done=_("Your preferences are as the file says."),
        )
