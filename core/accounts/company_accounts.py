"""Signing in with a company account: whom an identity provider vouches for, and which user that is here."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from core.accounts.errors import CompanyAccountUnknown, StaleProof, UserDisabled
from core.accounts.sessions import begin_session, revoke_sessions
from core.accounts.tokens import new_token
from core.base.errors import NotFound
from core.base.i18n import N_
from core.security.actor import VISITOR
from core.security.models import CompanyAccount, UsedAssertion, User
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.store import Store
from core.work.unit import UnitOfWork

FRESH = timedelta(minutes=5)
LONGEST = 255


@dataclass(frozen=True)
class CompanyAccountRow:
    """An account of the identity provider, and the user that it is."""

    id: int
    name: str
    email: str
    issuer: str
    subject: str
    user_id: int | None
    user: str
    first_at: datetime
    seen_at: datetime


def sign_in_with_company_account(
    store: Store, claims: Mapping[str, Any], user_agent: str = "", language: str | None = None, address: str = ""
) -> str:
    """Begin a session for the user that this account is; its token.

    An account is its issuer and its subject, which never change; names and addresses of mail do, and
    decide nothing. Every proof of the provider counts once and for minutes: `StaleProof`. Refuses
    with `CompanyAccountUnknown` until an administrator has said whose it is, and with `UserDisabled`.
    """
    token = new_token()
    begun = store.run(VISITOR, take_proof, None, dict(claims), token, user_agent, language=language, address=address)
    if begun is None:
        raise CompanyAccountUnknown(name=_word(claims, "email") or _word(claims, "name") or _word(claims, "sub"))
    return token


@command(P.SIGN_IN)
def take_proof(
    uow: UnitOfWork,
    claims: dict[str, Any],
    token: str,
    user_agent: str = "",
    *,
    language: str | None = None,
    address: str = "",
) -> int | None:
    """Use the proof up and begin a session; None, with the account noted, where it is nobody's yet."""
    issuer, subject, issued = _word(claims, "iss"), _word(claims, "sub"), claims.get("iat")
    if not issuer or not subject or not isinstance(issued, int | float):
        raise StaleProof
    age = uow.now - datetime.fromtimestamp(issued, UTC)
    if not -FRESH < age < FRESH:
        raise StaleProof
    proof = hashlib.sha256(json.dumps(claims, sort_keys=True, default=str).encode()).hexdigest()
    uow.session.execute(delete(UsedAssertion).where(UsedAssertion.expires_at <= uow.now))
    if uow.session.get(UsedAssertion, proof) is not None:
        raise StaleProof
    uow.session.add(UsedAssertion(hash=proof, expires_at=uow.now + 3 * FRESH))
    account = uow.session.scalars(
        select(CompanyAccount).where(CompanyAccount.issuer == issuer, CompanyAccount.subject == subject)
    ).one_or_none()
    if account is None:
        account = uow.add(
            CompanyAccount(
                issuer=issuer, subject=subject, name="", email="", first_at=uow.now, seen_at=uow.now, user_id=None
            )
        )
        uow.record("company_account.seen", "company_account", account.id, {"name": _word(claims, "name")})
    account.name, account.email, account.seen_at = _word(claims, "name"), _word(claims, "email"), uow.now
    if account.user_id is None:
        return None
    if uow.session.scalar(select(User.id).where(User.id == account.user_id, User.disabled_at.is_(None))) is None:
        raise UserDisabled
    return begin_session(uow, account.user_id, token, user_agent, language=language, address=address)


@query(P.USER_EDIT)
def company_accounts(scope: Scope) -> Sequence[CompanyAccountRow]:
    """All accounts that ever came, those that are nobody's yet first."""
    rows = scope.session.execute(
        select(CompanyAccount, User.name)
        .outerjoin(User, User.id == CompanyAccount.user_id)
        .order_by(CompanyAccount.user_id.is_not(None), CompanyAccount.id)
    )
    return [
        CompanyAccountRow(
            each.id,
            each.name,
            each.email,
            each.issuer,
            each.subject,
            each.user_id,
            name or "",
            each.first_at,
            each.seen_at,
        )
        for each, name in rows
    ]


@command(P.USER_EDIT, recent=True)
def link_company_account(uow: UnitOfWork, account_id: int, user_id: int) -> None:
    """Say whose account it is: from now on it signs that user in."""
    account, user = _account(uow, account_id), uow.session.get(User, user_id)
    if user is None:
        raise NotFound(what=N_("This user"))
    account.user_id = user.id
    uow.record(
        "company_account.linked",
        "app_user",
        user.id,
        {"name": account.name or account.subject, "username": user.username},
    )


@command(P.USER_EDIT, recent=True)
def unlink_company_account(uow: UnitOfWork, account_id: int) -> None:
    """The account is nobody's any more; whoever it was is signed out everywhere."""
    account = _account(uow, account_id)
    if account.user_id is None:
        raise NotFound(what=N_("This link"))
    revoke_sessions(uow, account.user_id)
    uow.record("company_account.unlinked", "app_user", account.user_id, {"name": account.name or account.subject})
    account.user_id = None


def _account(uow: UnitOfWork, account_id: int) -> CompanyAccount:
    account = uow.session.get(CompanyAccount, account_id, with_for_update=True)
    if account is None:
        raise NotFound(what=N_("This company account"))
    return account


def _word(claims: Mapping[str, Any], name: str) -> str:
    word = claims.get(name)
    return word if isinstance(word, str) and len(word) <= LONGEST else ""
