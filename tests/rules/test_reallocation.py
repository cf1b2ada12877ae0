"""Who gives goods to another order, in which turn, how much, and until when it waits then."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.base.exact import ZERO
from core.sales.models import PaymentState
from core.sales.reallocation.rules import Claim, Holding, Reason, Waiter, most, propose, reasons, waits_until

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
TODAY = date(2026, 3, 18)
NONE, PARTIAL, FULL = PaymentState.NONE, PaymentState.PARTIAL, PaymentState.FULL


def a_claim(order: int, priority: int = 5, payment: PaymentState = NONE, minutes: int = 0, **more: bool) -> Claim:
    return Claim(order, priority, payment, NOON + timedelta(minutes=minutes), **more)


def holds(claim: Claim, held: int = 3, took: int = 0, variant: int = 1) -> Holding:
    return Holding(claim, claim.order_id, variant, Decimal(held), Decimal(took))


TAKER = a_claim(99, minutes=10)
DRAFT = Claim(99, 5, NONE, None)


def test_every_reason_is_told() -> None:
    assert reasons(holds(a_claim(1, 6, FULL, 0)), TAKER) == (Reason.LOWER_CLASS,)
    assert reasons(holds(a_claim(1, 5, NONE, 20)), TAKER) == (Reason.UNPAID, Reason.LATER)
    assert reasons(holds(a_claim(1, 5, PARTIAL, 0, is_needed=False)), TAKER) == (Reason.NOT_NEEDED,)
    assert reasons(holds(a_claim(1, 5, FULL, 0), took=1), TAKER) == (Reason.TOOK,)
    assert reasons(holds(a_claim(1, 5, FULL, 20)), DRAFT) == ()


def test_only_who_may_wait_gives_all_and_nobody_of_a_higher_class() -> None:
    assert most(holds(a_claim(1)), TAKER) == 3
    assert most(holds(a_claim(1, back_orders=False)), TAKER) == 0
    assert most(holds(a_claim(1, 4)), TAKER) == 0
    assert most(holds(a_claim(1, 5, FULL)), TAKER) == 0
    assert most(holds(a_claim(1, 4, back_orders=False), took=2), TAKER) == 2
    assert most(holds(a_claim(1, 4), held=1, took=2), TAKER) == 1


def test_the_lower_class_gives_first_then_who_paid_less_then_who_does_not_need_it_then_the_later() -> None:
    lower = holds(a_claim(1, 9, PARTIAL))
    unpaid, later = holds(a_claim(2)), holds(a_claim(3, minutes=5))
    on_hold, some = holds(a_claim(4, is_needed=False)), holds(a_claim(5, payment=PARTIAL, minutes=20))
    shipped, paid = holds(a_claim(6, 9, is_shipped=True)), holds(a_claim(7, 9, FULL))
    found = propose({1: Decimal(11)}, [paid, shipped, some, unpaid, later, on_hold, lower], TAKER)
    assert [(each.holding.claim.order_id, each.gives) for each in found] == [
        (1, 3),
        (4, 3),
        (3, 3),
        (2, 2),
        (5, 0),
        (6, 0),
        (7, 0),
    ]


def test_each_product_is_given_no_more_than_is_missing_of_it() -> None:
    found = propose({1: Decimal(2), 2: Decimal(9)}, [holds(a_claim(1)), holds(a_claim(2), variant=2)], DRAFT)
    assert [(each.holding.variant_id, each.most, each.gives) for each in found] == [(2, 3, 3), (1, 3, 2)]


CLAIMS = st.builds(
    a_claim,
    st.integers(1, 90),
    st.integers(3, 7),
    st.sampled_from(PaymentState),
    st.integers(0, 20),
    is_shipped=st.booleans(),
    is_needed=st.booleans(),
    back_orders=st.booleans(),
)
HOLDINGS = st.builds(holds, CLAIMS, st.integers(1, 9), st.integers(0, 9))


@given(
    st.lists(HOLDINGS, max_size=8, unique_by=lambda each: each.line_id),
    st.integers(1, 30),
    st.sampled_from([TAKER, DRAFT]),
)
def test_whatever_is_held_nothing_is_taken_twice_or_from_who_may_not_give(
    held: list[Holding], missing: int, taker: Claim
) -> None:
    found = propose({1: Decimal(missing)}, held, taker)
    assert sum((each.gives for each in found), ZERO) == min(missing, sum((each.most for each in found), ZERO))
    for place, each in enumerate(found):
        claim = each.holding.claim
        assert ZERO <= each.gives <= each.most <= each.holding.held
        assert each.reasons
        if Reason.TOOK not in each.reasons:
            assert claim.back_orders
            assert claim.priority >= taker.priority
        last = claim.is_shipped or (claim.is_paid and claim.is_before(taker))
        unpaid_after = [
            later
            for later in found[place:]
            if later.holding.claim.payment == NONE and not later.holding.claim.is_shipped
        ]
        assert not (last and unpaid_after)


def test_an_order_waits_until_enough_came_for_it_and_for_all_before_it() -> None:
    comes = [(TODAY + timedelta(5), Decimal(9)), (TODAY + timedelta(2), Decimal(2))]
    assert waits_until(TAKER, Decimal(2), [], comes) == TODAY + timedelta(2)
    first, last = Waiter(a_claim(1, 4), Decimal(1)), Waiter(a_claim(2, minutes=30), Decimal(50))
    assert waits_until(TAKER, Decimal(2), [first, last], comes) == TODAY + timedelta(5)
    assert waits_until(TAKER, Decimal(11), [first], comes) is None
    assert waits_until(TAKER, Decimal(1), [], []) is None
