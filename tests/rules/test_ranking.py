"""What to do first."""

from datetime import date
from decimal import Decimal

from core.notify.ranking import ToDo, in_order

TODAY = date(2026, 3, 18)


def test_what_is_due_comes_before_the_rest_and_each_by_money() -> None:
    todos = [
        ToDo("no date, some money", 1, Decimal(50)),
        ToDo("no date, much money", 2, Decimal(5_000)),
        ToDo("tomorrow", 3, Decimal(9), date(2026, 3, 19)),
        ToDo("today, no money", 4, None, TODAY),
        ToDo("today, some money", 5, Decimal(10), TODAY),
        ToDo("late, no money", 6, None, date(2026, 3, 1)),
        ToDo("nothing known", 7),
        ToDo("nothing known either", 8),
    ]
    assert [each.kind for each in in_order(todos, TODAY)] == [
        "today, some money",
        "late, no money",
        "today, no money",
        "no date, much money",
        "no date, some money",
        "tomorrow",
        "nothing known",
        "nothing known either",
    ]
