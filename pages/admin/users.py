"""Users: adding, changing, disabling, new passwords, second factors, and where they are signed in."""

import streamlit as st

from core.accounts.attempts import closed_doors
from core.accounts.company_accounts import company_accounts
from core.accounts.queries import SessionRow, sessions_of, users
from core.accounts.roles import role_names
from core.accounts.rules import SHORTEST
from core.accounts.second_factor import reset_second_factor, roles_with_second_factor, users_with_second_factor
from core.accounts.service import add_user, change_user, end_session, end_sessions, reset_password
from pages._shared.forms import opened_facts, save_seen
from pages._shared.proving import ask_in_dialog, is_proven
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import chosen_row, moment_column, table, text_column
from pages._shared.text import _, escaped
from pages.admin._company_accounts import show_company_accounts
from pages.admin._second_factor import show_factor_roles
from pages.admin._sign_ins import show_closed_doors, show_sessions

actor = open_screen(__file__)

with reading() as view:
    rows, doors, accounts = users(view), closed_doors(view), company_accounts(view)
    protected, must = users_with_second_factor(view), roles_with_second_factor(view)
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


def _end(session: SessionRow) -> None:
    act(end_session, user.id, session.id, done=_("That browser is signed out."))


with st.container(horizontal=True):
    if st.button(_("Add user"), key="users.add", icon=":material/person_add:", type="primary"):
        if is_proven():
            show_new_user()
        else:
            ask_in_dialog(lambda: st.session_state.update({"users.adding": True}))
    with st.popover(_("Second factor"), icon=":material/phonelink_lock:", key="users.factor"):
        show_factor_roles(names, must)
if st.session_state.pop("users.adding", False):
    show_new_user()
show_closed_doors(doors)
show_company_accounts(accounts, rows)

frame = table(rows, ["name", "username"])
frame["roles"] = [" · ".join(_role(role) for role in row.roles) for row in rows]
frame["status"] = [_("Active") if row.is_enabled else _("Disabled") for row in rows]
frame["factor"] = [row.id in protected for row in rows]
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
        "factor": st.column_config.CheckboxColumn(_("Second factor"), width="small"),
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
    if user.id in protected and st.button(
        _("Reset second factor"), key=f"users.factor.{user.id}", icon=":material/phonelink_erase:"
    ):
        done = _("{name} signs in without a code, or sets up another app where the role must have one.")
        act(reset_second_factor, user.id, done=done.format(name=escaped(user.name)))

with reading() as view:
    sessions = sessions_of(view, user.id)
with left, st.container(border=True):
    st.subheader(_("Signed in on"), anchor=False)
    show_sessions(sessions, f"users.{user.id}", _end)
    if not sessions:
        st.caption(_("Nowhere at this moment."))
    elif st.button(_("Sign out everywhere"), key=f"users.end.{user.id}", icon=":material/logout:"):
        act(end_sessions, user.id, done=_("{name} is signed out everywhere.").format(name=escaped(user.name)))
