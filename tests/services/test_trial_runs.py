"""Promotions tried on many orders: nothing is left out, however the orders are cut, and nobody waits for it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

import core.sales.offer_trial as trial_module
from core.jobs.models import Job, JobState
from core.jobs.queue import take_due
from core.jobs.registry import JOBS
from core.jobs.runner import JOB_RUNNER, carry_out
from core.pricing.promotions import add_promotion
from core.pricing.rules.holdout import is_held_out
from core.pricing.rules.promotions import Kind, Off, Promotion
from core.sales.models import SalesOrder
from core.sales.offer_trial import TrialCard, orders_to_try, try_on_orders
from core.sales.ship import ship_order
from core.sales.trial_runs import TRY_PROMOTION, begin_trial, last_trial
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import P, Role
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods

BLIND = Actor(None, "blind", frozenset({Role.MANAGER}), permissions_of(frozenset({Role.MANAGER})) - {P.COST_READ})


def a_draft_of_a_tenth(store: Store) -> int:
    """A draft, and seven orders of a product that costs 60: one to seven pieces at 100."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, retail_price=100, purchase_price=Decimal(60))
        for pieces in range(1, 8):
            a_sale(uow, house, [(mug, pieces)])
        tenth = Promotion(0, Kind.ITEM, name="Tenth", off=Off(percent=Decimal(10)), total_uses=5)
        return add_promotion(uow, tenth)


def tried(store: Store, promotion: int, actor: Actor = SYSTEM) -> TrialCard:
    with store.viewing(actor) as view:
        days = {"since": view.today, "until": view.today + timedelta(days=1)}
        assert orders_to_try(view, **days) == 7
        return try_on_orders(view, promotion, **days)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 500])
def test_totals_are_those_of_all_orders_however_they_are_cut(
    any_store: Store, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    made = a_draft_of_a_tenth(any_store)
    monkeypatch.setattr(trial_module, "CHUNK", chunk)
    card = tried(any_store, made)
    assert (card.orders, card.touched, card.revenue_before, card.revenue_after) == (7, 5, 2800, 2650)
    assert card.margin == (1120, 970)
    assert [row.saved for row in card.rows] == [50, 40, 30, 20, 10]


def test_the_dearest_are_named_and_all_are_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_draft_of_a_tenth(store)
    monkeypatch.setattr(trial_module, "ROWS", 2)
    card = tried(store, made)
    assert (card.touched, [row.saved for row in card.rows]) == (5, [50, 40])


def test_a_long_trial_is_a_job_that_says_how_far_it_is_and_what_came_out(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = a_draft_of_a_tenth(any_store)
    at_once = tried(any_store, made)
    monkeypatch.setattr(trial_module, "CHUNK", 2)
    with any_store.viewing(SYSTEM) as view:
        days = {"since": view.today, "until": view.today + timedelta(days=1)}
        assert last_trial(view, made) is None
    any_store.run(SYSTEM, begin_trial, None, made, **days)
    begun = any_store.run(SYSTEM, begin_trial, None, made, **days)
    with any_store.viewing(SYSTEM) as view:
        run = last_trial(view, made)
        assert run is not None
        assert (run.id, run.orders, run.done, run.card) == (begun, 7, 0, None)

    for _asked in range(2):
        taken = any_store.run(JOB_RUNNER, take_due)
        assert taken is not None
        carry_out(any_store, taken)
    with any_store.viewing(SYSTEM) as view:
        run = last_trial(view, made)
        assert run is not None
        assert (run.done, run.card) == (7, at_once)
        states = view.session.scalars(select(Job.state).where(Job.name == TRY_PROMOTION)).all()
    assert states == [JobState.DONE, JobState.DONE]
    with any_store.viewing(BLIND) as view:
        seen = last_trial(view, made)
        assert seen is not None
        assert seen.card is not None
        assert (seen.card.margin, seen.card.revenue_after) == (None, 2650)


def test_a_trial_that_fails_says_so_and_has_no_result(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_draft_of_a_tenth(any_store)
    with any_store.viewing(SYSTEM) as view:
        days = {"since": view.today, "until": view.today + timedelta(days=1)}
    any_store.run(SYSTEM, begin_trial, None, made, **days)
    # The machine breaks: no page of orders of this size can be read.
    monkeypatch.setattr(trial_module, "CHUNK", "no number")
    heard: list[tuple[bool, bool]] = []
    for _attempt in range(JOBS[TRY_PROMOTION].retries + 1):
        with any_store.working(SYSTEM) as uow:
            uow.session.execute(update(Job).where(Job.state == JobState.WAITING).values(due_at=uow.now))
        taken = any_store.run(JOB_RUNNER, take_due)
        assert taken is not None
        carry_out(any_store, taken)
        with any_store.viewing(SYSTEM) as view:
            run = last_trial(view, made)
            assert run is not None
            assert run.card is None
            heard.append((bool(run.error), run.is_over))
    assert heard == [(True, False)] * JOBS[TRY_PROMOTION].retries + [(True, True)]


def test_costs_are_those_of_when_the_goods_left(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, retail_price=100, purchase_price=Decimal(60))
        ship_order(uow, a_sale(uow, house, [(mug, 2)]))
        a_sale(uow, house, [(mug, 1)])
        mug.purchase_price = Decimal(90)
        made = add_promotion(uow, Promotion(0, Kind.ITEM, name="Tenth", off=Off(percent=Decimal(10))))
    with any_store.viewing(SYSTEM) as view:
        card = try_on_orders(view, made, since=view.today, until=view.today + timedelta(days=1))
    assert (card.lines, card.at_issue) == (2, 1)
    assert card.margin == (90, 60)


def test_whoever_does_without_a_coupon_does_so_in_its_trial(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, retail_price=100)
        orders = [a_sale(uow, house, [(mug, 1)]) for _ in range(8)]
        coupon = Promotion(0, Kind.COUPON, name="Spring", off=Off(percent=Decimal(10)), held_out=Decimal("0.5"))
        made = add_promotion(uow, coupon)
        customers = [uow.session.get_one(SalesOrder, each).customer_id for each in orders]
        without = [each for each in customers if is_held_out(made, each, Decimal("0.5"))]
    with any_store.viewing(SYSTEM) as view:
        card = try_on_orders(view, made, since=view.today, until=view.today + timedelta(days=1))
    assert (card.left_out, card.touched) == (len(without), 8 - len(without))
    assert 0 < len(without) < 8
