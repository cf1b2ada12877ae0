"""Planning targets: each change is a new version with its reason, and the newest one can be taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select

from core.base.errors import InvalidInput, NotFound, ReasonMissing, StaleVersion
from core.base.exact import AMOUNT_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.search import one_line
from core.catalog.models import Category
from core.security.models import User
from core.security.permissions import P
from core.team.errors import LevelsOutOfOrder, NewerPlan, NoCategoryHere, NothingPlanned, PlanWithdrawn
from core.team.models import COUNTED, METRIC_LABELS, WITHOUT_CATEGORY, Metric, Target, TargetPlan
from core.team.rules import next_month
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

REASON_LENGTH, MOST_MONTHS = 200, 36


@dataclass(frozen=True)
class Levels:
    """The three levels of a target."""

    base: Decimal = ZERO
    stretch: Decimal = ZERO
    challenge: Decimal = ZERO

    def __bool__(self) -> bool:
        """Whether there is a target at all."""
        return self.challenge > 0


# By month and person; None as person is the whole company.
Cells = Mapping[tuple[date, int | None], Levels]


@command(P.TARGET_PLAN)
def plan_targets(
    uow: UnitOfWork,
    metric: Metric,
    cells: Cells,
    *,
    reason: str,
    category_id: int | None = None,
    seen: int | None = None,
) -> int:
    """Plan months anew: what these cells say holds for their months, and nothing else.

    Only months that change become part of the new version; who has no cell in a month has no target there. `seen`
    is the newest version the planner saw. Refuses figures that cannot be, levels out of order, a missing reason,
    a version without a change, and one made over another that was not seen (`StaleVersion`).
    """
    reason = one_line(reason)
    if not reason:
        raise ReasonMissing
    if len(reason) > REASON_LENGTH:
        raise InvalidInput(field=N_("Reason"), reason=N_("enter at most 200 characters."))
    _checked(uow, metric, cells, category_id)
    uow.actor.require(P.COST_READ if metric == Metric.MARGIN else P.TARGET_PLAN)
    if newest_plan(uow, metric, category_id) != seen:
        raise StaleVersion(what=N_("The targets"))
    months = sorted({month for month, _user in cells})
    now = cells_in_force(uow, metric, category_id, months[0], next_month(months[-1])) if months else {}
    changed = [month for month in months if _of_month(now, month) != _of_month(cells, month)]
    if not changed:
        raise NothingPlanned
    plan = uow.add(
        TargetPlan(metric=metric, category_id=category_id, reason=reason, made_at=uow.now, made_by=uow.actor.id)
    )
    uow.write(Target, [row for month in changed for row in _rows(plan.id, month, _of_month(cells, month))])
    uow.audit("targets.planned", plan, metric=metric, months=len(changed), reason=reason)
    return plan.id


@command(P.TARGET_PLAN)
def withdraw_plan(uow: UnitOfWork, plan_id: int) -> None:
    """Take a version back: what held before it holds again. Refuses one that is not the newest, and a second time."""
    plan = uow.session.get(TargetPlan, plan_id, with_for_update=True)
    if plan is None:
        raise NotFound(what=N_("The version"))
    uow.actor.require(P.COST_READ if plan.metric == Metric.MARGIN else P.TARGET_PLAN)
    if plan.withdrawn_at is not None:
        raise PlanWithdrawn
    if newest_plan(uow, plan.metric, plan.category_id) != plan_id:
        raise NewerPlan
    plan.withdrawn_at, plan.withdrawn_by = uow.now, uow.actor.id
    uow.audit("targets.withdrawn", plan, metric=plan.metric, reason=plan.reason)


def newest_plan(scope: Scope, metric: Metric, category_id: int | None) -> int | None:
    """The newest version in force of a metric and category; None before the first."""
    return scope.session.scalar(
        select(func.max(TargetPlan.id)).where(
            TargetPlan.metric == metric,
            TargetPlan.category_id.is_not_distinct_from(category_id),
            TargetPlan.withdrawn_at.is_(None),
        )
    )


def cells_in_force(
    scope: Scope, metric: Metric, category_id: int | None, since: date, until: date
) -> dict[tuple[date, int | None], Levels]:
    """The targets in force, by month and person."""
    rows = scope.session.execute(in_force(metric, category_id, since, until)).all()
    return {(row.month, row.user_id): Levels(row.base, row.stretch, row.challenge) for row in rows if row.challenge}


def in_force(
    metric: Metric, category_id: int | None, since: date, until: date
) -> Select[date, int | None, Decimal, Decimal, Decimal]:
    """The statement that finds the targets of the newest version of each month."""
    held = (
        select(Target.month, func.max(Target.plan_id).label("plan_id"))
        .join(TargetPlan, TargetPlan.id == Target.plan_id)
        .where(
            TargetPlan.metric == metric,
            TargetPlan.category_id.is_not_distinct_from(category_id),
            TargetPlan.withdrawn_at.is_(None),
            Target.month >= since,
            Target.month < until,
        )
        .group_by(Target.month)
        .subquery()
    )
    return (
        select(Target.month, Target.user_id, Target.base, Target.stretch, Target.challenge)
        .join(held, (held.c.month == Target.month) & (held.c.plan_id == Target.plan_id))
        .order_by(Target.month, Target.user_id)
    )


def _of_month(cells: Cells, month: date) -> dict[int | None, Levels]:
    return {user: levels for (each, user), levels in cells.items() if each == month and levels}


def _rows(plan_id: int, month: date, found: Mapping[int | None, Levels]) -> Iterable[dict[str, object]]:
    """The rows of a month; one of nought for the company where nobody has a target any more."""
    for user_id, levels in (found or {None: Levels()}).items():
        yield {
            "plan_id": plan_id,
            "month": month,
            "user_id": user_id,
            "base": levels.base,
            "stretch": levels.stretch,
            "challenge": levels.challenge,
        }


def _checked(uow: UnitOfWork, metric: Metric, cells: Cells, category_id: int | None) -> None:
    if category_id is not None:
        if metric in WITHOUT_CATEGORY:
            raise NoCategoryHere(metric=METRIC_LABELS[metric])
        category = uow.session.get(Category, category_id)
        if category is None:
            raise NotFound(what=N_("The category"))
        if category.parent_id is not None:
            raise InvalidInput(field=N_("Category"), reason=N_("choose a main category."))
    people = {user for _month, user in cells if user is not None}
    if _missing(uow, sorted(people)):
        raise NotFound(what=N_("The person"))
    if len({month for month, _user in cells}) > MOST_MONTHS:
        raise InvalidInput(field=N_("Months"), reason=N_("plan at most 36 months at once."))
    places = 0 if metric in COUNTED else AMOUNT_PLACES
    for (month, _user), levels in cells.items():
        if month.day != 1:
            raise InvalidInput(field=N_("Month"), reason=N_("a target holds for whole months, from the first on."))
        for amount in (levels.base, levels.stretch, levels.challenge):
            if not fits(amount, places) or amount < 0:
                raise InvalidInput(
                    field=METRIC_LABELS[metric], reason=N_("enter a number from 0 on, with few decimals.")
                )
        if not levels.base <= levels.stretch <= levels.challenge:
            raise LevelsOutOfOrder(month=f"{month:%Y-%m}")


def _missing(uow: UnitOfWork, people: Sequence[int]) -> bool:
    known = uow.session.scalar(select(func.count()).select_from(User).where(User.id.in_(people))) or 0
    return known != len(people)
