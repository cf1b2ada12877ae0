"""On the screen of stock rules: how far shipments may be off what was ordered."""

from collections.abc import Mapping
from decimal import Decimal

import streamlit as st

from core.sales.tolerance import category_tolerances, set_category_tolerance
from pages._shared.formats import percent
from pages._shared.forms import share_typed
from pages._shared.screen import act, reading
from pages._shared.text import _, escaped

Shares = tuple[Decimal | None, Decimal | None]


def shares_box(name: str, under: Decimal | None, over: Decimal | None, *, is_own: bool) -> Shares:
    """Two fields in per cent; empty says nothing."""
    empty = _("Empty: as its category, or else everybody.") if is_own else _("Empty or 0: not at all.")
    return (
        _share(f"{name}.under", _("Less may close a line (%)"), under, empty),
        _share(f"{name}.over", _("More may leave (%)"), over, empty),
    )


def show_category_tolerances(groups: Mapping[int, str]) -> None:
    """What categories say, and a form to add or change one."""
    st.subheader(_("Tolerance of categories"), anchor=False)
    st.caption(
        _("Fewer or more units may leave than were ordered, as with goods by weight. A customer's own rule says most, ")
        + _("then the nearest category, then the rule for everybody. What is more is billed, what is less is closed.")
    )
    with reading() as view:
        rows = category_tolerances(view)
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center"):
            said = [_("less {share}").format(share=percent(row.under_share))] if row.under_share is not None else []
            said += [_("more {share}").format(share=percent(row.over_share))] if row.over_share is not None else []
            st.markdown(f"**{escaped(groups.get(row.category_id, row.category))}** · {' · '.join(said)}")
            if st.button(_("Remove"), key=f"rules.tolerance.{row.category_id}", icon=":material/delete:"):
                act(set_category_tolerance, row.category_id, done=_("The rule was removed."))
    with (
        st.form("rules.tolerance.new"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        category_id = st.selectbox(
            _("Category"),
            list(groups),
            index=None,
            format_func=lambda each: groups[each],
            placeholder=_("Choose a category"),
            key="rules.tolerance.category",
            width=220,
        )
        empty = _("Empty: as the category above it, or else everybody.")
        under = _share("rules.tolerance.under", _("Less may close a line (%)"), None, empty)
        over = _share("rules.tolerance.over", _("More may leave (%)"), None, empty)
        pressed = st.form_submit_button(_("Set tolerance"), type="primary", key="rules.tolerance.save")
    if pressed:
        if category_id is None or (under is None and over is None):
            st.error(_("Nothing was saved. Choose a category and enter at least one of the two shares."))
        else:
            act(
                set_category_tolerance,
                category_id,
                under_share=under,
                over_share=over,
                done=_("The rule was saved."),
            )


def _share(key: str, label: str, share: Decimal | None, meaning: str) -> Decimal | None:
    typed = st.number_input(
        label,
        min_value=0.0,
        max_value=100.0,
        value=None if share is None else float(share * 100),
        step=0.5,
        key=key,
        help=meaning,
    )
    return None if typed is None else share_typed(typed)
