"""When open money is likely to come, worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.receivables.forecast_rules import (
    EARLIEST,
    LATEST,
    Habit,
    Owed,
    Split,
    chances,
    days_outstanding,
    forecast,
    together,
    weeks_late,
)

D = Decimal
TODAY = date(2026, 3, 18)  # a Wednesday
MONDAY = date(2026, 3, 16)


def habit(payments: int = 9, still_open: dict[int, int] | None = None, **paid: int) -> Habit:
    """`w2=50`: 50 came in the third week after the due day."""
    return Habit(
        {int(week[1:]): D(amount) for week, amount in paid.items()},
        {w: D(a) for w, a in (still_open or {}).items()},
        payments,
    )


def test_days_of_sales_outstanding_are_receivable_by_sales_times_days() -> None:
    assert days_outstanding(D(50_000), D(150_000), 90) == D("30.0")
    assert days_outstanding(D(100), D(70), 90) == D("128.6")
    assert days_outstanding(D(0), D(70), 90) == 0
    assert days_outstanding(D(100), D(0), 90) is None
    assert days_outstanding(D(100), D(-5), 90) is None


def test_lateness_is_told_in_weeks_before_and_after_the_due_day() -> None:
    assert [weeks_late(days) for days in (-8, -7, -1, 0, 6, 7, 13)] == [-2, -1, -1, 0, 0, 1, 1]
    assert [weeks_late(days) for days in (-900, 900)] == [EARLIEST, LATEST]


def test_money_comes_by_the_shares_of_what_got_that_far() -> None:
    seen = habit(w0=50, w1=30, w2=20)
    assert chances(seen, 0) == {0: D("0.5"), 1: D("0.3"), 2: D("0.2")}
    assert chances(seen, 1) == {1: D("0.6"), 2: D("0.4")}
    assert chances(seen, -3) == chances(seen, 0)
    assert chances(seen, 3) == {}


def test_money_still_open_counts_as_unpaid_as_far_as_it_got() -> None:
    # 100 reached week 0, of which 40 were paid in it; 60 reached week 1, of which 30 were paid and 30 are open.
    assert chances(habit(w0=40, w1=30, still_open={1: 30}), 0) == {0: D("0.4"), 1: D("0.3")}
    # What is not due yet has not been late and says nothing of being so.
    assert chances(habit(w0=40, w1=40, still_open={-2: 999}), 0) == {0: D("0.5"), 1: D("0.5")}


def test_a_forecast_shares_money_out_and_names_what_comes_later_or_never() -> None:
    habits = {1: habit(w0=50, w1=30, still_open={2: 20})}
    made = forecast([Owed(1, MONDAY, D("100.01"))], habits, TODAY, 3)
    # The due day is this Monday: the middle of week 0 is Thursday, and half of such money comes by then.
    assert [(week, split.expected) for week, split in made.weeks] == [
        (MONDAY, D("50.01")),
        (MONDAY + timedelta(weeks=1), D("30.00")),
        (MONDAY + timedelta(weeks=2), D(0)),
    ]
    assert made.weeks[0][1] == Split(D("50.01"), D("100.01"), D("100.01"), D(0))
    assert made.weeks[1][1].slow == D("100.01")
    assert made.later == Split(D("20.00"))
    assert made.outstanding == D("100.01")


def test_what_is_late_is_expected_from_this_week_on_and_what_lies_beyond_the_weeks_is_later() -> None:
    habits = {1: habit(w0=50, w4=50)}
    made = forecast([Owed(1, TODAY - timedelta(days=10), D(80))], habits, TODAY, 2)
    assert made.within(2) == Split()
    assert made.later == Split(D(80), D(80), D(80), D(80))
    made = forecast([Owed(1, TODAY - timedelta(days=10), D(80))], habits, TODAY, 4)
    assert [split.expected for _, split in made.weeks] == [0, 0, 0, 80]


def test_few_payments_follow_the_habit_of_all_and_without_any_money_comes_when_it_is_due() -> None:
    habits = {1: habit(payments=4, w0=10), 2: habit(payments=9, w1=90)}
    assert together(habits.values()) == habit(payments=13, w0=10, w1=90)
    made = forecast([Owed(1, MONDAY, D(100))], habits, TODAY, 3)
    assert [split.expected for _, split in made.weeks] == [10, 90, 0]
    made = forecast([Owed(2, MONDAY, D(100))], habits, TODAY, 3)
    assert [split.expected for _, split in made.weeks] == [0, 100, 0]
    nobody = forecast([Owed(3, MONDAY + timedelta(days=7), D(5)), Owed(3, date(2026, 1, 1), D(7))], {}, TODAY, 3)
    assert [split.expected for _, split in nobody.weeks] == [0, 5, 0]
    assert nobody.later.expected == 7


weeks = st.dictionaries(st.integers(EARLIEST, LATEST), st.integers(1, 10**6).map(D), max_size=6)
habits = st.dictionaries(st.integers(1, 3), st.builds(Habit, weeks, weeks, st.integers(0, 9)), max_size=3)
parts = st.builds(
    Owed,
    st.integers(1, 4),
    st.integers(-500, 200).map(lambda days: TODAY + timedelta(days=days)),
    st.integers(1, 10**9).map(lambda cents: D(cents).scaleb(-2)),
)


@given(st.lists(parts, max_size=8), habits, st.integers(1, 20))
def test_every_way_adds_up_to_what_is_outstanding_and_nobody_fast_is_behind_the_slow(
    owed: list[Owed], known: dict[int, Habit], count: int
) -> None:
    made = forecast(owed, known, TODAY, count)
    total = made.within(count) + made.later
    assert {total.expected, total.fast, total.likely, total.slow} == {sum((each.amount for each in owed), D(0))}
    for n in range(count):
        so_far = made.within(n + 1)
        assert so_far.fast >= so_far.likely >= so_far.slow >= 0
        assert made.weeks[n][1].expected >= 0
