"""Why an order stands where it stands: the same events in any order give the same answer."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.rules import LineProgress
from core.sales.why import Because, reasons

ZERO = Decimal(0)
line_numbers = st.integers(1, 3)
pieces = st.integers(1, 9).map(Decimal)
cents = st.integers(-9000, 9000).map(lambda n: Decimal(n).scaleb(-2))
events = st.one_of(
    st.tuples(st.sampled_from(["order", "less", "ship", "unship", "return", "take back"]), line_numbers, pieces),
    st.tuples(st.sampled_from(["pay", "charge"]), line_numbers, cents),
)
SIGNS = {"less": -1, "unship": -1, "take back": -1}
KINDS = {"order": 0, "less": 0, "ship": 1, "unship": 1, "return": 2, "take back": 2}


def standing(history: list[tuple[str, int, Decimal]]) -> tuple[Because, ...]:
    lines: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO, ZERO])
    money = {"pay": ZERO, "charge": ZERO}
    for kind, line, size in history:
        if kind in money:
            money[kind] += size
        else:
            lines[line][KINDS[kind]] += SIGNS.get(kind, 1) * size
    progress = [LineProgress(*sums) for _line, sums in sorted(lines.items())]
    return reasons(BusinessState.CONFIRMED, progress, money["charge"], money["pay"])


@given(st.lists(events, max_size=12).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_any_order_of_the_same_events_gives_the_same_status_for_the_same_reasons(
    histories: tuple[list[tuple[str, int, Decimal]], list[tuple[str, int, Decimal]]],
) -> None:
    first, second = histories
    assert standing(first) == standing(second)


def test_each_axis_names_the_quantities_and_amounts_that_make_it() -> None:
    lines = [LineProgress(Decimal(4), Decimal(3), Decimal(1)), LineProgress(Decimal(2), ZERO, ZERO)]

    found = reasons(BusinessState.CONFIRMED, lines, Decimal("85.20"), Decimal(20))

    assert [each.state for each in found] == [
        BusinessState.CONFIRMED,
        PaymentState.PARTIAL,
        Progress.PARTIAL,
        Progress.PARTIAL,
        Progress.NONE,
    ]
    assert [each.message.format(**each.facts) for each in found] == [
        "Agreed: 6 units in 2 lines for 85.20; 3 units are still to go.",
        "20 of 85.20 came in; 65.20 are open.",
        "3 of 6 units have left; 3 are still to go.",
        "1 of the 3 units that left came back.",
        "No statement of account names it.",
    ]


def test_what_came_back_is_not_open_any_more() -> None:
    lines = [LineProgress(Decimal(4), Decimal(4), Decimal(1))]

    found = [
        reasons(BusinessState.CONFIRMED, lines, Decimal(40), Decimal(paid), credit=Decimal(10))[1]
        for paid in (0, 20, 30, 40)
    ]

    assert [each.message.format(**each.facts) for each in found] == [
        "Nothing came in; 10 of 40 came back, so 30 are open.",
        "20 of 40 came in and 10 came back; 10 are open.",
        "30 came in and 10 came back, together exactly what the order comes to.",
        "40 came in and 10 came back, for an order of 40: 10 too much.",
    ]


def test_a_draft_owes_nothing_and_a_free_order_needs_no_payment() -> None:
    lines = [LineProgress(Decimal(4), ZERO, ZERO)]
    draft = reasons(BusinessState.DRAFT, lines, Decimal(40), ZERO)
    free = reasons(BusinessState.CONFIRMED, lines, ZERO, ZERO)

    assert (draft[1].state, draft[1].message) == (
        PaymentState.NONE,
        "Nothing is owed for an order that is not confirmed.",
    )
    assert (free[1].state, free[1].message) == (PaymentState.FULL, "It is free of charge, so nothing is owed.")
