"""Users: adding, changing, disabling, new passwords."""

import streamlit as st

from core.accounts.queries import users
from core.accounts.roles import role_names
from core.accounts.rules import SHORTEST
from core.accounts.service import add_user, change_user, reset_password
from pages._shared.forms import opened_facts, save_seen
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import chosen_row, moment_column, table, text_column
from pages._shared.text import _, escaped

actor = open_screen(__file__)

with reading() as view:
    rows = users(view)
    names = {role.code: _(role.label) for role in role_names(view)}


@st.dialog(_("Add user"))
def show_new_user() -> None:
    """Ask for a new user."""
    with st.form("users.new", border=False):
        name = st.text_input(_("Full name"), key="users.new.name")
        username = st.text_input(_("User name"), key="users.new.username", help=_("Typed to sign in; any script."))
        roles = st.pills(_("Roles"), list(names), format_func=_role, selection_mode="multi", key="users.new.roles")
        password = st.text_input(
            _("Password"), type="password", key="users.new.password", autocomplete="new-password", help=_hint()
        )
        if st.form_submit_button(_("Add user"), type="primary", key="users.new.submit"):
            act(
                add_user,
                username=username,
                name=name,
                password=password,
                roles=roles,
                key=form_key("users.new"),
                done=_("{name} can sign in now.").format(name=escaped(name)),
            )


def _role(code: str) -> str:
    return names.get(code, code)


def _hint() -> str:
    return _("At least {count} characters; a sentence is best.").format(count=SHORTEST)


if st.button(_("Add user"), key="users.add", icon=":material/person_add:", type="primary"):
    show_new_user()

frame = table(rows, ["name", "username"])
frame["roles"] = [" · ".join(_role(role) for role in row.roles) for row in rows]
frame["status"] = [_("Active") if row.is_enabled else _("Disabled") for row in rows]
frame["seen_at"] = table(rows, ["seen_at"])["seen_at"]
picked = st.dataframe(
    frame,
    key="users.table",
    hide_index=True,
    width="stretch",
    on_select="rerun",
    selection_mode="single-row",
    column_config={
        "name": text_column(_("Full name")),
        "username": text_column(_("User name")),
        "roles": text_column(_("Roles")),
        "status": text_column(_("Status")),
        "seen_at": moment_column(_("Last seen")),
    },
    placeholder="",
)
user = chosen_row(picked, rows)

if user is None:
    st.caption(_("Choose a row to change a user."))
    st.stop()

st.subheader(escaped(user.name), anchor=False)
left, right = st.columns(2)
opened_facts("users", user.id, {"name": user.name, "roles": set(user.roles)}, f"users.name.{user.id}")
with left, st.form(f"users.edit.{user.id}"):
    name = st.text_input(_("Full name"), value=user.name, key=f"users.name.{user.id}")
    roles = st.pills(
        _("Roles"),
        list(names),
        format_func=_role,
        selection_mode="multi",
        default=user.roles,
        key=f"users.roles.{user.id}",
    )
    if st.form_submit_button(_("Save"), type="primary", key=f"users.save.{user.id}"):
        done = _("{name} was changed.").format(name=escaped(name))
        save_seen("users", user.id, change_user, user.id, name=name, roles=roles, done=done)

with right:
    with st.form(f"users.password.{user.id}"):
        password = st.text_input(
            _("New password"),
            type="password",
            key=f"users.new_password.{user.id}",
            autocomplete="new-password",
            help=_hint(),
        )
        if st.form_submit_button(_("Set new password"), key=f"users.reset.{user.id}"):
            act(
                reset_password,
                user.id,
                password=password,
                done=_("{name} has a new password and is signed out everywhere.").format(name=escaped(user.name)),
            )
    if user.is_enabled:
        if st.button(_("Disable account"), key=f"users.disable.{user.id}", icon=":material/block:"):
            act(
                change_user,
                user.id,
                disabled=True,
                done=_("{name} is disabled and signed out everywhere.").format(name=escaped(user.name)),
            )
    elif st.button(_("Enable account"), key=f"users.enable.{user.id}", icon=":material/check_circle:"):
        act(change_user, user.id, disabled=False, done=_("{name} can sign in again.").format(name=escaped(user.name)))
