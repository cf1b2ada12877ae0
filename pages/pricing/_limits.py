"""From which margin on a sale is good, by category, and how far below the lowest price each role may go."""

from decimal import Decimal

import streamlit as st

from core.accounts.roles import role_names
from core.catalog.queries import category_tree
from core.pricing.limits import margin_rules, price_floors, roles_that_ask, set_margin_rule, set_price_floor
from core.pricing.rules.margins import USUAL, Thresholds
from pages._shared.formats import percent
from pages._shared.forms import share_typed
from pages._shared.screen import act, reading
from pages._shared.text import _, escaped

COMPANY = 0


def limits_panel() -> None:
    """The thresholds and floors that are set, and setting them."""
    with reading() as view:
        rules = {row.category_id or COMPANY: row.thresholds for row in margin_rules(view)}
        floors, asking = price_floors(view), roles_that_ask(view)
        names = {each.code: _(each.label) for each in role_names(view, archived=True)}
        paths = {COMPANY: _("The whole company")} | {row.id: row.path for row in category_tree(view)}
    left, right = st.columns(2, gap="large")
    with left:
        _margins(rules, paths)
    with right:
        _floors(floors, names, [each.code for each in asking])


def _margins(rules: dict[int, Thresholds], paths: dict[int, str]) -> None:
    st.markdown("**" + _("When a margin is good") + "**")
    for each, its in {COMPANY: USUAL, **rules}.items():
        good, thin = percent(its.green), percent(its.amber)
        st.markdown(
            f"{escaped(paths.get(each, ''))}: "
            + _("▲ good from {good}, ◆ thin from {thin}, ▼ bad below").format(good=good, thin=thin)
        )
    chosen = st.selectbox(_("For"), list(paths), format_func=lambda each: paths[each], key="limits.category")
    its = rules.get(chosen, rules.get(COMPANY, USUAL))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        good = st.number_input(
            _("Good from (%)"), -100.0, 100.0, float(its.green * 100), key=f"limits.{chosen}.good", width=130
        )
        thin = st.number_input(
            _("Thin from (%)"), -100.0, 100.0, float(its.amber * 100), key=f"limits.{chosen}.thin", width=130
        )
        pressed = st.button(_("Save the thresholds"), key="limits.margin.save", type="primary")
        removed = chosen in rules and st.button(_("As those above"), key="limits.margin.remove", icon=":material/undo:")
    if pressed or removed:
        thresholds = None if removed else Thresholds(share_typed(good), share_typed(thin))
        act(set_margin_rule, category_id=chosen or None, thresholds=thresholds, done=_("The thresholds were saved."))


def _floors(floors: dict[str, Decimal], names: dict[str, str], asking: list[str]) -> None:
    st.markdown("**" + _("Below the lowest price without asking") + "**")
    for role, below in floors.items():
        st.markdown(f"{escaped(names[role])}: " + _("up to {share} below").format(share=percent(below)))
    if not floors:
        st.caption(_("Nobody goes below the lowest price without an approval, managers and administrators aside."))
    role = st.selectbox(_("Role"), asking, format_func=names.__getitem__, key="limits.role")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        below = st.number_input(
            _("Up to so much below (%)"),
            0.0,
            99.0,
            float(floors.get(role, Decimal(0)) * 100),
            key=f"limits.{role}.below",
            width=180,
        )
        if st.button(_("Save the floor"), key="limits.floor.save", type="primary"):
            act(set_price_floor, role, share_typed(below), done=_("The floor was saved."))
