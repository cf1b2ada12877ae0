"""Grades that a person accepts, lists that stay as they were kept, and calls that somebody makes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.care.errors import NothingHandedOver, NotYours
from core.care.follow_ups import add_follow_up
from core.care.grades import GradeEntry, answer_proposals, propose_grades, remove_grade, save_grade
from core.care.lists import (
    MemberEntry,
    archive_list,
    close_follow_up,
    hand_over,
    keep_list,
    reopen_follow_up,
    restore_list,
    take_back,
)
from core.care.models import FollowUpState, Outcome
from core.care.queries import (
    calls_by_day,
    customer_lists,
    follow_ups,
    grade_of,
    grades,
    list_members,
    my_follow_ups,
    proposals,
)
from core.care.rules import Measured
from core.customers.queries import customer_card
from core.receivables.models import CustomerAccount
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.models import User
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

TODAY = date(2026, 3, 18)


def a_user(store: Store, name: str) -> Actor:
    with store.working(SYSTEM) as uow:
        made = uow.add(
            User(username=name, name=name.title(), password_hash="", created_at=uow.now, password_changed_at=uow.now)
        ).id
        uow.audit("test.lived", None)
    roles = frozenset({Role.SERVICE})
    return Actor(made, name.title(), roles, permissions_of(roles))


def customers(store: Store, count: int, owner_id: int | None = None) -> list[int]:
    with store.working(SYSTEM) as uow:
        return [a_customer(uow, f"Customer {n}", owner_id=owner_id).id for n in range(count)]


def test_a_grade_is_proposed_with_its_figures_accepted_by_a_person_and_brings_its_tag_and_credit(
    any_store: Store,
) -> None:
    big, small = customers(any_store, 2)
    gold = GradeEntry(
        "Gold",
        1,
        least_net=Decimal(1000),
        tag="Gold",
        credit_limit=Decimal(5000),
        grace_days=10,
        least_potential=Decimal(8000),
        service="Same day",
    )
    best = any_store.run(SYSTEM, save_grade, None, gold)
    rest = any_store.run(SYSTEM, save_grade, None, GradeEntry("Plain", 2, tag="Plain"))
    measured = [
        Measured(big, Decimal(1500), 9, "champion", Decimal("0.31"), Decimal("12.5"), Decimal(9000)),
        Measured(small, Decimal(20), 1),
    ]
    assert any_store.run(SYSTEM, propose_grades, None, measured) == 2
    assert any_store.run(SYSTEM, propose_grades, None, measured) == 2
    with any_store.viewing(SYSTEM) as view:
        first, second = proposals(view)
        assert (first.customer_id, first.from_grade, first.to_grade, first.is_better) == (big, "", "Gold", True)
        assert first.figures == {
            "net": "1500",
            "orders": 9,
            "segment": "champion",
            "margin": "0.31",
            "payment_days": "12.5",
            "potential": "9000",
        }
        assert grade_of(view, big) is None
    any_store.run(SYSTEM, answer_proposals, None, [first.id], accept=True)
    any_store.run(SYSTEM, answer_proposals, None, [second.id], accept=False, answer="Too new")
    with any_store.viewing(SYSTEM) as view:
        assert grade_of(view, big) == ("Gold", TODAY)
        assert grade_of(view, small) is None
        assert customer_card(view, big).tags == ("Gold",)
        assert view.session.get_one(CustomerAccount, big).credit_limit == 5000
        assert [(row.name, row.customers) for row in grades(view)] == [("Gold", 1), ("Plain", 0)]
        assert [(row.least_potential, row.service) for row in grades(view)] == [(Decimal(8000), "Same day"), (None, "")]
        assert proposals(view) == []
    assert best != rest


def test_a_lower_grade_waits_for_its_days_of_grace_and_swaps_the_tag(any_store: Store, clock: FixedClock) -> None:
    (one,) = customers(any_store, 1)
    any_store.run(SYSTEM, save_grade, None, GradeEntry("Gold", 1, least_net=Decimal(10), tag="Gold", grace_days=10))
    any_store.run(SYSTEM, save_grade, None, GradeEntry("Plain", 2, tag="Plain"))

    def propose(net: int) -> list[str]:
        any_store.run(SYSTEM, propose_grades, None, [Measured(one, Decimal(net), 1)])
        with any_store.viewing(SYSTEM) as view:
            rows = proposals(view)
        return [f"{row.from_grade}>{row.to_grade}" for row in rows]

    assert propose(10) == [">Gold"]
    with any_store.viewing(SYSTEM) as view:
        ids = [row.id for row in proposals(view)]
    any_store.run(SYSTEM, answer_proposals, None, ids, accept=True)
    assert propose(9) == []
    clock.moment += timedelta(days=9)
    assert propose(9) == []
    clock.moment += timedelta(days=1)
    assert propose(9) == ["Gold>Plain"]
    assert propose(12) == []
    assert propose(9) == []
    clock.moment += timedelta(days=10)
    assert propose(9) == ["Gold>Plain"]
    with any_store.viewing(SYSTEM) as view:
        ids = [row.id for row in proposals(view)]
    any_store.run(SYSTEM, answer_proposals, None, ids, accept=True)
    with any_store.viewing(SYSTEM) as view:
        assert customer_card(view, one).tags == ("Plain",)


def test_a_list_is_handed_over_called_and_undone(any_store: Store) -> None:
    ann, bo = a_user(any_store, "ann"), a_user(any_store, "bo")
    own = customers(any_store, 2, ann.id)
    kept = any_store.run(
        SYSTEM,
        keep_list,
        None,
        "Quiet in March",
        [MemberEntry(own[0], Decimal(10)), MemberEntry(own[1], Decimal(30))],
        rule="segment",
        facts={"segment": "keep"},
    )
    assert kept is not None
    due = TODAY + timedelta(days=2)
    assert any_store.run(SYSTEM, hand_over, None, kept, subject="Call", due_on=due) == 2
    with any_store.viewing(ann) as view:
        rows = my_follow_ups(view)
    assert [(row.customer_id, row.owner, row.due_on, row.list_name) for row in rows] == [
        (own[1], "Ann", due, "Quiet in March"),
        (own[0], "Ann", due, "Quiet in March"),
    ]
    with any_store.viewing(bo) as view:
        assert my_follow_ups(view) == follow_ups(view) == []
    with pytest.raises(NotYours):
        any_store.run(bo, close_follow_up, None, rows[0].id, outcome=Outcome.ORDERED)
    any_store.run(ann, close_follow_up, None, rows[0].id, outcome=Outcome.ORDERED, note="Ten boxes")
    with any_store.viewing(SYSTEM) as view:
        (row,) = customer_lists(view)
        assert (row.members, row.amount, row.open_tasks, row.done_tasks, row.ordered) == (2, Decimal(40), 1, 1, 1)
        assert [(each.customer_id, each.state, each.outcome) for each in list_members(view, kept)] == [
            (own[1], FollowUpState.DONE, Outcome.ORDERED),
            (own[0], FollowUpState.OPEN, None),
        ]
        assert calls_by_day(view, TODAY, TODAY + timedelta(days=1)) == {ann.id: {TODAY: Decimal(1)}}
        assert calls_by_day(view, TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == {}
    any_store.run(ann, reopen_follow_up, None, rows[0].id)
    assert any_store.run(SYSTEM, take_back, None, kept) == 2
    with pytest.raises(NothingHandedOver):
        any_store.run(SYSTEM, take_back, None, kept)
    assert any_store.run(SYSTEM, hand_over, None, kept, subject="Again", due_on=due, owner_id=bo.id) == 2
    any_store.run(SYSTEM, archive_list, None, kept)
    with any_store.viewing(SYSTEM) as view:
        assert customer_lists(view) == []
        assert len(customer_lists(view, with_archived=True)) == 1
    any_store.run(SYSTEM, restore_list, None, kept)


def test_care_refuses_what_cannot_be_and_changes_nothing(any_store: Store) -> None:
    ann = a_user(any_store, "ann")
    owned, orphan = customers(any_store, 1, ann.id)[0], customers(any_store, 1)[0]
    gold = any_store.run(SYSTEM, save_grade, None, GradeEntry("Gold", 1, least_net=Decimal(1)))
    assert gold is not None
    any_store.run(SYSTEM, propose_grades, None, [Measured(owned, Decimal(5), 1)])
    with any_store.viewing(SYSTEM) as view:
        answered = proposals(view)[0].id
    any_store.run(SYSTEM, answer_proposals, None, [answered], accept=True)
    kept = any_store.run(SYSTEM, keep_list, None, "Both", [MemberEntry(owned), MemberEntry(orphan)], rule="all")
    mine = any_store.run(SYSTEM, keep_list, None, "Mine", [MemberEntry(owned)], rule="all")
    assert kept is not None
    any_store.run(SYSTEM, hand_over, None, mine, subject="Call", due_on=TODAY)
    with any_store.viewing(ann) as view:
        task = my_follow_ups(view)[0].id
    calls: Calls = [
        (save_grade, (GradeEntry("", 2),), {}),
        (save_grade, (GradeEntry("Red", 3, least_potential=Decimal(-1)),), {}),
        (save_grade, (GradeEntry("Red", 3, service="x" * 81),), {}),
        (save_grade, (GradeEntry("Gold", 2),), {}),
        (save_grade, (GradeEntry("Silver", 1),), {}),
        (save_grade, (GradeEntry("Silver", 0),), {}),
        (save_grade, (GradeEntry("Silver", 2, least_net=Decimal("0.001")),), {}),
        (save_grade, (GradeEntry("Silver", 2, least_margin=Decimal(2)),), {}),
        (save_grade, (GradeEntry("Silver", 2, grace_days=-1),), {}),
        (save_grade, (GradeEntry("Gold", 1),), {"grade_id": gold, "version": 9}),
        (save_grade, (GradeEntry("None", 9),), {"grade_id": 999, "version": 1}),
        (remove_grade, (gold,), {}),
        (remove_grade, (999,), {}),
        (answer_proposals, ([answered],), {"accept": True}),
        (answer_proposals, ([],), {"accept": True}),
        (keep_list, ("", [MemberEntry(owned)]), {"rule": "all"}),
        (keep_list, ("Empty", []), {"rule": "all"}),
        (keep_list, ("Unknown", [MemberEntry(999)]), {"rule": "all"}),
        (archive_list, (999,), {}),
        (restore_list, (999,), {}),
        (hand_over, (kept,), {"subject": "", "due_on": TODAY}),
        (hand_over, (kept,), {"subject": "Call", "due_on": TODAY - timedelta(days=1)}),
        (hand_over, (kept,), {"subject": "Call", "due_on": TODAY}),
        (hand_over, (kept,), {"subject": "Call", "due_on": TODAY, "owner_id": 999}),
        (hand_over, (mine,), {"subject": "Call", "due_on": TODAY}),
        (take_back, (kept,), {}),
        (add_follow_up, (owned,), {"subject": "Call", "due_on": TODAY}),
        (close_follow_up, (999,), {"outcome": Outcome.LATER}),
        (reopen_follow_up, (task,), {}),
    ]
    assert_each_refused(any_store, calls)
    assert_none_forgotten(calls, "core.care", but={propose_grades})


def test_a_grade_nobody_has_is_removed_with_its_proposals(any_store: Store) -> None:
    (one,) = customers(any_store, 1)
    gold = any_store.run(SYSTEM, save_grade, None, GradeEntry("Gold", 1))
    any_store.run(SYSTEM, propose_grades, None, [Measured(one, Decimal(5), 1)])
    any_store.run(SYSTEM, remove_grade, None, gold)
    with any_store.viewing(SYSTEM) as view:
        assert grades(view) == []
        assert proposals(view) == []
