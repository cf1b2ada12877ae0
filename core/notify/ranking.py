"""What to do first: what is late or due today before the rest, each by the money at risk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.base.exact import ZERO


@dataclass(frozen=True)
class ToDo:
    """Something to do: of which kind, what it is about, how much money is at risk, and until when where that is known.

    Somebody who waits for an answer waits since today at the latest: that is `due_on`, too.
    """

    kind: str
    about: Any
    amount: Decimal | None = None
    due_on: date | None = None


def in_order(todos: Iterable[ToDo], today: date) -> list[ToDo]:
    """The most pressing first; what is equally pressing stays in the order it came in."""

    def rank(todo: ToDo) -> tuple[bool, Decimal, date]:
        waits = todo.due_on is None or todo.due_on > today
        return waits, -(todo.amount or ZERO), todo.due_on or date.max

    return sorted(todos, key=rank)
