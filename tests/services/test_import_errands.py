"""Files checked and booked by a process of its own: who did it, what may go wrong, and what is found afterwards."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from core.accounts.service import add_user, change_user
from core.audit.models import AuditEntry
from core.exchange.errands import (
    SMALL,
    Errand,
    begin_check,
    begin_import,
    begin_look,
    booked,
    checked,
    forget_import,
    head_of,
    import_of,
)
from core.exchange.errors import AmbiguousDates, FileRefused, ImportRunning, ProcessDied
from core.exchange.fields import match_columns
from core.exchange.queries import get_batch
from core.exchange.service import import_orders
from core.exchange.sheet import read_sheet
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.models import User
from core.security.permissions import P, Role
from core.work.store import Store
from tests.services.import_files import HEADER, counts, csv_file, read, row
from tests.soundness import assert_sound

ROWS = (row("1"), row("2", price="x"), row("C3", quantity="-1"))
SMALL_FILE = csv_file(*ROWS)
LARGE = csv_file(*ROWS, *[("",) * len(HEADER)] * (SMALL // len(HEADER)))


def signed_in(store: Store, role: Role = Role.MANAGER) -> Actor:
    """Somebody at a screen."""
    roles = frozenset({role})
    who = {"username": "fang", "name": "Fang", "password": "a mug of green tea", "language": "en"}
    return Actor(store.run(SYSTEM, add_user, None, **who, roles=[role]), "Fang", roles, permissions_of(roles), "en")


def begin(store: Store, actor: Actor, content: bytes = LARGE, key: str = "once") -> Errand:
    columns = match_columns(read_sheet(content, "orders.csv").header)
    return begin_import(store, actor, content, "orders.csv", columns, None, channel="Shop", is_history=True, key=key)


@contextmanager
def held_up(store: Store) -> Iterator[None]:
    """Somebody else writes, so that an import cannot begin to book."""
    with store.working(SYSTEM) as uow:
        uow.session.execute(select(User.id))
        yield


def kill(errand: Errand) -> None:
    assert errand.child is not None
    os.kill(errand.child.pid, signal.SIGKILL)
    assert errand.wait(60)


@pytest.mark.parametrize("content", [SMALL_FILE, LARGE], ids=["at once", "apart"])
def test_a_file_is_looked_into_checked_and_booked_as_who_is_signed_in(any_store: Store, content: bytes) -> None:
    fang = signed_in(any_store)
    sheet = head_of(begin_look(any_store, fang, content, "orders.csv"))
    columns = match_columns(sheet.header)
    wish = {"channel": "Shop", "is_history": True}
    before = counts(any_store)
    receipt, problems = checked(begin_check(any_store, fang, content, "orders.csv", columns, None, **wish))

    assert (sheet.header, sheet.lines) == (list(HEADER), [2, 3, 4])
    assert (receipt["booked"], receipt["refused"]) == (2, 1)
    assert [(each.line, each.column, each.kind) for each in problems] == [(3, "UnitPrice", "not_a_number")]
    assert counts(any_store) == before

    begun = begin_import(any_store, fang, content, "orders.csv", columns, None, **wish, key="once")
    batch_id = booked(any_store, fang, begun)

    with any_store.viewing(SYSTEM) as view:
        batch = get_batch(view, batch_id)
        entry = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "orders.imported")).one()
    assert batch.receipt == receipt
    assert batch.created_by == "Fang"
    assert (entry.actor_id, entry.actor_name, entry.source) == (fang.id, "Fang", "screen")
    assert entry.command == "exchange.import_orders"
    assert begun.progress == (1.0, "Booking order lines")
    assert (begun.child is not None) == (content is LARGE)
    assert_sound(any_store)
    forget_import(any_store, fang)


def test_the_same_key_books_once(store: Store) -> None:
    fang = signed_in(store)
    first = booked(store, fang, begin(store, fang))
    before = counts(store)

    assert booked(store, fang, begin(store, fang, SMALL_FILE)) == first
    assert booked(store, fang, begin(store, fang, csv_file(row("9")))) == first
    assert counts(store) == before


def test_rights_are_those_of_the_moment_and_not_those_that_the_screen_remembers(store: Store) -> None:
    fang = signed_in(store)
    store.run(SYSTEM, change_user, None, fang.id, disabled=True)
    before = counts(store)

    with pytest.raises(FileRefused, match="Your role does not allow this"):
        booked(store, fang, begin(store, fang))
    assert counts(store) == before


def test_a_seller_cannot_import(store: Store) -> None:
    seller = signed_in(store, Role.SALES)
    before = counts(store)

    assert not seller.may(P.ORDER_IMPORT)
    with pytest.raises(FileRefused, match="Your role does not allow this"):
        booked(store, seller, begin(store, seller))
    with pytest.raises(FileRefused, match="Your role does not allow this"):
        head_of(begin_look(store, seller, SMALL_FILE, "orders.csv"))
    assert counts(store) == before


def test_a_process_that_is_killed_leaves_nothing_and_a_sentence_and_importing_again_completes_it(store: Store) -> None:
    fang = signed_in(store)
    before = counts(store)
    with held_up(store):
        errand = begin(store, fang)
        kill(errand)

    with pytest.raises(ProcessDied, match=r"^The work on orders\.csv broke off"):
        booked(store, fang, errand)
    assert counts(store) == before
    assert_sound(store)

    again = booked(store, fang, begin(store, fang))
    with store.viewing(fang) as view:
        assert get_batch(view, again).receipt["booked"] == 2


def test_a_process_that_died_after_its_commit_is_known_to_have_booked(store: Store) -> None:
    fang = signed_in(store)
    batch_id = store.run(fang, import_orders, "once", read(LARGE), channel="Shop", is_history=True)
    with held_up(store):
        errand = begin(store, fang)
        kill(errand)

    assert booked(store, fang, errand) == batch_id


def test_a_user_has_one_import_at_a_time_which_every_tab_finds(store: Store) -> None:
    fang = signed_in(store)
    with held_up(store):
        errand = begin(store, fang)
        forget_import(store, fang)
        assert import_of(store, fang) is errand
        with pytest.raises(ImportRunning, match=r"^Your import of orders\.csv is still running"):
            begin(store, fang, csv_file(row("9")), key="another")

    batch_id = booked(store, fang, errand)
    assert import_of(store, fang) is errand
    forget_import(store, fang)
    assert import_of(store, fang) is None
    with store.viewing(fang) as view:
        assert get_batch(view, batch_id).receipt["booked"] == 2


def test_what_is_wrong_with_a_file_comes_back_as_its_sentence(store: Store) -> None:
    fang = signed_in(store)
    unclear = csv_file(row("1", at="3/4/2024"))
    columns = match_columns(HEADER)

    with pytest.raises(FileRefused, match=r"^orders\.csv is neither text"):
        head_of(begin_look(store, fang, b"\x00\x01\x02", "orders.csv"))
    with pytest.raises(AmbiguousDates, match="3/4/2024"):
        checked(begin_check(store, fang, unclear, "orders.csv", columns, None, channel="Shop", is_history=True))
    receipt, _problems = checked(
        begin_check(store, fang, unclear, "orders.csv", columns, "dmy", channel="Shop", is_history=True)
    )
    assert receipt["booked"] == 1


def test_work_that_is_given_up_ends_its_process(store: Store) -> None:
    fang = signed_in(store)
    with held_up(store):
        errand = begin(store, fang)
        errand.stop()

    assert errand.has_ended
    with pytest.raises(ProcessDied):
        booked(store, fang, errand)
