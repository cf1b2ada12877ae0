"""Goods promised to one order go to another with the better claim: proposed, agreed, given back, never lost."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import AppError, InvalidInput
from core.catalog.models import Variant
from core.catalog.service import get_variant
from core.ops.registry import find_differences
from core.ops.service import repair_differences
from core.receivables.models import PaymentMethod
from core.sales.close import cancel_order
from core.sales.confirm import hold_order
from core.sales.fulfilment import allot_what_arrived, set_fulfilment_rule, ship_as_a_whole, waits_no_more
from core.sales.models import BusinessState, SalesOrder
from core.sales.pay import pay_order
from core.sales.queries import order_card, order_timeline
from core.sales.reallocation.errors import (
    CannotYield,
    LacksLess,
    NothingToTake,
    OrderOfSomebodyElse,
    YieldsForOther,
)
from core.sales.reallocation.queries import YieldProposal, yield_proposal
from core.sales.reallocation.rules import Reason
from core.sales.reallocation.service import Take, take_from_orders
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.errors import NotEnoughStock
from core.stock.ledger import Line
from core.stock.projected import plan_goods
from core.stock.service import receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_draft, a_product, a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.examples import drawn
from tests.services.test_fulfilment import reserved
from tests.services.test_lots import a_lot, a_tracked, held
from tests.soundness import assert_sound
from tests.traces import refusal_of

TODAY = date(2026, 3, 18)
_serial = count(1)


def d(number: str | int) -> Decimal:
    return Decimal(number)


def proposed(uow: UnitOfWork, order: int) -> YieldProposal:
    uow.session.flush()
    found = yield_proposal(uow, order)
    assert found is not None
    return found


def shown(proposal: YieldProposal) -> list[tuple[int, Decimal, Decimal, tuple[Reason, ...]]]:
    return [(row.order_id, row.most, row.gives, row.reasons) for row in proposal.rows]


def takes(proposal: YieldProposal, **instead: Decimal) -> list[Take]:
    return [
        Take(row.line_id, instead.get(f"o{row.order_id}", row.gives if not instead else d(0)), row.reasons)
        for row in proposal.rows
    ]


def a_patient_shop(uow: UnitOfWork, mugs: int) -> tuple[int, Variant]:
    """A warehouse with so many mugs, where every order may wait."""
    house = a_warehouse(uow)
    set_fulfilment_rule(uow, back_orders=True)
    return house, goods(uow, house, mugs)


def give_priority(uow: UnitOfWork, order: int, priority: int, **rule: bool) -> None:
    row = uow.session.get(SalesOrder, order)
    assert row is not None
    set_fulfilment_rule(uow, customer_id=row.customer_id, priority=priority, **rule)


def pay_whole(uow: UnitOfWork, order: int) -> None:
    pay_order(uow, order, amount=order_card(uow, order).unpaid, method=PaymentMethod.CASH)


def test_who_could_give_is_told_in_turn_and_with_every_reason(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 15)
        paid, old, strict, vip = (a_sale(uow, house, [(mug, 3)]) for _ in range(4))
        pay_whole(uow, paid)
        give_priority(uow, strict, 9, back_orders=False)
        give_priority(uow, vip, 0)
        low = a_sale(uow, house, [(mug, 3)])
        give_priority(uow, low, 9)
    clock.moment = NOON + timedelta(minutes=1)
    with any_store.working(SYSTEM) as uow:
        order = a_sale(uow, house, [(mug, 4)])
        plan = {"variant_id": mug.id, "warehouse_id": house, "is_incoming": True}
        plan_goods(uow, quantity=d(2), planned_on=TODAY + timedelta(2), **plan)  # type: ignore[arg-type]
        plan_goods(uow, quantity=d(9), planned_on=TODAY + timedelta(5), **plan)  # type: ignore[arg-type]
        proposal = proposed(uow, order)
        assert [(row.quantity, row.until) for row in proposal.lacks] == [(4, TODAY + timedelta(5))]
        assert shown(proposal) == [
            (low, 3, 3, (Reason.LOWER_CLASS, Reason.UNPAID)),
            (old, 3, 1, (Reason.UNPAID,)),
        ]
        assert [row.until for row in proposal.rows] == [TODAY + timedelta(5), TODAY + timedelta(2)]
        before = audits(uow)
        take_from_orders(uow, order, takes=takes(proposal))
        assert audits(uow) == before + 1
        assert reserved(uow, paid, old, strict, vip, low, order) == [3, 2, 3, 3, 0, 4]
        for each in (order, low, old):
            assert [row.tag for row in order_timeline(uow, each)][0] == "orders.reallocated"
        numbers = {each: order_card(uow, each).number for each in (low, old, order)}
        facts = order_timeline(uow, low)[0].facts
        assert facts["number"] == numbers[order]
        assert facts["goods"] == f"3 × {mug.sku} ({numbers[low]}), 1 × {mug.sku} ({numbers[old]})"
        assert yield_proposal(uow, order) is None
        assert [(row.sku, row.quantity) for row in proposed(uow, low).lacks] == [(mug.sku, 3)]
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, d(2))])
        allot_what_arrived(uow)
        assert reserved(uow, paid, old, strict, vip, low, order) == [3, 3, 3, 3, 1, 4]
        assert find_differences(uow) == []
    assert_sound(any_store)


def audits(uow: UnitOfWork) -> int:
    return uow.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_what_went_to_another_order_comes_back_by_the_opposite_proposal(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 3)
        old = a_sale(uow, house, [(mug, 3)])
    clock.moment = NOON + timedelta(minutes=1)
    with any_store.working(SYSTEM) as uow:
        vip = a_sale(uow, house, [(mug, 2)])
        pay_whole(uow, vip)
        give_priority(uow, vip, 0, back_orders=False)
        take_from_orders(uow, vip, takes=takes(proposed(uow, vip)))
        assert reserved(uow, old, vip) == [1, 2]
        back = proposed(uow, old)
        assert shown(back) == [(vip, 2, 2, (Reason.LATER, Reason.TOOK))]
        take_from_orders(uow, old, takes=takes(back))
        assert reserved(uow, old, vip) == [3, 0]
        assert yield_proposal(uow, old) is None
        assert shown(proposed(uow, vip)) == [(old, 3, 2, (Reason.LOWER_CLASS, Reason.UNPAID))]
        assert find_differences(uow) == []
    assert_sound(any_store)


def test_a_draft_that_is_short_takes_goods_and_is_confirmed_in_one_step(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 5)
        other = a_sale(uow, house, [(mug, 4)])
        give_priority(uow, other, 5, back_orders=True)
        draft = a_draft(uow, house, [(mug, 3)])
        proposal = proposed(uow, draft)
        assert proposal.is_draft
        assert shown(proposal) == [(other, 4, 2, (Reason.UNPAID,))]
        before = audits(uow)
        take_from_orders(uow, draft, takes=takes(proposal))
        assert audits(uow) == before + 1
        assert reserved(uow, other, draft) == [2, 3]
        assert order_card(uow, draft).business == BusinessState.CONFIRMED
        assert yield_proposal(uow, draft) is None
        assert find_differences(uow) == []
    assert_sound(any_store)


def test_only_orders_that_may_wait_give_and_an_order_that_lacks_nothing_is_offered_nothing(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 4)
        sold = a_sale(uow, house, [(mug, 4)])
        draft = a_draft(uow, house, [(mug, 1)])
        assert proposed(uow, draft).rows == ()
        assert yield_proposal(uow, sold) is None
        set_fulfilment_rule(uow, back_orders=True)
        uow.session.flush()
        assert yield_proposal(uow, draft) is None


def test_an_order_that_cannot_leave_yet_gives_before_one_that_can(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug, cup = goods(uow, house, 12), a_product(uow)
        set_fulfilment_rule(uow, back_orders=True)
        held_up, whole = a_sale(uow, house, [(mug, 3)]), a_sale(uow, house, [(mug, 3), (cup, 1)])
        begun, later = a_sale(uow, house, [(mug, 3)]), a_sale(uow, house, [(mug, 3)])
        ship_as_a_whole(uow, whole, whole=True)
        hold_order(uow, held_up, reason="asked to")
        (line,) = order_card(uow, begun).lines
        ship_order(uow, begun, quantities={line.id: d(1)})
        order = a_sale(uow, house, [(mug, 9)])
        assert [(row.order_id, row.gives) for row in proposed(uow, order).rows] == [
            (whole, 3),
            (held_up, 3),
            (later, 3),
            (begun, 0),
        ]
        assert Reason.NOT_NEEDED in proposed(uow, order).rows[0].reasons


def test_goods_that_do_not_fit_the_order_are_not_proposed(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house, far = a_warehouse(uow), a_warehouse(uow, "FAR")
        milk = a_tracked(uow)
        a_lot(uow, house, milk, "SOON", 4, 5)
        a_lot(uow, house, milk, "LATE", 4, 90)
        set_fulfilment_rule(uow, back_orders=True)
        variant = get_variant(uow, milk)
        other = a_sale(uow, house, [(variant, 8)])
        a_lot(uow, far, milk, "AWAY", 4, 90)
        away = a_sale(uow, far, [(variant, 4)])
        order = a_draft(uow, house, [(variant, 6)])
        row = uow.session.get(SalesOrder, order)
        assert row is not None
        set_fulfilment_rule(uow, customer_id=row.customer_id, least_life_days=30, back_orders=False)
        assert shown(proposed(uow, order)) == [(other, 4, 4, (Reason.UNPAID,))]
        give_priority(uow, order, 5, other_warehouses=True, back_orders=False)
        assert {row.order_id for row in proposed(uow, order).rows} == {other, away}
        set_fulfilment_rule(
            uow, customer_id=row.customer_id, least_life_days=30, other_warehouses=True, back_orders=False
        )
        found = proposed(uow, order)
        assert {row.order_id: row.most for row in found.rows} == {other: 4, away: 4}
        take_from_orders(uow, order, takes=takes(found, **{f"o{other}": d(4), f"o{away}": d(2)}))
        assert held(uow, milk) == {"SOON": (4, 4), "LATE": (4, 4), "AWAY": (4, 4)}
        assert reserved(uow, other, away, order) == [4, 2, 6]
        assert find_differences(uow) == []
    assert_sound(any_store)


@pytest.mark.parametrize("what", ["shipped", "cancelled", "paid", "came", "more", "too much", "nothing", "below zero"])
def test_a_proposal_that_is_not_true_any_more_is_refused_without_a_trace(any_store: Store, what: str) -> None:
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 3)
        other, order = (a_sale(uow, house, [(mug, 3)]) for _ in range(2))
        (take,) = takes(proposed(uow, order))
    error: type[AppError] = CannotYield
    with any_store.working(SYSTEM) as uow:
        if what == "shipped":
            ship_order(uow, other)
        elif what == "cancelled":
            cancel_order(uow, other, reason="called off")
        elif what == "paid":
            error = YieldsForOther
            pay_order(uow, other, amount=d(30), method=PaymentMethod.CASH)
            give_priority(uow, other, 9)
        elif what == "came":
            error = LacksLess
            receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, d(1))])
        elif what == "more":
            take = replace(take, quantity=d(4))
        elif what == "too much":
            error = LacksLess
            extra = a_sale(uow, house, [(mug, 1)])
            assert proposed(uow, extra).lacks[0].quantity == 1
            order = extra
        elif what == "nothing":
            error, take = NothingToTake, replace(take, quantity=d(0))
        else:
            error, take = InvalidInput, replace(take, quantity=d(-1))
        if what in {"more", "nothing", "below zero"}:
            a_product(uow)
    refused = refusal_of(any_store, error, any_store.run, SYSTEM, take_from_orders, None, order, takes=[take])
    assert refused.sentence
    assert_sound(any_store)


def test_a_draft_for_which_too_little_is_taken_stays_a_draft(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 3)
        other = a_sale(uow, house, [(mug, 3)])
        give_priority(uow, other, 5, back_orders=True)
        draft = a_draft(uow, house, [(mug, 3)])
        some = takes(proposed(uow, draft), **{f"o{other}": d(2)})
    refusal_of(any_store, NotEnoughStock, any_store.run, SYSTEM, take_from_orders, None, draft, takes=some)


def test_of_several_that_want_the_same_goods_at_once_one_gets_them(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 3)
        other = a_sale(uow, house, [(mug, 3)])
        wanting = [a_sale(uow, house, [(mug, 3)]) for _ in range(6)]
        asked = {order: takes(proposed(uow, order)) for order in wanting}

    def take(order: int) -> bool:
        try:
            any_store.run(SYSTEM, take_from_orders, None, order, takes=asked[order])
        except CannotYield:
            return False
        return True

    with ThreadPoolExecutor(len(wanting)) as pool:
        assert sum(pool.map(take, wanting)) == 1
    with any_store.working(SYSTEM) as uow:
        assert reserved(uow, other) == [0]
        assert sum(reserved(uow, *wanting)) == 3
    assert_sound(any_store)


def test_sellers_take_from_their_own_orders_and_managers_from_all(any_store: Store) -> None:
    roles = frozenset({Role.SALES})
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 3)
        other, order = (a_sale(uow, house, [(mug, 3)]) for _ in range(2))
    seller = Actor(7, "Mei", roles, permissions_of(roles))
    with any_store.viewing(seller) as view:
        proposal = yield_proposal(view, order)
    assert proposal is not None
    assert [row.may_take for row in proposal.rows] == [False]
    refusal_of(
        any_store, OrderOfSomebodyElse, any_store.run, seller, take_from_orders, None, order, takes=takes(proposal)
    )
    with any_store.working(SYSTEM) as uow:
        take_from_orders(uow, order, takes=takes(proposal))
        assert reserved(uow, other, order) == [0, 3]


def test_an_order_that_nobody_knows_to_wait_is_found_and_waits_again(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house, mug = a_patient_shop(uow, 2)
        order = a_sale(uow, house, [(mug, 3)])
        waits_no_more(uow, uow.session.get_one(SalesOrder, order))
        (found,) = find_differences(uow, ["waiting_orders"])
        assert (found.row_id, found.stored, found.derived) == (order, False, True)
    any_store.run(SYSTEM, repair_differences, None)
    with any_store.working(SYSTEM) as uow:
        assert find_differences(uow) == []
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, d(1))])
        allot_what_arrived(uow)
        assert reserved(uow, order) == [3]


STEPS = st.sampled_from(["sell", "pay", "ship", "hold", "rank", "receive", "take", "take", "cancel"])


@settings(max_examples=drawn(4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(STEPS, st.integers(0, 9), st.integers(1, 5)), min_size=4, max_size=12))
def test_whoever_takes_from_whom_no_piece_is_lost_or_promised_twice(
    store: Store, steps: list[tuple[str, int, int]]
) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow, f"H{next(_serial)}")
        mug = goods(uow, house, 7)
        set_fulfilment_rule(uow, back_orders=True)
        orders = [a_sale(uow, house, [(mug, 3)]) for _ in range(3)]
    for step, which, size in steps:
        order = orders[which % len(orders)]
        with suppress(AppError), store.working(SYSTEM) as uow:
            if step == "sell":
                orders.append(a_sale(uow, house, [(mug, size)]))
            elif step == "pay":
                pay_order(uow, order, amount=d(size * 10), method=PaymentMethod.CASH)
            elif step == "ship":
                (line,) = order_card(uow, order).lines
                ship_order(uow, order, quantities={line.id: d(1)})
            elif step == "hold":
                hold_order(uow, order, reason="asked to")
            elif step == "rank":
                give_priority(uow, order, size)
            elif step == "receive":
                receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, d(size))])
                allot_what_arrived(uow)
            elif step == "cancel":
                cancel_order(uow, order, reason="called off")
            elif proposal := yield_proposal(uow, order):
                before = sum(reserved(uow, *orders))
                took = take_from_orders(uow, order, takes=takes(proposal))
                assert took
                assert sum(reserved(uow, *orders)) == before
        assert_sound(store)
