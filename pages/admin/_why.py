"""What a user can see and why: rights with their roles, rows, fields, dangerous pairs, and one customer."""

from collections.abc import Mapping

import streamlit as st

from core.accounts.explained import customer_seen, explained
from core.accounts.role_rules import permission_label
from core.base.errors import AppError
from core.security.sees import CUSTOMER_REACH_LABELS, WAREHOUSE_REACH_LABELS
from core.security.shows import SIGHT_LABELS
from pages._shared.screen import reading
from pages._shared.tables import text_column
from pages._shared.text import _, escaped


def show_why(people: Mapping[int, str]) -> None:
    """Choose somebody, and see all of it."""
    user_id = st.selectbox(_("Colleague"), list(people), format_func=people.__getitem__, key="why.who")
    if user_id is None:
        return
    with reading() as view:
        found = explained(view, user_id)
    for each in found.conflicts:
        st.warning(_("This person {danger}.").format(danger=_(each.danger)), icon=":material/warning:")
    owners, houses = found.owners, found.warehouses
    whose = _("All customers") if owners is None else _("Customers of {names}").format(names=", ".join(owners))
    where = _("All warehouses") if houses is None else _("Warehouses: {names}").format(names=", ".join(houses) or "–")
    st.markdown(f":material/storefront: {escaped(whose)}  \n:material/warehouse: {escaped(where)}")
    st.dataframe(
        {
            _("Role"): [_(each.role) for each in found.reached],
            _("Customers"): [_(CUSTOMER_REACH_LABELS[each.customers]) for each in found.reached],
            _("Warehouses"): [_(WAREHOUSE_REACH_LABELS[each.warehouses]) for each in found.reached],
            _("Customers' phones and e-mail"): [_(SIGHT_LABELS[each.phone]) for each in found.reached],
            _("Customers' addresses"): [_(SIGHT_LABELS[each.address]) for each in found.reached],
        },
        key="why.reach",
        hide_index=True,
        width="stretch",
    )
    code = st.text_input(_("Does this person see the customer with this code?"), key=f"why.{user_id}.code")
    if code.strip():
        _customer(user_id, code)
    st.dataframe(
        {
            _("May"): [_(permission_label(each.permission)) for each in found.rights],
            _("Because of"): [" · ".join(_(role) for role in each.roles) for each in found.rights],
        },
        key="why.rights",
        hide_index=True,
        width="stretch",
        column_config={_("May"): text_column(_("May"), width=260)},
    )


def _customer(user_id: int, code: str) -> None:
    try:
        with reading() as view:
            found = customer_seen(view, user_id, code)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    facts = {"customer": escaped(found.name), "owner": escaped(found.owner) or "–"}
    if found.is_seen:
        st.success(_("Yes, {customer} is seen; its owner is {owner}.").format(**facts))
    else:
        st.info(_("No, {customer} is not seen: its owner is {owner}.").format(**facts))
