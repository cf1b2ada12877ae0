"""Policies of cover, tasks to get rid of goods, and balancings: each step, its undo, and every refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, NotFound, ReasonMissing, Refusals
from core.catalog.categories import add_category
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.stock.clearing.errors import AlreadyAssigned, ClearingClosed, ClearingNotClosed, NotYourGoods
from core.stock.clearing.models import ClearingState, ClearingWay
from core.stock.clearing.service import (
    assign_clearing,
    change_clearing,
    clearing_owners,
    clearings,
    close_clearing,
    receipts_of,
    reopen_clearing,
    take_back_clearing,
)
from core.stock.counts.models import AbcClass
from core.stock.cover.drafting import BalancingLine, balancings, draft_balancing, promised, undo_balancing
from core.stock.cover.errors import BalancingHasLeft, BalancingUndone, GiverShort, NothingToBalance
from core.stock.cover.models import USUAL_CLASSES, XyzClass
from core.stock.cover.policies import (
    ClassPolicy,
    Source,
    class_policies,
    cover_rules,
    policies,
    set_class_rules,
    set_cover_rule,
)
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.stock.transfers.models import TransferState
from core.stock.transfers.service import ship_transfer
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse
from tests.refusals import assert_each_refused, assert_none_forgotten

DAY = timedelta(days=1)
AX = (AbcClass.A, XyzClass.X)
TRIED_HERE: set[Callable[..., Any]] = {
    set_cover_rule,
    set_class_rules,
    draft_balancing,
    undo_balancing,
    assign_clearing,
    change_clearing,
    close_clearing,
    take_back_clearing,
    reopen_clearing,
}


def d(number: str | int) -> Decimal:
    return Decimal(number)


def a_person(store: Store, name: str, role: Role) -> Actor:
    with store.working(SYSTEM) as uow:
        made = uow.add(
            User(username=name, name=name.title(), password_hash="", created_at=uow.now, password_changed_at=uow.now)
        ).id
        uow.add(UserRole(user_id=made, role=role))
        uow.audit("test.lived", None)
    return Actor(made, name.title(), frozenset({role}), permissions_of(frozenset({role})))


@dataclass
class Shop:
    """East has 30 mugs, of which 5 are promised, and west none; cups are in a category below another."""

    store: Store
    east: int
    west: int
    mug: int
    mug_product: int
    cup_product: int
    above: int
    below: int
    boss: Actor
    keeper: Actor

    def run(self, command: Callable[..., Any], *places: Any, by: Actor = SYSTEM, **words: Any) -> Any:
        return self.store.run(by, command, None, *places, **words)

    def task(self, **more: Any) -> int:
        facts = {"owner_id": self.keeper.id, "due_on": self.today + 7 * DAY, "way": ClearingWay.PROMOTE} | more
        return self.run(assign_clearing, self.mug_product, **facts)

    @property
    def today(self) -> date:
        with self.store.viewing(SYSTEM) as view:
            return view.today

    def line(self, quantity: str | int, keeps: str | int = 0) -> BalancingLine:
        return BalancingLine(self.mug, self.east, self.west, d(quantity), d(keeps))


@pytest.fixture
def shop(store: Store) -> Shop:
    return opened(store)


def opened(store: Store) -> Shop:
    with store.working(SYSTEM) as uow:
        east, west = a_warehouse(uow, "EAST"), a_warehouse(uow, "WEST")
        above = add_category(uow, "Kitchen")
        below = add_category(uow, "Cups", parent_id=above)
        mug, cup = a_product(uow), a_product(uow, name="Cup", category_id=below)
        supplier = add_supplier(uow, SupplierEntry(code="KILN", name="The kiln"))
        receive_goods(uow, warehouse_id=east, lines=[Line(mug.id, d(30))], supplier_id=supplier)
        a_sale(uow, east, [(mug, 5)])
    boss, keeper = a_person(store, "boss", Role.MANAGER), a_person(store, "keeper", Role.WAREHOUSE)
    return Shop(store, east, west, mug.id, mug.product_id, cup.product_id, above, below, boss, keeper)


def test_the_nearest_policy_of_cover_holds(shop: Shop) -> None:
    def holds(cell: tuple[AbcClass, XyzClass] | None = None) -> tuple[Decimal, Source]:
        with shop.store.viewing(SYSTEM) as view:
            return policies(view).of(shop.cup_product, shop.below, cell)

    assert holds(AX) == (8, Source.USUAL)
    shop.run(set_cover_rule, weeks=d(6))
    assert holds(AX) == (6, Source.COMPANY)
    shop.run(set_class_rules, {AX: ClassPolicy(d("0.99"), 7, d(3))})
    assert holds(AX) == (3, Source.CLASS)
    assert holds() == (6, Source.COMPANY)
    shop.run(set_cover_rule, category_id=shop.above, weeks=d(10))
    assert holds(AX) == (10, Source.CATEGORY)
    shop.run(set_cover_rule, category_id=shop.below, weeks=d("4.5"))
    assert holds(AX) == (d("4.5"), Source.CATEGORY)
    shop.run(set_cover_rule, product_id=shop.cup_product, weeks=d(2))
    shop.run(set_cover_rule, product_id=shop.cup_product, weeks=d(1))
    assert holds(AX) == (1, Source.PRODUCT)
    with shop.store.viewing(SYSTEM) as view:
        assert [(row.name, row.weeks) for row in cover_rules(view)] == [
            ("", 6),
            ("Cups", d("4.5")),
            ("Kitchen", 10),
            ("Cup", 1),
        ]
    for gone in ({"product_id": shop.cup_product}, {"category_id": shop.below}, {"category_id": shop.above}, {}):
        shop.run(set_cover_rule, weeks=None, **gone)
    shop.run(set_class_rules, {AX: None})
    assert holds(AX) == (8, Source.USUAL)


def test_each_class_has_its_service_level_and_review(shop: Shop) -> None:
    mine = ClassPolicy(d("0.995"), 3, d("2.5"))
    shop.run(set_class_rules, {AX: mine})
    with shop.store.viewing(SYSTEM) as view:
        found = class_policies(view)
    assert found.pop(AX) == ClassPolicy(d("0.995"), 3, d("2.5"), is_set=True)
    assert {cell: (each.service_level, each.review_days) for cell, each in found.items()} == {
        cell: usual for cell, usual in USUAL_CLASSES.items() if cell != AX
    }
    assert {each.is_set for each in found.values()} == {False}


def test_a_task_is_given_changed_closed_and_reopened(shop: Shop, clock: FixedClock) -> None:
    def told(by: Actor = SYSTEM) -> list[tuple[Any, ...]]:
        with shop.store.viewing(by) as view:
            rows = clearings(view)
        return [(row.owner, row.way, row.price, row.state, row.is_overdue, row.result) for row in rows]

    task = shop.task(price=d("6.5"), note="Window")
    assert told() == [("Keeper", ClearingWay.PROMOTE, d("6.5"), ClearingState.OPEN, False, "")]
    clock.moment += 8 * DAY
    assert [row[4] for row in told()] == [True]
    due = shop.today + DAY
    shop.run(change_clearing, task, owner_id=shop.boss.id, due_on=due, way=ClearingWay.SCRAP)
    assert told() == [("Boss", ClearingWay.SCRAP, None, ClearingState.OPEN, False, "")]
    shop.run(close_clearing, task, by=shop.boss, result="Sold to staff")
    assert [row[3:] for row in told()] == [(ClearingState.DONE, False, "Sold to staff")]
    shop.run(reopen_clearing, task)
    shop.run(take_back_clearing, task)
    assert [row[3] for row in told()] == [ClearingState.TAKEN_BACK]
    again = shop.task()
    with pytest.raises(AlreadyAssigned):
        shop.run(reopen_clearing, task)
    shop.run(take_back_clearing, again)
    shop.run(reopen_clearing, task)
    with shop.store.viewing(SYSTEM) as view:
        assert [row.id for row in clearings(view, only_open=True)] == [task]
        assert [row.id for row in clearings(view, product_id=shop.mug_product)] == [task, again]
        assert [row.name for row in clearing_owners(view)] == ["Boss", "Keeper"]


def test_who_does_not_give_tasks_out_sees_and_closes_the_own_ones_alone(shop: Shop) -> None:
    task = shop.task()
    other = a_person(shop.store, "other", Role.WAREHOUSE)
    with shop.store.viewing(other) as view:
        assert clearings(view) == []
    with pytest.raises(NotYourGoods, match="Keeper"):
        shop.run(close_clearing, task, by=other)
    with pytest.raises(NotAllowed):
        shop.run(take_back_clearing, task, by=shop.keeper)
    with shop.store.viewing(shop.keeper) as view:
        assert [row.id for row in clearings(view)] == [task]
        with pytest.raises(NotAllowed):
            clearing_owners(view)
    shop.run(close_clearing, task, by=shop.keeper)
    shop.run(reopen_clearing, task, by=shop.keeper)


def test_the_receipts_that_brought_a_product_name_their_supplier(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        (row,) = receipts_of(view, shop.mug_product)
        assert (row.supplier, row.quantity) == ("The kiln", 30)
        assert receipts_of(view, shop.cup_product) == []


def test_a_balancing_is_drafted_together_and_undone_while_it_has_not_left(any_store: Store) -> None:
    shop = opened(any_store)
    run = shop.run(draft_balancing, [shop.line(10, keeps=8)])
    with any_store.viewing(SYSTEM) as view:
        assert promised(view) == {(shop.mug, shop.east): 5}
        (row,) = balancings(view)
    assert ([each.state for each in row.transfers], row.can_be_undone) == ([TransferState.REQUESTED], True)
    # 30 less 5 promised and 10 asked for leave 15: 7 more go, not 8.
    with pytest.raises(GiverShort, match="could give 7 of"):
        shop.run(draft_balancing, [shop.line(8, keeps=8)])
    assert shop.run(undo_balancing, run, reason="Not now") == 1
    with any_store.viewing(SYSTEM) as view:
        (row,) = balancings(view)
    assert ([each.state for each in row.transfers], row.is_undone) == ([TransferState.CANCELLED], True)
    with pytest.raises(BalancingUndone):
        shop.run(undo_balancing, run, reason="Again")


def test_what_has_left_is_not_undone(shop: Shop) -> None:
    run = shop.run(draft_balancing, [shop.line(3)])
    with shop.store.viewing(SYSTEM) as view:
        (row,) = balancings(view)
    shop.run(ship_transfer, row.transfers[0].transfer_id)
    with pytest.raises(BalancingHasLeft):
        shop.run(undo_balancing, run, reason="Too late")


def test_what_cannot_be_is_refused_and_changes_nothing(store: Store) -> None:
    shop = opened(store)
    task, run = shop.task(), shop.run(draft_balancing, [shop.line(3)])
    closed = shop.run(assign_clearing, shop.cup_product, owner_id=1, due_on=shop.today, way=ClearingWay.OTHER)
    shop.run(close_clearing, closed)
    given = {"owner_id": shop.keeper.id, "due_on": shop.today, "way": ClearingWay.OTHER}
    cases = [
        (InvalidInput, set_cover_rule, (), {"weeks": d(0)}),
        (InvalidInput, set_cover_rule, (), {"weeks": d(521)}),
        (InvalidInput, set_cover_rule, (), {"weeks": d("NaN")}),
        (InvalidInput, set_cover_rule, (), {"weeks": d(1), "category_id": 1, "product_id": 1}),
        (NotFound, set_cover_rule, (), {"weeks": d(1), "category_id": 999}),
        (NotFound, set_cover_rule, (), {"weeks": d(1), "product_id": 999}),
        (InvalidInput, set_class_rules, ({AX: ClassPolicy(d(1), 7)},), {}),
        (InvalidInput, set_class_rules, ({AX: ClassPolicy(d("0.9"), 0)},), {}),
        (InvalidInput, set_class_rules, ({AX: ClassPolicy(d("0.9"), 7, d(-1))},), {}),
        (NothingToBalance, draft_balancing, ([],), {}),
        (GiverShort, draft_balancing, ([shop.line(23)],), {}),
        (NotFound, draft_balancing, ([BalancingLine(shop.mug, 999, shop.west, d(1), d(0))],), {}),
        (NotFound, draft_balancing, ([BalancingLine(999, shop.east, shop.west, d(1), d(0))],), {}),
        (
            Refusals,
            draft_balancing,
            ([shop.line(23), BalancingLine(shop.mug + 1, shop.east, shop.west, d(1), d(0))],),
            {},
        ),
        (NotFound, undo_balancing, (999,), {"reason": "x"}),
        (ReasonMissing, undo_balancing, (run,), {"reason": " "}),
        (NotFound, assign_clearing, (999,), given),
        (AlreadyAssigned, assign_clearing, (shop.mug_product,), given),
        (NotFound, assign_clearing, (shop.cup_product,), {**given, "owner_id": 999}),
        (InvalidInput, assign_clearing, (shop.cup_product,), {**given, "due_on": shop.today - DAY}),
        (InvalidInput, assign_clearing, (shop.cup_product,), {**given, "price": d(-1)}),
        (InvalidInput, assign_clearing, (shop.cup_product,), {**given, "note": "x" * 501}),
        (NotFound, change_clearing, (999,), given),
        (ClearingClosed, change_clearing, (closed,), given),
        (InvalidInput, change_clearing, (task,), {**given, "due_on": shop.today - DAY}),
        (ClearingClosed, close_clearing, (closed,), {}),
        (InvalidInput, close_clearing, (task,), {"result": "x" * 501}),
        (ClearingClosed, take_back_clearing, (closed,), {}),
        (ClearingNotClosed, reopen_clearing, (task,), {}),
    ]
    for refusal, command, places, words in cases:
        with pytest.raises(refusal):
            store.run(SYSTEM, command, None, *places, **words)
    calls = [(command, places, words) for _refusal, command, places, words in cases]
    assert_each_refused(store, calls)
    assert_none_forgotten(calls, "core.stock.cover", "core.stock.clearing", but=set())
