"""What covers what: parts add up, nothing is below zero, and days fall where the terms say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.receivables.models import TermsKind
from core.receivables.rules import (
    Bucket,
    PlanState,
    Terms,
    bucket_of,
    covered,
    due_date,
    needed_before,
    oldest_first,
    plan_state,
    week_of,
)

D = Decimal
cents = st.integers(0, 10**9).map(lambda units: Decimal(units).scaleb(-2))


@given(parts=st.lists(cents, max_size=8), money=cents)
def test_money_covers_parts_from_the_first_on_and_nothing_twice(parts: list[Decimal], money: Decimal) -> None:
    left = covered(parts, money)
    assert sum(parts) - sum(left) == min(money, sum(parts))
    assert all(0 <= is_open <= part for is_open, part in zip(left, parts, strict=True))
    first_open = next((n for n, is_open in enumerate(left) if is_open), len(left))
    assert left[first_open + 1 :] == parts[first_open + 1 :]


@given(opens=st.lists(cents, max_size=8), money=cents)
def test_oldest_first_gives_no_more_than_there_is_or_is_open(opens: list[Decimal], money: Decimal) -> None:
    given_to = oldest_first(money, enumerate(opens))
    assert sum(given_to.values()) == min(money, sum(opens))
    assert all(0 < part <= opens[n] for n, part in given_to.items())


@given(gross=cents, share=st.integers(0, 10_000), rate=st.integers(1, 10_000))
def test_no_more_is_needed_before_goods_leave_than_they_or_the_order_cost(
    gross: Decimal, share: int, rate: int
) -> None:
    shipped = (gross * share / 10_000).quantize(D("0.01"))
    assert needed_before(Terms(TermsKind.PREPAID), gross, shipped) == shipped
    deposit = needed_before(Terms(TermsKind.DEPOSIT, deposit_rate=D(rate) / 10_000), gross, shipped)
    assert 0 <= deposit <= gross
    assert needed_before(Terms(TermsKind.NET, 30), gross, shipped) == 0


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        (Terms(TermsKind.PREPAID), date(2028, 2, 10)),
        (Terms(TermsKind.ON_SHIPMENT), date(2028, 2, 10)),
        (Terms(TermsKind.NET, 30), date(2028, 3, 11)),
        (Terms(TermsKind.MONTH_END), date(2028, 2, 29)),
        (Terms(TermsKind.MONTH_END, 15), date(2028, 3, 15)),
        (Terms(TermsKind.DEPOSIT, 7, D("0.3")), date(2028, 2, 17)),
    ],
)
def test_goods_are_due_by_the_terms(terms: Terms, due: date) -> None:
    assert due_date(terms, date(2028, 2, 10)) == due


@pytest.mark.parametrize(
    ("late", "bucket"),
    [(-5, "not_due"), (0, "not_due"), (1, "to_30"), (30, "to_30"), (31, "to_60"), (61, "to_90"), (91, "over_90")],
)
def test_money_ages_in_steps_of_thirty_days(late: int, bucket: str) -> None:
    today = date(2026, 3, 18)
    assert bucket_of(today - timedelta(days=late), today) == Bucket(bucket)


def test_an_instalment_is_open_partly_paid_paid_or_overdue() -> None:
    today = date(2026, 3, 18)
    assert plan_state(D(10), D(10), today, today) == PlanState.OPEN
    assert plan_state(D(10), D(4), today, today) == PlanState.PARTLY
    assert plan_state(D(10), D(0), date(2026, 1, 1), today) == PlanState.PAID
    assert plan_state(D(10), D(4), date(2026, 3, 17), today) == PlanState.OVERDUE
    assert week_of(today) == date(2026, 3, 16)
