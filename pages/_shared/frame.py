"""What surrounds every screen: who is signed in, the language, the way out, and the cookie."""

import json
from html import escape
from unicodedata import east_asian_width

import streamlit as st

from core.accounts.service import set_own_language
from core.base.i18n import LANGUAGES
from core.notify.inbox import count_open_notices
from core.security.actor import Actor
from pages._shared.company import PRODUCT, company_name
from pages._shared.screen import act_in_callback, link, reading
from pages._shared.session import CODE, LEFT, leave
from pages._shared.sign_in import MARK
from pages._shared.text import LANGUAGE, _, escaped

WORDMARK = MARK.with_name("wordmark.svg")
STYLE = MARK.with_name("style.css")
LETTERS = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
NAME_WIDTH = 168
NOTICES = "home/notices"
MOST_COUNTED = 99
LEAST_LETTER = 12.0
_EXCHANGE = "<script>fetch('auth/exchange',{{method:'POST',body:{code}}})</script>"
_SIGN_OUT = "<script>fetch('auth/sign-out',{method:'POST'})</script>"


def hand_over_cookie() -> None:
    """After a sign-in, let the browser trade its one-time code for the session cookie, once."""
    if code := st.session_state.pop(CODE, None):
        st.sidebar.html(_EXCHANGE.format(code=json.dumps(code)), unsafe_allow_javascript=True)


def take_cookie_away() -> None:
    """After signing out, let the browser drop its cookie, which is worth nothing any more."""
    if st.session_state.pop(LEFT, False):
        st.html(_SIGN_OUT, unsafe_allow_javascript=True)


def show_style() -> None:
    """What the theme's settings cannot say: figures of one width, so that they stand in columns."""
    st.html(STYLE)


def show_sidebar(actor: Actor) -> None:
    """The name of who is signed in, the language, and signing out."""
    name = company_name()
    st.logo(WORDMARK if name == PRODUCT else _wordmark(name), icon_image=MARK, size="large")
    roles = " · ".join(escaped(_(title)) for title in actor.titles)
    with st.sidebar:
        link("admin/account", escaped(actor.name))
        st.caption(roles)
        link("home/preferences", _("My preferences"))
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            default=actor.language,
            key=f"frame.language.{actor.language}",
            label_visibility="collapsed",
            on_change=_set_language,
            args=(f"frame.language.{actor.language}",),
            required=True,
        )
        st.button(_("Sign out"), key="frame.sign_out", icon=":material/logout:", on_click=leave)


def notices_badge(actor: Actor | None) -> str:
    """How many notices wait for who is signed in, as it stands in the menu; nothing where none does."""
    if actor is None:
        return ""
    with reading() as view:
        count = count_open_notices(view)
    return f" ({min(count, MOST_COUNTED)}{'+' if count > MOST_COUNTED else ''})" if count else ""


def _wordmark(name: str) -> str:
    """The mark with the company's name beside it, in smaller letters the longer it is."""
    widths = [1.0 if east_asian_width(sign) in "WF" else 0.6 for sign in name]
    size = max(LEAST_LETTER, min(20.0, NAME_WIDTH / sum(widths)))
    while sum(widths) * size > NAME_WIDTH:
        name, widths = f"{name.removesuffix('…')[:-1]}…", [*widths[:-2], 1.0]
    mark = MARK.read_text(encoding="utf-8").replace("<svg ", '<svg y="0" x="0" ', 1)
    width = 44 + round(sum(widths) * size)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 32" width="{width}" height="32">{mark}'
        f'<text x="42" y="{16 + size * 0.35:.1f}" font-family="{LETTERS}" font-size="{size:.1f}" font-weight="650" '
        f'fill="#17979a">{escape(name)}</text></svg>'
    )


def _set_language(key: str) -> None:
    picked = st.session_state[key]
    act_in_callback(set_own_language, picked)
    st.session_state[LANGUAGE] = picked
