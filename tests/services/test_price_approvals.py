"""Prices below the lowest: asked for on the draft, answered with name and reason, used once, or over."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, NotFound, ReasonMissing
from core.receivables.models import ApprovalKind
from core.receivables.terms import TermsEntry, set_terms
from core.sales.approval_models import ApprovalRequest, RequestState
from core.sales.ask import approve_prices, ask_approval, decline_approval
from core.sales.asked import RequestRow, WishRow, asked_for, requests_of
from core.sales.close import cancel_order, reopen_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, change_line, edit_order, remove_line
from core.sales.errors import AlreadyAnswered, BelowFloor, NothingToAsk, PriceNotApproved
from core.sales.fulfilment import expire_unpaid, set_fulfilment_rule
from core.sales.models import BusinessState
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.queries import LineRow, order_card, order_timeline
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_customer, a_draft, a_warehouse, goods
from tests.pages.app import a_user
from tests.soundness import assert_sound
from tests.traces import refused

D = Decimal
PRICE = ApprovalKind.PRICE


@dataclass
class Shop:
    """A draft of a seller: ten mugs at 10, which may not be sold below 9."""

    store: Store
    seller: Actor
    manager: Actor
    order: int
    mug: int

    def line(self) -> LineRow:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.order).lines[0]

    def ask(self, price: str = "8", reason: str = "He takes ten") -> int:
        prices = {self.line().id: D(price)}
        return self.store.run(self.seller, ask_approval, None, self.order, kind=PRICE, reason=reason, prices=prices)

    def approve(self, request: int, **more: object) -> int:
        return self.store.run(self.manager, approve_prices, None, request, **more)

    def confirm(self) -> None:
        self.store.run(self.seller, confirm_order, None, self.order)

    def requests(self) -> list[RequestRow]:
        with self.store.viewing(SYSTEM) as view:
            return requests_of(view, self.order)

    def inbox(self, actor: Actor) -> list[int]:
        with self.store.viewing(actor) as view:
            return [row.id for row in asked_for(view)]


def actor(store: Store, role: Role) -> Actor:
    roles = frozenset({role})
    return Actor(a_user(store, role), role.value.title(), roles, permissions_of(roles))


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, sku="MUG", lowest_price=D(9))
        order = a_draft(uow, house, [(mug, 10)])
    return Shop(any_store, actor(any_store, Role.SALES), actor(any_store, Role.MANAGER), order, mug.id)


def test_a_seller_asks_a_manager_says_yes_and_the_order_goes_through_once(shop: Shop) -> None:
    line = shop.line()
    with refused(shop.store, BelowFloor):
        shop.store.run(shop.seller, change_line, None, shop.order, line.id, quantity=D(10), unit_price=D(8))
    request = shop.ask()
    assert (shop.inbox(shop.manager), shop.inbox(shop.seller)) == ([request], [])
    assert shop.line().unit_price == 10

    approval = shop.approve(request, answer="This once")
    assert (shop.line().unit_price, shop.line().gross_amount, shop.inbox(shop.manager)) == (8, 80, [])
    shop.confirm()

    answered = shop.requests()[0]
    assert (answered.state, answered.approval_id, answered.used_at) == (
        RequestState.APPROVED,
        approval,
        shop.store.clock.now(),
    )
    assert (answered.asked_by, answered.answered_by) == ("Sales", "Manager")
    assert answered.wishes == (WishRow("MUG", D(10), D(8), D(10), D(9)),)
    with shop.store.viewing(SYSTEM) as view:
        told = {row.tag: (row.actor, row.facts.get("reason")) for row in order_timeline(view, shop.order)}
    assert told["order.approval_asked"] == ("Sales", "He takes ten")
    assert told["order.prices_approved"] == ("Manager", "He takes ten · This once")
    assert_sound(shop.store)

    shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="typed wrong")
    shop.store.run(SYSTEM, reopen_order, None, shop.order)
    with refused(shop.store, PriceNotApproved):
        shop.confirm()


def test_the_price_holds_down_to_what_was_approved_and_no_further(shop: Shop) -> None:
    shop.approve(shop.ask("8"))
    line = shop.line()
    change = (shop.seller, change_line, None, shop.order, line.id)
    with refused(shop.store, BelowFloor):
        shop.store.run(*change, quantity=D(10), unit_price=D("7.9999"))
    with refused(shop.store, BelowFloor):
        shop.store.run(*change, quantity=D(10), unit_price=D(8), discount=D("0.01"))
    shop.store.run(*change, quantity=D(12), unit_price=D("8.5"))
    shop.confirm()
    assert shop.line().gross_amount == 102
    assert shop.requests()[0].used_at is not None


def test_a_price_raised_to_the_lowest_leaves_the_approval_unused(shop: Shop) -> None:
    shop.approve(shop.ask())
    line = shop.line()
    shop.store.run(shop.seller, change_line, None, shop.order, line.id, quantity=D(10), unit_price=D(9))
    shop.confirm()
    assert shop.requests()[0].used_at is None


def test_an_approval_runs_out_or_is_taken_back_and_holds_for_one_customer(shop: Shop, clock: FixedClock) -> None:
    approval = shop.approve(shop.ask(), days=2)
    finance = actor(shop.store, Role.FINANCE)
    with refused(shop.store, NotAllowed):
        shop.store.run(finance, withdraw_approval, None, approval)
    shop.store.run(shop.manager, withdraw_approval, None, approval)
    with refused(shop.store, PriceNotApproved):
        shop.confirm()

    shop.approve(shop.ask("7"), days=2)
    with shop.store.working(SYSTEM) as uow:
        other, card = a_customer(uow, "Other").id, order_card(uow, shop.order)
        head = {"channel_id": card.channel_id, "warehouse_id": card.warehouse_id, "region": "", "note": ""}
        edit_order(uow, shop.order, customer_id=other, sales_rep_id=None, **head)
    with refused(shop.store, PriceNotApproved):
        shop.confirm()
    shop.store.run(SYSTEM, edit_order, None, shop.order, customer_id=card.customer_id, sales_rep_id=None, **head)

    clock.moment += timedelta(days=2)
    with refused(shop.store, PriceNotApproved):
        shop.confirm()
    shop.store.run(shop.manager, confirm_order, None, shop.order)
    with shop.store.viewing(SYSTEM) as view:
        assert order_card(view, shop.order).business == BusinessState.CONFIRMED


def test_no_is_an_answer_with_a_reason_and_asking_anew_takes_the_place_of_asking(shop: Shop) -> None:
    first, second = shop.ask("8"), shop.ask("7")
    with refused(shop.store, AlreadyAnswered):
        shop.approve(first)
    with refused(shop.store, NotAllowed):
        shop.store.run(shop.seller, decline_approval, None, second, reason="no")
    with refused(shop.store, ReasonMissing):
        shop.store.run(shop.manager, decline_approval, None, second, reason=" ")
    shop.store.run(shop.manager, decline_approval, None, second, reason="Below cost")
    assert [(row.state, row.answer, row.answered_by) for row in shop.requests()] == [
        (RequestState.DECLINED, "Below cost", "Manager")
    ]
    assert (shop.line().unit_price, shop.inbox(shop.manager)) == (10, [])


def test_only_what_needs_an_approval_can_be_asked_for(shop: Shop) -> None:
    with refused(shop.store, NothingToAsk):
        shop.ask("9")
    with refused(shop.store, InvalidInput):
        shop.ask("0")
    with refused(shop.store, ReasonMissing):
        shop.ask(reason="")
    with refused(shop.store, NotFound):
        shop.store.run(shop.seller, ask_approval, None, shop.order, kind=PRICE, reason="so", prices={999: D(1)})


def test_lines_taken_off_meanwhile_are_left_out_of_the_answer(shop: Shop) -> None:
    shop.store.run(SYSTEM, add_line, None, shop.order, LineDraft(shop.mug, D(1), D(11)))
    with shop.store.viewing(SYSTEM) as view:
        first, second = order_card(view, shop.order).lines
    prices = {first.id: D(8), second.id: D(7)}
    request = shop.store.run(shop.seller, ask_approval, None, shop.order, kind=PRICE, reason="as agreed", prices=prices)
    shop.store.run(shop.seller, remove_line, None, shop.order, first.id)
    shop.approve(request)
    assert shop.line().unit_price == 7
    shop.confirm()


def states(shop: Shop) -> list[RequestState]:
    """What became of all requests, as the table says."""
    with shop.store.viewing(SYSTEM) as view:
        return list(view.session.scalars(select(ApprovalRequest.state).order_by(ApprovalRequest.id)))


def test_a_price_asked_for_lapses_when_the_order_is_confirmed_without_it(shop: Shop) -> None:
    request = shop.ask()
    credit = shop.store.run(shop.seller, ask_approval, None, shop.order, kind=ApprovalKind.CREDIT, reason="by Friday")
    shop.confirm()
    assert (states(shop), shop.inbox(shop.manager)) == ([RequestState.LAPSED, RequestState.OPEN], [credit])
    lapsed = shop.requests()[1]
    assert (lapsed.id, lapsed.state, lapsed.answered_by, lapsed.answer) == (request, RequestState.LAPSED, "", "")
    with refused(shop.store, AlreadyAnswered):
        shop.approve(request)


def test_what_is_asked_for_lapses_with_an_order_that_is_cancelled_and_is_not_asked_again(shop: Shop) -> None:
    shop.ask()
    shop.store.run(SYSTEM, cancel_order, None, shop.order, reason="typed wrong")
    assert (states(shop), shop.inbox(shop.manager)) == ([RequestState.LAPSED], [])
    shop.store.run(SYSTEM, reopen_order, None, shop.order)
    assert shop.inbox(shop.manager) == []
    again = shop.ask()
    assert shop.inbox(shop.manager) == [again]


def test_what_is_asked_for_lapses_with_an_order_that_expires(shop: Shop, clock: FixedClock) -> None:
    with shop.store.working(SYSTEM) as uow:
        set_fulfilment_rule(uow, unpaid_minutes=30)
    shop.confirm()
    shop.store.run(shop.seller, ask_approval, None, shop.order, kind=ApprovalKind.PREPAYMENT, reason="pays today")
    assert states(shop) == [RequestState.OPEN]
    clock.moment += timedelta(minutes=30)
    with shop.store.working(SYSTEM) as uow:
        expire_unpaid(uow)
    assert (states(shop), shop.inbox(shop.manager)) == ([RequestState.LAPSED], [])


def test_credit_is_asked_for_and_answered_in_the_same_place(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        customer = order_card(view, shop.order).customer_id
    shop.store.run(SYSTEM, set_terms, None, customer, TermsEntry(credit_limit=D(50)), version=0)
    kind = ApprovalKind.CREDIT
    request = shop.store.run(shop.seller, ask_approval, None, shop.order, kind=kind, reason="pays on Friday")
    finance = actor(shop.store, Role.FINANCE)
    assert shop.inbox(finance) == shop.inbox(shop.manager) == [request]
    with refused(shop.store, InvalidInput):
        shop.store.run(finance, approve_exception, None, shop.order, kind=PRICE, amount=D(100), reason="so")
    shop.store.run(finance, approve_exception, None, shop.order, kind=kind, amount=D(100), reason="pays on Friday")
    assert (shop.requests()[0].state, shop.inbox(finance)) == (RequestState.APPROVED, [])
    shop.confirm()
    assert shop.requests()[0].used_at is not None
