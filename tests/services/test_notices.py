"""Who hears of what: with its cause, once, in one's own inbox, and only while one may see it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.accounts.roles import change_role, roles
from core.base.clock import FixedClock
from core.care.follow_ups import add_follow_up
from core.care.lists import close_follow_up
from core.care.models import Outcome
from core.jobs.queue import enqueue, fail, take_due
from core.jobs.registry import JOBS, job
from core.jobs.runner import JOB_RUNNER, run_next
from core.jobs.service import retry_job, run_job_now
from core.notify.choices import choose_notice, my_choices, my_profile, set_my_profile
from core.notify.events import BOOKS_DIFFER, COUNT_HANDED_IN, EVENTS, ORDER_HELD
from core.notify.inbox import count_open_notices, mark_read, mark_unread
from core.notify.models import Gathering, Notice, NoticeReceipt
from core.notify.moments import leaves_at
from core.notify.tell import once, settle, tell
from core.notify.words import said
from core.ops import background  # noqa: F401 - declares every job
from core.ops.nightly import record_check
from core.ops.registry import Difference
from core.receivables.models import ApprovalKind
from core.sales.ask import approve_prices, ask_approval, decline_approval
from core.sales.close import cancel_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor
from core.security.models import User
from core.security.permissions import Role
from core.security.sees import Reach
from core.stock.counts.review import resume_count, submit_count
from core.stock.ledger import Line
from core.stock.negative import set_negative_rule
from core.stock.service import receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_customer, a_draft, a_warehouse, goods
from tests.fences.sources import PROJECT, files
from tests.notices import a_person, heard, inbox
from tests.stocktaking import CountedShop


def told(store: Store, key: str = "1", by: Actor = SYSTEM) -> None:
    """A stocktake is handed in, as far as notices go."""
    facts = {"counted_by": "Li", "number": "SC-1", "warehouse": "Main", "count": 3}
    store.run(by, tell, None, COUNT_HANDED_IN, key, facts, query={"id": 7})


def test_who_may_act_hears_of_it_once_and_nobody_else(any_store: Store) -> None:
    fei, may, sam = (
        a_person(any_store, name, role)
        for name, role in (("fei", Role.FINANCE), ("may", Role.MANAGER), ("sam", Role.SALES))
    )
    told(any_store)
    told(any_store)
    told(any_store, "2", by=fei)
    assert heard(any_store, fei) == ["count_handed_in"]
    assert heard(any_store, may) == ["count_handed_in"] * 2
    assert heard(any_store, sam) == []
    row = inbox(any_store, fei)[0]
    words = said(row.event, row.facts, language="en", currency="CNY")
    assert words.sentence == "Li handed in SC-1, Main. Lines counted: 3."
    words = said(row.event, row.facts, language="zh_CN", currency="CNY")
    assert words.sentence == "Li 提交了 SC-1（Main），已盘 3 行。"
    assert (row.event.path, row.query) == ("stock/count", {"id": 7})


def test_who_sees_a_part_of_the_rows_hears_of_what_names_them_alone(any_store: Store) -> None:
    fei = a_person(any_store, "fei", Role.FINANCE)
    with any_store.viewing(SYSTEM) as view:
        (finance,) = (each.id for each in roles(view) if each.code == Role.FINANCE)
    any_store.run(SYSTEM, change_role, None, finance, warehouses=Reach.OWN)
    told(any_store)
    facts = {"counted_by": "Li", "number": "SC-2", "warehouse": "Main", "count": 1}
    any_store.run(SYSTEM, tell, None, COUNT_HANDED_IN, "2", facts, to=[fei.id])
    assert [row.facts["number"] for row in inbox(any_store, fei)] == ["SC-2"]


def test_a_notice_is_told_with_its_cause_or_not_at_all(any_store: Store) -> None:
    def told_and_lost() -> None:
        with any_store.working(SYSTEM) as uow:
            tell(uow, BOOKS_DIFFER, "x", {"count": 1, "first": "x"})
            raise KeyError

    fei = a_person(any_store, "fei", Role.ADMINISTRATOR)
    with pytest.raises(KeyError):
        told_and_lost()
    assert heard(any_store, fei) == []


def test_reading_and_settling_take_notices_off_the_badge(store: Store) -> None:
    fei, may = a_person(store, "fei", Role.FINANCE), a_person(store, "may", Role.MANAGER)
    told(store, "1.a")
    told(store, "1.b")
    told(store, "10.a")

    def badge(actor: Actor) -> int:
        with store.viewing(actor) as view:
            return count_open_notices(view)

    first = inbox(store, fei)[-1].id
    store.run(may, mark_read, None, [first])
    assert badge(fei) == 3
    store.run(fei, mark_read, None, [first])
    assert (badge(fei), badge(may)) == (2, 3)
    store.run(fei, mark_unread, None, [first])
    assert badge(fei) == 3
    store.run(SYSTEM, settle, None, COUNT_HANDED_IN, 1)
    assert (badge(fei), badge(may)) == (1, 1)
    assert len(heard(store, fei, only_open=False)) == 3
    store.run(fei, mark_read)
    assert (badge(fei), badge(may)) == (0, 1)


def test_what_somebody_may_no_longer_see_leaves_the_inbox_and_a_disabled_user_hears_nothing(store: Store) -> None:
    fei, may = a_person(store, "fei", Role.FINANCE), a_person(store, "may", Role.MANAGER)
    told(store)
    demoted = a_person(store, "x", Role.SALES)
    assert heard(store, Actor(fei.id, "Fei", demoted.roles, demoted.permissions)) == []
    with store.working(SYSTEM) as uow:
        uow.session.get_one(User, may.id).disabled_at = uow.now
        uow.audit("test.lived", None)
    told(store, "2")
    with store.viewing(SYSTEM) as view:
        of_may = select(func.count()).where(NoticeReceipt.user_id == may.id)
        assert view.session.scalar(of_may) == 1


def test_a_muted_kind_is_not_heard_of_any_more(store: Store) -> None:
    fei = a_person(store, "fei", Role.FINANCE)
    store.run(fei, choose_notice, None, "count_handed_in", in_app=False, by_mail=False)
    told(store)
    assert heard(store, fei) == []
    with store.viewing(fei) as view:
        rows = {row.event.name: (row.in_app, row.by_mail) for row in my_choices(view)}
        profile = my_profile(view)
    assert rows["count_handed_in"] == (False, False)
    assert rows["statement_disputed"] == (True, True)
    assert "job_failed" not in rows
    assert (profile.email, profile.mails_leave) == ("", False)
    rests = {"gathering": Gathering.DAILY, "quiet_from": 1320, "quiet_until": 420}
    store.run(fei, set_my_profile, None, email=" fei@example.com ", **rests)
    with store.viewing(fei) as view:
        profile = my_profile(view)
    assert (profile.email, profile.quiet_from, profile.quiet_until) == ("fei@example.com", 1320, 420)


@pytest.mark.parametrize(
    ("gathering", "quiet", "at", "leaves"),
    [
        (Gathering.AT_ONCE, (None, None), (12, 0), (18, 12, 0)),
        (Gathering.AT_ONCE, (22 * 60, 7 * 60), (21, 59), (18, 21, 59)),
        (Gathering.AT_ONCE, (22 * 60, 7 * 60), (22, 0), (19, 7, 0)),
        (Gathering.AT_ONCE, (22 * 60, 7 * 60), (6, 59), (18, 7, 0)),
        (Gathering.AT_ONCE, (12 * 60, 13 * 60 + 30), (12, 10), (18, 13, 30)),
        (Gathering.HOURLY, (None, None), (12, 10), (18, 13, 0)),
        (Gathering.HOURLY, (22 * 60, 7 * 60), (21, 30), (19, 7, 0)),
        (Gathering.DAILY, (None, None), (8, 29), (18, 8, 30)),
        (Gathering.DAILY, (None, None), (8, 30), (19, 8, 30)),
    ],
)
def test_notices_leave_by_the_companys_clock(
    gathering: Gathering, quiet: tuple[int | None, int | None], at: tuple[int, int], leaves: tuple[int, int, int]
) -> None:
    def shanghai(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)

    assert leaves_at(shanghai(18, *at), "Asia/Shanghai", gathering, *quiet) == shanghai(*leaves)


def test_the_hours_of_a_clock_change_do_not_confuse_quiet_hours() -> None:
    # In Berlin 02:00 to 03:00 does not exist on 29 March 2026; 23:30 UTC is half past midnight there.
    moment = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert leaves_at(moment, "Europe/Berlin", Gathering.AT_ONCE, 0, 360) == datetime(2026, 3, 29, 4, tzinfo=UTC)


def test_an_order_tells_who_answers_and_then_who_asked(store: Store) -> None:
    may, sam, fei = (
        a_person(store, name, role)
        for name, role in (("may", Role.MANAGER), ("sam", Role.SALES), ("fei", Role.FINANCE))
    )
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10, lowest_price=Decimal(8))
        orders = [a_draft(uow, house, [(mug, 1)]) for _ in range(3)]

    def asked(order: int) -> int:
        with store.viewing(sam) as view:
            line = order_card(view, order).sold[0].id
        kind = ApprovalKind.PRICE
        return store.run(sam, ask_approval, None, order, kind=kind, reason="Old friend", prices={line: Decimal(7)})

    first = asked(orders[0])
    assert (heard(store, may), heard(store, fei), heard(store, sam)) == (["price_asked"], [], [])
    row = inbox(store, may)[0]
    assert (row.query, row.amount) == ({"id": orders[0]}, Decimal(10))
    store.run(may, approve_prices, None, first)
    assert (heard(store, may), heard(store, sam)) == ([], ["request_answered"])
    store.run(may, decline_approval, None, asked(orders[1]), reason="Too low")
    assert "Too low" in inbox(store, sam)[0].facts["answer"]
    asked(orders[2])
    assert heard(store, may) == ["price_asked"]
    store.run(sam, cancel_order, None, orders[2], reason="Not wanted")
    assert heard(store, may) == []
    store.run(SYSTEM, confirm_order, None, orders[1])
    store.run(SYSTEM, hold_order, None, orders[1], reason="Owes too much")
    assert heard(store, sam)[0] == "request_answered"


def test_an_order_on_hold_is_heard_of_by_its_seller_until_it_goes_on(store: Store) -> None:
    sam = a_person(store, "sam", Role.SALES)
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10)
    with store.working(sam) as uow:
        order = a_draft(uow, house, [(mug, 1)])
    store.run(SYSTEM, confirm_order, None, order)
    store.run(SYSTEM, hold_order, None, order, reason="Owes too much")
    assert [row.facts["reason"] for row in inbox(store, sam)] == ["Owes too much"]
    assert [row.event for row in inbox(store, sam)] == [ORDER_HELD]
    store.run(SYSTEM, resume_order, None, order)
    assert heard(store, sam) == []


def test_a_stocktake_waits_in_the_inbox_until_it_is_counted_on(store: Store, clock: FixedClock) -> None:
    fei = a_person(store, "fei", Role.FINANCE)
    shop = CountedShop(store, clock)
    count = shop.plan()
    shop.count(count, mug=1)
    shop.run(shop.wei, submit_count, count)
    assert heard(store, fei) == ["count_handed_in"]
    shop.run(shop.wei, resume_count, count)
    assert heard(store, fei) == []
    shop.post(count)
    assert heard(store, fei) == []
    assert len(heard(store, fei, only_open=False)) == 2


def test_stock_below_nothing_is_told_once_until_goods_come(any_store: Store, clock: FixedClock) -> None:
    wang = a_person(any_store, "wang", Role.WAREHOUSE)
    any_store.run(SYSTEM, set_negative_rule, None, allowed=True)
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 2, sku="MUG")
        order = a_draft(uow, house, [(mug, 5)])
    any_store.run(SYSTEM, confirm_order, None, order)
    any_store.run(SYSTEM, ship_order, None, order)

    def looked() -> list[str]:
        any_store.run(SYSTEM, run_job_now, None, "stock.tell_below_nothing")
        assert run_next(any_store)
        return heard(any_store, wang)

    assert (looked(), looked()) == (["stock_below_nothing"], ["stock_below_nothing"])
    row = inbox(any_store, wang)[0]
    assert said(row.event, row.facts, language="en", currency="CNY").sentence.startswith("MUG Mug: -3 on hand in")
    any_store.run(SYSTEM, receive_goods, None, warehouse_id=house, lines=[Line(mug.id, Decimal(10))])
    clock.moment += timedelta(minutes=10)
    assert looked() == []


def test_a_call_is_told_on_its_day_to_who_makes_it_and_settled_when_made(store: Store, clock: FixedClock) -> None:
    sam = a_person(store, "sam", Role.SALES)
    with store.working(SYSTEM) as uow:
        customer = a_customer(uow).id
    task = store.run(
        SYSTEM, add_follow_up, None, customer, subject="New tea", due_on=date(2026, 3, 19), owner_id=sam.id
    )

    def morning() -> list[str]:
        store.run(SYSTEM, run_job_now, None, "care.tell_due")
        assert run_next(store)
        return heard(store, sam)

    assert morning() == []
    clock.moment += timedelta(days=1)
    assert morning() == ["follow_up_due"]
    assert inbox(store, sam)[0].due_on == date(2026, 3, 19)
    assert morning() == ["follow_up_due"]
    store.run(sam, close_follow_up, None, task, outcome=Outcome.LATER)
    assert morning() == []


def test_operators_hear_of_books_that_differ_until_they_are_right(store: Store, clock: FixedClock) -> None:
    ada = a_person(store, "ada", Role.ADMINISTRATOR)
    off = Difference("stock_levels", "stock_level", 7, "on_hand", Decimal(6), Decimal(5))
    store.run(SYSTEM, record_check, None, [off, off], seconds=1)
    (row,) = inbox(store, ada)
    words = said(row.event, row.facts, language="en", currency="CNY").sentence
    assert words == "Figures that are not what their documents add up to: 2. First: stock_level 7 on_hand"
    clock.moment += timedelta(days=1)
    store.run(SYSTEM, record_check, None, [], seconds=1)
    assert heard(store, ada) == []


def test_operators_hear_of_a_job_that_failed_for_good_until_it_is_tried_again(store: Store) -> None:
    @job("test.bad", "Never works", retries=0)
    def bad(uow: UnitOfWork) -> None:
        raise ValueError("not today")

    ada = a_person(store, "ada", Role.ADMINISTRATOR)
    try:
        with store.working(SYSTEM) as uow:
            enqueue(uow, "test.bad")
        taken = store.run(JOB_RUNNER, take_due)
        assert taken is not None
        store.run(JOB_RUNNER, fail, None, taken[0], "ValueError: not today")
        assert [row.facts["error"] for row in inbox(store, ada)] == ["ValueError: not today"]
        store.run(ada, retry_job, None, taken[0])
        assert heard(store, ada) == []
    finally:
        del JOBS["test.bad"]


def test_old_notices_are_forgotten(store: Store, clock: FixedClock) -> None:
    fei = a_person(store, "fei", Role.FINANCE)
    told(store, "old")
    clock.moment += timedelta(days=89)
    told(store, "new")
    clock.moment += timedelta(days=2)
    store.run(SYSTEM, run_job_now, None, "notify.forget_old")
    while run_next(store):
        pass
    assert len(heard(store, fei)) == 1
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(Notice.key)).all() == ["count_handed_in:new"]


def test_a_key_for_what_may_happen_again_is_of_its_subject_and_moment(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        assert once(uow, 7) == "7.20260318040000000000"


def test_every_event_is_told_by_something() -> None:
    told_of = "".join(
        file.read_text(encoding="utf-8") for file in files("core") if file.parent != PROJECT / "core" / "notify"
    )
    declared: Callable[[str], bool] = lambda name: name.upper() not in told_of  # noqa: E731
    assert [name for name in EVENTS if declared(name)] == ["message_failed"]
