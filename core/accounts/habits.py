"""What a person filters by again and again, to offer that it be kept: counted for that person, and forgettable."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, delete, select

from core.accounts.preference_models import LONGEST_LABEL, LONGEST_SCREEN, Habit, HabitState
from core.accounts.preferences import own_preferences
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

OFTEN = 5


@dataclass(frozen=True)
class Hint:
    """One habit that is worth keeping."""

    dimension: str
    label: str
    times: int


@query(P.ACCOUNT_OWN)
def habit_hint(scope: Scope, board: str) -> Hint | None:
    """What this person filtered the board by most in this month, at least so often; nothing that was hinted at."""
    if not own_preferences(scope).hints:
        return None
    wanted = _own(scope, board).where(
        Habit.state == HabitState.COUNTED, Habit.times >= OFTEN, Habit.month == scope.today.replace(day=1)
    )
    row = scope.session.scalars(wanted.order_by(Habit.times.desc(), Habit.dimension, Habit.label)).first()
    return None if row is None else Hint(row.dimension, row.label, row.times)


@command(P.ACCOUNT_OWN)
def count_picks(uow: UnitOfWork, board: str, picks: Iterable[tuple[str, str]]) -> None:
    """Count what somebody filtered by, month by month; not in the trail, for it is nobody else's business."""
    if uow.actor.id is None or not own_preferences(uow).hints:
        return
    month = uow.today.replace(day=1)
    for dimension, label in picks:
        if max(len(board), len(dimension)) > LONGEST_SCREEN or len(label) > LONGEST_LABEL:
            continue
        row = uow.session.get(Habit, (uow.actor.id, board, dimension, label))
        if row is None:
            row = Habit(user_id=uow.actor.id, board=board, dimension=dimension, label=label, month=month, times=0)
            row.state = HabitState.COUNTED
            uow.session.add(row)
        if row.month != month:
            row.month, row.times = month, 0
            row.state = HabitState.NEVER if row.state is HabitState.NEVER else HabitState.COUNTED
        row.times += 1


@command(P.ACCOUNT_OWN)
def mark_hint(uow: UnitOfWork, board: str, dimension: str, label: str, *, never: bool = False) -> None:
    """The hint was shown, which is enough for this month; or is not to be given again."""
    row = uow.session.scalar(_own(uow, board).where(Habit.dimension == dimension, Habit.label == label))
    if row is not None:
        row.state = HabitState.NEVER if never else HabitState.HINTED


@command(P.ACCOUNT_OWN)
def forget_habits(uow: UnitOfWork) -> None:
    """Forget all that was counted of oneself."""
    uow.session.execute(delete(Habit).where(Habit.user_id == uow.actor.id))


def _own(scope: Scope, board: str) -> Select[Habit]:
    return select(Habit).where(Habit.user_id == scope.actor.id, Habit.board == board)
