"""Whom a company account signs in: the linked user and nobody else, with a proof that is fresh and unused."""

from datetime import timedelta

import pytest

from core.accounts.company_accounts import (
    company_accounts,
    link_company_account,
    sign_in_with_company_account,
    unlink_company_account,
)
from core.accounts.errors import CompanyAccountUnknown, StaleProof, UserDisabled
from core.accounts.service import change_user
from core.accounts.sessions import actor_of
from core.base.clock import FixedClock
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user
from tests.refusals import Calls, assert_each_refused
from tests.traces import everything

ISSUER = "https://id.shop.example"


def claims(clock: FixedClock, **words: object) -> dict[str, object]:
    said = {"iss": ISSUER, "sub": "7f3a", "name": "Fang", "email": "fang@shop.example", "nonce": "one"}
    return {**said, "iat": int(clock.moment.timestamp()), **words}


def linked(store: Store, clock: FixedClock) -> int:
    """A user, to whom the account of `claims` was linked."""
    user = a_user(store, Role.SALES, username="fang")
    with pytest.raises(CompanyAccountUnknown, match="fang@shop.example belongs to no user here yet"):
        sign_in_with_company_account(store, claims(clock, nonce="first"))
    with store.viewing(SYSTEM) as view:
        (account,) = company_accounts(view)
    store.run(SYSTEM, link_company_account, None, account.id, user)
    return user


def test_a_linked_account_signs_in_its_user_whatever_it_is_called_now(any_store: Store, clock: FixedClock) -> None:
    user = linked(any_store, clock)
    token = sign_in_with_company_account(any_store, claims(clock, name="X", email="x@y.example"), address="203.0.113.7")
    actor = actor_of(any_store, token)
    assert actor is not None
    assert actor.id == user
    with any_store.viewing(SYSTEM) as view:
        assert [(row.name, row.email, row.user) for row in company_accounts(view)] == [("X", "x@y.example", "Fang")]


@pytest.mark.parametrize("other", [{"sub": "7f3b"}, {"iss": "https://evil.example"}, {"sub": "7F3A"}])
def test_another_subject_or_issuer_is_somebody_else(store: Store, clock: FixedClock, other: dict[str, str]) -> None:
    linked(store, clock)
    with pytest.raises(CompanyAccountUnknown):
        sign_in_with_company_account(store, claims(clock, **other))


def test_a_proof_counts_once_and_for_five_minutes(any_store: Store, clock: FixedClock) -> None:
    linked(any_store, clock)
    proof = claims(clock)
    sign_in_with_company_account(any_store, proof)
    before = everything(any_store)
    late = {"iat": int((clock.moment - timedelta(minutes=5)).timestamp())}
    early = {"iat": int((clock.moment + timedelta(minutes=5)).timestamp())}
    for stale in (proof, claims(clock, **late), claims(clock, **early), claims(clock, iat=None), claims(clock, sub="")):
        with pytest.raises(StaleProof):
            sign_in_with_company_account(any_store, stale)
    assert everything(any_store) == before


def test_a_link_that_is_taken_off_ends_the_sign_ins_of_its_user(store: Store, clock: FixedClock) -> None:
    user = linked(store, clock)
    token = sign_in_with_company_account(store, claims(clock))
    with store.viewing(SYSTEM) as view:
        (account,) = company_accounts(view)
    store.run(SYSTEM, unlink_company_account, None, account.id)
    assert actor_of(store, token) is None
    with pytest.raises(CompanyAccountUnknown):
        sign_in_with_company_account(store, claims(clock, nonce="two"))

    store.run(SYSTEM, link_company_account, None, account.id, user)
    store.run(SYSTEM, change_user, None, user, disabled=True)
    with pytest.raises(UserDisabled):
        sign_in_with_company_account(store, claims(clock, nonce="three"))


def test_refused_commands_of_company_accounts_change_not_one_row(any_store: Store, clock: FixedClock) -> None:
    user = linked(any_store, clock)
    with any_store.viewing(SYSTEM) as view:
        (account,) = company_accounts(view)
    any_store.run(SYSTEM, unlink_company_account, None, account.id)
    refused: Calls = [
        (link_company_account, (account.id, 999), {}),
        (link_company_account, (999, user), {}),
        (unlink_company_account, (account.id,), {}),
        (unlink_company_account, (999,), {}),
    ]
    assert_each_refused(any_store, refused)
