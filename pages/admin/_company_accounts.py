"""Accounts of the identity provider: whose each of them is."""

from collections.abc import Sequence

import streamlit as st

from core.accounts.company_accounts import CompanyAccountRow, link_company_account, unlink_company_account
from core.accounts.queries import UserRow
from pages._shared.formats import moment
from pages._shared.screen import act
from pages._shared.text import _, escaped


def show_company_accounts(accounts: Sequence[CompanyAccountRow], users: Sequence[UserRow]) -> None:
    """Each account with the user that it is, or the choice of one."""
    if not accounts:
        return
    names = {user.id: f"{user.name} ({user.username})" for user in users if user.is_enabled}
    with st.expander(_("Company accounts"), expanded=any(each.user_id is None for each in accounts)):
        for account in accounts:
            seen = _("last seen {seen}").format(seen=escaped(moment(account.seen_at)))
            st.markdown(
                f"**{escaped(account.name or account.subject)}** {escaped(account.email)}  \n"
                f":gray[{escaped(account.issuer)} · {escaped(account.subject)} · {seen}]"
            )
            with st.container(horizontal=True, vertical_alignment="bottom"):
                if account.user_id is not None:
                    st.markdown(":material/link: " + escaped(account.user), width="content")
                    if st.button(_("Take the link off"), key=f"users.unlink.{account.id}"):
                        act(
                            unlink_company_account,
                            account.id,
                            done=_("This account signs nobody in any more."),
                        )
                    continue
                user_id = st.selectbox(
                    _("Is the user"),
                    list(names),
                    index=None,
                    format_func=names.__getitem__,
                    placeholder=_("Choose a user"),
                    key=f"users.link.{account.id}",
                )
                if st.button(_("Link it"), key=f"users.link.do.{account.id}", disabled=user_id is None):
                    act(
                        link_company_account,
                        account.id,
                        user_id,
                        done=_("This account signs in as {name}.").format(name=escaped(names[user_id or 0])),
                    )
