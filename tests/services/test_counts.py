"""Stocktakes: counting while goods move, posting, taking back; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import AppError, InvalidInput, Refusals
from core.base.flow import IllegalStep
from core.catalog.models import ProductKind
from core.jobs.runner import JOB_RUNNER
from core.sales.confirm import confirm_order
from core.security.actor import SYSTEM, NotAllowed
from core.stock.costs.errors import InTheFuture
from core.stock.costs.periods import close_period
from core.stock.costs.queries import stock_costs
from core.stock.counts.accuracy import late_lines, variance_history
from core.stock.counts.enter import add_to_counts, enter_counts
from core.stock.counts.errors import (
    AlreadyBeingCounted,
    BeforeTheCount,
    CountedByAnother,
    MovedMeanwhile,
    NothingCounted,
    NothingLate,
    NothingToCount,
    NotInCount,
    OverTolerance,
    RecountMissing,
    SamePersonAgain,
    SecondCountMissing,
    StockFrozen,
)
from core.stock.counts.models import AbcClass, CountScope, CountState, DifferenceReason, StockCount
from core.stock.counts.plan import cancel_count, cancel_overdue_counts, plan_count
from core.stock.counts.posting import post_count, refit_count, reverse_count
from core.stock.counts.queries import Only, my_counts, sheet_lines, stock_count_card, stock_count_lines, stock_counts
from core.stock.counts.review import accept_differences, ask_recount, resume_count, submit_count
from core.stock.counts.rules import Tolerance
from core.stock.errors import NotEnoughStock, NotEnoughThen
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import adjust_stock, edit_warehouse, reverse_document
from core.work.store import Store
from tests.builders import a_draft, a_product, a_warehouse, goods
from tests.soundness import assert_sound
from tests.stocktaking import LIMITLESS, CountedShop, d
from tests.traces import everything, refusal_of

TIGHT = {letter: Tolerance(d("0.1"), d(200)) for letter in AbcClass}


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> CountedShop:
    """One mug at 100, 2.5 of tea at 70."""
    return CountedShop(any_store, clock)


def refused(shop: CountedShop, refusal: type[AppError], actor, command, *args, **kwargs) -> AppError:
    """What the command is refused with; nothing at all has changed."""
    return refusal_of(shop.store, refusal, shop.run, actor, command, *args, **kwargs)


def test_goods_that_move_while_they_are_counted_leave_no_difference(shop: CountedShop) -> None:
    count = shop.plan(is_blind=False)
    assert {sku: row.expected for sku, row in shop.lines(count).items()} == {"MUG": 1, "TEA": d("2.5")}
    shop.count(count, mug=3)
    shop.receive("mug", "1", "100")
    shop.receive("tea", "1.3", "70")
    shop.count(count, shop.lin, tea="3.8")

    assert {sku: (row.expected, row.difference) for sku, row in shop.lines(count).items()} == {
        "MUG": (1, 2),
        "TEA": (d("3.8"), 0),
    }
    shop.post(count)
    assert shop.on_hand() == {"MUG": 4, "TEA": d("3.8")}
    with shop.store.viewing(SYSTEM) as view:
        moves = view.session.execute(
            select(StockMove.variant_id, StockMove.quantity).where(StockMove.origin_type == "stock_count")
        ).all()
    assert [tuple(move) for move in moves] == [(shop.mug, 2)]
    assert_sound(shop.store)


def test_a_count_after_the_goods_came_expects_them_too(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=3)
    shop.receive("mug", "1", "100")
    shop.count(count, mug=3)
    assert shop.lines(count)["MUG"].moved == 1
    shop.post(count)
    assert shop.on_hand()["MUG"] == 3


def test_a_count_of_zero_takes_all_and_the_next_stocktake_is_empty(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=0, tea=0)
    shop.post(count)
    assert shop.on_hand() == {"MUG": 0, "TEA": 0}
    refused(shop, NothingToCount, shop.mei, plan_count, warehouse_id=shop.house)
    with shop.store.viewing(SYSTEM) as view:
        assert [row for row in stock_costs(view) if row.amount] == []


def test_what_nobody_counted_stays_and_a_count_below_zero_is_refused(shop: CountedShop) -> None:
    count = shop.plan()
    refused(shop, InvalidInput, shop.wei, enter_counts, count, {shop.mug: d(-1)})
    refused(shop, InvalidInput, shop.wei, enter_counts, count, {shop.mug: d("0.0001")})
    refused(shop, NothingCounted, shop.wei, submit_count, count)
    shop.count(count, mug=5, tea=7)
    shop.count(count, tea=None)
    shop.post(count)
    assert shop.on_hand() == {"MUG": 5, "TEA": d("2.5")}
    assert_sound(shop.store)


def test_found_goods_come_in_at_the_average_and_a_reversal_takes_them_back(shop: CountedShop) -> None:
    shop.receive("mug", "3", "200")
    count = shop.plan()
    shop.count(count, mug=6, tea=1)
    shop.post(count)

    def worth() -> dict[str, tuple]:
        with shop.store.viewing(SYSTEM) as view:
            return {row.sku: (row.quantity, row.amount) for row in stock_costs(view)}

    assert worth() == {"MUG": (6, d(1050)), "TEA": (1, d(70))}
    shop.run(shop.mei, reverse_count, count, reason="Wrong shelf")
    assert worth() == {"MUG": (4, d(700)), "TEA": (d("2.5"), d(175))}
    refused(shop, IllegalStep, shop.mei, reverse_count, count, reason="Again")
    assert_sound(shop.store)


def test_a_reversal_of_found_goods_that_are_gone_is_refused(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=100)
    shop.post(count)
    shop.issue("mug", "100")
    refused(shop, NotEnoughStock, shop.mei, reverse_count, count, reason="Cancelled")


def test_promised_goods_cannot_be_counted_away_and_every_short_line_is_named(shop: CountedShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        cups = goods(uow, shop.house, 4, sku="CUP", name="Cup")
        pots = goods(uow, shop.house, 4, sku="POT", name="Pot")
        confirm_order(uow, a_draft(uow, shop.house, [(cups, 3), (pots, 4)]))
    shop.cup, shop.pot = cups.id, pots.id
    count = shop.plan()
    shop.count(count, cup=2, pot=3, mug=1)
    shop.run(shop.wei, submit_count, count)
    refusal = refused(shop, Refusals, shop.mei, post_count, count)
    assert [(type(each), each.facts["sku"], each.facts["available"]) for each in refusal.problems] == [
        (NotEnoughStock, "CUP", 1),
        (NotEnoughStock, "POT", 0),
    ]


def test_goods_counted_missing_at_a_moment_from_which_all_was_sold_are_refused(shop: CountedShop) -> None:
    shop.receive("mug", "9")
    count = shop.plan()
    shop.count(count, mug=8)
    shop.issue("mug", "10")
    shop.receive("mug", "5")
    shop.run(shop.wei, submit_count, count)
    refused(shop, NotEnoughThen, shop.mei, post_count, count)


def test_over_the_tolerance_a_difference_needs_a_recount_or_a_reason(shop: CountedShop) -> None:
    count = shop.plan(tolerances=TIGHT, is_blind=False)
    shop.count(count, mug=2, tea=5)
    rows = shop.lines(count)
    assert [(rows[sku].difference, rows[sku].amount, rows[sku].of_tolerance) for sku in ("MUG", "TEA")] == [
        (1, 100, 10),
        (d("2.5"), 175, 10),
    ]
    shop.run(shop.wei, submit_count, count)
    refusal = refused(shop, Refusals, shop.mei, post_count, count)
    assert [type(each) for each in refusal.problems] == [OverTolerance, OverTolerance]
    shop.run(shop.mei, accept_differences, count, [rows["MUG"].id], reason=DifferenceReason.MIXED_UP)
    refused(shop, OverTolerance, shop.mei, post_count, count)

    shop.run(shop.mei, ask_recount, count, [rows["TEA"].id])
    shop.run(shop.wei, submit_count, count)
    refused(shop, RecountMissing, shop.mei, post_count, count)
    shop.run(shop.wei, resume_count, count)
    refused(shop, SamePersonAgain, shop.wei, enter_counts, count, {shop.tea: d(5)})
    shop.issue("tea", "1")
    shop.count(count, shop.lin, tea=4)
    shop.post(count)
    assert shop.on_hand() == {"MUG": 2, "TEA": 4}
    with shop.store.viewing(shop.mei) as view:
        (found,) = variance_history(view, shop.mug)
    assert (found.expected, found.counted, found.reason) == (1, 2, DifferenceReason.MIXED_UP)


def test_a_recount_that_finds_something_else_is_not_confirmed(shop: CountedShop) -> None:
    count = shop.plan(tolerances=TIGHT)
    shop.count(count, mug=2)
    shop.run(shop.mei, ask_recount, count)
    shop.count(count, shop.lin, mug=3)
    shop.run(shop.wei, submit_count, count)
    refused(shop, OverTolerance, shop.mei, post_count, count)


def test_where_every_line_is_counted_twice_one_count_is_not_enough(shop: CountedShop) -> None:
    count = shop.plan(is_double=True)
    shop.count(count, mug=1)
    shop.run(shop.wei, submit_count, count)
    refused(shop, SecondCountMissing, shop.mei, post_count, count)
    shop.run(shop.mei, ask_recount, count)
    shop.count(count, shop.lin, mug=1)
    shop.post(count)
    assert shop.on_hand()["MUG"] == 1


def test_in_one_round_a_line_belongs_to_who_counted_it(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=1)
    refused(shop, CountedByAnother, shop.lin, enter_counts, count, {shop.mug: d(2)})
    refused(shop, CountedByAnother, shop.lin, add_to_counts, count, [Line(shop.mug, d(1))])
    shop.count(count, shop.lin, tea=2)
    with shop.store.viewing(shop.lin) as view:
        assert [(row.sku, row.counted) for row in my_counts(view, count)] == [("TEA", 2)]
        assert sheet_lines(view, count) == []


def test_scans_add_up_until_goods_move(shop: CountedShop) -> None:
    count = shop.plan()
    for _ in range(3):
        shop.run(shop.wei, add_to_counts, count, [Line(shop.mug, d(1)), Line(shop.mug, d(2))])
    assert shop.lines(count)["MUG"].counted == 9
    shop.receive("mug", "1")
    refused(shop, MovedMeanwhile, shop.wei, add_to_counts, count, [Line(shop.mug, d(1))])


def test_a_sheet_counted_earlier_is_held_against_that_moment(shop: CountedShop) -> None:
    count = shop.plan()
    shop.tick(hours=1)
    then = shop.clock.moment
    shop.receive("mug", "7")
    shop.run(shop.wei, enter_counts, count, {shop.mug: d(1)}, at=then)
    assert shop.lines(count)["MUG"].difference == 0
    refused(shop, BeforeTheCount, shop.wei, enter_counts, count, {shop.mug: d(1)}, at=then - timedelta(hours=2))
    refused(shop, InTheFuture, shop.wei, enter_counts, count, {shop.mug: d(1)}, at=then + timedelta(days=1))


def test_who_counts_blind_is_sent_nothing_of_what_is_expected(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=9)
    row = shop.lines(count, shop.wei)["MUG"]
    hidden = (row.snapshot, row.moved, row.expected, row.difference, row.amount, row.earlier_difference)
    assert hidden == (None,) * 6
    assert (row.of_tolerance, row.obstacle, row.counted) == (None, None, 9)
    with shop.store.viewing(shop.wei) as view:
        assert not stock_count_card(view, count).sees_expected
        for only in (Only.DIFFERENT, Only.STUCK):
            with pytest.raises(NotAllowed):
                stock_count_lines(view, count, only=only)
    shop.post(count)
    row = shop.lines(count, shop.wei)["MUG"]
    assert (row.difference, row.amount) == (8, None)


def test_frozen_goods_do_not_move_until_the_stocktake_is_over(shop: CountedShop) -> None:
    count = shop.plan(is_frozen=True)
    with shop.store.working(SYSTEM) as uow:
        goods(uow, shop.house, 5, sku="NEW")
    for move in (shop.receive, shop.issue):
        before = everything(shop.store)
        with pytest.raises(StockFrozen):
            move("mug", "1")
        assert everything(shop.store) == before
    refused(shop, StockFrozen, SYSTEM, reverse_document, 1, reason="Wrong")
    shop.count(count, mug=3)
    shop.post(count)
    shop.issue("mug", "3")
    assert shop.on_hand() == {"MUG": 0, "NEW": 5, "TEA": d("2.5")}


def test_products_of_the_plan_that_were_not_on_hand_can_be_found_others_cannot(shop: CountedShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        new = a_product(uow, sku="NEW").id
        service = a_product(uow, sku="DEL", kind=ProductKind.SERVICE).id
    count = shop.plan()
    shop.run(shop.wei, enter_counts, count, {new: d(2)})
    refused(shop, AppError, shop.wei, enter_counts, count, {service: d(2)})
    shop.post(count)
    assert shop.on_hand()["NEW"] == 2
    cycle = shop.plan(scope=CountScope.CYCLE, most=1)
    other = next(
        each for each in (shop.mug, shop.tea) if each not in {r.variant_id for r in shop.lines(cycle).values()}
    )
    refused(shop, NotInCount, shop.wei, enter_counts, cycle, {other: d(1)})


def test_a_product_is_in_one_open_stocktake_at_a_time(shop: CountedShop) -> None:
    first = shop.plan()
    refused(shop, AlreadyBeingCounted, shop.mei, plan_count, warehouse_id=shop.house)
    shop.run(shop.mei, cancel_count, first, reason="Started too early")
    second = shop.plan()
    refused(shop, IllegalStep, shop.wei, enter_counts, first, {shop.mug: d(1)})
    with shop.store.viewing(shop.mei) as view:
        assert [(row.id, row.state) for row in stock_counts(view)] == [
            (second, CountState.OPEN),
            (first, CountState.CANCELLED),
        ]


def test_plans_choose_by_class_and_risk_and_a_closed_warehouse_has_none(shop: CountedShop) -> None:
    shop.receive("mug", "99")
    shop.issue("mug", "50")
    shop.issue("tea", "1")
    of_class = shop.plan(scope=CountScope.ABC, abc_class=AbcClass.A)
    assert list(shop.lines(of_class)) == ["MUG"]
    cycle = shop.plan(scope=CountScope.CYCLE, most=5)
    assert list(shop.lines(cycle)) == ["TEA"]
    with shop.store.working(SYSTEM) as uow:
        empty = a_warehouse(uow, "EMPTY")
        edit_warehouse(uow, empty, code="EMPTY", name="Empty", is_active=False)
    refused(shop, AppError, shop.mei, plan_count, warehouse_id=empty)


def test_a_stocktake_nobody_finishes_is_given_up_by_itself(shop: CountedShop) -> None:
    count = shop.plan(cancel_after_hours=48)
    shop.count(count, mug=9)
    shop.tick(hours=47)
    shop.run(JOB_RUNNER, cancel_overdue_counts)
    with shop.store.viewing(shop.mei) as view:
        assert stock_count_card(view, count).state is CountState.OPEN
    shop.tick(hours=1)
    shop.run(JOB_RUNNER, cancel_overdue_counts)
    with shop.store.viewing(shop.mei) as view:
        card = stock_count_card(view, count)
    assert (card.state, card.reason) == (CountState.CANCELLED, "Not finished in time")
    assert shop.on_hand() == {"MUG": 1, "TEA": d("2.5")}


def test_a_receipt_entered_later_for_before_the_count_can_be_followed(shop: CountedShop) -> None:
    count = shop.plan()
    shop.tick(days=2)
    shop.count(count, mug=6)
    shop.post(count)
    refused(shop, NothingLate, shop.mei, refit_count, count)
    shop.tick(days=2)
    shop.receive("mug", "5", at=shop.clock.moment - timedelta(days=3))
    assert shop.on_hand()["MUG"] == 11
    with shop.store.viewing(shop.mei) as view:
        assert late_lines(view, count) == 1
    shop.run(shop.mei, refit_count, count)
    assert shop.on_hand()["MUG"] == 6
    assert (shop.lines(count)["MUG"].expected, shop.lines(count)["MUG"].difference) == (6, 0)
    assert_sound(shop.store)
    shop.run(shop.mei, reverse_count, count, reason="All of it")
    assert shop.on_hand()["MUG"] == 6
    assert_sound(shop.store)


def test_a_count_of_a_period_that_was_closed_meanwhile_is_posted_today(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=3)
    shop.tick(days=2)
    shop.receive("mug", "1")
    shop.run(shop.mei, close_period, through=shop.store.clock.now().date() - timedelta(days=1))
    shop.post(count)
    assert shop.on_hand()["MUG"] == 4
    with shop.store.viewing(shop.mei) as view:
        assert late_lines(view, count) == 0
    assert_sound(shop.store)


def test_counts_dated_into_the_past_that_leave_later_issues_short_are_refused(shop: CountedShop) -> None:
    shop.receive("mug", "9")
    shop.tick(days=2)
    shop.issue("mug", "2")
    counted = [Line(shop.mug, d(1))]
    yesterday = shop.clock.moment - timedelta(days=1)
    refused(
        shop, NotEnoughStock, SYSTEM, adjust_stock,
        warehouse_id=shop.house, counted=counted, reason="Stocktake", at=yesterday,
    )  # fmt: skip


def test_accuracy_is_told_by_who_counted_and_by_class(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug=3)
    shop.count(count, shop.lin, tea="2.5")
    shop.post(count)
    assert shop.accuracy() == [("Lin", 1, 1, 0, 0), ("Wei", 1, 0, 200, 200)]
    assert shop.accuracy(by_class=True) == [("C", 2, 1, 200, 200)]
    with shop.store.viewing(shop.mei) as view:
        (row,) = stock_counts(view)
    assert (row.lines, row.counted, row.right, row.amount) == (2, 2, 1, 200)


def test_only_those_who_may_plan_count_and_approve(shop: CountedShop) -> None:
    refused(shop, NotAllowed, shop.wei, plan_count, warehouse_id=shop.house)
    count = shop.plan(tolerances=LIMITLESS)
    shop.count(count, mug=1)
    shop.run(shop.wei, submit_count, count)
    refused(shop, NotAllowed, shop.wei, post_count, count)
    refused(shop, NotAllowed, shop.wei, ask_recount, count)
    with shop.store.viewing(SYSTEM) as view:
        assert view.session.get_one(StockCount, count).state is CountState.REVIEW
