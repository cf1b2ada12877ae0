"""Which reminder is due, and what its letter says."""

import pytest

from core.base.errors import InvalidInput
from core.receivables.reminder_rules import USUAL, Level, check_order, checked_text, letter, next_level


def test_levels_follow_each_other_by_days_late() -> None:
    assert [next_level(late, 0, None, USUAL) for late in (0, 2, 3, 90)] == [None, None, 1, 1]
    assert [next_level(late, 1, 12, USUAL) for late in (14, 15)] == [None, 2]
    assert [next_level(late, 2, 15, USUAL) for late in (29, 30)] == [None, 3]
    assert next_level(900, 3, 900, USUAL) is None


def test_a_late_first_reminder_does_not_hurry_the_next_ones() -> None:
    assert [next_level(90, 1, rest, USUAL) for rest in (0, 11, 12)] == [None, None, 2]
    assert [next_level(90, 2, rest, USUAL) for rest in (14, 15)] == [None, 3]


def test_a_letter_names_its_facts_and_nothing_of_them_is_read_as_a_place() -> None:
    facts = {"customer": "{amount} & Co.", "amount": "¥5.00"}
    assert letter("Dear {customer}: {amount}, {{so}}.", facts) == "Dear {amount} & Co.: ¥5.00, {so}."


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 2001, "{", "}", "{}", "{0}", "{cost}", "{customer.name}", "{amount!r}", "{amount:>9}"]
)
def test_a_text_that_no_letter_can_be_made_of_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        checked_text(text)


def test_the_usual_schedule_is_one_that_could_be_entered() -> None:
    check_order(USUAL)
    for level in USUAL:
        assert checked_text(level.text_zh) == level.text("zh_CN") == level.text_zh
        assert checked_text(level.text_en) == level.text("en") == level.text_en


@pytest.mark.parametrize("days", [(3, 3, 30), (0, 3, 30), (3, 30, 15), (3, 30, 3651)])
def test_levels_that_do_not_follow_each_other_are_refused(days: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput):
        check_order([Level(n, each, "zh", "en") for n, each in enumerate(days, 1)])
