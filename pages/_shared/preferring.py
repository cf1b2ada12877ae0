"""What the person at the screen prefers, read once for each session, and what can be chosen from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.accounts.preference_rules import Choices, Density, NumberStyle, Preferences, Theme
from core.accounts.preferences import own_preferences, set_own_preferences
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.screen import act_in_callback, reading, screens_of
from pages._shared.screens import SCREENS
from pages._shared.session import current_actor
from pages._shared.text import _

PREFERENCES = "frame.preferences"
THEME_SAID = "frame.theme_said"
ROW_HEIGHT, DENSE_ROW_HEIGHT = 35, 27
# The columns of each list that can be left out or moved; the first ones of a list always stand there.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "products": {
        "retail_price": N_("Retail"),
        "unit": N_("Unit"),
        "category": N_("Category"),
        "wholesale_price": N_("Wholesale"),
        "purchase_price": N_("Purchase"),
        "buildable": N_("Kits available"),
        "status": N_("Status"),
    },
    "customers": {"phone": N_("Phone"), "region": N_("Region"), "channel": N_("Channel"), "owner": N_("Owner")},
    "orders": {
        "customer": N_("Customer"),
        "gross_amount": N_("Amount"),
        "business": N_("State"),
        "payment": N_("Payment"),
        "shipment": N_("Shipment"),
        "ship_by": N_("Leaves by"),
        "late": N_("Late"),
        "wanted_on": N_("Wished-for day"),
        "ordered_on": N_("Ordered on"),
        "channel": N_("Channel"),
        "sales_rep": N_("Sales representative"),
    },
}
LISTS = {"products": N_("Products"), "customers": N_("Customers"), "orders": N_("Orders")}
BLOCKS = {
    "overview": N_("Overview"),
    "alerts": N_("Alerts"),
    "numbers": N_("Orders in numbers"),
    "waiting": N_("To be shipped first"),
    "newest": N_("Newest orders"),
    "sheets": N_("My half-entered stock sheets"),
    "menu": N_("All screens"),
}
NEEDS = {"purchase_price": P.COST_READ}
_DENSE = """<style>
.stMainBlockContainer { padding-top: 2.2rem; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.5rem; }
.stMainBlockContainer [data-testid="stMetric"] { padding: 0.35rem 0.6rem; }
.stMainBlockContainer p, .stMainBlockContainer label { line-height: 1.3; }
</style>"""
# Streamlit keeps the choice of each address apart; this one is for all of them.
_THEME = """<script>(() => {
  const word = JSON.stringify(%s), key = path => `stActiveTheme-${path}-v2`
  const base = location.pathname.replace(/[^/]*$/, ""), here = key(location.pathname)
  const before = localStorage.getItem(here) ?? JSON.stringify("System")
  for (const path of %s) localStorage.setItem(key(base + path), word)
  localStorage.setItem(here, word)
  if (before !== word) location.reload()
})()</script>"""
_NAMES = {Theme.BROWSER: "System", Theme.LIGHT: "Light", Theme.DARK: "Dark"}


def preferences() -> Preferences:
    """Those of who is signed in; the usual ones where nobody is."""
    kept: Preferences | None = st.session_state.get(PREFERENCES)
    if kept is None:
        if current_actor() is None:
            return Preferences()
        with reading() as view:
            kept = own_preferences(view)
        st.session_state[PREFERENCES] = kept
    return kept


def prefer(changed: Preferences, done: str = "") -> None:
    """Keep these, in a callback."""
    act_in_callback(set_own_preferences, changed, done=done)
    read_again()


def read_again() -> None:
    """The next look at them asks the database."""
    st.session_state.pop(PREFERENCES, None)
    st.session_state.pop(THEME_SAID, None)


def show_preferred_style() -> None:
    """Density and theme, on every screen. Who never chose a theme keeps what the browser says."""
    chosen = preferences()
    if chosen.density is Density.DENSE:
        st.html(_DENSE)
    said = st.session_state.get(THEME_SAID)
    was_said = said is not None
    if said != chosen.theme and (was_said or chosen.theme is not Theme.BROWSER):
        paths = [screen.url_path for screen in SCREENS]
        words = _THEME % (json.dumps(_NAMES[chosen.theme]), json.dumps(["", *paths]))
        st.html(words, unsafe_allow_javascript=True)
    st.session_state[THEME_SAID] = chosen.theme


def has_full_numbers() -> bool:
    """Whether large figures are shown with every digit; asks nobody, for charts ask often."""
    kept: Preferences | None = st.session_state.get(PREFERENCES)
    return kept is not None and kept.numbers is NumberStyle.FULL


def row_height() -> int:
    """How high the rows of a list are."""
    return DENSE_ROW_HEIGHT if preferences().density is Density.DENSE else ROW_HEIGHT


def shows(block: str) -> bool:
    """Whether a block of home is to be seen."""
    return block not in preferences().hidden_blocks


def choices_of(actor: Actor) -> Choices:
    """What this person can choose from."""
    columns = {name: tuple(columns_of(actor, name)) for name in COLUMNS}
    return Choices(columns, tuple(pinnable(actor)), tuple(BLOCKS))


def columns_of(actor: Actor, name: str) -> dict[str, str]:
    """The columns of a list that this person can see or leave out."""
    return {
        column: label
        for column, label in COLUMNS[name].items()
        if (needed := NEEDS.get(column)) is None or actor.may(needed)
    }


def pinnable(actor: Actor) -> dict[str, str]:
    """The screens that can stand on top of home."""
    menu = [screen for screen in screens_of(actor) if not screen.hidden and screen.path != "home/home"]
    return {screen.path: _(screen.title) for screen in menu}


def preferred(name: str, columns: Sequence[str]) -> list[str]:
    """The columns of a list in the order that this person likes, of those that there are."""
    chosen = preferences().columns.get(name)
    if chosen is None:
        return list(columns)
    fixed = [column for column in columns if column not in COLUMNS[name]]
    return [*fixed, *(column for column in chosen if column in columns)]


def choose_columns(name: str, **more: Any) -> None:
    """Beside a list: which of its columns to see, and in which order."""
    actor = current_actor()
    if actor is None:
        return
    labels = columns_of(actor, name)
    key = f"columns.{name}"
    with st.popover(_("Columns"), icon=":material/view_column:", key=f"{key}.open", type="tertiary", **more):
        st.session_state[key] = [each for each in preferences().columns.get(name, tuple(labels)) if each in labels]
        st.multiselect(
            _("Columns, in this order"),
            list(labels),
            format_func=lambda column: _(labels[column]),
            placeholder=_("The usual ones"),
            key=key,
            on_change=_choose,
            args=(name, tuple(labels)),
        )


def _choose(name: str, every: tuple[str, ...]) -> None:
    chosen = tuple(st.session_state[f"columns.{name}"])
    prefer(preferences().showing(name, () if chosen == every else chosen))
