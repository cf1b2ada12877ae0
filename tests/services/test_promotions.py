"""Promotions and coupons: published, used within their limits, given back, and never promised twice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from core.base.errors import InvalidInput, StaleVersion
from core.pricing.errors import AlreadyPublished, CodeTaken, CouponRefused, PromotionNameTaken, UnknownCode
from core.pricing.models import Coupon, OfferState, PromotionOffer, PromotionUse
from core.pricing.promotions import (
    add_promotion,
    copy_promotion,
    edit_promotion,
    issue_coupons,
    publish_promotion,
    published,
    record_uses,
    release_uses,
    withdraw_coupon,
    withdraw_promotion,
)
from core.pricing.queries import get_promotion, promotions
from core.pricing.rules.promotions import Basket, BasketLine, Items, Kind, Off, Part, Promotion, Stacking, Step, Verdict
from core.pricing.rules.terms import checked_promotion, promotion_of, terms_of
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_customer, a_promotion, priced

TODAY = date(2026, 3, 18)
TEN = Off(percent=Decimal(10))


def basket(price: int = 100, *codes: str, customer: int | None = None) -> Basket:
    """One piece at a price."""
    line = BasketLine(1, 1, Decimal(1), Decimal(price))
    return Basket((line,), on=TODAY, codes=frozenset(codes), customer_id=customer)


def use(uow: UnitOfWork, order: int, *codes: str, price: int = 100, customer: int | None = None) -> None:
    """An order that makes use of what there is."""
    outcome = priced(uow, basket(price, *codes, customer=customer))
    record_uses(uow, outcome, origin_type="order", origin_id=order, customer_id=customer, codes=codes)


def commit_use(store: Store, order: int, *codes: str, **fields) -> None:
    """The same in a transaction of its own."""
    with store.working(SYSTEM) as uow:
        use(uow, order, *codes, **fields)
        uow.audit("test.used", None)


FULL = Promotion(
    0,
    Kind.BUY_GET,
    name="Everything",
    priority=3,
    group="spring",
    stacking=Stacking.ON_REDUCED,
    customers=frozenset({1, 2}),
    tags=frozenset({3}),
    channels=frozenset({4}),
    since=TODAY,
    until=date(2026, 4, 1),
    items=Items(frozenset({1}), frozenset({2}), frozenset({3})),
    min_amount=Decimal("9.99"),
    min_order=Decimal(20),
    min_quantity=Decimal("0.5"),
    max_quantity=Decimal(9),
    off=Off(percent=Decimal(100)),
    nth=2,
    buy_quantity=Decimal(2),
    get_quantity=Decimal(1),
    gets=Items(),
    adds_variant=7,
    repeats=True,
    most=3,
    parts=(Part(Items(frozenset({1})), Decimal(2)),),
    steps=(Step(Decimal(100), Off(amount=Decimal(10))),),
    by_quantity=True,
    cap=Decimal(50),
    total_uses=10,
    uses_per_customer=1,
    budget=Decimal(500),
)


def test_what_is_kept_of_a_promotion_is_all_of_it(any_store: Store) -> None:
    made = any_store.run(SYSTEM, add_promotion, None, FULL, note="Spring sale")
    with any_store.viewing(SYSTEM) as view:
        row = get_promotion(view, made)
        assert row.promotion == replace(FULL, id=made)
        assert (row.state, row.note, row.used_count, row.spent) == (OfferState.DRAFT, "Spring sale", 0, 0)
    plain = Promotion(0, Kind.ITEM, off=TEN)
    assert promotion_of(terms_of(plain), id=0, kind=Kind.ITEM) == plain


def test_only_what_is_published_counts_and_a_copy_begins_anew(any_store: Store) -> None:
    draft = any_store.run(SYSTEM, add_promotion, None, Promotion(0, Kind.ITEM, name="Tenth", off=TEN))
    with any_store.viewing(SYSTEM) as view:
        assert priced(view, basket()).discount == 0
    any_store.run(SYSTEM, publish_promotion, None, draft)
    with any_store.viewing(SYSTEM) as view:
        assert priced(view, basket()).discount == 10
        assert [each.id for each in published(view, since=TODAY, until=date(2026, 3, 19))] == [draft]
    with pytest.raises(AlreadyPublished):
        any_store.run(SYSTEM, edit_promotion, None, draft, Promotion(0, Kind.ITEM, name="Tenth", off=TEN), version=2)
    copy = any_store.run(SYSTEM, copy_promotion, None, draft, "Fifth")
    fifth = Promotion(0, Kind.ITEM, name="Fifth", off=Off(percent=Decimal(20)))
    with pytest.raises(StaleVersion):
        any_store.run(SYSTEM, edit_promotion, None, copy, fifth, version=9)
    any_store.run(SYSTEM, edit_promotion, None, copy, fifth, version=1)
    any_store.run(SYSTEM, withdraw_promotion, None, draft)
    any_store.run(SYSTEM, publish_promotion, None, copy)
    with any_store.viewing(SYSTEM) as view:
        assert priced(view, basket()).discount == 20
        assert [(row.promotion.name, row.state) for row in promotions(view)] == [
            ("Fifth", OfferState.PUBLISHED),
            ("Tenth", OfferState.WITHDRAWN),
        ]


def test_a_coupon_is_used_once_and_comes_back_with_a_cancelled_order(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.COUPON, "spring-1", off=TEN)
    commit_use(any_store, 1, " SPRING-1 ")
    with any_store.viewing(SYSTEM) as view, pytest.raises(CouponRefused, match="SPRING-1"):
        priced(view, basket(100, "SPRING-1"))
    for _ in range(2):
        with any_store.working(SYSTEM) as uow:
            release_uses(uow, origin_type="order", origin_id=1)
            uow.audit("test.released", None)
    commit_use(any_store, 2, "SPRING-1")
    with any_store.viewing(SYSTEM) as view:
        assert view.session.execute(select(PromotionOffer.used_count, PromotionOffer.spent)).one() == (1, 10)
        assert view.session.scalar(select(Coupon.used_count)) == 1
        assert view.session.execute(select(PromotionUse.origin_id, PromotionUse.released_at.is_(None))).all() == [
            (1, False),
            (2, True),
        ]


def test_limits_in_all_by_customer_and_of_money_hold(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        lotus, other = a_customer(uow, "Lotus").id, a_customer(uow, "Other").id
        once = a_promotion(uow, Kind.ITEM, off=TEN, uses_per_customer=1, total_uses=2, budget=Decimal(25))
    commit_use(store, 1, customer=lotus)
    with store.viewing(SYSTEM) as view:
        assert priced(view, basket(customer=lotus)).trace[0].verdict == Verdict.USED_UP
        assert priced(view, basket(200, customer=other)).discount == 15
    commit_use(store, 2, customer=other, price=50)
    with store.viewing(SYSTEM) as view:
        assert priced(view, basket()).trace[0].verdict == Verdict.USED_UP
        assert (get_promotion(view, once).used_count, get_promotion(view, once).spent) == (2, 15)


def test_of_two_orders_at_once_one_has_the_last_coupon(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        a_promotion(uow, Kind.COUPON, "LAST", off=TEN)
    both, refused = Barrier(2), []

    def order(number: int) -> None:
        with any_store.viewing(SYSTEM) as view:
            outcome = priced(view, basket(100, "LAST"))
        both.wait()
        try:
            with any_store.working(SYSTEM) as uow:
                record_uses(uow, outcome, origin_type="order", origin_id=number, customer_id=None, codes=["LAST"])
                uow.audit("test.used", None)
        except CouponRefused as refusal:
            refused.append(refusal)

    threads = [Thread(target=order, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with any_store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(PromotionOffer.used_count)) == 1
        assert len(view.session.scalars(select(PromotionUse.id)).all()) == 1


def test_coupons_say_why_they_cannot_be_used(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        lotus = a_customer(uow).id
        made = a_promotion(uow, Kind.COUPON, "ENDED", off=TEN)
        issue_coupons(uow, made, ["HERS"], customer_id=lotus)
        issue_coupons(uow, made, ["PAST"], until=TODAY, most_uses=None)
        withdraw_coupon(uow, "ENDED")
    for code, reason in (("ENDED", "over"), ("HERS", "other customers"), ("PAST", "over")):
        with store.viewing(SYSTEM) as view, pytest.raises(CouponRefused, match=reason):
            priced(view, basket(100, code))
    with store.viewing(SYSTEM) as view:
        with pytest.raises(UnknownCode):
            priced(view, basket(100, "NOBODY"))
        assert priced(view, basket(100, "HERS", customer=lotus)).discount == 10


def test_codes_and_names_are_taken_once_and_refusals_change_nothing(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        made = a_promotion(uow, Kind.COUPON, "ONE", off=TEN, name="Coupons")
        other = a_promotion(uow, Kind.ITEM, off=TEN)
    refused = [
        (CodeTaken, issue_coupons, (made, ["TWO", "one"])),
        (CodeTaken, issue_coupons, (made, ["TWO", "two"])),
        (InvalidInput, issue_coupons, (made, ["no way!"])),
        (InvalidInput, issue_coupons, (made, [])),
        (InvalidInput, issue_coupons, (other, ["TWO"])),
        (PromotionNameTaken, add_promotion, (Promotion(0, Kind.ITEM, name="coupons", off=TEN),)),
        (UnknownCode, withdraw_coupon, ("THREE",)),
    ]
    for refusal, command, arguments in refused:
        with pytest.raises(refusal):
            store.run(SYSTEM, command, None, *arguments)
    with store.viewing(SYSTEM) as view:
        assert list(view.session.scalars(select(Coupon.code))) == ["ONE"]
        assert len(promotions(view)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"off": Off()},
        {"off": Off(percent=Decimal(10), amount=Decimal(1))},
        {"off": Off(percent=Decimal(101))},
        {"off": Off(amount=Decimal(-1))},
        {"name": " "},
        {"priority": 0},
        {"since": TODAY, "until": TODAY},
        {"min_quantity": Decimal(3), "max_quantity": Decimal(2)},
        {"total_uses": 0},
        {"min_amount": Decimal("0.001")},
        {"kind": Kind.NTH},
        {"kind": Kind.BUY_GET, "repeats": True},
        {"kind": Kind.BUY_GET, "repeats": True, "buy_quantity": Decimal(2)},
        {"kind": Kind.BUY_GET, "adds_variant": 1},
        {"kind": Kind.BUNDLE},
        {"kind": Kind.BUNDLE, "off": Off(price=Decimal(1))},
        {"kind": Kind.LADDER},
        {"kind": Kind.LADDER, "steps": (Step(Decimal(1), TEN), Step(Decimal(1), TEN))},
        {"kind": Kind.LADDER, "steps": (Step(Decimal(1), TEN),), "repeats": True},
    ],
)
def test_a_promotion_that_could_not_act_as_it_reads_is_refused(fields: dict) -> None:
    sound = {"id": 0, "kind": Kind.ITEM, "name": "Sound", "off": TEN}
    assert checked_promotion(Promotion(**sound)).name == "Sound"
    with pytest.raises(InvalidInput):
        checked_promotion(Promotion(**sound | fields))
