"""A second person: where a duty is switched on, nobody approves what they began; where it is off, nothing changes."""

from decimal import Decimal

import pytest

from core.accounts.duties import duties, set_duties
from core.accounts.duty_models import APPROVERS, DUTY_LABELS, OWN_WORK, Duty
from core.accounts.role_errors import OwnWork
from core.base.clock import FixedClock
from core.base.errors import StaleVersion
from core.receivables.models import ApprovalKind, PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.ask import approve_prices, ask_approval
from core.sales.asked import must_ask
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, change_line, create_order
from core.sales.errors import BelowFloor, PriceNotApproved
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.queries import LineRow, order_card
from core.sales.returns.exchange import request_exchange, settle_exchange
from core.sales.returns.goodwill import give_goodwill
from core.sales.returns.models import SalesExchange
from core.sales.returns.receive import receive_return
from core.sales.returns.refund import refund_return
from core.sales.returns.request import request_return
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.counts.models import CountState, DifferenceReason
from core.stock.counts.posting import post_count, refit_count
from core.stock.counts.queries import stock_count_card
from core.stock.counts.review import accept_differences, ask_recount, submit_count
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse, goods
from tests.pages.app import a_user
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten
from tests.returns import REASON, a_delivery, back
from tests.soundness import assert_sound
from tests.stocktaking import CountedShop
from tests.traces import refusal_of

D = Decimal
CASH = PaymentMethod.CASH


def person(store: Store, name: str, role: Role = Role.MANAGER) -> Actor:
    roles = frozenset({role})
    return Actor(a_user(store, role, username=name), name, roles, permissions_of(roles))


def switch(store: Store, *wanted: Duty) -> None:
    store.run(SYSTEM, set_duties, None, wanted)


def own_work(store: Store, actor: Actor, command, *places, **words) -> str:
    """The sentence that refuses one's own work; and every row is as it was."""
    return refusal_of(store, OwnWork, store.run, actor, command, None, *places, **words).sentence


def test_a_duty_is_switched_on_and_off_on_record_and_none_is_on_at_first(any_store: Store) -> None:
    def on() -> frozenset[Duty]:
        with any_store.viewing(SYSTEM) as view:
            return duties(view)

    assert on() == frozenset()
    switch(any_store, Duty.PRICES, Duty.COUNTS)
    assert on() == {Duty.PRICES, Duty.COUNTS}
    any_store.run(SYSTEM, set_duties, None, {Duty.COUNTS, Duty.CREDIT}, seen={Duty.PRICES, Duty.COUNTS})
    assert on() == {Duty.COUNTS, Duty.CREDIT}
    switch(any_store)
    assert on() == frozenset()


def test_who_sees_other_duties_or_may_not_change_users_switches_none(store: Store) -> None:
    calls: Calls = [(set_duties, ({Duty.PRICES},), {"seen": {Duty.COUNTS}})]
    assert_each_refused(store, calls)
    assert_none_forgotten(calls, "core.accounts.duties", but=set())
    with pytest.raises(StaleVersion):
        store.run(SYSTEM, set_duties, None, {Duty.PRICES}, seen={Duty.COUNTS})
    with pytest.raises(NotAllowed):
        store.run(person(store, "mei"), set_duties, None, {Duty.PRICES})


def test_every_duty_has_its_words_and_a_right() -> None:
    assert set(DUTY_LABELS) == set(OWN_WORK) == set(APPROVERS) == set(Duty)


def entered(store: Store, actor: Actor, pieces: int = 10, *, code: str = "MAIN") -> tuple[int, int]:
    """An order that somebody entered, of mugs at 10 that may not be sold below 9; and its line."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow, code)
        mug = goods(uow, house, 100, sku=f"{code}-MUG", lowest_price=D(9)).id
        places = {"customer_id": a_customer(uow).id, "channel_id": a_channel(uow), "warehouse_id": house}
    order = store.run(actor, create_order, None, lines=[LineDraft(mug, D(pieces), D(10))], **places)
    return order, line_of(store, order).id


def line_of(store: Store, order: int) -> LineRow:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order).lines[0]


def asks(store: Store, actor: Actor, order: int, kind: ApprovalKind) -> bool:
    with store.viewing(actor) as view:
        return must_ask(view, order, kind)


def test_who_entered_an_order_neither_sets_nor_approves_a_price_below_the_lowest(any_store: Store) -> None:
    mei, fang, seller = person(any_store, "mei"), person(any_store, "fang"), person(any_store, "lin", Role.SALES)
    order, line = entered(any_store, mei)
    low = {"quantity": D(10), "unit_price": D(8)}
    wish = {"kind": ApprovalKind.PRICE, "reason": "He takes ten", "prices": {line: D(8)}}
    assert not asks(any_store, mei, order, ApprovalKind.PRICE)
    assert asks(any_store, seller, order, ApprovalKind.PRICE)
    switch(any_store, Duty.PRICES)
    assert asks(any_store, mei, order, ApprovalKind.PRICE)
    assert not asks(any_store, fang, order, ApprovalKind.PRICE)
    refusal_of(any_store, BelowFloor, any_store.run, mei, change_line, None, order, line, **low)
    request = any_store.run(mei, ask_approval, None, order, **wish)
    assert own_work(any_store, mei, approve_prices, request) == (
        "You entered this order or asked for this price yourself, and the company wants a second person to approve "
        "it. Ask a colleague who may approve."
    )
    approval = any_store.run(fang, approve_prices, None, request)
    assert line_of(any_store, order).unit_price == 8
    any_store.run(fang, withdraw_approval, None, approval)
    refusal_of(any_store, PriceNotApproved, any_store.run, mei, confirm_order, None, order)
    any_store.run(
        fang, approve_prices, None, any_store.run(seller, ask_approval, None, order, **wish | {"prices": {line: D(7)}})
    )
    any_store.run(mei, confirm_order, None, order)
    assert line_of(any_store, order).unit_price == 7


def test_who_asked_for_a_price_on_an_order_of_somebody_else_does_not_approve_it(store: Store) -> None:
    mei, fang = person(store, "mei"), person(store, "fang")
    order, line = entered(store, mei)
    wish = {"kind": ApprovalKind.PRICE, "reason": "He takes ten", "prices": {line: D(8)}}
    request = store.run(fang, ask_approval, None, order, **wish)
    switch(store, Duty.PRICES)
    own_work(store, fang, approve_prices, request)
    own_work(store, mei, approve_prices, request)
    switch(store, Duty.CREDIT)
    store.run(mei, approve_prices, None, request)
    assert line_of(store, order).unit_price == 8


def test_who_asked_for_an_amendment_does_not_accept_its_low_price(store: Store) -> None:
    mei, fang = person(store, "mei"), person(store, "fang")
    order, line = entered(store, SYSTEM)
    store.run(SYSTEM, confirm_order, None, order)
    switch(store, Duty.PRICES)
    with store.viewing(SYSTEM) as view:
        seen = order_card(view, order).version
    wish = LineWish(line_id=line, quantity=D(10), unit_price=D(8))
    amendment = store.run(mei, request_amendment, None, order, lines=[wish], seen_version=seen, reason="He takes ten")
    refusal_of(store, BelowFloor, store.run, mei, accept_amendment, None, amendment, version=1)
    store.run(fang, accept_amendment, None, amendment, version=1)
    assert line_of(store, order).unit_price == 8


def test_who_entered_an_order_or_asked_for_its_exception_does_not_approve_it(store: Store) -> None:
    mei, fang, lin = (person(store, name) for name in ("mei", "fang", "lin"))
    (order, _line), (old, _line) = entered(store, mei, 1), entered(store, SYSTEM, 1, code="OLD")
    assert not asks(store, mei, order, ApprovalKind.CREDIT)
    switch(store, Duty.CREDIT)
    store.run(fang, ask_approval, None, order, kind=ApprovalKind.CREDIT, reason="an old friend")
    words = {"kind": ApprovalKind.CREDIT, "amount": D(10), "reason": "an old friend"}
    for own in (mei, fang):
        assert "entered this order or asked" in own_work(store, own, approve_exception, order, **words)
    assert asks(store, mei, order, ApprovalKind.CREDIT)
    assert store.run(lin, approve_exception, None, order, **words)
    # The system is nobody's colleague: what it entered, anybody approves who may, and it approves what anybody did.
    assert store.run(mei, approve_exception, None, old, **words)
    assert store.run(SYSTEM, approve_exception, None, order, **words)


def test_who_counted_neither_accepts_nor_posts_in_whichever_round(any_store: Store, clock: FixedClock) -> None:
    shop = CountedShop(any_store, clock)
    boss = person(any_store, "boss")
    switch(any_store, Duty.COUNTS)
    count_id = shop.plan()
    shop.count(count_id, shop.mei, mug=3)
    shop.run(shop.wei, submit_count, count_id)
    shop.run(boss, ask_recount, count_id)
    shop.count(count_id, shop.wei, mug=2)
    shop.run(shop.wei, submit_count, count_id)
    line = shop.lines(count_id, boss)["MUG"].id
    words = {"reason": DifferenceReason.LOST}
    assert "You counted in this stocktake" in own_work(
        any_store, shop.mei, accept_differences, count_id, [line], **words
    )
    assert "You counted in this stocktake" in own_work(any_store, shop.mei, post_count, count_id)
    shop.run(boss, accept_differences, count_id, [line], **words)
    shop.run(boss, post_count, count_id)
    own_work(any_store, shop.mei, refit_count, count_id)
    with any_store.viewing(SYSTEM) as view:
        assert stock_count_card(view, count_id).state == CountState.POSTED
    assert shop.on_hand()["MUG"] == 2
    assert_sound(any_store)


def test_where_it_is_off_who_counted_posts_too(store: Store, clock: FixedClock) -> None:
    shop = CountedShop(store, clock)
    count_id = shop.plan()
    shop.count(count_id, shop.mei, mug=3)
    shop.run(shop.mei, submit_count, count_id)
    shop.run(shop.mei, post_count, count_id)
    assert shop.on_hand()["MUG"] == 3


def test_who_entered_a_return_or_gave_goodwill_does_not_give_the_money_back(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, retail_price=10)
        order = a_delivery(uow, house, [(mug, 5)], paid=50)
    mei, fang = person(any_store, "mei"), person(any_store, "fang")
    switch(any_store, Duty.REFUNDS)
    asked = any_store.run(mei, request_return, None, order, lines=back(any_store, order, 1), reason=REASON)
    any_store.run(fang, receive_return, None, asked)
    goodwill = any_store.run(mei, give_goodwill, None, order, amount=D(3), reason=REASON)
    for document, amount in ((asked, D(10)), (goodwill, D(3))):
        for method in (CASH, None):
            assert "You entered this return or goodwill yourself" in own_work(
                any_store, mei, refund_return, document, amount=amount, method=method
            )
        any_store.run(fang, refund_return, None, document, amount=amount, method=CASH)
    assert_sound(any_store)


def test_an_exchange_is_settled_alone_while_no_money_goes_back(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 100, retail_price=10)
        order = a_delivery(uow, house, [(mug, 5)], paid=50)
    mei, fang = person(store, "mei"), person(store, "fang")
    switch(store, Duty.REFUNDS)
    for price, is_less in ((D(10), False), (D(7), True)):
        lines = back(store, order, 1)
        exchange = store.run(
            mei, request_exchange, None, order, back=lines, out=[LineDraft(mug.id, D(1), price)], reason=REASON
        )
        with store.viewing(SYSTEM) as view:
            came_back = view.session.get_one(SalesExchange, exchange).return_id
        store.run(fang, receive_return, None, came_back)
        if is_less:
            own_work(store, mei, settle_exchange, exchange, method=CASH)
        store.run(fang if is_less else mei, settle_exchange, None, exchange, method=CASH)
    assert_sound(store)
