"""What a change of a line may be, and what it means."""

from decimal import Decimal

import pytest

from core.base.errors import AppError
from core.base.exact import Rounding
from core.catalog.errors import ProductRetired
from core.sales.amend_errors import BelowShipped, PriceSettled
from core.sales.amend_rules import (
    AMENDMENT_FLOW,
    REMEDIES,
    Change,
    LineChange,
    Terms,
    least_quantity,
    needs_reason,
    refusals_of,
    terms,
    totals,
)
from core.sales.errors import BelowFloor
from core.sales.models import BusinessState
from core.sales.rules import ORDER_FLOW, Amounts


def said(quantity: str, price: str = "10", discount: str = "0") -> Terms:
    return terms(
        Decimal(quantity),
        Decimal(price),
        Decimal(discount),
        Decimal("0.13"),
        prices_include_tax=True,
        rounding=Rounding.HALF_UP,
    )


def against(change: LineChange, *, lowest: str = "0", is_retired: bool = False, boss: bool = False) -> list[AppError]:
    return refusals_of(change, sku="MUG", name="Mug", lowest=Decimal(lowest), is_retired=is_retired, may_override=boss)


@pytest.mark.parametrize(
    ("before", "after", "kind", "promised"),
    [
        (said("5"), said("5"), Change.KEPT, 0),
        (said("5"), said("7"), Change.CHANGED, 2),
        (said("5"), said("5", "9"), Change.CHANGED, 0),
        (said("5"), None, Change.REMOVED, -5),
        (None, said("3"), Change.ADDED, 3),
    ],
)
def test_a_line_is_kept_changed_added_or_taken_off_and_promises_the_difference(
    before: Terms | None, after: Terms | None, kind: Change, promised: int
) -> None:
    change = LineChange(before, after)
    assert (change.kind, change.promised) == (kind, promised)
    assert needs_reason([change]) == (kind != Change.KEPT)


def test_a_line_never_falls_below_what_has_left_also_where_some_of_it_came_back() -> None:
    assert least_quantity(Decimal(4), Decimal(0)) == 4
    assert least_quantity(Decimal(4), Decimal(3)) == 4

    (refusal,) = against(LineChange(said("5"), said("3"), Decimal(4)))
    assert isinstance(refusal, BelowShipped)
    assert refusal.sentence == ("4 of MUG have been shipped, so 3 is too few. Undo the shipment or enter a return.")
    assert [type(each) for each in against(LineChange(said("5"), None, Decimal(4)))] == [BelowShipped]
    assert against(LineChange(said("5"), said("4"), Decimal(4))) == []


def test_only_what_is_new_must_keep_to_the_lowest_price() -> None:
    cheap = said("5", "8")

    assert against(LineChange(cheap, said("4", "8")), lowest="9") == []
    assert [type(each) for each in against(LineChange(cheap, said("6", "8")), lowest="9")] == [BelowFloor]
    assert [type(each) for each in against(LineChange(said("5"), said("5", "8.9999")), lowest="9")] == [BelowFloor]
    assert [type(each) for each in against(LineChange(said("3"), said("3", "10", "3.01")), lowest="9")] == [BelowFloor]
    assert against(LineChange(said("3"), said("3", "10", "3")), lowest="9") == []
    assert against(LineChange(None, said("1", "1")), lowest="9", boss=True) == []


def test_less_of_a_retired_product_may_be_ordered_but_not_more() -> None:
    assert against(LineChange(said("5"), said("4")), is_retired=True) == []
    assert [type(each) for each in against(LineChange(said("5"), said("6")), is_retired=True)] == [ProductRetired]
    assert [type(each) for each in against(LineChange(None, said("1")), is_retired=True)] == [ProductRetired]


def test_a_line_of_which_something_came_back_keeps_its_price() -> None:
    one = Decimal(1)
    assert [type(each) for each in against(LineChange(said("5"), said("5", "9"), one, one))] == [PriceSettled]
    assert against(LineChange(said("5"), said("6"), one, one)) == []


def test_totals_before_and_after_are_the_sums_of_the_lines() -> None:
    before, after = totals([LineChange(said("2", "11.30"), said("3", "11.30")), LineChange(None, said("1", "20"))])

    assert before == Amounts(Decimal("20.00"), Decimal("2.60"), Decimal("22.60"))
    assert after == Amounts(Decimal("47.70"), Decimal("6.20"), Decimal("53.90"))


def test_every_state_from_which_nothing_is_amended_says_what_to_do() -> None:
    assert {state for state in BusinessState if not ORDER_FLOW.allows("amend", state)} == REMEDIES.keys()
    assert [step.verb for step in AMENDMENT_FLOW] == ["edit", "accept", "decline", "undo"]
