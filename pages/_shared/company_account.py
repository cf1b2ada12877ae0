"""Signing in with a company account, through Streamlit's own way to an identity provider."""

from collections.abc import Callable, Mapping

import streamlit as st

from core.accounts.company_accounts import sign_in_with_company_account
from core.accounts.errors import StaleProof
from core.base.errors import AppError
from core.base.settings import Settings
from pages._shared.company import store
from pages._shared.session import address, browser
from pages._shared.text import PICKED, _, escaped


def secrets_of(settings: Settings) -> Mapping[str, Mapping[str, str]] | None:
    """What Streamlit must know of the provider; None where nobody named one."""
    if not settings.oidc_metadata_url:
        return None
    return {
        "auth": {
            "redirect_uri": settings.oidc_redirect_url,
            "cookie_secret": settings.oidc_cookie_secret or settings.secret("oidc_cookie"),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret,
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def show_company_account(enter: Callable[[str], None]) -> None:
    """A button that goes to the provider, and signing in whoever comes back from it.

    Streamlit remembers who came back for 30 days. That opens nothing: a proof counts once, and for minutes.
    """
    if not store().settings.oidc_metadata_url:
        return
    if st.user.is_logged_in:
        claims = {name: word for name, word in st.user.to_dict().items() if name not in _OURS}
        try:
            token = sign_in_with_company_account(store(), claims, browser(), st.session_state.get(PICKED), address())
        except StaleProof:
            pass
        except AppError as refusal:
            st.error(escaped(refusal.sentence))
        else:
            enter(token)
    label = _("Sign in with {account}").format(account=escaped(store().settings.oidc_label or _("company account")))
    if st.button(label, key="sign_in.company", icon=":material/domain:", width="stretch"):
        st.login()


_OURS = {"is_logged_in", "provider", "origin", "tokens"}
