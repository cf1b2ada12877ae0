"""The exact share of what comes back, and states that do not depend on the order of events."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.base.exact import ZERO, Rounding
from core.sales.models import PaymentState, Progress
from core.sales.returns.rules import refundable, share
from core.sales.rules import NOTHING, Amounts, LineProgress, derive_axes, line_amounts

D = Decimal
cents = st.integers(0, 10_000_000).map(lambda each: D(each).scaleb(-2))


@given(
    unit_price=st.integers(0, 10_000_000).map(lambda each: D(each).scaleb(-4)),
    rate=st.sampled_from([D(0), D("0.01"), D("0.06"), D("0.13")]),
    parts=st.lists(st.integers(1, 5_000).map(lambda each: D(each).scaleb(-3)), min_size=1, max_size=8),
    includes=st.booleans(),
    rounding=st.sampled_from(list(Rounding)),
)
def test_the_parts_of_a_line_add_up_to_it_in_whatever_parts_it_comes_back(
    unit_price: Decimal, rate: Decimal, parts: list[Decimal], includes: bool, rounding: Rounding
) -> None:
    quantity = sum(parts, ZERO)
    line = line_amounts(quantity, unit_price, ZERO, rate, prices_include_tax=includes, rounding=rounding)
    counted, returned = NOTHING, ZERO
    for part in parts:
        amounts = share(line, quantity, counted, returned, part, rounding)
        assert amounts.net + amounts.tax == amounts.gross >= ZERO
        counted, returned = counted + amounts, returned + part
    assert counted == line


@given(parts=st.permutations([D(1), D(2), D(3), D(1)]), gross=cents)
def test_so_much_of_a_line_is_worth_the_same_whatever_came_first(parts: list[Decimal], gross: Decimal) -> None:
    line = Amounts(gross, ZERO, gross)
    counted, returned = NOTHING, ZERO
    for part in parts:
        counted, returned = counted + share(line, D(11), counted, returned, part, Rounding.HALF_UP), returned + part
    assert counted == share(line, D(11), NOTHING, ZERO, D(7), Rounding.HALF_UP)


@given(gross=cents, first=st.integers(1, 9), again=st.integers(1, 9))
def test_what_is_delivered_again_takes_its_part_of_the_credit_away(gross: Decimal, first: int, again: int) -> None:
    line, again = Amounts(gross, ZERO, gross), min(first, again)
    credit = share(line, D(9), NOTHING, ZERO, D(first), Rounding.HALF_UP)
    taken = share(line, D(9), credit, D(first), D(-again), Rounding.HALF_UP)

    assert taken.gross <= ZERO
    assert credit + taken == share(line, D(9), NOTHING, ZERO, D(first - again), Rounding.HALF_UP)


def test_credit_first_pays_what_is_owed_for_the_rest() -> None:
    assert refundable(D(40), ZERO, paid=D(100), owed=D(60)) == 40
    assert refundable(D(40), D(15), paid=D(85), owed=D(60)) == 25
    assert refundable(D(40), ZERO, paid=D(50), owed=D(60)) == 0
    assert refundable(D(40), ZERO, paid=D(70), owed=D(60)) == 10


events = st.lists(
    st.one_of(
        st.tuples(st.just("ship"), st.integers(1, 40).map(D)),
        st.tuples(st.just("back"), st.integers(1, 40).map(D)),
        st.tuples(st.just("cancel the return"), st.integers(-40, -1).map(D)),
        st.tuples(st.just("pay"), st.integers(-500, 500).map(D)),
    ),
    max_size=10,
)


@given(history=events, data=st.data())
def test_any_order_of_the_same_events_gives_the_same_states(
    history: list[tuple[str, Decimal]], data: st.DataObject
) -> None:
    def axes(events: list[tuple[str, Decimal]]) -> object:
        sums = {"ship": ZERO, "back": ZERO, "pay": ZERO}
        for name, size in events:
            sums["back" if "return" in name else name] += size
        lines = [LineProgress(D(100), sums["ship"], sums["back"])]
        return derive_axes(lines, D(1000), sums["pay"], sums["back"] * 10)

    assert axes(history) == axes(data.draw(st.permutations(history)))


def test_delivered_in_full_paid_for_what_was_kept_is_done_until_the_return_is_cancelled() -> None:
    """Delivered 100, paid 90: a return of the 10 unpaid ones closes it, cancelling the return opens it again."""
    before = derive_axes([LineProgress(D(100), D(100), ZERO)], D(1000), D(900))
    returned = derive_axes([LineProgress(D(100), D(100), D(10))], D(1000), D(900), D(100))

    assert (before.payment, before.return_) == (PaymentState.PARTIAL, Progress.NONE)
    assert (returned.payment, returned.shipment, returned.return_) == (
        PaymentState.FULL,
        Progress.FULL,
        Progress.PARTIAL,
    )
