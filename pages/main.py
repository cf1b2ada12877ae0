"""What every session runs first: sign-in, the menu from SCREENS, and the screen that was asked for."""

import streamlit as st

from core.base.timings import timed
from pages._shared.backup_warning import show_backup_warning
from pages._shared.built_in import show_built_in_words
from pages._shared.company import company_name
from pages._shared.frame import NOTICES, hand_over_cookie, notices_badge, show_sidebar, show_style, take_cookie_away
from pages._shared.preferring import show_preferred_style
from pages._shared.screen import may_open
from pages._shared.screens import SCREENS
from pages._shared.second_step import show_new_codes
from pages._shared.session import current_actor, forget_others, watch_sign_in
from pages._shared.sign_in import MARK, show_sign_in
from pages._shared.text import _

st.set_page_config(page_title=company_name(), page_icon=str(MARK), layout="wide")

show_style()
actor = current_actor()
show_built_in_words()
forget_others(actor)
badge = notices_badge(actor)
sections: dict[str, list[st.Page]] = {}
for screen in SCREENS:
    if actor is None or may_open(actor, screen):
        page = st.Page(
            screen.script,
            title=_(screen.title) + (badge if screen.path == NOTICES else ""),
            icon=screen.icon,
            url_path=screen.url_path,
            default=screen is SCREENS[0],
            visibility="hidden" if screen.hidden else "visible",
        )
        sections.setdefault(screen.section and _(screen.section), []).append(page)

# Without a sign-in the pages are registered, so that the address asked for survives it, and none is run.
chosen = st.navigation(sections, position="sidebar" if actor else "hidden", expanded=True)
if actor is None:
    take_cookie_away()
    show_sign_in()
else:
    show_preferred_style()
    show_sidebar(actor)
    hand_over_cookie()
    show_new_codes()
    watch_sign_in()
    show_backup_warning(actor, chosen.url_path)
    with timed("screen", chosen.url_path or "home"):
        chosen.run()
