"""What every use case can rely on: its audit entry, its feed lines, its number, and that it happens once."""

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.customers.models import Channel
from core.security.actor import SYSTEM
from core.security.permissions import P
from core.work.command import command
from core.work.models import Change
from core.work.store import Store
from core.work.unit import Unaudited, UnitOfWork


@command(P.SYSTEM_OPERATE)
def open_channel(uow: UnitOfWork, name: str) -> int:
    channel = uow.add(Channel(name=name))
    uow.audit("channel.opened", channel)
    return channel.id


@command(P.SYSTEM_OPERATE)
def forget_to_record(uow: UnitOfWork) -> None:
    uow.add(Channel(name="silent"))


def test_a_use_case_leaves_its_audit_entry_and_its_line_in_the_feed(any_store: Store) -> None:
    made = any_store.run(SYSTEM, open_channel, None, "Shop")

    with any_store.viewing(SYSTEM) as view:
        entry = view.session.scalars(select(AuditEntry)).one()
        change = view.session.scalars(select(Change)).one()
    assert (entry.tag, entry.subject_type, entry.subject_id) == ("channel.opened", "channel", made)
    assert (change.entity, change.first_id, change.last_id) == ("channel", made, made)


def test_work_that_nobody_recorded_is_not_committed(any_store: Store) -> None:
    with pytest.raises(Unaudited):
        any_store.run(SYSTEM, forget_to_record)

    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(Channel)).all() == []


def test_the_same_key_does_nothing_twice_and_returns_the_same_id(any_store: Store) -> None:
    first = any_store.run(SYSTEM, open_channel, "form-1", "Shop")
    second = any_store.run(SYSTEM, open_channel, "form-1", "Shop")

    assert first == second
    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(Channel.name)).all() == ["Shop"]


def test_numbers_have_no_gaps_and_start_anew_each_year(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        assert uow.number("SO") == "SO-2026-00001"
        assert uow.numbers("SO", 3) == ["SO-2026-00002", "SO-2026-00003", "SO-2026-00004"]
        assert uow.numbers("SO", 1, year=2025) == ["SO-2025-00001"]
    with any_store.working(SYSTEM) as uow:
        assert uow.number("SO") == "SO-2026-00005"
