"""What belongs to one person is out of reach of everybody else, whatever number they name."""

import inspect

import pytest

from core.accounts.preferences import drop_look, keep_look, own_looks, rename_look
from core.accounts.service import end_own_session
from core.accounts.sessions import actor_of, sign_in
from core.base.errors import AppError
from core.security.permissions import P, Role
from core.work.command import COMMANDS
from core.work.store import Store
from tests.fences.permissions import matrix
from tests.pages.app import PASSWORD, a_user
from tests.traces import everything

# Photos belong to what they show, and every command of them asks for the right to that.
NOT_OF_ONE_PERSON = {"attachments.put_photo_back", "attachments.remove_photo", "attachments.attach_photos"}
TRIED_HERE = {"accounts.end_own_session", "accounts.drop_look", "accounts.rename_look"}
# The number in it is that of an attempt which was opened a moment ago for the very same person.
OF_THE_SIGN_IN = {"accounts.prove_sign_in"}


def test_nobody_touches_what_is_anothers_by_naming_its_number(any_store: Store) -> None:
    for name in ("fang", "li"):
        a_user(any_store, Role.MANAGER, username=name)
    fang, li = (actor_of(any_store, sign_in(any_store, name, PASSWORD)) for name in ("fang", "li"))
    assert fang is not None
    assert li is not None
    any_store.run(fang, keep_look, None, "sales", "Mine", {"since": ["2026-01-01"]})
    with any_store.viewing(fang) as view:
        (look,) = own_looks(view)
    with any_store.viewing(li) as view:
        assert own_looks(view) == []
    before = everything(any_store)
    for command, places in (
        (end_own_session, (fang.sign_in_id,)),
        (drop_look, (look.id,)),
        (rename_look, (look.id, "Yours")),
    ):
        with pytest.raises(AppError):
            any_store.run(li, command, None, *places)
    assert everything(any_store) == before


def test_every_command_on_own_things_that_takes_a_number_is_tried() -> None:
    matrix()
    taking = {
        name
        for name, each in COMMANDS.items()
        if each.permission is P.ACCOUNT_OWN
        and any(word.endswith("_id") for word in inspect.signature(each.function).parameters)
    }
    assert taking - NOT_OF_ONE_PERSON - OF_THE_SIGN_IN == TRIED_HERE
