"""The screen for who is not signed in: sign-in, demo accounts, or the set-up of an empty installation."""

from pathlib import Path

import streamlit as st

from core.accounts.rules import SHORTEST
from core.accounts.service import has_users, set_up_company
from core.accounts.sessions import begin_sign_in, cookie_code, demo_accounts, sign_in, sign_in_demo
from core.base.errors import AppError
from core.base.i18n import LANGUAGES
from core.security.actor import VISITOR
from pages._shared.company import company_name, store
from pages._shared.company_account import show_company_account
from pages._shared.second_step import STEP, show_second_step
from pages._shared.session import CODE, TOKEN, address, browser
from pages._shared.sign_in_form import SignInForm
from pages._shared.text import LANGUAGE, PICKED, _, escaped, session_language

MARK = Path(__file__).parent / "brand" / "mark.svg"


def show_sign_in() -> None:
    """Sign-in and nothing else."""
    _left, middle, _right = st.columns([1, 1.4, 1])
    with middle:
        _show_brand()
        if STEP in st.session_state:
            show_second_step(enter)
        elif has_users(store()):
            _show_form()
            show_company_account(enter)
            _show_demo_accounts()
        else:
            _show_set_up()
        _show_languages()


def _show_brand() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(MARK, width=40)
        st.title(escaped(company_name()), anchor=False)
    st.caption(_("Orders, stock and what they mean."))


def _show_form() -> None:
    with st.container(key="sign_in.form"):
        SignInForm(_check).show()


def _check(username: str, password: str) -> None:
    try:
        entrance = begin_sign_in(store(), username, password, browser(), st.session_state.get(PICKED), address())
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    if entrance.step:
        st.session_state[STEP] = entrance.step
        st.rerun()
    enter(entrance.token)


def _show_demo_accounts() -> None:
    accounts = demo_accounts(store())
    if not accounts:
        return
    st.caption(_("This is a demo company. Look around as:"))
    with st.container(horizontal=True, horizontal_alignment="left", gap="small"):
        for account in accounts:
            roles = " · ".join(escaped(_(role)) for role in account.roles)
            if st.button(
                f"{escaped(account.name)} · {roles}",
                key=f"sign_in.demo.{account.username}",
                icon=":material/person:",
                width="stretch",
            ):
                enter(sign_in_demo(store(), account.username, browser(), st.session_state.get(PICKED), address()))


def _show_set_up() -> None:
    st.subheader(_("Set up your company"), anchor=False)
    st.write(_("You become the first administrator. The set-up code stands in the terminal that started Salesbook."))
    with st.form("set_up"):
        code = st.text_input(_("Set-up code"), key="set_up.code", placeholder="XXXX-XXXX-XXXX-XXXX")
        name = st.text_input(_("Your name"), key="set_up.name", autocomplete="name")
        username = st.text_input(_("User name"), key="set_up.username", autocomplete="username")
        password = st.text_input(
            _("Password"),
            type="password",
            key="set_up.password",
            autocomplete="new-password",
            help=_("At least {count} characters; a sentence is best.").format(count=SHORTEST),
        )
        pressed = st.form_submit_button(_("Set up"), type="primary", width="stretch", key="set_up.submit")
    if pressed:
        try:
            store().run(
                VISITOR,
                set_up_company,
                None,
                code=code,
                username=username,
                name=name,
                password=password,
                language=session_language(),
            )
            token = sign_in(store(), username, password, browser(), address=address())
        except AppError as refusal:
            st.error(escaped(refusal.sentence))
        else:
            enter(token)


def _show_languages() -> None:
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=session_language(),
        key="sign_in.language",
        label_visibility="collapsed",
        on_change=_pick_language,
        required=True,
    )


def _pick_language() -> None:
    picked = st.session_state["sign_in.language"]
    st.session_state[LANGUAGE] = st.session_state[PICKED] = picked


def enter(token: str) -> None:
    """Be signed in on this browser; the next run hands the token over to a cookie."""
    st.session_state[TOKEN] = token
    st.session_state[CODE] = cookie_code(store(), token)
    st.rerun()
